"""Rows for the ufuncs of ``scipy.special``, added when somebody who has it uses one of them.

SciPy is never imported here. Its functions in Python, such as ``logsumexp``, make arrays of their
arguments, and nobody is asked; a sum of exponentials is ``np.logaddexp.reduce(x, axis=None)``.
By the order of a Bessel function, and by the shapes of an incomplete gamma or beta function,
there is no derivative.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from mcalc.rules._elementwise import LN10, broken
from mcalc.rules._over import Over
from mcalc.rules._rows import constant, elementwise, general
from mcalc.rules._table import TABLE, Rule, primitive

_ROOT_PI = math.sqrt(math.pi)
_ROOT_TWO_PI = math.sqrt(2 * math.pi)
_filled: set[ModuleType] = set()


def late_row(function: Callable[..., Any]) -> Rule | None:
    """Return the row of a function of SciPy; None if it has none, or SciPy is not loaded."""
    special = sys.modules.get("scipy.special")
    if special is not None and special not in _filled:
        _filled.add(special)
        _fill(special)
    return TABLE.get(function)


@primitive
def polygamma(n: int, x: Any) -> Any:
    """Return the n-th derivative of the digamma function."""
    return sys.modules["scipy.special"].polygamma(n, x).astype(x.dtype)


def _quotient(x: Any, y: Any, at: Any) -> Any:
    """Return x / y, and 0 where both are: x log y and its kin are 0 there for every y."""
    none = (x == 0) & (at == 0)
    return np.where(none, 0.0, x / np.where(none, 1.0, y))


def _tail(t: Any) -> Any:
    """Return t + 3 t² + 15 t³ + …, the series of Gauss's tail, with t = ∓1/(2x²)."""
    y = 135135.0
    for c in (10395.0, 945.0, 105.0, 15.0, 3.0, 1.0, 0.0):
        y = y * t + c
    return y


def _large(is_large: Any, x: Any, tail: Any, slope: Any) -> Any:
    """Return the slope, whose terms cancel where x is large, and there its series."""
    return np.where(is_large, tail(0.5 / np.where(is_large, x, 30.0) ** 2), slope)


def _fill(s: Any) -> None:
    """Add the rows of the module `s`, which is ``scipy.special``."""
    _errors_and_entropies(s)
    _gammas(s)
    _bessel(s)


def _errors_and_entropies(s: Any) -> None:
    def _log_ndtr_slope(f: Any, x: Any) -> Any:
        low = x < -5  # there x²/2 and f cancel
        z, f = np.where(low, x, -5.0), np.where(low, 0.0, f)
        above = np.where(low, 0.0, x)
        slope = math.sqrt(2 / math.pi) / s.erfcx(-z / math.sqrt(2))
        return np.where(low, slope, np.exp(-above * above / 2 - f) / _ROOT_TWO_PI)

    elementwise(s.expit, lambda f, x: f * s.expit(-x))
    elementwise(s.log_expit, lambda f, x: s.expit(-x), reads="x")
    elementwise(s.logit, lambda f, x: 1 / (x * (1 - x)), reads="x")
    elementwise(s.erf, lambda f, x: 2 / _ROOT_PI * np.exp(-x * x), reads="x")
    elementwise(s.erfc, lambda f, x: -2 / _ROOT_PI * np.exp(-x * x), reads="x")
    elementwise(
        s.erfcx,
        lambda f, x: _large(
            x > 20, x, lambda t: 2 / _ROOT_PI * _tail(-t), 2 * x * f - 2 / _ROOT_PI
        ),
    )
    elementwise(s.erfi, lambda f, x: 2 / _ROOT_PI * np.exp(x * x), reads="x")
    elementwise(s.erfinv, lambda f, x: _ROOT_PI / 2 * np.exp(f * f), reads="f")
    elementwise(s.erfcinv, lambda f, x: -_ROOT_PI / 2 * np.exp(f * f), reads="f")
    elementwise(s.dawsn, lambda f, x: _large(np.abs(x) > 20, x, lambda t: -_tail(t), 1 - 2 * x * f))
    elementwise(s.ndtr, lambda f, x: np.exp(-x * x / 2) / _ROOT_TWO_PI, reads="x")
    elementwise(s.ndtri, lambda f, x: _ROOT_TWO_PI * np.exp(f * f / 2), reads="f")
    elementwise(s.log_ndtr, _log_ndtr_slope)
    elementwise(
        s.xlogy, lambda f, x, y: np.log(y), lambda f, x, y: _quotient(x, y, y), reads=("y", "x y")
    )
    elementwise(
        s.xlog1py,
        lambda f, x, y: np.log1p(y),
        lambda f, x, y: _quotient(x, 1 + y, 1 + y),
        reads=("y", "x y"),
    )
    elementwise(s.entr, lambda f, x: -np.log(x) - 1, reads="x")
    elementwise(s.rel_entr, lambda f, x, y: np.log(x / y) + 1, lambda f, x, y: -x / y, reads="x y")
    elementwise(s.kl_div, lambda f, x, y: np.log(x / y), lambda f, x, y: 1 - x / y, reads="x y")
    elementwise(s.exp1, lambda f, x: -np.exp(-x) / x, reads="x")
    elementwise(s.expi, lambda f, x: np.exp(x) / x, reads="x")
    elementwise(s.expm1, lambda f, x: np.exp(x), reads="x")
    elementwise(s.log1p, Over(lambda f, x: 1 + x), reads="x")
    elementwise(s.cosm1, lambda f, x: -np.sin(x), reads="x")
    elementwise(s.exp2, lambda f, x: math.log(2) * f, reads="f")
    elementwise(s.exp10, lambda f, x: LN10 * f, reads="f")
    elementwise(s.cbrt, lambda f, x: 1 / (3 * f * f), reads="f")


