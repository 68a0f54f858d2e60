"""What stands between the parts of a page: its policy, its notebook, the typesetter of its math."""

import ast
import base64
import hashlib
import os
import re
import runpy
from html import escape
from types import SimpleNamespace

import books
import nbformat
import pytest
from _ext.assets.policy import RULES, protected
from _ext.formulas import katex
from _ext.formulas.katex import Typesetter, colored
from _ext.notebook import write
from _ext.notebook.install import ALWAYS, packages
from _ext.notebook.install import cell as install_cell
from _ext.notebook.text import Writer
from _ext.notebook.write import code_cell, displayed, in_order, joined
from docutils import nodes
from docutils.utils import new_document
from nbformat.v4 import new_output
from sphinx_design.dropdown import dropdown_main, dropdown_title

from mcalc.formulas.sources import Display

HEAD = '<html><head><meta charset="utf-8">{}</head><body>{}</body></html>'


def policy_of(html):
    """Return the directives of a page's policy."""
    text = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    return {rule.split(" ", 1)[0]: rule.split(" ", 1)[1] for rule in text.split("; ")}


def digest(text):
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_the_policy_names_what_runs_in_the_page_and_nothing_else():
    page = HEAD.format(
        "<style>a{}</style>",
        '<script>one()</script><script type="x">two("é")</script><script src="file.js"></script>'
        '<script data-src="a">three()</script>',
    )
    found = policy_of(protected(page))
    scripts = [f"'sha256-{digest(text)}'" for text in ("one()", 'two("é")', "three()")]
    assert found["script-src"] == " ".join(["'self' 'wasm-unsafe-eval'", *scripts])
    assert found["style-src"] == f"'self' 'sha256-{digest('a{}')}'"
    assert found.keys() == RULES.keys()
    said = (found["script-src"] + found["style-src"]).replace("'wasm-unsafe-eval'", "")
    assert "unsafe" not in said
    rest = {
        name: sources for name, sources in found.items() if name[:6] not in ("script", "style-")
    }
    assert rest.pop("default-src") == rest.pop("base-uri") == "'none'"
    assert rest.pop("img-src") == "'self' data:"
    assert set(rest.values()) == {"'self'"}  # nothing is loaded from another site, or sent to one


def test_a_script_that_stands_twice_is_named_once_and_the_policy_comes_first():
    html = protected(HEAD.format("<title>t</title>", "<script>a</script><script>a</script>"))
    assert html.count(digest("a")) == 1
    assert html.index("Content-Security-Policy") < html.index("<title>")
    assert html.count("Content-Security-Policy") == 1


def cell(source="1 + 1", *outputs, tags=(), count=1):
    return SimpleNamespace(source=source, outputs=list(outputs), tags=list(tags), count=count)


def test_a_notebook_names_no_folder_of_the_machine():
    error = new_output(
        "error", ename="ValueError", evalue="no", traceback=["File /home/somebody/book.py, line 1"]
    )
    made = code_cell(given := cell("f()", error))
    assert made.outputs[0].traceback == ["ValueError: no"]
    assert given.outputs[0].traceback == ["File /home/somebody/book.py, line 1"]


def test_a_cell_of_a_notebook_is_what_ran():
    shown = new_output("execute_result", data={"text/plain": "2"}, metadata={"mcalc": {"a": 1}})
    made = code_cell(cell("1 + 1", shown, tags=["hide-input", "numpy"], count=7))
    assert (made.source, made.execution_count) == ("1 + 1", 7)
    assert made.metadata == {"tags": ["hide-input", "numpy"], "jupyter": {"source_hidden": True}}
    assert (made.outputs[0].data, made.outputs[0].metadata) == ({"text/plain": "2"}, {})
    assert code_cell(cell()).metadata == {}
    pasting = code_cell(cell("from myst_nb import glue\nglue('a', 1)")).source
    assert "myst_nb" not in pasting
    assert "def glue(" in pasting


@pytest.mark.parametrize(
    ("pieces", "ordered"),
    [
        (["a", 0, "b", 1], ["a", 0, "b", 1]),
        (["a", 1, "b", 0, "c", 2], ["a", "b", 0, 1, "c", 2]),  # a check before its cell
        ([2, 0, 1], [0, 1, 2]),
    ],
)
def test_the_cells_of_a_notebook_come_as_they_ran(pieces, ordered):
    assert list(in_order(pieces)) == ordered


def test_the_texts_between_two_cells_are_one():
    made = list(joined(["a", "", "b", 0, "c"], {0: cell("x = 1")}))
    assert [(c.cell_type, c.source) for c in made] == [
        ("markdown", "a\n\nb"),
        ("code", "x = 1"),
        ("markdown", "c"),
    ]


