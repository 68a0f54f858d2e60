"""Show what a link cites, an equation or a definition, without leaving the sentence.

Every target that the text of a page cites is rendered once more into a small script of the page
on which it stands; `preview.js` loads it when a reader first points at such a link.
A script, and not a file to fetch, because a page that is opened from disk may fetch nothing.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from _ext.reading.gathered import gathered

# An id stands once on a page, and a link to the place itself leads nowhere from here.
_HERE = re.compile(r' id="[^"]*"|<a class="headerlink".*?</a>')


def cited(doctree: nodes.document, docname: str) -> Iterator[tuple[str, str]]:
    """Yield the page and the id of each place to which a link of a page leads."""
    for link in doctree.findall(nodes.reference):
        uri = link.get("refuri") or f"#{link.get('refid', '')}"
        if link.get("internal") and "#" in uri:
            page, _, anchor = uri.partition("#")
            yield resolve(docname, page), anchor
    for description in doctree.findall(addnodes.desc_signature):
        yield from ((docname, name) for name in description["ids"])  # the cells are linked later


def resolve(docname: str, uri: str) -> str:
    """Return the page that a relative address leads to."""
    if not uri:
        return docname
    path = Path("/", docname).parent
    for part in Path(uri).with_suffix("").parts:
        path = path.parent if part == ".." else path / part
    return path.as_posix().removeprefix("/")


def targets(doctree: nodes.document) -> Iterator[tuple[str, list[nodes.Node]]]:
    """Yield the id and the content of each equation, figure, description, and section."""
    for equation in doctree.findall(nodes.math_block):
        for name in equation["ids"]:
            yield name, [equation]
    for figure in doctree.findall(nodes.figure):
        for name in figure["ids"]:
            yield name, [figure]
    for description in doctree.findall(addnodes.desc):
        for signature in description.findall(addnodes.desc_signature):
            for name in signature["ids"]:
                yield name, [signature, *first(description[-1])]
            break  # what is inside a class is shown with the class
    for citation in doctree.findall(nodes.citation):
        for name in citation["ids"]:
            yield name, [child for child in citation if not isinstance(child, nodes.label)]
    for section in doctree.findall(nodes.section):
        title = nodes.paragraph("", "", nodes.strong("", "", *section[0].deepcopy().children))
        for name in section["ids"]:
            yield name, [title, *first(section)]


def first(node: nodes.Node) -> Sequence[nodes.Node]:
    """Return the first paragraph, if there is one."""
    assert isinstance(node, nodes.Element)
    return [child for child in node if isinstance(child, nodes.paragraph)][:1]


def plain(node: nodes.Node) -> nodes.Node:
    """Return a copy without links: it is shown in a box that goes when the pointer leaves."""
    box = nodes.container("", node.deepcopy())
    for link in list(box.findall(nodes.reference)):
        link.replace_self(nodes.inline("", "", *link.children))
    for equation in box.findall(nodes.math_block):
        equation["number"] = None  # the link says it
    return box[0]


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write a script for each page that has targets which are cited."""
    if exception is not None or app.builder.name != "html":
        return
    pages = gathered(app)
    wanted = set[tuple[str, str]]().union(*(page.cited for page in pages.values()))
    folder = Path(app.outdir, "_static", "previews")
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier build
    app.builder.fignumbers = {}  # type: ignore[attr-defined]  # the link says the number
    for docname, page in sorted(pages.items()):
        app.builder.current_docname = docname  # type: ignore[attr-defined]
        names = sorted(name for name in page.targets if (docname, name) in wanted)
        for name in names:
            if name not in page.shown:
                page.shown[name] = rendered(app, page.targets[name])
        if names:
            path = folder / f"{docname}.js"
            path.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps({n: page.shown[n] for n in names}, ensure_ascii=False, indent=0)
            path.write_text(f"bookPreviews({json.dumps(docname)}, {text});\n", encoding="utf-8")


def rendered(app: Sphinx, content: Sequence[nodes.Node]) -> str:
    """Return the HTML of a preview."""
    box = nodes.container("", *map(plain, content))
    fragment: str = app.builder.render_partial(box)["fragment"]  # type: ignore[attr-defined]
    return _HERE.sub("", fragment)
