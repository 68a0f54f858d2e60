"""Let the id of a table or an equation stand once on its page.

Furo puts both into a box that scrolls, and gives the box the ids of what it holds.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.typing import ExtensionMetadata

BOXES = {"math-wrapper", "table-wrapper"}


class ClearBoxes(SphinxPostTransform):
    """Take the ids from the boxes."""

    default_priority = 510  # Furo makes the boxes at 500
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Clear the boxes of the page."""
        for box in self.document.findall(nodes.container):
            if BOXES.intersection(box["classes"]):
                box["ids"] = []


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.add_post_transform(ClearBoxes)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
