"""The arguments of a program: what they were in the trace, and the check of it at every call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mcalc.backends.arrays import as_number, as_point, is_torch

_STATIC = (int, bool, str, bytes, type(None), type(...))


@dataclass(frozen=True, eq=False)
class Input:
    """One argument as it was traced.

    Attributes:
        place: its position.
        name: its name.
        at: its value: an array or a number, or something static that the program repeats.
        is_static: whether the program was made for this value alone.
    """

    place: int
    name: str
    at: Any
    is_static: bool

    @classmethod
    def of(cls, place: int, name: str, x: Any, *, moves: bool) -> Input:
        """Describe the argument `x`, by which the function is differentiated if it `moves`."""
        if is_torch(x):
            raise TypeError(
                "program writes NumPy code, and was given a torch tensor; pass x.numpy(), or "
                "compile torch's own: torch.compile(torch.func.grad_and_value(f))"
            )
        if moves:
            x = as_point(x, caller="program", name=f"argument {place}")
        if isinstance(x, np.ndarray | np.generic) and x.dtype.kind in "fiubc":
            return cls(place, name, as_number(np.asarray(x)), False)
        if type(x) is float:
            return cls(place, name, x, False)
        if _is_static(x):
            return cls(place, name, x, True)
        raise TypeError(
            f"program takes NumPy arrays, numbers and strings, but argument {place} is a "
            f"{type(x).__name__}; pass its arrays one by one, or let f use it: lambda x: f(x, it)"
        )

    def outlined(self) -> Input:
        """Return the same with no entries, for a program to keep: it asks for the shape alone."""
        if not isinstance(self.at, np.ndarray):
            return self
        empty = np.broadcast_to(np.zeros((), self.at.dtype), self.at.shape)
        return replace(self, at=empty)

    def __str__(self) -> str:
        return repr(self.at) if self.is_static else described(self.at)

    def check(self, bind: Callable[[str, Any], str]) -> str:
        """Return a line of Python that checks the argument, fast where it is the same again.

        Args:
            bind: gives an object a name that the line can use.
        """
        x = self.name
        otherwise = f"{bind('_admit', self.admit)}({x})"
        if self.is_static:
            return f"if {x} is not {bind('_at', self.at)}: {otherwise}"
        kind = f"type({x}) is not {bind('_type', type(self.at))}"
        if isinstance(self.at, np.ndarray):
            dtype = bind("_dtype", self.at.dtype)
            same = f"{x}.dtype is not {dtype} or {x}.shape != {self.at.shape}"
            return f"if {kind} or {same}: {x} = {otherwise}"
        if type(self.at) is np.float64:
            otherwise = (
                f"{bind('_float64', np.float64)}({x}) if type({x}) is float else {otherwise}"
            )
        return f"if {kind}: {x} = {otherwise}"

    def admit(self, x: Any) -> Any:
        """Return the argument as the program takes it, or say what is different."""
        if self.is_static:
            if type(x) is type(self.at) and (x is self.at or bool(x == self.at)):
                return x
        else:
            given = as_number(np.asarray(x)) if isinstance(x, np.ndarray | np.generic) else x
            if type(given) is type(self.at) and described(given) == described(self.at):
                return given
        shown = repr(x) if _is_static(x) else described(x)
        shapes = not self.is_static and isinstance(x, np.ndarray | np.generic)
        kind = ValueError if shapes and x.dtype == np.asarray(self.at).dtype else TypeError
        raise kind(
            f"the program was traced with {self.name} = {self}, and was given {shown}; pass the "
            "same kind, or trace again: mcalc.program(f, ...)"
        )


def _is_static(x: Any) -> bool:
    return (
        isinstance(x, _STATIC) or callable(x) or (isinstance(x, tuple) and all(map(_is_static, x)))
    )


def described(x: Any) -> str:
    """Return the dtype and the shape of an array; the type of anything else."""
    if isinstance(x, np.ndarray | np.generic):
        return f"{x.dtype} of shape {x.shape}"
    return f"a {type(x).__module__}.{type(x).__name__}".replace("builtins.", "")
