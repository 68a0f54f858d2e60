"""The parts of the ledger, each on a document made by hand: no kernel runs and no book is built."""

import json
import logging
import re
from dataclasses import FrozenInstanceError, asdict, replace
from types import SimpleNamespace

import pytest
from _ext import ledger
from _ext.ledger import anchors, collect, judge, marks, page
from _ext.ledger.collect import Check, CollectPages, Equation, Page, write_json
from _ext.ledger.filters import add_script, filters
from _ext.ledger.marks import MarkEquations
from _ext.ledger.page import FillLedger, LedgerDirective, ledger_table
from docutils import nodes
from docutils.utils import new_document

OF_A = "-".join(["eq", "a"])  # not the same text as that of the page: checks come from kernels
READ = Check(OF_A, 1.26e-12, 3, {"sign": 0.5}, tex="a = b", line=7)
CODE = Check("eq-b", 0.0, 2, {"half": 0.5}, line=9)
SECOND = replace(READ, residual=None, order=2.0, points=1, rejected={"x": 1.0, "y": 1.0})


@pytest.fixture
def app(tmp_path):
    """A book of three pages, of which the last shows its ledger, and the first a part of it."""
    numbers = {"eq-a": ("z", 1), "eq-b": ("z", 2), "def-c": ("a", 3)}
    env = SimpleNamespace(
        docname="z",
        config=SimpleNamespace(root_doc="index"),
        toctree_includes={"index": ["z", "a"]},
        found_docs={"index", "a", "z", "account"},
        domains=SimpleNamespace(math_domain=SimpleNamespace(equations=numbers)),
        metadata={
            "index": {"ledger_parts": ["ledger-totals"]},
            "z": {},
            "later": {"ledger_parts": ["ledger"]},
            "account": {"ledger_parts": ["ledger-picture", "ledger"]},
        },
        titles={"z": nodes.title("", "Zebras & all"), "a": nodes.title("", "Aardvarks")},
        ledger_pages={
            "z": Page([Equation("eq-a", 3, "a = b"), Equation(None, 4, "x"),
                       Equation("eq-b", 5, "b = a")], checks=[READ, CODE, SECOND]),
            "a": Page([Equation("def-c", 1, "c = 1")]),
        },
    )  # fmt: skip
    builder = SimpleNamespace(format="html", get_relative_uri=lambda _, to: f"{to}.html")
    return SimpleNamespace(env=env, builder=builder, outdir=tmp_path)


def transform(kind, app, *content):
    """Run a transform of the ledger over a page that holds the content; return the page."""
    document = new_document("page")
    document += content
    document.settings.env = app.env
    type(kind.__name__, (kind,), {"app": app})(document).run()
    return document


def cell_that_checked(*labels):
    return nodes.container("", nodes.literal_block("", "code"), checked=[*labels])


def links_of(node):
    """Return where each link leads, on this page or another, and what it says."""
    return [
        (link.get("refuri", f"#{link.get('refid')}"), link.astext())
        for link in node.findall(nodes.reference)
    ]


# Marks.


def test_a_cell_stands_behind_the_mark_of_its_equation(app):
    cell = cell_that_checked("eq-a")
    cell["ids"].append("check-eq-a")
    document = transform(MarkEquations, app, nodes.math_block("", "a", label="eq-a"), cell)
    (box,) = document.children
    assert box["classes"] == ["equation"]
    equation, fold = box.children
    assert equation.astext() == "a"
    assert fold["classes"] == ["equation-check"]
    begin, told, inside, end = fold.children
    assert begin.astext() == (
        '<details class="equation-mark evaluated"><summary>✓ evaluated</summary>'
    )
    assert told["classes"] == ["check-account"]
    assert told.astext().startswith("Both sides were read as you see them; at 3 points they")
    assert told.astext().endswith(" The ledger lists all that was tried.")
    assert links_of(told) == [("account.html#ledger-eq-a", "The ledger")]
    assert inside is cell
    assert end.astext() == "</details>"
    assert {node["format"] for node in fold.findall(nodes.raw)} == {"html"}


