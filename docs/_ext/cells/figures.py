"""Fill numbers into alternative texts, and warn of every image that has none by its author.

Numbers that a cell hands over, there and in the prose, have the minus sign of the text.

A reader who cannot see a figure has nothing else, and no tool can write it for the author.
"""

from __future__ import annotations

import re

from docutils import nodes
from myst_nb.ext.glue.crossref import read_glue_cache  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

_PASTED = re.compile(r"\{(\w+)(?::([^{}]+))?\}")
_HYPHEN = re.compile(r"(?<![\w.)])-(?=[\d.])")  # before a number; not in 3-5 or 1e-9
_BARE_IMG = re.compile(r"<img\b(?![^>]*\balt\s*=\s*([\"'])(?!\s*\1))", re.IGNORECASE)


def with_minus(text: str) -> str:
    """Return a text whose negative numbers begin with a minus sign, which Python has no use for."""
    return _HYPHEN.sub("\N{MINUS SIGN}", text)


def set_minus(app: Sphinx, doctree: nodes.document) -> None:
    """Set the minus signs of the values that cells have glued into the prose."""
    for pasted in doctree.findall(nodes.inline):
        if "pasted-text" in pasted["classes"]:
            pasted[:] = [nodes.Text(with_minus(pasted.astext()))]


def fill_alt(app: Sphinx, doctree: nodes.document) -> None:
    """Put the values that cells have glued into alternative texts: `{name}` and `{name:.2f}`."""
    folder = app.env.mystnb_config.output_folder  # type: ignore[attr-defined]
    values = read_glue_cache(folder, app.env.docname)

    def filled(match: re.Match[str]) -> str:
        text = values[match[1]]["data"]["text/plain"].strip("'\"")
        return with_minus(format(float(text), match[2]) if match[2] else text)

    for image in doctree.findall(nodes.image):
        if "{" in (alt := image.get("alt", "")):
            try:
                image["typed_alt"] = _PASTED.sub("", alt)  # for the lint of what is typed
                image["alt"] = _PASTED.sub(filled, alt)
            except (KeyError, ValueError) as error:
                line = line_of(image, app.env.metadata[app.env.docname].get("source_map", []))
                message = f"an alt text pastes {error}, which no cell of this page has glued"
                logger.warning(
                    message, location=(app.env.docname, line), type="book", subtype="alt"
                )


def report_images(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of the images of a page, of its cells and of its raw HTML that say nothing."""
    silent = [image for image in doctree.findall(nodes.image) if not image.get("alt", "").strip()]
    bare = [raw for raw in doctree.findall(nodes.raw) if _BARE_IMG.search(raw.astext())]
    # One warning for a line: the figure of a cell may stand there in several formats.
    fences = app.env.metadata[app.env.docname].get("source_map", [])
    for line in sorted({line_of(node, fences) for node in [*silent, *bare]}):
        logger.warning(
            "this image has no alt text; say what there is to see"
            " (on a code cell: mystnb: {image: {alt: ...}})",
            location=(app.env.docname, line),
            type="book",
            subtype="alt",
        )


def line_of(node: nodes.Node, fences: list[int]) -> int:
    """Return the line of the fence of the node's cell, or of what stands around the node."""
    around = node.line
    while isinstance(node.parent, nodes.Element):
        node = node.parent
        if isinstance(node, nodes.Element) and "cell_index" in node:
            return int(fences[node["cell_index"]])
        around = around or node.line
    return around or 1
