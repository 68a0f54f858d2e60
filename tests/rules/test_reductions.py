"""Every row that reduces axes, in every form of `axis`, and exactly at its special points."""

import functools
import itertools
import math

import numpy as np
import pytest
import test_elementwise
import torch
from cases import CLAIMS, case, numbers
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import grad, hessian, jacfwd, jacobian, jvp, vjp
from mcalc.rules._elementwise import BINARY


def over(reduce, axis=None, keepdims=False):
    """Return torch's reduction of the last axis as one of the axes `axis`, as NumPy has it."""

    def reduced(x):
        axes = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
        axes = sorted(a % x.ndim for a in axes)
        rest = [a for a in range(x.ndim) if a not in axes]
        n = math.prod(x.shape[a] for a in axes)
        y = reduce(x.permute(*rest, *axes).reshape([x.shape[a] for a in rest] + [n]))
        return y.reshape([1 if a in axes else m for a, m in enumerate(x.shape)]) if keepdims else y

    return reduced


ROWS = {
    np.sum: lambda x: x.sum(-1),
    np.mean: lambda x: x.mean(-1),
    np.prod: lambda x: x.prod(-1),
    np.max: lambda x: x.amax(-1),
    np.amax: lambda x: x.amax(-1),
    np.min: lambda x: x.amin(-1),
    np.amin: lambda x: x.amin(-1),
    np.var: lambda x: x.var(-1, correction=0),
    np.std: lambda x: x.std(-1, correction=0),
    np.ptp: lambda x: x.amax(-1) - x.amin(-1),
}
AXES = [{}, {"axis": 0}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)}, {"axis": (-1, 1)}]
AXES += [{"keepdims": True}, {"axis": 1}, {"axis": (2, 0), "keepdims": True}]


def averaged(x, w, axis=None):
    w = w * torch.ones_like(x)
    return (x * w).sum() / w.sum() if axis is None else (x * w).sum(axis) / w.sum(axis)


x = numbers(2, 3, 2)
CASES = [
    case(row, x, like=over(reduce, **options), **options)
    for row, reduce in ROWS.items()
    for options in AXES
]
CASES += [case(row, numbers(4), like=over(reduce)) for row, reduce in ROWS.items()]
CASES += [
    case(row, x, like=over(lambda x, f=f: getattr(x, f)(-1, correction=1), 1), axis=1, ddof=1)
    for row, f in [(np.var, "var"), (np.std, "std")]
]
CASES += [
    case(np.cumsum, x, like=lambda x: x.flatten().cumsum(0)),
    case(np.cumsum, x, like=lambda x: x.cumsum(0), axis=0),
    case(np.cumsum, x, like=lambda x: x.cumsum(-2), axis=-2),
    case(np.cumprod, x, like=lambda x: x.flatten().cumprod(0)),
    case(np.cumprod, x, like=lambda x: x.cumprod(0), axis=0),
    case(np.cumprod, x, like=lambda x: x.cumprod(-2), axis=-2),
    case(np.average, x, like=torch.mean),
    case(np.average, x, like=lambda x: x.mean(1), axis=1),
    case(
        np.average,
        *(x, numbers(2, 3, 2, low=0.5)),
        call=lambda x, w: np.average(x, weights=w),
        like=averaged,
        id="weights",
    ),
    case(
        np.average,
        *(x, numbers(2, low=0.5)),
        call=lambda x, w: np.average(x, 2, w),
        like=lambda x, w: averaged(x, w, 2),
        id="weights-axis-2",
    ),
    case(
        np.average,
        *(x, numbers(3, low=0.5)),
        call=lambda x, w: np.average(x, 1, w, keepdims=True),
        like=lambda x, w: averaged(x, w[:, None], 1)[:, None],
        id="weights-axis-1",
    ),
    case(
        np.average,
        *(x, numbers(2, 3, 2, low=0.5)),
        call=lambda x, w: np.multiply(*np.average(x, 0, w, returned=True)),
        like=lambda x, w: (x * w).sum(0),
        id="returned",
    ),
    *(
        case(ufunc.reduce, x, like=over(reduce, **{"axis": 0, **options}), id=name, **options)
        for name, ufunc, reduce in (
            ("add", np.add, lambda x: x.sum(-1)),
            ("multiply", np.multiply, lambda x: x.prod(-1)),
            ("maximum", np.maximum, lambda x: x.amax(-1)),
            ("minimum", np.minimum, lambda x: x.amin(-1)),
        )
        for options in ({}, {"axis": None}, {"axis": (0, 2), "keepdims": True})
    ),
    case(np.logaddexp.reduce, x, like=lambda x: x.logsumexp(0), id="logaddexp"),
    case(np.logaddexp.reduce, x, like=lambda x: x.logsumexp(1, True), axis=1, keepdims=True),
    case(np.add.accumulate, x, like=lambda x: x.cumsum(0), id="add"),
    case(np.add.accumulate, x, like=lambda x: x.cumsum(1), axis=1, id="add"),
    case(np.multiply.accumulate, x, like=lambda x: x.cumprod(2), axis=2, id="multiply"),
]


