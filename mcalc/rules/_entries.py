"""Rows for functions that choose entries of an array by their places, composed of indexing."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from mcalc.rules._building import array
from mcalc.rules._rows import composite
from mcalc.rules._shapes import held, join, scatter


def _take(x: Any, indices: Any, axis: int | None = None, *, mode: Any = "raise") -> Any:
    x, axis = (np.ravel(x), 0) if axis is None else (x, normalize_axis_index(axis, x.ndim))
    dtype = getattr(indices, "dtype", None)
    if mode != "raise" or dtype is None or dtype.kind not in "iu":  # a mask would be an index
        indices = np.take(np.arange(x.shape[axis]), indices, mode=mode)
    return x[(slice(None),) * axis + (indices,)]


def _repeat(x: Any, repeats: Any, axis: int | None = None) -> Any:
    held("repeat", repeats)
    x, axis = (np.ravel(x), 0) if axis is None else (x, axis)
    return _take(x, np.repeat(np.arange(x.shape[axis]), repeats), axis)


def _split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    held("split", indices_or_sections)
    pieces = np.split(np.arange(x.shape[axis]), indices_or_sections)
    return [_take(x, piece, axis) for piece in pieces]


def _diff(x: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    def end(part: Any) -> Any:
        part = array(part)
        if part.ndim:
            return part
        return np.broadcast_to(part, [1 if k == axis else m for k, m in enumerate(x.shape)])

    x = array(x)
    if n < 0:
        raise ValueError(f"np.diff is of an order that is not negative, not {n}")
    axis = normalize_axis_index(axis, x.ndim)
    if prepend is not None or append is not None:
        given = [p if p is x else end(p) for p in (prepend, x, append) if p is not None]
        x = join(*given, axis=axis)
    for _ in range(n):
        front = (slice(None),) * axis
        x = x[(*front, slice(1, None))] - x[(*front, slice(None, -1))]
    return x


def _take_along_axis(x: Any, indices: Any, axis: int | None = -1) -> Any:
    if axis is None:
        return np.ravel(x)[indices]
    grid = list(np.indices(x.shape, sparse=True))
    grid[axis] = indices
    return x[tuple(grid)]


def _sort(x: Any, axis: int | None = -1, kind: Any = None, *, stable: Any = None) -> Any:
    x, axis = (np.ravel(x), -1) if axis is None else (x, axis)
    return _take_along_axis(x, np.argsort(x, axis=axis, kind="stable"), axis)


def _pad(x: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0.0) -> Any:
    if mode not in ("constant", "edge", "reflect", "symmetric", "wrap"):
        raise TypeError(
            f"mcalc has no rule for np.pad in mode {mode!r}; it knows those that repeat; "
            "compute the ends and join them with np.concatenate"
        )
    places = np.arange(x.size).reshape(x.shape)
    if mode != "constant":
        return np.ravel(x)[np.pad(places, pad_width, mode)]
    values = array(constant_values)  # their places stand behind those of the entries
    behind = np.arange(x.size, x.size + values.size).reshape(values.shape)
    flat = join(np.ravel(x), np.ravel(values).astype(x.dtype))
    return flat[np.pad(places, pad_width, constant_values=behind)]


def _diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    moved = np.moveaxis(x, (axis1, axis2), (-2, -1))
    rows, columns = moved.shape[-2:]
    n = max(0, min(rows + min(offset, 0), columns - max(offset, 0)))
    return moved[..., np.arange(n) - min(offset, 0), np.arange(n) + max(offset, 0)]


def _diag(v: Any, k: int = 0) -> Any:
    if v.ndim == 2:
        return _diagonal(v, k)
    if v.ndim != 1:
        raise ValueError(f"np.diag takes a vector or a matrix, not an array of {v.ndim} axes")
    n = v.size + abs(k)
    places = np.arange(v.size)
    return scatter(v, (places - min(k, 0), places + max(k, 0)), (n, n))


def _trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, *, dtype: Any = None) -> Any:
    return np.sum(_diagonal(x, offset, axis1, axis2), axis=-1, dtype=dtype)


def _of_axes(function: Any) -> Any:
    """Define a function that permutes the axes by what it does to axes of distinct lengths."""

    def definition(x: Any, *args: Any) -> Any:
        blank = np.broadcast_to(0.0, range(1, x.ndim + 1))
        return np.transpose(x, [n - 1 for n in function(blank, *args).shape])

    return _like(function, definition)


def _of_places(function: Any) -> Any:
    """Define a function that moves entries, or makes pieces of them, by what it does to places."""

    def definition(x: Any, *args: Any) -> Any:
        held(function.__name__, *args)
        places = function(np.arange(x.size).reshape(x.shape), *args)
        flat = np.ravel(x)
        return [flat[p] for p in places] if isinstance(places, list) else flat[places]

    return _like(function, definition)


def _like(function: Any, definition: Callable[..., Any]) -> Any:
    """Return `definition`, which takes arguments by position, with the signature of `function`."""
    signature = inspect.signature(function)

    def defined(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return definition(*bound.arguments.values())

    defined.__signature__ = signature  # type: ignore[attr-defined]
    return defined


def _below(m: Any, k: int) -> Any:
    """Return the mask of the entries on and below diagonal `k`."""
    return np.tri(m.shape[-min(m.ndim, 2)], m.shape[-1], k, dtype=bool)


def _tril(m: Any, k: int = 0) -> Any:
    return np.where(_below(m, k), m, 0.0)


def _triu(m: Any, k: int = 0) -> Any:
    return np.where(_below(m, k - 1), 0.0, m)


_DEFINITIONS: dict[Any, Any] = {
    np.take: _take,
    np.repeat: _repeat,
    np.split: _split,
    np.diff: _diff,
    np.sort: _sort,
    np.take_along_axis: _take_along_axis,
    np.pad: _pad,
    np.diagonal: _diagonal,
    np.diag: _diag,
    np.trace: _trace,
    np.tril: _tril,
    np.triu: _triu,
    **{f: _of_axes(f) for f in (np.swapaxes, np.moveaxis, np.rollaxis)},
    **{f: _of_places(f) for f in (np.tile, np.rot90, np.flipud, np.fliplr)},
    **{f: _of_places(f) for f in (np.array_split, np.hsplit, np.vsplit, np.dsplit)},
}
for function, definition in _DEFINITIONS.items():
    composite(function, definition)
