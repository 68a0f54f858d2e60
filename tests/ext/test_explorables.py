"""A figure to take hold of: attached to the picture of its cell, which stays where no script is."""

import json
import re
import subprocess
import zipfile

import books
import nbformat
from _ext.assets.npm import NODE
from test_slips import cell

FIGURE = """\
---
mystnb:
  image: {{alt: "Circles"}}
  figure: {{caption: "Which way is up?", {name}}}
---
import matplotlib.pyplot as plt
from mcalc import explore

_ = plt.plot([0, 1, 4])
explore.{call}
"""
BOWL = (
    "tangent_plane(lambda p: p[0] ** 2 + 3 * p[1] ** 2, xlim=(-1, 1), ylim=(-1, 1),"
    " start=(0.5, 0.25), levels=[0.5, 1.0])"
)
EIGEN = "eigen_directions(eigenvalues=(1, 4), angle=30)"


def figure(name, call):
    return cell(FIGURE.format(name=f"name: {name}" if name else "align: left", call=call))


def pages(text):
    return {"index": books.index("deep/bowls"), "deep/bowls": books.NOTEBOOK + "# Bowls\n\n" + text}


def module(book, name="deep/bowls"):
    return book.folder / "out/html/_static/explorables/pages" / f"{name}.js"


def test_the_figure_keeps_its_picture_and_names_its_module():
    book = books.build(books.new_folder(), pages(figure("fig-bowl", BOWL) + figure("fig-h", EIGEN)))
    assert book.code == 0, book.output
    html = book.html("deep/bowls")
    boxes = re.findall(
        r'<figure[^>]*id="([\w-]+)">\s*<div class="explore"([^>]*)>(.*?)</div>', html, re.S
    )
    assert [name for name, _, _ in boxes] == ["fig-bowl", "fig-h"]
    for name, attributes, inside in boxes:
        assert f'data-figure="{name}"' in attributes
        assert 'data-module="../_static/explorables/pages/deep/bowls.js?v=' in attributes
        assert inside.count("<img") == 1
    assert html.count('<div class="stage tangent_plane"></div>') == 1
    assert html.count("<figcaption>") == 2
    assert len(re.findall(r'<script[^>]*src="[^"]*bundle', html)) == 1
    # What the module hands to the scripts, asked of a real engine.
    text = module(book).read_text("utf-8")
    head, rest = text.split("\n", 1)
    assert head.startswith('import { eigen_directions, tangent_plane } from "../../figures.js?v=')
    code = rest.replace(
        "export default",
        "const tangent_plane = (stage, given) => [stage, given];\n"
        "const eigen_directions = tangent_plane;\nconst figures =",
    )
    code += """
        const [stage, {limits, functions}] = figures["fig-bowl"](7);
        console.log(JSON.stringify([stage, limits, functions.f(0.5, 0.25)]));"""
    done = subprocess.run([NODE, "-e", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [7, [[-1, 1], [-1, 1]], [0.4375, [1, 1.5]]]
    assert (module(book).parent / "../../figures.js").resolve().exists()


def test_pages_without_one_load_no_script_for_it():
    html = books.good().html("zebras")
    assert "explorables" not in html
    assert "IntersectionObserver" not in scripts(books.good(), "zebras")


def scripts(book, page):
    html = book.html(page)
    found = re.findall(r'<script[^>]*src="([^"?]*_static/[^"?]*)', html)
    root = (book.folder / "out/html" / page).parent
    return "".join((root / name).read_text("utf-8") for name in found)


def test_the_notebook_keeps_the_picture_alone():
    book = books.build(books.new_folder(), pages(figure("fig-bowl", BOWL)))
    notebook = nbformat.read(book.folder / "out/html/deep/bowls.ipynb", as_version=4)
    (output,) = [o for c in notebook.cells for o in c.get("outputs", ())]
    assert "image/png" in output.data
    assert not output.metadata
    assert "IntersectionObserver" in scripts(book, "deep/bowls")


def test_the_epub_has_the_picture_alone():
    folder = books.new_folder()
    text = figure("fig-bowl", BOWL) + "\n\nA [place](https://else.example/a).\n"
    book = books.build(folder, pages(text), "-b", "epub", "-d", "doctrees")
    assert book.code == 0, book.output
    with zipfile.ZipFile(folder / "out/html/book.epub") as epub:
        names = epub.namelist()
        text = epub.read(next(n for n in names if n.endswith("bowls.xhtml"))).decode()
    assert "<img" in text
    assert 'class="explore"' not in text
    assert "stage" not in text
    assert text.count("else.example") == 1  # an address is no text, and no footnote
    assert not [name for name in names if "explorables" in name or "ledger.json" in name]


def test_a_cell_whose_picture_is_no_figure_is_reported():
    text = "Here.\n\n" + re.sub("  figure:.*\n", "", figure("", BOWL))
    book = books.build(books.new_folder(), pages(text))
    (warning,) = book.warnings("deep/bowls", "```{code-cell}")
    assert warning.startswith("an explorable needs a figure with a caption and a name")


def test_a_cell_without_a_drawing_says_so():
    text = cell(f"from mcalc import explore\nexplore.{EIGEN}")
    book = books.build(books.new_folder(), pages(text))
    assert "there is no figure to take the place of eigen_directions on paper" in book.output


def test_a_page_that_has_lost_its_figure_loses_its_module():
    folder = books.new_folder()
    book = books.build(folder, pages(figure("fig-bowl", BOWL)))
    assert module(book).exists()
    assert books.build(folder, pages("Nothing.\n")).code == 0
    assert not module(book).exists()