def folded(f, start=0, stop=None):
    return lambda x: functools.reduce(f, x[start:stop])


def running(f):
    return lambda x: torch.stack(list(itertools.accumulate(x, f)))


def folded_at(f):
    return lambda x: torch.stack([folded(f, 0, 2)(x), x[2], folded(f, 1)(x)])


def at_places(ufunc):
    return lambda x: ufunc.reduceat(x, [0, 2, 1])


for ufunc in BINARY:
    f, *ranges = test_elementwise.ROWS[ufunc]
    low, high = max(low for low, _ in ranges), min(high for _, high in ranges)
    y = numbers(3, 2, low=low, high=high)
    name = ufunc.__name__
    CASES += [
        case(ufunc.reduce, y, like=folded(f), id=name),
        case(ufunc.accumulate, y, like=running(f), id=name),
        case(ufunc.reduceat, y, call=at_places(ufunc), like=folded_at(f), id=name),
    ]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_row(case, claim):
    claim(case)


@pytest.mark.parametrize("row", [*ROWS, np.average, np.cumsum], ids=lambda row: row.__name__)
def test_a_number_reduces_to_itself(row):
    slope = 0.0 if row in (np.var, np.std, np.ptp) else 1.0
    lenient = row in (np.sum, np.prod, np.max, np.min)  # NumPy lets these have an axis
    for options in [{}, {"axis": 0}, {"axis": -1}] if lenient else [{}]:
        f = lambda x, options=options: np.sum(row(x, **options))  # noqa: E731
        assert grad(f)(3.0) == grad(f)(0.0) == slope
        assert jvp(f, (3.0,), (1.0,))[1] == slope


@pytest.mark.parametrize("row", [np.sum, np.prod, np.mean, np.var], ids=lambda row: row.__name__)
@pytest.mark.parametrize(
    ("shape", "axis"), [((0,), None), ((2, 0), 1), ((0, 3), (0,)), ((2, 0), (0, 1)), ((2, 0), 0)]
)
@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:Degrees of freedom <= 0")
def test_empty_arrays_have_empty_gradients(row, shape, axis):
    with np.errstate(invalid="ignore", divide="ignore"):
        value, pullback = vjp(lambda x: row(x, axis=axis), np.zeros(shape))
        (g,) = pullback(np.ones(np.shape(value)))
    assert g.shape == shape


@pytest.mark.parametrize("axis", [(), 0])
@pytest.mark.parametrize(
    "row", [np.sum, np.mean, np.prod, np.max, np.var], ids=lambda r: r.__name__
)
def test_reducing_no_entries_away(row, axis):
    """The sum over no axis, or over an axis of length 1, is the array."""
    x = np.array([[0.0, 2.0, 0.0]])
    expected = np.zeros(6) if row is np.var else np.eye(3).ravel()[:6]
    J = jacobian(lambda x: np.ravel(row(x, axis=axis))[:2])(x)
    assert_array_equal(J.ravel(), expected)


@pytest.mark.parametrize("zeros", [(), (1,), (0, 2), (0, 1, 3), (0, 1, 2, 3)], ids=str)
def test_products_with_zeros_are_exact(zeros):
    x = np.array([2.0, -3.0, 0.5, 4.0])
    x[list(zeros)] = 0.0
    without = lambda *left_out: math.prod(np.delete(x, left_out))  # noqa: E731
    first = [without(i) for i in range(4)]
    second = [[0.0 if i == j else without(i, j) for j in range(4)] for i in range(4)]
    third = grad(lambda x: hessian(np.prod)(x)[0, 1])(x)
    assert_array_equal(grad(np.prod)(x), first)
    assert_allclose(hessian(np.prod)(x), second, rtol=1e-15)
    assert_allclose(third, [0.0, 0.0, without(0, 1, 2), without(0, 1, 3)], rtol=1e-15)
    assert_array_equal(grad(np.prod)(x), torch_grad(torch.prod, x))


@pytest.mark.parametrize("axis", [None, 0, 1, -1, (0, 1), (1, 0), (2, 0), (0, 1, 2)], ids=str)
def test_products_with_zeros_along_axes(axis):
    x = numbers(2, 3, 2)
    x[0, 1], x[1, 2, 0], x[1, :, 1] = 0.0, 0.0, 0.0
    weights = numbers(*np.shape(np.prod(x, axis=axis)), seed=1)
    ours = grad(lambda x: np.sum(weights * np.prod(x, axis=axis)))(x)
    product = over(lambda x: x.prod(-1), axis)
    theirs = torch_grad(lambda t: (torch.as_tensor(weights) * product(t)).sum(), x)
    assert_allclose(ours, theirs, rtol=1e-14, atol=0)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_the_others_may_be_in_range_where_the_product_is_not(scale):
    x = np.array([scale, scale, 6 / np.sqrt(scale)])
    with np.errstate(over="ignore"):
        gradient = grad(np.prod)(x)
    assert_allclose(gradient[:2], 6 * np.sqrt(scale), rtol=1e-14)


