"""Keep a bracket or a comma on the line of the formula that it touches.

A browser may break a line on both sides of what KaTeX sets, even between a formula and its comma.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.typing import ExtensionMetadata

LONGEST = 30  # characters that may go without a line break: a phone shows about 40


class TieFormulas(SphinxPostTransform):
    """Put each short formula and what touches it into a box without line breaks."""

    default_priority = 600
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Tie the formulas of the page."""
        for formula in list(self.document.findall(nodes.math)):
            parent, place = formula.parent, formula.parent.index(formula)
            before, after = _text(parent, place - 1), _text(parent, place + 1)
            opening = re.findall(r"\S*\Z", before)[0]
            closing = re.findall(r"^\S*", after)[0]
            if 0 < len(opening + closing) <= LONGEST - len(formula.astext()):
                pieces = [nodes.Text(opening), formula, nodes.Text(closing)]
                parent[place] = nodes.inline("", "", *pieces, classes=["tie"])
                if opening:
                    parent[place - 1] = nodes.Text(before.removesuffix(opening))
                if closing:
                    parent[place + 1] = nodes.Text(after.removeprefix(closing))


def _text(parent: nodes.Element, place: int) -> str:
    """Return the text at a place; the empty string if something else is there."""
    child = parent[place] if 0 <= place < len(parent) else None
    return str(child) if isinstance(child, nodes.Text) else ""


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.add_post_transform(TieFormulas)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
