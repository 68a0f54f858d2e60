"""Give the cell of each check an anchor, and let it lead back to the equation that it checks."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from _ext.cells.executed import code_cells
from _ext.formulas.numbering import equation_numbers


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
            if label := output.get("metadata", {}).get("mcalc", {}).get("label"):
                container = containers[cell.index]
                container["ids"].append(check_id(label, seen.setdefault(label, 0)))
                container["checked"] = [*container.get("checked", []), label]
                seen[label] += 1


class LeadBack(SphinxPostTransform):
    """End the cell of a check with a link to its equation."""

    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Add the links of the page."""
        numbers = equation_numbers(self.env)
        for cell in self.document.findall(
            lambda node: "checked" in getattr(node, "attributes", {})
        ):
            assert isinstance(cell, nodes.container)
            back = nodes.paragraph("", "checks ", classes=["check-back"])
            for label in dict.fromkeys(cell["checked"]):
                if label in numbers:
                    back += nodes.reference(
                        "",
                        f"({numbers[label]})",
                        internal=True,
                        refuri=f"#{nodes.make_id(f'equation-{label}')}",
                    )
            if len(back) > 1:
                cell += back
