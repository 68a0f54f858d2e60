"""Figures to take hold of: what a cell hands over is attached to the figure before it."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from _ext.explorables import attach, bundle


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.add_node(attach.explorable, html=(attach.visit, attach.depart))
    app.connect("builder-inited", bundle.start)
    app.connect("doctree-read", attach.attach)
    app.connect("doctree-resolved", attach.write, priority=600)  # a notebook keeps the picture
    app.connect("html-page-context", attach.add_script)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
