"""What helps a reader to find a place and to see what a link leads to."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from _ext import register
from _ext.reading import citations, descriptions, gathered, lengths, previews, search
from _ext.reading.citations import DropNumbers

POST_TRANSFORMS = {
    DropNumbers: 900,  # when all that cites a work has found it
}


def gather(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Note what a page offers to the search and to links."""
    if app.builder.name == "html":
        entries = list(search.page_entries(doctree, app.env, docname))
        targets: dict[str, list[nodes.Node]] = {}
        for name, content in previews.targets(doctree):
            targets.setdefault(name, content)
        cited = set(previews.cited(doctree, docname))
        gathered.add(app, docname, gathered.Gathered(entries, targets, cited))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    citations.install()
    app.add_js_file("preview.js", loading_method="defer")
    app.add_js_file("search.js", loading_method="defer")
    app.connect("builder-inited", search.replace)
    app.connect("doctree-read", lengths.count, priority=900)  # when solutions are folded
    app.connect("doctree-resolved", gather)
    app.connect("html-page-context", descriptions.describe, priority=400)  # Open Graph: 500
    app.connect("html-page-context", lengths.write, priority=600)  # Furo makes the sidebar at 500
    app.connect("build-finished", previews.write, priority=100)  # the typesetter closes after it
    app.connect("build-finished", gathered.keep, priority=200)
    register(app.add_post_transform, POST_TRANSFORMS)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