def test_a_notebook_without_a_check_has_no_displays():
    assert displayed("page", "x = 1") == ""
    assert displayed("page", 'check("eq-a")').startswith("# What this page displays")


def test_a_notebook_has_its_displays_and_those_of_others_that_its_checks_name(monkeypatch):
    found = [Display(f"eq-{name}", name, name, n) for n, name in enumerate("abc")]
    monkeypatch.setattr(write, "everything", lambda: found)
    rows = displayed("a", 'check("eq-a", given=["eq-c"])').splitlines()
    assert [row for row in rows if row.startswith("    Display(")] == [
        "    Display('eq-a', 'a', 'a', 0),",
        "    Display('eq-c', 'c', 'c', 2),",
    ]


def test_a_page_that_runs_no_more_has_no_notebook(tmp_path, monkeypatch):
    monkeypatch.setattr(write, "code_cells", lambda *_: ())
    app = SimpleNamespace(builder=SimpleNamespace(name="html"), outdir=tmp_path, env=None)
    (tmp_path / "p.ipynb").write_text("of an earlier build")
    write.write(app, new_document("p"), "p")
    assert list(tmp_path.iterdir()) == []


def written(monkeypatch, folder, name, *nodes_of, cells=("x = 1",), tags=(), site=""):
    """Return the cells of the notebook of a page, each with its kind and its source."""
    ran = [
        SimpleNamespace(index=n, source=source, outputs=[], count=n, tree=ast.parse(source),
                        tags=tags if n else [])
        for n, source in enumerate(cells)
    ]  # fmt: skip
    monkeypatch.setattr(write, "code_cells", lambda *_: ran)
    monkeypatch.setattr(write.install, "cell", lambda *_: "install")
    config = SimpleNamespace(html_baseurl=site, katex_macros={}, project="B")
    env = SimpleNamespace(toc_fignumbers={}, titles={name: nodes.title("", "P")})
    app = SimpleNamespace(
        builder=SimpleNamespace(name="html"), outdir=folder, env=env, config=config
    )
    document = new_document(name)
    shown = nodes.container(nb_element="cell_code", cell_index=0)
    document += nodes.section("", nodes.title("", "P"), *nodes_of, shown)
    write.write(app, document, name)
    found = nbformat.read(folder / f"{name}.ipynb", as_version=4).cells
    return [(cell.cell_type, cell.source) for cell in found]


def test_a_notebook_begins_with_its_title_and_says_what_it_is(monkeypatch, tmp_path):
    said = 'This is the page "P" of the book "B"'
    for code, reads in (("x = 1", False), ("from bench.report import table", True)):
        (kind, text), first, *_ = written(monkeypatch, tmp_path, "p", cells=[code])
        assert kind == "markdown"
        assert text.startswith(f"# P\n\n*{said}")
        assert first == ("code", "install")
        assert ("the book's sources" in text) == reads


def test_a_link_of_a_notebook_leads_on_from_the_address_of_its_page(monkeypatch, tmp_path):
    link = nodes.reference("", "there", internal=True, refuri="../q.html")
    page = nodes.paragraph("", "", link)
    found = written(monkeypatch, tmp_path, "a/b/p", page, site="https://site.example/")
    assert "[there](https://site.example/a/q.html)" in found[0][1]


def test_a_cell_that_no_page_shows_runs_in_the_notebook_but_not_the_one_of_the_claims(
    tmp_path, monkeypatch
):
    sources = ["from mcalc import check", "x = 1", "evaluate_claims('p', globals())"]
    found = written(monkeypatch, tmp_path, "p", cells=sources, tags=["remove-cell"])
    assert [code for kind, code in found if kind == "code"] == ["install", *sources[:2]]


@pytest.mark.parametrize(
    ("text", "plain"),
    [("a|b", r"a\|b"), ("5$", r"5\$"), ("a_b*c", r"a\_b\*c"), ("<b> `c` \\", r"\<b> \`c\` \\")],
)
def test_no_sign_of_the_text_means_something_in_a_notebook(text, plain):
    assert Writer({}, "", {}).inline(nodes.paragraph("", text)) == plain


def item(*texts):
    return nodes.list_item("", *(nodes.paragraph("", text) for text in texts))


def row(*texts):
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", text)) for text in texts))


def drawing(name):
    figure = nodes.figure("", nodes.image(), nodes.caption("", "It falls."), ids=[name])
    return nodes.container("", figure, nb_element="cell_code", cell_index=3)


TABLE = nodes.table(
    "", nodes.tgroup("", nodes.thead("", row("a", "b")), nodes.tbody("", row("c", "d")))
)


