"""Describe each page to search engines by its first sentences, which an author has written."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from _ext.reading.search import readable

LONGEST = 200  # characters; what is longer is cut by those who show it
GENERATED = {
    "404": "There is no such page.",
    "genindex": "The terms and the functions of the book, with the places that define them.",
    "py-modindex": "The modules of mcalc, the library that checks the formulas of the book.",
    "search": "Search the sentences, the terms and the functions of the book.",
}


def describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    """Add the description, unless the page's front matter has one."""
    if app.builder.name != "html" or 'name="description"' in context.get("metatags", ""):
        return
    text = first_sentences(tree) if tree else GENERATED.get(page, "")
    if text:
        tag = f'<meta name="description" content="{escape(text)}">\n'
        context["metatags"] = tag + context.get("metatags", "")


def first_sentences(tree: nodes.document) -> str:
    """Return as many whole sentences of the first paragraph as fit; at least a part of one."""
    paragraph = next(iter(tree.findall(nodes.paragraph)), None)
    text = readable(paragraph) if paragraph else ""
    if len(text) <= LONGEST:
        return text
    ends = [found.end() for found in re.finditer(r"[.?!](?= )", text[:LONGEST])]
    return text[: ends[-1]] if ends else f"{text[: LONGEST - 2].rpartition(' ')[0]} …"
