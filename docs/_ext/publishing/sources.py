"""Refuse a page that cannot be read as it was meant, before anything is made of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError


def check(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Look at the pages that are to be read.

    Raises:
        ExtensionError: if one of them is no text in UTF-8.
    """
    paths = [Path(env.doc2path(page)) for page in docnames]
    faults = [f"{path}:{line}: {what}" for path in paths for line, what in faults_of(path)]
    if faults:
        raise ExtensionError("\n".join(faults))


def faults_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with a file as a text, and the line."""
    content = path.read_bytes()
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{content[error.start]:02x} is not UTF-8"
        yield line, f"{found}; save the page in UTF-8 (it may be in Latin-1)"
    if (place := content.find(b"\0")) >= 0:
        yield content.count(b"\n", 0, place) + 1, "a NUL byte; a page is text, in UTF-8"
    if not content.strip():
        yield 1, "this page is empty; give it a title, or remove it"
