"""The lines of a program: one assignment each, in the order of computation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mcalc.programs import _names
from mcalc.programs._names import ATOM, Names
from mcalc.programs._recorder import INFIX, UNARY, Guard, Recorder, current, item
from mcalc.programs._text import METHODS, Texts, closed
from mcalc.programs._variable import Variable, leaves, rebuild
from mcalc.rules import astype, getitem
from mcalc.rules._shapes import join, scatter

LONGEST = 44  # an expression that is used once and is no longer stands where it is used
LARGE = 2**18  # bytes from which on memory costs more than a line; NumPy's own bound for it
_FRESH = {*METHODS, np.matmul, np.where, join, scatter, astype} - {np.reshape}
_VARYING = {np.nonzero, np.flatnonzero, np.argwhere, np.repeat}  # their shapes depend on values


@dataclass
class Sum:
    """A sum of arrays most of which are zero but for a part, to be written into one array."""

    base: Variable | None = None
    terms: list[tuple[str, Any, Any]] = field(default_factory=list)  # sign, index, part


class Writer:
    """Writes the variables that the outputs need."""

    def __init__(self, names: Names, recorder: Recorder, outputs: list[tuple[Any, str]]) -> None:
        self.names, self.recorder, self.outputs = names, recorder, outputs
        self.texts, self.lines = Texts(names), list[str]()
        steps: list[Any] = [*recorder.variables, *recorder.guards]
        self.steps = self._needed(sorted(steps, key=lambda s: s.index, reverse=True))
        self.uses = Counter(v for s in self.steps for v in _variables(s))
        self.uses.update(v for v, _ in outputs if isinstance(v, Variable))
        self.consumer = {v: s for s in self.steps for v in _variables(s)}
        self.sums: dict[Variable, Sum] = {}

    def _needed(self, backward: list[Any]) -> list[Any]:
        wanted = {x for x, _ in self.outputs if isinstance(x, Variable)}
        found = []
        for step in backward:
            if isinstance(step, Guard) or step in wanted or step.function is None:
                found.append(step)
                wanted.update(_variables(step))
        return found[::-1]

    def write(self, *, several: bool) -> list[str]:
        """Return the lines, the last of which returns a tuple of gradients if they are several."""
        for step in self.steps:
            if isinstance(step, Guard):
                self._guard(step)
            elif step.function is None:
                self.texts.of[step] = step.labels[0], ATOM
            elif not self._collects(step):
                self._assign(step)
        value, *gradients = (
            self._returned(x, wish, any(x is y for y, _ in self.outputs[:i]))
            for i, (x, wish) in enumerate(self.outputs)
        )
        listed = f"({', '.join(gradients)}{',' * (len(gradients) == 1)})"
        self.lines.append(f"return {value}, {listed if several else gradients[0]}")
        return self.lines

    def _assign(self, v: Variable) -> None:
        buffer = next((x for x in _variables(v) if self._is_buffer(x)), None)
        expression = self.texts.expression(v, buffer)
        several = self.uses[v] > 1 or bool(v.labels) or isinstance(v.at, tuple | list)
        varies = _varies(v)
        if several or varies or len(expression[0]) > LONGEST or self._is_buffer(v):
            self._line(v, expression[0])
        else:
            self.texts.of[v] = expression
        if varies and not isinstance(v.at, tuple | list):
            text = self.texts.of[v][0]
            self._refuse(f"{text}.shape != {v.shape}", f"{text} has shape {v.shape}")

    def _line(self, v: Variable, expression: str) -> str:
        name, *others = v.labels or [self.names.numbered("t")]
        self.texts.of[v] = name, ATOM
        self.lines.append(" = ".join([name, *others, expression]))
        return name

    def _guard(self, guard: Guard) -> None:
        text, _ = self.texts.of[guard.variable]
        self._refuse(f"not {text}" if guard.answer else text, f"{text} is {guard.answer}")

    def _refuse(self, condition: str, was: str) -> None:
        message = f"traced where {was}, and here it is not; trace again: mcalc.program(f, ...)"
        self.lines += [f"if {condition}:", f"    raise ValueError({message!r})"]

    def _is_buffer(self, v: Variable) -> bool:
        """Tell whether the one function that uses `v` can write into its memory."""
        user = self.consumer.get(v)
        if self.uses[v] != 1 or not isinstance(user, Variable) or not is_fresh(v):
            return False
        f = user.function
        plain = isinstance(f, np.ufunc) and f.nout == 1 and f.signature is None and not user.kwargs
        written = f in INFIX or f in UNARY  # NumPy reuses the memory of these itself
        fits = isinstance(user.at, np.ndarray) and (user.shape, user.dtype) == (v.shape, v.dtype)
        return plain and not written and fits and bool(v.at.nbytes >= LARGE)

    def _collects(self, v: Variable) -> bool:
        """Tell whether `v` is a part, or a sum with parts in it, and if so collect it."""
        if v.function is scatter:
            found = Sum(None, [("+", v.args[1], v.args[0])])
        elif v.function in (np.add, np.subtract) and any(x in self.sums for x in _variables(v)):
            a, b = (self.sums.pop(x) if x in self.sums else Sum(x) for x in v.args)
            signs = {"+": "-", "-": "+"} if v.function is np.subtract else {"+": "+", "-": "-"}
            found = Sum(a.base, a.terms + [(signs[sign], i, x) for sign, i, x in b.terms])
            if b.base is not None and a.base is None and v.function is np.add:
                found.base = b.base
            elif b.base is not None:
                found.terms.append((signs["+"], None, b.base))
        else:
            return False
        user = self.consumer.get(v)
        goes_on = (
            isinstance(user, Variable)
            and user.function in (np.add, np.subtract)
            and all((np.shape(current(x)), _dtype(x)) == (v.shape, v.dtype) for x in user.args)
            and all(isinstance(x, Variable) for x in user.args)
        )
        if goes_on and self.uses[v] == 1 and not v.labels:
            self.sums[v] = found
        else:
            self._write_sum(v, found)
        return True

    def _write_sum(self, v: Variable, found: Sum) -> None:
        taken = np.zeros(v.shape, int)
        ways = [_way(taken, index) for _, index, _ in found.terms]
        grows = found.base is not None
        if found.base is not None:
            own = self.uses[found.base] == 1 and is_fresh(found.base)
            start, binds = self.texts.of[found.base]
            name = self._line(v, start if own else f"{closed(start, binds, ATOM)}.copy()")
        else:
            kind = "" if v.dtype == np.float64 else f", {_names.dtype(v.dtype)}"
            fill = "empty" if np.all(taken == 1) else "zeros"
            name = self._line(v, f"np.{fill}({_names.shape(v.shape)}{kind})")
        for (sign, index, part), way in zip(found.terms, ways, strict=True):
            self._add_part(name, sign == "-", index, part, "+=" if grows and way == "=" else way)

    def _add_part(self, name: str, minus: bool, index: Any, x: Any, way: str) -> None:
        changes = (np.negative, np.broadcast_to)
        while isinstance(x, Variable) and x.function in changes and self.uses[x] == 1:
            minus ^= x.function is np.negative
            x = x.args[0]
        x = x if getattr(x, "uniform", None) is None else float(x.uniform)
        text, binds = self.texts.of[x] if isinstance(x, Variable) else (self.texts.argument(x), 13)
        signed = f"-{closed(text, binds, 13)}" if minus else text
        if way == "at":
            self.lines.append(f"np.add.at({name}, {self.texts.argument(index)}, {signed})")
            return
        where = name if index is None else f"{name}[{self.texts.index(index)}]"
        self.lines.append(
            f"{where} = {signed}" if way == "=" else f"{where} {'-' if minus else '+'}= {text}"
        )

    def _returned(self, x: Any, wish: str, again: bool) -> str:
        """Return an output as the caller's own: no argument, no constant, no other output."""
        if isinstance(x, Variable):
            text, binds = (wish, ATOM) if wish in x.labels else self.texts.of[x]
            if isinstance(x.at, np.generic) or (is_fresh(x) and not again):
                return text
            if not isinstance(x.at, np.ndarray):
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
    return isinstance(v.at, np.ndarray) and v.ndim > 0 and (elementwise or v.function in _FRESH)


