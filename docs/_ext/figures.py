"""Warn of every image that has no alternative text written by its author.

A reader who cannot see a figure has nothing else, and no tool can write it for the author.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

logger = logging.getLogger(__name__)

_BARE_IMG = re.compile(r"<img\b(?![^>]*\balt\s*=\s*[\"'][^\"'>]*\S)", re.IGNORECASE)


def report_images(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of the images of a page, of its cells and of its raw HTML that say nothing."""
    silent: dict[int | None, nodes.Node] = {}  # a cell's figure in two formats is one figure
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            silent.setdefault(image.line, image)
    for raw in doctree.findall(nodes.raw):
        if _BARE_IMG.search(raw.astext()):
            silent.setdefault(raw.line, raw)
    for node in silent.values():
        logger.warning(
            "this image has no alt text; say what there is to see"
            " (on a code cell: mystnb: {image: {alt: ...}})",
            location=node,
            type="book",
            subtype="alt",
        )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.connect("doctree-read", report_images)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
