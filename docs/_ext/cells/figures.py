"""Warn of every image that has no alternative text written by its author.

A reader who cannot see a figure has nothing else, and no tool can write it for the author.
"""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

_BARE_IMG = re.compile(r"<img\b(?![^>]*\balt\s*=\s*[\"'][^\"'>]*\S)", re.IGNORECASE)


def report_images(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of the images of a page, of its cells and of its raw HTML that say nothing."""
    silent = [image for image in doctree.findall(nodes.image) if not image.get("alt", "").strip()]
    bare = [raw for raw in doctree.findall(nodes.raw) if _BARE_IMG.search(raw.astext())]
    # One warning for a line: the figure of a cell may stand there in several formats.
    fences = app.env.metadata[app.env.docname].get("source_map", [])
    for line in sorted({_line(node, fences) for node in [*silent, *bare]}):
        logger.warning(
            "this image has no alt text; say what there is to see"
            " (on a code cell: mystnb: {image: {alt: ...}})",
            location=(app.env.docname, line),
            type="book",
            subtype="alt",
        )


def _line(node: nodes.Node, fences: list[int]) -> int:
    """Return the line of the fence of the node's cell, or of what stands around the node."""
    around = node.line
    while isinstance(node.parent, nodes.Element):
        node = node.parent
        if isinstance(node, nodes.Element) and "cell_index" in node:
            return int(fences[node["cell_index"]])
        around = around or node.line
    return around or 1