@pytest.mark.parametrize(
    ("node", "pieces"),
    [
        (nodes.bullet_list("", item("a", "b"), item("c")), ["- a\n\n   b\n- c"]),
        (nodes.enumerated_list("", item("a"), item("b")), ["1. a\n1. b"]),
        (TABLE, ["| a | b |\n| --- | --- |\n| c | d |"]),
        (nodes.block_quote("", nodes.paragraph("", "a\nb"),
                           nodes.container(nb_element="cell_code", cell_index=3)), ["> a b", 3]),
        (drawing("fig-a"), [3, "*Figure 1.2: It falls.*"]),
        (nodes.literal_block("", "x = 1"), ["```\nx = 1\n```"]),
        (nodes.math_block("", r"a \\ b", number=7),
         ["$$\n\\begin{aligned}a \\\\ b\\end{aligned} \\tag{7}\n$$"]),
        (nodes.section("", nodes.title("", "A"), nodes.section("", nodes.title("", "B"))),
         ["# A", "## B"]),
        (nodes.paragraph("", "", nodes.strong("", "a"), nodes.emphasis("", "b")), ["**a***b*"]),
        (nodes.comment("", "a"), []),
    ],
)  # fmt: skip
def test_each_part_of_a_page_is_markdown_in_a_notebook(node, pieces):
    writer = Writer({}, "", {"fig-a": (1, 2)})
    writer.block(node)
    assert writer.pieces == pieces


def test_a_link_of_a_notebook_leads_to_the_site_or_is_none():
    def linked(address, **attributes):
        link = nodes.reference("", "there", **attributes)
        return Writer({}, address, {}).inline(nodes.paragraph("", "", link))

    here, within = "https://site.example/theory/a.html", {"internal": True, "refuri": "b.html#x"}
    assert linked(here, **within) == "[there](https://site.example/theory/b.html#x)"
    assert linked("", **within) == "there"
    assert linked(here, internal=True, refuri="#x") == "there"
    other = "https://else.example/"
    assert linked(here, refuri=other) == linked("", refuri=other) == f"[there]({other})"


def test_each_part_of_a_solution_says_of_which_it_goes_on():
    def cell_at(index):
        return nodes.container(nb_element="cell_code", cell_index=index)

    a, b, c = (nodes.paragraph("", text) for text in "abc")
    title = dropdown_title("", "Way")
    writer = Writer({}, "", {})
    writer.block(dropdown_main("", title, a, cell_at(3), b, cell_at(4), c))
    first, *others = [piece for piece in writer.pieces if isinstance(piece, str)]
    assert first.startswith("<details><summary>Way</summary>")
    assert len(others) == 2
    assert all(text.startswith("<details><summary>Way, continued</summary>") for text in others)
    assert [piece for piece in writer.pieces if isinstance(piece, int)] == [3, 4]


def test_a_notebook_says_what_must_be_installed():
    def parsed(source):
        return SimpleNamespace(source=source, tree=ast.parse(source))

    found = packages([parsed("import numpy.linalg\nimport os"), parsed("from torch import nn")])
    assert found == sorted(ALWAYS | {"torch"})
    own = "from myst_nb import glue\nfrom mcalc import grad\nimport bench\nimport IPython"
    assert set(packages([parsed(own)])) == ALWAYS
    for code in ("import dask.array as da", "from dask.array import ones"):
        assert "dask" in packages([parsed(f"def f():\n    {code}")])
    config = SimpleNamespace(html_baseurl="", repository="")
    for torch in (False, True):  # the index of those without CUDA is asked for no other
        source = install_cell(config, [parsed("import torch" if torch else "")])
        assert ('"--extra-index-url", "https://download.pytorch.org/whl/cpu"' in source) == torch
        ast.parse(source)
    site, repository = "https://site.example/", "https://github.com/o/b"
    for config, place in (
        (SimpleNamespace(html_baseurl=site, repository=repository), f"{site}_static/python/"),
        (SimpleNamespace(html_baseurl="", repository=repository), f"git+{repository}"),
    ):
        source = install_cell(config, [])
        assert f'"mcalc-book @ {place}' in source
        assert "raise ModuleNotFoundError" not in source


@pytest.mark.parametrize(
    ("site", "repository", "wheel"), [("", "", True), ("s", "", False), ("", "r", False)]
)
def test_a_page_links_the_wheel_if_its_notebook_can_take_it_from_nowhere_else(
    tmp_path, site, repository, wheel
):
    config = SimpleNamespace(html_baseurl=site, repository=repository)
    app = SimpleNamespace(outdir=tmp_path, config=config)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "p.ipynb").touch()
    context = {"content_root": "../"}
    write.name(app, "deep/p", "", context, None)
    assert context["notebook"] == "p.ipynb"
    assert context.get("wheel", "").startswith("../_static/python/mcalc_book-") == wheel
    context = {}
    write.name(app, "other", "", context, None)
    assert context == {}


