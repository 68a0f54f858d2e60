"""Rows for functions that reduce axes: each is the vector of its partial derivatives.

Where several entries are the maximum (or minimum), they share the derivative equally,
as ``torch.amax`` has it; the standard deviation of equals has slope 0, as in torch, but no
second derivative: it is NaN. The product's partial derivatives are exact whatever entries are 0,
infinite or NaN. With ``where``, ``initial`` and the like, a reduction is composed of others.
"""

from __future__ import annotations

import dataclasses
import functools
import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from mcalc.rules._broadcasting import kept_shape
from mcalc.rules._building import array
from mcalc.rules._elementwise import BINARY, broken
from mcalc.rules._rows import ONE, composite, constant, linear, reduction
from mcalc.rules._shapes import astype, held, join
from mcalc.rules._table import TABLE


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
    free = _count(x, axis) - ddof  # where it is not positive, the variance is infinite or NaN
    return 2 * (x - np.mean(x, axis=axis, keepdims=True)) / (free if free > 0 else math.nan)


def size_of(y: Any) -> Any:
    """Return what a slope is divided by: at a size of 0 it is 0, and NaN at one that overflowed."""
    return np.where(y == 0, np.inf, np.where(np.isinf(y), np.nan, y))


def _deviation_weights(y: Any, x: Any, axis: Any, ddof: float = 0) -> Any:
    slope = _variance_weights(y, x, axis, ddof) / 2 / size_of(y)
    return broken(slope, y) if _count(x, axis) > 1 else slope  # that of one number is always 0