def test_a_formula_whose_slips_are_known_can_be_broken(app):
    app.env.ledger_pages["z"].checks[:] = [
        replace(READ, slips=[{"tex": "a = -b"}], failure="off"),
        READ,
    ]
    document = transform(
        MarkEquations, app, nodes.math_block("", "a", label="eq-a"), cell_that_checked("eq-a")
    )
    begin, *_, panel, end = document.findall(nodes.raw)
    assert begin.astext() == '<details class="equation-mark fails"><summary>✗ fails</summary>'
    assert panel.astext() == '<div class="break-it" data-label="eq-a"></div>'
    assert end.astext() == "</details>"


def test_a_cell_that_checks_two_stands_behind_the_first_and_the_other_leads_to_it(app):
    both = cell_that_checked("eq-a", "eq-b")
    equations = [nodes.math_block("", x, label=f"eq-{x}") for x in "ab"]
    first, second = transform(MarkEquations, app, *equations, both).children
    assert both in list(first.findall(nodes.container))
    (_, mark) = second.children
    assert mark["classes"] == ["equation-mark", "transcribed"]
    assert links_of(mark) == [
        ("#check-eq-b", "✓ transcribed"),
        ("account.html#ledger-eq-b", "ledger"),
    ]
    assert mark.astext() == "✓ transcribed ledger"
    (link, _) = mark.findall(nodes.reference)
    assert link["reftitle"] == (
        "Code beside the formula was compared: exact; rejected: half\N{NO-BREAK SPACE}(0.5)."
    )
    assert [node["classes"] for node in mark.findall(nodes.inline)] == [["finding"], []]


def test_the_first_check_of_an_equation_stands_behind_it_and_the_next_is_free(app):
    cells = [
        cell_that_checked("eq-a"),
        cell_that_checked("eq-a"),
        cell_that_checked("eq-a", "eq-b"),
    ]
    equations = [nodes.math_block("", x, label=f"eq-{x}") for x in "ab"]
    first, second, left = transform(MarkEquations, app, *equations, *cells).children
    assert left is cells[1]
    for box, cell in ((first, cells[0]), (second, cells[2])):
        assert cell in list(box.findall(nodes.container))


def test_a_mark_without_a_check_says_its_kind_and_without_a_ledger_no_more(app):
    app.env.metadata.clear()
    app.env.ledger_pages["a"].equations[:] = [Equation("def-c", 1, "c")]
    unknown = nodes.math_block("", "u", label="eq-of-no-page")
    document = transform(
        MarkEquations, app, nodes.math_block("", "c", label="def-c"), unknown, nodes.math_block()
    )
    box, rest, _ = document.children
    assert rest is unknown
    (_, mark) = box.children
    assert (mark["classes"], mark.astext()) == (["equation-mark", "defined"], "defined")
    assert links_of(mark) == []
    document = transform(
        MarkEquations, app, nodes.math_block("", "a", label="eq-a"), cell_that_checked("eq-a")
    )
    assert links_of(document) == []
    assert marks.MarkEquations.formats == ("html",)


def test_the_ledger_leads_to_the_ids_that_equations_and_checks_have(app):
    """Docutils makes an id of a label, in small letters and with hyphens."""
    check = replace(READ, label="eq-A_b")
    app.env.ledger_pages["z"] = Page([Equation("eq-A_b", 3, "a = b")], checks=[check])
    app.env.domains.math_domain.equations["eq-A_b"] = ("z", 9)
    document = transform(FillLedger, app, ledger_table(part="ledger"))
    found = [address for address, _ in links_of(document)]
    assert "#equation-eq-a-b" in found
    assert "#check-eq-a-b" in found


# Anchors.


@pytest.fixture
def cells(monkeypatch):
    """The cells that the build ran, as a list to fill."""
    found = []
    for module in (anchors, collect):
        monkeypatch.setattr(module, "code_cells", lambda env, docname: found)
    return found


def cell(index, *records, failure=None):
    outputs = [{"metadata": {"mcalc": record}} if record else {} for record in records]
    return SimpleNamespace(
        index=index, outputs=outputs, fence_line=10 + index, failure=failure,
        line_of=lambda failure: failure + 100,
    )  # fmt: skip


