"""The lines of a program: one assignment each, in the order of computation.

An expression is a syntax tree, which Python's `ast` turns into text. What is added to a part of an
array, as the adjoint of an entry is to that of its vector, is added in the memory of the sum:
``d = np.zeros(n); d[1:] = a; d[:-1] += b``.
"""

from __future__ import annotations

import ast
import functools
import inspect
import itertools
import keyword
import re
from typing import Any

import numpy as np

from mcalc.programs._recorder import Recorder, blank, digest
from mcalc.programs._simplify import is_number, uniform
from mcalc.programs._variable import OPERATORS, Variable, found_in, is_elementwise, rebuild
from mcalc.rules import astype, getitem
from mcalc.rules._elementwise import clamp
from mcalc.rules._norms import norm
from mcalc.rules._shapes import join, plus_part, scatter, takes_once
from mcalc.rules._table import require

LONGEST = 44  # an expression that is used once and is no longer stands where it is used
LARGE = 2**18  # bytes from which on memory costs more than a line; NumPy's own bound for it
_FOLDS = {np.sum, np.prod, np.max, np.min, np.any, np.all, np.mean, np.var, np.std, norm}
_METHODS = {*_FOLDS, np.reshape, np.cumsum, astype} - {norm}
_NOT_SAID = ("axis", None), ("keepdims", False)  # of a fold
_FRESH = {*_METHODS, np.matmul, np.where, join, scatter, plus_part} - {np.reshape}
_NAMES = {clamp: "np.clip", norm: "np.linalg.norm", join: "np.concatenate", np.absolute: "np.abs"}
_ARITHMETIC = {np.add, np.subtract, np.multiply, np.divide}


@functools.lru_cache(4096)
def _parsed(text: str) -> ast.expr:
    """Return the syntax tree of an expression; nobody changes it."""
    return ast.parse(text, mode="eval").body


def _copy(x: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(x, "copy"), [], [])


