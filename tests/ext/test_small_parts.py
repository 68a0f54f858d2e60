"""Small parts of the extensions at their bounds: lengths, counts, and what is left out."""

import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import ParamSpec

import books
import numpy as np
import pytest
from _ext import register
from _ext.answers import exercises
from _ext.assets import memory
from _ext.assets.bundle import bundled
from _ext.assets.fonts import FIRST, LONG, preloaded
from _ext.assets.one_id import ClearBoxes
from _ext.assets.pictures import sized
from _ext.cells.figures import set_minus
from _ext.formulas import claims, displays, numbering
from _ext.formulas.ties import TieFormulas
from _ext.ledger.filters import add_script, filters
from _ext.ledger.page import ledger_page, refresh
from _ext.notebook.macros import expand
from _ext.publishing import addresses, sources
from _ext.publishing.contribute import offer_edit
from _ext.reading.descriptions import first_sentences
from _ext.reading.previews import first, resolve
from _ext.reading.search import formula
from _ext.reference.entries import drop_arguments, keep_attributes_out
from _ext.reference.size import lines_of_code
from _ext.reference.type_texts import Formatter
from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes
from sphinx.util.inspect import TypeAliasForwardRef

from mcalc.formulas.displays import VARIABLE, everything


@pytest.mark.parametrize(
    ("before", "tex", "after", "tied"),
    [
        ("so ", "a" * 29, ", and", True),
        ("so ", "a" * 30, ", and", False),
        ("so (", "a" * 28, "), and", False),
        ("so (", "a" * 28, ")", True),
        ("so ", "a" * 16, " and", True),
        ("so ", "a" * 17, " and", False),
        ("so ", "ab", " and", False),
        ("so ", "abc", " and", True),
        ("so ", "a", ".", True),
        ("so ", r"\vec{x}_{i} + \alpha", " and", True),
        ("so ", r"\frac{a}{b}\,\log", " and", True),
        ("so ", r"\log\log\log\log\log\log", " and", False),
    ],
)
def test_a_formula_is_tied_to_what_touches_it_if_both_are_short(before, tex, after, tied):
    document = new_document("page")
    paragraph = nodes.paragraph("", "", nodes.Text(before), nodes.math("", tex), nodes.Text(after))
    document += paragraph
    TieFormulas(document).run()
    boxes = list(document.findall(nodes.inline))
    assert len(boxes) == tied
    assert paragraph.astext() == before + tex + after
    if tied:
        opening, closing = before.split(" ")[-1], after.split(" ")[0]
        assert boxes[0].astext() == opening + tex + closing


SOURCE = '''"""A docstring
of two lines."""

import math  # a comment on a line of code


# a comment alone
class A:
    """Another."""

    x = (
        1,

        2,
    )


def f(x):
    """A third."""
    return """a text
    of two lines"""
'''


def test_lines_of_code_are_neither_blank_nor_comments_nor_docstrings():
    assert lines_of_code(SOURCE) == 1 + 1 + 4 + 1 + 2
    assert lines_of_code("") == 0


def test_only_a_class_that_nobody_calls_is_shown_without_arguments():
    assert drop_arguments(None, "class", "mcalc.Node", None, {}, "(x)", "") == ("", "")
    assert drop_arguments(None, "class", "mcalc.Check", None, {}, "(x)", "") is None


def test_attributes_have_no_place_in_the_index():
    lines = ["Text.", ".. attribute:: a", "   Its text.", ".. attribute:: b"]
    keep_attributes_out(None, "class", "mcalc.Check", None, {}, lines)
    no_index = "   :no-index-entry:"
    assert lines == [
        "Text.", ".. attribute:: a", no_index, "   Its text.", ".. attribute:: b", no_index
    ]  # fmt: skip


def test_only_a_page_that_was_written_can_be_edited():
    app = SimpleNamespace(config=SimpleNamespace(repository="https://code.example/b"))
    context: dict = {}
    offer_edit(app, "genindex", "", context, None)
    assert context == {}
    offer_edit(app, "theory/a", "", context, new_document("a"))
    assert context == {"edit": "https://code.example/b/edit/main/docs/theory/a.md"}


@pytest.mark.parametrize(
    ("tex", "plain"),
    [
        (r"\half{\theta}x", r"\tfrac12 \theta x"),
        (r"\half{\theta}2", r"\tfrac12 \theta2"),
        (r"\half a", r"\tfrac12 a"),
        (r"\both{a}{{b}c}d", "ba{b}c d"),
    ],
)
def test_macros_are_written_out_and_no_command_is_glued_to_a_letter(tex, plain):
    macros = {r"\half": r"\tfrac12 #1", r"\both": "b#1#2"}
    assert expand(tex, macros) == plain
    assert expand(tex, {}) == tex


