"""Rows for functions that work entry by entry: the textbook's table of derivatives.

Conventions at the special points, which are torch's: the derivative of ``abs`` at 0 is 0;
``maximum`` and ``minimum`` of equals give each argument half, and both the whole where one is
NaN; ``clip`` passes the derivative on at its bounds; ``sqrt`` has slope infinity at 0; ``x**0``
has slope 0, at 0 and NaN too, and ``0**y`` has slope 0 in y for y >= 0.

Where a derivative does not exist, mcalc answers NaN, to be seen, and torch a number: ``arctan2``
at the origin, ``abs`` of NaN, ``arccosh`` below 1. So it does for the second derivative of ``abs``
at 0, where the slope jumps, and for that of ``x**y`` by y and x at x = 0 and y from 0 to 1. Those
of ``maximum`` and its kin at a tie are 0, the mean of both sides: log-sum-exp, shifted by the
largest, needs it.
The derivative of ``x**p`` by x and then p does not depend on that order; torch's does at p = 0.

A slope is written so that its own slope is accurate, too: ``logaddexp`` by the logistic function,
and not by a difference that cancels. That of ``tanh`` is 1 - tanh², as everywhere, which needs
the value alone: for large arguments it is accurate to the rounding of 1, not of itself.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mcalc.rules._broadcasting import unbroadcast
from mcalc.rules._over import Over
from mcalc.rules._rows import ONE, composite, constant, elementwise, linear
from mcalc.rules._table import TABLE, primitive

LN2 = math.log(2.0)
LN10 = math.log(10.0)


_PYTHON_NUMBERS = (float, int)  # a union made in the call would take longer than the derivative


def _power_by_base(y: Any, x: Any, p: Any) -> Any:
    if issubclass(type(p), _PYTHON_NUMBERS):
        return p * x if p == 2 else p * x ** (p - 1) if p else np.zeros_like(x)
    flat = ~((x < 0) | (x > 0)) & (p == 0)
    jumps = (x == 0) & (p >= 0) & (p <= 1)  # from 0 to 1 to infinity, as p moves
    p = broken(np.broadcast_to(p, y.shape), np.where(jumps, 0.0, 1.0))
    return np.where(flat, 0.0, p * np.where(flat, 1.0, x) ** np.where(flat, 1.0, p - 1.0))


def _power_by_exponent(y: Any, x: Any, p: Any) -> Any:
    x = (
        np.asarray(x, y.dtype) if issubclass(type(x), float | int) else x
    )  # a log would widen float32
    flat = (x == 0) & (p >= 0)
    slope = np.where(flat, 0.0, y * np.log(np.where(flat, 1.0, x)))
    return broken(slope, np.where(flat & (p <= 1), x, 1.0))  # by x, it is infinite there


@primitive
def broken(slope: Any, x: Any) -> Any:
    """Return `slope`, which has no derivative where `x` is 0, nor by `x` there: it is NaN."""
    return slope if hasattr(slope, "dtype") else np.float64(slope)


@primitive
def expit(x: Any) -> Any:
    """Return the logistic function 1 / (1 + e^-x)."""
    with np.errstate(over="ignore"):  # to infinity, and then the value is 0
        return 1 / (1 + np.exp(-x))


@primitive
def one_minus_square(x: Any) -> Any:
    """Return 1 - x², accurate near 1, and so is its slope near 0."""
    return (1 - x) * (1 + x)


def _share(lost: Any, tied: Any, y: Any) -> Any:
    """Return 0 where an argument lost, ½ where both tied, else 1, in the dtype of `y`."""
    return (1.0 - lost - 0.5 * tied).astype(y.dtype)


@primitive
def clamp(x: Any, low: Any, high: Any) -> Any:
    """Return `x` cut to [low, high]; None is no bound."""
    return np.clip(x, low, high)


def _inside(y: Any, x: Any, low: Any, high: Any) -> Any:
    above = np.True_ if low is None else x >= low
    return (above & (np.True_ if high is None else x <= high)).astype(y.dtype)


elementwise(
    broken,
    lambda f, slope, x: np.where(x == 0, np.nan, 1.0).astype(f.dtype),
    lambda f, slope, x: np.where(x == 0, np.nan, 0.0).astype(f.dtype),
    reads="x",
    formulas=["1", "0"],
)
elementwise(np.add, ONE, ONE, formulas=["1", "1"])
elementwise(np.subtract, ONE, -1.0, formulas=["1", "-1"])
elementwise(
    np.multiply, lambda f, x, y: y, lambda f, x, y: x, reads=("y", "x"), formulas=["y", "x"]
)
elementwise(
    np.divide,
    Over(lambda f, x, y: y),
    Over(lambda f, x, y: y, lambda f, x, y: -f),
    reads=("y", "f y"),
    formulas=["1/y", "-x/y^2"],
)
for power in (np.power, np.float_power):
    elementwise(
        power,
        _power_by_base,
        _power_by_exponent,
        reads=("x p", "y x p"),
        formulas=["y\\,x^{y-1}", "x^y\\log x"],
    )
elementwise(
    np.remainder,
    ONE,
    lambda f, x, y: -np.floor_divide(x, y),  # x / y may round up to the next integer
    reads=("", "x y"),
    formulas=["1", r"-\operatorname{floor}(x/y)"],
)
elementwise(
    np.fmod,
    ONE,
    lambda f, x, y: -np.rint((x - f) / y),  # x / y may round up to the next integer
    formulas=["1", r"-\operatorname{trunc}(x/y)"],
)
elementwise(np.negative, -1.0, formulas=["-1"])
elementwise(np.positive, ONE, formulas=["1"])
elementwise(np.conjugate, ONE, formulas=["1"])
elementwise(np.reciprocal, lambda f, x: -f * f, reads="f", formulas=["-1/x^2"])
elementwise(np.square, lambda f, x: 2 * x, reads="x", formulas=["2x"])
elementwise(np.sqrt, lambda f, x: 0.5 / f, reads="f", formulas=[r"1/(2\sqrt x)"])
elementwise(np.cbrt, lambda f, x: 1 / (3 * f * f), reads="f", formulas=["1/(3f^2)"])
for absolute in (np.absolute, np.fabs):
    elementwise(
        absolute, lambda f, x: broken(np.sign(x), x), reads="x", formulas=[r"\operatorname{sign}x"]
    )
elementwise(
    np.copysign,
    lambda f, x, y: broken(np.sign(f) * np.sign(x), x),
    0.0,
    reads=("f x", ""),
    formulas=[r"\operatorname{sign}(x)\operatorname{sign}(f)", "0"],
)

elementwise(np.exp, lambda f, x: f, reads="f", formulas=["e^x"])
elementwise(np.exp2, lambda f, x: f * LN2, reads="f", formulas=[r"2^x\log 2"])
# Of e^x - 1 near -1, adding 1 leaves no digit of e^x.
elementwise(np.expm1, lambda f, x: np.exp(x), reads="x", formulas=["e^x"])
elementwise(np.log, Over(lambda f, x: x), reads="x", formulas=["1/x"])
elementwise(np.log2, Over(lambda f, x: x * LN2), reads="x", formulas=[r"1/(x\log 2)"])
elementwise(np.log10, Over(lambda f, x: x * LN10), reads="x", formulas=[r"1/(x\log 10)"])
elementwise(np.log1p, Over(lambda f, x: 1 + x), reads="x", formulas=["1/(1+x)"])
elementwise(expit, lambda f, x: f * expit(-x), formulas=["f(x)\\,f(-x)"])
elementwise(
    np.logaddexp,
    lambda f, x, y: expit(x - y),
    lambda f, x, y: expit(y - x),
    reads="x y",
    formulas=["1/(1+e^{y-x})", "1/(1+e^{x-y})"],
)
elementwise(
    np.logaddexp2,
    lambda f, x, y: expit(LN2 * (x - y)),
    lambda f, x, y: expit(LN2 * (y - x)),
    reads="x y",
    formulas=["1/(1+2^{y-x})", "1/(1+2^{x-y})"],
)

elementwise(np.sin, lambda f, x: np.cos(x), reads="x", formulas=[r"\cos x"])
elementwise(np.cos, lambda f, x: -np.sin(x), reads="x", formulas=[r"-\sin x"])
elementwise(np.tan, lambda f, x: 1 + f * f, reads="f", formulas=[r"1+\tan^2x"])
elementwise(one_minus_square, lambda f, x: -2 * x, reads="x", formulas=["-2x"])
elementwise(
    np.arcsin,
    lambda f, x: 1 / np.sqrt(one_minus_square(x)),
    reads="x",
    formulas=[r"1/\sqrt{1-x^2}"],
)
elementwise(
    np.arccos,
    lambda f, x: -1 / np.sqrt(one_minus_square(x)),
    reads="x",
    formulas=[r"-1/\sqrt{1-x^2}"],
)
elementwise(np.arctan, lambda f, x: 1 / (1 + x * x), reads="x", formulas=["1/(1+x^2)"])
elementwise(
    np.arctan2,
    lambda f, y, x: x / np.hypot(x, y) / np.hypot(x, y),  # squares would overflow earlier
    lambda f, y, x: -y / np.hypot(x, y) / np.hypot(x, y),
    reads="y x",
    formulas=["y/(x^2+y^2)", "-x/(x^2+y^2)"],
)
elementwise(
    np.hypot,
    lambda f, x, y: x / f,
    lambda f, x, y: y / f,
    reads=("f x", "f y"),
    formulas=["x/f", "y/f"],
)
for radians in (np.deg2rad, np.radians):
    elementwise(radians, math.pi / 180, formulas=[r"\pi/180"])
for degrees in (np.rad2deg, np.degrees):
    elementwise(degrees, 180 / math.pi, formulas=[r"180/\pi"])

elementwise(np.sinh, lambda f, x: np.cosh(x), reads="x", formulas=[r"\cosh x"])
elementwise(np.cosh, lambda f, x: np.sinh(x), reads="x", formulas=[r"\sinh x"])
elementwise(np.tanh, lambda f, x: 1 - f * f, reads="f", formulas=[r"1-\tanh^2x"])
elementwise(np.arcsinh, lambda f, x: 1 / np.hypot(x, 1.0), reads="x", formulas=[r"1/\sqrt{x^2+1}"])
elementwise(
    np.arccosh,
    lambda f, x: 1 / (np.sqrt(x - 1) * np.sqrt(x + 1)),
    reads="x",
    formulas=[r"1/\sqrt{x^2-1}"],
)
elementwise(np.arctanh, lambda f, x: 1 / one_minus_square(x), reads="x", formulas=["1/(1-x^2)"])

elementwise(
    np.maximum,
    lambda f, x, y: _share(x < y, x == y, f),
    lambda f, x, y: _share(y < x, x == y, f),
    reads="x y",
    formulas=["[x>y]", "[y>x]"],
)
elementwise(
    np.minimum,
    lambda f, x, y: _share(x > y, x == y, f),
    lambda f, x, y: _share(y > x, x == y, f),
    reads="x y",
    formulas=["[x<y]", "[y<x]"],
)
elementwise(
    clamp,
    _inside,
    lambda f, x, low, high: ((x < low) & (f == low)).astype(f.dtype),
    lambda f, x, low, high: ((x > high) & (f == high)).astype(f.dtype),
    reads=("x low high", "f x low", "f x high"),
    formulas=[r"[a\le x\le b]", "[x<a]", "[x>b]"],
    name="clip",
)


def _clip(x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None) -> Any:
    return clamp(x, min if a_min is None else a_min, max if a_max is None else a_max)


composite(np.clip, _clip)


def _outer(ufunc: Any) -> Any:
    """Define a ufunc of each entry of one array with each of another."""
    return lambda a, b: ufunc(np.reshape(a, np.shape(a) + (1,) * np.ndim(b)), b)


def _nan_to_num(
    x: Any, *, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    if not copy:
        raise TypeError("np.nan_to_num writes into its argument with copy=False; leave it out")
    top = np.finfo(x.dtype).max
    x = np.where(np.isnan(x), nan, x)
    x = np.where(x == np.inf, top if posinf is None else posinf, x)
    return np.where(x == -np.inf, -top if neginf is None else neginf, x)


def _select(condlist: Any, choicelist: Any, default: Any = 0.0) -> Any:
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        default = np.where(condition, choice, default)
    return default


def _not_nan(choose: Any) -> Any:
    """Define a choice between two numbers that takes the other where one is NaN."""
    return lambda x, y: choose(np.where(np.isnan(x), y, x), np.where(np.isnan(y), x, y))


composite(np.nan_to_num, _nan_to_num)
composite(np.select, _select)
composite(np.fmax, _not_nan(np.maximum))
composite(np.fmin, _not_nan(np.minimum))
composite(np.modf, lambda x: (np.fmod(x, 1.0), np.trunc(x)))
composite(np.divmod, lambda x, y: (np.floor_divide(x, y), np.remainder(x, y)))
composite(np.ldexp, lambda x, n: x * np.ldexp(np.ones((), x.dtype), n))
composite(np.isrealobj, lambda x: True)
composite(np.iscomplexobj, lambda x: False)
composite(np.real, lambda val: val)
composite(np.imag, lambda val: np.zeros_like(val))
composite(np.real_if_close, lambda a, tol=100: a)


def _where_transposed(i: int, g: Any, condition: Any, x: Any, y: Any) -> Any:
    kept = np.where(condition, g, 0.0) if i == 1 else np.where(condition, 0.0, g)
    return unbroadcast(kept, (x, y)[i - 1])


linear(np.where, _where_transposed, operands=(1, 2), formulas=["c", "1-c"])

for function in (
    np.greater,
    np.greater_equal,
    np.less,
    np.less_equal,
    np.equal,
    np.not_equal,
    np.logical_and,
    np.logical_or,
    np.logical_not,
    np.logical_xor,
    np.isnan,
    np.isinf,
    np.isfinite,
    np.signbit,
    np.sign,
    np.floor,
    np.ceil,
    np.rint,
    np.trunc,
    np.floor_divide,
    np.fix,
    np.heaviside,
    np.round,
    np.around,
    np.isclose,
    np.allclose,
    np.array_equal,
    np.array_equiv,
    np.isposinf,
    np.isneginf,
    np.isreal,
    np.iscomplex,
    np.angle,
    np.spacing,
):
    constant(function)

_UFUNCS = [
    f for f in TABLE if isinstance(f, np.ufunc) and (f.nin, f.nout, f.signature) == (2, 1, None)
]
BINARY = [f for f in _UFUNCS if TABLE[f].kind != "constant" and f is not np.ldexp]
for ufunc in BINARY:
    composite(ufunc.outer, _outer(ufunc), name=f"{ufunc.__name__}.outer")
for ufunc in [f for f in _UFUNCS if TABLE[f].kind == "constant"]:
    constant(ufunc.outer, name=f"{ufunc.__name__}.outer")
for ufunc in (np.logical_and, np.logical_or, np.logical_xor):
    constant(ufunc.reduce, name=f"{ufunc.__name__}.reduce")
