"""The lines of a program: one assignment each, in the order of computation."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcalc.programs import _names
from mcalc.programs._abstract import INFIX, UNARY, leaves
from mcalc.programs._names import Names
from mcalc.programs._parts import Parts, collected, goes_on
from mcalc.programs._recorder import Recorder
from mcalc.programs._text import ATOM, METHODS, Texts, closed
from mcalc.programs._variable import Variable
from mcalc.rules import astype
from mcalc.rules._shapes import join, scatter
from mcalc.rules._table import require

LONGEST = 44  # an expression that is used once and is no longer stands where it is used
LARGE = 2**18  # bytes from which on memory costs more than a line; NumPy's own bound for it
_FRESH = {*METHODS, np.matmul, np.where, join, scatter, astype} - {np.reshape}


@dataclass
class Line:
    """A line, how often it uses each name, and the variable that it computes, if it does so."""

    text: str
    uses: Counter[Variable]
    variable: Variable | None = None


class Writer:
    """Writes the variables that the outputs need."""

    def __init__(self, names: Names, recorder: Recorder, outputs: list[tuple[Any, str]]) -> None:
        self.names, self.recorder, self.outputs = names, recorder, outputs
        self.texts, self.lines = Texts(names), list[Line]()
        self.users: dict[Variable, list[Any]] = {}
        for x, _ in outputs:
            if isinstance(x, Variable):
                self.users.setdefault(x, []).append(None)
        self.steps: list[Variable] = []
        for v in reversed(recorder.variables):
            if v in self.users or v.function in (None, require):
                self.steps.append(v)
                for x in v.inputs:
                    self.users.setdefault(x, []).append(v)
        self.mentions: dict[Variable, list[Variable]] = {}  # the names in the text of each
        self.parts: dict[Variable, Parts] = {}

    def write(self, *, several: bool) -> list[str]:
        """Return the lines, the last of which returns a tuple of gradients if they are several."""
        for v in reversed(self.steps):
            self._variable(v)
        value, *gradients = (
            self._returned(x, wish, any(x is y for y, _ in self.outputs[:i]))
            for i, (x, wish) in enumerate(self.outputs)
        )
        listed = f"({', '.join(gradients)}{',' * (len(gradients) == 1)})"
        text = f"return {value}, {listed if several else gradients[0]}"
        self._line(text, *(x for x, _ in self.outputs if isinstance(x, Variable)))
        self._reuse_memory()
        return [line.text for line in self.lines]

    def _line(self, text: str, *used: Variable, computes: Variable | None = None) -> None:
        uses = Counter(y for x in used for y in self.mentions[x])
        self.lines.append(Line(text, uses, computes))

    def _variable(self, v: Variable) -> None:
        if v.function is None:
            self.texts.of[v], self.mentions[v] = (v.labels[0], ATOM), [v]
            return
        if v.function is require:
            self._line(self.texts.expression(v)[0], *v.inputs)
            return
        users = self.users[v]
        parts = collected(v, self.parts)
        if parts is not None:
            if not v.labels and len(users) == 1 and goes_on(v, users[0]):
                self.parts[v] = parts
            else:
                self._write_parts(v, parts)
            return
        text, binds = self.texts.expression(v)
        several = len(users) > 1 or bool(v.labels) or isinstance(v.abstract, tuple | list)
        if several or len(text) > LONGEST or self._is_buffer(v):
            self._assign(v, text, *v.inputs)
        else:
            self.texts.of[v] = text, binds
            self.mentions[v] = [y for x in v.inputs for y in self.mentions[x]]

    def _assign(self, v: Variable, text: str, *used: Variable) -> str:
        names = v.labels or [self.names.numbered("t")]
        self.texts.of[v], self.mentions[v] = (names[0], ATOM), [v]
        self._line(" = ".join([*names, text]), *used, computes=v)
        return names[0]

    def _write_parts(self, v: Variable, parts: Parts) -> None:
        ways, full = parts.ways(v.shape)
        if parts.base is not None:
            own = len(self.users[parts.base]) == 1 and is_fresh(parts.base)
            text, binds = self.texts.of[parts.base]
            text = text if own else f"{closed(text, binds, ATOM)}.copy()"
            name = self._assign(v, text, parts.base)
        else:
            kind = "" if v.dtype == np.float64 else f", {_names.dtype(v.dtype)}"
            fill = "empty" if full else "zeros"
            name = self._assign(v, f"np.{fill}({_names.shape(v.shape)}{kind})")
        self.lines[-1].variable = None  # what it computes is not yet there
        for (minus, index, x), way in zip(parts.terms, ways, strict=True):
            changes = (np.negative, np.broadcast_to)
            while isinstance(x, Variable) and x.function in changes and len(self.users[x]) == 1:
                minus ^= x.function is np.negative
                x = x.args[0]
            x = x if getattr(x, "uniform", None) is None else float(x.uniform)
            text, binds = self.texts.argument(x), 13
            if isinstance(x, Variable):
                text, binds = self.texts.of[x]
            signed = f"-{closed(text, binds, 13)}" if minus else text
            place = f"{name}[{self.texts.index(index)}]"
            line = {
                "at": f"np.add.at({name}, {self.texts.argument(index)}, {signed})",
                "=": f"{place} = {signed}",
                "+=": f"{name if index is ... else place} {'-' if minus else '+'}= {text}",
            }[way]
            used = [y for y in (x, *leaves(index)) if isinstance(y, Variable)]
            self._line(line, v, *used)

    def _is_buffer(self, v: Variable) -> bool:
        """Tell whether the one function that uses `v` could write into its memory."""
        (user, *others) = self.users[v]
        infix = user is None or user.function in INFIX or user.function in UNARY
        return not others and not infix and _fits(v, user)  # NumPy sees to operators itself

    def _reuse_memory(self) -> None:
        """Let a line write into the memory of an array that no later line uses."""
        last = {x: i for i, line in enumerate(self.lines) for x in line.uses}
        for i, line in enumerate(self.lines):
            v = line.variable
            for x in v.inputs if v is not None else ():
                free = last.get(x) == i and line.uses[x] == 1
                if v is not None and free and _fits(x, v) and all(map(_copies, self.users[x])):
                    names = v.labels or [self.texts.of[v][0]]
                    line.text = " = ".join([*names, self.texts.expression(v, x)[0]])
                    break

    def _returned(self, x: Any, wish: str, again: bool) -> str:
        """Return an output as the caller's own: no argument, no constant, no other output."""
        if isinstance(x, Variable):
            text, binds = (wish, ATOM) if wish in x.labels else self.texts.of[x]
            if issubclass(x.kind, np.generic) or (is_fresh(x) and not again):
                return text
            if x.kind is not np.ndarray:
                return f"np.float64({text})"
            return closed(text, binds, ATOM) + (".copy()" if x.ndim else "[()]")
        kind = "" if x.dtype == np.float64 else f", {_names.dtype(x.dtype)}"
        if not x.ndim:
            return f"{_names.dtype(x.dtype)}({_names.number(float(x))})"
        constant = self.recorder.constant(x)
        if constant.uniform is None:
            return f"{self.names.constant(constant)}.copy()"
        number = _names.number(float(constant.uniform))
        return f"np.full({_names.shape(x.shape)}, {number}{kind})"


def is_fresh(v: Variable) -> bool:
    """Tell whether `v` is an array in memory of its own."""
    elementwise = isinstance(v.function, np.ufunc) and v.function.signature is None
    return v.kind is np.ndarray and v.ndim > 0 and (elementwise or v.function in _FRESH)


def _fits(x: Variable, user: Variable) -> bool:
    """Tell whether a function that works entry by entry may write into the memory of `x`."""
    f = user.function
    plain = isinstance(f, np.ufunc) and f.nout == 1 and f.signature is None and not user.kwargs
    large = plain and user.abstract == x.abstract and is_fresh(x)
    return large and math.prod(x.shape) * x.dtype.itemsize >= LARGE


def _copies(user: Any) -> bool:
    """Tell whether a step keeps no view of what it uses; an output is kept."""
    return isinstance(user, Variable) and (
        user.function is require or is_fresh(user) or issubclass(user.kind, np.generic)
    )
