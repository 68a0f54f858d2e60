"""The arguments of a program: what they were in the trace, and the check of it at every call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mcalc.backends.arrays import as_number, is_torch
from mcalc.programs._variable import Abstract, described, is_plain

_STATIC = (int, bool, str, bytes, type(None), type(...))
CHECKS = ("_admit", "_at")  # names in the checks, followed by the place


@dataclass(frozen=True, eq=False)
class Input:
    """One argument as it was traced.

    Attributes:
        place: its position.
        name: its name.
        at: its abstract value, or something static, for which alone the program was made.
    """

    place: int
    name: str
    at: Any

    @classmethod
    def of(cls, place: int, name: str, x: Any) -> Input:
        """Describe the argument `x`."""
        if is_plain(x) or _is_static(x):
            return cls(place, name, Abstract.of(as_number(x)) if is_plain(x) else x)
        way = "its arrays one by one, as np.array(x), or let f use it: lambda x: f(x, it)"
        if is_torch(x):
            way = "x.numpy(), or use torch's own: torch.compile(torch.func.grad_and_value(f))"
        raise TypeError(
            f"program takes NumPy arrays, numbers and strings, but argument {place} is "
            f"{described(x)}; pass {way}"
        )

    @property
    def is_static(self) -> bool:
        """Whether the program was made for one value alone."""
        return not isinstance(self.at, Abstract)

    def __str__(self) -> str:
        return repr(self.at).replace("\n", " ") if self.is_static else str(self.at)

    def check(self, names: dict[str, Any]) -> str:
        """Return a line of Python that checks the argument; put into `names` what it calls."""
        x, at, kind = self.name, self.at, getattr(self.at, "kind", None)
        admit, own = (f"{name}{self.place}" for name in CHECKS)
        names[admit], otherwise = self.admit, f"{admit}({x})"
        if self.is_static:
            names[own], test = at, f"{x} is not {own}"
        elif kind is not np.ndarray:
            names[own], test = kind, f"type({x}) is not {own}"
        else:
            names[own], test = at.dtype, f"type({x}) is not np.ndarray"
            test += f" or {x}.dtype is not {own} or {x}.shape != {at.shape}"
        if kind is np.float64:
            otherwise = f"{own}({x}) if type({x}) is float else {otherwise}"
        return f"if {test}: {x} = {otherwise}"

    def admit(self, x: Any) -> Any:
        """Return the argument as the program takes it, or say what is different."""
        given = as_number(np.asarray(x)) if isinstance(x, np.ndarray) else x
        if self.is_static:
            is_same = type(x) is type(self.at) and (x is self.at or bool(x == self.at))
        else:
            is_same = is_plain(x) and Abstract.of(given) == self.at
        if is_same:
            return given
        way = "np.array(x)" if isinstance(x, np.ndarray) and not is_plain(x) else "the same kind"
        other_shape = type(x) is np.ndarray and x.dtype == getattr(self.at, "dtype", None)
        raise (ValueError if other_shape else TypeError)(
            f"the program was traced with {self.name} = {self}, and was given "
            f"{repr(x) if _is_static(x) else described(x)}; pass {way}, or trace again: "
            "mcalc.program(f, ...)"
        )


def _is_static(x: Any) -> bool:
    each = isinstance(x, tuple) and all(map(_is_static, x))
    return isinstance(x, _STATIC) or callable(x) or each
