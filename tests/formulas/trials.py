"""Ask of a formula whether it holds, fails or is refused."""

from typing import Any

import numpy as np
import pytest

from mcalc.formulas import Formula, FormulaError, WrongError

A = np.array([[1.0, 2.0], [0.5, 3.0]])
B = np.array([[0.5, -1.0], [2.0, 1.0]])
C = np.array([[1.0, 0.3], [-0.7, 2.0]])
R = np.array([[0.5, 1.5, -2.0], [3.0, -1.0, 0.25]])
V = np.array([0.3, -1.2, 2.0])
HOLDS, FAILS, REFUSED = "holds", "fails", "is refused"


def verdict(tex: str, **options: Any) -> str:
    """Return whether a formula holds, fails, or is refused; any other error is one of ours."""
    names = ("at", "small", "order", "tol", "wrong", "prove")
    how = {name: options.pop(name) for name in names if name in options}
    try:
        Formula(tex, **options).check(search=False, **how)
    except WrongError:
        return FAILS
    except FormulaError:
        return REFUSED
    return HOLDS


def holds(tex: str, **options: Any) -> Any:
    return pytest.param(tex, options, HOLDS, id=tex)


def fails(tex: str, **options: Any) -> Any:
    return pytest.param(tex, options, FAILS, id=tex)


def refused(tex: str, **options: Any) -> Any:
    return pytest.param(tex, options, REFUSED, id=tex)
