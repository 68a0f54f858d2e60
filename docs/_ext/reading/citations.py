"""List the works without numbers: the pages cite them by author and year.

The works are set once, and not in each build that goes on from an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinxcontrib.bibtex.domain import BibtexDomain


class DropNumbers(SphinxPostTransform):
    """Take the number away that stands before each work."""

    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Drop the labels of the page."""
        for citation in self.document.findall(nodes.citation):
            for label in list(citation.findall(nodes.label)):
                citation.remove(label)


_set = BibtexDomain.get_formatted_entries


def set_once(
    self: BibtexDomain, place: Any, pages: list[str], *tooltips: Any
) -> Iterator[tuple[Any, Any, Any]]:
    """Yield each work of a list of works as it is set, as before if the list is as before."""
    known = self.env.__dict__.setdefault("book_works", {})
    listed = self.bibliographies[place]
    how = (listed.style, listed.labelprefix, tooltips)
    facts = how, list(self.get_sorted_entries(place, pages))
    if known.get(place, ("",))[0] != facts:
        known[place] = facts, list(_set(self, place, pages, *tooltips))
    yield from known[place][1]


def install() -> None:
    """Let the domain of the citations set each work once."""
    BibtexDomain.get_formatted_entries = set_once  # type: ignore[assignment,method-assign]
