"""Remember, from one build of the live site to the next, what is slow to make."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from functools import cache, partial
from pathlib import Path
from types import FunctionType

FOLDER = "BOOK_MEMORY"
"""The variable that names the folder; a build that publishes has none, and makes all itself."""


def remembered(facts: Iterable[bytes], make: Callable[[], bytes]) -> bytes:
    """Return what `make` returns, which depends on the facts and on the module it stands in."""
    if not (folder := os.environ.get(FOLDER)):
        return make()
    digest = hashlib.sha256(_source(make))
    for fact in facts:
        digest.update(hashlib.sha256(fact).digest())
    path = Path(folder, digest.hexdigest())
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_bytes(make())
        new.replace(path)
    return path.read_bytes()


def _source(make: Callable[[], bytes]) -> bytes:
    """Return a digest of the module in which a function is written."""
    function = make.func if isinstance(make, partial) else make
    assert isinstance(function, FunctionType)
    return _digest(Path(function.__code__.co_filename))


@cache
def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
