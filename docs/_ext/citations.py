"""List the works without numbers: the pages cite them by author and year."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.typing import ExtensionMetadata


class DropNumbers(SphinxPostTransform):
    """Take the number away that stands before each work."""

    default_priority = 900  # when all that cites a work has found it
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Drop the labels of the page."""
        for citation in self.document.findall(nodes.citation):
            for label in list(citation.findall(nodes.label)):
                citation.remove(label)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.add_post_transform(DropNumbers)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
