"""A live site is, after every kind of change, what a build from nothing makes of the sources."""

import importlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import urlopen

import books
import pytest

COPIED = ["conf.py", "docs/_ext", "docs/_static", "docs/_templates", "docs/references.bib"]
COPIED += [
    "docs/_headers",
    "pyproject.toml",
    "mcalc",
    "locks",
    "tools",
    "package.json",
    "package-lock.json",
    "README.md",
    "LICENSE",
]

ONE = (
    books.NOTEBOOK
    + r"""(sec-one)=
# One

A sentence, see {cite}`baur1983`.

$$f(x) = x^2$$ (def-f)

$$f'(x) = 2x$$ (eq-slope)

```{code-cell} python
import mcalc.engine.derivatives
from mcalc import check, grad
check("eq-slope")
```

```{code-cell} python
float(grad(lambda x: x * x)(3.0)), getattr(mcalc.engine.derivatives, "MARK", "no mark")
```

```{code-cell} python
---
mystnb:
  image: {alt: A line}
  figure: {caption: Its caption., name: fig-line}
---
import matplotlib.pyplot as plt
_ = plt.plot([0, 1])
```
"""
)

TWO = (
    books.NOTEBOOK
    + r"""# Two

See {eq}`eq-slope`, {numref}`fig-line`, and {ref}`sec-one`.

```{code-cell} python
import pathlib
print("two", pathlib.Path("data.txt").read_text())
```
"""
)

SAID = books.NOTEBOOK + "# Said\n\n{claim}`1 + 1 = 2`.\n\n```{code-cell} python\n'said'\n```\n"

THREE = books.NOTEBOOK + "# Three\n\n$$h(x) = x$$ (def-h)\n\n```{code-cell} python\n'three'\n```\n"

PAGES = {
    "index": books.index("zero", "one", "two", "said", "ledger", "works"),
    "zero": "# Zero\n\n$$g(x) = x$$ (def-g)\n",
    "one": ONE,
    "two": TWO,
    "said": SAID,
    "ledger": books.LEDGER,
    "works": "# Works\n\n```{bibliography}\n```\n",
}


@dataclass(frozen=True)
class Project:
    """A copy of the project with a small book."""

    root: Path

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def start(self, *command: str, **streams: Any) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(self.root), "NO_COLOR": "1"}
        environment.setdefault("BOOK_ENGINE", str(books.ROOT / ".nox" / "engine"))  # fetched once
        environment.pop("MPLBACKEND", None)  # conftest.py sets one that shows no figure
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            **{"stderr": subprocess.STDOUT, **streams},
        )


def project() -> Project:
    if not (books.ROOT / "node_modules").exists():
        books.good()  # which installs the packages of npm
    root = books.new_folder()
    (root / "docs").mkdir()
    for name in COPIED:
        source = books.ROOT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, root / name)
    (root / "node_modules").symlink_to(books.ROOT / "node_modules")
    for name, text in PAGES.items():
        (root / "docs" / f"{name}.md").write_text(text, encoding="utf-8")
    (root / "docs" / "data.txt").write_text("some data", encoding="utf-8")
    return Project(root)


def prose(book: Project) -> None:
    book.edit("docs/one.md", "A sentence", "Another sentence")


def title(book: Project) -> None:
    book.edit("docs/one.md", "# One", "# The first")


def cell(book: Project) -> None:
    book.edit("docs/two.md", '"two"', '"2"')


def formula(book: Project) -> None:
    book.edit("docs/one.md", "= 2x", "= x + x")


def definition(book: Project) -> None:
    book.edit("docs/zero.md", "g(x) = x$$ (def-g)", "g(x) = x$$ (def-g)\n\n$$k(x) = x$$ (def-k)")


def library(book: Project) -> None:
    name, line = "mcalc/engine/derivatives.py", "import numpy as np\n"
    book.edit(name, line, f'{line}\nMARK = "a mark"\n')


def extension(book: Project) -> None:
    book.edit("docs/_ext/ledger/page.py", '"Slips"]', '"Slips made"]')


