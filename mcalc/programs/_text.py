"""The text of one expression: operators, NumPy's functions, indices and literals."""

from __future__ import annotations

from typing import Any

import numpy as np

from mcalc.programs import _names
from mcalc.programs._abstract import INFIX, UNARY, leaves
from mcalc.programs._names import Names
from mcalc.programs._recorder import Constant, blank, item
from mcalc.programs._variable import Variable
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
    """How the variables of a program are written: by a name, or by an expression."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.of: dict[Variable, Text] = {}

    def expression(self, v: Variable, buffer: Variable | None = None) -> Text:
        """Return how `v` is computed, into the memory of `buffer` if there is one."""
        f, args = v.function, v.args
        if f in INFIX and not v.kwargs and buffer is None:
            sign, binds, _ = INFIX[f]
            power, comparison = f is np.power, binds == 6  # one groups from the right, one never
            left = self.operand(args[0], v, binds + (power or comparison))
            return f"{left} {sign} {self.operand(args[1], v, binds + (not power))}", binds
        if f in UNARY and not v.kwargs and buffer is None:
            sign, binds, _ = UNARY[f]
            return f"{sign}{self.operand(args[0], v, binds - self._takes_sign(args[0]))}", binds
        if f in (getitem, item):
            return f"{self.operand(args[0], v, ATOM)}[{self.index(args[1])}]", ATOM
        if f is np.transpose and len(args) == 1:
            return f"{self.operand(args[0], v, ATOM)}.T", ATOM
        rest = [self.argument(x, v) for x in args]
        named = [f"{k}={self.argument(x, v)}" for k, x in v.kwargs.items()]
        if f is astype:
            return f"{self.operand(args[0], v, ATOM)}.astype({', '.join(rest[1:] + named)})", ATOM
        if f is join:
            arrays = f"[{', '.join(rest)}]"
            return f"np.concatenate({', '.join([arrays, *named])})", ATOM
        if f in METHODS and isinstance(args[0], Variable) and args[0].kind not in (float, bool):
            owner = self.operand(args[0], v, ATOM)
            return f"{owner}.{f.__name__}({', '.join(rest[1:] + named)})", ATOM
        if buffer is not None:
            named.append(f"out={self.of[buffer][0]}")
        name = _SHORTER.get(f) or self.names.function(f)
        return f"{name}({', '.join(rest + named)})", ATOM

    def _takes_sign(self, x: Any) -> bool:
        """Tell whether a sign before a product may be its first number's, as in ``-2 * x``."""
        if not isinstance(x, Variable) or x.function not in (np.multiply, np.divide) or x.kwargs:
            return False
        first = x.args[0]
        alone = not isinstance(first, Variable) or self.of[first][1] > 12
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
            return self.names.constant(x)
        if isinstance(x, tuple | list):
            inner = ", ".join(self.argument(y, v) for y in x)
            return f"[{inner}]" if isinstance(x, list) else f"({inner}{',' * (len(x) == 1)})"
        if isinstance(x, slice):
            return f"slice({', '.join(self.argument(y) for y in (x.start, x.stop, x.step))})"
        if type(x) is int and v is not None and v.ndim and v.function in _ARITHMETIC:
            x = float(x) if v.dtype.kind == "f" and abs(x) < 2**24 else x  # NumPy would convert it
        if x is None or x is Ellipsis or isinstance(x, bool | str) or type(x) in (int, float):
            return "..." if x is Ellipsis else _names.number(x)
        if isinstance(x, np.dtype):
            return _names.dtype(x)
        if isinstance(x, np.generic):
            weak = v is not None and (v.function in INFIX or isinstance(v.function, np.ufunc))
            others = [blank(y) for y in leaves(v.args) if isinstance(y, Variable)] if weak else []
            return _names.as_literal(x, others) or self.names.object(x)
        return self.names.function(x)

    def index(self, index: Any) -> str:
        """Return what stands between brackets."""
        if isinstance(index, tuple) and index:
            return ", ".join(map(self.index, index)) + "," * (len(index) == 1)
        if isinstance(index, slice):
            ends = ["" if p is None else self.argument(p) for p in (index.start, index.stop)]
            return ":".join(ends if index.step is None else [*ends, self.argument(index.step)])
        return self.argument(index)
