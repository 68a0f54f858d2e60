"""The lines of a program: one assignment each, in the order of computation."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcalc.programs import _names
from mcalc.programs._names import ATOM, Names
from mcalc.programs._parts import Parts, collected, goes_on
from mcalc.programs._recorder import INFIX, UNARY, Guard, Recorder, item
from mcalc.programs._text import METHODS, Texts, closed
from mcalc.programs._variable import Variable, leaves
from mcalc.rules import astype, getitem
from mcalc.rules._shapes import join, scatter

LONGEST = 44  # an expression that is used once and is no longer stands where it is used
LARGE = 2**18  # bytes from which on memory costs more than a line; NumPy's own bound for it
_FRESH = {*METHODS, np.matmul, np.where, join, scatter, astype} - {np.reshape}
_VARYING = {np.nonzero, np.flatnonzero, np.argwhere}  # their shapes depend on values
_BY_INDEX = {getitem, scatter, np.take, np.take_along_axis, np.where}  # and theirs on shapes


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
        steps: list[Any] = [*recorder.variables, *recorder.guards]
        self.steps = self._needed(sorted(steps, key=lambda s: s.index, reverse=True))
        self.users: dict[Variable, list[Any]] = {s: [] for s in self.steps}
        for user, v in [(s, v) for s in self.steps for v in _inputs(s)]:
            self.users[v].append(user)
        for v in (v for v, _ in outputs if isinstance(v, Variable)):
            self.users[v].append(None)
        self.mentions: dict[Variable, list[Variable]] = {}  # the names in the text of each
        self.parts: dict[Variable, Parts] = {}

    def _needed(self, backward: list[Any]) -> list[Any]:
        wanted = {x for x, _ in self.outputs if isinstance(x, Variable)}
        found = []
        for step in backward:
            if isinstance(step, Guard) or step in wanted or step.function is None:
                found.append(step)
                wanted.update(_inputs(step))
        return found[::-1]

    def write(self, *, several: bool) -> list[str]:
        """Return the lines, the last of which returns a tuple of gradients if they are several."""
        for step in self.steps:
            if isinstance(step, Guard):
                self._guard(step)
            elif step.function is None:
                self.texts.of[step] = step.labels[0], ATOM
                self.mentions[step] = [step]
            else:
                self._variable(step)
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
        parts = collected(v, self.parts)
        if parts is not None:
            (user, *others) = self.users[v]
            if not v.labels and not others and goes_on(v, user):
                self.parts[v] = parts
            else:
                self._write_parts(v, parts)
            return
        text, binds = self.texts.expression(v)
        several = len(self.users[v]) > 1 or bool(v.labels) or isinstance(v.at, tuple | list)
        varies = _varies(v)
        if several or varies or len(text) > LONGEST or self._is_buffer(v):
            self._assign(v, text, *v.inputs)
        else:
            self.texts.of[v] = text, binds
            self.mentions[v] = [y for x in v.inputs for y in self.mentions[x]]
        if varies and not isinstance(v.at, tuple | list):
            name = self.texts.of[v][0]
            self._refuse(f"{name}.shape != {v.shape}", f"{name} has shape {v.shape}", v)

    def _assign(self, v: Variable, text: str, *used: Variable) -> str:
        names = v.labels or [self.names.numbered("t")]
        self.texts.of[v], self.mentions[v] = (names[0], ATOM), [v]
        self._line(" = ".join([*names, text]), *used, computes=v)
        return names[0]

    def _guard(self, guard: Guard) -> None:
        text, _ = self.texts.of[guard.variable]
        condition = f"not {text}" if guard.answer else text
        self._refuse(condition, f"{text} is {guard.answer}", guard.variable)

    def _refuse(self, condition: str, was: str, used: Variable) -> None:
        self._line(f"if {condition}:", used)
        self._line(f"    raise ValueError({f'traced where {was}, unlike here: trace again'!r})")

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
            place = name if index is None else f"{name}[{self.texts.index(index)}]"
            line = {
                "at": f"np.add.at({name}, {self.texts.argument(index)}, {signed})",
                "=": f"{place} = {signed}",
                "+=": f"{place} {'-' if minus else '+'}= {text}",
            }[way]
            used = [y for y in (x, *leaves(index)) if isinstance(y, Variable)]
            self._line(line, v, *used)

    def _is_buffer(self, v: Variable) -> bool:
        """Tell whether the one function that uses `v` could write into its memory."""
        (user, *others) = self.users[v]
        infix = not isinstance(user, Variable) or user.function in INFIX or user.function in UNARY
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


def _fits(x: Variable, user: Variable) -> bool:
    """Tell whether a function that works entry by entry may write into the memory of `x`."""
    f = user.function
    plain = isinstance(f, np.ufunc) and f.nout == 1 and f.signature is None and not user.kwargs
    if not plain or not is_fresh(x) or not isinstance(user.at, np.ndarray):
        return False
    return (user.shape, user.dtype) == (x.shape, x.dtype) and bool(x.at.nbytes >= LARGE)


def _copies(user: Any) -> bool:
    """Tell whether a step keeps no view of what it uses; an output is kept."""
    return isinstance(user, Guard) or (
        isinstance(user, Variable) and (is_fresh(user) or isinstance(user.at, np.generic))
    )


def _inputs(step: Variable | Guard) -> list[Variable]:
    return [step.variable] if isinstance(step, Guard) else step.inputs


def _varies(v: Variable) -> bool:
    """Tell whether the shape of `v` may depend on values: on a mask, or on counts and bounds."""
    f, args = v.function, v.args
    if f is item:
        f, args = v.args[0].function, v.args[0].args
    if f in _VARYING or (f is np.where and len(args) == 1):
        return True
    kinds = {x.dtype.kind for x in leaves((args[1:], v.kwargs)) if isinstance(x, Variable)}
    counts = not isinstance(f, np.ufunc) and f not in _BY_INDEX and kinds & {"i", "u"}
    return bool(counts or ("b" in kinds and f is getitem))