def _variables(step: Variable | Guard) -> Iterator[Variable]:
    """Yield the variables that a step uses, as often as it does."""
    if isinstance(step, Guard):
        yield step.variable
    else:
        yield from (x for x in leaves((step.args, step.kwargs)) if isinstance(x, Variable))


def _varies(v: Variable) -> bool:
    """Tell whether the shape of `v` depends on values."""
    f, args = (v.args[0].function, v.args[0].args) if v.function is item else (v.function, v.args)
    by_mask = f is getitem and any(
        x.dtype == bool for x in leaves(args[1]) if isinstance(x, Variable)
    )
    return by_mask or f in _VARYING or (f is np.where and len(args) == 1)


def _dtype(x: Any) -> Any:
    return np.asarray(current(x)).dtype


def _way(taken: Any, index: Any) -> str:
    """Count what an index takes in `taken`; return how to write there: ``=``, ``+=`` or ``at``."""
    if index is None:
        taken += 1
        return "+="
    unknown = [x for x in leaves(index) if isinstance(x, Variable)]
    if unknown:
        first = not taken.any()
        taken += 2  # what it takes is not known, so the array starts as zeros
        twice = any(x.dtype != bool and x.ndim for x in unknown)
        return "at" if twice else "=" if first else "+="
    fixed = rebuild(index, current)
    before = bool(np.any(taken[fixed]))
    once = np.zeros(taken.shape, int)
    np.add.at(once, fixed, 1)
    taken += once
    return "at" if once.size and once.max() > 1 else "+=" if before else "="
