"""Group neighbouring code cells tagged `numpy` and `torch` into one synchronised tab set.

A code cell inside a `tab-item` directive is not run and vanishes (MyST-NB issue 723),
so the cells stay at the top level of the page and are brought together after they ran.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx_design.shared import create_component

LABELS = {"numpy": "NumPy", "torch": "PyTorch"}


class GroupCells(SphinxTransform):
    """Replace neighbouring cells of different libraries by a tab set."""

    def apply(self, **kwargs: Any) -> None:
        """Group the cells of the whole page."""
        cells = self.document.findall(lambda node: _library(node) is not None)
        for parent in dict.fromkeys(cell.parent for cell in cells):
            parent[:] = list(_grouped(parent.children))


def _library(node: nodes.Node) -> str | None:
    """Return the library that a cell is tagged with; None for any other node."""
    if not isinstance(node, nodes.container) or node.get("nb_element") != "cell_code":
        return None
    tags = node["cell_metadata"].get("tags", [])
    return next((name for name in LABELS if name in tags), None)


def _grouped(children: list[nodes.Node]) -> Iterator[nodes.Node]:
    """Yield the nodes, with a tab set in the place of neighbours of different libraries."""
    run: dict[str, nodes.Node] = {}
    for child in children:
        library = _library(child)
        if library is None or library in run:
            yield from _tab_set(run)
            run = {}
        if library is None:
            yield child
        else:
            run[library] = child
    yield from _tab_set(run)


def _tab_set(run: dict[str, nodes.Node]) -> list[nodes.Node]:
    """Return the nodes that sphinx-design makes of its own tab directives."""
    if len(run) < 2:
        return list(run.values())
    items = []
    for library, cell in run.items():
        label = nodes.rubric("", LABELS[library], classes=["sd-tab-label"])
        label["sync_group"], label["sync_id"] = "library", library
        content = create_component("tab-content", ["sd-tab-content"], children=[cell])
        items.append(create_component("tab-item", ["sd-tab-item"], children=[label, content]))
    return [create_component("tab-set", ["sd-tab-set"], children=items)]
