"""Write the fold of hidden cells so that it is valid HTML, and named by what it says.

MyST-NB puts paragraphs into the summary, where none may stand, and gives it another name for a
screen reader than the one that is seen. Two hidden cells in a row share a fold. The fold of the
imports, with which pages begin, says so.
"""

from __future__ import annotations

import re
from html import escape

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

_IMPORT = re.compile(r"\s*(import|from)\s")


def join(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Name the folds; move a hidden cell that shows nothing into that of the cell after it."""
    for fold in list(doctree.findall(HideCodeCellNode)):
        if _IMPORT.match(fold.astext()):
            fold["prompt_show"], fold["prompt_hide"] = "Imports", "Hide the imports"
        if not isinstance(cell := fold.parent, nodes.container):
            continue  # of a whole cell
        after = cell.parent[cell.parent.index(cell) + 1 :][:1]
        heads = [head for node in after for head in node.children[:1]]
        if len(cell) == 1 and heads and isinstance(heads[0], HideCodeCellNode):
            heads[0][:0] = fold.children
            cell.parent.remove(cell)


def visit_fold(self: HTML5Translator, node: HideCodeCellNode) -> None:
    """Write the summary, whose two texts the style sheet shows by turns."""
    classes = " ".join(node["classes"])
    self.body.append(f'<details class="hide {classes}">\n<summary>')
    self.body.append(f'<span class="when-closed">{escape(node["prompt_show"])}</span>')
    self.body.append(f'<span class="when-open">{escape(node["prompt_hide"])}</span></summary>\n')