def test_the_gradient_of_a_long_product_takes_little_memory():
    assert_array_equal(grad(np.prod)(np.full(100_000, 0.5)), 0.0)


def test_running_products_of_zeros_are_exact():
    x = np.array([2.0, 0.0, 3.0, 0.0])
    expected = [[1, 0, 0, 0], [0, 2, 0, 0], [0, 6, 0, 0], [0, 0, 0, 0]]
    assert_array_equal(jacobian(np.cumprod)(x), expected)
    assert_array_equal(jacobian(np.cumprod)(np.zeros(0)), np.zeros((0, 0)))
    assert grad(lambda x: np.cumprod(x)[0])(3.0) == 1.0


def test_the_product_of_one_zero():
    assert grad(np.prod)(0.0) == 1.0
    assert hessian(np.prod)(np.array([0.0])) == 0.0


@pytest.mark.parametrize("row", [np.max, np.min], ids=lambda row: row.__name__)
@pytest.mark.parametrize("axis", [None, 0, 1, (0, 1)], ids=str)
def test_ties_share_as_in_torch(row, axis):
    x = np.array([[1.0, 0.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 0.0, -1.0]])
    reduce = (lambda x: x.amax(-1)) if row is np.max else (lambda x: x.amin(-1))
    theirs = torch_grad(lambda t: over(reduce, axis)(t).sum(), x)
    assert_array_equal(grad(lambda x: np.sum(row(x, axis=axis)))(x), theirs)
    assert not hessian(lambda x: np.sum(row(x, axis=axis)))(x).any()


def test_the_standard_deviation_of_equals_has_no_slope():
    x = np.array([2.0, 2.0])
    assert_array_equal(grad(np.std)(x), [0.0, 0.0])
    assert_array_equal(torch_grad(lambda t: t.std(correction=0), x), [0.0, 0.0])
    for f in (np.std, lambda x: np.std(x) ** 2, lambda x: np.std(x, ddof=1)):
        assert np.isnan(hessian(f)(x)).all()  # it was 0, and of the square it is not
        assert np.isnan(jacfwd(grad(f))(x)).all()
    assert hessian(lambda x: np.std(x))(3.0) == 0.0  # of one number it is always 0


SPECIAL = [[np.nan, 1.0], [1.0, 1.0], [np.inf, 1.0], [-np.inf, np.inf], [0.0, np.inf], [0.0, 0.0]]


@pytest.mark.parametrize("x", SPECIAL, ids=str)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.__name__)
def test_ties_infinities_and_nan_are_as_in_torch(row, x):
    """The first and second derivative; those of a product are exact where torch divides, and
    the deviation of equals has no second one."""
    with np.errstate(invalid="ignore"):
        ours = grad(row)(np.array(x)), hessian(row)(np.array(x))
    f = over(ROWS[row])
    theirs = torch_grad(f, np.array(x)), torch.autograd.functional.hessian(f, torch.tensor(x))
    if row is np.std and x[0] == x[1]:
        theirs = theirs[0], np.full((2, 2), np.nan)
    if row is np.prod:
        theirs = np.array(x[::-1]), 1.0 - np.eye(2)
    for mine, wanted in zip(ours, theirs, strict=True):
        assert_array_equal(mine, wanted)


@pytest.mark.parametrize("name", ["sum", "mean", "prod", "max", "min", "var", "std", "cumsum"])
@pytest.mark.parametrize("axis", [None, 0, -1])
def test_methods_are_the_functions(name, axis):
    x = numbers(2, 3)
    by_method = jacobian(lambda x: getattr(x, name)(axis))(x)
    assert_array_equal(by_method, jacobian(lambda x: getattr(np, name)(x, axis))(x))


def torch_grad(f, x):
    return torch.func.grad(f)(torch.from_numpy(x)).numpy()


def test_pythons_own_sum_and_max_work_on_vectors():
    x = np.array([1.0, 3.0, 2.0])
    assert_array_equal(grad(sum)(x), [1.0, 1.0, 1.0])
    assert_array_equal(grad(max)(x), [0.0, 1.0, 0.0])
    assert_array_equal(grad(lambda x: max(itertools.accumulate(x)))(x), [1.0, 1.0, 1.0])


def test_a_cotangent_keeps_its_digits_through_a_reduction_in_single_precision():
    z, slopes = np.array([[1.0, 2.0], [4.0, 3.0]]), np.array([0.1, 0.3])
    f = lambda z: np.sum(slopes * np.max(z.astype(np.float32), axis=1))  # noqa: E731
    assert_array_equal(grad(f)(z), [[0.0, 0.1], [0.3, 0.0]])
