"""How a value is written in Python: names, literals, operators, functions and indices."""

from __future__ import annotations

import inspect
import itertools
import keyword
import re
import types
from collections.abc import Iterable
from typing import Any

import numpy as np

from mcalc.programs._recorder import Constant, blank, digest
from mcalc.programs._variable import OPERATORS, Variable, variables
from mcalc.rules import astype, getitem
from mcalc.rules._elementwise import clamp
from mcalc.rules._norms import norm
from mcalc.rules._shapes import join

ATOM = 20  # what binds more tightly than any operator
METHODS = {np.sum, np.prod, np.max, np.min, np.any, np.all, np.reshape, np.cumsum}
_SHORTER = {clamp: "np.clip", norm: "np.linalg.norm", np.absolute: "np.abs"}
_ARITHMETIC = {np.add, np.subtract, np.multiply, np.divide}
Text = tuple[str, int]  # an expression, and how tightly it binds


def closed(text: str, binds: int, needed: int) -> str:
    """Return an expression in parentheses if it binds less tightly than is needed."""
    return text if binds >= needed else f"({text})"


class Texts:
    """The words of one program.

    Attributes:
        taken: the names that are given.
        bound: what those mean that the program does not assign.
        of: how each variable is written: by a name, or by an expression.
    """

    def __init__(self, f: Any, reserved: Iterable[str]) -> None:
        self.taken = {"np", "type", "float", *keyword.kwlist, *reserved}
        self.bound: dict[str, Any] = {}
        self.of: dict[Variable, Text] = {}
        self._numbers: dict[str, Any] = {}
        self._names: dict[Any, str] = {}
        self._known = {}  # the arrays that f uses from outside, by what is in them
        if isinstance(f, types.FunctionType):
            outside = inspect.getclosurevars(f)
            for name, x in {**outside.globals, **outside.nonlocals}.items():
                if isinstance(x, np.ndarray):
                    self._known[digest(x)] = name

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

    def object(self, x: Any, wish: str | None = None, key: Any = None) -> str:
        """Return a name for something that the program does not assign."""
        key = key or id(x)
        if key not in self._names:
            self._names[key] = self.new(wish) if wish else self.numbered("c", 0)
            self.bound[self._names[key]] = x
        return self._names[key]

    def expression(self, v: Variable, buffer: Variable | None = None) -> Text:
        """Return how `v` is computed, into the memory of `buffer` if there is one."""
        f, args = v.function, v.args
        if f in OPERATORS and not v.kwargs and buffer is None:
            sign, binds, _ = OPERATORS[f]
            if len(args) == 1:
                binds -= f is np.negative and self._takes_sign(args[0])
                return f"{sign}{self.operand(args[0], v, binds)}", binds
            power, comparison = f is np.power, binds == 6  # one groups from the right, one never
            left = self.operand(args[0], v, binds + (power or comparison))
            return f"{left} {sign} {self.operand(args[1], v, binds + (not power))}", binds
        if f is getitem:
            return f"{self.operand(args[0], v, ATOM)}[{self.index(args[1])}]", ATOM
        if f is np.transpose and len(args) == 1 and not v.kwargs:
            return f"{self.operand(args[0], v, ATOM)}.T", ATOM
        rest = [self.argument(x, v) for x in args]
        named = [f"{k}={self.argument(x, v)}" for k, x in v.kwargs.items()]
        name = _SHORTER.get(f) or self._function(f)
        if f is join:
            name, rest = "np.concatenate", [f"[{', '.join(rest)}]"]
        is_array = isinstance(args[0], Variable) and args[0].kind not in (float, bool)
        if f is astype or (f in METHODS and is_array and len(args) < 3):
            name, rest = f"{self.operand(args[0], v, ATOM)}.{f.__name__}", rest[1:]
        if buffer is not None:
            named.append(f"out={self.of[buffer][0]}")
        return f"{name}({', '.join(rest + named)})", ATOM

    def _takes_sign(self, x: Any) -> bool:
        """Tell whether a sign before a product may be its first number's, as in ``-2 * x``."""
        product = getattr(x, "function", None) in (np.multiply, np.divide) and not x.kwargs
        if not product or x.dtype.kind == "u":  # of which there are no negative numbers
            return False
        first = x.args[0]
        alone = not isinstance(first, Variable) or self.of[first][1] > OPERATORS[np.multiply][1]
        return not getattr(first, "shape", ()) and (alone or self._takes_sign(first))

    def operand(self, x: Any, v: Variable, needed: int) -> str:
        """Return an argument of `v` where what stands beside it binds as tightly as `needed`."""
        if isinstance(x, Variable):
            return closed(*self.of[x], needed)
        text = self.argument(x, v)
        return closed(text, 13 if text.startswith("-") else ATOM, needed)

    def argument(self, x: Any, v: Variable | None = None) -> str:
        """Return an argument of `v` where commas stand beside it."""
        if isinstance(x, Variable):
            return self.of[x][0]
        if isinstance(x, Constant):
            return self.object(x.array, self._known.get(x.digest), x.digest)
        if isinstance(x, tuple | list):
            inner = ", ".join(self.argument(y, v) for y in x)
            return f"[{inner}]" if isinstance(x, list) else f"({inner}{',' * (len(x) == 1)})"
        if isinstance(x, np.dtype):
            return f"np.{x.name}"
        if isinstance(x, np.generic):
            return self._scalar(x, v)
        if x is not None and x is not ... and type(x) not in (int, float, bool, str):
            return self._function(x)
        if type(x) is int and v is not None and v.ndim and v.function in _ARITHMETIC:
            x = float(x) if v.dtype.kind == "f" and abs(x) < 2**24 else x  # NumPy would convert it
        return "..." if x is ... else number(x)

    def _scalar(self, x: Any, v: Variable | None) -> str:
        """Return a NumPy scalar, as a Python literal if an operator or a ufunc takes it for one."""
        if x.dtype.kind not in "fi" or x.dtype.itemsize > 8:
            return self.object(x)
        if v is not None and isinstance(v.function, np.ufunc):
            others = [blank(y) for y in variables(v.args)]
            weak = all(type(y) in (float, bool) for y in others)  # Python's arithmetic would follow
            if not weak and np.result_type(*others, x.item()) == np.result_type(*others, x.dtype):
                return number(x.item())
        return f"np.{x.dtype.name}({number(x.item())})"

    def _function(self, f: Any) -> str:
        """Return how a function is called, by NumPy's name or its own."""
        name = getattr(f, "__name__", "function")
        for module, prefix in ((np, "np."), (np.linalg, "np.linalg.")):
            if getattr(module, name, None) is f:
                return prefix + name
        return self.object(f, name)

    def index(self, index: Any) -> str:
        """Return what stands between brackets."""
        if isinstance(index, tuple) and index:
            return ", ".join(map(self.index, index)) + "," * (len(index) == 1)
        if isinstance(index, slice):
            ends = ["" if p is None else self.argument(p) for p in (index.start, index.stop)]
            return ":".join(ends if index.step is None else [*ends, self.argument(index.step)])
        return self.argument(index)


def number(x: Any) -> str:
    """Return a Python number as a literal."""
    if isinstance(x, float) and not np.isfinite(x):
        return "np.nan" if np.isnan(x) else "np.inf" if x > 0 else "-np.inf"
    return repr(x)


def allocated(how: str, like: Any, *values: float) -> str:
    """Return a call such as ``np.zeros(3)``, of a shape and a dtype."""
    kind = [] if like.dtype == np.float64 else [f"np.{like.dtype.name}"]
    shape = repr(tuple(map(int, like.shape))) if len(like.shape) != 1 else str(like.shape[0])
    return f"np.{how}({', '.join([shape, *map(number, values), *kind])})"
