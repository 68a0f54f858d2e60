"""What the pages offer to a reader who searches or points at a link, kept from build to build.

It is gathered while a page is written. A page that this build does not write is the one that an
earlier build has written, and so is what was gathered from it; only if that is not there, the page
is resolved again.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

Place = tuple[str, str]
"""A page, and an id on it."""


@dataclass
class Gathered:
    """The entries for the search, the targets of links by their ids, and what the links cite."""

    entries: list[dict[str, Any]]
    targets: Mapping[str, list[nodes.Node]]
    cited: set[Place]
    shown: dict[str, str] = field(default_factory=dict)
    """The previews that have been rendered, by the ids of their targets."""


def add(app: Sphinx, docname: str, page: Gathered) -> None:
    """Note what a page offers; what an earlier build has kept of it holds no longer."""
    app.builder.__dict__.setdefault("gathered", {})[docname] = page
    kept(app, docname).unlink(missing_ok=True)


def gathered(app: Sphinx) -> dict[str, Gathered]:
    """Return what every page offers."""
    found: dict[str, Gathered] = app.builder.__dict__.setdefault("gathered", {})
    for docname in sorted(app.env.found_docs - found.keys()):
        if kept(app, docname).exists():
            found[docname] = pickle.loads(kept(app, docname).read_bytes())
            nodes_of = [node for content in found[docname].targets.values() for node in content]
            resolved: nodes.Element = nodes.container("", *nodes_of)
        else:
            resolved = app.env.get_and_resolve_doctree(docname, app.builder)  # which gathers
        app.builder.post_process_images(resolved)  # a preview shows them
    return found


def keep(app: Sphinx, exception: Exception | None) -> None:
    """Write for the next build what there is of each page."""
    if exception is not None:
        return
    for docname, page in app.builder.__dict__.get("gathered", {}).items():
        path = kept(app, docname)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            targets = {name: list(map(detached, nodes)) for name, nodes in page.targets.items()}
            path.write_bytes(pickle.dumps(replace(page, targets=targets)))


def detached(node: nodes.Node) -> nodes.Node:
    """Return a copy that stands in no document, which would be kept with it."""
    copy = node.deepcopy()
    for part in copy.findall():
        part.document = None  # type: ignore[assignment]
    return copy


def kept(app: Sphinx, docname: str) -> Path:
    """Return the file in which what a page offers is kept."""
    return Path(app.doctreedir, "gathered", f"{docname}.pickle")
