"""Build the site again whenever a source changes, and show it: `live.py [--port N] [FOLDER]`.

Each build is a fork of this process, which has imported Sphinx already; it gets ready while the
author writes. It goes on from the last one, and takes from it the outputs of the pages that are
made from the same; when the settings, an extension, mcalc, the locks or the list of pages have
changed, it begins anew, and takes the outputs alone. The new site takes the place of the old one by
a rename.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from build import Places, alone, remove, say
from live_builder import STALE, builder
from live_pages import Pages, serving

INTERVAL = 0.1  # seconds between two looks at the sources
SOURCES = ("conf.py", "docs", "mcalc", "locks", "package.json", "package-lock.json")
LEFT_OUT = {"__pycache__", ".ipynb_checkpoints"}
MESSAGE = re.compile(  # of a line of a page, of a docstring, or of no file
    r"^(?:(.*?\.(?:md|py|bib)):(?:docstring of \S+?:)?(\d+)?:? ?)?"
    r"(?:WARNING|ERROR): (.*?)(?: \[[\w.-]+\])?$"
)


@dataclass(frozen=True)
class Fault:
    """What a build warned of: the page and the line, the message, and what stands there."""

    page: str
    line: int
    message: str
    source: str


def files(root: Path) -> dict[str, tuple[int, int]]:
    """Return every source with its time and size."""
    found = {}
    for name in SOURCES:
        top = root / name
        for folder, names, leaves in os.walk(top):
            names[:] = [n for n in names if n not in LEFT_OUT]
            for leaf in leaves:
                if not leaf.endswith(("~", ".swp")):
                    path = Path(folder, leaf)
                    try:
                        stat = path.stat()
                    except OSError:  # an editor is about to replace it
                        continue
                    found[path.relative_to(root).as_posix()] = facts(stat)
        if top.is_file():
            found[name] = facts(top.stat())
    return found


def facts(stat: os.stat_result) -> tuple[int, int]:
    """Return what changes when a file is written."""
    return stat.st_mtime_ns, stat.st_size


def is_page(name: str) -> bool:
    """Tell whether a source is a page, of which only its own content counts."""
    return name.startswith("docs/") and name.endswith(".md") and "/_" not in name


def machinery(root: Path) -> str:
    """Return a digest of all but the contents of the pages."""
    found = hashlib.sha256(f"{sys.version}{root}".encode())
    for name in sorted(files(root)):
        found.update(name.encode())
        if not is_page(name):
            found.update((root / name).read_bytes())
    return found.hexdigest()


class Book:
    """The folders of the live site of a project."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root, self.folder = root, folder
        self.raw, self.doctrees = folder / "raw", folder / "doctrees"
        self.made, self.messages = folder / "machinery.txt", folder / "messages.txt"
        self.places = Places(folder / "html")

    def build(self, *options: str, asked: Callable[[], None] = lambda: None) -> int:
        """Get ready, and when asked to, build and swap; return Sphinx's exit status."""
        made = machinery(self.root)
        goes_on = self.last() == made
        if not goes_on:
            asked()
            asked, made = lambda: None, machinery(self.root)
            self.messages.unlink(missing_ok=True)
            for folder in (self.raw, self.doctrees, self.folder / "jupyter_execute"):
                remove(folder)
        messages = self.messages.with_suffix(".new")

        def begin() -> None:
            asked()
            if machinery(self.root) != made or (goes_on and self.last() != made):
                os._exit(STALE)
            self.made.unlink(missing_ok=True)  # a build that breaks off is not gone on from
            messages.replace(self.messages)

        os.environ["BOOK_MEMORY"] = str(self.folder / "memory")
        command = ["-c", str(self.root), "-b", "html", "-n", "-w", str(messages)]
        command += ["-D", "site_unfinished=1", "-D", f"cells_reuse={self.folder / 'outputs'}"]
        command += ["-d", str(self.doctrees), *options]
        code = sphinx(begin, [*command, str(self.root / "docs"), str(self.raw)])
        if code:
            return code
        faulty = sorted({fault.page for fault in self.faults()})
        (self.doctrees / "faulty.json").write_text(json.dumps(faulty), encoding="utf-8")
        self.finish()
        self.made.write_text(made)
        return 0

    def last(self) -> str:
        """Return what the last build was made with, if it is there to be gone on from."""
        return self.made.read_text() if self.made.exists() else ""

    def finish(self) -> None:
        """Finish a copy of what Sphinx has written, and let it take the place of the site."""
        from _ext.assets.finish import finish_site

        for folder in (self.places.new, self.places.old):
            remove(folder)
        shutil.copytree(self.raw, self.places.new, copy_function=self.copy)
        finish_site(self.places.new)
        self.places.swap()

    def copy(self, source: str, target: str) -> None:
        """Copy a file; one that the site has already is linked, for nothing writes into a site."""
        earlier = self.places.site / Path(source).relative_to(self.raw)
        with contextlib.suppress(OSError):  # it is not there, or nothing can be linked here
            if facts(earlier.stat()) == facts(os.stat(source)):
                return os.link(earlier, target)
        shutil.copy2(source, target)

    def faults(self) -> list[Fault]:
        """Return what the last build warned of."""
        if not self.messages.exists():
            return []
        text = re.sub(r"\x1b\[[0-9;]*m", "", self.messages.read_text(encoding="utf-8"))
        found: list[list[Any]] = []
        for line in text.splitlines():
            if match := MESSAGE.match(line):
                found.append([match[1] or "", int(match[2] or 1), match[3]])
            elif found and line.strip():
                found[-1][2] += f"\n{line}"
        return [self.fault(*parts) for parts in found]

    def fault(self, path: str, line: int, message: str) -> Fault:
        """Return a fault with what stands at its place."""
        source = Path(path)
        try:
            page = source.relative_to(self.root / "docs").with_suffix("").as_posix()
            lines = source.read_text(encoding="utf-8", errors="replace").splitlines()
        except (ValueError, OSError):
            page, lines = str(path), []
        return Fault(page, line, message, "\n".join(lines[line - 1 : line]))


