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
    """Set each equation and its mark into one box, with its check folded behind the mark."""

    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Mark the equations of the page."""
        by_label = {row.label: row for row in rows(self.env)}
        cells: dict[str, nodes.container] = {}
        for cell in self.document.findall(nodes.container):
            # The account is of the first check of an equation; a cell stands behind one equation.
            checked: list[str] = cell.get("checked", [])
            for label in [label for label in checked if label not in cells][:1]:
                cells[label] = cell
        for equation in list(self.document.findall(nodes.math_block)):
            if row := by_label.get(equation.get("label", "")):
                box = nodes.container(classes=["equation"])
                equation.parent.replace(equation, box)
                box += equation
                its_cell = cells.get(row.label)
                box += self.fold(row, its_cell) if its_cell else self.mark(row)

    def fold(self, row: Row, cell: nodes.Element) -> nodes.Element:
        """Return the mark as a fold: what was done, the code, and the way to the ledger."""
        cell.parent.remove(cell)
        told = nodes.paragraph("", f"{account(row)} ", classes=["check-account"])
        if target := ledger_page(self.env):
            told += self.link(target, row_id(row), nodes.inline("", "The ledger"))
            told += nodes.Text(" lists all that was tried.")
        summary = f"<summary>{verdict(row)}</summary>"
        fold = nodes.container(classes=["equation-check"])
        details = f'<details class="equation-mark {class_of(row)}">'
        fold += nodes.raw("", details + summary, format="html")
        fold += [told, cell]
        if row.checks[0].slips:  # answers.js builds the panel when the fold is opened
            fold += nodes.raw(
                "", f'<div class="break-it" data-label="{row.label}"></div>', format="html"
            )
        fold += nodes.raw("", "</details>", format="html")
        return fold

    def mark(self, row: Row) -> nodes.Element:
        """Return the mark, which leads to the check and to the row of the ledger."""
        mark = nodes.paragraph("", classes=["equation-mark", class_of(row)])
        if not row.checks:
            mark += nodes.inline("", row.kind)
        else:
            found = nodes.inline("", verdict(row), classes=["finding"])
            mark += self.link(self.env.docname, check_id(row.label), found, account(row))
        if target := ledger_page(self.env):
            mark += [nodes.Text(" "), self.link(target, row_id(row), nodes.inline("", "ledger"))]
        return mark

    def link(
        self, page: str, anchor: str, text: nodes.Element, title: str | None = None
    ) -> nodes.Element:
        """Return a link to an anchor of this page or another."""
        return make_refnode(self.app.builder, self.env.docname, page, anchor, text, title)


def verdict(row: Row) -> str:
    """Return the kind of an equation as its mark says it: of examples, how many were tried."""
    sign = "✗" if row.kind == "fails" else "✓"
    if row.kind != "tried on examples":
        return f"{sign} {row.kind}"
    tried = sum(check.points for check in row.checks)
    return f"{sign} tried on {tried} example{'s' * (tried != 1)}"


def class_of(row: Row) -> str:
    """Return the class of a mark: the first word of its kind."""
    return row.kind.replace(",", "").split()[0]


def account(row: Row) -> str:
    """Return in words what was done with an equation."""
    check = row.checks[0]
    if check.failure:
        return f"This does not hold: {check.failure}."
    if check.tex is None:
        told = f"{finding(row.checks)}; rejected: {rejected(row.checks)}"
        return f"Code beside the formula was compared: {told}."
    read = "Both sides were read as you see them;"
    points = f"{check.points} point{'s' * (check.points != 1)}"
    if check.order is not None:
        said = (
            f"The formula was read as you see it: its error falls with the order {check.order:.2f}."
        )
    elif check.residual:
        said = f"{read} at {points} they differ by {check.residual:.0e} at most."
    else:
        said = f"{read} at {points} they agree to the last digit."
    said += f" Of the slips made of it, {len(check.rejected)} were told from the truth."
    if check.proved == "numbers":
        said += " SymPy proved it."
    elif check.proved:
        said += f" SymPy proved it for arrays of the sizes {check.proved}."
    if check.examples and not row.label.startswith("def-"):
        said += " It speaks of every function; this is an example."
    return said
