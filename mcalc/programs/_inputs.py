"""The arguments of a program: what they were in the trace, and the check of it at every call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mcalc.backends.arrays import as_number, is_torch
from mcalc.programs._variable import Abstract, described, is_plain

_STATIC = (int, bool, str, bytes, type(None), type(...))
CHECKS = ("_admit", "_kind", "_dtype")  # names in the checks, followed by the place


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
        if is_plain(x):
            return cls(place, name, Abstract.of(as_number(x)))
        if _is_static(x):
            return cls(place, name, x)
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
        x, at = self.name, self.at
        admit, kind, dtype = (f"{name}{self.place}" for name in CHECKS)
        names[admit], names[kind] = self.admit, at if self.is_static else at.kind
        if self.is_static:
            return f"if {x} is not {kind}: {admit}({x})"
        line, otherwise = f"if type({x}) is not {kind}", f"{admit}({x})"
        if at.kind is np.ndarray:
            names[dtype] = at.dtype
            line += f" or {x}.dtype is not {dtype} or {x}.shape != {at.shape}"
        elif at.kind is np.float64:
            otherwise = f"{kind}({x}) if type({x}) is float else {otherwise}"
        return f"{line}: {x} = {otherwise}"

    def admit(self, x: Any) -> Any:
        """Return the argument as the program takes it, or say what is different."""
        if self.is_static:
            if type(x) is type(self.at) and (x is self.at or bool(x == self.at)):
                return x
        elif is_plain(x):
            given = as_number(np.asarray(x)) if isinstance(x, np.ndarray) else x
            if Abstract.of(given) == self.at:
                return given
        own = isinstance(x, np.ndarray) and not is_plain(x)
        shown = repr(x) if _is_static(x) else described(x)
        own_kind = type(x) is getattr(self.at, "kind", None) is np.ndarray
        raise (ValueError if own_kind and x.dtype == self.at.dtype else TypeError)(
            f"the program was traced with {self.name} = {self}, and was given {shown}; pass "
            f"{'np.array(x)' if own else 'the same kind'}, or trace again: mcalc.program(f, ...)"
        )


def _is_static(x: Any) -> bool:
    return (
        isinstance(x, _STATIC) or callable(x) or (isinstance(x, tuple) and all(map(_is_static, x)))
    )