@pytest.mark.parametrize(
    ("glued", "set_as"),
    [
        ("-7", "−7"),
        ("-.5", "−.5"),
        ("0.489, -1.040", "0.489, −1.040"),
        ("(-1, 2)", "(−1, 2)"),
        ("5e-16", "5e-16"),
        ("3-5", "3-5"),
        ("saddle-node", "saddle-node"),
    ],
)
def test_a_number_that_a_cell_hands_over_has_a_minus_sign(glued, set_as):
    document = new_document("a")
    document += nodes.inline("", glued, classes=["pasted-text"])
    document += nodes.inline("", glued)
    set_minus(None, document)
    assert [node.astext() for node in document] == [set_as, glued]


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("falls to 0.25 after 128 steps, by −3.5 of 40", ["0.25", "128", "−3.5", "40"]),
        ("on 14 July 1989, in 2020", []),
        ("in 1789", ["1789"]),
        ("see Exercise 12, chapters 10, section 3.2, Python 3.11", []),
        ("of 5 and 10 parts, L2 and x-12, 3/16 and 1.2.3", ["10"]),
    ],
)
def test_a_number_that_was_computed_is_told_from_a_date_a_place_and_a_count(text, typed):
    assert list(claims.typed_numbers(text)) == typed


RELATIONS = [*"=<>", *(rf"\{name}" for name in ["approx", "le", "leq", "ge", "geq", "ne", "neq"])]


@pytest.mark.parametrize(
    ("tex", "claimed"),
    [
        *((f"a {sign} b", True) for sign in RELATIONS),
        *((sign, False) for sign in RELATIONS),  # the sign itself is spoken of
        (r"a_{i = 1} + \text{x = y}", False),
        (r"a \lessgtr \nearrow b", False),
        ("x_{12} + 128 y", False),
        ("128", True),
        (r"(1.5,\, -2.5)", True),
    ],
)
def test_a_formula_in_a_line_claims_nothing_unless_it_is_said_so(monkeypatch, tex, claimed):
    for role in ("", "claim", "let"):
        math = nodes.math("", tex, **({"said": role} if role else {}))
        said = linted(monkeypatch, nodes.paragraph("", "", math))
        assert bool(said) == (claimed and not role)


def test_what_no_author_typed_as_prose_is_not_linted(monkeypatch):
    mixed = nodes.paragraph("", "", nodes.literal("", "0.25"), nodes.inline(
        "", "0.25", classes=["pasted-text"]), nodes.Text("0.75"))  # fmt: skip
    said = linted(monkeypatch, mixed,
                  nodes.literal_block("", "0.25"), nodes.doctest_block("", "0.25"),
                  nodes.raw("", "0.25"), nodes.comment("", "0.25"), nodes.math_block("", "0.25"),
                  nodes.container("", nodes.paragraph("", "0.25"), nb_element="mime_bundle"),
                  nodes.container("", nodes.paragraph("", "0.25"), exercise={}),
                  addnodes.desc("", nodes.paragraph("", "0.25")))  # fmt: skip
    assert [text.split(";")[0] for text in said] == ["the number 0.75 is typed"]


@pytest.mark.parametrize(
    ("said", "tex", "warned"),
    [
        ("let", "e = 2.718", True),
        ("let", r"\pi > 3", True),
        ("let", "x = 3", False),
        ("let", "f(x) = e^x", False),
        ("claim", "1 + 1 = 2", False),
    ],
)
def test_a_setting_sets_a_letter(monkeypatch, said, tex, warned):
    found = linted(monkeypatch, nodes.paragraph("", "", nodes.math("", tex, said=said)))
    assert [text.partition(" has no letter to set")[0] for text in found] == [f"'${tex}$'"] * warned


@pytest.mark.parametrize(
    ("image", "typed"),
    [
        ({"alt": "It falls by 0.46"}, ["0.46"]),
        ({"alt": "It falls by 0.46", "typed_alt": "It falls by "}, []),  # a cell has glued it
        ({"alt": "It falls by 0.46 of 8.5", "typed_alt": "It falls by  of 8.5"}, ["8.5"]),
        ({}, []),
    ],
)
def test_a_number_of_an_alt_text_is_glued_and_not_typed(monkeypatch, image, typed):
    found = linted(monkeypatch, nodes.image(**image))
    assert [
        re.match(r"the number (\S+) is typed in an alt text", text)[1] for text in found
    ] == typed