def test_a_cell_has_an_anchor_for_each_of_its_checks(app, cells):
    cells += [
        cell(0, None, {"claims": [{"label": "claim"}]}),
        cell(1, None, {"label": "eq-a"}, {"label": "eq-b"}, {"label": "eq-a"}),
        cell(2, {"label": "eq-a"}),
    ]
    document = new_document("page")
    document += [nodes.container(nb_element="cell_code", cell_index=k) for k in range(3)]
    document += nodes.container(cell_index=1)
    anchors.anchor(app, document)
    assert [(c["ids"], c.get("checked")) for c in document.children] == [
        ([], None),
        (["check-eq-a", "check-eq-b", "check-eq-a-2"], ["eq-a", "eq-b", "eq-a"]),
        (["check-eq-a-3"], ["eq-a"]),
        ([], None),
    ]


def test_a_check_that_is_not_shown_is_a_fault(app, cells, monkeypatch):
    said = []
    monkeypatch.setattr(
        anchors, "logger", SimpleNamespace(warning=lambda text, **at: said.append((text, at)))
    )
    cells += [cell(4, {"label": "eq-a"}, {"label": "eq-b"}), cell(5, {"label": "eq-a"})]
    document = new_document("page")
    document += nodes.container(nb_element="cell_code", cell_index=5)
    anchors.anchor(app, document)
    assert document[0]["ids"] == ["check-eq-a"]
    assert said == [
        (
            f"the check of '{label}' stands in a cell that no reader sees; let it be shown",
            {"location": ("z", 14), "type": "book", "subtype": "ledger"},
        )
        for label in ("eq-a", "eq-b")
    ]


# What is collected.


def test_the_account_of_a_page_is_what_stands_on_it_and_what_its_cells_found(app, cells):
    record = {k: v for k, v in asdict(READ).items() if k != "line"}
    claims = [record | {"label": "claim"}, record | {"label": "wrong"}]
    cells += [cell(0, record, None), cell(2, {"claims": claims}, failure=3), cell(5)]
    document = new_document("page")
    displayed = nodes.math_block("", "a\n  = b", label="eq-a")
    bare = nodes.math_block("", "e")
    displayed.line, bare.line = 4, 6
    printed = nodes.math_block("", "c = d", label="eq-c")
    inside = nodes.paragraph("", "", printed)
    document += [displayed, bare, nodes.container("", inside, nb_element="mime_bundle")]
    claim, wrong, let = (nodes.math("", f"1\n = {n}") for n in range(3))
    claim["said"], wrong["said"], let["said"] = "claim", "wrong", "let"
    wrong.line = 21
    paragraph = nodes.paragraph("", "", claim, wrong, let, nodes.math("", "x"))
    paragraph.line = 20
    document += [paragraph, nodes.math("", "0", said="claim")]
    app.env.ledger_pages.clear()
    CollectPages().process_doc(app, document)
    assert app.env.ledger_pages == {
        "z": Page(
            [Equation("eq-a", 4, "a = b"), Equation(None, 6, "e")],
            [Equation("claim", 20, "1 = 0"), Equation("wrong", 21, "1 = 1"),
             Equation("claim", None, "0")],
            [replace(READ, line=10),
             *(replace(READ, line=12, label=label) for label in ("claim", "wrong"))],
            103,
        )
    }  # fmt: skip


def test_what_was_collected_is_not_changed_later():
    assert Check("eq-a", 0.0, 1, {}).line == 0
    for found, name in ((READ, "line"), (Equation("eq-a", 1, "a"), "tex"),
                        (collect.Row("z", "eq-a", 1, []), "number")):  # fmt: skip
        with pytest.raises(FrozenInstanceError):
            setattr(found, name, 2)


def test_a_page_without_cells_ended_nowhere(app, cells):
    CollectPages().process_doc(app, new_document("page"))
    assert app.env.ledger_pages["z"] == Page()