def sphinx(begin: Callable[[], None], arguments: list[str]) -> int:
    """Let Sphinx get ready, begin, and build; return its exit status."""
    from sphinx.application import Sphinx
    from sphinx.cmd import build
    from sphinx.util import logging

    class Prepared(Sphinx):
        def __init__(self, *arguments: Any, status: Any, warning: Any, **more: Any) -> None:
            self.streams, self.held = (status, warning), io.StringIO()
            super().__init__(*arguments, status=self.held, warning=warning, **more)

        def build(self, *arguments: Any) -> None:
            prepare(self)
            begin()
            self.streams[0].write(self.held.getvalue())
            logging.setup(self, *self.streams)
            super().build(*arguments)

    build.Sphinx = Prepared  # type: ignore[misc]
    return build.main(arguments)


def prepare(app: Any) -> None:
    """Have ready what is the same in every build: typesetter, grammar of formulas, templates."""
    import nbformat.v4.nbbase
    from _ext.ledger.collect import pages
    from _ext.ledger.judge import faults
    from jinja2 import FileSystemBytecodeCache

    # A tenth of a build: each cell by itself, though its notebook is validated when it is written.
    nbformat.v4.nbbase.validate = lambda node, ref=None: None  # type: ignore[attr-defined]
    app.builder.highlighter.highlight_block("x = 1", "ipython3")
    app.builder.typesetter.typeset("x", display=False)
    for page in pages(app.env).values():
        list(faults(page))
    templates = Path(os.environ["BOOK_MEMORY"], "templates")
    templates.mkdir(parents=True, exist_ok=True)
    app.builder.templates.environment.bytecode_cache = FileSystemBytecodeCache(str(templates))


class Loop:
    """Build whenever the sources are not what they were, and tell the browsers."""

    def __init__(self, book: Book, pages: Pages, options: list[str]) -> None:
        self.book, self.pages = book, pages
        command = [sys.executable, __file__, "--builder", str(book.folder), *options]
        self.builder = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self) -> None:
        """Look at the sources, for ever."""
        seen: dict[str, tuple[int, int]] = {}
        while True:
            now = files(self.book.root)
            if now != seen:
                changed = sorted(name for name in {*now, *seen} if now.get(name) != seen.get(name))
                forget_bytecode(self.book.root, changed)
                self.build(changed if seen else [])
                seen = now  # what was changed meanwhile is built next
            time.sleep(INTERVAL)

    def build(self, changed: list[str]) -> None:
        """Build once, and tell what became of it."""
        if changed:
            say(f"Changed: {', '.join(changed[:5])}{' …' * (len(changed) > 5)}")
        began = time.monotonic()
        assert self.builder.stdin
        assert self.builder.stdout
        self.builder.stdin.write("build\n")
        self.builder.stdin.flush()
        answer = self.builder.stdout.readline()
        if not answer:
            sys.exit("the process that builds has ended")
        faults = self.book.faults()
        if int(answer) and not faults:
            said = "the build broke off; the terminal says why, and the site is the last one"
            faults = [Fault("", 1, said, "")]
        seconds = time.monotonic() - began
        own = [name[5:-3] for name in changed if is_page(name)]
        self.pages.tell({"pages": own, "faults": [asdict(fault) for fault in faults]})
        state = f"{len(faults)} to mend" if faults else "all is well"
        say(f"Built in {seconds:.1f} s, {state}: {self.pages.address}")


def forget_bytecode(root: Path, changed: list[str]) -> None:
    """Remove what Python has compiled of changed modules: it compares times in whole seconds."""
    for name in changed:
        path = root / name
        for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            compiled.unlink(missing_ok=True)


def main() -> int:
    """Serve and build, or do the part of it that an option names."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--once", action="store_true", help="build once, and serve nothing")
    parser.add_argument("--builder", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("folder", type=Path)
    given, options = parser.parse_known_args()
    book = Book(Path.cwd(), given.folder.resolve())
    if given.builder:
        builder(book, options)
        return 0
    with alone(book.folder / "lock"):
        if given.once:
            sys.path.insert(0, str(book.root / "docs"))
            code = book.build(*options)
            return code or int(bool(book.faults()))
        with serving(book.places.site, given.port) as pages:
            try:
                Loop(book, pages, options).run()
            except KeyboardInterrupt:
                return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
