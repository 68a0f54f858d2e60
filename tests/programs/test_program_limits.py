"""What a program refuses to be made from, and at call; and where it is at its limits."""

import gc
import math
import weakref

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from mcalc import Program, program, rules, value_and_grad

TWO = np.array([1.0, 2.0])
SHARED = np.random.default_rng(0)
COUNT = []
TABLE = np.arange(6.0).reshape(3, 2)


def buffered(x, y):
    held = np.zeros(2)
    held[0] = y[0]
    return x @ held


def written_over(x, y):
    y *= 2.0
    return x @ y


def stateful(x):
    COUNT.append(0)
    return np.sum(x) * len(COUNT)


REFUSED_AT_TRACE = {
    "float": (lambda x: x[0] * float(x[1]), "float(x)"),
    "float of another": (lambda x, y: x @ x * float(y[0]), "looks at a number itself"),
    "item": (lambda x, y: x[y.item(0)], "looks at a number itself"),
    "int": (lambda x, y: x[int(y[0])], "looks at a number itself"),
    "math": (lambda x, y: x @ x * math.exp(y[1]), "looks at a number itself"),
    "array": (lambda x, y: x @ np.asarray(y), "looks at a number itself"),
    "index": (lambda x, y: x[np.argmax(y) : 2].sum(), "looks at a number itself"),
    "table": (lambda x, y: np.sum(TABLE[np.argsort(y)] * x[0]), "looks at a number itself"),
    "array of": (lambda x, y: x @ np.array([y[0], 1.0]), "looks at a number itself"),
    "full": (lambda x, y: x @ np.full(2, y[0]), "looks at a number itself"),
    "repeat": (lambda x, y: np.sum(np.repeat(x, y.astype(int))), "looks at a number itself"),
    "buffer": (buffered, "in place"),
    "in place": (written_over, "in place"),
    "unknown": (lambda x, y: x @ np.unique(y), "has no rule for it"),
    "reduce": (lambda x, y: x[0] * np.add.reduce(y), "use np.sum"),
    "branch on an array": (lambda x, y: x @ y if y > 0 else x @ x, "branches on an array"),
    "random": (lambda x: x @ SHARED.normal(size=2), "random numbers"),
    "state": (stateful, "random numbers"),
    "random branch": (lambda x: x @ x if SHARED.random() < COUNT.pop() else x[0], "random"),
    "vector": (lambda x: 2 * x, "needs a scalar f"),
    "none": (lambda x: None, "returned None"),
}


@pytest.mark.parametrize("name", REFUSED_AT_TRACE)
def test_a_program_is_not_made_of_what_it_could_not_repeat(name):
    f, said = REFUSED_AT_TRACE[name]
    COUNT[:] = [0.0, 2.0] if name == "random branch" else []
    args = [TWO.copy() for _ in range(f.__code__.co_argcount)]
    with pytest.raises(TypeError) as error:
        program(f, *args)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("args", "error", "said"),
    [
        ((np.ones(3),), ValueError, "x = float64 of shape (2,), and was given float64 of shape"),
        ((np.ones((1, 2)),), ValueError, "shape (1, 2)"),
        ((np.float32(TWO),), TypeError, "given float32 of shape (2,)"),
        ((TWO.astype(">f8"),), TypeError, "given >f8"),
        ((np.array([1, 2]),), TypeError, "given int64"),
        ((1.0,), TypeError, "given a float"),
        (([1.0, 2.0],), TypeError, "given a list"),
        ((torch.ones(2),), TypeError, "given a torch.Tensor"),
        ((), TypeError, "1 argument, and was given 0"),
        ((TWO, TWO), TypeError, "1 argument, and was given 2"),
    ],
)
def test_another_kind_of_argument_is_refused(args, error, said):
    with pytest.raises(error) as caught:
        program(lambda x: x @ x, TWO)(*args)
    assert said in str(caught.value).replace("<f", ">f" if ">" in said else "<f")
    assert "trace again: mcalc.program(" in str(caught.value)


LENGTHS = {
    "mask": lambda x, k: np.mean(x[x > 0] ** 2),
    "nonzero": lambda x, k: np.mean(x[np.nonzero(x > 0)] ** 2),
    "flatnonzero": lambda x, k: np.mean(x[np.flatnonzero(x > 0)] ** 2),
    "split": lambda x, k: np.mean(np.split(x, np.cumsum(k))[0] ** 2),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_a_selection_of_another_length_is_refused(name):
    f = LENGTHS[name]
    made = program(f, np.array([1.0, -2.0, 3.0]), np.array([2, 0, 1]))
    there = np.array([-1.0, 2.0, 5.0]), np.array([2, 1, 0])
    for ours, theirs in zip(made(*there), value_and_grad(f)(*there), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-14, strict=True)
    with pytest.raises(ValueError, match=r"has shape \(\d,\).* trace again"):
        made(np.array([1.0, 2.0, 3.0]), np.array([1, 1, 2]))


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((torch.ones(2),), "torch.compile"),
        (([1.0],), "argument 0"),
        ((TWO, {"a": 1.0}), "argument 1 is a dict"),
        ((np.array([1, 2]),), "int64"),
        ((TWO, np.array(["a"])), "argument 1"),
        ((1,), "the int 1"),
    ],
)
def test_arguments_that_cannot_be_traced(args, said):
    with pytest.raises(TypeError) as error:
        program(lambda x, *rest: x @ x, *args)
    assert said in str(error.value)


