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
from dataclasses import dataclass, field
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

# An id stands once on a page, and a link to the place itself leads nowhere from here.
_HERE = re.compile(r' id="[^"]*"|<a class="headerlink".*?</a>')


@dataclass
class Gathered:
    """The targets that can be shown, by page and id, and those that are cited."""

    targets: dict[tuple[str, str], list[nodes.Node]] = field(default_factory=dict)
    cited: set[tuple[str, str]] = field(default_factory=set)


def gather(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Keep what the page offers to links and what its own links cite."""
    if app.builder.name != "html":
        return
    gathered: Gathered = app.builder.__dict__.setdefault("previews", Gathered())
    for name, content in targets(doctree):
        gathered.targets.setdefault((docname, name), content)
        if name.startswith("mcalc."):
            gathered.cited.add((docname, name))  # by the cells, which are linked later
    for link in doctree.findall(nodes.reference):
        uri = link.get("refuri") or f"#{link.get('refid', '')}"
        if link.get("internal") and "#" in uri:
            page, _, anchor = uri.partition("#")
            gathered.cited.add((resolve(docname, page), anchor))


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
    gathered: Gathered | None = getattr(app.builder, "previews", None)
    if exception is not None or gathered is None:
        return
    shown: dict[str, dict[str, str]] = {}
    for page, name in sorted(gathered.cited & gathered.targets.keys()):
        content = nodes.container("", *map(plain, gathered.targets[page, name]))
        app.builder.current_docname = page  # type: ignore[attr-defined]
        fragment: str = app.builder.render_partial(content)["fragment"]  # type: ignore[attr-defined]
        shown.setdefault(page, {})[name] = _HERE.sub("", fragment)
    folder = Path(app.outdir, "_static", "previews")
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier build
    for page, fragments in shown.items():
        path = folder / f"{page}.js"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(fragments, ensure_ascii=False, indent=0)
        path.write_text(f"bookPreviews({json.dumps(page)}, {text});\n", encoding="utf-8")
