"""Every row of samples: orders, what leaves NaN out, interpolation, polynomials."""

import numpy as np
import pytest
import torch
from cases import CLAIMS, case, numbers
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import grad, hessian, jacobian, value_and_grad, vjp

x, box, v, w = numbers(2, 5), numbers(2, 3, 4), numbers(5, seed=1), numbers(4, seed=2)
HOLE = np.arange(24).reshape(box.shape) % 7 == 3
KNOTS, AT = np.array([-1.5, -0.5, 0.25, 1.0, 1.75]), np.array([[-2.0, -1.1], [0.4, 1.9]])
DEEP = numbers(5, seed=7) * 0.1


def holed(x):
    """Return the array with entries that are not numbers."""
    if isinstance(x, torch.Tensor):
        return torch.where(torch.from_numpy(HOLE), torch.nan, x)
    return np.where(HOLE, np.float32(np.nan), x)


def of_holed(row, like, **options):
    return case(
        row,
        box,
        call=lambda x: row(holed(x), **options),
        like=lambda x: like(holed(x)),
        id=str(options),
    )


def lined(f, *axes, keepdims=False):
    """Return a function of the last axis as one of several, as NumPy has it."""

    def reduced(x):
        rest = [k for k in range(x.ndim) if k not in axes]
        y = f(x.permute(*rest, *axes).reshape(*(x.shape[k] for k in rest), -1))
        return y.reshape([1 if k in axes else n for k, n in enumerate(x.shape)]) if keepdims else y

    return reduced


def filled(f, value):
    return lambda x: f(torch.where(torch.isnan(x), value, x))


def masked_var(x, ddof=0):
    kept = (~torch.isnan(x)).sum(-1, keepdim=True)
    apart = torch.nan_to_num(x - torch.nansum(x, -1, keepdim=True) / kept)
    return (apart**2).sum(-1) / (kept[..., 0] - ddof)


def middle(x):
    """Return the median as NumPy has it, of the last axis."""
    return torch.quantile(x, 0.5, -1)


def piecewise(x, xp, fp, left=None, right=None):
    k = torch.clamp(torch.searchsorted(xp.detach(), x.detach()) - 1, 0, len(xp) - 2)
    y = fp[k] + (fp[k + 1] - fp[k]) / (xp[k + 1] - xp[k]) * (x - xp[k])
    y = torch.where(x < xp[0], fp[0] if left is None else left, y)
    return torch.where(x > xp[-1], fp[-1] if right is None else right, y)


def joined(f):
    return lambda *arrays: f(torch.stack(arrays))


P = torch.tensor([0.1, 0.75], dtype=torch.float64)
CASES = [
    case(np.median, v, like=middle),
    case(np.median, w, like=middle),
    case(np.median, box, like=lined(middle, 1), axis=1),
    case(np.median, box, like=lined(middle, 0, 2, keepdims=True), axis=(0, -1), keepdims=True),
    case(np.quantile, x, like=lambda x: torch.quantile(x.ravel(), 0.3), q=0.3),
    case(np.quantile, x, like=lambda x: torch.quantile(x, P, 1), q=[0.1, 0.75], axis=1),
    case(np.quantile, v, numbers(low=0.1, high=0.9), like=lambda x, q: _by_order(x, q)),
    *(
        case(
            np.quantile,
            v,
            like=lambda x, m=method: torch.quantile(x, 0.3, interpolation=m),
            q=0.3,
            method=method,
        )
        for method in ("lower", "higher", "midpoint")
    ),
    case(np.percentile, x, like=lambda x: torch.quantile(x, 0.9, 0), q=90, axis=0),
    of_holed(np.nanmedian, lambda x: torch.nanquantile(x, 0.5)),
    of_holed(np.nanmedian, lambda x: torch.nanquantile(x, 0.5, 1, True), axis=1, keepdims=True),
    of_holed(np.nanquantile, lambda x: torch.nanquantile(x, 0.3, 2), q=0.3, axis=2),
    of_holed(np.nanpercentile, lambda x: torch.nanquantile(x, 0.3, 0), q=30, axis=0),
    *(
        of_holed(row, f, **options)
        for options, axis in (({}, None), ({"axis": 1}, 1))
        for row, f in (
            (np.nansum, lambda x, k=axis: torch.nansum(x, k)),
            (np.nanmean, lambda x, k=axis: torch.nanmean(x, k)),
        )
    ),
    of_holed(np.nansum, lambda x: torch.nansum(x, (0, 2), True), axis=(0, -1), keepdims=True),
    of_holed(np.nanmean, lambda x: torch.nanmean(x, (0, 2), True), axis=(0, -1), keepdims=True),
    of_holed(np.nanprod, filled(lambda x: x.prod(2), 1.0), axis=2),
    of_holed(np.nanmax, filled(lambda x: x.amax(1), -torch.inf), axis=1),
    of_holed(np.nanmin, filled(lambda x: x.amin((0, 2)), torch.inf), axis=(0, 2)),
    of_holed(np.nanvar, lined(masked_var, 1), axis=1),
    of_holed(np.nanvar, lined(lambda x: masked_var(x, 1), 0, 1), axis=(0, 1), ddof=1),
    of_holed(np.nanstd, lambda x: masked_var(x.ravel()).sqrt()),
    of_holed(np.nanstd, lined(lambda x: masked_var(x, 1).sqrt(), 1, keepdims=True),
             axis=1, keepdims=True, ddof=1),
    of_holed(np.nancumsum, filled(lambda x: x.cumsum(1), 0.0), axis=1),
    of_holed(np.nancumprod, filled(lambda x: x.ravel().cumprod(0), 1.0)),
    case(np.cov, x, like=torch.cov),
    case(np.cov, v, like=torch.cov),
    case(np.cov, x, like=lambda x: torch.cov(x.T, correction=0), rowvar=False, bias=True),
    case(np.cov, v, v[::-1].copy(), like=joined(torch.cov), call=lambda v, w: np.cov(v, w)),
    case(np.cov, x, like=lambda x: torch.cov(x, correction=2), ddof=2),
    case(np.corrcoef, x, like=torch.corrcoef),
    case(np.corrcoef, v, v[::-1].copy(), like=joined(torch.corrcoef)),
    case(np.trapezoid, box, like=lambda x: torch.trapezoid(x, dx=0.5, dim=1), dx=0.5, axis=1),
    case(np.trapezoid, v, numbers(5, seed=5), like=torch.trapezoid),
    case(np.trapezoid, x, x + 1.0, like=torch.trapezoid),
    case(np.interp, AT, KNOTS, v, like=piecewise),
    case(
        np.interp,
        AT,
        v,
        call=lambda x, y: np.interp(x, KNOTS, y, left=0.5, right=-1.0),
        like=lambda x, y: piecewise(x, torch.from_numpy(KNOTS), y, 0.5, -1.0),
        id="ends",
    ),
    case(np.polyval, w, x, like=lambda p, x: ((p[0] * x + p[1]) * x + p[2]) * x + p[3]),
    case(np.polyadd, v, w, like=lambda a, b: a + torch.nn.functional.pad(b, (1, 0))),
    case(np.polysub, w, v, like=lambda a, b: torch.nn.functional.pad(a, (1, 0)) - b),
    case(np.polymul, w, v, like=lambda a, b: _product(a, b)),
    case(np.polyder, v, like=lambda p: torch.stack([12 * p[0], 6 * p[1], 2 * p[2]]), m=2),
    case(
        np.polyint,
        w,
        call=lambda p: np.polyint(p, 1, p[0]),
        like=lambda p: torch.cat([p / torch.arange(4, 0, -1), p[:1]]),
    ),
]  # fmt: skip
if hasattr(np, "cumulative_sum"):
    CASES += [
        case(np.cumulative_sum, v, like=lambda x: x.cumsum(0)),
        case(
            np.cumulative_sum,
            box,
            like=lambda x: torch.cat([0 * x[:, :1], x.cumsum(1)], 1),
            axis=1,
            include_initial=True,
        ),
        case(np.cumulative_prod, box, like=lambda x: x.cumprod(2), axis=-1),
    ]


