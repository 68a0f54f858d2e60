"""Fold what stands between `{solution}` and `{endsolution}`, code cells included.

A code cell inside a `dropdown` directive would not run (MyST-NB issue 723),
so two marks at the top level of the page enclose the cells, and the fold is made after they ran.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx_design.shared import create_component

logger = logging.getLogger(__name__)


class solution_start(nodes.Element):  # noqa: N801 - docutils writes node classes like this
    """Where a solution begins."""


class solution_end(nodes.Element):  # noqa: N801
    """Where a solution ends."""


class Solution(SphinxDirective):
    """Open a folded solution; the optional argument is its title."""

    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the mark."""
        mark = solution_start(title=self.arguments[0] if self.arguments else "Solution")
        self.set_source_info(mark)
        return [mark]


class EndSolution(SphinxDirective):
    """Close a folded solution."""

    def run(self) -> list[nodes.Node]:
        """Return the mark."""
        mark = solution_end()
        self.set_source_info(mark)
        return [mark]


class FoldSolutions(SphinxTransform):
    """Move the nodes between two marks into a dropdown; warn of a mark without its partner."""

    def apply(self, **kwargs: Any) -> None:
        """Fold the solutions of the whole page."""
        for start in list(self.document.findall(solution_start)):
            parent, begin = start.parent, start.parent.index(start)
            end = parent.first_child_matching_class(solution_end, begin)
            if end is None:
                logger.warning("this solution has no end on its level", location=start)
                parent.remove(start)
                continue
            body = parent[begin + 1 : end]
            del parent[begin : end + 1]
            parent.insert(begin, _dropdown(start["title"], body))
        for end in list(self.document.findall(solution_end)):
            logger.warning("this end has no solution before it on its level", location=end)
            end.parent.remove(end)


def _dropdown(title: str, body: list[nodes.Node]) -> nodes.container:
    """Return the nodes that sphinx-design makes of its own dropdown directive."""
    return create_component(
        "dropdown",
        children=[nodes.rubric("", title), *body],
        opened=False,
        type="dropdown",
        has_title=True,
        icon=None,
        chevron=None,
        container_classes=["sd-mb-3", "solution"],
        title_classes=[],
        body_classes=[],
    )
