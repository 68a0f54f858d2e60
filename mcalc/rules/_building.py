"""Rows for functions that build an array out of others, or of nested lists.

What NumPy does to the places of entries, indexing does to the entries: so the forms of an index,
an axis or a block are NumPy's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc.rules._rows import composite, constant
from mcalc.rules._shapes import astype, at_least, each, held, join, scatter


def array(x: Any, dtype: Any = None, *, copy: Any = True, order: Any = "K", ndmin: int = 0) -> Any:
    """Return an array of nested lists among whose entries are traced ones."""
    leaves: list[Any] = []
    shape = _shape_of(x, leaves)
    if all(issubclass(type(leaf), np.ndarray | np.generic) for leaf in leaves):
        return np.array(x, dtype, copy=copy, order=order, ndmin=ndmin)
    built = leaves[0] if leaves[0] is x else np.reshape(join(*map(np.ravel, leaves)), shape)
    built = built if dtype is None else astype(built, dtype)
    return at_least(built, ndmin) if built.ndim < ndmin else built


def _shape_of(x: Any, leaves: list[Any]) -> tuple[int, ...]:
    """Return the shape of nested lists, and put what is in them into `leaves`, in order."""
    if not isinstance(x, list | tuple):
        leaves.append(x if hasattr(x, "__array_function__") else np.asarray(x))
        return np.shape(leaves[-1])
    shapes = {_shape_of(part, leaves) for part in x}
    if len(shapes) > 1:
        raise ValueError(
            f"np.array of nested lists needs parts of one shape, not {sorted(shapes)}; join them "
            "with np.concatenate or np.block"
        )
    return (len(x), *(shapes.pop() if shapes else ()))


def moved(function: Callable[..., Any], *arrays: Any) -> Any:
    """Do to the entries of `arrays`, all together, what `function` does to their places."""
    ends = np.cumsum([0, *map(np.size, arrays)])
    places = [
        np.arange(start, start + np.size(a)).reshape(np.shape(a))
        for start, a in zip(ends[:-1], arrays, strict=True)
    ]
    flat = join(*map(np.ravel, arrays)) if len(arrays) > 1 else np.ravel(arrays[0])
    found = function(*places)
    if isinstance(found, list | tuple):
        return type(found)([flat[p] for p in found])
    return flat[found]


def _block(arrays: Any) -> Any:
    leaves: list[Any] = []

    def places(part: Any, found: Any) -> Any:
        if isinstance(part, list):
            return [places(p, found) for p in part]
        if found is None:
            leaves.append(part if hasattr(part, "__array_function__") else np.asarray(part))
            return None
        return next(found)

    places(arrays, None)
    return moved(lambda *found: np.block(places(arrays, iter(found))), *leaves)


def _insert(x: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    held("insert", obj)
    values = astype(array(values), x.dtype)
    return moved(lambda p, v: np.insert(p, obj, v, axis), x, values)


def _compress(condition: Any, a: Any, axis: Any = None) -> Any:
    held("compress", condition)
    return moved(lambda p: np.compress(condition, p, axis), a)


def _extract(condition: Any, arr: Any) -> Any:
    held("extract", condition)
    return moved(lambda p: np.extract(condition, p), arr)


def _delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    held("delete", obj)
    return moved(lambda p: np.delete(p, obj, axis), arr)


def _choose(a: Any, choices: Any, out: Any = None, mode: str = "raise") -> Any:
    held("choose", a)
    choose: Any = np.choose  # whose type has too few choices
    return moved(lambda *c: choose(a, c, mode=mode), *map(array, choices))


def _ediff1d(x: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    ends = [np.ravel(array([] if e is None else e, x.dtype)) for e in (to_begin, to_end)]
    return join(ends[0], np.diff(np.ravel(x)), ends[1])


def _meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: Any = "xy") -> Any:
    return moved(lambda *p: np.meshgrid(*p, sparse=sparse, indexing=indexing), *map(array, xi))


def _broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    shape = np.broadcast_shapes(*map(np.shape, args))
    return tuple([np.broadcast_to(array(a), shape) for a in args])


def _at_least_3d(x: Any) -> Any:
    x = array(x)
    return x[None, :, None] if x.ndim == 1 else x[..., None] if x.ndim == 2 else at_least(x, 3)


def _full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C") -> Any:
    filled = array(fill_value, dtype)
    if issubclass(type(filled), np.ndarray):
        return np.full(shape, filled, dtype, order)
    return np.broadcast_to(filled, shape)


def _linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    dtype = np.result_type(start, stop, float(num)) if dtype is None else dtype
    start, stop = np.broadcast_arrays(array(start), array(stop))
    step = (stop - start) / max(num - 1 if endpoint else num, 1)
    steps = np.reshape(np.arange(num), (num, *(1,) * start.ndim)).astype(step.dtype)
    points = np.moveaxis(start + steps * step, 0, axis)
    points = astype(points, dtype)
    return (points, step) if retstep else points


def _logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    points = np.power(base, np.linspace(start, stop, num, endpoint, axis=axis))
    return points if dtype is None else astype(points, dtype)


def _vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    if x.ndim != 1:
        raise ValueError(f"np.vander is of a vector, not of an array of shape {x.shape}")
    x = astype(x, np.promote_types(x.dtype, int))
    powers = range(x.shape[0] if N is None else N)
    return np.stack([x**k for k in (powers if increasing else reversed(powers))], axis=-1)


def _piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    masks = np.asarray(condlist, bool)
    masks = masks[None] if masks.shape == x.shape or masks.ndim < x.ndim else masks
    masks = np.broadcast_to(masks, (len(masks), *x.shape)) if not x.ndim else masks
    if masks.shape[1:] != x.shape:
        raise ValueError(f"np.piecewise: masks of shape {masks.shape[1:]} for x of {x.shape}")
    if len(funclist) > len(masks):
        masks = np.concatenate([masks, ~np.any(masks, axis=0)[None]])
    taken, total = np.zeros(x.shape, bool), np.zeros_like(x)
    for mask, f in reversed(list(zip(masks, funclist, strict=True))):  # the last one wins
        mask, taken = mask & ~taken, mask | taken
        value = f(x[mask], *args, **kw) if callable(f) else f
        part = np.broadcast_to(array(value), (int(np.sum(mask)),))
        total = total + scatter(astype(part, x.dtype), mask, x.shape)
    return total


def _apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    rows = np.moveaxis(array(arr), axis, -1)
    found = [array(func1d(rows[k], *args, **kwargs)) for k in np.ndindex(rows.shape[:-1])]
    out = np.reshape(np.stack(found), (*rows.shape[:-1], *found[0].shape))
    last = range(rows.ndim - 1, out.ndim)
    axis = axis % rows.ndim
    return np.moveaxis(out, list(last), list(range(axis, axis + len(last))))


def _apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    for axis in np.atleast_1d(axes):
        reduced = func(a, int(axis))
        a = reduced if np.ndim(reduced) == a.ndim else np.expand_dims(reduced, int(axis))
    return a


def _bincount(x: Any, weights: Any, minlength: int = 0) -> Any:
    x, weights = np.asarray(x), astype(weights, np.float64)
    if x.shape != weights.shape or np.min(x, initial=0) < 0:
        raise ValueError("np.bincount takes places that are not negative, and a weight for each")
    return scatter(weights, x, (max(int(np.max(x, initial=-1)) + 1, minlength),))


def _views(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Any:
    return moved(lambda p: np.lib.stride_tricks.sliding_window_view(p, window_shape, axis), x)


_DEFINITIONS: dict[Any, Any] = {
    np.array: array,
    np.asarray: lambda a, dtype=None, order=None, *, copy=None: array(a, dtype),
    np.asanyarray: lambda a, dtype=None, order=None, *, copy=None: array(a, dtype),
    np.block: _block,
    np.append: lambda arr, values, axis=None: moved(
        lambda p, v: np.append(p, v, axis), array(arr), array(values)
    ),
    np.insert: _insert,
    np.delete: _delete,
    np.resize: lambda a, new_shape: moved(lambda p: np.resize(p, new_shape), a),
    np.compress: _compress,
    np.extract: _extract,
    np.choose: _choose,
    np.ediff1d: _ediff1d,
    np.diagflat: lambda v, k=0: np.diag(np.ravel(v), k),
    np.meshgrid: _meshgrid,
    np.broadcast_arrays: _broadcast_arrays,
    np.atleast_3d: each(_at_least_3d),
    np.dstack: lambda tup: join(*map(_at_least_3d, tup), axis=2),
    np.full: _full,
    np.linspace: _linspace,
    np.logspace: _logspace,
    np.vander: _vander,
    np.piecewise: _piecewise,
    np.apply_along_axis: _apply_along_axis,
    np.apply_over_axes: _apply_over_axes,
    np.bincount: _bincount,
    np.lib.stride_tricks.sliding_window_view: _views,
}
if hasattr(np, "unstack"):  # since NumPy 2.1
    _DEFINITIONS[np.unstack] = lambda x, *, axis=0: tuple(np.moveaxis(x, axis, 0))
if hasattr(np, "astype"):
    _DEFINITIONS[np.astype] = lambda x, dtype, *, copy=True, device=None: x.astype(dtype)
for function, definition in _DEFINITIONS.items():
    composite(function, definition)

# With `like`, they are asked as functions of an array are; their arguments are sizes.
for function in (np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri):
    constant(function)