def linted(monkeypatch, *parts):
    """Return what is said of the claims of a page."""
    said = []
    logger = SimpleNamespace(warning=lambda text, **_: said.append(text))
    monkeypatch.setattr(claims, "logger", logger)
    env = SimpleNamespace(docname="p", metadata={"p": {}})
    document = new_document("p")
    document += parts
    claims.lint(SimpleNamespace(env=env), document)
    return said


def test_what_scrolls_a_table_or_an_equation_has_not_its_id():
    document = new_document("p")
    for name in ("table-wrapper", "math-wrapper", "other"):
        document += nodes.container("", classes=[name, "docutils"], ids=[name])
    ClearBoxes(document).run()
    assert [box["ids"] for box in document] == [[], [], ["other"]]


def test_a_transform_has_the_priority_that_its_folder_says():
    added: list = []
    first, second = type("First", (), {}), type("Second", (), {})
    register(added.append, {first: 500, second: 5})
    assert added == [first, second]
    assert (first.default_priority, second.default_priority) == (500, 5)


def paragraphs(*texts):
    return nodes.section("", *(nodes.paragraph("", text) for text in texts))


def test_a_preview_of_a_section_ends_with_its_first_paragraph():
    assert [node.astext() for node in first(paragraphs("a", "b", "c"))] == ["a"]
    assert list(first(paragraphs())) == []


@pytest.mark.parametrize(
    ("page", "address", "found"),
    [
        ("theory/a", "", "theory/a"),
        ("theory/a", "b.html", "theory/b"),
        ("theory/a", "../b.html", "b"),
        ("a", "theory/b.html", "theory/b"),
        ("theory/deep/a", "../../x/b.html", "x/b"),
    ],
)
def test_an_address_leads_to_a_page_from_the_one_on_which_it_stands(page, address, found):
    assert resolve(page, address) == found


TEN = "Ten signs. "


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a" * 200, "a" * 200),
        (TEN * 18 + "x" * 2, TEN * 18 + "x" * 2),
        (TEN * 19, (TEN * 18).strip()),
        ("word " * 41, "word " * 39 + "…"),
        ("Is it? It is! " + "word " * 50, "Is it? It is!"),
        ("3.14 ends none " + "and " * 50, "3.14 ends none " + "and " * 45 + "…"),
    ],
)  # fmt: skip
def test_a_description_holds_whole_sentences_or_whole_words(text, told):
    document = new_document("page")
    document += nodes.paragraph("", text)
    found = first_sentences(document)
    assert found == told.strip()
    assert len(found) <= 200


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"\frac{a}{b}", "a/b"),
        (r"\pd{f}{x}", "∂f/∂x"),
        (r"\alpha x", "alpha x"),
        (r"\grad f \approx g", "∇f ≈g"),
        (r"\mat{A}\T", "Aᵀ"),
    ],
)
def test_a_formula_is_found_by_its_signs(tex, text):
    assert formula(tex) == text


def test_a_long_page_asks_for_no_font_and_only_its_first_formulas_count():
    formulas = '<span class="katex"><span class="katex-html"></span></span>'
    late = '<span class="mathnormal"></span>'

    def fonts(body, length=0):
        page = f"<head></head>{body}"
        html = preloaded(page.ljust(length), site / "page.html", site)
        return re.findall(r"KaTeX_([\w-]+)\.woff2", html)

    site = Path("/site")
    assert fonts(formulas) == ["Main-Regular"]
    assert fonts(formulas + late) == ["Main-Regular", "Math-Italic"]
    assert fonts(formulas + " " * FIRST + late) == ["Main-Regular"]
    assert fonts(formulas, LONG) == ["Main-Regular"]
    assert fonts(formulas, LONG + 1) == []
    assert fonts("<p>none</p>") == []


def test_the_sizes_of_a_drawing_are_those_that_it_states(tmp_path):
    sizes = {"a": 'width="72pt" height="10.6"', "b": 'width="8px"', "c": 'width="5em"', "d": ""}
    for name, size in sizes.items():
        (tmp_path / f"{name}.svg").write_text(f"<svg {size}><g/></svg>")
    start = '<img loading="lazy" decoding="async"'
    shown = {
        name: sized(f'<img src="{name}.svg" alt="x" />', tmp_path).removeprefix(start)
        for name in (*sizes, "none")
    }
    assert shown == {
        "a": ' width="114" height="11" src="a.svg" alt="x">',
        "b": ' width="8" src="b.svg" alt="x">',
        "c": ' src="c.svg" alt="x">',
        "d": ' src="d.svg" alt="x">',
        "none": ' src="none.svg" alt="x">',
    }
    for other in ('<img width="3" src="a.svg">', '<img loading="eager" src="a.svg">'):
        assert sized(other, tmp_path) == other


