"""What is evaluated is what is typeset: KaTeX's own parse of a display, read by our grammar."""

import dataclasses
import runpy
from pathlib import Path

import book
import katex
import pytest

from mcalc.formulas import FormulaError
from mcalc.formulas.tree import Clause, Node, parse

MACROS = runpy.run_path(str(Path(__file__).parents[2] / "conf.py"))["katex_macros"]


def same(part):
    """Return a tree without what KaTeX cannot know: by which macro a letter was set bold."""
    if isinstance(part, tuple | list):
        return tuple(map(same, part))
    if isinstance(part, Clause):
        return dataclasses.replace(part, sides=same(part.sides), conditions=same(part.conditions))
    if not isinstance(part, Node):
        return part
    return Node(part.kind, part.args[:1] if part.kind == "bold" else same(part.args))


def read(tex):
    try:
        return same(parse(tex, book.FUNCTIONS, strict=False))
    except FormulaError as error:
        return str(error)


READ = [d.tex for d in book.DISPLAYS if not isinstance(read(d.tex), str)]


@pytest.fixture(scope="module")
def typeset():
    return dict(zip(READ, katex.parsed(READ, MACROS), strict=True))


@pytest.mark.parametrize("tex", READ)
def test_what_katex_sets_is_what_is_read(tex, typeset):
    written = katex.write(typeset[tex])
    assert read(written) == read(tex), written


def test_most_displays_of_the_book_are_compared():
    assert len(READ) > 300


@pytest.mark.parametrize(
    ("tex", "other"),
    [("x^2 = 1", "x^3 = 1"), (r"\vec x = 1", "x = 1"), (r"\pd{f}{x} = 1", r"\pd{f}{y} = 1")],
)
def test_another_formula_is_told_apart(tex, other):
    one, two = map(katex.write, katex.parsed([tex, other], MACROS))
    assert read(one) == read(tex)
    assert read(one) != read(two)