def test_pages_are_forgotten_and_taken_over_by_name(app):
    known = app.env.ledger_pages
    CollectPages().clear_doc(app, app.env, "a")
    CollectPages().clear_doc(app, app.env, "nowhere")
    assert list(known) == ["z"]
    other = SimpleNamespace(ledger_pages={"a": Page(stopped=1), "z": Page(stopped=2)})
    CollectPages().merge_other(app, app.env, {"a", "nowhere"}, other)
    assert (list(known), known["a"], known["z"].stopped) == (["z", "a"], Page(stopped=1), None)
    new = SimpleNamespace()
    assert collect.pages(new) == {}
    assert collect.pages(new) is new.ledger_pages


def test_the_account_is_written_in_the_order_of_the_book(app, tmp_path):
    write_json(app, None)
    text = (tmp_path / "ledger.json").read_text("utf-8")
    assert text.endswith("\n}\n")
    assert text.startswith('{\n  "equations": [\n    {\n      "page": "z",')
    first, second, third = json.loads(text)["equations"]
    left_out = {"label", "line", "failure", "refuted", "slips"}
    written = [{k: v for k, v in asdict(c).items() if k not in left_out} for c in (READ, SECOND)]
    assert {"residual", "order", "points", "rejected", "tex", "proved"} < set(written[0])
    assert first == {
        "page": "z", "label": "eq-a", "number": 1, "kind": "evaluated",
        "checks": json.loads(json.dumps(written)),
    }  # fmt: skip
    assert (second["label"], second["kind"], len(second["checks"])) == ("eq-b", "transcribed", 1)
    assert third == {"page": "a", "label": "def-c", "number": 3, "kind": "defined", "checks": []}
    assert app.env.ledger_pages["z"].checks[0].line == 7


def test_letters_are_written_as_they_are(app, tmp_path):
    app.env.ledger_pages["z"].checks[:] = [replace(READ, rejected={"∂": 1.0})]
    write_json(app, None)
    assert '"∂": 1.0' in (tmp_path / "ledger.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("error", "kind"), [(ValueError(), "html"), (None, "doc"), (None, "latex")]
)
def test_nothing_is_written_after_an_error_or_beside_another_format(app, tmp_path, error, kind):
    app.builder.format = kind
    write_json(app, error)
    assert list(tmp_path.iterdir()) == []


def test_every_fault_is_a_warning_at_its_page_and_line(app, monkeypatch):
    said = []
    monkeypatch.setattr(
        judge, "logger", SimpleNamespace(warning=lambda text, **at: said.append((text, at)))
    )
    app.env.ledger_pages["a"].equations += [Equation("eq-d", 8, "d = 1")]
    app.env.ledger_pages["b"] = Page([Equation(None, 1, "d = 1")])
    judge.judge(app, app.env)
    assert [(at["location"], text.split(";")[0]) for text, at in said] == [
        (("a", 8), "equation 'eq-d' is neither a definition nor checked"),
        (("b", 1), "this equation has no label"),
        (("z", 4), "this equation has no label"),
    ]
    assert {(at["type"], at["subtype"]) for _, at in said} == {("book", "ledger")}


# The page of the ledger.


def test_the_ledger_is_found_and_what_shows_it_is_written_anew(app):
    assert page.ledger_page(app.env) == "account"
    assert page.refresh(app, app.env) == ["index", "later", "account"]
    app.env.metadata.clear()
    assert page.ledger_page(app.env) is None
    assert page.refresh(app, app.env) == []


def test_a_directive_leaves_a_place_and_is_remembered():
    env = SimpleNamespace(docname="p", metadata={"p": {}})
    state = SimpleNamespace(document=SimpleNamespace(settings=SimpleNamespace(env=env)))
    machine = SimpleNamespace(reporter=None)
    for name in ("ledger-totals", "ledger"):
        directive = LedgerDirective(name, [], {}, [], 1, 1, "", state, machine)
        (place,) = directive.run()
        assert isinstance(place, ledger_table)
        assert place["part"] == name
    assert env.metadata == {"p": {"ledger_parts": ["ledger-totals", "ledger"]}}