def test_the_menus_of_the_ledger_offer_each_page_and_each_kind_once():
    html = filters(["B & C", "A", "B & C"], ["proved", "proved", "defined"]).astext()
    assert re.findall(r"<option[^>]*>([^<]*)</option>", html) == [
        "all", "B &amp; C", "A", "all", "proved", "defined"
    ]  # fmt: skip
    assert html.count("value=") == 2


def test_the_marks_lead_to_the_first_page_that_holds_the_whole_ledger():
    held = {"z": ["ledger"], "m": ["ledger-totals", "ledger"], "a": ["ledger-totals"]}
    metadata = {page: {"ledger_parts": parts} for page, parts in held.items()} | {"b": {}}
    env = SimpleNamespace(metadata=metadata)
    assert ledger_page(env) == "m"
    assert ledger_page(SimpleNamespace(metadata={"b": {}})) is None


def test_pages_that_hold_the_ledger_are_written_if_the_account_is_another_one(monkeypatch):
    whole, part = {"ledger_parts": ["ledger"]}, {"ledger_parts": ["ledger-totals"]}
    env = SimpleNamespace(metadata={"z": whole, "m": part, "b": {}})
    for account, written in [("one", ["z", "m"]), ("one", []), ("two", ["z", "m"])]:
        monkeypatch.setattr("_ext.ledger.page.account", lambda _, account=account: account)
        assert refresh(None, env) == written


def test_scripts_are_joined_in_their_order_and_none_runs_into_the_next(tmp_path):
    (tmp_path / "one.js").write_text("let a = f")
    (tmp_path / "two.js").write_text("(g())")
    page = """<head><title>t</title>
    <script src="_static/one.js?v=1"></script>
    <script defer="defer" src="_static/two.js"></script>
    <script async="async" src="_static/three.js"></script>
</head>"""
    html = bundled(page, tmp_path)
    names = re.findall(r'<script defer src="_static/(bundle-\w+\.js)\?v=[0-9a-f]{8}">', html)
    assert len(names) == 1
    assert (tmp_path / names[0]).read_text().split() == ["let", "a=f;g();"]
    assert "one.js" not in html
    assert '<script async="async" src="_static/three.js">' in html


@pytest.mark.parametrize(
    ("site", "prefix"),
    [("", "/"), ("https://site.example", "/"), ("https://site.example/book/", "/book/")],
)
def test_the_page_for_a_wrong_address_begins_where_the_site_does(site, prefix):
    class Settings(dict):
        __getattr__, __setattr__ = dict.__getitem__, dict.__setitem__

    loaded: list[str] = []
    config = Settings(site=site)
    app = SimpleNamespace(config=config, setup_extension=loaded.append, connect=lambda *_: None)
    addresses.configure(app)
    assert config.notfound_urls_prefix == prefix
    assert ("sphinx_sitemap" in loaded) == bool(site)


def test_what_is_remembered_is_made_anew_when_its_module_is_another(tmp_path, monkeypatch):
    monkeypatch.setenv(memory.FOLDER, str(tmp_path / "memory"))
    module, made = tmp_path / "module.py", []
    for text in ["def make(): return b'1'", "def make(): return b'1'", "def make(): return b'2'"]:
        module.write_text(text)
        memory._digest.cache_clear()  # as in another build
        namespace = {}
        exec(compile(text, module, "exec"), namespace)
        made.append(memory.remembered([b"fact"], namespace["make"]))
    assert made == [b"1", b"1", b"2"]
    assert len(list((tmp_path / "memory").iterdir())) == 2


@pytest.mark.parametrize(
    "name", ["mcalc/rules/a.py", "mcalc/formulas/grammar.lark", "locks/main.txt", "judge.py"]
)
def test_an_exercise_is_judged_again_when_what_judges_it_is_another(tmp_path, monkeypatch, name):
    for path in ("mcalc/rules/a.py", "mcalc/formulas/grammar.lark", "locks/main.txt", "judge.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    monkeypatch.setattr(exercises, "ROOT", tmp_path)
    monkeypatch.setattr(exercises.judge, "__file__", str(tmp_path / "judge.py"))
    before = exercises.judges.__wrapped__()
    assert exercises.judges.__wrapped__() == before
    (tmp_path / name).write_text("another")
    assert exercises.judges.__wrapped__() != before


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"# A page\n", None),
        (b"\0# A page\n", (1, "a NUL byte")),
        (b"# A page\n\n\0\n", (3, "a NUL byte")),
        (b"# A page\n\n\xe9", (3, "the byte 0xe9 is not UTF-8")),
        (b"\xff# A page", (1, "the byte 0xff is not UTF-8")),
        (b"\n \n", (1, "this page is empty")),
        (b"", (1, "this page is empty")),
    ],
)
def test_a_page_is_a_text_that_is_not_empty(tmp_path, content, fault):
    path = tmp_path / "p.md"
    path.write_bytes(content)
    found = [(line, re.split("[,;]", what)[0]) for line, what in sources.faults_of(path)]
    assert found == ([fault] if fault else [])


