"""The cells of a page: what they gave, how they failed, and how they are shown."""

from __future__ import annotations

from myst_nb.sphinx_ import (  # type: ignore[import-untyped]
    HideCodeCellNode,
    depart_HideCellInput,
)
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from _ext import register
from _ext.cells import ahead, client, code_links, failures, figures, folds, solutions
from _ext.cells.solutions import FoldSolutions
from _ext.cells.tabs import GroupCells

TRANSFORMS = {
    FoldSolutions: 490,  # before the tabs, which may stand in a solution
    GroupCells: 500,
}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    client.install()
    ahead.configure(app)
    app.setup_extension("myst_nb")
    app.add_node(solutions.solution_start)
    app.add_node(solutions.solution_end)
    fold = folds.visit_fold, depart_HideCellInput
    app.add_node(HideCodeCellNode, override=True, html=fold)
    app.add_directive("solution", solutions.Solution)
    app.add_directive("endsolution", solutions.EndSolution)
    app.connect("doctree-read", failures.report_failures)
    app.connect("doctree-read", figures.fill_alt)
    app.connect("doctree-read", figures.set_minus)
    app.connect("doctree-read", figures.report_images)
    app.connect("doctree-resolved", folds.join, priority=600)  # a notebook keeps the cells apart
    app.connect("html-page-context", code_links.link)
    register(app.add_transform, TRANSFORMS)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
