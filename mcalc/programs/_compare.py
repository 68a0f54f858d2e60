"""The value and the gradient of a program beside those of its function, as a net under the trace.

Where the values differ, the function asked something else than NumPy's functions: a random number,
a state, the type of an argument. Where the gradients do, the program is wrong, and is not given.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

STEPS = 0.0, 0.015, -1.5  # to the arguments of the trace, near by, and to other signs


def require_same(
    f: Callable[..., Any], exact: Callable[..., Any], made: Callable[..., Any], args: Any
) -> None:
    """Raise a TypeError unless the values agree at the arguments, and at others if f is defined.

    Programs repeat what f does all but bit for bit, so what they may differ by is measured in
    what the rounding of the arguments makes of the value; `exact` gives it with the gradient.
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
    require_gradient(exact, made, args)


def require_gradient(exact: Callable[..., Any], made: Callable[..., Any], args: Any) -> None:
    """Raise a TypeError unless the gradients agree at the arguments, where `exact` has one."""
    try:
        wanted = _gradient(exact, args)
        nearby = [_gradient(exact, _moved(args, k * np.finfo(wanted.dtype).eps)) for k in (-4, 4)]
    except Exception:
        return  # the program has the rules of `exact`, which may refuse this point
    found = _gradient(made, args)
    with np.errstate(all="ignore"):
        scale = np.abs(wanted[np.isfinite(wanted)]).max(initial=0)
        noise = np.nan_to_num(np.abs(np.subtract(nearby, wanted)), nan=np.inf).max(initial=0)
        tolerance = 256 * np.finfo(wanted.dtype).eps * scale + 64 * noise
        is_same = np.isclose(found, wanted, 0, tolerance, equal_nan=True).all()
    if not is_same:
        raise TypeError(
            f"the gradient of the program, {found}, is not that of f, {wanted}: this is a fault "
            "of mcalc; please report it, and use grad(f)"
        )


def _gradient(f: Callable[..., Any], args: Any) -> Any:
    """Return all entries of the gradients in a row, of the least precise dtype."""
    own = [x.copy() if isinstance(x, np.ndarray) else x for x in args]
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        gradients = f(*own)[1]
    parts = [np.ravel(g) for g in (gradients if isinstance(gradients, tuple) else (gradients,))]
    return np.concatenate(parts).astype(min([g.dtype for g in parts], key=lambda d: d.itemsize))


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