def _gammas(s: Any) -> None:
    elementwise(s.gammaln, lambda f, x: s.psi(x), reads="x")
    elementwise(s.loggamma, lambda f, x: s.psi(x), reads="x")
    elementwise(s.gamma, lambda f, x: f * s.psi(x))
    elementwise(s.rgamma, lambda f, x: -f * s.psi(x))
    elementwise(s.psi, lambda f, x: polygamma(1, x), reads="x")
    general(
        polygamma,
        lambda i, g, y, n, x: g * polygamma(n + 1, x),
        lambda t, y, n, x: t[1] * polygamma(n + 1, x),
        reads="n x",
        operands=(1,),
    )
    elementwise(
        s.beta,
        lambda f, a, b: f * (s.psi(a) - s.psi(a + b)),
        lambda f, a, b: f * (s.psi(b) - s.psi(a + b)),
    )
    elementwise(
        s.betaln,
        lambda f, a, b: s.psi(a) - s.psi(a + b),
        lambda f, a, b: s.psi(b) - s.psi(a + b),
        reads="a b",
    )
    elementwise(
        s.poch,
        lambda f, z, m: f * (s.psi(z + m) - s.psi(z)),
        lambda f, z, m: f * s.psi(z + m),
    )

    def density(a: Any, x: Any) -> Any:
        return np.exp(s.xlogy(a - 1, x) - x - s.gammaln(a))

    elementwise(s.gammainc, None, lambda f, a, x: density(a, x), reads=("", "a x"))
    elementwise(s.gammaincc, None, lambda f, a, x: -density(a, x), reads=("", "a x"))
    elementwise(
        s.betainc,
        None,
        None,
        lambda f, a, b, x: np.exp(s.xlogy(a - 1, x) + s.xlog1py(b - 1, -x) - s.betaln(a, b)),
        reads=("", "", "a b x"),
    )
    constant(s.gammasgn)


def _bessel(s: Any) -> None:
    def two(f: Any, v: Any, x: Any, sign: float = 1.0) -> Any:
        return (f(v - 1, x) + sign * f(v + 1, x)) / 2

    elementwise(s.j0, lambda f, x: -s.j1(x), reads="x")
    elementwise(s.j1, lambda f, x: (s.j0(x) - s.jv(2, x)) / 2, reads="x")
    elementwise(s.y0, lambda f, x: -s.y1(x), reads="x")
    elementwise(s.y1, lambda f, x: (s.y0(x) - s.yv(2, x)) / 2, reads="x")
    elementwise(s.i0, lambda f, x: s.i1(x), reads="x")
    elementwise(s.i1, lambda f, x: (s.i0(x) + s.iv(2, x)) / 2, reads="x")
    elementwise(s.k0, lambda f, x: -s.k1(x), reads="x")
    elementwise(s.k1, lambda f, x: -(s.k0(x) + s.kv(2, x)) / 2, reads="x")
    elementwise(s.i0e, lambda f, x: s.i1e(x) - broken(np.sign(x), x) * f)
    elementwise(s.i1e, lambda f, x: (s.i0e(x) + s.ive(2, x)) / 2 - broken(np.sign(x), x) * f)
    elementwise(s.k0e, lambda f, x: f - s.k1e(x))
    elementwise(s.k1e, lambda f, x: f - (s.k0e(x) + s.kve(2, x)) / 2)
    elementwise(s.jv, None, lambda f, v, x: two(s.jv, v, x, -1.0), reads=("", "v x"))
    elementwise(s.yv, None, lambda f, v, x: two(s.yv, v, x, -1.0), reads=("", "v x"))
    elementwise(s.yn, None, lambda f, v, x: two(s.yn, v, x, -1.0), reads=("", "v x"))
    elementwise(s.iv, None, lambda f, v, x: two(s.iv, v, x), reads=("", "v x"))
    elementwise(s.kv, None, lambda f, v, x: -two(s.kv, v, x), reads=("", "v x"))
    elementwise(s.ive, None, lambda f, v, x: two(s.ive, v, x) - broken(np.sign(x), x) * f)
    elementwise(s.kve, None, lambda f, v, x: f - two(s.kve, v, x))
