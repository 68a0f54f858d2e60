"""Rows for functions that move entries about without changing them; all are linear.

Those that choose entries by their places stand in `_entries`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mcalc.backends.dask import chunks_of, is_dask, put, require_whole
from mcalc.rules._broadcasting import unbroadcast
from mcalc.rules._rows import composite, constant, linear
from mcalc.rules._table import primitive


@primitive
def getitem(x: Any, index: Any) -> Any:
    """Return ``x[index]``."""
    return x[index]


_ONCE = int, slice, type(None), type(...)  # the indices that take an entry at most once


@primitive
def scatter(x: Any, index: Any, shape: tuple[int, ...], chunks: Any = None) -> Any:
    """Return zeros of `shape` with `x` added at `index`: the transpose of `getitem`."""
    if is_dask(x):
        return put(x, index, shape, chunks)
    return _scattered(x, index, shape)


def _scattered(x: Any, index: Any, shape: tuple[int, ...]) -> Any:
    out = np.zeros(shape, x.dtype)
    if takes_once(index):
        out[index] = x
    else:
        np.add.at(out, index, x)
    return out


def takes_once(index: Any) -> bool:
    """Tell whether an index takes no entry more than once, by its form."""
    if isinstance(index, slice):
        return True
    parts = index if isinstance(index, tuple) else (index,)
    return all(isinstance(p, _ONCE) or getattr(p, "dtype", None) == np.bool_ for p in parts)


def _getitem_back(i: int, g: Any, x: Any, index: Any) -> Any:
    if type(g) is np.ndarray and type(index) in (slice, int):  # there is nobody else to ask
        return _scattered(g, index, x.shape)
    return scatter(g, index, x.shape, chunks_of(x))


def add_at(total: Any, g: Any, x: Any, index: Any) -> None:
    """Add `g`, the cotangent of ``x[index]``, to that of `x` in place."""
    if takes_once(index):
        total[index] += g
    else:
        np.add.at(total, index, g)


def plus_part(whole: Any, x: Any, index: Any) -> Any:
    """Return `whole` with `x` added at `index`."""
    out = whole.copy()
    add_at(out, x, whole, index)
    return out


@primitive
def join(*arrays: Any, axis: int = 0) -> Any:
    """Return the arrays one after the other along `axis`."""
    return np.concatenate(arrays, axis=axis)


@primitive
def astype(x: Any, dtype: Any) -> Any:
    """Return `x` with another floating-point dtype."""
    return x.astype(dtype)


def _back(i: int, g: Any, x: Any) -> Any:
    return np.reshape(g, x.shape)


def _transpose_back(i: int, g: Any, x: Any, axes: Any = None) -> Any:
    return np.transpose(g, None if axes is None else tuple(np.argsort(np.array(axes) % x.ndim)))


def _join_back(i: int, g: Any, *arrays: Any, axis: int = 0) -> Any:
    start = sum(x.shape[axis] for x in arrays[:i])
    index = [slice(None)] * g.ndim
    index[axis] = slice(start, start + arrays[i].shape[axis])
    return g[tuple(index)]


def _flip_back(i: int, g: Any, x: Any, axis: Any = None) -> Any:
    return np.flip(g, axis=axis)


def _roll_back(i: int, g: Any, x: Any, shift: Any, axis: Any = None) -> Any:
    return np.roll(g, np.negative(shift), axis=axis)


def _reshape(x: Any, shape: Any, order: Any = "C") -> Any:
    if order == "C":
        return np.reshape(x, shape)
    if order != "F":
        raise TypeError(
            f"mcalc takes order='C' or order='F', not {order!r}, which depends on how an array "
            "lies in memory"
        )
    reversed_shape = shape if isinstance(shape, int | np.integer) else tuple(shape)[::-1]
    return np.transpose(np.reshape(np.transpose(x), reversed_shape))


def _ravel(x: Any, order: Any = "C") -> Any:
    return np.ravel(x) if order == "C" else _reshape(x, -1, order)


def _reshape_back(i: int, g: Any, x: Any, shape: Any, order: Any = "C") -> Any:
    return np.reshape(g, x.shape) if order == "C" else _reshape(g, x.shape, order)


def _ravel_back(i: int, g: Any, x: Any, order: Any = "C") -> Any:
    return _reshape_back(i, g, x, None, order)


linear(np.reshape, _reshape_back, formulas=[r"\text{reshape}"], evaluate=_reshape)
linear(np.ravel, _ravel_back, formulas=[r"\text{reshape}"], evaluate=_ravel)
linear(np.squeeze, lambda i, g, x, axis=None: _back(i, g, x), formulas=[r"\text{reshape}"])
linear(np.expand_dims, lambda i, g, x, axis: _back(i, g, x), formulas=[r"\text{reshape}"])
linear(np.transpose, _transpose_back, formulas=[r"\text{transpose}"])
linear(np.broadcast_to, lambda i, g, x, shape: unbroadcast(g, x), formulas=[r"\text{repeat}"])
linear(np.flip, _flip_back, formulas=[r"\text{flip}"])
linear(np.roll, _roll_back, formulas=[r"\text{roll}"])
linear(astype, lambda i, g, x, dtype: astype(g, x.dtype), formulas=["1"])
linear(
    getitem,
    _getitem_back,
    formulas=[r"\text{select}"],
    add=add_at,
)
linear(scatter, lambda i, g, x, index, shape, chunks=None: g[index], formulas=[r"\text{place}"])
linear(join, _join_back, operands=None, keywords=["axis"], formulas=["1"], name="concatenate")


def held(name: str, *places: Any) -> None:
    """Raise a TypeError if `places`, which a function is told, depend on the input."""
    require_whole(name, *places)
    for p in places:
        if hasattr(p, "__array_function__") and not issubclass(type(p), np.ndarray | np.generic):
            raise TypeError(
                f"the places that np.{name} is told must not depend on the input; give constants, "
                "or choose with np.where(mask, x, 0.0)"
            )


def at_least(x: Any, ndim: int) -> Any:
    """Return `x` with axes put in front until it has `ndim`."""
    shape = np.shape(x)
    return np.reshape(x, (1,) * (ndim - len(shape)) + shape)


def _concatenate(
    arrays: Sequence[Any], axis: int | None = 0, *, dtype: Any = None, casting: str = ""
) -> Any:
    joined = join(*map(np.ravel, arrays)) if axis is None else join(*arrays, axis=axis)
    return joined if dtype is None else astype(joined, dtype)


def _stack(arrays: Sequence[Any], axis: int = 0, *, dtype: Any = None, casting: str = "") -> Any:
    return _concatenate([np.expand_dims(a, axis) for a in arrays], axis, dtype=dtype)


def _hstack(arrays: Sequence[Any], *, dtype: Any = None, casting: str = "") -> Any:
    lifted = [at_least(a, 1) for a in arrays]
    return _concatenate(lifted, 0 if lifted[0].ndim == 1 else 1, dtype=dtype)


def _vstack(arrays: Sequence[Any], *, dtype: Any = None, casting: str = "") -> Any:
    return _concatenate([at_least(a, 2) for a in arrays], dtype=dtype)


def _column_stack(arrays: Sequence[Any]) -> Any:
    columns = (np.reshape(a, (-1, 1)) if np.ndim(a) < 2 else a for a in arrays)
    return join(*columns, axis=1)


def each(change: Any) -> Any:
    """Define a change of one array that is done to each of several, which give a tuple."""
    return lambda *x: change(x[0]) if len(x) == 1 else tuple(map(change, x))


def _full_like(x: Any, fill_value: Any, *, dtype: Any = None, shape: Any = None) -> Any:
    filled = np.ones_like(x, shape=shape) * fill_value
    return astype(filled, x.dtype if dtype is None else dtype)


_DEFINITIONS: dict[Any, Any] = {
    np.concatenate: _concatenate,
    np.stack: _stack,
    np.hstack: _hstack,
    np.vstack: _vstack,
    np.column_stack: _column_stack,
    np.copy: lambda a, order="K": astype(a, a.dtype),
    np.atleast_1d: each(lambda x: at_least(x, 1)),
    np.atleast_2d: each(lambda x: at_least(x, 2)),
    np.matrix_transpose: lambda x: np.swapaxes(x, -1, -2),
    np.full_like: _full_like,
}
for function, definition in _DEFINITIONS.items():
    composite(function, definition)

for function in (
    np.shape,
    np.ndim,
    np.size,
    np.zeros_like,
    np.ones_like,
    np.empty_like,
    np.result_type,
    np.common_type,
    np.min_scalar_type,
    np.diag_indices_from,
    np.tril_indices_from,
    np.triu_indices_from,
    np.einsum_path,
    np.array_str,
    np.array_repr,
    np.array2string,
):
    constant(function)
