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

from mcalc.programs._variable import Abstract, Variable, is_elementwise
from mcalc.rules import astype
from mcalc.rules._shapes import plus_part, scatter

Record = Callable[..., Any]
_SAME = {np.positive, np.conjugate, np.copy, np.reshape, np.broadcast_to, astype}
_TRANSPOSES = {np.transpose, np.matrix_transpose, np.swapaxes}


def simplified(record: Record, function: Any, args: Any, kwargs: Any, y: Abstract) -> Any:
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
    if function in _TRANSPOSES and len(y.shape) == 2:
        if function(np.empty((1, 2)), *args[1:], **kwargs).shape == (1, 2):
            return args[0]  # of axes 0 and 1 in this order
        if _is(args[0], np.transpose):
            return args[0].args[0]
        plain = function is np.transpose and not (kwargs or args[1:])
        return None if plain else record(np.transpose, args[:1])
    if is_elementwise(function) and not kwargs:
        peeled = tuple([_peel(x) for x in args])
        if any(map(operator.is_not, peeled, args)):
            return record(np.broadcast_to, (record(function, peeled), y.shape))
        if function in _REWRITES and y.dtype.kind == "f":
            return _REWRITES[function](record, *args, y)
    return None


def _is(x: Any, function: Any) -> bool:
    """Tell whether `x` is made by this function, without further options."""
    return isinstance(x, Variable) and x.function is function and not x.kwargs


def is_negative(x: Any) -> bool:
    """Tell whether `x` has a sign that may be moved; an integer's may change what it is."""
    return _is(x, np.negative) and x.dtype.kind == "f"


def _like(x: Any, y: Abstract) -> bool:
    """Tell whether `x` is a variable of this abstract value."""
    return isinstance(x, Variable) and bool(x.abstract == y)


def is_number(x: Any, *values: float) -> bool:
    """Tell whether `x` is a number, and one of those if any are given."""
    return isinstance(x, float | int | np.floating) and (not values or float(x) in values)


def uniform(x: Any) -> Any:
    """Return the number that all entries of an array are, if there is one, or what is given."""
    same = isinstance(x, np.ndarray) and x.size and x.tobytes() == x.flat[0].tobytes() * x.size
    return x.flat[0] if same else x


def _peel(x: Any) -> Any:
    """Return what NumPy would repeat to `x` by itself."""
    while _is(x, np.broadcast_to) or (
        _is(x, np.reshape) and x.shape == (1,) * (x.ndim - x.args[0].ndim) + x.args[0].shape
    ):
        x = x.args[0]
    return uniform(x)


def _outward(record: Record, function: Any, a: Any, b: Any) -> Any:
    """Take the signs out of a product or a ratio; None if there is none."""
    bare = tuple([x.args[0] if is_negative(x) else x for x in (a, b)])
    signs = sum(map(operator.is_not, bare, (a, b)))
    product = record(function, bare) if signs else None
    return record(np.negative, (product,)) if signs == 1 else product


def _times(record: Record, a: Any, b: Any, y: Abstract) -> Any:
    if is_number(a):
        a, b = b, a
    if _like(a, y) and is_number(b, 1.0, -1.0):
        return a if b == 1 else record(np.negative, (a,))
    if _like(a, y) and is_number(b) and _is(a, np.multiply):
        c, v = a.args if is_number(a.args[0]) else a.args[::-1]
        if is_number(c) and _like(v, y) and 0.5 in [abs(math.frexp(x)[0]) for x in (b, c)]:
            return record(np.multiply, (c * b, v))
    return _outward(record, np.multiply, a, b)


def _over(record: Record, a: Any, b: Any, y: Abstract) -> Any:
    return a if is_number(b, 1.0) and _like(a, y) else _outward(record, np.divide, a, b)


def _plus(record: Record, a: Any, b: Any, y: Abstract) -> Any:
    for whole, part in ((a, b), (b, a)):
        if _is(part, scatter) and _like(part, y) and _like(whole, y):
            return record(plus_part, (whole, *part.args[:2]))
    for x, signed in ((a, b), (b, a)):
        if is_negative(signed):
            return record(np.subtract, (x, signed.args[0]))
    return None


def _square(record: Record, x: Any, y: Abstract) -> Any:
    return record(np.multiply, (x, x)) if _like(x, y) else None


_REWRITES: dict[Any, Callable[..., Any]] = {
    np.multiply: _times,
    np.divide: _over,
    np.add: _plus,
    np.power: lambda record, x, p, y: _square(record, x, y) if is_number(p, 2.0) else None,
    np.square: _square,
    np.negative: lambda record, x, y: x.args[0] if is_negative(x) else None,
}
