"""Rows for functions of samples: orders, what leaves NaN out, interpolation, polynomials.

All are composed. Quantiles are those of the sorted entries, and so of equal entries the first
counts; a piecewise linear function has at a knot the slope on its right.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc.backends.dask import chunks_of
from mcalc.rules._broadcasting import kept_shape
from mcalc.rules._building import array
from mcalc.rules._reductions import lined, mean_of, spread_of
from mcalc.rules._rows import composite, constant
from mcalc.rules._shapes import astype, getitem, join
from mcalc.rules._table import require

_BETWEEN: dict[str, Callable[[Any], Any]] = {
    "linear": lambda t: t,
    "lower": lambda t: 0.0 * t,
    "higher": lambda t: 1.0 * (t > 0),
    "midpoint": lambda t: 0.5 * (t > 0),
}


_PLACES: dict[str, tuple[float, float]] = {  # Hyndman and Fan's, between the entries
    "interpolated_inverted_cdf": (0.0, 1.0),
    "hazen": (0.5, 0.5),
    "weibull": (0.0, 0.0),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}


def _quantiles(x: Any, q: Any, axis: Any, method: str, keepdims: bool, skips: bool) -> Any:
    """Return quantiles along `axis`; one that `skips` leaves NaN out, else it is NaN itself."""
    if method not in _BETWEEN and method not in _PLACES:
        raise TypeError(
            f"mcalc has no rule for quantiles by the method {method!r}, which jumps; it knows "
            f"{', '.join([*_BETWEEN, *_PLACES])}"
        )
    q = array(q)
    if chunks_of(q) is None:  # of a Dask array it would have to be computed
        require((q >= 0) & (q <= 1), "quantiles are of numbers between 0 and 1, percentiles to 100")
    x = astype(x, np.result_type(q, x)) if q.ndim else x
    rows = np.sort(lined(x, axis), axis=-1)  # NaN stands last
    count = np.sum(~np.isnan(rows), axis=-1)
    whole = (count > 0) if skips else (count == rows.shape[-1])
    last = np.maximum(count - 1, 0)

    def one(q: Any) -> Any:
        at = q * last
        if method in _PLACES:
            first, end = _PLACES[method]
            at = np.clip(q * count + first + q * (1.0 - first - end) - 1.0, 0.0, last)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, last)
        a, b = (np.take_along_axis(rows, k[..., None], -1)[..., 0] for k in (low, high))
        share = _BETWEEN.get(method, _BETWEEN["linear"])(at - low).astype(rows.dtype)
        value = np.where(whole, a + (b - a) * share, np.nan)
        return np.reshape(value, kept_shape(x, axis)) if keepdims else value

    if not q.ndim:
        return one(q)
    found = np.stack([one(part) for part in np.ravel(q)])
    return np.reshape(found, (*q.shape, *found.shape[1:]))


def _quantile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    return _quantiles(a, q, axis, method, keepdims, skips=False)


def _percentile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    return _quantiles(a, array(q) / 100, axis, method, keepdims, skips=False)


def _nanquantile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    return _quantiles(a, q, axis, method, keepdims, skips=True)


def _nanpercentile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    return _quantiles(a, array(q) / 100, axis, method, keepdims, skips=True)


def _filled(x: Any, value: float) -> Any:
    return np.where(np.isnan(x), value, x)


def _nansum(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.sum(_filled(x, 0.0), axis=axis, keepdims=keepdims)


def _nanprod(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.prod(_filled(x, 1.0), axis=axis, keepdims=keepdims)


def _nanmean(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return mean_of(x, axis, keepdims=keepdims, where=~np.isnan(x))


def _nanmax(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    largest = np.max(_filled(x, -np.inf), axis=axis, keepdims=keepdims)
    return np.where(np.all(np.isnan(x), axis=axis, keepdims=keepdims), np.nan, largest)


def _nanmin(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return -_nanmax(-x, axis, keepdims=keepdims)


def _nanspread(
    root: bool, x: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False
) -> Any:
    there = ~np.isnan(x)
    y = spread_of(root, x, axis, ddof=ddof, keepdims=keepdims, where=there)
    enough = np.sum(there, axis=axis, keepdims=keepdims) > ddof
    return y * np.where(enough, 1.0, np.nan).astype(y.dtype)


def _cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    dtype = np.float64 if dtype is None else dtype

    def rows(x: Any) -> Any:
        x = np.atleast_2d(array(x))
        return astype(x if rowvar or x.shape[0] == 1 else x.T, dtype)

    x = rows(m) if y is None else join(rows(m), rows(y))
    given = [array(w) for w in (fweights, aweights) if w is not None]
    if any(w.shape != x.shape[1:] for w in given):
        raise ValueError(f"np.cov: weights are one for each of {x.shape[1]} observations")
    weights = functools.reduce(operator.mul, given, np.ones(x.shape[1], dtype))
    total = np.sum(weights)
    of_each = array(aweights) if aweights is not None else 1.0
    ddof = (0 if bias else 1) if ddof is None else ddof
    free = total - ddof * np.sum(weights * of_each) / total
    x = x - np.sum(x * weights, axis=1, keepdims=True) / total
    return np.squeeze((x * weights) @ x.T / np.maximum(free, 0.0))


def _corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    c = _cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    root = np.sqrt(np.diagonal(c))
    return c / root[:, None] / root[None, :]


def _trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    y = np.moveaxis(array(y), axis, -1)
    if x is not None:
        x = array(x)
        dx = np.diff(x if x.ndim == 1 else np.moveaxis(x, axis, -1))
    return np.sum(dx * (y[..., 1:] + y[..., :-1]) / 2.0, axis=-1)


def _interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    x, xp, fp = array(x), array(xp), array(fp)
    if period is not None:
        period, left, right = np.abs(period), None, None
        x, xp = x % period, xp % period
        order = np.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = join(xp[-1:] - period, xp, xp[:1] + period)
        fp = join(fp[-1:], fp, fp[:1])
    low = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(0, xp.size - 2))
    high = np.minimum(low + 1, xp.size - 1)
    (left_x, right_x), (left_f, right_f) = (  # the places may be recorded, and the knots not
        [getitem(p, k) for k in (low, high)] for p in (xp, fp)
    )
    run = np.where(high > low, right_x - left_x, 1.0)
    between = left_f + (right_f - left_f) / run * (x - left_x)
    below = np.where(x < xp[0], fp[0] if left is None else left, between)
    y = np.where(x > xp[-1], fp[-1] if right is None else right, below)
    return y if y.dtype == np.float64 else astype(y, np.float64)


def _polyval(p: Any, x: Any) -> Any:
    return functools.reduce(lambda y, c: y * x + c, array(p), np.zeros_like(x))


def _same_length(a: Any, b: Any) -> tuple[Any, Any]:
    """Return two polynomials with zeros in front of the shorter one."""
    a, b = (np.atleast_1d(array(p)) for p in (a, b))
    n = max(a.size, b.size)
    return np.pad(a, (n - a.size, 0)), np.pad(b, (n - b.size, 0))


def _polyder(p: Any, m: int = 1) -> Any:
    if m < 0:
        raise ValueError(f"np.polyder is of an order that is not negative, not {m}; use np.polyint")
    for _ in range(m):
        p = p[:-1] * np.arange(p.size - 1, 0, -1)
    return p


def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    constants = np.broadcast_to(array(0.0 if k is None else k), (m,))
    for c in constants:
        p = join(p / np.arange(p.size, 0, -1), np.reshape(c, (1,)))
    return p


def _cumulative(function: Any, start: float) -> Any:
    """Define NumPy's function of the array API by the older one."""

    def definition(
        x: Any, *, axis: Any = None, dtype: Any = None, include_initial: bool = False
    ) -> Any:
        if axis is None and x.ndim > 1:
            raise ValueError(f"the running values of an array of shape {x.shape} need an axis")
        axis = 0 if axis is None else axis
        y = function(x, axis=axis, dtype=dtype)
        if include_initial:
            shape = [1 if k == axis % x.ndim else n for k, n in enumerate(x.shape)]
            y = join(np.full(shape, start, y.dtype), y, axis=axis)
        return y

    return definition


