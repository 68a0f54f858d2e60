"""The files of the engine with the modules compiled that the cells of a page import first.

A browser compiles slowly, and would do so for every reader. The engine compiles for itself, in
Node, once for all builds.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from sphinx.errors import ExtensionError
from sphinx.util import logging

from _ext.assets.npm import NODE, ROOT
from _ext.running import engine

logger = logging.getLogger(__name__)
PROGRAM = Path(__file__).with_name("compile.mjs")
ARCHIVES = {".whl", ".zip"}


def compiled(locked: Mapping[str, Path]) -> dict[str, Path]:
    """Return the files of the engine, its archives compiled; they are kept beside the locked ones.

    Raises:
        ExtensionError: if the engine cannot compile them.
    """
    archives = [path for _, path in sorted(locked.items()) if path.suffix in ARCHIVES]
    sources = [*archives, PROGRAM, PROGRAM.with_name("compiling.py")]
    folder = archives[0].parent / f"compiled-{key(sources)}"
    if not folder.exists():
        logger.info("compiling the engine of Python in the page, once")
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            alone, into = Path(scratch, "engine"), Path(scratch, "into")
            alone.mkdir()
            into.mkdir()
            for name, path in locked.items():  # and nothing else: the folder may hold older ones
                shutil.copy(path, alone / name)
            run(alone, into)
            try:
                into.rename(folder)
            except OSError:
                if not folder.exists():  # it does if another build was faster
                    raise
    return {**locked, **{path.name: folder / path.name for path in archives}}


def key(paths: Iterable[Path]) -> str:
    """Return a short hash of files and of their names."""
    said = "".join(f"{path.name} {engine.digest(path)}\n" for path in paths)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def run(folder: Path, into: Path) -> None:
    """Run the program in the engine that lies in a folder."""
    command = [str(NODE), str(PROGRAM), str(folder), str(ROOT), str(into)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ExtensionError(f"the engine could not be compiled: … {done.stderr[-2000:].strip()}")
