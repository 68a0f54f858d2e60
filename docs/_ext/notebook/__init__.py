"""Every page that runs, as a notebook to take along."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from _ext.notebook import write


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.connect("doctree-resolved", write.write)
    app.connect("html-page-context", write.name)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