def test_each_place_is_filled_with_its_part(app):
    parts = ["ledger", "ledger-totals", "ledger-picture"]
    document = transform(FillLedger, app, *(ledger_table(part=part) for part in parts))
    totals, picture, menus, table, again, alone = document.children
    for counts in (totals, again):
        assert counts["classes"] == ["ledger-totals"]
        assert counts.astext().startswith("3 displayed formulas")
    for drawing in (picture, alone):
        assert drawing.astext().startswith('<figure class="ledger-picture">')
    assert menus.astext() == (
        '<form class="ledger-filters">'
        '<label>Page <select><option value="">all</option>'
        "<option>Zebras &amp; all</option><option>Aardvarks</option></select></label>"
        '<label>Kind <select><option value="">all</option>'
        "<option>evaluated</option><option>transcribed</option><option>defined</option>"
        "</select></label><output></output></form>"
    )
    assert menus["format"] == "html"
    assert table["classes"] == ["ledger"]


def test_the_table_has_the_equations_of_each_page_under_its_title(app):
    app.env.docname = "account"
    (table,) = transform(FillLedger, app, ledger_table(part="ledger")).findall(nodes.table)
    (group,) = table.children
    *columns, head, first, second = group.children
    assert [column["colwidth"] for column in columns] == [1] * 5
    assert [entry.astext() for entry in head.findall(nodes.entry)] == [
        "Equation", "Kind", "Residual or order", "Points", "Slips"
    ]  # fmt: skip
    titles = [body[0].astext() for body in (first, second)]
    assert titles == [
        f'<tr><th scope="rowgroup" colspan="5"><a href="{name}.html">{title}</a></th></tr>'
        for name, title in (("z", "Zebras &amp; all"), ("a", "Aardvarks"))
    ]
    found = [(row["ids"], [entry.astext() for entry in row])
             for body in (first, second) for row in body[1:]]  # fmt: skip
    slips, near = "1 rejected, 2 rejected", "half\N{NO-BREAK SPACE}(0.5)"
    assert found == [
        (["ledger-eq-a"], ["(1)", "evaluated", "1.3e-12, order 2.00", "4", slips]),
        (["ledger-eq-b"], ["(2)", "transcribed", "exact", "2", near]),
        (["ledger-def-c"], ["(3)", "defined", "", "", ""]),
    ]
    assert links_of(table) == [
        ("z.html#equation-eq-a", "(1)"), ("z.html#check-eq-a", "1.3e-12"),
        ("z.html#check-eq-a-2", "order 2.00"), ("z.html#equation-eq-b", "(2)"),
        ("z.html#check-eq-b", "exact"), ("a.html#equation-def-c", "(3)"),
    ]  # fmt: skip
    titles = [link["reftitle"] for link in table.findall(nodes.reference)]
    assert titles == ["eq-a", "the check", "the check", "eq-b", "the check", "def-c"]
    assert all(len(entry) == 1 and isinstance(entry[0], nodes.paragraph)
               for entry in table.findall(nodes.entry))  # fmt: skip


def test_only_the_page_with_the_whole_ledger_has_its_script(app):
    added = []
    app.add_js_file = lambda name, **options: added.append((name, options))
    for name in ("index", "z", "nowhere", "account"):
        add_script(app, name, "", {}, None)
    assert added == [("ledger.js", {"loading_method": "defer"})]


def test_a_menu_names_each_choice_once():
    text = filters(["a", "b", "a"], []).astext()
    assert re.findall(r"<option[^>]*>(.*?)</option>", text) == ["all", "a", "b", "all"]


def test_the_extension_may_be_read_and_written_by_several_processes():
    called = []
    note = lambda name: lambda *given: called.append((name, *given))  # noqa: E731
    names = ("add_env_collector", "add_node", "add_directive", "connect", "add_post_transform")
    found = ledger.setup(SimpleNamespace(**{name: note(name) for name in names}))
    assert found["parallel_read_safe"] is found["parallel_write_safe"] is True
    assert {given[1] for given in called if given[0] == "add_directive"} == {
        "ledger", "ledger-totals", "ledger-picture"
    }  # fmt: skip
    assert logging.getLogger(judge.logger.logger.name).name == "sphinx._ext.ledger.judge"
