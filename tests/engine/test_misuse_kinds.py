"""Unusual functions, arrays and arguments: what works must be right, the rest is refused."""

import decimal
import functools
import math
import re
import statistics
from fractions import Fraction

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from mcalc import grad, hessian, jacfwd, jacobian, jvp, value_and_grad

x, A = np.array([1.0, 2.0, 3.0]), np.arange(9.0).reshape(3, 3) + np.eye(3)


def raises(error, text):
    return pytest.raises(error, match=re.escape(text))


class Frame:
    """An object such as a data frame: it makes an array of what it meets."""

    __array_priority__ = 1000.0

    def __init__(self):
        self.values = np.array([1.0, 2.0, 3.0])

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return ufunc(*(x.values if isinstance(x, Frame) else np.asarray(x) for x in inputs))


class Sequence:
    """An object that NumPy turns into an array."""

    def __array__(self, *_, **__):
        return np.array([1.0, 2.0, 3.0])


class Declining:
    """An object that NumPy shall leave the operators to (NumPy enhancement proposal 13)."""

    __array_ufunc__ = None

    def __rmul__(self, other):
        return other + other

    def __rsub__(self, other):
        return other * 3.0


class Subclass(np.ndarray):
    """An array of a class of the user's own."""


class Model:
    weight = 2.0

    def __call__(self, x):
        return np.sum(self.weight * x)

    def loss(self, x):
        return np.sum(self.weight * x**2)


async def coroutine(x):
    return np.sum(x)


def generator(x):
    yield np.sum(x)


def deleting(x):
    del x[0]
    return np.sum(x)


def rounding(x):
    y = x * x
    np.round(y, out=y)
    return np.sum(y)


MATRIX = np.array([[1.0, 2.0], [3.0, 4.0]])
WRITE = "f writes into an array in place (x[i] = v, x += v, out=x)"
ARRAY = "masked arrays and data frames make arrays, too: pass np.array(x)"
DTYPE = "mcalc differentiates real floating-point functions: convert constants with"
BY_POSITION = "pass arrays by position; for "
REFUSED = {
    "async": (coroutine, "f returned a coroutine; return one array of floats"),
    "generator": (generator, "f returned a generator; return one array of floats"),
    "class": (Model, "takes no arguments"),
    "object": (lambda x: Model(), "f returned a Model; return one array of floats"),
    "grad-of-grad": (grad, "f returned a Derivative; return one array of floats"),
    "matrix": (
        lambda x: np.sum(np.matrix(A) * x),
        "a view of a traced value as matrix has other bits or other rules; use x.astype",
    ),
    "matrix-product": (lambda x: np.sum(x @ np.matrix(A)), "matmul was given a matrix, which has"),
    "masked": (lambda x: np.sum(x * np.ma.array(x)), ARRAY),
    "masked-first": (lambda x: np.sum(np.ma.array(x) * x), ARRAY),
    "ma.exp": (lambda x: np.ma.exp(x).sum(), ARRAY),
    "frame": (lambda x: np.sum(x * Frame()), "multiply was given a Frame, which has"),
    "frame-ufunc": (lambda x: np.multiply(Frame(), x), ARRAY),
    "fraction": (lambda x: np.sum(x * Fraction(1, 3)), DTYPE),
    "decimal": (lambda x: np.sum(x * decimal.Decimal("0.5")), "'float' and 'decimal.Decimal'"),
    "timedelta": (lambda x: np.sum(x * np.timedelta64(1, "s")), DTYPE),
    "none": (lambda x: np.sum(x * None), "'float' and 'NoneType'"),
    "set": (lambda x: np.sum(x * {1, 2}), "'float' and 'set'"),
    "iterator": (lambda x: np.sum(x * iter([1, 2, 3])), "'float' and 'list_iterator'"),
    "statistics": (statistics.mean, "float(x), and with it the functions of math, drop"),
    "fsum": (math.fsum, "float(x), and with it the functions of math, drop"),
    "frompyfunc": (
        np.frompyfunc(math.exp, 1, 1),
        "no rule for exp (vectorized); write it with functions that have one",
    ),
    "not-numpys": (
        lambda x: special_spence()(x).sum(),
        "no rule for spence; write it with functions that have one, or add a row: "
        "mcalc.rules.elementwise(spence, derivative)",
    ),
    "gradient": (lambda x: np.gradient(x), "no rule for np.gradient"),
    "unwrap": (lambda x: np.unwrap(x), "no rule for np.unwrap"),
    "add.at": (lambda x: np.add.at(np.zeros(3), [0], x[0]), WRITE),
    "add.at-node": (lambda x: np.add.at(x, [0], 1.0), WRITE),
    "accumulate": (
        lambda x: np.floor_divide.accumulate(x),
        "np.floor_divide.accumulate has no rule; use np.sum, np.prod, np.max, np.cumsum, and for "
        "outer products x[:, None] * y",
    ),
    "reduceat": (lambda x: np.less.reduceat(x, [0]), "np.less.reduceat has no rule; use np.sum"),
    "copyto": (lambda x: np.copyto(x, 0.0), WRITE),
    "copyto-buffer": (lambda x: np.copyto(np.zeros(3), x), WRITE),
    "put": (lambda x: np.put(x, [0], 1.0), WRITE),
    "place": (lambda x: np.place(x, x > 1, 0.0), WRITE),
    "putmask": (lambda x: np.putmask(x, x > 1, 0.0), WRITE),
    "put_along_axis": (lambda x: np.put_along_axis(x, np.array([0]), 1.0, 0), WRITE),
    "shuffle": (lambda x: np.random.default_rng(0).shuffle(x), WRITE),
    "fill_diagonal": (lambda x: np.fill_diagonal(np.stack([x, x, x]), 0.0), WRITE),
    "round-out": (rounding, WRITE),
    "round-out-input": (lambda x: np.sum(x.round(0, x)), WRITE),
    "any-out": (lambda x: np.any(np.stack([x, x]), axis=0, out=x), WRITE),
    "sum-out": (lambda x: np.sum(x, out=np.zeros(())), f"{BY_POSITION}out, use what the function"),
    "where=": (lambda x: np.nansum(x, where=x > 1), f"{BY_POSITION}where, choose with np.where("),
    "dtype=": (lambda x: np.nanmean(x, dtype=float), f"{BY_POSITION}dtype, convert with x.astype("),
    "condition": (
        lambda x: np.where(x, x, 0.0),
        "argument 0 of where must not depend on the input, since nothing flows back through it; "
        "give a constant, or a comparison such as x > 0",
    ),
    "index-list": (lambda x: x[[x[0]]], ARRAY),
    "slice": (lambda x: x[: x[0]].sum(), "float(x), and with it the functions of math, drop"),
    "arange": (lambda x: np.arange(x[0]).sum(), ARRAY),
    "fresh-attribute": (lambda x: setattr(x, "scale", 2.0), "has no attribute 'scale'"),
    "shape": (lambda x: setattr(x, "shape", (3, 1)), "has no setter"),
    "delete": (deleting, "__delitem__"),
}  # fmt: skip


