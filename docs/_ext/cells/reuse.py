"""Take the outputs of a page from an earlier build, if all that they were made from is the same.

Only in `nox -s live`, which names a folder in the setting `cells_reuse`; what is published has run
in the same build. A page's outputs are made from its cells, what it displays or names of the
displays of others, the settings, Python and the locked packages; and from the modules that its
kernel has loaded by the end and the files that it has opened, for which the kernel is asked.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from _ext.cells.client import Client, Run
from _ext.cells.executed import STOPPED
from mcalc.formulas.displays import VARIABLE

# Files that are not the page's: what the locks stand for, and what the system makes up.
INSTALLED = tuple(
    {p for prefix in (sys.prefix, sys.base_prefix) for p in (prefix, os.path.realpath(prefix))}
)
ELSEWHERE = (tempfile.gettempdir(), "/proc", "/sys", "/dev", "/etc")
RUNNERS = ("ahead.py", "client.py", "kernel_server.py", "kernels.py", "reuse.py")
WHOLE_BOOK = re.compile(r"\b(?:displays|everything)\b(?! import)")  # looks at them itself


class Store:
    """The outputs of earlier builds: a file for each page."""

    def __init__(self, app: Sphinx) -> None:
        self.folder = Path(app.config.cells_reuse)
        root = Path(app.confdir)
        self.made = digest_of(
            [sys.version, sys.executable, app.config.cells_output, app.config.cells_memory],
            [*sorted(root.glob("locks/*.txt")), *(Path(__file__).with_name(n) for n in RUNNERS)],
        )
        self.places = (str(root), str(app.srcdir))
        self.handed = Path(os.environ[VARIABLE])  # by the build, to the kernels
        self.displays = [
            [row["page"], row["label"], row["tex"]]
            for row in json.loads(self.handed.read_text("utf-8"))
        ]
        self.all_displays = digest_of(self.displays)

    def path(self, page: str) -> Path:
        """Return the file of a page."""
        return self.folder / f"{page}.json"

    def key(self, page: str, client: Client) -> str:
        """Return what is known of a page before it runs."""
        cells = [cell for cell in client.nb.cells if cell.cell_type == "code"]
        code = "\n".join(cell.source for cell in cells)
        named = {place for place, label, _ in self.displays if f'"{label}"' in code}
        pages = {page, *named} if not WHOLE_BOOK.search(code) else None
        shown = [row for row in self.displays if pages is None or row[0] in pages]
        settings = [client.timeout, client.allow_errors, client.nb.metadata.get("kernelspec")]
        facts = [[cell.source, cell.metadata] for cell in cells]
        return digest_of([self.made, facts, shown, settings, client.resources])

    def read(self, page: str) -> Entry | None:
        """Return what is kept of a page, if the files that it read are the same."""
        try:
            found: Entry = json.loads(self.path(page).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        changed = any(digest(Path(path)) != its for path, its in found["inputs"].items())
        return None if changed else found

    def find(self, page: str, client: Client) -> Entry | None:
        """Return what is kept of a page, if it is still true."""
        found = self.read(page)
        return found if found and found["key"] == self.key(page, client) else None

    def keep(self, run: Run) -> None:
        """Keep what a run gave; not of one that was stopped, which may do better another time."""
        error = run.error
        ended = isinstance(error, CellExecutionError) and error.ename != STOPPED
        paths = self.inputs(run.client.read)
        if not paths or not (error is None or ended) or any(map(run.is_older_than, paths)):
            return
        entry = {
            "key": self.key(run.page, run.client),
            "made": self.made,
            "displays": self.all_displays,
            "inputs": {path: digest(Path(path)) for path in paths},
            "notebook": nbformat.writes(run.client.nb),  # type: ignore[no-untyped-call]
            "error": [error.traceback, error.ename, error.evalue]
            if isinstance(error, CellExecutionError)
            else None,
        }
        self.write(run.page, entry)

    def write(self, page: str, entry: Entry) -> None:
        """Write the file of a page, as a whole or not at all."""
        path = self.path(page)
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(entry), encoding="utf-8")
        new.replace(path)

    def inputs(self, paths: Iterable[str]) -> list[str]:
        """Return the files that are the page's own, of those that a kernel has read."""
        return sorted(
            path
            for path in set(paths)
            if not path.startswith(INSTALLED)
            and (path.startswith(self.places) or not path.startswith(ELSEWHERE))
            and "__pycache__" not in path
            and path != str(self.handed)
            and Path(path).is_file()
        )


Entry = dict[str, Any]


def digest_of(facts: Any, files: Iterable[Path] = ()) -> str:
    """Return a digest of facts and files."""
    text = json.dumps([facts, [digest(path) for path in files]], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def digest(path: Path) -> str:
    """Return a digest of what a file holds; of none if it is not there."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return _digest(path, found.st_mtime_ns, found.st_size)


@cache
def _digest(path: Path, _written: int, _size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def take(run: Run, entry: Entry) -> None:
    """Let a run be done, with the outputs of an earlier one."""
    earlier: NotebookNode = nbformat.reads(entry["notebook"], as_version=4)  # type: ignore[no-untyped-call]
    run.client.nb = earlier
    if entry["error"]:
        run.error = CellExecutionError(*entry["error"])
    run.done.set()


def outdated(app: Sphinx, env: BuildEnvironment, *sets: set[str]) -> list[str]:
    """Return the pages that did not change, and whose outputs are not true any more."""
    if not app.config.cells_reuse:
        return []
    store = Store(app)
    known = env.found_docs.difference(*sets)
    return [
        page
        for page in sorted(known)
        if "source_map" in env.metadata[page] and not still_true(app, store, page)
    ]


def still_true(app: Sphinx, store: Store, page: str) -> bool:
    """Tell whether the outputs of a page that did not change are what it would give now."""
    from _ext.cells.ahead import client_of

    kept = store.read(page)
    if kept is None or kept["made"] != store.made:
        return False
    if kept["displays"] == store.all_displays:
        return True  # no page's displays have changed, so that its own key has not
    client = client_of(app, page)
    if client is None or kept["key"] != store.key(page, client):
        return False
    store.write(page, {**kept, "displays": store.all_displays})  # not to ask again
    return True
