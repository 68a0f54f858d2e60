"""What the signs of a formula do with numbers: columns are columns, and shapes must agree.

A vector is an array of shape (n, 1), so that a juxtaposition is the matrix product and a transpose
means what it says. The functions of a page take and give vectors of shape (n,).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mcalc.checks.numerical import numerical_jacobian
from mcalc.engine.derivatives import jacobian
from mcalc.engine.record import Tracer
from mcalc.formulas.lexer import FormulaError

AGREEMENT = 2e-5
"""How far a derivative from values may lie from the exact one, relative to 1 or to it."""


def column(value: Any) -> Any:
    """Return a value of the page as formulas hold it."""
    if isinstance(value, tuple) and value and not any(map(callable, value)):
        value = Numbers.stack(value)
    return np.reshape(value, (-1, 1)) if getattr(value, "ndim", 0) == 1 else value


def flat(value: Any) -> Any:
    """Return a value as the functions of a page take it."""
    return np.reshape(value, (-1,)) if np.shape(value)[1:] == (1,) else value


def scalar(value: Any) -> Any:
    """Return a matrix of one entry as a number."""
    return value[0, 0] if np.shape(value) == (1, 1) else value


def is_symmetric(value: Any) -> bool:
    """Tell whether a value is a symmetric matrix."""
    return np.ndim(value) > 1 and np.array_equal(value, np.transpose(value))


def multiply(a: Any, b: Any) -> Any:
    """Return the product of two numbers or arrays."""
    a, b = scalar(a), scalar(b)
    if not (np.ndim(a) and np.ndim(b)):
        return a * b
    if np.shape(a)[1:] != np.shape(b)[:1]:
        raise FormulaError(f"a product of shapes {np.shape(a)} and {np.shape(b)}")
    return scalar(a @ b)


def dot(a: Any, b: Any) -> Any:
    """Return the dot product of two columns; of anything else, the product."""
    if np.shape(a) == np.shape(b) and np.shape(a)[1:] == (1,):
        return np.sum(a * b)
    return multiply(a, b)


def add(a: Any, b: Any) -> Any:
    """Return the sum of two values of one shape."""
    if np.shape(a) != np.shape(b):
        raise FormulaError(f"a sum of shapes {np.shape(a)} and {np.shape(b)}")
    return a + b


def diagonal(*entries: Any) -> Any:
    """Return a diagonal matrix of some numbers, or of the entries of a vector."""
    return np.diag(np.reshape(entries, -1))


class Numbers:
    """Functions and derivatives of floating-point numbers; a derivative has two witnesses."""

    assumes = False  # a condition is evaluated

    def __init__(self, *, both: bool = True) -> None:
        self.both = both

    constants: Mapping[str, Any] = {"e": np.e, "pi": np.pi}

    @staticmethod
    def number(digits: str) -> Any:
        """Return a number that is written out."""
        return float(digits) if "." in digits else int(digits)

    @staticmethod
    def stack(values: Sequence[Any]) -> Any:
        """Return numbers as one array."""
        return np.stack([value + 0.0 for value in values])

    @staticmethod
    def same(a: Any, b: Any) -> bool:
        """Tell whether two values are one, within rounding."""
        return np.shape(a) == np.shape(b) and bool(np.all(np.abs(a - b) <= 1e-9 + 1e-9 * np.abs(b)))

    functions: dict[str, Callable[..., Any]] = {  # noqa: RUF012
        "log": np.log, "ln": np.log, "exp": np.exp, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos,
        "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "abs": np.abs,
        "sign": np.sign, "det": np.linalg.det, "tr": np.trace, "inv": np.linalg.inv,
        "arccos": np.arccos, "arcsin": np.arcsin, "arctan": np.arctan, "max": np.maximum,
        "min": np.minimum, "diag": diagonal, "rank": np.linalg.matrix_rank, "binomial": math.comb,
    }  # fmt: skip

    def derivative(self, f: Callable[[Any], Any], x: Any) -> Any:
        """Return the derivative, shape `f(x).shape + x.shape`, by mcalc and again from values."""
        if isinstance(x, Tracer):
            return jacobian(f)(x)
        point = np.asarray(x, float)
        exact = jacobian(f)(point)
        if self.both and not isinstance(exact, Tracer):
            exact = np.asarray(exact)
            seen = numerical_jacobian(lambda s: np.asarray(f(s), float), point)
            gap = np.max(np.abs(exact - seen) / np.maximum(1.0, np.abs(exact)), initial=0.0)
            if not gap < AGREEMENT:
                raise FormulaError(
                    f"a derivative is {exact} by mcalc and {seen} from values; "
                    "choose a point where the function is smooth"
                )
        return exact

    def limit(self, f: Callable[[Any], Any], x: float) -> Any:
        """Return the limit at x, extrapolated from each side, from near and nearer; all agree."""
        ends = []
        for h in (0.017, -0.017, 0.0113, -0.0113):
            steps = [h / (1 + 0.618 * k) for k in range(6)]
            row = [f(x + s) for s in steps]
            for k in range(1, 6):  # Neville's polynomial through them, at 0
                row = [
                    (steps[j] * row[j + 1] - steps[j + k] * row[j]) / (steps[j] - steps[j + k])
                    for j in range(6 - k)
                ]
            ends.append(row[0])
        if max(distance("=", *two) for two in itertools.combinations(ends, 2)) > 1e-6:
            raise FormulaError(f"there is no limit: from four sides it seems {ends}")
        return sum(ends) / 4


def distance(relation: str, a: Any, b: Any) -> float:
    """Return by how much a relation between two values fails, relative to the larger of 1 and a."""
    left, right = (np.asarray(scalar(v), float) for v in (a, b))
    if left.shape != right.shape:
        raise FormulaError(f"the sides have shapes {left.shape} and {right.shape}")
    if not (np.all(np.isfinite(left)) and np.all(np.isfinite(right))):
        raise FormulaError("a side is not finite")
    gap = {
        "≤": left - right,
        "≥": right - left,
        "<": np.where(left < right, 0.0, np.maximum(left - right, 1.0)),
        ">": np.where(left > right, 0.0, np.maximum(right - left, 1.0)),
        "≠": 1.0 * (np.abs(left - right) < 1e-9),
    }.get(relation, np.abs(left - right))
    return float(np.max(gap / np.maximum(1.0, np.abs(left)), initial=0.0))
