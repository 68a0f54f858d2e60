"""Rewriting by identities of floating-point arithmetic, as a program is recorded.

Every rewriting gives the same numbers, bit for bit, unless something overflows or underflows on
the way: factors 1 vanish, signs move outward and powers of two together, squares are products,
and what is repeated along axes is repeated as late as can be.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc.programs._variable import Abstract, Variable
from mcalc.rules import astype
from mcalc.rules._shapes import scatter

Record = Callable[..., Any]
_SAME = {np.positive, np.conjugate, np.copy, np.reshape, np.broadcast_to, astype}
_RESHAPES = {np.reshape, np.ravel, np.squeeze, np.expand_dims}
_TRANSPOSES = {np.transpose, np.matrix_transpose, np.swapaxes}
_FOLDS = {np.sum, np.max, np.min, np.prod, np.any, np.all, np.mean, np.var, np.std}


def simplified(
    record: Record, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], y: Abstract
) -> Any:
    """Return the same in simpler terms; None if it is simple already.

    Args:
        record: makes a variable of a function, its arguments and its keyword arguments.
        function: the function that is asked for.
        args: its arguments, variables and constants.
        kwargs: its keyword arguments.
        y: its abstract value.
    """
    if function in _SAME and _like(args[0], y):
        return args[0]
    ordered = any(isinstance(x, str) and x != "C" for x in (*args[1:], *kwargs.values()))
    if function in _RESHAPES and not ordered:
        x = args[0].args[0] if _is(args[0], np.reshape) else args[0]
        said = function is np.reshape and x is args[0] and args[1:] == (y.shape,)
        return None if said else record(np.reshape, (x, y.shape))
    if function in _TRANSPOSES and len(y.shape) == 2 and isinstance(args[0], Variable):
        return _transpose(record, function, *args, **kwargs)
    if function in _FOLDS:
        return _fold(record, function, args, kwargs, y)
    if isinstance(function, np.ufunc) and not kwargs:
        if function.signature is None:
            peeled = tuple([_peel(x) for x in args])
            if any(map(operator.is_not, peeled, args)):
                return record(np.broadcast_to, (record(function, peeled), y.shape))
        if function in _REWRITES and y.dtype.kind == "f":
            return _REWRITES[function](record, *args, y)
    return None


def _transpose(record: Record, function: Any, x: Any, *axes: Any, **kwargs: Any) -> Any:
    """Write every transposition of a matrix as ``x.T``, and two of them as none."""
    if function(np.empty((1, 2)), *axes, **kwargs).shape == (1, 2):
        return x  # it changes nothing, as of axes 0 and 1 in this order
    if _is(x, np.transpose):
        return x.args[0]
    plain = function is np.transpose and not axes and not kwargs
    return None if plain else record(np.transpose, (x,))


def _is(x: Any, function: Any) -> bool:
    """Tell whether `x` is made by this function, without further options."""
    options = function is np.reshape and len(getattr(x, "args", ())) > 2
    return isinstance(x, Variable) and x.function is function and not x.kwargs and not options


def _is_negative(x: Any) -> bool:
    """Tell whether `x` has a sign that may be moved; an integer's may change what it is."""
    return _is(x, np.negative) and x.dtype.kind == "f"


def _like(x: Any, y: Abstract) -> bool:
    """Tell whether `x` is a variable of this abstract value."""
    return isinstance(x, Variable) and bool(x.abstract == y)


def _peel(x: Any) -> Any:
    """Return what NumPy would repeat to `x` by itself."""
    uniform = getattr(x, "uniform", None)
    if uniform is not None:
        return uniform
    while _is(x, np.broadcast_to) or _is(x, np.reshape):
        inner = x.args[0]
        leading = x.shape[: x.ndim - len(inner.shape)]
        adds_axes = x.shape == leading + inner.shape
        if not isinstance(inner, Variable) or not (_is(x, np.broadcast_to) or adds_axes):
            break
        x = inner
    return x


def _fold(record: Record, function: Any, args: Any, kwargs: Any, y: Abstract) -> Any:
    """Leave out the keyword arguments that say nothing; write a mean as a sum, as NumPy does."""
    said = {k: v for k, v in kwargs.items() if (k, v) not in (("axis", None), ("keepdims", False))}
    x, plain = args[0], said.keys() <= {"axis", "keepdims"}
    exact = isinstance(x, Variable) and y.dtype.char in "fd" and x.dtype == y.dtype
    if function is np.mean and exact and x.size and plain:
        count = x.size // max(1, math.prod(y.shape))
        return record(np.divide, (record(np.sum, args, said), count))
    if function is np.sum and plain and _is_negative(x):
        return _outward(record, np.sum, *args, **said)
    return record(function, args, said) if said != kwargs else None


def _number(x: Any, *values: float) -> bool:
    return isinstance(x, float | int | np.floating) and (not values or float(x) in values)


def _is_power_of_two(x: Any) -> bool:
    return math.isfinite(x) and abs(math.frexp(x)[0]) == 0.5


def _scaled(x: Any) -> Any:
    """Return c and v if `x` is the product of a number c and a variable v, and is like v."""
    if not _is(x, np.multiply):
        return None
    c, v = x.args if _number(x.args[0]) else x.args[::-1]
    return (c, v) if _number(c) and _like(v, x.abstract) else None


def _outward(record: Record, function: Any, *args: Any, **kwargs: Any) -> Any:
    """Take the signs out of a product, a ratio or a sum; None if there is none."""
    signed = [_is_negative(x) for x in args]
    if not any(signed):
        return None
    bare = [x.args[0] if sign else x for x, sign in zip(args, signed, strict=True)]
    inner = record(function, tuple(bare), kwargs)
    return inner if all(signed[:2]) and len(args) > 1 else record(np.negative, (inner,))


def _times(record: Record, a: Any, b: Any, y: Abstract) -> Any:
    if _number(a):
        a, b = b, a
    if _number(b, 1.0) and _like(a, y):
        return a
    if _number(b, -1.0) and _like(a, y):
        return record(np.negative, (a,))
    for x, z in ((a, b), (b, a)):
        factor, v = _scaled(x) or (None, None)
        if v is None or x.dtype != y.dtype:
            continue
        if _number(z) and (_is_power_of_two(factor) or _is_power_of_two(z)):
            return record(np.multiply, (factor * z, v))
        # A number times a number before it is spread over an array.
        if isinstance(z, Variable) and not z.ndim and v.ndim and _is_power_of_two(factor):
            return record(np.multiply, (record(np.multiply, (factor, z)), v))
    return _outward(record, np.multiply, a, b)


def _over(record: Record, a: Any, b: Any, y: Abstract) -> Any:
    return a if _number(b, 1.0) and _like(a, y) else _outward(record, np.divide, a, b)


def _plus(record: Record, a: Any, b: Any, y: Abstract) -> Any:
    if _is(a, scatter) and not _is(b, scatter):
        return record(np.add, (b, a))  # so that it is added to a part of the other
    if _is_negative(b):
        return record(np.subtract, (a, b.args[0]))
    return record(np.subtract, (b, a.args[0])) if _is_negative(a) else None


def _square(record: Record, x: Any, y: Abstract) -> Any:
    return record(np.multiply, (x, x)) if _like(x, y) else None


_REWRITES: dict[Any, Callable[..., Any]] = {
    np.multiply: _times,
    np.divide: _over,
    np.add: _plus,
    np.power: lambda record, x, p, y: _square(record, x, y) if _number(p, 2.0) else None,
    np.square: _square,
    np.negative: lambda record, x, y: x.args[0] if _is_negative(x) else None,
}
