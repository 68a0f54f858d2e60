"""Proofs: the same tree over symbols, for which SymPy shows that the two sides are equal.

Every letter becomes a symbol, every vector and matrix an array of symbols of its size at the point.
What the page binds as a Python function is not seen through, so a formula about one is not proved.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy

from mcalc.formulas.algebra import is_symmetric, scalar

LARGEST = 4000
"""Expressions of more operations are not simplified: it would take longer than it is worth."""


class Symbols:
    """Functions and derivatives of symbols, in arrays of objects."""

    assumes = True  # that an inequality holds which a formula asks for

    def __init__(self) -> None:
        self.functions: dict[str, Callable[..., Any]] = {
            "log": sympy.log, "ln": sympy.log, "exp": sympy.exp, "sqrt": sympy.sqrt,
            "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "sinh": sympy.sinh,
            "cosh": sympy.cosh, "tanh": sympy.tanh, "abs": entrywise(sympy.Abs),
            "sign": entrywise(sympy.sign), "max": sympy.Max, "min": sympy.Min, "tr": np.trace,
            "det": lambda M: sympy.Matrix(M).det(method="berkowitz"),
            "inv": lambda M: np.array(sympy.Matrix(M).inv(method="ADJ").tolist(), object),
            "binomial": sympy.binomial, "diag": np.diag, "arccos": sympy.acos,
        }  # fmt: skip

    constants = {"e": sympy.E, "pi": sympy.pi}  # noqa: RUF012

    @staticmethod
    def number(digits: str) -> Any:
        """Return a number that is written out, exactly."""
        return sympy.Rational(digits)

    @staticmethod
    def stack(values: Sequence[Any]) -> Any:
        """Return symbols as one array."""
        return np.stack([np.asarray(value, object) for value in values])

    @staticmethod
    def same(a: Any, b: Any) -> bool:
        """Tell whether SymPy shows that two values are one."""
        return np.shape(a) == np.shape(b) and is_zero(a - b)

    def derivative(self, f: Callable[[Any], Any], x: Any) -> Any:
        """Return the derivative, shape `f(x).shape + x.shape`: with new symbols, then at `x`."""
        new = symbols("s", np.shape(x))
        values = np.asarray(f(new), object)
        entries = np.asarray(new, object).ravel()
        back = dict(zip(entries, map(sympy.sympify, np.asarray(x, object).ravel()), strict=True))
        exprs = [sympy.sympify(v) for v in values.ravel()]
        found = [
            [v.diff(s).xreplace(back) if s in v.free_symbols else sympy.S.Zero for s in entries]
            for v in exprs
        ]
        shaped = np.empty((values.size, entries.size), object)
        shaped[:] = found
        return shaped.reshape(values.shape + np.shape(x))[()]

    def limit(self, f: Callable[[Any], Any], x: float) -> Any:
        """Return the limit at x."""
        h = sympy.Dummy("h", real=True)
        return sympy.limit(sympy.cancel(f(h)), h, sympy.nsimplify(x))


def entrywise(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a function of symbols as one of arrays of them, too."""
    return lambda v: np.vectorize(f, otypes=[object])(v) if np.ndim(v) else f(v)


def symbols(name: str, shape: tuple[int, ...]) -> Any:
    """Return an array of new real symbols; one symbol for the shape of a number."""
    if not shape:
        return sympy.Dummy(name, real=True)
    flat = np.empty(int(np.prod(shape)), object)
    flat[:] = [sympy.Dummy(f"{name}{k}", real=True) for k in range(flat.size)]
    return flat.reshape(shape)


def symbolic(name: str, value: Any) -> Any:
    """Return symbols in place of numbers; whole numbers count something, and stay."""
    if isinstance(value, bool | int | np.integer | list | tuple | range) or callable(value):
        return value
    if is_symmetric(value):
        new = symbols(name, np.shape(value))
        return np.triu(new) + np.triu(new, 1).T  # a symmetric matrix stays one
    return symbols(name, np.shape(value))


def is_zero(difference: Any) -> bool:
    """Tell whether SymPy shows that a difference vanishes."""
    for entry in np.asarray(difference, object).ravel():
        entry = sympy.sympify(entry)
        if entry.count_ops() > LARGEST:
            return False
        if all(way(entry) != 0 for way in (sympy.expand, sympy.cancel, sympy.simplify)):
            return False
    return True


def proves(formula: Any, point: Any) -> str | None:
    """Return the sizes of arrays for which SymPy proves a formula; None if it does not."""
    bound = {n: symbolic(n, v) for n, v in {**formula.symbols, **point}.items()}
    try:
        for _, a, b in formula.values({n: bound[n] for n in point}, Symbols(), bound):
            if not is_zero(np.asarray(scalar(a), object) - np.asarray(scalar(b), object)):
                return None
    except Exception:
        return None  # not a formula that symbols can stand in
    shapes = sorted({np.shape(v) for v in bound.values() if np.ndim(v)})
    return ", ".join("×".join(map(str, s)) for s in shapes) or "numbers"
