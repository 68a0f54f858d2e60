"""A program beside its function, at numbers: a net under the trace.

Where the values differ, the function asked something else than NumPy's functions: a random number,
a state, the type of an argument. A program that is wrong is not given.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

STEPS = 0.0, 0.015, -1.5  # to the arguments of the trace, near by, and to other signs


def require_same(f: Any, exact: Any, made: Any, args: tuple[Any, ...]) -> None:
    """Raise a TypeError unless values and gradient agree at the arguments, and values at others.

    There f need not be defined; and the rules of `exact` may refuse the arguments.

    Args:
        f: the function.
        exact: its value and its gradient.
        made: the program.
        args: the arguments of the trace.
    """
    value = "value", f, lambda *x: made(*x)[0]
    gradient = "gradient", lambda *x: exact(*x)[1], lambda *x: made(*x)[1]
    for step, (what, theirs, ours) in [*((step, value) for step in STEPS), (0.0, gradient)]:
        try:
            differs = _difference(theirs, ours, _moved(args, step))
        except Exception:
            if step or what == "gradient":
                continue
            raise
        if differs and (not step or np.isfinite(differs[0])):
            at = "near them" if step else "at these arguments"
            raise TypeError(
                f"the {what} of the program, {differs[1]}, is not that of f, {differs[0]}, {at}; f "
                "must be a function of its arguments alone, without random numbers, state, or a "
                "branch on a type, such as isinstance(x, float); if it is one, please report this"
            )


def _difference(f: Any, made: Any, args: Any) -> tuple[Any, Any] | None:
    """Return all entries of what two functions give at the arguments if they are not the same.

    Programs repeat what f does all but bit for bit, so what they may differ by is measured in
    what the rounding of the arguments makes of the value.
    """
    wanted, found = _entries(f, args), _entries(made, args)
    if np.array_equal(wanted, found, equal_nan=True):
        return None
    digit = np.finfo(found.dtype).eps
    again, *nearby = [_entries(f, _moved(args, k * digit)) for k in (0, -4, 4)]
    with np.errstate(all="ignore"):
        noise = np.nan_to_num(np.abs(np.subtract(nearby, wanted))).max(initial=0)
        scale = np.abs(wanted[np.isfinite(wanted)]).max(initial=0)
        same = np.isclose(found, wanted, 0, 256 * digit * scale + 64 * noise, equal_nan=True)
    repeats = np.array_equal(again, wanted, equal_nan=True)
    return None if repeats and same.all() else (np.squeeze(wanted), np.squeeze(found))


def _entries(f: Any, args: tuple[Any, ...]) -> Any:
    """Return the numbers of a value or of gradients in a row, of the least precise dtype."""
    own = [x.copy() if isinstance(x, np.ndarray) else x for x in args]  # f may write to them
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        y = f(*own)
    parts = [np.ravel(part) for part in (y if isinstance(y, tuple) else (y,))]
    return np.concatenate(parts).astype(min([x.dtype for x in parts], key=lambda d: d.itemsize))


def _moved(args: tuple[Any, ...], step: float) -> tuple[Any, ...]:
    """Return arguments some way off; symmetric matrices stay so."""
    there = list(args)
    for place, x in enumerate(args):
        if step and np.asarray(x).dtype.kind == "f":
            way = np.cos(sum(np.indices(np.shape(x), sparse=True), start=np.float64(place)))
            moved = (x + step * way * (1 + np.abs(x))).astype(np.asarray(x).dtype)
            there[place] = float(moved) if type(x) is float else moved
    return tuple(there)
