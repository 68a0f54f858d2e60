"""Fill the page that has the directive `ledger` with the account of the whole book."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from docutils import nodes
from ledger import Check, Row, rows
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode
from sphinx.util.typing import ExtensionMetadata

COLUMNS = [
    "Equation",
    "Page",
    "Kind",
    "Checks",
    "Residual or order",
    "Points",
    "Wrong formulas rejected",
]


class ledger_table(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes like this
    """The place of the ledger on its page, until all pages are read."""


class LedgerDirective(SphinxDirective):
    """Put the ledger here."""

    def run(self) -> list[nodes.Node]:
        """Return the placeholder, and remember the page for the marks to lead to."""
        self.env.metadata[self.env.docname]["holds_ledger"] = True
        return [ledger_table()]


def ledger_page(env: BuildEnvironment) -> str | None:
    """Return the page that holds the ledger."""
    holders = [name for name, data in env.metadata.items() if "holds_ledger" in data]
    return min(holders, default=None)


def refresh(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write the ledger page anew in every build: any page may have changed it."""
    return [name] if (name := ledger_page(env)) else []


def finding(checks: list[Check]) -> str:
    """Return the worst residual and the worst order of convergence, as far as there are any."""
    residuals = [check.residual for check in checks if check.residual is not None]
    orders = [check.order for check in checks if check.order is not None]
    found = []
    if residuals:
        found.append(f"{max(residuals):.1e}" if max(residuals) else "exact")
    if orders:
        found.append(f"order {min(orders):.2f}")
    return ", ".join(found)


def rejected(checks: list[Check]) -> str:
    """Return the wrong variants and how far each was off."""
    return ", ".join(f"{name} ({d:.2g})" for check in checks for name, d in check.rejected.items())


def row_id(row: Row) -> str:
    """Return the id of the row of the ledger."""
    return nodes.make_id(f"ledger-{row.label}")


class FillLedger(SphinxPostTransform):
    """Replace the placeholder by the totals and the table."""

    default_priority = 10

    def run(self, **kwargs: Any) -> None:
        """Fill in the ledger."""
        for place in list(self.document.findall(ledger_table)):
            account = list(rows(self.env))
            place.replace_self([totals(account), self.table(account)])

    def table(self, account: list[Row]) -> nodes.Element:
        """Return one row for each equation of the book."""
        head, body = nodes.thead(), nodes.tbody()
        head += _row(nodes.Text(column) for column in COLUMNS)
        for row in account:
            line = _row(self.cells(row))
            line["ids"].append(row_id(row))
            body += line
        group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in COLUMNS), head, body)
        return nodes.table("", group, classes=["ledger"])

    def cells(self, row: Row) -> list[nodes.Node]:
        """Return the contents of a row, the equation as a link to where it stands."""
        equation = make_refnode(
            self.app.builder,
            self.env.docname,
            row.page,
            nodes.make_id(f"equation-{row.label}"),
            nodes.inline("", f"({row.number})"),
            row.label,
        )
        texts = [
            self.env.titles[row.page].astext(),
            row.kind,
            str(len(row.checks) or ""),
            finding(row.checks),
            str(sum(check.points for check in row.checks) or ""),
            rejected(row.checks),
        ]
        return [equation, *map(nodes.Text, texts)]


def _row(contents: Iterable[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", node)) for node in contents))


def totals(account: list[Row]) -> nodes.Element:
    """Return the counts that the ledger opens with."""
    kinds = Counter(row.kind for row in account)
    checks = [check for row in account for check in row.checks]
    counts = {
        "equations": len(account),
        "definitions": kinds["definition"],
        "checked": kinds["checked"],
        "unchecked": kinds["unchecked"],
        "checks": len(checks),
        "wrong formulas rejected": sum(len(check.rejected) for check in checks),
    }
    items = [
        nodes.paragraph("", "", nodes.strong("", str(count)), nodes.Text(f" {name}"))
        for name, count in counts.items()
    ]
    return nodes.bullet_list(
        "", *(nodes.list_item("", item) for item in items), classes=["ledger-totals"]
    )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.add_node(ledger_table)
    app.add_directive("ledger", LedgerDirective)
    app.add_post_transform(FillLedger)
    app.connect("env-updated", refresh)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
