"""The lines of a program: one assignment each, in the order of computation.

What is added to a part of an array, as the adjoint of an entry is to that of its vector, is
added in the memory of the sum: ``d = np.zeros(n); d[1:] = a; d[:-1] += b``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mcalc.programs._recorder import Recorder, blank
from mcalc.programs._text import ATOM, METHODS, Texts, allocated, closed
from mcalc.programs._variable import OPERATORS, Variable, rebuild, variables
from mcalc.rules import astype
from mcalc.rules._shapes import join, scatter
from mcalc.rules._table import require

LONGEST = 44  # an expression that is used once and is no longer stands where it is used
LARGE = 2**18  # bytes from which on memory costs more than a line; NumPy's own bound for it
_FRESH = {*METHODS, np.matmul, np.where, join, scatter, astype} - {np.reshape}


class Writer:
    """Writes the variables that the outputs need, and what the rules require."""

    def __init__(self, texts: Texts, recorder: Recorder, outputs: list[tuple[Any, str]]) -> None:
        self.texts, self.outputs, self.recorder = texts, outputs, recorder
        self.lines: list[str] = []
        self.users: dict[Variable, list[Any]] = {}  # None uses an output
        self.adds: set[Variable] = set()  # what is a sum with something in a part of an array
        self.sums: set[Variable] = set()  # to whose memory such a part will be added
        self.written: set[Variable] = set()  # what has a line of its own
        for x in variables(outputs):
            self.users.setdefault(x, []).append(None)
        for v in reversed(recorder.variables):
            if v not in self.users and v.function not in (None, require):
                continue
            user, *others = self.users.setdefault(v, [None])
            goes_on = user in self.adds and user.args[0] is v and not (others or v.labels)
            if goes_on and owns_memory(v):
                self.sums.add(v)
                v.labels = user.labels  # one list, since they are one array
            reads = v.inputs
            if _adds_part(v):
                self.adds.add(v)
                reads = variables((v.args[0], v.args[1].args))
            for x in reads:
                self.users.setdefault(x, []).append(v)

    def write(self, *, several: bool) -> list[str]:
        """Return the lines, the last of which returns a tuple of gradients if they are several."""
        for v in self.recorder.variables:
            if v in self.users:
                self._variable(v)
        value, *gradients = [self._returned(x, wish) for x, wish in self.outputs]
        listed = f"({', '.join(gradients)}{',' * (len(gradients) == 1)})"
        return [*self.lines, f"return {value}, {listed if several else gradients[0]}"]

    def _variable(self, v: Variable) -> None:
        if v.function is None:
            self.texts.of[v] = v.labels[0], ATOM
        elif v.function is require:
            self.lines.append(self.texts.expression(v)[0])
            self.written.add(v)
        elif v.function is scatter:
            self._assign(v, allocated("zeros", v))
            self._put(v, "=", *v.args)
        elif v in self.adds:
            total, part = v.args
            if total in self.sums:
                self.texts.of[v] = self.texts.of[total]
            else:
                self._assign(v, f"{closed(*self.texts.of[total], ATOM)}.copy()")
            self.written.add(v)
            self._put(v, "+=", *part.args)
        else:
            text, _ = self.texts.of[v] = self.texts.expression(v)
            user, *others = self.users[v]
            # An operator finds memory by itself: NumPy sees to that.
            is_buffer = _may_write(user, v) and user.function not in OPERATORS
            if v.labels or others or len(text) > LONGEST or is_buffer or v in self.sums:
                free = next((x for x in v.inputs if self._is_free(x, v)), None)
                self._assign(v, self.texts.expression(v, free)[0])

    def _assign(self, v: Variable, text: str) -> None:
        if not v.labels:
            v.labels.append(self.texts.numbered("t"))
        self.texts.of[v] = v.labels[0], ATOM
        self.lines.append(" = ".join([*v.labels, text]))
        self.written.add(v)

    def _put(self, v: Variable, way: str, x: Any, index: Any, *_: Any) -> None:
        """Assign or add `x` to a part of `v`."""
        name, times = self.texts.of[v][0], np.zeros(v.shape, int)
        x = x if getattr(x, "uniform", None) is None else float(x.uniform)
        if variables(index):
            times += 2  # it may take an entry more than once
        else:
            np.add.at(times, rebuild(index, blank), 1)
        if times.max(initial=0) > 1:
            place = f"np.s_[{self.texts.index(index)}]"
            self.lines.append(f"np.add.at({name}, {place}, {self.texts.argument(x)})")
            return
        if way == "+=" and getattr(x, "function", None) is np.negative and x not in self.written:
            way, x = "-=", x.args[0]
        self.lines.append(f"{name}[{self.texts.index(index)}] {way} {self.texts.argument(x)}")

    def _is_free(self, x: Variable, v: Variable) -> bool:
        """Tell whether `v` may be written into the memory of `x`, which no later line reads."""
        done = self.written
        over = all(user is v or (user in done and _copies(user)) for user in self.users[x])
        return x in done and over and _may_write(v, x)

    def _returned(self, x: Any, wish: str) -> str:
        """Return an output as the caller's own: no argument, no constant, no other output."""
        if not isinstance(x, Variable):
            constant = self.recorder.constant(x) if x.ndim else x
            if x.ndim and constant.uniform is not None:
                return allocated("full", x, constant.uniform.item())
            return self.texts.argument(constant) + ".copy()" * bool(x.ndim)
        text, binds = (wish, ATOM) if wish in x.labels else self.texts.of[x]
        once = sum(user is None for user in self.users[x]) == 1
        if issubclass(x.kind, np.generic) or (owns_memory(x) and once):
            return text
        if x.kind is not np.ndarray:
            return f"np.float64({text})"
        return closed(text, binds, ATOM) + (".copy()" if x.ndim else "[()]")


def _adds_part(v: Any) -> bool:
    """Tell whether `v` is an array with something added to a part of it."""
    if getattr(v, "function", None) is not np.add or not isinstance(v.args[1], Variable):
        return False
    whole, part = v.args
    is_part = part.function is scatter and not part.labels and part.abstract == v.abstract
    return is_part and getattr(whole, "abstract", None) == v.abstract


def owns_memory(v: Variable) -> bool:
    """Tell whether `v` is an array in memory of its own."""
    elementwise = isinstance(v.function, np.ufunc) and v.function.signature is None
    return v.kind is np.ndarray and v.ndim > 0 and (elementwise or v.function in _FRESH)


def _may_write(v: Any, x: Variable) -> bool:
    """Tell whether `v` is computed entry by entry, and could be in the memory of `x`."""
    f = getattr(v, "function", None)
    elementwise = isinstance(f, np.ufunc) and f.signature is None and not v.kwargs
    return elementwise and v.abstract == x.abstract and owns_memory(x) and x.nbytes >= LARGE


def _copies(user: Any) -> bool:
    """Tell whether a step keeps no view of what it uses; an output is kept."""
    if user is None:
        return False
    return user.function is require or owns_memory(user) or issubclass(user.kind, np.generic)
