"""Let a build that goes on from an earlier one give the same site as one that begins anew.

Sphinx reads again what has changed, but of the pages it writes again only those that it knows to
depend on it. The titles, the numbers, the labels and the tables of contents of a page show on many
others; when any of them has changed, all pages are written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors.toctree import TocTreeCollector

SHARED = (
    "titles",
    "longtitles",
    "tocs",
    "toc_num_entries",
    "toctree_includes",
)
NAMED = {
    "std": ("objects", "labels", "anonlabels", "terms"),
    "math": ("objects",),
    "py": ("objects", "modules"),
}
COUNTED = (nodes.figure, nodes.table, nodes.container, nodes.math_block)
"""What Sphinx gives numbers to, in the sections and in the order of the tables of contents."""

FAULTY = "faulty.json"
"""Beside the doctrees: the pages of which the last build warned, to be read again by the next."""


def reread(app: Sphinx, env: BuildEnvironment, *sets: set[str]) -> list[str]:
    """Return the pages that an earlier build warned of: this one is to warn, too."""
    try:
        faulty = set(json.loads(Path(app.doctreedir, FAULTY).read_text("utf-8")))
    except OSError:
        return []
    return sorted(faulty & env.found_docs)


def rewrite(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return all pages, if something has changed that one page shows of another."""
    before = env.__dict__.get("book_shared")
    after = env.__dict__["book_shared"] = shared(env)
    return [] if before in (None, after) else sorted(env.found_docs)


def spare(app: Sphinx, builder: object) -> None:
    """Let no page be written because its table of contents names one that is: see `rewrite`."""
    app.env.files_to_rebuild.clear()


def shared(env: BuildEnvironment) -> str:
    """Return a digest of what a page may show of others."""
    return hashlib.sha256("\n".join(_texts(env)).encode()).hexdigest()


def _texts(env: BuildEnvironment) -> Iterator[str]:
    for name in SHARED:
        yield f"{name} {_text(getattr(env, name))}"
    for domain, kinds in NAMED.items():
        for kind in kinds:
            yield f"{domain} {kind} {_text(env.domaindata[domain][kind])}"
    yield f"outlines {_outlines(env)}"  # from which all numbers follow, which are set later
    lengths = {page: facts.get("minutes") for page, facts in env.metadata.items()}
    yield f"minutes {_text(lengths)}"
    cited = env.domaindata.get("cite", {})
    yield f"works {sorted(work.key for work in cited.get('citations', ()))}"
    refs = cited.get("citation_refs", ())
    yield f"cited {sorted((ref.docname, target.key) for ref in refs for target in ref.targets)}"


def _text(value: Any) -> str:
    """Return a text that is the same whenever the value is."""
    if isinstance(value, dict):
        return str(sorted((str(key), _text(its)) for key, its in value.items()))
    if isinstance(value, nodes.Node):
        return value.pformat()
    return str(value)


def _outlines(env: BuildEnvironment) -> str:
    return _text({page: facts.get("outline") for page, facts in env.metadata.items()})


def outline(app: Sphinx, doctree: nodes.document) -> None:
    """Keep of a page that was read what the numbers of figures depend on."""
    kept = []
    for node in doctree.findall(nodes.Element):
        if isinstance(node, (nodes.section, addnodes.toctree)):
            kept.append(f"{node['ids']} {node.get('entries')}")
        elif isinstance(node, COUNTED) and node["ids"]:
            heads = [n.astext() for n in node if isinstance(n, (nodes.caption, nodes.title))]
            kept.append(f"{type(node).__name__} {node['ids']} {heads}")
    app.env.metadata[app.env.docname]["outline"] = " ".join(kept)


_assign = TocTreeCollector.assign_figure_numbers


def number_figures(self: TocTreeCollector, env: BuildEnvironment) -> list[str]:
    """Number the figures anew, for which Sphinx reads all pages, only if that changes something."""
    facts = _outlines(env), _text(env.toc_secnumbers)
    before, numbers = env.__dict__.get("book_figures", (None, {}))
    if facts == before:
        env.toc_fignumbers = {**numbers}  # those of the pages that were read had been taken out
        return []
    moved = _assign(self, env)
    env.__dict__["book_figures"] = facts, {**env.toc_fignumbers}
    return moved


def install() -> None:
    """Let Sphinx number the figures so."""
    TocTreeCollector.assign_figure_numbers = number_figures  # type: ignore[method-assign]


def tidy(app: Sphinx, exception: Exception | None) -> None:
    """Remove the pictures that no page shows any more."""
    if exception is None and isinstance(app.builder, StandaloneHTMLBuilder):
        shown = {name for _, name in app.env.images.values()}
        for path in Path(app.outdir, app.builder.imagedir).glob("*"):
            if path.is_file() and path.name not in shown:  # social cards have a folder there
                path.unlink()
