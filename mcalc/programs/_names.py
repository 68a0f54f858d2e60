"""Names and literals: how a value is written in Python."""

from __future__ import annotations

import itertools
import keyword
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from mcalc.programs._recorder import Constant, digest

ATOM = 20  # what binds more tightly than any operator


class Names:
    """The names of one program, each given once, and what those mean that it does not assign."""

    def __init__(self, known: dict[str, Any]) -> None:
        self.taken = {"np", "slice", "ValueError", *keyword.kwlist}
        self._numbers: dict[str, Iterator[int]] = {}
        self.bound: dict[str, Any] = {}
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
        return self._take(wish) if wish not in self.taken else self.numbered(f"{wish}_", 2)

    def numbered(self, stem: str, start: int = 1) -> str:
        """Return the stem with the first number that is free."""
        numbers = self._numbers.setdefault(stem, itertools.count(start))
        return self._take(next(f"{stem}{n}" for n in numbers if f"{stem}{n}" not in self.taken))

    def _take(self, name: str) -> str:
        self.taken.add(name)
        return name

    def constant(self, x: Constant) -> str:
        """Return the name of a constant array; a transposed matrix is written by the other."""
        if x not in self._of:
            back = digest(x.array.T.copy()) if x.array.ndim == 2 else ""
            if back in self._known and not x.array.flags.c_contiguous:
                x_t = Constant(x.array.T, back, None)
                self._of[x] = f"{self._bind(self._known[back], x_t.array)}.T"
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
        for name, bound in self.bound.items():
            if bound is x or (wish is not None and name == wish and _same(bound, x)):
                return name
        name = self.new(wish) if wish else self.numbered("c", 0)
        self.bound[name] = x
        return name


def _same(a: Any, b: Any) -> bool:
    return all(isinstance(x, np.ndarray) for x in (a, b)) and digest(a) == digest(b)


def number(x: Any) -> str:
    """Return a Python number as a literal."""
    if isinstance(x, float) and not np.isfinite(x):
        return "np.nan" if np.isnan(x) else "np.inf" if x > 0 else "-np.inf"
    return repr(x)


def as_literal(x: Any, others: list[Any]) -> str | None:
    """Return a NumPy scalar as a Python literal, if NumPy then gives the same dtype."""
    if not isinstance(x, np.floating | np.integer) or x.dtype.itemsize > 8:
        return None
    value = float(x) if isinstance(x, np.floating) else int(x)
    if all(type(y) in (int, float, bool) for y in others):  # Python's own arithmetic would follow
        return None
    if np.result_type(*others, value) != np.result_type(*others, x.dtype):
        return None
    return number(value)


def dtype(x: np.dtype[Any]) -> str:
    """Return a dtype as NumPy names it."""
    return f"np.{x.name}" if hasattr(np, x.name) else f"np.dtype({x.str!r})"


def shape(x: tuple[int, ...]) -> str:
    """Return a shape as NumPy takes it."""
    return str(x[0]) if len(x) == 1 else repr(tuple(int(n) for n in x))
