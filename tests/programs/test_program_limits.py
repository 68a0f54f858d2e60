"""What a program refuses to be made from, and at call; and where it is at its limits."""

import gc
import math
import warnings
import weakref

import dask.array
import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from mcalc import Program, grad, program, rules, value_and_grad
from mcalc.programs._compare import require_same

TWO = np.array([1.0, 2.0])
with warnings.catch_warnings(action="ignore"):  # NumPy advises against it
    MATRIX = np.matrix(TWO)
SHARED = np.random.default_rng(0)
COUNT = []
TABLE = np.arange(6.0).reshape(3, 2)


class Tagged(np.ndarray):
    """A subclass, which may have rules of its own."""


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


def frozen_text(x):
    return np.sum(x) * {"1": 1.0}.get(f"{x[0]:.0f}", 7.0)


NUMBER, ONE_WAY, SHAPE = "looks at a number itself", "branches on a number", "the shape of a result"
SELECTED = "write np.where(mask, x, 0.0) for x[mask] and np.sum(mask) for its length"
PLACES = "is told must not depend on the input; give constants, or choose with np.where"
REFUSED_AT_TRACE = {
    "float": (lambda x: x[0] * float(x[1]), "float(x)"),
    "float of another": (lambda x, y: x @ x * float(y[0]), NUMBER),
    "item": (lambda x, y: x[y.item(0)], NUMBER),
    "int": (lambda x, y: x[int(y[0])], NUMBER),
    "list": (lambda x, y: x[0] * y.tolist()[0], NUMBER),
    "math": (lambda x, y: x @ x * math.exp(y[1]), NUMBER),
    "array": (lambda x, y: x @ np.asarray(y), NUMBER),
    "table": (lambda x, y: np.sum(TABLE[np.argsort(y)] * x[0]), "a table that is indexed"),
    "array of": (lambda x, y: x @ np.array([y[0], 1.0]), NUMBER),
    "full": (lambda x, y: x @ np.full(2, y[0]), NUMBER),
    "count": (lambda x, y: np.sum(x[0] * np.arange(np.argmax(y))), NUMBER),
    "repeat": (lambda x, y: np.sum(np.repeat(x, y.astype(int))), PLACES),
    "range": (lambda x, y: sum(x[0] for _ in range(np.argmax(y))), "a count as a Python int"),
    "f-string": (frozen_text, NUMBER),
    "str": (lambda x, y: x @ x * len(str(y[0])), NUMBER),
    "str of a traced value": (lambda x: x @ x * len(str(x[0])), NUMBER),
    "repr of a traced value": (lambda x: x @ x * len(repr(x[0])), NUMBER),
    "branch": (lambda x: x @ x if x[0] > 0 else x[0], ONE_WAY),
    "branch on another": (lambda x, y: x @ y if y[0] > 0 else x @ x, ONE_WAY),
    "branch on an array": (lambda x, y: x @ y if y > 0 else x @ x, "np.where(x > 0, a, b)"),
    "assert": (lambda x, y: x @ y * bool(np.all(y > 0)), ONE_WAY),
    "min of two": (lambda x: min(x[0], x[1]), ONE_WAY),
    "in": (lambda x, y: x @ y if 2.0 in y else x @ x, ONE_WAY),
    "mask": (lambda x: np.mean(x[x > 0]), SELECTED),
    "mask of another": (lambda x, y: np.sum(x[y > 0]), SELECTED),
    "len of a mask": (lambda x: np.sum(np.where(x > 0, x, 0.0)) / len(x[x > 0]), SELECTED),
    "size of a mask": (lambda x, y: x @ x / y[y > 0].size, SELECTED),
    "shape of a mask": (lambda x, y: x @ x if y[y > 0].shape == (2,) else x[0], SELECTED),
    "nonzero": (lambda x: np.sum(x[np.nonzero(x > 0)]), SELECTED),
    "nonzero numbers": (lambda x, y: np.sum(x[np.nonzero(y)]), SELECTED),
    "flatnonzero": (lambda x: x @ x / np.flatnonzero(x > 0).size, SELECTED),
    "argwhere": (lambda x, y: x @ x / len(np.argwhere(y > 0)), SELECTED),
    "where": (lambda x, y: np.sum(x[np.where(y > 0)]), SELECTED),
    "extract": (lambda x, y: np.sum(np.extract(y > 0, x)), PLACES),
    "compress": (lambda x, y: x[0] * np.sum(np.compress(y > 0, y)), SELECTED),
    "unknown": (lambda x, y: x @ np.unique(y), "has no rule for np.unique"),
    "bound": (lambda x, y: x[: np.argmax(y) + 1].sum(), SHAPE),
    "bound of itself": (lambda x: np.mean(x[: np.argmax(x) + 1] ** 2), SHAPE),
    "step": (lambda x, y: x[:: np.argmax(y)].sum(), SHAPE),
    "split": (lambda x, y: np.split(x, np.argsort(y))[0].sum(), PLACES),
    "reshape": (lambda x, y: np.reshape(x, (np.argmax(y), -1))[0].sum(), SHAPE),
    "axis": (lambda x, y: np.sum(np.sum(np.outer(x, x), axis=np.argmax(y)) ** 2), SHAPE),
    "buffer": (buffered, "in place"),
    "in place": (written_over, "in place"),
    "reduce": (lambda x, y: x[0] * np.add.reduce(y), "use np.sum"),
    "random": (lambda x: x @ SHARED.normal(size=2), "random numbers"),
    "state": (stateful, "is not that of f"),
    "type": (lambda x: x @ x if isinstance(x, np.ndarray) else x @ x / 2, "isinstance(x, float)"),
    "determinant": (lambda x: np.sum(grad(np.linalg.det)(np.outer(x, x))), ONE_WAY),
    "isinstance": (lambda x: np.sum(x if isinstance(x, np.ndarray) else -x), "isinstance"),
    "hasattr": (lambda x: np.sum(x if hasattr(x, "strides") else -x), "isinstance"),
    "vector": (lambda x: 2 * x, "needs a scalar f"),
    "none": (lambda x: None, "returned None"),
}