def _by_order(x, q):
    s, at = torch.sort(x)[0], q * (len(x) - 1)
    k = int(at.detach())
    return s[k] + (s[k + 1] - s[k]) * (at - k)


def _product(a, b):
    rows = [torch.nn.functional.pad(a[i] * b, (i, len(a) - 1 - i)) for i in range(len(a))]
    return torch.stack(rows).sum(0)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_row(case, claim):
    claim(case)


def test_quantiles_of_nan_are_nan_but_for_those_that_leave_it_out():
    x = np.array([[3.0, np.nan, 1.0], [2.0, 0.0, 4.0]])
    for f in (np.median, lambda x, k: np.quantile(x, 0.2, axis=k)):
        value = jacobian(lambda x, f=f: f(x, 1))(x)
        assert_array_equal(vjp(lambda x, f=f: f(x, 1), x)[0], f(x, 1))
        assert_array_equal(np.isnan(f(x, 1)), [True, False])
        assert_array_equal(value[1, 0], [0.0, 0.0, 0.0])
    with pytest.warns(RuntimeWarning, match="All-NaN"):
        assert np.isnan(np.nanmax(np.array([np.nan])))
    f = lambda x: np.nanmax(x, axis=0)  # noqa: E731
    assert_array_equal(jacobian(f)(x)[1, 1], [0.0, 1.0, 0.0])


def test_the_deviation_of_equals_has_no_slope_with_holes_either():
    x = np.array([2.0, np.nan, 2.0])
    assert_array_equal(grad(np.nanstd)(x), [0.0, 0.0, 0.0])
    assert np.isnan(hessian(np.nanstd)(x)).any()


def test_an_interpolation_has_at_a_knot_the_slope_on_its_right():
    knots, heights = np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, 3.0])
    slopes = [grad(lambda x: np.interp(x, knots, heights))(at) for at in (-1.0, 0.0, 1.0, 3.0, 4.0)]
    assert_allclose(slopes, [0.0, 2.0, 0.5, 0.5, 0.0])
    assert grad(lambda x: np.interp(x, [1.0], [5.0]))(1.0) == 0.0


@pytest.mark.parametrize("method", ["nearest", "inverted_cdf"])
def test_other_methods_of_quantiles_are_refused(method):
    with pytest.raises(TypeError, match=f"quantiles by the method '{method}', .* it knows linear"):
        grad(lambda x: np.quantile(x, 0.3, method=method))(v)


@pytest.mark.parametrize("method", ["linear", "lower", "higher", "midpoint"])
def test_a_quantile_that_is_an_entry_is_that_entry(method):
    at = np.array([4.0, 1.0, 7.0])
    f = lambda x: np.quantile(x, 0.5, method=method)  # noqa: E731
    value, gradient = value_and_grad(f)(at)
    assert value == 4.0
    assert_array_equal(gradient, [1.0, 0.0, 0.0])


def test_what_does_not_vary_has_no_correlation():
    with np.errstate(invalid="ignore"):
        for x in (np.ones(3), np.array([[1.0, 1.0, 1.0], [1.0, 2.0, 4.0]])):
            assert_array_equal(vjp(np.corrcoef, x)[0], np.corrcoef(x))