def settings(book: Project) -> None:
    book.edit("conf.py", 'project = "', 'project = "New: ')


def works(book: Project) -> None:
    book.edit("docs/references.bib", "Partial Derivatives", "All Derivatives")


def label(book: Project) -> None:
    book.edit("docs/one.md", "(sec-one)=", "(sec-uno)=")
    book.edit("docs/two.md", "`sec-one`", "`sec-uno`")


def data(book: Project) -> None:
    book.edit("docs/data.txt", "some", "other")


def added(book: Project) -> None:
    (book.root / "docs" / "three.md").write_text(THREE, encoding="utf-8")
    book.edit("docs/index.md", "one\n", "three\none\n")


def deleted(book: Project) -> None:
    (book.root / "docs" / "three.md").unlink()
    book.edit("docs/index.md", "three\n", "")


CHANGES = {
    prose: [],
    title: [],
    cell: ["two"],
    formula: ["one"],
    definition: [],
    data: ["two"],
    label: [],
    added: ["three"],
    deleted: [],
    library: ["one", "said"],
    extension: [],
    settings: [],
    works: [],
}
"""Every kind of change, in the order in which they are made, with the pages that must run."""


@dataclass(frozen=True)
class Step:
    """What a change led to: the pages that ran, and the files that differ from a clean build."""

    ran: list[str]
    differ: list[str]
    output: str


class Builder:
    """The process that builds for a live site, asked as `nox -s live` asks it."""

    def __init__(self, book: Project, folder: str, *options: str) -> None:
        self.log = book.root / f"{folder}.log"
        self.site = book.root / folder / "html"
        with self.log.open("w") as log:
            command = ("tools/live.py", "--builder", folder, *options)
            self.process = book.start(*command, stdin=subprocess.PIPE, stderr=log)

    def ask(self) -> None:
        """Ask for a build."""
        self.read = len(self.log.read_text("utf-8"))
        self.process.stdin.write("build\n")
        self.process.stdin.flush()

    def output(self) -> str:
        """Return what the build said; it must be a good one."""
        answer = self.process.stdout.readline()
        said = self.log.read_text("utf-8")[self.read :]
        assert answer == "0\n", said
        return said

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


@cache
def steps() -> dict[str, Step]:
    """Return what each of the changes led to, one after the other in one project."""
    book = project()
    live, clean = Builder(book, "live"), Builder(book, "clean", "-D", "cells_reuse=")
    found = {}
    try:
        for change in (None, *CHANGES):
            if change:
                change(book)
            shutil.rmtree(book.root / "clean", ignore_errors=True)  # it begins from nothing
            live.ask()
            clean.ask()
            said = [live.output(), clean.output()]
            one, two = contents(live.site), contents(clean.site)
            found[change.__name__ if change else "first"] = Step(
                sorted(re.findall(r"ran (\w+) in", said[0], re.M)),
                sorted(name for name in {*one, *two} if one.get(name) != two.get(name)),
                "\n".join(said),
            )
    finally:
        live.close()
        clean.close()
    publish = book.start("tools/build.py", "published/html")
    said = [publish.communicate()[0]]
    assert publish.returncode == 0, said
    published = contents(book.root / "published" / "html")
    found["published"] = Step(
        [], sorted(name for name in {*one, *published} if one.get(name) != published.get(name)), ""
    )
    return found


def contents(site: Path) -> dict[str, bytes]:
    files = (path for path in site.rglob("*") if path.is_file())
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


NAMES = ["first", *(change.__name__ for change in CHANGES), "published"]


@pytest.mark.parametrize("name", NAMES)
def test_after_a_change_the_site_is_that_of_a_clean_build(name: str) -> None:
    assert steps()[name].differ == [], steps()[name].output


@pytest.mark.skipif(sys.platform != "linux", reason="what runs is told where it runs ahead")
@pytest.mark.parametrize(
    ("name", "pages"), [(change.__name__, pages) for change, pages in CHANGES.items()]
)
def test_only_the_pages_run_whose_outputs_may_have_changed(name: str, pages: list[str]) -> None:
    assert steps()["first"].ran == ["one", "said", "two"]
    assert steps()[name].ran == pages, steps()[name].output


