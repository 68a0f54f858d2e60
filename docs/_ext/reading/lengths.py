"""Write into the sidebar the number of each lesson, and how many minutes it takes to read.

The minutes are counted from the words of the page that are seen at first: not those of code, nor
those that a solution hides.
"""

from __future__ import annotations

import posixpath
import re
from math import ceil
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from _ext.reading.search import readable

LESSONS = "theory/"
TABLE = "theory/identities"  # to look something up in, and not to be read
PACE = 133  # words a minute: a page of mathematics is read half as fast as a story
_LINK = re.compile(r'(<a class="reference internal" href=")([^"]*)(">)(.*?)(</a>)', re.DOTALL)
_TEXT = (nodes.paragraph, nodes.title)


def count(app: Sphinx, doctree: nodes.document) -> None:
    """Keep the minutes of the page that was read."""
    docname = app.env.docname
    if docname.startswith(LESSONS):
        app.env.metadata[docname]["minutes"] = minutes(doctree)


def minutes(doctree: nodes.document) -> int:
    """Return how many minutes the page takes to read, one at least."""
    words = sum(len(readable(node).split()) for node in doctree.findall(seen))
    return ceil(words / PACE) or 1


def seen(node: nodes.Node) -> bool:
    """Tell whether a node is text that is seen when the page is opened."""
    folded = node.parent
    while folded is not None and "sd-dropdown" not in folded.get("classes", ()):
        folded = folded.parent
    return isinstance(node, _TEXT) and folded is None


def lessons(env: BuildEnvironment) -> list[str]:
    """Return the lessons in the order of the book."""
    listed = env.toctree_includes.get(env.config.root_doc, ())
    return [page for page in listed if page.startswith(LESSONS) and page != TABLE]


def write(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    """Add the number and the minutes to the links of the sidebar."""
    if not (sidebar := context.get("furo_navigation_tree")):
        return
    at = app.builder.get_target_uri(page)
    known = {app.builder.get_target_uri(name): name for name in lessons(app.env)}
    order = list(known)

    def marked(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(at), link[2]))
        target = at if link[2] == "#" else target
        if target not in known:
            return link[0]
        number = f'<span class="lesson">{order.index(target) + 1}</span> '
        length = app.env.metadata[known[target]]["minutes"]
        took = f' <span class="minutes">{length} min</span>'
        title = f"<span>{link[4]}</span>"  # one part beside two, also where it has parts of its own
        return f"{link[1]}{link[2]}{link[3]}{number}{title}{took}{link[5]}"

    context["furo_navigation_tree"] = _LINK.sub(marked, sidebar)