def test_a_build_that_forks_has_a_typesetter_of_its_own():
    """Two processes that write to one would read each other's formulas."""
    typesetter = Typesetter({})
    try:
        first = typesetter.html("x", display=False)
        server = typesetter.server
        assert typesetter.html("x", display=False) == first
        assert typesetter.server is server
        typesetter.owner = os.getpid() + 1  # as in a process that was forked
        typesetter.close()
        assert server.poll() is None  # it is the other process's
        assert typesetter.html("x", display=False) == first
        assert typesetter.server is not server
        with pytest.raises(ValueError, match="KaTeX parse error"):
            typesetter.html(r"\nosuch", display=True)
    finally:
        server.communicate()
        typesetter.close()
    assert typesetter.server is None


def test_the_letters_of_a_page_have_the_colors_of_its_figures():
    typesetter = Typesetter({})
    html = typesetter.html(r"f(x, y) = x^2 \exp(xy) \mathbf{x}", display=True)
    typesetter.close()
    shown = colored(html, {"blue": "x", "orange": "y"})
    assert re.findall(r"mathnormal (\w+)\"[^>]*>(\w)<", shown) == [
        ("blue", "x"),
        ("orange", "y"),
        ("blue", "x"),
        ("blue", "x"),
        ("orange", "y"),
    ]
    assert colored(html, {"minutes": "12"}) == html
    both = colored(html, {"blue": "f x"})
    assert re.findall(r"mathnormal blue\"[^>]*>(\w)<", both) == ["f", "x", "x", "x"]


@pytest.mark.parametrize(
    ("macro", "meaning"),
    [
        (r"\pd{f}{x}", r"\frac{\partial f}{\partial x}"),
        (r"\td{f}{x}", r"\frac{\mathrm{d} f}{\mathrm{d} x}"),
        (r"\norm{\vec{x}}\abs{x}", r"\left\lVert\mathbf{x}\right\rVert\left\lvert x\right\rvert"),
        (r"\mat{A}\T\grad f", r"\mathbf{A}^{\mathsf{T}}\nabla f"),
    ],
)
def test_a_macro_of_the_book_is_set_as_what_it_means(macro, meaning):
    macros = runpy.run_path(str(books.ROOT / "conf.py"))["katex_macros"]
    typesetter = Typesetter(macros, "mathml")
    one, two = (typesetter.html(tex, display=False) for tex in (macro, meaning))
    typesetter.close()
    assert one.partition("<annotation")[0] == two.partition("<annotation")[0]


def displayed_as(visit, node):
    """Return the TeX that a formula is set from, and what is written; `bad` in it is refused."""
    given, body = [], []

    def html(tex, display):
        given.append((tex, display))
        if "bad" in tex:
            raise ValueError("no such command")
        return "<math>"

    env = SimpleNamespace(metadata={"p": {}})
    builder = SimpleNamespace(typesetter=SimpleNamespace(html=html), env=env, current_docname="p")
    translator = SimpleNamespace(
        builder=builder, body=body, encode=escape, starttag=lambda *_, **__: ""
    )
    with pytest.raises(nodes.SkipNode):
        visit(translator, node)
    return *given[0], "".join(body)


@pytest.mark.parametrize(
    ("tex", "lines"),
    [
        (r"a &= b \\ &= c", r"\begin{aligned}a &= b \\ &= c\end{aligned}"),
        (" a = b\n", "a = b"),
        (r"\begin{bmatrix} a \\ b \end{bmatrix}", r"\begin{bmatrix} a \\ b \end{bmatrix}"),
        (r"\begin{bmatrix} a & b \end{bmatrix}", r"\begin{bmatrix} a & b \end{bmatrix}"),
    ],
)
def test_the_lines_of_a_display_are_aligned_unless_they_stand_in_something(tex, lines):
    node = nodes.math_block("", tex, ids=["equation-a"])
    assert displayed_as(katex.visit_block, node)[:2] == (lines, True)


def test_a_display_has_its_number_and_a_formula_in_a_line_has_none():
    numbered = nodes.math_block("", "x", ids=["equation-a"], number=7)
    said = displayed_as(katex.visit_block, numbered)[2]
    assert '<a class="eqno" href="#equation-a" title="Link to this equation">(7)</a>' in said
    assert "eqno" not in displayed_as(katex.visit_block, nodes.math_block("", "x", ids=["a"]))[2]
    assert displayed_as(katex.visit_inline, nodes.math("", "x")) == ("x", False, "<math></span>")


def test_tex_that_is_refused_is_shown_as_it_was_typed(monkeypatch):
    said = []
    logger = SimpleNamespace(warning=lambda text, *rest, **_: said.append(text % rest))
    monkeypatch.setattr(katex, "logger", logger)
    *_, shown = displayed_as(katex.visit_inline, nodes.math("", "bad < & b"))
    assert "<code>bad &lt; &amp; b</code>" in shown
    assert said == ["bad TeX: bad < & b: no such command"]
