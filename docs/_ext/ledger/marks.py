"""Put beside each equation whether it is a definition, and what its checks found."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

from _ext.ledger.anchors import check_id
from _ext.ledger.collect import Row, rows
from _ext.ledger.page import finding, ledger_page, rejected, row_id


class MarkEquations(SphinxPostTransform):
    """Set each equation and its mark into one box."""

    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Mark the equations of the page."""
        by_label = {row.label: row for row in rows(self.env)}
        for equation in list(self.document.findall(nodes.math_block)):
            if row := by_label.get(equation.get("label", "")):
                box = nodes.container(classes=["equation"])
                equation.parent.replace(equation, box)
                box += [equation, self.mark(row)]

    def mark(self, row: Row) -> nodes.Element:
        """Return the mark, which leads to the check and to the row of the ledger."""
        mark = nodes.paragraph("", classes=["equation-mark", row.kind])
        if row.kind == "definition":
            mark += nodes.inline("", "definition")
        if row.checks:
            found = nodes.inline("", f"✓ {finding(row.checks)}", classes=["finding"])
            mark += self.link(self.env.docname, check_id(row.label), found, title(row))
        if target := ledger_page(self.env):
            mark += [nodes.Text(" "), self.link(target, row_id(row), nodes.inline("", "ledger"))]
        return mark

    def link(
        self, page: str, anchor: str, text: nodes.Element, title: str | None = None
    ) -> nodes.Element:
        """Return a link to an anchor of this page or another."""
        return make_refnode(self.app.builder, self.env.docname, page, anchor, text, title)


def title(row: Row) -> str:
    """Return what the mark says when the pointer rests on it."""
    points = sum(check.points for check in row.checks)
    return (
        f"{finding(row.checks)} at {points} point{'s' * (points != 1)}; "
        f"wrong formulas rejected: {rejected(row.checks)}"
    )
