"""Let a build that goes on from an earlier one give the same site as one that begins anew.

Sphinx reads again what has changed, but of the pages it writes again only those that it knows to
depend on it. The titles, the numbers, the labels and the tables of contents of a page show on many
others; when any of them has changed, all pages are written.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment

SHARED = (
    "titles",
    "longtitles",
    "tocs",
    "toc_num_entries",
    "toc_secnumbers",
    "toc_fignumbers",
    "toctree_includes",
)
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


def shared(env: BuildEnvironment) -> str:
    """Return a digest of what a page may show of others."""
    return hashlib.sha256("\n".join(_texts(env)).encode()).hexdigest()


def _texts(env: BuildEnvironment) -> Iterator[str]:
    for name in SHARED:
        for page, value in sorted(getattr(env, name, {}).items()):
            yield f"{name} {page} {_text(value)}"
    for name, data in sorted(env.domaindata.items()):
        for kind, value in sorted(data.items()):
            yield f"{name} {kind} {_text(value)}"


def _text(value: Any) -> str:
    """Return a text that is the same whenever the value is."""
    if isinstance(value, dict):
        return str(sorted((str(key), _text(its)) for key, its in value.items()))
    if isinstance(value, set | frozenset):
        return str(sorted(map(_text, value)))
    if isinstance(value, list | tuple):
        return str([_text(its) for its in value])
    if hasattr(value, "pformat"):
        return str(value.pformat())
    if isinstance(value, str | int | float | None):
        return repr(value)
    return hashlib.sha256(pickle.dumps(value)).hexdigest()


def tidy(app: Sphinx, exception: Exception | None) -> None:
    """Remove the pictures that no page shows any more."""
    if exception is None and isinstance(app.builder, StandaloneHTMLBuilder):
        shown = {name for _, name in app.env.images.values()}
        for path in Path(app.outdir, app.builder.imagedir).glob("*"):
            if path.name not in shown:
                path.unlink()
