"""The reference of the library: its entries, the types of parameters, and its size."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from _ext.reference import entries
from _ext.reference.size import SizeRole
from _ext.reference.type_texts import Formatter


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.config.typehints_formatter = Formatter()
    app.add_role("lines-of-code", SizeRole())
    # After Napoleon, which is at 500, and before all others.
    app.connect("autodoc-process-docstring", entries.keep_attributes_out, priority=600)
    app.connect("autodoc-process-signature", entries.drop_arguments, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