_DEFINITIONS: dict[Any, Any] = {
    np.quantile: _quantile,
    np.percentile: _percentile,
    np.median: lambda a, axis=None, *, keepdims=False: _quantile(a, 0.5, axis, keepdims=keepdims),
    np.nanquantile: _nanquantile,
    np.nanpercentile: _nanpercentile,
    np.nanmedian: lambda a, axis=None, *, keepdims=False: _nanquantile(
        a, 0.5, axis, keepdims=keepdims
    ),
    np.nansum: _nansum,
    np.nanprod: _nanprod,
    np.nanmean: _nanmean,
    np.nanmax: _nanmax,
    np.nanmin: _nanmin,
    np.nanvar: functools.partial(_nanspread, False),
    np.nanstd: functools.partial(_nanspread, True),
    np.nancumsum: lambda x, axis=None: np.cumsum(_filled(x, 0.0), axis=axis),
    np.nancumprod: lambda x, axis=None: np.cumprod(_filled(x, 1.0), axis=axis),
    np.cov: _cov,
    np.corrcoef: _corrcoef,
    np.trapezoid: _trapezoid,
    np.interp: _interp,
    np.polyval: _polyval,
    np.polyadd: lambda a1, a2: operator.add(*_same_length(a1, a2)),
    np.polysub: lambda a1, a2: operator.sub(*_same_length(a1, a2)),
    np.polymul: lambda a1, a2: np.convolve(array(a1), array(a2)),
    np.polyder: _polyder,
    np.polyint: _polyint,
}
if hasattr(np, "cumulative_sum"):  # since NumPy 2.1
    _DEFINITIONS[np.cumulative_sum] = _cumulative(np.cumsum, 0.0)
    _DEFINITIONS[np.cumulative_prod] = _cumulative(np.cumprod, 1.0)
for function, definition in _DEFINITIONS.items():
    composite(function, definition)

for function in (np.nanargmax, np.nanargmin, np.digitize, np.lexsort, np.argpartition, np.isin):
    constant(function)
