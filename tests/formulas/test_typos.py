"""Typos of the book's own displays: those that change the meaning fail or are refused."""

import itertools
from collections.abc import Iterator

import book
import numpy as np
import pytest
from trials import HOLDS, verdict
from typos import look, typos

from mcalc.formulas import displays
from mcalc.formulas.points import FAULTS

LABELS = [
    "eq-softmax-gradient", "eq-softmax-hessian", "eq-monkey-gradient", "eq-monkey-standard",
    "eq-einsum-aloud", "eq-einsum-cyclic", "eq-chain-two-routes", "eq-quartic-slope",
    "eq-one-candidate", "eq-least-squares-gradient", "eq-two-layers-hessian", "eq-factor-right",
    "eq-covariance-curvature", "eq-unlike-gradients", "eq-uphill",
]  # fmt: skip
EACH = 30
TRUE = {
    "q(-h,-h) + h > 0 = q(0,0)": "another true chain: 2h > 0 = 0",
    "q(-h,-h) = h > 0 + q(0,0)": "another true chain: h > 0",
    "for every } h > 1": "fewer h, for which it is true, too",
    "q(0,00)": "00 is 0",
    r"\partial_{a\to u}\,\partial_{v\to f} +": "f = (u + v)², so ∂f/∂u on its edge is ∂f/∂v",
    r"+ \partial_{a\to v}\,\partial_{u\to f}": "f = (u + v)², so ∂f/∂u on its edge is ∂f/∂v",
    r"+ \pd{f}{u}\,\pd{v}{a}": "the same, without edges",
    **{
        rf"\td{{{above}}}{{{below}}}": "the total derivative that a fraction with ∂ is here, too"
        for above, below in ["fa", "fu", "fv", "ua", "va"]
    },
}
"""What may hold after a typo, by a piece of its TeX, with the reason."""


@pytest.fixture
def shown(monkeypatch):
    """Hold the displays of the book against each other, as its build does."""
    monkeypatch.setattr(displays, "everything", lambda: book.DISPLAYS)

    def found(label: str) -> tuple[str, list[str]]:
        display = displays.display(label)
        return display.tex, [above.tex for above in displays.defined_above(display)]

    return found


def holds(tex: str, given: list[str]) -> bool:
    """Tell whether a typo survives; what NumPy refuses is a slip refused, as in `Formula.check`."""
    try:
        return verdict(tex, given=given, at=5) == HOLDS
    except FAULTS:
        return False


def some(tex: str, label: str) -> Iterator[tuple[str, str]]:
    return itertools.islice(typos(tex, label), EACH)


@pytest.mark.parametrize("label", LABELS)
def test_the_display_itself_holds(shown, label):
    tex, given = shown(label)
    assert verdict(tex, given=given) == HOLDS


@pytest.mark.parametrize("label", LABELS)
def test_a_typo_fails_or_is_refused_unless_it_is_known_to_be_true(shown, label):
    tex, given = shown(label)
    alive = [made for _, made in some(tex, label) if holds(made, given)]
    unknown = [made for made in alive if not any(piece in made for piece in TRUE)]
    assert unknown == []


def test_at_least_95_of_100_typos_are_caught(shown):
    caught = []
    for label in LABELS:
        tex, given = shown(label)
        caught += [not holds(made, given) for _, made in some(tex, label)]
    assert len(caught) == EACH * len(LABELS)
    assert np.mean(caught) >= 0.95


def test_what_looks_the_same_is_no_typo():
    assert look(r"\tfrac12 x\,y") == look(r"\frac{1}{2} xy")
    assert look(r"\vec{x} + 1") == look(r"\mat x+1")
    assert look(r"x \\[0.3em] y") == look(r"x \\ y")
    assert look("x^{12}") != look("x^12")
    assert look("x + y") != look("x - y")
