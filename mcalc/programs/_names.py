"""Names and literals: how a value is written in Python."""

from __future__ import annotations

import itertools
import keyword
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from mcalc.programs._recorder import Constant, digest


class Names:
    """The names of one program, each given once, and what those mean that it does not assign."""

    def __init__(self, known: dict[str, Any], reserved: Iterable[str]) -> None:
        self.taken = {"np", "slice", "type", "float", *keyword.kwlist, *reserved}
        self.bound: dict[str, Any] = {}
        self._numbers: dict[str, Any] = {}
        self._of: dict[Any, str] = {}
        self._known = {
            digest(x): name
            for name, x in known.items()
            if isinstance(x, np.ndarray) and x.ndim and not x.dtype.hasobject
        }

    def new(self, wish: str) -> str:
        """Return an identifier as close to `wish` as can be."""
        wish = wish if wish.isidentifier() else re.sub(r"\W+", "_", wish).strip("_") or "t"
        wish = wish if wish.isidentifier() else f"t_{wish}"
        if wish in self.taken:
            return self.numbered(f"{wish}_", 2)
        self.taken.add(wish)
        return wish

    def numbered(self, stem: str, start: int = 1) -> str:
        """Return the stem with the first number that is free."""
        numbers = self._numbers.setdefault(stem, itertools.count(start))
        name = next(f"{stem}{n}" for n in numbers if f"{stem}{n}" not in self.taken)
        self.taken.add(name)
        return name

    def constant(self, x: Constant) -> str:
        """Return the name of a constant array; a transposed matrix is written by the other."""
        if x not in self._of:
            back = digest(x.array.T.copy()) if x.array.ndim == 2 else ""
            if back in self._known and not x.array.flags.c_contiguous:
                self._of[x] = f"{self._bind(self._known[back], x.array.T)}.T"
            else:
                self._of[x] = self._bind(self._known.get(x.digest), x.array)
        return self._of[x]

    def function(self, f: Any) -> str:
        """Return how a function is called, by NumPy's name or its own."""
        name = getattr(f, "__name__", "function")
        for module, prefix in ((np, "np."), (np.linalg, "np.linalg.")):
            if getattr(module, name, None) is f:
                return prefix + name
        return self.object(f, name)

    def object(self, x: Any, wish: str | None = None) -> str:
        """Return a name for something that is not an array."""
        key = ("object", id(x))
        if key not in self._of:
            self._of[key] = self._bind(wish, x)
        return self._of[key]

    def _bind(self, wish: str | None, x: Any) -> str:
        bound = self.bound.get(wish or "")
        if wish and isinstance(bound, np.ndarray) and digest(bound) == digest(x):
            return wish
        name = self.new(wish) if wish else self.numbered("c", 0)
        self.bound[name] = x
        return name


def number(x: Any) -> str:
    """Return a Python number as a literal."""
    if isinstance(x, float) and not np.isfinite(x):
        return "np.nan" if np.isnan(x) else "np.inf" if x > 0 else "-np.inf"
    return repr(x)


def as_literal(x: Any, others: list[Any]) -> str | None:
    """Return a NumPy scalar as a Python literal, if NumPy then gives the same dtype.

    Args:
        x: the scalar.
        others: arrays and numbers that an operator or a ufunc takes together with it; none for
            another function, which may take a Python number for float64.
    """
    if not isinstance(x, np.floating | np.integer) or x.dtype.itemsize > 8:
        return None
    value = number(x.item())
    weak = all(type(y) in (int, float, bool) for y in others)  # Python's arithmetic would follow
    if not weak and np.result_type(*others, x.item()) == np.result_type(*others, x.dtype):
        return value
    return f"{dtype(x.dtype)}({value})"


def dtype(x: np.dtype[Any]) -> str:
    """Return a dtype as NumPy names it."""
    return f"np.{x.name}" if hasattr(np, x.name) else f"np.dtype({x.str!r})"


def shape(x: tuple[int, ...]) -> str:
    """Return a shape as NumPy takes it."""
    return str(x[0]) if len(x) == 1 else repr(tuple(int(n) for n in x))