def _average(
    x: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    if weights is None and not returned:
        return np.mean(x, axis=axis, keepdims=keepdims)
    ones = np.ones_like(x)
    weights = ones if weights is None else array(weights)
    if weights.shape != x.shape:  # they stand along the axes
        axes = normalize_axis_tuple(() if axis is None else axis, x.ndim)
        if weights.shape != tuple([x.shape[k] for k in axes]):
            raise ValueError(
                f"np.average: weights of shape {weights.shape} stand neither for the entries of "
                f"an array of shape {x.shape} nor along axis={axis}"
            )
        weights = np.transpose(weights, np.argsort(axes))
        weights = np.reshape(weights, [n if k in axes else 1 for k, n in enumerate(x.shape)])
    total = np.sum(weights * ones, axis=axis, keepdims=keepdims)
    mean = np.sum(x * weights, axis=axis, keepdims=keepdims) / total
    return (mean, total) if returned else mean


def _cumsum_transposed(i: int, g: Any, x: Any, axis: Any = None) -> Any:
    along = 0 if axis is None else axis
    back = np.flip(np.cumsum(np.flip(g, axis=along), axis=along), axis=along)
    return np.reshape(back, x.shape)


def _cumprod(x: Any, axis: Any = None, *, dtype: Any = None) -> Any:
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
    x = _chosen(x, True, 1.0, dtype)
    return np.multiply.accumulate(x, axis)


def _reduced(along: Any) -> Any:
    """Define the reduction by a ufunc, whose axis is the first one if none is said."""
    return lambda x, axis=0, *, keepdims=False, initial=None, where=True: along(
        x, axis=axis, keepdims=keepdims, initial=initial, where=where
    )


def _in_turn(ufunc: Any) -> Any:
    """Define the reduction by a ufunc that has no sum of its own."""

    def definition(x: Any, axis: Any = 0, *, keepdims: bool = False) -> Any:
        ufunc.reduce(np.ones((1,) * x.ndim), axis=axis)  # NumPy says which axes can be
        rows = np.moveaxis(lined(x, axis), -1, 0)
        y = functools.reduce(ufunc, rows) if len(rows) else ufunc.reduce(np.zeros(rows.shape))
        return np.reshape(y, kept_shape(x, axis)) if keepdims else y

    return definition


def _accumulated(ufunc: Any) -> Any:
    def definition(x: Any, axis: int = 0) -> Any:
        if not x.shape[axis]:
            return x
        return np.stack(list(itertools.accumulate(np.moveaxis(x, axis, 0), ufunc)), axis=axis)

    return definition


def _reduced_at(ufunc: Any) -> Any:
    def definition(x: Any, indices: Any, axis: int = 0) -> Any:
        held(f"{ufunc.__name__}.reduceat", indices)
        rows, starts = np.moveaxis(x, axis, 0), [*map(int, indices)]
        ends = [*starts[1:], len(rows)]
        parts = [
            ufunc.reduce(rows[a:b]) if a < b else rows[a] for a, b in zip(starts, ends, strict=True)
        ]
        return np.stack(parts, axis=axis)

    return definition


def _log_sum_exp(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    top = np.max(x, axis=axis, keepdims=True)
    shift = np.where(np.isfinite(top), top, 0.0)  # at infinity there is no difference to take
    total = np.sum(np.exp(x - shift), axis=axis, keepdims=True)
    value = np.log(total) + shift
    return np.reshape(value, kept_shape(x, axis)) if keepdims else np.squeeze(value, axis=axis)


def lined(x: Any, axis: Any) -> Any:
    """Return `x` with the entries that are reduced together along a last axis."""
    axes = normalize_axis_tuple(range(x.ndim) if axis is None else axis, x.ndim)
    rest = [a for a in range(x.ndim) if a not in axes]
    return np.reshape(np.transpose(x, (*rest, *axes)), (*(x.shape[a] for a in rest), -1))


def _chosen(x: Any, where: Any, other: float, dtype: Any) -> Any:
    x = x if dtype is None else astype(x, dtype)
    return x if where is True else np.where(where, x, other)


def _folded(reduce: Any, combine: Any, neutral: float) -> Any:
    """Define a sum or a product of the entries `where`, and of the `initial` number."""

    def definition(
        x: Any,
        axis: Any = None,
        *,
        dtype: Any = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        y = reduce(_chosen(x, where, neutral, dtype), axis=axis, keepdims=keepdims)
        return y if initial is None else combine(y, initial)

    return definition


def _extreme(reduce: Any, least: float) -> Any:
    """Define a maximum or a minimum of the entries `where`, and of the `initial` number."""

    def definition(
        x: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
    ) -> Any:
        if initial is None and where is True:
            return reduce(x, axis=axis, keepdims=keepdims)
        if initial is None:
            raise ValueError(f"np.{reduce.__name__} with where= needs initial=, as of no entries")
        rows = lined(_chosen(x, where, least, None), axis)
        first = np.broadcast_to(array(initial, x.dtype), (*rows.shape[:-1], 1))
        y = reduce(join(rows, first, axis=-1), axis=-1)
        return np.reshape(y, kept_shape(x, axis)) if keepdims else y

    return definition


def _numbers(x: Any, axis: Any, where: Any) -> Any:
    """Return how many entries of `x` are chosen, with the reduced axes kept."""
    return np.sum(np.broadcast_to(where, x.shape), axis=axis, keepdims=True).astype(x.dtype)


def mean_of(
    x: Any, axis: Any = None, *, dtype: Any = None, keepdims: bool = False, where: Any = True
) -> Any:
    """Return the mean of the entries `where`."""
    total = np.sum(_chosen(x, where, 0.0, dtype), axis=axis, keepdims=True)
    mean = total / _numbers(x, axis, where)
    return mean if keepdims else np.squeeze(mean, axis=axis)


def spread_of(
    root: bool,
    x: Any,
    axis: Any = None,
    *,
    dtype: Any = None,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    """Return the variance of the entries `where`, or its `root`, a norm, whose slope at 0 is 0."""
    x = _chosen(x, where, 0.0, dtype)
    mean = mean_of(x, axis, keepdims=True, where=where) if mean is None else mean
    free = _numbers(x, axis, where) - (ddof if correction is None else correction)
    free = np.maximum(free, 0.0)
    apart = _chosen(x - mean, where, 0.0, None)
    if root:
        y = np.linalg.vector_norm(apart, axis=axis, keepdims=True) / np.sqrt(free)
    else:
        y = np.sum(apart * apart, axis=axis, keepdims=True) / free
    return y if keepdims else np.squeeze(y, axis=axis)


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
_ALONG: dict[Any, Any] = {
    np.add: _reduced(np.sum),
    np.multiply: _reduced(np.prod),
    np.maximum: _reduced(np.max),
    np.minimum: _reduced(np.min),
    np.logaddexp: lambda x, axis=0, *, keepdims=False: _log_sum_exp(x, axis, keepdims=keepdims),
}
_RUNNING: dict[Any, Any] = {np.add: lambda x, axis=0: np.cumsum(x, axis)}
for ufunc in BINARY:
    name = ufunc.__name__
    composite(ufunc.reduce, _ALONG.get(ufunc, _in_turn(ufunc)), name=f"{name}.reduce")
    running = _RUNNING.get(ufunc, _accumulated(ufunc))
    composite(ufunc.accumulate, running, name=f"{name}.accumulate")
    composite(ufunc.reduceat, _reduced_at(ufunc), name=f"{name}.reduceat")

_WIDER: dict[Any, Callable[..., Any]] = {
    np.sum: _folded(np.sum, np.add, 0.0),
    np.prod: _folded(np.prod, np.multiply, 1.0),
    np.max: _extreme(np.max, -math.inf),
    np.amax: _extreme(np.max, -math.inf),
    np.min: _extreme(np.min, math.inf),
    np.amin: _extreme(np.min, math.inf),
    np.mean: mean_of,
    np.var: functools.partial(spread_of, False),
    np.std: functools.partial(spread_of, True),
    np.cumsum: lambda x, axis=None, *, dtype=None: np.cumsum(_chosen(x, True, 0.0, dtype), axis),
}
for function, definition in _WIDER.items():
    row = TABLE[function]
    composite(function, definition)
    TABLE[function] = dataclasses.replace(row, wider=TABLE[function])

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