def special_spence():
    """Return a ufunc that is not NumPy's."""
    return pytest.importorskip("scipy.special").spence


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
@pytest.mark.filterwarnings("ignore:you are shuffling:UserWarning")
@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning")
@pytest.mark.parametrize("differentiate", [grad, jacfwd], ids=["reverse", "forward"])
@pytest.mark.parametrize(("f", "text"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused(f, text, differentiate):
    point = x.copy()
    with raises((TypeError, AttributeError), text):
        differentiate(f)(point)
    assert_array_equal(point, x)


@functools.lru_cache
def cached(x):
    return np.sum(x**2)


def of_list_index(x):
    places = [0]
    y = x[places].sum()
    places[0] = 1
    return y


def of_list_axes(x):
    axes = [1, 0]
    y = np.transpose(np.outer(x, x) * A, axes)
    axes[:] = [0, 1]
    return np.sum(y * MASKS)


def of_list_shape(x):
    shape = [3, 1]
    y = np.reshape(x, shape)
    shape[:] = [1, 3]
    return np.sum(y * A)


def of_list_condition(x):
    chosen = [True, False, True]
    y = np.where(chosen, x, 0.0)
    chosen[:] = [False] * 3
    return np.sum(y)


def many(f, n):
    return lambda x: functools.reduce(lambda y, _: f(y), range(n), x)


MASKS = np.tri(3)
SUM = np.ones(3)
RIGHT = {
    "method": (Model().loss, 4 * x),
    "callable": (Model(), 2 * SUM),
    "partial": (functools.partial(np.dot, x), x),
    "partial-keyword": (functools.partial(np.sum, axis=0), SUM),
    "cached": (cached, 2 * x),
    "default": (lambda x, p=3.0: np.sum(x**p), 3 * x**2),
    "star": (lambda *xs: np.sum(xs[0] ** 2), 2 * x),
    "subclass": (lambda y: np.sum(y * x.view(Subclass)), x),
    "array-like": (lambda x: np.sum(x * Sequence()), x),
    "declining": (lambda x: np.sum(x * Declining()) + (x[0] - Declining()), 2 * SUM + [3, 0, 0]),
    "range": (lambda x: np.sum(x * range(3)), np.arange(3.0)),
    "lists": (lambda x: np.sum(x * [[1, 2, 3], [1, 2, 3]]), 2 * x),
    "big-integer": (lambda x: np.sum(x * 10**30), 1e30 * SUM),
    "bytes": (lambda y: np.sum(y * np.array([1, 2, 3], np.uint8)), x),
    "booleans": (lambda y: np.sum(y * np.array([True, False, True])), SUM - [0, 1, 0]),
    "0-d": (lambda y: np.sum(y * np.array(2.0)), 2 * SUM),
    "empty": (lambda y: np.sum(y) + np.sum(y[:0]), SUM),
    "big-endian": (lambda y: np.sum(y * x.astype(">f8")), x),
    "memory-map": (lambda y: np.sum(y * x.view(np.memmap)), x),
    "float16": (lambda y: np.sum(y * x.astype(np.float16)), x),
    "invert": (lambda x: np.sum(np.where(~(x > 1), x, 0.0)), [1.0, 0.0, 0.0]),
    "contains": (lambda x: np.sum(x) if 2.0 in x else x[0], SUM),
    "astype-copy": (lambda x: np.sum(x.astype(float, copy=False)), SUM),
    "prod": (math.prod, 6 / x),
    "reversed": (lambda x: next(reversed(x)), [0.0, 0.0, 1.0]),
    "errstate": (lambda x: under_errstate(np.log)(x).sum(), 1 / x),
    "list-index": (of_list_index, [1.0, 0.0, 0.0]),
    "list-shape": (of_list_shape, A.sum(axis=1)),
    "list-axes": (of_list_axes, (A * MASKS.T + (A * MASKS.T).T) @ x),
    "list-condition": (of_list_condition, [1.0, 0.0, 1.0]),
    "recursion": (lambda x: np.sum(many(lambda y: 2 * y, 10)(x)), 1024 * SUM),
    "closure": (lambda x: np.sum(grad(lambda y: np.sum(x * y**2))(x)), 4 * x),
}


def under_errstate(f):
    def g(x):
        with np.errstate(all="raise"):
            return f(x)

    return g


@pytest.mark.parametrize(("f", "gradient"), RIGHT.values(), ids=RIGHT)
def test_what_works_is_right(f, gradient):
    assert_array_equal(grad(f)(x), gradient)
    assert_array_equal(jacfwd(f)(x), gradient)


@pytest.mark.parametrize(
    ("point", "kind"),
    [
        (np.array([1.0], "f,f")["f0"], np.float32),
        (np.rec.array([(1.0,)], dtype=[("a", float)]).a, np.float64),
        (x.view(Subclass), np.float64),
        (x.astype(">f8"), ">f8"),
        (x[::-2], np.float64),
        (np.broadcast_to(2.0, 3), np.float64),
    ],
    ids=["field", "record", "subclass", "big-endian", "backwards", "broadcast"],
)
def test_points_of_unusual_arrays(point, kind):
    gradient = grad(lambda x: np.sum(x**2))(point)
    assert gradient.dtype == kind
    assert_array_equal(gradient, 2 * point)


@pytest.mark.parametrize(
    ("point", "text"),
    [
        (np.zeros(2, [("a", float), ("b", float)]), "has dtype [('a', '<f8'), ('b', '<f8')]; use"),
        (np.zeros((), "V8"), "has dtype |V8; use"),
        (Frame(), "is a Frame, which has its own rules; use np.array(x)"),
        (Sequence(), "is a Sequence; pass a float, an array or a tensor"),
        (iter([1.0]), "is a list_iterator; pass a float, an array or a tensor"),
        (Fraction(1, 3), "is a Fraction; pass a float, an array or a tensor"),
        (range(3), "is a range; pass a float, an array or a tensor"),
        (np.float64, "is a type; pass a float, an array or a tensor"),
    ],
    ids=lambda p: type(p).__name__,
)
def test_points_that_are_refused(point, text):
    with raises(TypeError, f"argument 0 {text}"):
        grad(np.sum)(point)


@pytest.mark.parametrize("integer", [np.int64, np.int8, np.uint16])
def test_argnums_may_be_numpys_integers(integer):
    f = lambda a, b: np.sum(a * b**2)  # noqa: E731
    assert_array_equal(grad(f, integer(1))(x, x), 2 * x * x)
    assert_array_equal(grad(f, (integer(1),))(x, x)[0], 2 * x * x)
    with raises(TypeError, "argnums is np.True_; give an integer"):
        grad(f, np.True_)(x, x)
    with raises(TypeError, "argnums is array([1]); give an integer"):
        grad(f, np.array([1]))(x, x)


def test_each_argument_keeps_its_precision():
    single = x.astype(np.float32)
    value, (by_a, by_b) = value_and_grad(lambda a, b: np.sum(a * b), (0, 1))(single, x)
    assert (value.dtype, by_a.dtype, by_b.dtype) == (np.float64, np.float32, np.float64)
    assert_array_equal(by_a, x)
    assert jvp(lambda a, b: a * b, (single, x), (x, x))[1].dtype == np.float64


def test_an_array_too_large_is_numpys_own_error():
    n = 10**6
    with raises(MemoryError, "Unable to allocate"):
        hessian(lambda x: np.sum(x * x))(np.ones(n))
    with raises(MemoryError, "Unable to allocate"):
        jacobian(lambda x: 2 * x)(np.ones(n))
    assert grad(lambda x: np.sum(np.broadcast_to(x, (n, 1000))))(1.0) == 1e9


def test_a_function_that_never_ends_recurses_and_leaves_nothing():
    def f(x):
        return f(x * 1.0)

    with pytest.raises(RecursionError):
        grad(f)(2.0)
    assert grad(lambda x: x * x)(3.0) == 6.0