def test_equations_are_numbered_in_the_order_of_the_book_and_of_their_pages():
    objects = {"eq-z": ("b", 1), "eq-a": ("b", 2), "eq-m": ("a", 1), "eq-lost": ("lost", 1)}
    env = SimpleNamespace(
        domains=SimpleNamespace(math_domain=SimpleNamespace(equations=objects)),
        toctree_includes={"index": ["b", "a"]},
        config=SimpleNamespace(root_doc="index"),
        found_docs={"index", "a", "b", "lost"},
    )
    numbering.number_equations(None, env)
    assert objects == {"eq-z": ("b", 1), "eq-a": ("b", 2), "eq-m": ("a", 3), "eq-lost": ("lost", 4)}
    document = new_document("a")
    document.settings.env = env
    document += [nodes.math_block("", "x", label="eq-m", number=1), nodes.math_block("", "y")]
    numbering.ShowNumbers(document).run()
    assert [block.get("number") for block in document] == [3, None]


@pytest.fixture
def forgetting(monkeypatch):
    """Forget afterwards what the pages of a test display."""
    monkeypatch.setenv(VARIABLE, "")
    yield
    everything.cache_clear()


@pytest.mark.usefixtures("forgetting")
def test_the_cells_are_handed_what_all_pages_display_as_it_is_now(tmp_path):
    (tmp_path / "deep").mkdir()
    app = SimpleNamespace(srcdir=tmp_path, doctreedir=tmp_path / "doctrees")
    (tmp_path / "b.md").write_text("So {claim}`1 = 1`.\n", "utf-8")
    for tex in ("x", "y"):
        (tmp_path / "deep" / "a.md").write_text(f"# A\n\n$${tex}$$ (eq-a)\n", "utf-8")
        assert displays.collect(app) == []
        assert [(d.page, d.label, d.tex, d.line) for d in everything()] == [
            ("b", "claim", "1 = 1", 1), ("deep/a", "eq-a", tex, 3)
        ]  # fmt: skip


@pytest.mark.parametrize("runs", [True, False])
@pytest.mark.parametrize("text", ["So {claim}`1 = 1`.", "Not {wrong}`1 = 2`.", "A {let}`x = 3`."])
def test_a_page_that_claims_and_runs_ends_with_the_cell_that_evaluates_it(text, runs):
    page = (books.NOTEBOOK if runs else "") + f"# A\n\n{text}\n"
    source = [page]
    displays.add_cell(None, "deep/a", source)
    added = source[0].removeprefix(page)
    assert bool(added) == (runs and "let" not in text)
    assert not added or "evaluate_claims('deep/a', globals())" in added


def test_the_type_of_a_parameter_is_one_piece_of_code_and_an_alias_of_ours_a_link():
    shown = Formatter()
    assert shown(int) is None  # which the extension links itself
    assert shown(SimpleNamespace(name="mcalc.Array")) == ":py:type:`~mcalc.Array`"
    assert shown(Callable[[int], str | None]) == "``Callable[[int], str | None]``"
    assert shown(np.random.Generator | None) == "``Generator | None``"
    alias = TypeAliasForwardRef("mcalc.Array")  # as autodoc hands it over
    assert shown(alias) == ":py:type:`~mcalc.Array`"
    assert shown(list[alias]) == "``list[Array]``"
    assert shown(Callable[[alias, int], alias]) == "``Callable[[Array, int], Array]``"
    assert shown(Callable[ParamSpec("P"), int]) == "``Callable[P, int]``"
    assert shown == Formatter()  # or the next build would begin anew


def test_only_the_page_of_the_whole_ledger_has_its_script():
    parts = {"ledger": ["ledger"], "index": ["ledger-totals", "ledger-picture"], "a": []}
    metadata = {page: {"ledger_parts": held} if held else {} for page, held in parts.items()}
    for page in (*parts, "genindex"):
        added = []
        app = SimpleNamespace(
            env=SimpleNamespace(metadata=metadata),
            add_js_file=lambda name, added=added, **_: added.append(name),
        )
        add_script(app, page, "", {}, None)
        assert added == ["ledger.js"] * (page == "ledger")
