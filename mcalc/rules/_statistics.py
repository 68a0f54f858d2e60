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

from mcalc.rules._broadcasting import kept_shape
from mcalc.rules._building import array
from mcalc.rules._rows import composite, constant
from mcalc.rules._shapes import astype, join


def _lined(x: Any, axis: Any) -> Any:
    """Return `x` with the entries that are reduced together along a last axis."""
    given = range(x.ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    axes = [a % x.ndim for a in given]
    rest = [a for a in range(x.ndim) if a not in axes]
    return np.reshape(np.transpose(x, (*rest, *axes)), (*(x.shape[a] for a in rest), -1))


_BETWEEN: dict[str, Callable[[Any], Any]] = {
    "linear": lambda t: t,
    "lower": lambda t: 0.0 * t,
    "higher": lambda t: 1.0 * (t > 0),
    "midpoint": lambda t: 0.5 * (t > 0),
}


def _quantiles(x: Any, q: Any, axis: Any, method: str, keepdims: bool, skips: bool) -> Any:
    """Return quantiles along `axis`; one that `skips` leaves NaN out, else it is NaN itself."""
    if method not in _BETWEEN:
        raise TypeError(
            f"mcalc has no rule for quantiles by the method {method!r}; it knows "
            f"{', '.join(_BETWEEN)}"
        )
    rows = np.sort(_lined(x, axis), axis=-1)  # NaN stands last
    count = np.sum(~np.isnan(rows), axis=-1)
    whole = (count > 0) if skips else (count == rows.shape[-1])
    last = np.maximum(count - 1, 0)

    def one(q: Any) -> Any:
        at = q * last
        low = np.asarray(np.floor(at)).astype(int)
        high = np.minimum(low + 1, last)
        a, b = (np.take_along_axis(rows, k[..., None], -1)[..., 0] for k in (low, high))
        value = np.where(whole, a + (b - a) * _BETWEEN[method](at - low).astype(rows.dtype), np.nan)
        return np.reshape(value, kept_shape(x, axis)) if keepdims else value

    q = array(q)
    if not q.ndim:
        return one(q)
    found = np.stack([one(part) for part in np.ravel(q)])
    found = np.reshape(found, (*q.shape, *found.shape[1:]))
    return astype(found, np.result_type(q, x))


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


def _numbers(x: Any, axis: Any, keepdims: bool) -> Any:
    """Return how many entries are not NaN."""
    return np.sum(~np.isnan(x), axis=axis, keepdims=keepdims).astype(x.dtype)


def _nansum(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.sum(_filled(x, 0.0), axis=axis, keepdims=keepdims)


def _nanprod(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.prod(_filled(x, 1.0), axis=axis, keepdims=keepdims)


def _nanmean(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return _nansum(x, axis, keepdims=keepdims) / _numbers(x, axis, keepdims)


def _nanmax(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    largest = np.max(_filled(x, -np.inf), axis=axis, keepdims=keepdims)
    return np.where(_numbers(x, axis, keepdims) == 0, np.nan, largest)


def _nanmin(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return -_nanmax(-x, axis, keepdims=keepdims)


def _nanvar(x: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    apart = _filled(x - _nanmean(x, axis, keepdims=True), 0.0)
    free = _numbers(x, axis, keepdims) - ddof
    return np.sum(apart * apart, axis=axis, keepdims=keepdims) / np.where(free > 0, free, np.nan)


def _nanstd(x: Any, axis: Any = None, *, ddof: float = 0, keepdims: bool = False) -> Any:
    """Return the deviation by the root of a sum of squares: a norm, whose slope at 0 is 0."""
    apart = _filled(x - _nanmean(x, axis, keepdims=True), 0.0)
    free = _numbers(x, axis, keepdims) - ddof
    root = np.sqrt(np.where(free > 0, free, np.nan))
    return np.linalg.vector_norm(apart, axis=axis, keepdims=keepdims) / root


def _cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None) -> Any:
    def rows(x: Any) -> Any:
        x = np.atleast_2d(array(x))
        x = x if rowvar or x.shape[0] == 1 else x.T
        return x if x.dtype == np.float64 else astype(x, np.float64)

    x = rows(m) if y is None else join(rows(m), rows(y))
    x = x - np.mean(x, axis=1, keepdims=True)
    product = x @ x.T / (x.shape[1] - ((0 if bias else 1) if ddof is None else ddof))
    return np.squeeze(product)


def _corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    c = _cov(x, y, rowvar)
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


def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None) -> Any:
    x, xp, fp = array(x), array(xp), array(fp)
    low = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, max(0, xp.size - 2))
    high = np.minimum(low + 1, xp.size - 1)
    run = np.where(high > low, xp[high] - xp[low], 1.0)
    between = fp[low] + (fp[high] - fp[low]) / run * (x - xp[low])
    below = np.where(x < xp[0], fp[0] if left is None else left, between)
    y = np.where(x > xp[-1], fp[-1] if right is None else right, below)
    return y if y.dtype == np.float64 else astype(y, np.float64)


def _polyval(p: Any, x: Any) -> Any:
    return functools.reduce(lambda y, c: y * x + c, p, np.zeros_like(x))


def _same_length(a: Any, b: Any) -> tuple[Any, Any]:
    """Return two polynomials with zeros in front of the shorter one."""
    a, b = (np.atleast_1d(array(p)) for p in (a, b))
    n = max(a.size, b.size)
    return np.pad(a, (n - a.size, 0)), np.pad(b, (n - b.size, 0))


def _polyder(p: Any, m: int = 1) -> Any:
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

    def definition(x: Any, *, axis: Any = None, include_initial: bool = False) -> Any:
        axis = 0 if axis is None and x.ndim < 2 else axis
        y = function(x, axis=axis)
        if include_initial:
            shape = [1 if k == axis % x.ndim else n for k, n in enumerate(x.shape)]
            y = join(np.full(shape, start, x.dtype), y, axis=axis)
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
    np.nanvar: _nanvar,
    np.nanstd: _nanstd,
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
