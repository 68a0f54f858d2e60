"""The TeX of the table of rules: evaluated, it is the derivative, and a slip of it is not."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import jvp, vjp
from mcalc.checks.displayed import check_formulas, claims
from mcalc.rules import TABLE

RULES = {rule.name: rule for rule in TABLE.values() if rule.kind not in ("constant", "composite")}
FORMULAS = [(rule, tex) for rule in RULES.values() for tex in rule.formulas]
X = np.arange(1.0, 7.0).reshape(2, 3)


WORDS = {  # the word of a row, the arguments after X, and what the word makes of X
    "reshape": ("reshape", ((3, 2),), [[1, 2], [3, 4], [5, 6]]),
    "ravel": ("reshape", (), [1, 2, 3, 4, 5, 6]),
    "squeeze": ("reshape", (), X),
    "expand_dims": ("reshape", (0,), [X]),
    "transpose": ("transpose", (), [[1, 4], [2, 5], [3, 6]]),
    "broadcast_to": ("repeat", ((2, 2, 3),), [X, X]),
    "flip": ("flip", (), [[6, 5, 4], [3, 2, 1]]),
    "roll": ("roll", (1,), [[6, 1, 2], [3, 4, 5]]),
    "getitem": ("select", ((0, slice(1, 3)),), [2, 3]),
    "scatter": ("place", ((0,), (2, 2, 3)), [X, 0 * X]),
}


@pytest.mark.parametrize(("rule", "tex"), FORMULAS, ids=lambda part: getattr(part, "name", part))
def test_every_formula_is_evaluated_or_said_in_words(rule, tex):
    by_tex = {tex: (formula, points) for tex, formula, points in claims(rule)}
    if tex not in by_tex:
        assert rule.name in (*WORDS, "einsum", "svd"), "words that no test below is about"
        return
    formula, points = by_tex[tex]
    with np.errstate(all="ignore"):  # a slip may leave where a function has values
        slips = 1 if tex in ("0", "1") else 2  # of one digit there is one
        assert len(formula.check(at=points).rejected) >= slips


@pytest.mark.parametrize("name", WORDS)
def test_words_say_what_becomes_of_the_entries(name):
    word, args, expected = WORDS[name]
    assert RULES[name].formulas == (rf"\text{{{word}}}",)
    assert_array_equal(RULES[name].function(X, *args), expected)


def test_einsum_gives_back_the_einsum_of_the_cotangent_and_the_others():
    A, B, g = X, X.T + 1, np.array([[0.7, -1.2], [0.4, 2.0]])
    _, pullback = vjp(lambda A, B: np.einsum("ij,jk->ik", A, B), A, B)
    back = np.einsum("ik,jk->ij", g, B), np.einsum("ik,ij->jk", g, A)
    for ours, expected in zip(pullback(g), back, strict=True):
        assert_allclose(ours, expected)
    assert RULES["einsum"].formulas == (r"\text{einsum of } \mat G \text{ and the others}",)


def test_singular_vectors_move_as_the_eigenvectors_of_the_products_do():
    A, dA = np.array([[2.0, -0.3, 0.5], [0.4, 1.5, -0.7]]), X / 5
    thin = lambda A: np.linalg.svd(A, full_matrices=False)  # noqa: E731
    for vectors, square in (
        (lambda A: thin(A).U, lambda A: A @ A.T),
        (lambda A: thin(A).Vh.T, lambda A: A.T @ A),
    ):
        ours, moved = jvp(vectors, (A,), (dA,))
        of_square = lambda A, f=square: np.linalg.eigh(f(A)).eigenvectors[:, :-3:-1]  # noqa: E731
        theirs, expected = jvp(of_square, (A,), (dA,))
        assert_allclose(moved, expected * np.sign(np.sum(ours * theirs, axis=0)), atol=1e-12)
    assert RULES["svd"].formulas[0].count(r"\mat A\T") == 2


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("reciprocal", "-", ""),
        ("square", "2", "3"),
        ("arctan", "+", "-"),
        ("maximum", "x>y", "x<y"),
        ("clip", r"b]", "a]"),
        ("matmul", r"\T", ""),
        ("pinv", r"\mat P\T(", r"\mat P("),
        ("solve", "-", ""),
        ("cholesky", r"\mat L\,", ""),
        ("convolution", "k-1", "k"),
        ("var", "2", "1"),
        ("hypot", "x/f", "y/f"),
        ("sin", r"\cos", r"\con"),
    ],
)
def test_a_slip_is_noticed_and_names_its_row(name, right, wrong):
    rule = RULES[name]
    assert right in rule.formulas[0]
    broken = rule.formulas[0].replace(right, wrong, 1)
    row = dataclasses.replace(rule, formulas=(broken, *rule.formulas[1:]))
    with pytest.raises(AssertionError, match=f"the row of {name}, "):
        check_formulas(row)


def test_a_formula_that_nothing_evaluates_is_an_error():
    row = dataclasses.replace(RULES["reshape"], formulas=("2x",))
    with pytest.raises(AssertionError, match="reshape displays a formula that nothing evaluates"):
        check_formulas(row)


def test_a_formula_of_a_kind_that_nothing_evaluates_is_named():
    row = dataclasses.replace(TABLE[np.tan], kind="unknown")
    with pytest.raises(AssertionError, match=r"the row of tan\b.* that nothing evaluates"):
        check_formulas(row)
