"""List the works without numbers: the pages cite them by author and year."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform


class DropNumbers(SphinxPostTransform):
    """Take the number away that stands before each work."""

    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Drop the labels of the page."""
        for citation in self.document.findall(nodes.citation):
            for label in list(citation.findall(nodes.label)):
                citation.remove(label)
