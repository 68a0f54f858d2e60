"""Give the cell of each check an anchor, for the mark and the ledger to lead to."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from _ext.cells.executed import code_cells

logger = logging.getLogger(__name__)


def check_id(label: str, place: int = 0) -> str:
    """Return the id of a check of an equation, which may have several on its page."""
    return nodes.make_id(f"check-{label}") + (f"-{place + 1}" if place else "")


def anchor(app: Sphinx, doctree: nodes.document) -> None:
    """Give the cells of the page that checked something the ids of their checks."""
    seen: dict[str, int] = {}
    containers = {
        node["cell_index"]: node
        for node in doctree.findall(nodes.container)
        if node.get("nb_element") == "cell_code"
    }
    for cell in code_cells(app.env, app.env.docname):
        for output in cell.outputs:
            label = output.get("metadata", {}).get("mcalc", {}).get("label")
            if not label:
                continue
            if cell.index not in containers:
                logger.warning(
                    f"the check of '{label}' stands in a cell that no reader sees; let it be shown",
                    location=(app.env.docname, cell.fence_line),
                    type="book",
                    subtype="ledger",
                )
                continue
            container = containers[cell.index]
            container["ids"].append(check_id(label, seen.setdefault(label, 0)))
            container["checked"] = [*container.get("checked", []), label]
            seen[label] += 1
