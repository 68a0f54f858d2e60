"""The check of a row: it passes for every row of the table, and sees what is wrong with one."""

import re

import numpy as np
import pytest
from cases import numbers
from test_rules import CASES

from mcalc import CheckError, check_rule, rules, trace
from mcalc.rules import TABLE
from mcalc.rules import _decompositions as inner

x, X, Y = numbers(3), numbers(3, 3), numbers(3, 3, seed=1)


def uses():
    """Yield each row that states derivatives, with the arguments that the cases call it with."""
    for case in CASES:
        for node in trace(case.f, *case.arrays).tape:
            if node.rule is not None:
                yield node.rule.function, node.operands, node.kwargs


SYMMETRIC = {
    inner.eigenvalues,
    inner.eigenvectors,
    inner.factor,
}  # single entries of these must not move
USES = list(uses())


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.__name__)
def test_every_row_is_right(row):
    if TABLE[row].kind in ("composite", "constant") or row in SYMMETRIC:
        return
    found = [(operands, kwargs) for function, operands, kwargs in USES if function is row]
    assert found
    for operands, kwargs in found[:4]:
        check_rule(row, *operands, **kwargs)


def test_composites_and_symmetric_functions_are_checked_from_outside():
    check_rule(np.outer, x, np.array([0.5, 2.0]))
    check_rule(np.linalg.norm, X, ord=2)

    @rules.primitive
    def largest(a):
        return np.linalg.eigvalsh(a + np.matrix_transpose(a))[-1]

    try:
        rules.composite(largest, largest.__wrapped__)
        check_rule(largest, X)
    finally:
        TABLE.pop(largest)


@rules.primitive
def f(*args):
    """Stands for a user's function; each test gives it a value and a rule."""
    return f.value(*args)


def flat(x):
    """Return the cosine as a number that cannot be differentiated again."""
    return np.where(x > 0.0, np.cos(getattr(x, "value", x)), np.cos(getattr(x, "value", x)))


def overwriting(i, g, *_):
    g *= 2.0
    return g


def product(transpose):
    return np.matmul, lambda: rules.multilinear(f, transpose, operands=(0, 1)), (X, Y)


def sine(*partials):
    return np.sin, lambda: rules.elementwise(f, *partials), (x,)


def square(pull, push=lambda t, y, x: 2 * x * t[0]):
    return np.square, lambda: rules.general(f, pull, push), (x,)


def linear(function, transpose, *args):
    return function, lambda: rules.linear(f, transpose), args


WRONG = {
    "sign": (sine(lambda y, x: -np.cos(x)), "f, pull of argument 0, entry (", "sign is wrong"),
    "factor": (sine(lambda y, x: 2 * np.cos(x)), "f, pull of argument 0, entry (", "not"),
    "nan": (sine(lambda y, x: np.cos(x) * np.nan), "f, pull of argument 0, entry (0,)", "is nan"),
    "transpose": (
        product(lambda i, g, a, b: g @ b if i == 0 else a.T @ g),
        "f, pull of argument 0, entry (",
        "not",
    ),
    "transposed": (
        product(lambda i, g, a, b: g @ b.T if i == 0 else (a.T @ g).T),
        "f, pull of argument 1, entry (",
        "it lacks a transpose",
    ),
    "arguments": (
        product(lambda i, g, a, b: a.T @ g if i == 0 else g @ b.T),
        "f, pull of argument 0, entry (",
        "not",
    ),
    "shape": (
        linear(lambda a: np.sum(a, axis=0), lambda i, g, a: g, X[:2]),
        "f, pull of argument 0: it has shape (3,), not (2, 3)",
        "",
    ),
    "push-shape": (
        square(lambda i, g, y, x: 2 * x * g, lambda t, y, x: np.sum(2 * x * t[0])),
        "f, push of argument 0: it has shape (), not (3,)",
        "",
    ),
    "push": (
        square(lambda i, g, y, x: 2 * x * g, lambda t, y, x: x * t[0]),
        "f, push of argument 0, entry (",
        "not",
    ),
    "by-a-little": (
        square(lambda i, g, y, x: (2 + 1e-8) * x * g),
        "f, ⟨g, Jv⟩ against ⟨Jᵀg, v⟩: it is",
        "not",
    ),
    "second": (
        sine(lambda y, x: flat(x)),
        "f, derivative by argument 0 of the pull of argument 0, entry (",
        "it is 0, not",
    ),
    "second-of-push": (
        square(lambda i, g, y, x: 2 * x * g, lambda t, y, x: 2 * getattr(x, "value", x) * t[0]),
        "f, derivative by argument 0 of the push of argument 0, entry (",
        "it is 0, not",
    ),
    "writes": (
        linear(lambda a: 2 * a, overwriting, x),
        "f, pull of argument 0: it writes into what it was given; make a new array",
        "",
    ),
    "operand": (
        square(lambda i, g, y, x: x),
        "f, pull of argument 0: it returns an operand or a view of it; copy it",
        "",
    ),
    "view": (
        square(lambda i, g, y, x: y[:]),
        "f, pull of argument 0: it returns an operand or a view of it; copy it",
        "",
    ),
}


