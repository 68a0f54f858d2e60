"""What all tests share, and the test of the examples of the Markdown files.

A page's Python blocks run in order, in one namespace.
"""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sybil import Document, Example, Region, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import PythonCodeBlockParser
from sybil.parsers.myst.lexers import DirectiveLexer

from mcalc.engine import speed
from mcalc.formulas.displays import everything
from mcalc.formulas.sources import displays_in
from mcalc.rules import TABLE

os.environ["MPLBACKEND"] = "Agg"  # a figure opens no window

run = PythonEvaluator()
OWN = frozenset(TABLE)
"""The functions that have a rule before an example adds one."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add an option by which every test runs on the engine as its text is read."""
    about = "take the layers of mcalc.engine.speed off"
    parser.addoption("--plain", action="store_true", help=about)


@pytest.fixture(scope="session", autouse=True)
def layers(request: pytest.FixtureRequest) -> Iterator[None]:
    """Take the layers off if that was asked for."""
    if not request.config.getoption("--plain"):
        yield
        return
    with speed.without():
        yield


@pytest.fixture(autouse=True)
def _is_of_a_layer(request: pytest.FixtureRequest) -> None:
    """Leave out a test of speed where there is none."""
    if request.node.get_closest_marker("speed") and request.config.getoption("--plain"):
        pytest.skip("it tests what the plain engine does not have")


def pytest_configure(config: pytest.Config) -> None:
    """Let pass a warning that no setting of ours can prevent, and Ctrl-C come through."""
    # A shell lets what it starts in the background ignore Ctrl-C, and its children inherit that.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # torch's forward mode calls its own deprecated torch.jit.script when it first runs.
    config.addinivalue_line("markers", "speed: of a layer of mcalc.engine.speed")
    config.addinivalue_line("filterwarnings", "ignore:.torch.jit.script:DeprecationWarning")


def run_raising(example: Example) -> None:
    """Run a cell that is there to show an error."""
    try:
        run(example)
    except Exception:
        return
    raise AssertionError("the cell is tagged raises-exception, but nothing was raised")


def parse_cells(document: Document) -> Iterator[Region]:
    """Find the cells of a page, which the build of the site runs in a notebook's kernel."""
    for cell in DirectiveLexer("code-cell", arguments=".*")(document):
        raises = "raises-exception" in str(cell.lexemes["options"].get("tags"))
        evaluator = run_raising if raises else run
        yield Region(cell.start, cell.end, cell.lexemes["source"], evaluator)


def begin(namespace: dict[str, Any]) -> None:
    """Hand the displays of the book to a page, and forget the rules that another one added."""
    for function in TABLE.keys() - OWN:
        del TABLE[function]
    docs = Path(__file__).parent / "docs"
    everything()[:] = [
        display
        for path in sorted(docs.rglob("*.md"))
        for display in displays_in(
            path.read_text(encoding="utf-8"), path.relative_to(docs).with_suffix("").as_posix()
        )
    ]


def close_figures(namespace: dict[str, Any]) -> None:
    """Close the figures of a page, which a kernel does after each cell."""
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close("all")


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), parse_cells],
    patterns=["*.md"],
    setup=begin,
    teardown=close_figures,
).pytest()
