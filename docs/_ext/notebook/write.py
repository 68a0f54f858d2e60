"""Write every page that runs as a notebook to take along, with what its cells gave in this build.

MyST-NB's own notebook holds the page's source, whose directives and roles Jupyter cannot show.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Set
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.application import Sphinx

from _ext.cells.executed import Cell, code_cells
from _ext.notebook import install
from _ext.notebook.text import Piece, Writer
from _ext.running.place import FOLDER, WHEEL
from mcalc.formulas.displays import everything

GLUE = "from myst_nb import glue"
OWN_GLUE = '''\
def glue(name, value, display=True):
    """Do nothing: in the book, this puts the value into a sentence."""'''
DISPLAYS = """\
# What this page displays, for the checks below to read and evaluate.
from mcalc.formulas.displays import everything
from mcalc.formulas.sources import Display

everything()[:] = [
{rows}
]"""
INTRODUCTION = """\
*This is the page "{title}" of the book "{book}", as a notebook.
Its cells hold what they gave when the book was built; to run them, run the first one first, which
installs what they need.{sources}*"""
SOURCES = " They read the book's sources, so run them in the folder of a copy of its repository."


def write(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the notebook of a page."""
    cells = {cell.index: cell for cell in code_cells(app.env, docname)}
    path = Path(app.outdir, f"{docname}.ipynb")
    if app.builder.name != "html":
        return
    if not cells:
        return path.unlink(missing_ok=True)  # of an earlier build
    site = app.config.html_baseurl
    figures = app.env.toc_fignumbers.get(docname, {}).get("figure", {})
    writer = Writer(app.config.katex_macros, site and f"{site}{docname}.html", figures)
    for node in doctree:
        writer.block(node)
    introduction = INTRODUCTION.format(
        title=app.env.titles[docname].astext(),
        book=app.config.project,
        sources=SOURCES if install.imported(cells.values()) & install.SOURCES else "",
    )
    notebook = new_notebook(  # type: ignore[no-untyped-call]
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        }
    )
    removed = {i for i, cell in cells.items() if "remove-cell" in cell.tags and not verifies(cell)}
    pieces = list(in_order(writer.pieces, removed))
    notebook.cells = list(joined([*pieces[:1], introduction, *pieces[1:]], cells))
    if shown := displayed(docname, "".join(cell.source for cell in cells.values())):
        notebook.cells.insert(1, new_code_cell(shown))  # type: ignore[no-untyped-call]
    first = install.cell(app.config, cells.values())
    notebook.cells.insert(1, new_code_cell(first))  # type: ignore[no-untyped-call]
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # the library's own are random
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]


def displayed(page: str, code: str) -> str:
    """Return a cell that hands the displays of a page to its checks; none if it has no check."""
    if "check(" not in code:
        return ""
    found = [d for d in everything() if d.page == page or f'"{d.label}"' in code]
    rows = "\n".join(f"    Display({d.label!r}, {d.tex!r}, {d.page!r}, {d.line})," for d in found)
    return DISPLAYS.format(rows=rows)


def verifies(cell: Cell) -> bool:
    """Tell whether the build has added a cell, to evaluate what the text claims."""
    return "evaluate_claims(" in cell.source


def in_order(pieces: list[Piece], removed: Set[int] = frozenset()) -> Iterator[Piece]:
    """Yield the pieces with the cells in the order in which they ran.

    On the page a check is folded behind its equation, before cells that it may need. What the page
    does not show at all, others may need, too: it runs at its place.
    """
    waiting = sorted({*removed, *(piece for piece in pieces if isinstance(piece, int))})
    seen = set(removed)
    for piece in pieces:
        if isinstance(piece, str):
            yield piece
            continue
        seen.add(piece)
        while waiting and waiting[0] in seen:
            yield waiting.pop(0)


def joined(pieces: list[Piece], cells: dict[int, Cell]) -> Iterator[Any]:
    """Yield a cell of text for the blocks between two cells of code, and those."""
    texts: list[str] = []
    for piece in [*pieces, None]:
        if isinstance(piece, str):
            texts.append(piece)
            continue
        if texts:
            yield new_markdown_cell("\n\n".join(filter(None, texts)))  # type: ignore[no-untyped-call]
            texts = []
        if piece is not None:
            yield code_cell(cells[piece])


def code_cell(cell: Cell) -> Any:
    """Return a cell as a reader runs it, with what it gave here."""
    outputs = copy.deepcopy(cell.outputs)  # others read them, too
    for output in outputs:
        output.get("metadata", {}).clear()
        if output.output_type == "error":  # its lines name the folders of this machine
            output.traceback = [f"{output.ename}: {output.evalue}"]
    metadata: dict[str, Any] = {"tags": cell.tags} if cell.tags else {}
    if "hide-input" in cell.tags:
        metadata["jupyter"] = {"source_hidden": True}
    return new_code_cell(  # type: ignore[no-untyped-call]
        cell.source.replace(GLUE, OWN_GLUE),
        outputs=outputs,
        execution_count=cell.count,
        metadata=metadata,
    )


def name(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    """Let the page link its notebook, the wheel that it may need beside it, and Colab."""
    if not Path(app.outdir, f"{page}.ipynb").exists():
        return
    context["notebook"] = f"{page.rpartition('/')[2]}.ipynb"
    if not (app.config.html_baseurl or app.config.repository):
        context["wheel"] = f"{context['content_root']}{FOLDER}/{WHEEL}"
    context["colab"] = install.in_colab(app.config.repository, page)
