"""The value of a program beside that of its function, as a net under the trace.

What differs between the two asked something else than NumPy's functions: a random number, a
state, the type of an argument.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

STEPS = 0.0, 0.015, -1.5  # to the arguments of the trace, near by, and to other signs


def require_same(f: Callable[..., Any], made: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Raise a TypeError unless the values agree at the arguments, and at others if f is defined.

    Programs repeat what f does all but bit for bit, so what they may differ by is measured in
    what the rounding of the arguments makes of the value.
    """
    for step in STEPS:
        at = _moved(args, step)
        try:
            wanted, found = _value(f, at), _value(lambda *x: made(*x)[0], at)
        except Exception:
            if step:
                continue  # f need not be defined beside the arguments, nor its derivative
            raise
        digit = np.finfo(found.dtype).eps
        if found == wanted or (step and not np.isfinite(wanted)):
            continue
        again, *nearby = [_value(f, _moved(at, k * digit)) for k in (0, -4, 4)]
        noise = 64 * max(abs(y - wanted) for y in nearby)
        is_same = np.isclose(found, wanted, 256 * digit, noise, equal_nan=True)
        if not is_same or (again != wanted and not np.isnan(wanted)):
            where = "near them" if step else "at these arguments"
            raise TypeError(
                f"the program gives {found} where f gives {wanted}, {where}; f must be a function "
                "of its arguments alone, without random numbers, state, or a branch on the type "
                "of an argument, such as isinstance(x, float)"
            )


def _value(f: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Return the value of `f`, which may write to the arguments."""
    own = [x.copy() if isinstance(x, np.ndarray) else x for x in args]
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        return np.asarray(f(*own))[()]


def _moved(args: tuple[Any, ...], step: float) -> tuple[Any, ...]:
    """Return arguments some way off; symmetric matrices stay so."""

    def moved(place: int, x: Any) -> Any:
        if not step or np.asarray(x).dtype.kind != "f":
            return x
        way = np.cos(sum(np.indices(np.shape(x), sparse=True), start=np.float64(place)))
        there = (x + step * way * (1 + np.abs(x))).astype(np.asarray(x).dtype)
        return float(there) if type(x) is float else there

    return tuple([moved(i, x) for i, x in enumerate(args)])
