"""Fill the page that has the directive `ledger` with the account of the whole book.

`ledger-totals` and `ledger-picture` show a part of it on another page.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from html import escape
from itertools import groupby
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from _ext.ledger.anchors import check_id
from _ext.ledger.collect import Check, Row, account, rows
from _ext.ledger.filters import filters
from _ext.ledger.picture import picture, totals

COLUMNS = ["Equation", "Kind", "Residual or order", "Points", "Slips"]


class ledger_table(nodes.General, nodes.Element):  # noqa: N801 - docutils names nodes like this
    """The place of the ledger on its page, until all pages are read."""


class LedgerDirective(SphinxDirective):
    """Put the ledger, or the part that the directive's name says, here."""

    def run(self) -> list[nodes.Node]:
        """Return the placeholder, and remember the page."""
        self.env.metadata[self.env.docname].setdefault("ledger_parts", []).append(self.name)
        return [ledger_table(part=self.name)]


def ledger_page(env: BuildEnvironment) -> str | None:
    """Return the page that holds the whole ledger, for the marks to lead to."""
    return min((page for page, parts in _holders(env) if "ledger" in parts), default=None)


def _holders(env: BuildEnvironment) -> Iterator[tuple[str, list[str]]]:
    for page, data in env.metadata.items():
        if "ledger_parts" in data:
            yield page, data["ledger_parts"]


def refresh(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages that show the ledger, if it is another one than before."""
    before, _ = env.__dict__.get("book_account", ("", True))
    after = hashlib.sha256(json.dumps(account(env)).encode()).hexdigest()
    env.__dict__["book_account"] = after, before != after
    return [page for page, _ in _holders(env)] if before != after else []


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
    """Return the wrong variants and how far each was off; of slips made of a display, how many."""
    found = []
    for check in checks:
        if check.tex is None:
            items = check.rejected.items()
            found += [f"{name}\N{NO-BREAK SPACE}({distance:.2g})" for name, distance in items]
            continue
        counts = {
            "rejected": len(check.rejected),
            "refused": check.refused,
            "also true": len(check.equivalent),
        }
        found += [f"{count} {name}" for name, count in counts.items() if count]
    return ", ".join(found)


def row_id(row: Row) -> str:
    """Return the id of the row of the ledger."""
    return nodes.make_id(f"ledger-{row.label}")


class FillLedger(SphinxPostTransform):
    """Replace the placeholder by the totals and the table."""

    def run(self, **kwargs: Any) -> None:
        """Fill in the ledger."""
        for place in list(self.document.findall(ledger_table)):
            counted = list(rows(self.env))
            parts: dict[str, list[nodes.Node]] = {
                "ledger-totals": [totals(counted)],
                "ledger-picture": [picture(counted)],
            }
            if place["part"] == "ledger":
                titles = [self.env.titles[row.page].astext() for row in counted]
                menus = filters(titles, [row.kind for row in counted])
                parts["ledger"] = [totals(counted), picture(counted), menus, self.table(counted)]
            place.replace_self(parts[place["part"]])

    def table(self, counted: list[Row]) -> nodes.Element:
        """Return one row for each equation of the book, those of a page under its title."""
        head = nodes.thead("", _row(nodes.Text(column) for column in COLUMNS))
        group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in COLUMNS), head)
        for page, its_rows in groupby(counted, key=lambda row: row.page):
            body = nodes.tbody("", self.heading(page))
            for row in its_rows:
                line = _row(self.cells(row))
                line["ids"].append(row_id(row))
                body += line
            group += body
        return nodes.table("", group, classes=["ledger"])

    def heading(self, page: str) -> nodes.Node:
        """Return the row that names a page; docutils has no cell that heads a group of rows."""
        address = self.app.builder.get_relative_uri(self.env.docname, page)
        link = f'<a href="{escape(address)}">{escape(self.env.titles[page].astext())}</a>'
        cell = f'<th scope="rowgroup" colspan="{len(COLUMNS)}">{link}</th>'
        return nodes.raw("", f"<tr>{cell}</tr>", format="html")

    def cells(self, row: Row) -> list[nodes.Node]:
        """Return the contents of a row, with links to the equation and to its checks."""
        equation = self.link(row, f"equation-{row.label}", f"({row.number})", row.label)
        found: list[nodes.Node] = [
            self.link(row, check_id(row.label, place), finding([check]), "the check")
            for place, check in enumerate(row.checks)
        ]
        found = [piece for link in found for piece in (nodes.Text(", "), link)][1:]
        points = str(sum(check.points for check in row.checks) or "")
        kind, points, wrong = map(nodes.Text, [row.kind, points, rejected(row.checks)])
        return [equation, kind, nodes.inline("", "", *found), points, wrong]

    def link(self, row: Row, anchor: str, text: str, title: str) -> nodes.Element:
        """Return a link to a place on the page of the row."""
        child = nodes.inline("", text)
        name = nodes.make_id(anchor)
        return make_refnode(self.app.builder, self.env.docname, row.page, name, child, title)


def _row(contents: Iterable[nodes.Node]) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", node)) for node in contents))
