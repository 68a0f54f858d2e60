"""Processes that build the live site: they get ready while the author writes.

Each build is a fork of one process, which has imported Sphinx already, and from which the kernels
of all builds are forked, too.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

SCRIPT = Path(__file__).with_name("live.py")
STALE = 99  # the exit status of a process that got ready with other sources than those of now


class Book(Protocol):
    """What builds when it is asked to."""

    root: Path
    folder: Path

    def build(self, *options: str, asked: Callable[[], None]) -> int:
        """Get ready, wait until asked, and build; return the exit status."""
        ...


IMPORTED = (
    "bs4",
    "fontTools.subset",
    "furo",
    "lark",
    "myst_nb.sphinx_ext",
    "nbclient",
    "numpy",
    "sphinx.cmd.build",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.builders.html",
    "sphinx_autodoc_typehints",
    "sphinx_design.extension",
    "sphinxcontrib.bibtex",
    "sympy",
)


class Kernels:
    """The interpreter from which the kernels of all builds are forked, kept between them."""

    def __init__(self, root: Path) -> None:
        self.script = root / "docs/_ext/cells/kernel_server.py"
        self.process: subprocess.Popen[bytes] | None = None
        self.written = 0

    def start(self) -> bool:
        """Start it, unless it runs and is the one that stands in the sources; tell whether."""
        written = self.script.stat().st_mtime_ns
        if self.process and self.process.poll() is None and written == self.written:
            return False
        self.stop()
        self.written = written
        self.control, there = socket.socketpair()
        with there:
            command = [sys.executable, self.script, str(there.fileno())]
            self.process = subprocess.Popen(
                command, pass_fds=[there.fileno()], stdin=subprocess.DEVNULL, start_new_session=True
            )
        os.environ["BOOK_KERNELS"] = str(self.control.fileno())
        return True

    def stop(self) -> None:
        """End it."""
        if self.process:
            self.control.close()
            self.process.wait()


def wait(asked: int) -> None:
    """Wait until something is read; end this process if nobody will ask any more."""
    try:
        if os.read(asked, 1):
            return
    except KeyboardInterrupt:
        pass  # the other processes have had it, too
    os._exit(0)


class Child:
    """A process that gets ready for a build, and makes it when it is asked to."""

    def __init__(self, book: Book, options: list[str]) -> None:
        asked, self.ask = os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(asked)
            return
        os.close(self.ask)
        code = 2
        gc.disable()  # a third of a build is the search for cycles; this process ends soon
        try:
            code = book.build(*options, asked=partial(wait, asked))
        finally:
            sys.stdout.flush()
            os._exit(code)

    def build(self) -> int:
        """Let it build; return the exit status."""
        with contextlib.suppress(BrokenPipeError):  # it has ended: what it says, its status tells
            os.write(self.ask, b"!")
        return self.end()

    def end(self) -> int:
        """Wait for its end, which comes at once if it was asked for nothing."""
        os.close(self.ask)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def builder(book: Book, options: list[str]) -> None:
    """Build for each line that comes in; answer with a line that holds the exit status."""
    answers = os.dup(1)
    os.dup2(2, 1)  # what Sphinx prints is for the author
    if not hasattr(os, "fork"):
        command = [sys.executable, SCRIPT, "--once", str(book.folder), *options]
        for _ in sys.stdin:
            os.write(answers, b"%d\n" % subprocess.call(command))
        return
    for name in IMPORTED:
        importlib.import_module(name)
    kernels = Kernels(book.root) if sys.platform == "linux" else None
    child: Child | None = None
    try:
        for _ in sys.stdin:
            code = STALE
            while code == STALE:
                if kernels and kernels.start() and child:
                    child.end()  # it knows the others
                    child = None
                code, child = (child or Child(book, options)).build(), None
            os.write(answers, b"%d\n" % code)
            child = Child(book, options)
    except KeyboardInterrupt:
        return  # the other process has had it, too
    finally:
        if child:
            child.end()
        if kernels:
            kernels.stop()
