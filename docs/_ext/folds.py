"""Write the fold of a hidden cell so that it is valid HTML, and named by what it says.

MyST-NB puts paragraphs into the summary, where none may stand, and gives it another name for a
screen reader than the one that is seen.
"""

from __future__ import annotations

from html import escape

from myst_nb.sphinx_ import (  # type: ignore[import-untyped]
    HideCodeCellNode,
    depart_HideCellInput,
)
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator


def visit_fold(self: HTML5Translator, node: HideCodeCellNode) -> None:
    """Write the summary, whose two texts the style sheet shows by turns."""
    classes = " ".join(node["classes"])
    self.body.append(f'<details class="hide {classes}">\n<summary>')
    self.body.append(f'<span class="when-closed">{escape(node["prompt_show"])}</span>')
    self.body.append(f'<span class="when-open">{escape(node["prompt_hide"])}</span></summary>\n')


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.setup_extension("myst_nb")
    app.add_node(HideCodeCellNode, override=True, html=(visit_fold, depart_HideCellInput))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
