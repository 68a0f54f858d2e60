"""The book elsewhere: its sources as files, as an EPUB, at its address, in the repository."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from _ext import register
from _ext.publishing import addresses, contribute, epub, incremental, sources
from _ext.publishing.contribute import OfferReports

POST_TRANSFORMS = {
    OfferReports: 20,  # the marks are made at 10
}


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.add_config_value("repository", "", "env", types=frozenset({str}))
    app.add_config_value("site", "", "html", types=frozenset({str}))
    addresses.configure(app)
    epub.configure(app)
    app.connect("env-before-read-docs", sources.check, priority=400)  # before a page is run
    incremental.install()
    app.connect("env-get-outdated", incremental.reread)
    app.connect("doctree-read", incremental.outline, priority=900)  # when all is in its place
    app.connect("env-updated", incremental.rewrite, priority=900)  # the numbers are set at 500
    app.connect("write-started", incremental.spare)
    app.connect("build-finished", incremental.tidy)
    app.connect("html-page-context", contribute.offer_edit)
    app.connect("html-page-context", epub.write_out, priority=900)
    register(app.add_post_transform, POST_TRANSFORMS)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
