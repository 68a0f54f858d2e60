"""Let the id of a table or an equation stand once on its page.

Furo puts both into a box that scrolls, and gives the box the ids of what it holds.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

BOXES = {"math-wrapper", "table-wrapper"}


class ClearBoxes(SphinxPostTransform):
    """Take the ids from the boxes."""

    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Clear the boxes of the page."""
        for box in self.document.findall(nodes.container):
            if BOXES.intersection(box["classes"]):
                box["ids"] = []
