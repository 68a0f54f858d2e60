"""Rows for functions that reduce axes: each is the vector of its partial derivatives.

Where several entries are the maximum (or minimum), they share the derivative equally,
as ``torch.amax`` has it; the standard deviation of equals has slope 0, as in torch, but no
second derivative: it is NaN. The product's partial derivatives are exact whatever entries are 0,
infinite or NaN.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from mcalc.rules._broadcasting import kept_shape
from mcalc.rules._building import array
from mcalc.rules._elementwise import broken
from mcalc.rules._rows import ONE, composite, constant, linear, reduction


def _count(x: Any, axis: Any) -> int:
    """Return how many entries of `x` make one reduced value."""
    return x.size // max(1, math.prod(kept_shape(x, axis))) if x.size else 0


def _products_of_the_others(y: Any, x: Any, axis: Any) -> Any:
    """Return, for each entry, the product of the other entries; exact at zeros, too."""
    if not x.ndim:
        return np.ones_like(x)
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    last = tuple(range(x.ndim - len(axes), x.ndim))
    lined = np.moveaxis(x, axes, last)
    rows = np.reshape(lined, (*lined.shape[: x.ndim - len(axes)], _count(x, axis)))
    return np.moveaxis(np.reshape(_others(rows), lined.shape), last, axes)


def _others(x: Any) -> Any:
    """Return the products of the others along the last axis; without y / x, which fails at 0."""
    n = x.shape[-1]
    if n < 2:
        return np.ones_like(x)
    left, right = x[..., 0::2], x[..., 1::2]
    if n % 2:
        right = np.concatenate([right, np.ones_like(x[..., :1])], axis=-1)
    outside = _others(left * right)
    pairs = np.stack([outside * right, outside * left], axis=-1)
    return np.reshape(pairs, (*x.shape[:-1], n + n % 2))[..., :n]


def _ties(y: Any, x: Any, axis: Any) -> Any:
    tied = (x == y).astype(x.dtype)
    return tied / np.sum(tied, axis=axis, keepdims=True)


def _variance_weights(y: Any, x: Any, axis: Any, ddof: float = 0) -> Any:
    return 2 * (x - np.mean(x, axis=axis, keepdims=True)) / (_count(x, axis) - ddof)


def _deviation_weights(y: Any, x: Any, axis: Any, ddof: float = 0) -> Any:
    slope = _variance_weights(y, x, axis, ddof) / 2 / np.where(y == 0, np.inf, y)
    return broken(slope, y) if _count(x, axis) > 1 else slope  # that of one number is always 0


def _average(
    x: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    if weights is None and not returned:
        return np.mean(x, axis=axis, keepdims=keepdims)
    ones = np.ones_like(x)
    weights = ones if weights is None else array(weights)
    if weights.shape != x.shape and weights.ndim == 1 and axis is not None:  # along the axis
        weights = np.reshape(weights, [-1 if k == axis % x.ndim else 1 for k in range(x.ndim)])
    total = np.sum(weights * ones, axis=axis, keepdims=keepdims)
    mean = np.sum(x * weights, axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


def _cumsum_transposed(i: int, g: Any, x: Any, axis: Any = None) -> Any:
    along = 0 if axis is None else axis
    back = np.flip(np.cumsum(np.flip(g, axis=along), axis=along), axis=along)
    return np.reshape(back, x.shape)


def _cumprod(x: Any, axis: Any = None) -> Any:
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
    if not x.size:
        return x
    return np.stack(list(itertools.accumulate(np.moveaxis(x, axis, 0), np.multiply)), axis=axis)


def _reduced(along: Any) -> Any:
    """Define the reduction by a ufunc, whose axis is the first one if none is said."""
    return lambda x, axis=0, *, keepdims=False: along(x, axis=axis, keepdims=keepdims)


def _log_sum_exp(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    top = np.max(x, axis=axis, keepdims=True)
    shift = np.where(np.isfinite(top), top, 0.0)  # at infinity there is no difference to take
    total = np.sum(np.exp(x - shift), axis=axis, keepdims=True)
    value = np.log(total) + shift
    return np.reshape(value, kept_shape(x, axis)) if keepdims else np.squeeze(value, axis=axis)


def _ptp(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.max(x, axis=axis, keepdims=keepdims) - np.min(x, axis=axis, keepdims=keepdims)


reduction(np.sum, lambda f, x, axis: ONE, reads="", formulas=["1"])
reduction(np.mean, lambda f, x, axis: 1 / max(1, _count(x, axis)), reads="", formulas=["1/n"])
reduction(np.prod, _products_of_the_others, reads="x", formulas=[r"\prod_{j\ne i}x_j"])
for largest in (np.max, np.amax):
    reduction(largest, _ties, formulas=[r"[x_i=f]"])
for smallest in (np.min, np.amin):
    reduction(smallest, _ties, formulas=[r"[x_i=f]"])
reduction(np.var, _variance_weights, reads="x", formulas=[r"\frac{2}{n}(x_i-\mu)"])
reduction(np.std, _deviation_weights, formulas=[r"\frac{x_i-\mu}{n\,f}"])
linear(np.cumsum, _cumsum_transposed, formulas=[r"[i\le k]"])
composite(np.cumprod, _cumprod)
composite(np.average, _average)
composite(np.ptp, _ptp)
for ufunc, along in (
    (np.add, np.sum),
    (np.multiply, np.prod),
    (np.maximum, np.max),
    (np.minimum, np.min),
):
    composite(ufunc.reduce, _reduced(along), name=f"{ufunc.__name__}.reduce")
composite(np.logaddexp.reduce, _reduced(_log_sum_exp), name="logaddexp.reduce")
composite(np.add.accumulate, lambda x, axis=0: np.cumsum(x, axis), name="add.accumulate")
composite(np.multiply.accumulate, lambda x, axis=0: np.cumprod(x, axis), name="multiply.accumulate")

for function in (
    np.argmax,
    np.argmin,
    np.argsort,
    np.any,
    np.all,
    np.count_nonzero,
    np.nonzero,
    np.flatnonzero,
    np.argwhere,
    np.searchsorted,
):
    constant(function)
