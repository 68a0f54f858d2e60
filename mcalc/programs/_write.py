"""The lines of a program: one assignment each, in the order of computation.

Sums of arrays that are zero but for a part, as the adjoint of a vector is of its entries', are
collected and written into one array, ``d = np.zeros(n); d[1:] = a; d[:-1] += b``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from mcalc.programs._recorder import Recorder, blank
from mcalc.programs._text import ATOM, METHODS, Texts, allocated, closed
from mcalc.programs._variable import INFIX, UNARY, Variable, rebuild, variables
from mcalc.rules import astype
from mcalc.rules._shapes import join, scatter
from mcalc.rules._table import require

LONGEST = 44  # an expression that is used once and is no longer stands where it is used
LARGE = 2**18  # bytes from which on memory costs more than a line; NumPy's own bound for it
_FRESH = {*METHODS, np.matmul, np.where, join, scatter, astype} - {np.reshape}


@dataclass
class Parts:
    """A sum of an array, or none, and of terms: whether subtracted, where, what; ... is all."""

    base: Variable | None = None
    terms: list[tuple[bool, Any, Any]] = field(default_factory=list)

    def ways(self, shape: tuple[int, ...]) -> tuple[list[str], bool]:
        """Return how each term is written, and whether they certainly assign every entry.

        A term is assigned by ``=`` where nothing was before, added by ``+=``, or by ``at`` where
        an index may take an entry more than once.
        """
        taken, ways = np.full(shape, self.base is not None), []
        for _, index, _ in self.terms:
            times, unknown = np.zeros(shape, int), variables(index)
            if unknown:
                times += 1 + any(x.ndim for x in unknown)
            else:
                np.add.at(times, rebuild(index, blank), 1)
            before = np.any(taken & (times > 0))
            ways.append("at" if times.max(initial=0) > 1 else "+=" if before else "=")
            taken |= times > 0
        certain = self.base is None and not variables([index for _, index, _ in self.terms])
        return ways, certain and set(ways) == {"="} and bool(taken.all())


class Writer:
    """Writes the variables that the outputs need, and what the rules require."""

    def __init__(self, texts: Texts, recorder: Recorder, outputs: list[tuple[Any, str]]) -> None:
        self.texts, self.outputs, self.recorder = texts, outputs, recorder
        self.lines: list[str] = []
        self.parts: dict[Variable, Parts] = {}
        self.written: set[Variable] = set()  # what has a line of its own, and nothing pending
        self.users: dict[Variable, list[Any]] = {}  # None uses an output
        for x in variables(outputs):
            self.users.setdefault(x, []).append(None)
        for v in reversed(recorder.variables):
            if v in self.users or v.function in (None, require):
                self.users.setdefault(v, [])
                for x in v.inputs:
                    self.users.setdefault(x, []).append(v)

    def write(self, *, several: bool) -> list[str]:
        """Return the lines, the last of which returns a tuple of gradients if they are several."""
        for v in self.recorder.variables:
            if v in self.users:
                self._variable(v)
        value, *gradients = (
            self._returned(x, wish, again=any(x is y for y, _ in self.outputs[:i]))
            for i, (x, wish) in enumerate(self.outputs)
        )
        listed = f"({', '.join(gradients)}{',' * (len(gradients) == 1)})"
        return [*self.lines, f"return {value}, {listed if several else gradients[0]}"]

    def _variable(self, v: Variable) -> None:
        users = self.users[v]
        if v.function is None:
            self.texts.of[v] = v.labels[0], ATOM
        elif v.function is require:
            self.lines.append(self.texts.expression(v)[0])
            self.written.add(v)
        elif parts := self._collected(v):
            if not v.labels and len(users) == 1 and _goes_on(v, users[0]):
                self.parts[v] = parts
            else:
                self._write_parts(v, parts)
        else:
            self.texts.of[v] = self.texts.expression(v)
            if (
                v.labels
                or len(users) > 1
                or len(self.texts.of[v][0]) > LONGEST
                or self._is_buffer(v)
            ):
                free = next(filter(partial(self._is_free, v), v.inputs), None)
                self._assign(v, self.texts.expression(v, free)[0])

    def _assign(self, v: Variable, text: str) -> str:
        names = v.labels or [self.texts.numbered("t")]
        self.texts.of[v] = names[0], ATOM
        self.written.add(v)
        self.lines.append(" = ".join([*names, text]))
        return names[0]

    def _is_free(self, v: Variable, x: Variable) -> bool:
        """Tell whether `v` may be written into the memory of `x`, which no later line reads."""
        done = self.written
        over = all(user is v or (user in done and _copies(user)) for user in self.users[x])
        return x in done and over and _fits(x, v)

    def _collected(self, v: Variable) -> Parts | None:
        """Return `v` as a sum of parts; None if it is not one."""
        if v.function is scatter:
            return Parts(None, [(False, v.args[1], v.args[0])])
        if v.function not in (np.add, np.subtract) or self.parts.keys().isdisjoint(v.inputs):
            return None
        a, b = (self.parts.pop(x) if x in self.parts else Parts(x) for x in v.args)
        less = v.function is np.subtract
        found = Parts(a.base, a.terms + [(minus ^ less, i, x) for minus, i, x in b.terms])
        if b.base is not None and a.base is None and not less:
            found.base = b.base
        elif b.base is not None:
            found.terms.append((less, ..., b.base))
        return found

    def _write_parts(self, v: Variable, parts: Parts) -> None:
        ways, full = parts.ways(v.shape)
        text = allocated("empty" if full else "zeros", v)
        if parts.base is not None:
            own = len(self.users[parts.base]) == 1 and owns_memory(parts.base)
            text, binds = self.texts.of[parts.base]
            text = text if own else f"{closed(text, binds, ATOM)}.copy()"
        name = self._assign(v, text)
        for (minus, index, x), way in zip(parts.terms, ways, strict=True):
            while isinstance(x, Variable) and x.function is np.negative and len(self.users[x]) == 1:
                minus, x = not minus, x.args[0]
            x = x if getattr(x, "uniform", None) is None else float(x.uniform)
            text = self.texts.argument(x)
            signed = f"-{self.texts.operand(x, v, 13)}" if minus else text
            place = name if index is ... and way == "+=" else f"{name}[{self.texts.index(index)}]"
            line = f"{place} {way} {signed}"
            if way == "at":
                line = f"np.add.at({name}, {self.texts.argument(index)}, {signed})"
            elif way == "+=" and minus:
                line = f"{place} -= {text}"
            self.lines.append(line)

    def _is_buffer(self, v: Variable) -> bool:
        """Tell whether the one function that uses `v` could write into its memory."""
        (user, *others) = self.users[v]
        infix = user is None or user.function in INFIX or user.function in UNARY
        return not others and not infix and _fits(v, user)  # NumPy sees to operators itself

    def _returned(self, x: Any, wish: str, *, again: bool) -> str:
        """Return an output as the caller's own: no argument, no constant, no other output."""
        if isinstance(x, Variable):
            text, binds = (wish, ATOM) if wish in x.labels else self.texts.of[x]
            if issubclass(x.kind, np.generic) or (owns_memory(x) and not again):
                return text
            if x.kind is not np.ndarray:
                return f"np.float64({text})"
            return closed(text, binds, ATOM) + (".copy()" if x.ndim else "[()]")
        if not x.ndim:
            return self.texts.argument(x)
        constant = self.recorder.constant(x)
        if constant.uniform is None:
            return f"{self.texts.constant(constant)}.copy()"
        return allocated("full", x, constant.uniform.item())


def _goes_on(v: Variable, user: Any) -> bool:
    """Tell whether the step that uses `v` adds it to an array of the same kind."""
    if not isinstance(user, Variable) or user.function not in (np.add, np.subtract):
        return False
    return all(isinstance(x, Variable) and x.abstract == v.abstract for x in user.args)


def owns_memory(v: Variable) -> bool:
    """Tell whether `v` is an array in memory of its own."""
    elementwise = isinstance(v.function, np.ufunc) and v.function.signature is None
    return v.kind is np.ndarray and v.ndim > 0 and (elementwise or v.function in _FRESH)


def _fits(x: Variable, user: Variable) -> bool:
    """Tell whether a function that works entry by entry may write into the memory of `x`."""
    f = user.function
    plain = isinstance(f, np.ufunc) and f.nout == 1 and f.signature is None and not user.kwargs
    large = math.prod(x.shape) * x.dtype.itemsize >= LARGE
    return plain and large and user.abstract == x.abstract and owns_memory(x)


def _copies(user: Any) -> bool:
    """Tell whether a step keeps no view of what it uses; an output is kept."""
    if not isinstance(user, Variable):
        return False
    return user.function is require or owns_memory(user) or issubclass(user.kind, np.generic)
