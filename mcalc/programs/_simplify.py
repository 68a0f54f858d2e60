"""Rewriting by identities of floating-point arithmetic, as a program is recorded.

Every rewriting gives the same numbers, bit for bit, unless something overflows or underflows on
the way: factors 1 vanish, signs move outward and powers of two together, squares are products,
and what is repeated along axes is repeated as late as can be.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc.programs._variable import Variable
from mcalc.rules import astype
from mcalc.rules._shapes import scatter  # the transpose of getitem, which no one else calls

Record = Callable[..., Any]
_SAME = {np.positive, np.conjugate, np.copy, np.reshape, np.broadcast_to, astype}
_RESHAPES = {np.ravel, np.squeeze, np.expand_dims}
_TRANSPOSES = {np.transpose, np.matrix_transpose, np.swapaxes}
_FOLDS = {np.sum, np.max, np.min, np.prod, np.any, np.all, np.mean, np.var, np.std}


def simplified(
    record: Record, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], at: Any
) -> Any:
    """Return the same in simpler terms; None if it is simple already.

    Args:
        record: makes a variable of a function, its arguments and its keyword arguments.
        function: the function that is asked for.
        args: its arguments, variables and constants.
        kwargs: its keyword arguments.
        at: its value at the point of the trace.
    """
    if function in _SAME and _like(args[0], at):
        return args[0]
    if isinstance(at, tuple | list):
        return None
    if function in _RESHAPES:
        return record(np.reshape, (args[0], np.shape(at)))
    if function is np.reshape and (_is(args[0], np.reshape) or args[1] != np.shape(at)):
        x = args[0].args[0] if _is(args[0], np.reshape) else args[0]
        return record(np.reshape, (x, np.shape(at)))
    if function in _TRANSPOSES and np.ndim(at) == 2 and isinstance(args[0], Variable):
        return _transpose(record, function, *args, **kwargs)
    if function in _FOLDS:
        return _fold(record, function, args, kwargs, at)
    if isinstance(function, np.ufunc) and not kwargs:
        if function.signature is None:
            peeled = tuple(map(_peel, args))
            if any(p is not a for p, a in zip(peeled, args, strict=True)):
                small = record(function, peeled)
                same = np.shape(small) == np.shape(at)
                return small if same else record(np.broadcast_to, (small, np.shape(at)))
        rewrite = _REWRITES.get(function)
        if rewrite is not None and np.asarray(at).dtype.kind == "f":
            return rewrite(record, *args, at)
    return None


def _transpose(record: Record, function: Any, x: Any, *axes: Any, **named: Any) -> Any:
    """Write every transposition of a matrix as ``x.T``, and two of them as none."""
    axes = tuple(named.values()) or axes
    order = axes if function is np.swapaxes else axes[0] if axes else None
    if order is not None and order[0] % 2 == (function is np.swapaxes) * (order[1] % 2):
        return x
    if _is(x, np.transpose):
        return x.args[0]
    return record(np.transpose, (x,)) if axes or function is not np.transpose else None


def _is(x: Any, function: Any) -> bool:
    return isinstance(x, Variable) and x.function is function and not x.kwargs


def _like(x: Any, at: Any) -> bool:
    """Tell whether `x` is a variable of the type, the dtype and the shape of `at`."""
    if not isinstance(x, Variable) or type(x.at) is not type(at):
        return False
    return bool(np.shape(x.at) == np.shape(at) and x.dtype == np.asarray(at).dtype)


def _peel(x: Any) -> Any:
    """Return what NumPy would repeat to `x` by itself."""
    uniform = getattr(x, "uniform", None)
    if uniform is not None:
        return uniform
    while isinstance(x, Variable) and x.function in (np.broadcast_to, np.reshape) and not x.kwargs:
        inner = x.args[0]
        shape = np.shape(getattr(inner, "at", inner))
        extra = x.ndim - len(shape)
        repeated = x.function is np.broadcast_to or x.shape == (1,) * extra + shape
        if not isinstance(inner, Variable) or not repeated:
            break
        x = inner
    return x


def _fold(record: Record, function: Any, args: Any, kwargs: Any, at: Any) -> Any:
    """Leave out the keyword arguments that say nothing; write a mean as a sum, as NumPy does."""
    said = {
        k: v
        for k, v in kwargs.items()
        if not (k == "axis" and v is None) and not (k == "keepdims" and v is False)
    }
    x, value = args[0], np.asarray(at)
    exact = isinstance(x, Variable) and value.dtype.char in "fd" and x.dtype == value.dtype
    if function is np.mean and exact and x.size and said.keys() <= {"axis", "keepdims"}:
        return record(np.divide, (record(np.sum, args, said), x.size // max(1, value.size)))
    if function is np.sum and _is(x, np.negative) and value.dtype.kind == "f":
        return record(np.negative, (record(np.sum, (x.args[0], *args[1:]), said),))
    axis = said.get("axis")
    axes = axis if isinstance(axis, tuple) else (axis,)
    if isinstance(x, Variable) and axis is not None and len(axes) == x.ndim:
        del said["axis"]
    elif isinstance(axis, tuple) and len(axis) == 1:
        said["axis"] = axis[0]
    return record(function, args, said) if said != kwargs else None


def _number(x: Any, *values: float) -> bool:
    return isinstance(x, float | int | np.floating) and (not values or float(x) in values)


def _is_power_of_two(x: Any) -> bool:
    return math.isfinite(x) and abs(math.frexp(x)[0]) == 0.5


def _scaled(x: Any) -> Any:
    """Return c and v if `x` is the product of a number c and a variable v."""
    if not _is(x, np.multiply):
        return None
    a, b = x.args
    return (a, b) if _number(a) else (b, a) if _number(b) else None


def _times(record: Record, a: Any, b: Any, at: Any) -> Any:
    if _number(a):
        a, b = b, a
    if _number(b, 1.0) and _like(a, at):
        return a
    if _number(b, -1.0) and _like(a, at):
        return record(np.negative, (a,))
    signs = _is(a, np.negative) + _is(b, np.negative)
    if signs:
        product = record(
            np.multiply, tuple(x.args[0] if _is(x, np.negative) else x for x in (a, b))
        )
        return product if signs == 2 else record(np.negative, (product,))
    for x, y in ((a, b), (b, a)):
        inner = _scaled(x)
        if inner is None or not _like(inner[1], x.at) or x.dtype != np.asarray(at).dtype:
            continue
        factor, v = inner
        if _number(y) and (_is_power_of_two(factor) or _is_power_of_two(y)):
            whole = type(factor) is int and type(y) is int
            product = factor * y if whole else float(factor) * float(y)
            return record(np.multiply, (product, v))
        # A number times a number before it is spread over an array.
        if isinstance(y, Variable) and not y.ndim and v.ndim and _is_power_of_two(factor):
            return record(np.multiply, (record(np.multiply, (factor, y)), v))
    return None


def _over(record: Record, a: Any, b: Any, at: Any) -> Any:
    if _number(b, 1.0) and _like(a, at):
        return a
    if _is(a, np.negative):
        return record(np.negative, (record(np.divide, (a.args[0], b)),))
    if _is(b, np.negative):
        return record(np.negative, (record(np.divide, (a, b.args[0])),))
    return None


def _plus(record: Record, a: Any, b: Any, at: Any) -> Any:
    if _is(b, np.negative):
        return record(np.subtract, (a, b.args[0]))
    if _is(a, np.negative):
        return record(np.subtract, (b, a.args[0]))
    both = _is(a, scatter) and _is(b, scatter) and all(_takes_once(v.args[1]) for v in (a, b))
    if both and a.args[1:] == b.args[1:]:
        return record(scatter, (record(np.add, (a.args[0], b.args[0])), *a.args[1:]))
    return None


def _takes_once(index: Any) -> bool:
    parts = index if isinstance(index, tuple) else (index,)
    return all(isinstance(p, int | slice | type(None) | type(...)) for p in parts)


def _minus(record: Record, a: Any, b: Any, at: Any) -> Any:
    return record(np.add, (a, b.args[0])) if _is(b, np.negative) else None


def _power(record: Record, x: Any, p: Any, at: Any) -> Any:
    if _number(p, 1.0) and _like(x, at):
        return x
    if _number(p, 2.0) and _like(x, at):
        return record(np.multiply, (x, x))
    return None


def _matmul(record: Record, a: Any, b: Any, at: Any) -> Any:
    """Take a sign or a power of two out of a product of matrices, where that is less work."""
    for i, x in enumerate((a, b)):
        if not isinstance(x, Variable) or np.size(at) >= x.size or x.dtype != np.asarray(at).dtype:
            continue
        inner = _scaled(x)
        if _is(x, np.negative):
            product = record(np.matmul, (x.args[0], b) if i == 0 else (a, x.args[0]))
            return record(np.negative, (product,))
        if inner and _like(inner[1], x.at) and _is_power_of_two(inner[0]):
            product = record(np.matmul, (inner[1], b) if i == 0 else (a, inner[1]))
            return record(np.multiply, (inner[0], product))
    return None


_REWRITES: dict[Any, Callable[..., Any]] = {
    np.multiply: _times,
    np.divide: _over,
    np.add: _plus,
    np.subtract: _minus,
    np.power: _power,
    np.matmul: _matmul,
    np.square: lambda record, x, at: record(np.multiply, (x, x)) if _like(x, at) else None,
    np.negative: lambda record, x, at: x.args[0] if _is(x, np.negative) else None,
}
