"""Python in the page: the engine and the cells for it, and a button at each cell that runs."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from _ext.running import marks, place


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.add_config_value("engine_files", {}, "", types=frozenset({dict}))
    app.connect("builder-inited", place.fetch)
    app.connect("doctree-resolved", marks.mark, priority=590)  # before folds join cells
    app.connect("html-page-context", marks.load)
    app.connect("build-finished", place.write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