def test_what_a_build_said_becomes_faults_with_their_pages_lines_and_sources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(books.ROOT / "tools"))
    live = importlib.import_module("live")
    page = tmp_path / "docs" / "theory" / "a.md"
    page.parent.mkdir(parents=True)
    page.write_text("# A\n\n$$b$$ (eq-b)\n", encoding="utf-8")
    (tmp_path / "live").mkdir()
    (tmp_path / "live" / "messages.txt").write_text(
        f"\x1b[91m{page}:3: WARNING: equation 'eq-b' fails [book.ledger]\x1b[39;49;00m\n"
        f"{page}: ERROR: it raised ValueError\n  line 1\n\n  line 2\n"
        f"{tmp_path}/mcalc/a.py:docstring of mcalc.a.f:2: WARNING: no such class [ref.class]\n"
        "WARNING: of the settings\n"
    )
    first, second, *others = live.Book(tmp_path, tmp_path / "live").faults()
    assert first == live.Fault("theory/a", 3, "equation 'eq-b' fails", "$$b$$ (eq-b)")
    assert second == live.Fault("theory/a", 1, "it raised ValueError\n  line 1\n  line 2", "# A")
    assert others == [
        live.Fault(f"{tmp_path}/mcalc/a.py", 2, "no such class", ""),
        live.Fault("", 1, "of the settings", ""),
    ]


def test_no_browser_keeps_what_the_live_site_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(books.ROOT / "tools"))
    live_pages = importlib.import_module("live_pages")
    (tmp_path / "a.html").write_text("<head></head>")
    (tmp_path / "a.css").write_text("a{}")
    with live_pages.serving(tmp_path, 0) as pages:
        for name in ("a.html", "a.css", "_live/script.js"):
            with urlopen(f"{pages.address}{name}", timeout=60) as answer:
                assert answer.headers["Cache-Control"] == "no-store"


def get(address: str) -> bytes:
    with urlopen(address, timeout=60) as answer:
        return answer.read()


def events(address: str) -> Iterator[dict[str, Any]]:
    """Yield what the browsers are told."""
    with urlopen(f"{address}_live/events", timeout=120) as stream:
        for line in stream:
            if line.startswith(b"data: "):
                yield json.loads(line[6:])


def test_the_browser_is_told_what_is_wrong_and_that_it_is_mended() -> None:
    book = project()
    live = book.start("tools/live.py", "--port", "0", "live")
    try:
        said = []
        while not (found := re.match(r"Built in .*, all is well: (.*)", (said or [""])[-1])):
            said.append(live.stdout.readline())
            assert said[-1], "".join(said)
        reading = Thread(target=live.stdout.read)  # else the pipe would fill up
        reading.start()
        told = events(found[1])
        assert next(told)["faults"] == []
        tag = b'<script defer src="/_live/script.js"></script></head>'
        assert tag in get(f"{found[1]}one.html")
        assert b"EventSource" in get(f"{found[1]}_live/script.js")

        book.edit("docs/one.md", "f'(x) = 2x", "f'(x) = 3x")
        state = next(told)
        assert state["pages"] == ["one"]
        (fault,) = [fault for fault in state["faults"] if "fails" in fault["message"]]
        lines = (book.root / "docs" / "one.md").read_text("utf-8").splitlines()
        assert (fault["page"], fault["source"]) == ("one", lines[fault["line"] - 1])
        assert "(eq-slope)" in fault["source"]

        book.edit("docs/two.md", "# Two", "# The second")  # what is wrong is not forgotten
        assert any("eq-slope" in fault["message"] for fault in next(told)["faults"])

        book.edit("docs/one.md", "f'(x) = 3x", "f'(x) = 2x")
        assert next(told)["faults"] == []
        told.close()
    finally:
        live.send_signal(signal.SIGINT)
        assert live.wait(60) == 0
        reading.join()
        live.stdout.close()
    with pytest.raises(OSError, match="refused"):
        get(found[1])