@pytest.mark.parametrize("name", REFUSED_AT_TRACE)
def test_a_program_is_not_made_of_what_it_could_not_repeat(name):
    f, said = REFUSED_AT_TRACE[name]
    COUNT.clear()
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
        ((TWO.view(Tagged),), TypeError, "Tagged; pass np.array(x)"),
        ((np.ma.array(TWO, mask=[True, False]),), TypeError, "MaskedArray; pass np.array(x)"),
        ((MATRIX,), TypeError, "matrix; pass np.array(x)"),
        ((dask.array.from_array(TWO),), TypeError, "given a dask.array"),
    ],
)
def test_another_kind_of_argument_is_refused(args, error, said):
    with pytest.raises(error) as caught:
        program(lambda x: x @ x, TWO)(*args)
    assert said in str(caught.value).replace("<f", ">f" if ">" in said else "<f")
    assert "trace again: mcalc.program(" in str(caught.value)


@pytest.mark.parametrize("args", [(), (TWO, TWO)])
def test_another_number_of_arguments_is_refused(args):
    with pytest.raises(TypeError, match="positional argument"):
        program(lambda x: x @ x, TWO)(*args)


@pytest.mark.parametrize("x", [np.ma.array(TWO), MATRIX, TWO.view(Tagged)], ids=type)
def test_a_program_is_of_plain_arrays(x):
    for args in ((x,), (TWO, x)):
        with pytest.raises(TypeError, match=r"np\.array\(x\)"):
            program(lambda x, y=None: np.sum(x * x), *args)


def test_a_constant_of_another_kind_is_named():
    lazy = dask.array.from_array(TWO)
    for f in (lambda x: np.sum(x * lazy), lambda x, y: np.sum(x) * np.sum(y * lazy)):
        with pytest.raises(TypeError, match=r"of numbers, and f uses a dask\.array.*Array"):
            program(f, *[TWO] * f.__code__.co_argcount)
    masked = np.ma.array(TWO, mask=[True, False])
    with pytest.raises(TypeError, match=r"uses a numpy\.ma.*MaskedArray; pass np\.array\(x\)"):
        program(lambda x, y: np.sum(x) * np.sum(y * masked), TWO, TWO)


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


@pytest.mark.parametrize("kind", [lambda x: isinstance(x, float), np.isscalar])
def test_a_branch_on_the_type_of_a_number_is_noticed(kind):
    f = lambda x: x * x if kind(x) else 0.0 * x  # noqa: E731
    with pytest.raises(TypeError, match=r"of the program, 0\.0, is not that of f, 9\.0, at these"):
        program(f, 3.0)


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
    assert made in {made}  # as a function is
    with pytest.raises(AttributeError):
        made.source = ""
    with pytest.raises(TypeError):
        made.constants["x"] = 1.0


def test_a_branch_on_a_type_is_seen_where_it_tells_only_at_other_signs():
    def f(x):
        return np.where(x > 0, x * x, x * x if type(x) in (float, np.float64) else 2 * x)

    with pytest.raises(TypeError, match=r"the value of the program, .* near them"):
        program(f, 1.5)


def test_a_branch_on_a_type_is_seen_near_the_arguments():
    def f(x):
        if isinstance(x, float) and x != 1.0:
            if abs(x - 1.0) > 0.1:
                raise ValueError("there is no value")
            return 2 * x * x
        return x * x

    with pytest.raises(TypeError, match=r"the value of the program, .* near them"):
        program(f, 1.0)


@pytest.mark.parametrize("other", [True, 1.0, 2, "1"])
def test_a_static_argument_is_equal_and_of_the_same_type(other):
    made = program(lambda x, n: x**n, 2.0, 1)
    assert made(3.0, 1)[0] == 3.0
    with pytest.raises(TypeError, match="was traced with n = 1, and was given"):
        made(3.0, other)


def test_a_program_with_another_gradient_is_not_given():
    f, exact = lambda x: x @ x, value_and_grad(lambda x: x @ x)
    require_same(f, exact, lambda x: (x @ x, 2 * x * (1 + 1e-15)), (TWO,))
    with pytest.raises(
        TypeError, match=r"gradient of .*\[2\. 3\.\], is not .* \[2\. 4\.\].*report"
    ):
        require_same(f, exact, lambda x: (x @ x, np.array([2.0, 3.0])), (TWO,))


def test_a_gradient_that_hangs_on_rounding_is_the_same_within_it():
    f = lambda x: np.sin(1e8 * x)  # noqa: E731
    exact = value_and_grad(f)
    require_same(f, exact, lambda x: (f(x), exact(x)[1] * (1 + 1e-9)), (1.0,))
    with pytest.raises(TypeError, match="report"):
        require_same(f, exact, lambda x: (f(x), exact(x)[1] * (1 + 1e-3)), (1.0,))
