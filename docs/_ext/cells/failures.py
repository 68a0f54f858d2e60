"""Name the page and the line of a cell that raised, that was stopped, or that is not Python.

MyST-NB, which would say that a page failed and give no line to go to, is not told: see `client.py`.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from _ext.cells.executed import STOPPED, Cell, code_cells

logger = logging.getLogger(__name__)


def report_failures(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of the error that ended the run of the page, and of cells that are not plain Python."""
    docname = app.env.docname

    def warn(line: int | None, message: str) -> None:
        logger.warning(message, location=(docname, line), type="book", subtype="cell")

    for cell in code_cells(app.env, docname):
        if failure := cell.failure:
            warn(cell.line_of(failure), f"this cell {said(app, failure)}")
        elif cell.tree is None and not cell.errors:
            line, text = first_magic(cell)
            warn(
                cell.code_line + line,
                f"{text!r} is a magic of IPython and not Python; write what it does in Python, so"
                " that the page can be checked, and read without IPython",
            )


def said(app: Sphinx, failure: dict[str, str]) -> str:
    """Return what happened to a cell, with the traceback if there is one."""
    if failure["ename"] == STOPPED:
        return failure["evalue"]
    message = f"raised {failure['ename']}: {failure['evalue']}"
    if failure["ename"].endswith("MemoryError"):
        message += f"; a page may use {app.config.cells_memory} bytes (cells_memory in conf.py)"
    if failure["ename"] == "StdinNotImplementedError":
        message += "; nobody is there to answer: write the answer into the cell"
    return "\n".join([message, *failure["traceback"]])


def first_magic(cell: Cell) -> tuple[int, str]:
    """Return the first line of a cell that begins as a magic does, counted from 0."""
    lines = [line.strip() for line in cell.source.splitlines()]
    found = [(n, line) for n, line in enumerate(lines) if line.startswith(("%", "!", "?"))]
    return found[0] if found else (0, lines[0])
