"""The formulas: set by KaTeX, numbered through the book, and kept on one line."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from _ext import register
from _ext.formulas import claims, displays, katex, numbering
from _ext.formulas.numbering import ShowNumbers
from _ext.formulas.ties import TieFormulas

POST_TRANSFORMS = {
    ShowNumbers: 5,  # before all that shows them
    TieFormulas: 600,  # when no formula is moved any more
}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.add_config_value("katex_macros", {}, "html", types=frozenset({dict}))
    inline, block = (katex.visit_inline, None), (katex.visit_block, None)
    app.add_html_math_renderer("katex", inline, block)
    for role in ("claim", "let", "wrong"):
        app.add_role(role, claims.Said())
    app.connect("builder-inited", katex.start)
    app.connect("env-get-outdated", displays.collect, priority=100)  # who reads them comes later
    app.connect("source-read", displays.add_cell)
    app.connect("doctree-read", claims.lint)
    app.connect("env-updated", numbering.number_equations)
    register(app.add_post_transform, POST_TRANSFORMS)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
