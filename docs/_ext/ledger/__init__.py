"""The ledger: which equation is checked by what, judged, and shown beside each and as a page."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from _ext import register
from _ext.ledger import anchors, collect, filters, judge, page
from _ext.ledger.marks import MarkEquations
from _ext.ledger.page import FillLedger

POST_TRANSFORMS = {  # when the equations have their numbers, at 5
    MarkEquations: 10,
    FillLedger: 10,
}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.add_env_collector(collect.CollectPages)
    app.add_node(page.ledger_table)
    for name in ("ledger", "ledger-totals", "ledger-picture"):
        app.add_directive(name, page.LedgerDirective)
    app.connect("doctree-read", anchors.anchor)
    app.connect("env-updated", page.refresh)
    app.connect("env-check-consistency", judge.judge)
    app.connect("html-page-context", filters.add_script)
    app.connect("build-finished", collect.write_json)
    register(app.add_post_transform, POST_TRANSFORMS)
    return {
        "version": "1",
        "env_version": 2,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