class Writer:
    """Writes the variables that the outputs of one program need, and what the rules require.

    Attributes:
        taken: the names that are given.
        bound: what those mean that the program does not assign.
        of: how each variable is written: by a name, or by an expression.
        users: what is computed from each variable; None uses an output.
    """

    def __init__(self, f: Any, reserved: list[str]) -> None:
        self.taken = {"np", "type", "float", *keyword.kwlist, *reserved}
        self.bound: dict[str, Any] = {}
        self.of: dict[Variable, ast.expr] = {}
        self.users: dict[Variable, list[Any]] = {}
        self.lines: list[str] = []
        self._numbers = itertools.count(1)
        self._names: dict[Any, str] = {}
        own, outside = inspect.getclosurevars(f)[:2] if inspect.isfunction(f) else ({}, {})
        arrays = {name: x for name, x in {**outside, **own}.items() if isinstance(x, np.ndarray)}
        self._known = {digest(x): name for name, x in arrays.items()}

    def new(self, wish: str) -> str:
        """Return an identifier as close to `wish` as can be."""
        wish = wish if wish.isidentifier() else re.sub(r"[^0-9A-Za-z_]+|^(?=\d)", "_", wish)
        names = itertools.chain([wish], (f"{wish}_{n}" for n in itertools.count(2)))
        name = next(name for name in names if name not in self.taken)
        self.taken.add(name)
        return name

    def expression(self, v: Variable, memory: Variable | None = None) -> ast.expr:
        """Return how `v` is computed, into the memory of another array if there is one."""
        f, args = v.function, [self.argument(x, v) for x in v.args]
        said = [k for k in v.kwargs if f not in _FOLDS or (k, v.kwargs[k]) not in _NOT_SAID]
        named = [ast.keyword(k, self.argument(v.kwargs[k], v)) for k in said]
        if memory is not None:
            named.append(ast.keyword("out", self.of[memory]))
        if f in OPERATORS and not named:
            sign = OPERATORS[f][0]
            if f is np.negative:
                return self._negative(v.args[0], args[0])
            if isinstance(sign, ast.cmpop):
                return ast.Compare(args[0], [sign], args[1:])
            return ast.BinOp(args[0], sign, args[1]) if args[1:] else ast.UnaryOp(sign, args[0])
        if f is getitem and not named:
            return ast.Subscript(args[0], args[1])
        if f is np.transpose and len(args + named) == 1:
            return ast.Attribute(args[0], "T")
        is_array = isinstance(v.args[0], Variable) and v.args[0].kind not in (float, bool)
        if f in _METHODS and is_array and len(args) < 3:
            return ast.Call(ast.Attribute(args[0], f.__name__), args[1:], named)
        return ast.Call(_parsed(self._function(f)), [ast.List(args)] if f is join else args, named)

    def _negative(self, x: Any, text: ast.expr) -> ast.expr:
        """Return ``-x``, with the sign at the first number of a product, as in ``-2 * y``."""
        match text:
            case ast.BinOp(a, ast.Mult() | ast.Div() as sign, b) if x.dtype.kind == "f":
                first = x.args[0]  # of an integer the negative may be another number
                is_float = isinstance(first, Variable) and first.dtype.kind == "f"
                if is_number(first) or (is_float and first.ndim == 0):
                    return ast.BinOp(self._negative(first, a), sign, b)
        return ast.UnaryOp(ast.USub(), text)

    def argument(self, x: Any, v: Variable | None = None) -> ast.expr:
        """Return an argument of `v`."""
        if isinstance(x, Variable):
            return self.of[x]
        if isinstance(x, slice):
            ends = (x.start, x.stop, x.step)
            return ast.Slice(*[None if end is None else self.argument(end) for end in ends])
        if isinstance(x, tuple | list):
            parts = [self.argument(y, v) for y in x]
            return ast.List(parts) if isinstance(x, list) else ast.Tuple(parts)
        if isinstance(x, np.generic) and v is not None and _may_be_weak(x, v):
            x = x.item()
        if type(x) is int and v is not None and v.ndim and v.function in _ARITHMETIC:
            x = float(x) if v.dtype.kind == "f" and abs(x) < 2**24 else x  # NumPy would convert it
        return _parsed(self._atom(x))

    def _atom(self, x: Any) -> str:
        """Return what has no parts: a name or a literal."""
        if isinstance(x, np.ndarray):
            return self._bound(x, self._known.get(digest(x)))
        if isinstance(x, np.generic):
            is_literal = x.dtype.kind in "fi" and x.dtype.itemsize <= 8
            return f"np.{x.dtype.name}({_number(x.item())})" if is_literal else self._bound(x)
        if x is None or type(x) in (int, float, bool, str):
            return _number(x)
        if isinstance(x, np.dtype):
            return f"np.{x.name}"
        return "..." if x is ... else self._function(x)

    def _function(self, f: Any) -> str:
        """Return how a function is called, by NumPy's name or its own."""
        name = getattr(f, "__name__", "function")
        for module, prefix in ((np, "np."), (np.linalg, "np.linalg.")):
            if getattr(module, name, None) is f and f not in _NAMES:
                return prefix + name
        return _NAMES.get(f) or self._bound(f, name)

    def _bound(self, x: Any, wish: str | None = None) -> str:
        """Return a name for something that the program does not assign."""
        if id(x) not in self._names:
            self._names[id(x)] = self.new(wish or f"c{len(self.bound)}")
            self.bound[self._names[id(x)]] = x
        return self._names[id(x)]

    def write(self, recorder: Recorder, outputs: Any, *, several: bool) -> list[str]:
        """Return the lines, the last of which returns a tuple of gradients if they are several."""
        for x in found_in(outputs, Variable):
            self.users.setdefault(x, []).append(None)
        for v in reversed(recorder.variables):
            if v not in self.users and v.function not in (None, require):
                continue
            user, *others = self.users.setdefault(v, [None])
            goes_on = user is not None and user.function is plus_part and user.args[0] is v
            if goes_on and _owns_memory(v) and not (others or v.labels):
                v.labels = user.labels  # one list, since they are one array
            for x in v.inputs:
                self.users.setdefault(x, []).append(v)
        for v in recorder.variables:
            if v in self.users:
                self._variable(v)
        value, *gradients = [self._returned(*output) for output in outputs]
        returned = ast.Tuple([value, ast.Tuple(gradients) if several else gradients[0]])
        return [*self.lines, f"return {ast.unparse(returned)[1:-1]}"]

    def _variable(self, v: Variable) -> None:
        user, *others = self.users[v]
        if v.function is None:
            self.of[v] = ast.Name(v.labels[0])
        elif v.function is plus_part:
            self._plus_part(v, *v.args)
        elif v.function is scatter and not v.kwargs:
            self._plus_part(v, None, *v.args[:2])
        else:
            self.of[v] = self.expression(v)
            text = ast.unparse(self.of[v])
            lends = user is not None and user.labels is v.labels
            if v.function is require:
                self.lines.append(text)
            elif v.labels or others or len(text) > LONGEST or lends:
                free = [x for x in v.inputs if self._is_free(x, v)] if v.nbytes >= LARGE else []
                self._assign(v, ast.unparse(self.expression(v, free[0])) if free else text)

    def _assign(self, v: Variable, text: str) -> None:
        if not v.labels:
            v.labels.append(self.new(f"t{next(self._numbers)}"))
        self.of[v] = ast.Name(v.labels[0])
        self.lines.append(" = ".join([*v.labels, text]))

    def _plus_part(self, v: Variable, whole: Any, x: Any, index: Any) -> None:
        """Add `x` to a part of `whole`, or of zeros; in its memory if nobody else reads it."""
        if whole is None:
            self._assign(v, _allocated("zeros", v))
        elif whole.labels is not v.labels:
            self._assign(v, ast.unparse(_copy(self.of[whole])))
        else:
            self.of[v] = self.of[whole]
        x, once = uniform(x), takes_once(rebuild(index, blank))
        added = ast.unparse(self.argument(x.item() if isinstance(x, np.generic) else x))
        part = ast.Subscript(self.of[v] if once else _parsed("np.s_"), self.argument(index))
        if once:
            self.lines.append(f"{ast.unparse(part)} {'=' if whole is None else '+='} {added}")
        else:
            self.lines.append(f"np.add.at({ast.unparse(self.of[v])}, {ast.unparse(part)}, {added})")

    def _is_free(self, x: Variable, v: Variable) -> bool:
        """Tell whether `v` may be written into the memory of `x`, which no later line reads."""
        others = [user for user in self.users[x] if user is not v]
        numbers = all(self._has_line(user) and user.kind is not np.ndarray for user in others)
        by_entries = is_elementwise(v.function) and not v.kwargs and v.abstract == x.abstract
        return numbers and by_entries and self._has_line(x) and _owns_memory(x)

    def _has_line(self, v: Any) -> bool:
        return isinstance(self.of.get(v), ast.Name)

    def _returned(self, x: Any, wish: str) -> ast.expr:
        """Return an output as the caller's own: no argument, no constant, no other output."""
        if not isinstance(x, Variable):
            same = uniform(x)
            if x.ndim and same is not x:
                return _parsed(_allocated("full", x, _number(same.item())))
            return _copy(self.argument(x)) if x.ndim else self.argument(x)
        found = ast.Name(wish) if wish in x.labels else self.of[x]
        once = sum(user is None for user in self.users[x]) == 1
        if issubclass(x.kind, np.generic) or (_owns_memory(x) and once):
            return found
        if x.kind is not np.ndarray:
            return ast.Call(_parsed("np.float64"), [found], [])
        return _copy(found) if x.ndim else ast.Subscript(found, _parsed("()"))


def _may_be_weak(x: np.generic, v: Variable) -> bool:
    """Tell whether a Python number in the place of `x` gives the same dtype."""
    numpys = [y.dtype for y in v.inputs if issubclass(y.kind, np.ndarray | np.generic)]
    return x.dtype in numpys and isinstance(v.function, np.ufunc)


def _number(x: Any) -> str:
    """Return a literal."""
    return re.sub("(nan|inf)", r"np.\1", repr(x)) if isinstance(x, float) else repr(x)


def _allocated(how: str, like: Any, *values: str) -> str:
    """Return a call such as ``np.zeros(3)``, of a shape and a dtype."""
    kind = [] if like.dtype == np.float64 else [f"np.{like.dtype.name}"]
    shape = str(like.shape if like.ndim != 1 else like.shape[0])
    return f"np.{how}({', '.join([shape, *values, *kind])})"


def _owns_memory(v: Variable) -> bool:
    """Tell whether `v` is an array in memory of its own."""
    fresh = is_elementwise(v.function) or v.function in _FRESH
    return v.kind is np.ndarray and v.ndim > 0 and fresh