@pytest.mark.parametrize(("rule", "start", "within"), WRONG.values(), ids=WRONG)
def test_a_wrong_rule_is_seen(rule, start, within):
    f.value = rule[0]
    try:
        rule[1]()
        with pytest.raises(CheckError, match=f"{re.escape(start)}.*{re.escape(within)}"):
            check_rule(f, *rule[2])
    finally:
        TABLE.pop(f, None)


@pytest.mark.parametrize("way", ["pull", "push"])
def test_second_derivatives_are_checked_in_both_directions(way):
    """One way of the rule goes through a function whose own rule is wrong in its push alone."""

    @rules.primitive
    def passed(x):
        return +x

    through = {"pull": (passed, np.positive), "push": (np.positive, passed)}[way]
    f.value = np.square
    rules.general(passed, lambda i, g, y, x: +g, lambda t, y, x: 2 * t[0])
    square(lambda i, g, y, x: 2 * through[0](x) * g, lambda t, y, x: 2 * through[1](x) * t[0])[1]()
    start = f"f, derivative by argument 0 of the {way} of argument 0, forward"
    try:
        with pytest.raises(CheckError, match=start):
            check_rule(f, x)
    finally:
        TABLE.pop(f)
        TABLE.pop(passed)


HINTS = {
    "a sign": (lambda g, x: -g * np.cos(x), "; its sign is wrong"),
    "a factor": (lambda g, x: 2 * g * np.cos(x), ""),
    "a transpose": (
        lambda g, x: (g * np.cos(x)).T.reshape(x.shape).copy(),
        "; it lacks a transpose",
    ),
    "a little": (lambda g, x: g * np.cos(x) + 3e-6, ""),
}


@pytest.mark.parametrize("shape", [(), (3,), (3, 3), (2, 3), (3, 2), (2, 2, 3)])
@pytest.mark.parametrize(("pull", "hint"), HINTS.values(), ids=HINTS)
def test_the_message_guesses_what_is_wrong_with_the_rule(pull, hint, shape):
    if hint.endswith("transpose") and len(set(shape)) > 1:
        hint = ""  # of another shape it would be seen at once
    at = np.abs(numbers(*shape)) % 1.0
    right = lambda t, y, x: t[0] * np.cos(x)  # noqa: E731
    f.value = np.sin
    rules.general(f, lambda i, g, y, x: pull(g, x), right)
    try:
        if hint.endswith("transpose") and len(shape) < 2:
            check_rule(f, at)  # it is its own transpose
            return
        with pytest.raises(CheckError) as caught:
            check_rule(f, at)
    finally:
        TABLE.pop(f)
    place = r", entry \([^)]*\)" if shape else ""
    wanted = rf"f, pull of argument 0{place}: it is \S+, not [^\s;]+{hint}"
    assert re.fullmatch(wanted, str(caught.value))


@pytest.mark.parametrize(
    ("function", "argument", "text"),
    [
        (lambda x: x, 1.0, "<lambda> has no row in the table; add one, as with rules.elementwise"),
        (np.sign, 1.0, "sign has no derivative by any of (1.0,); pass floats or arrays of them"),
        (np.exp, 3, "exp has no derivative by any of (3,); pass floats or arrays of them"),
        (np.exp, np.arange(2), "exp has no derivative by any of (array([0, 1]),); pass floats or"),
    ],
)
def test_what_cannot_be_checked(function, argument, text):
    with pytest.raises(TypeError, match=re.escape(text)):
        check_rule(function, argument)
