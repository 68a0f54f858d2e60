"""TeX that is no formula is refused in words, with its place; nothing crashes or hangs."""

import re
import time

import book
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcalc.formulas import FormulaError
from mcalc.formulas.lexer import COMMANDS, FUNCTIONS, GREEK
from mcalc.formulas.tree import parse

BOOK = [shown.tex for shown in book.DISPLAYS]
PIECES = [
    *(c for c in COMMANDS),
    *("\\" + n for n in [*GREEK, *FUNCTIONS]),
    *"xyfgHJOoAn0123.'",
    r"\vec",
    r"\mat",
    r"\vec{x}",
    r"\mat A",
    r"\T",
    r"\text{for}",
    r"\text{if}",
    r"\text{(so)}",
    r"\operatorname{tr}",
    r"\operatorname*{argmin}",
    r"\left",
    r"\right",
    r"\,",
    r"\foo",
    "{}",
    "{+}",
    r"\tilde x",
    r"\\[2pt]",
    " ",
    "[",
    "%",
    "é",
    "²",
    r"\left. x \right|_{x=0}",
    r"f(x)",
    "= ",
    "(x, y)",
]
SOUP = st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map(" ".join)
CALM = settings(max_examples=400, deadline=2000, suppress_health_check=list(HealthCheck))


def place_of(error: FormulaError, tex: str) -> None:
    """Hold a place that an error names against the TeX."""
    if found := re.search(r"at column (\d+), before ", str(error)):
        at = int(found[1]) - 1
        assert 0 <= at < len(tex)
        shown = f"before {tex[at : at + 24]!r}"
        assert str(error).endswith(shown) or re.search(
            rf"{re.escape(shown)}: (bind|put) ", str(error)
        )


def read(tex: str) -> None:
    """Read TeX, and hold what its refusal says against it."""
    refused = None
    try:
        parse(tex, {"f", "g"}, {"A", "x"})
    except FormulaError as error:
        refused = error
    if refused is not None:
        assert str(refused)
        place_of(refused, tex)


@given(SOUP)
@CALM
def test_a_soup_of_signs_is_read_or_refused(tex):
    read(tex)


@given(st.text(max_size=40))
@CALM
def test_any_text_is_read_or_refused(tex):
    read(tex)


@st.composite
def edited(draw):
    """Return a display of the book with a few pieces taken out, put in, or cut short."""
    tex = draw(st.sampled_from(BOOK))
    for _ in range(draw(st.integers(1, 3))):
        a = draw(st.integers(0, len(tex)))
        b = min(len(tex), a + draw(st.integers(0, 6)))
        tex = tex[:a] + draw(st.sampled_from(["", *PIECES])) + tex[b:]
    return tex


@given(edited())
@CALM
def test_an_edited_display_of_the_book_is_read_or_refused(tex):
    read(tex)


@pytest.mark.parametrize(
    ("tex", "column"),
    [
        (r"x = \foo y", 5),
        (r"x + \hat{y} = 1", 5),
        (r"x + \hat{y} + x + x + x + x + x + x + x + x = 1", 5),
        ("x = x.", 6),
        ("x == x", 4),
        ("= x", 1),
        (r"x = y^-1", 7),
        (r"\frac\frac12 3 = 1", 6),
        ("x = y} + 1", 6),
        (r"x = \quad y = 1", 4),
        (r"(x = 1)", 4),
        (r"x = |x|", 5),
    ],
)
def test_an_error_names_the_column_where_reading_stops(tex, column):
    with pytest.raises(FormulaError, match=rf"at column {column}, before ") as raised:
        parse(tex)
    place_of(raised.value, tex)


@pytest.mark.parametrize(
    "tex", ["x =", "", " ", "x = (y", r"x = \begin{bmatrix} 1 & 2", r"\\", "x = y + "]
)
def test_what_ends_too_early_is_said_to_end_there(tex):
    with pytest.raises(FormulaError, match="at its end"):
        parse(tex)


@pytest.mark.parametrize("tex", [r"x = \frac{1}", "x = {y", r"x = \frac{1}{2", r"x = \sqrt"])
def test_a_missing_brace_or_argument_is_named(tex):
    with pytest.raises(FormulaError, match="a brace or an argument is missing"):
        parse(tex)


@pytest.mark.parametrize("tex", ["x y", r"\mat A\vec x", "x = x \\quad y", r"x = y \\ z"])
def test_a_clause_without_a_relation_claims_nothing(tex):
    with pytest.raises(FormulaError, match="this claims nothing"):
        parse(tex)


DEEP = {
    "parentheses": lambda n: "(" * n + "x" + ")" * n + " = x",
    "braces": lambda n: "{" * n + "x" + "}" * n + " = x",
    "fractions": lambda n: r"\frac{1}{" * n + "x" + "}" * n + " = x",
    "powers": lambda n: "x^{" * n + "2" + "}" * n + " = x",
    "sines": lambda n: r"\sin " * n + "x = x",
    "sums": lambda n: r"\sum_{i} " * n + "x = x",
    "matrices": lambda n: r"\begin{bmatrix}" * n + "x" + r"\end{bmatrix}" * n + " = x",
    "calls": lambda n: "f(" * n + "x" + ")" * n + " = x",
}


@pytest.mark.parametrize("kind", DEEP)
@pytest.mark.parametrize("depth", [20, 40])
def test_what_is_nested_as_deeply_as_a_book_may_is_read(kind, depth):
    assert parse(DEEP[kind](depth), {"f"})


@pytest.mark.parametrize("kind", DEEP)
def test_what_is_nested_too_deeply_is_refused(kind):
    with pytest.raises(FormulaError, match="it is nested too deeply"):
        parse(DEEP[kind](2000), {"f"})


LONG = {
    "sum": lambda n: "+".join("x" * n) + " = x",
    "product": lambda n: " ".join("x" * n) + " = x",
    "chain": lambda n: "x" + " = x" * n,
    "clauses": lambda n: r"x = x \\ " * n,
    "open": lambda n: "(" * n + "=",
    "primes": lambda n: "x" + "'" * n + " = 1",
    "derivatives": lambda n: r"\pd{f}{x}" * n + " = x",
    "half a derivative": lambda n: r"\frac{\partial " * n + "x = x",
    "half a call": lambda n: "f" + "(x" * n + " = 1",
    "cells": lambda n: "& " * n + "x = x",
}


@pytest.mark.parametrize("kind", LONG)
def test_what_is_long_is_read_or_refused_without_trying_all_ways(kind):
    """It takes a fraction of a second; a way that branches at each sign would never end."""
    start = time.process_time()
    read(LONG[kind](1000))
    assert time.process_time() - start < 20.0


@pytest.mark.parametrize(
    "tex",
    [
        "x(x + 1) = 1",
        "f(x) + 1 = 1",
        "f'(x) = 1",
        r"\nu(1 - x) = 1",
        r"f(\frac{x}{2}) = 1",
        r"x((1, 2) \cdot (3, 4)) = 1",
        "2f(x) = 1",
        "x(x + 1) = (1, 2)",
        r"\vec x f(x) = 1",
        r"f(x) \cdot 2 = 1",
    ],
)
def test_an_unbound_letter_that_touches_a_parenthesis_is_read_on_demand_alone(tex):
    with pytest.raises(FormulaError, match=r"reads in two ways, at column \d, before "):
        parse(tex)
    assert parse(tex, strict=False)
    assert parse(tex.replace("(", r"\,("))
