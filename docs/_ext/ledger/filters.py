"""Let a reader of the ledger choose a page and a kind; without scripts all rows are shown."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def filters(pages: Iterable[str], kinds: Iterable[str]) -> nodes.Node:
    """Return the menus that `ledger.js` reads; they keep their room until it runs."""
    menus = _menu("Page", dict.fromkeys(pages)) + _menu("Kind", dict.fromkeys(kinds))
    return nodes.raw(
        "", f'<form class="ledger-filters">{menus}<output></output></form>', format="html"
    )


def _menu(name: str, values: Iterable[str]) -> str:
    options = "".join(f"<option>{escape(value)}</option>" for value in values)
    return f'<label>{name} <select><option value="">all</option>{options}</select></label>'


def add_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object
) -> None:
    """Let the page that holds the whole ledger have the script, and no other."""
    if "ledger" in app.env.metadata.get(page, {}).get("ledger_parts", []):
        app.add_js_file("ledger.js", loading_method="defer")