def test_argnums_are_those_of_grad():
    f = lambda x, y: x * y**2  # noqa: E731
    assert program(f, 2.0, 3.0, argnums=1)(2.0, 3.0) == (18.0, 12.0)
    assert program(f, 2.0, 3.0, argnums=(-1,))(2.0, 3.0) == (18.0, (12.0,))
    assert program(f, 2.0, 3.0, argnums=(1, 0))(2.0, 3.0) == (18.0, (12.0, 9.0))
    for wrong in (2, (0, 0), ()):
        with pytest.raises(ValueError, match="argnums"):
            program(f, 2.0, 3.0, argnums=wrong)
    with pytest.raises(TypeError, match="needs a function"):
        program(3.0, 2.0)


def test_division_by_zero_is_numpys():
    made = program(lambda x, y: x / y, 1.0, 1.0, argnums=(0, 1))
    with np.errstate(all="ignore"):
        value, (by_x, by_y) = made(1.0, 0.0)
        assert (value, by_x, by_y) == (np.inf, np.inf, -np.inf)
        assert np.isnan(made(0.0, 0.0)[0])
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        made(1.0, 0.0)
    assert all(type(v) is np.float64 for v in (value, by_x, by_y))


@pytest.mark.parametrize("x", [3.0, np.float64(3.0), np.array(3.0)], ids=["float", "0-d", "array"])
def test_numbers(x):
    made = program(lambda x: x * x, x)
    for point in (3.0, np.float64(3.0), np.array(3.0)):
        value, slope = made(point)
        assert (type(value), type(slope), slope) == (np.float64, np.float64, 6.0)
    assert type(program(lambda x: x * x, np.float32(3))(np.float32(3))[1]) is np.float32


CORNERS = {
    "the argument": (lambda x: x, (3.0,)),
    "a constant": (lambda x: 2.0, (3.0,)),
    "an integer": (lambda x: 2, (TWO,)),
    "of the other": (lambda x, y: y @ y, (TWO, TWO)),
    "linear": (lambda x: 2.0 * x, (3.0,)),
    "sum": (np.sum, (TWO,)),
    "weighted": (lambda x: x @ np.array([3.0, 4.0]), (TWO,)),
    "empty": (lambda x: np.sum(x * x), (np.ones((0, 2)),)),
    "prod of none": (np.prod, (np.ones(0),)),
    "half the square": (lambda x: 0.5 * np.sum(x * x), (TWO,)),
    "twice": (lambda x: np.sum(x[[0, 0, 1]] ** 3), (TWO,)),
    "overlap": (lambda x: np.sum(np.exp(x[:-1]) * x[1:] + x[0]), (np.arange(4.0),)),
    "entries": (lambda x: x[0] * x[1] - x[-1] / x[-2], (TWO,)),
    "unpacked": (lambda v: np.exp(v[0, 0]) * v[1, 1], (np.eye(2) + 1.0,)),
    "signs": (lambda x: -np.sum(-x * -(x - 1) / -x), (TWO,)),
    "powers": (lambda x: np.sum(x**0 + x**1 + x**-1 + x**0.5 + 2.0**x + (-x) ** 2), (TWO,)),
    "zeros": (lambda x: np.sum(np.arctan2(x * np.array([0.0, -0.0]), -x)), (TWO,)),
    "nan": (lambda x: np.sum(np.where(np.isnan(x), np.inf, x)), (TWO,)),
    "large": (
        lambda x: np.log(np.sum(np.exp(np.tanh(x - np.max(x))))),
        (np.arange(70000.0) / 7e4,),
    ),
    "float32 constant": (lambda x: np.sum(x * np.float32(0.1)), (np.float32(TWO),)),
    "names": (lambda np_, t1, c0, df_dx: np_ * t1 * c0 * df_dx, (1.0, 2.0, 3.0, 4.0)),
}


@pytest.mark.parametrize("name", CORNERS)
def test_corners(name):
    f, args = CORNERS[name]
    ours, theirs = program(f, *args)(*args), value_and_grad(f)(*args)
    for found, wanted in zip(ours, theirs, strict=True):
        assert type(found) is type(wanted)
        np.testing.assert_allclose(found, wanted, rtol=1e-14, strict=True)
        if isinstance(found, np.ndarray):
            found += 1.0  # the caller's own
    assert_array_equal(program(f, *args)(*args)[1], theirs[1])


def test_a_function_of_your_own_is_called_by_its_name():
    @rules.primitive
    def softplus(x):
        return np.log1p(np.exp(x))

    rules.elementwise(softplus, lambda y, x: 1 / (1 + np.exp(-x)))
    try:
        made = program(lambda x: np.sum(softplus(x)), TWO)
    finally:
        del rules.TABLE[softplus]
    assert "softplus(x).sum()" in made.source
    assert set(made.constants) == {"softplus"}
    np.testing.assert_allclose(made(TWO)[1], 1 / (1 + np.exp(-TWO)))


def test_a_long_function_neither_recurses_nor_grows_faster_than_its_length():
    def chain(x, n):
        for _ in range(n):
            x = np.sin(x) + 0.5
        return x

    made = program(chain, 0.3, 2000)
    assert made(0.3, 2000) == value_and_grad(chain)(0.3, 2000)
    assert len(made.source.splitlines()) < 4 * 2000 + 10


def test_a_program_does_not_keep_its_arguments():
    x = np.arange(4.0)
    gone = weakref.ref(x)
    made = program(lambda x: np.sum(x * x), x)
    del x
    gc.collect()
    assert gone() is None
    assert_array_equal(made(np.ones(4))[1], np.full(4, 2.0))


def test_a_program_is_frozen():
    made = program(lambda x: x * x, 1.0)
    assert isinstance(made, Program)
    with pytest.raises(AttributeError):
        made.source = ""
    with pytest.raises(TypeError):
        made.constants["x"] = 1.0
