"""The explanations of errors, apart from the code that raises them."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

BRANCH = (
    "f branches on an array, as in `if x > 0`, which is true of some entries and false of "
    "others; choose entry by entry with np.where(x > 0, a, b)"
)
WRITE = (
    "f writes into an array in place (x[i] = v, x += v, out=x), which would lose values that the "
    "derivative needs; make a new array: x = x + v, np.where, np.stack, np.concatenate, "
    "np.full_like(x, v)"
)
ARRAY = (
    "np.array or np.asarray of a traced value drops its derivative; "
    "use np.stack([...]) to collect values, or np.array([[a, b], [c, d]], like=x) with x an array, "
    "np.concatenate to join them; SciPy, masked arrays and data frames make arrays, too: pass "
    "np.array(x)"
)
NUMBER = (
    "float(x), and with it the functions of math, drop the derivative; "
    "leave float out, and use np.log(x) for math.log(x)"
)
OUTLIVED = (
    "a traced value has outlived its function: return it from f, instead of keeping it "
    "in a variable outside"
)

# Of what a program is made of.
ONE_WAY = (
    "f branches on a number, as in `if x > 0`, and a program goes one way for all numbers; choose "
    "with np.where(x > 0, a, b), pass an int, bool or str, which is static, or use grad"
)
LOOKED_AT = (
    "f looks at a number itself, by float(x), int(x), x.item(), f'{x}', np.asarray(x) or a "
    "function of math, and a program is made of shapes and dtypes alone; compute with NumPy's "
    "functions, pass a count as a Python int, which is static, and a table that is indexed as an "
    "argument, or use grad"
)
SHAPE = (
    "the shape of a result depends on a number (x[mask], np.nonzero, np.where with one argument, "
    "the bound of a slice, a count, an axis); write np.where(mask, x, 0.0) for x[mask] and "
    "np.sum(mask) for its length, pass a count as a Python int, which is static, or use grad"
)

INSTEAD = {
    "where": "for where, choose with np.where(mask, x, 0.0), and divide a mean by np.sum(mask)",
    "dtype": "for dtype, convert with x.astype(dtype)",
    "out": "for out, use what the function returns",
    "initial": "for initial, add it to a sum, and take np.maximum with it after a maximum",
    "order": "for order, transpose before and after",
    "axes": "for axes, move them first with np.moveaxis",
    "weights": "for weights, sort the entries and choose one by its place",
    "reflect_type": "for reflect_type, join the parts with np.concatenate",
}


_BY_NUMPY = {  # what SciPy has in Python, and so asks nobody about
    "logsumexp": "np.logaddexp.reduce(x, axis=None)",
    "softmax": "np.exp(x - np.logaddexp.reduce(x, axis=None))",
    "log_softmax": "x - np.logaddexp.reduce(x, axis=None)",
}


def made_into_an_array() -> str:
    """Return the explanation for an array of a traced value, which names SciPy if it made it."""
    frame, said = sys._getframe(2), ARRAY
    # As far as the frame of a caller: above it there may be a solver of SciPy's.
    while (module := frame.f_globals.get("__name__", "").split("."))[0] in ("numpy", "scipy"):
        if module[0] == "scipy":
            name = frame.f_code.co_name
            place = ".".join(part for part in module if not part.startswith("_"))
            way = _BY_NUMPY.get(name, "it with NumPy's functions")
            said = f"{place}.{name} makes an array of a traced value, which drops its derivative; "
            said += f"write {way}"
        frame = frame.f_back  # type: ignore[assignment]
    return said


def without_rule(function: Any) -> str:
    """Return the explanation for a function that is not in the table."""
    name = _name(function)
    return (
        f"mcalc has no rule for {name}; write it with functions that have one, or add a row: "
        f"mcalc.rules.elementwise({name}, derivative), or linear, multilinear, composite"
    )


def _name(function: Any) -> str:
    """Return the name by which one calls a function of NumPy, or of somebody else."""
    name = getattr(function, "__name__", repr(function))
    if isinstance(function, np.ufunc):  # it does not say where it is from
        return f"np.{name}" if getattr(np, name, None) is function else name
    return f"{function.__module__}.{name}".replace("numpy", "np")


def view_as(kind: Any) -> str:
    """Return the explanation for a view of a traced value that is not a plain array."""
    return (
        f"a view of a traced value as {getattr(kind, '__name__', kind)} has other bits or "
        "other rules; use x.astype(dtype), or a plain array"
    )


def mixed(where: str) -> str:
    """Return the explanation for a torch tensor where NumPy's arrays are recorded."""
    return (
        f"{where} was given a torch tensor and a NumPy value together; "
        "convert the tensor with .numpy(), or use torch throughout"
    )


class NoLengthError(TypeError, AttributeError):
    """Said by a number that was asked for its length, or whether it has one."""

    def __init__(self) -> None:
        super().__init__("a 0-d traced value is one number; it has no len and no parts")
