"""A run that keeps what its sweeps will read, and copies next to nothing.

The plain run keeps a copy of every array. Of fifty tanh layers that is 162 MB, and 43 MB so.
An `Equation` holds the arrays that its rule reads, the field's *residuals*, and of the others
shape and dtype; so values are let go as soon as f lets them go, and equations as a sweep
passes them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import numpy as np

from mcalc.backends.dask import chunks_of
from mcalc.engine.linearize import Linearization
from mcalc.engine.node import ArrayTracer
from mcalc.engine.record import NUMBERS, Run
from mcalc.engine.speed.held import Held
from mcalc.rules import Rule

_OF_SHAPE = np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like
_FIXED = NUMBERS | {slice, str, type(None), type(...)}  # there is nothing to hold or to leave out


class AbstractValue(np.lib.mixins.NDArrayOperatorsMixin):
    """What is left of an array that no rule reads: its shape and its dtype."""

    __slots__ = ("dtype", "shape")
    __hash__ = object.__hash__

    def __init__(self, like: Any) -> None:
        self.shape = like.shape
        self.dtype = like.dtype

    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: int(np.prod(self.shape)))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function not in _OF_SHAPE:
            self.__array__()
        blank = (np.broadcast_to(np.zeros((), self.dtype), self.shape), *args[1:])
        return function(*blank, **kwargs)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            "a rule of differentiation reads the entries of an argument that it said it would "
            "not: a linear rule reads only shapes, and a row that was added with reads= the "
            "arguments that it names"
        )

    __array_ufunc__ = __getitem__ = __iter__ = __float__ = __bool__ = __array__


class Equation(AbstractValue):
    """One step of a run: the rule, and of its arguments and its value what the rule reads.

    To the equations that use the value and do not read it, this one is its abstract value.

    Attributes:
        rule: the row of the table; None for an input and a constant.
        value: what the step computed; None where no rule reads it.
        operands: the values of all arguments, or their abstract values.
        parents: pairs (position, equation) of the arguments that depend on the input.
        kwargs: the keyword arguments.
        index: place in the order of computation.
    """

    __slots__ = ("index", "kwargs", "operands", "parents", "rule", "value")

    def __init__(
        self,
        like: Any,
        rule: Any,
        value: Any,
        operands: Any,
        parents: tuple[tuple[int, Equation], ...],
        kwargs: dict[str, Any],
        index: int,
    ) -> None:
        self.shape = like.shape
        self.dtype = like.dtype
        self.rule = rule
        self.value = value
        self.operands = operands
        self.parents = parents
        self.kwargs = kwargs
        self.index = index

    def pull(self, position: int, cotangent: Any) -> Any:
        """Return the cotangent of the argument at `position`, from one of the value."""
        value = self if self.value is None else self.value
        return self.rule.pull(position, cotangent, value, self.operands, self.kwargs)

    def push(self, tangents: Mapping[int, Any]) -> Any:
        """Return the tangent of the value, from those of the arguments by position."""
        value = self if self.value is None else self.value
        return self.rule.push(tangents, value, self.operands, self.kwargs)


class LeanTracer(ArrayTracer):
    """A tracer whose value nothing else keeps.

    Attributes:
        vertex: the equation, which is what a sweep needs to know of the step.
        is_own: whether nobody but the run can write to the value.
    """

    __slots__ = ("is_own", "vertex")

    def __init__(self, run: Run, value: Any, vertex: Equation, is_own: bool) -> None:
        self.run = run
        self.value = value
        self.label = None
        self.vertex = vertex
        self.is_own = is_own

    rule = property(lambda self: self.vertex.rule)


class LeanRun(Run):
    """A run that writes down equations.

    Attributes:
        held: the arrays that others can write to.
    """

    __slots__ = ("held",)

    def __init__(self, *, once: bool) -> None:
        super().__init__(LeanTracer)
        self.held = Held(lock=once)

    def leaf(self, value: Any) -> Any:
        """Return a tracer that comes from nowhere: an input or a constant."""
        equation = Equation(value, None, None, (), (), {}, next(self.counter))
        return LeanTracer(self, value, equation, not issubclass(type(value), np.ndarray))

    def constant(self, x: Any) -> Any:
        """Return an argument that is not traced as it is; it is held if a rule reads it."""
        return x

    def noted(self, rule: Any, value: Any, operands: Any, parents: Any, kwargs: Any) -> Any:
        """Return the tracer of a number that was made of numbers: there is nothing to leave out."""
        equation = Equation(value, rule, value, operands, parents, kwargs, next(self.counter))
        return LeanTracer(self, value, equation, True)

    def written(
        self,
        rule: Rule,
        value: Any,
        operands: list[Any],
        kwargs: dict[str, Any],
        args: tuple[Any, ...],
        moving: list[int],
        reads: tuple[bool, ...],
    ) -> Any:
        """Write a step down, and return the tracer of its value, as `Run` does."""
        parents = tuple([(i, args[i].vertex) for i in moving])
        is_array = issubclass(type(value), np.ndarray)
        is_own = not is_array or (  # the second: nothing holds it but `step` and this
            (value.base is None and sys.getrefcount(value) <= _REFERENCES)
            or _is_own_view(value, args, self)
        )
        # What the rule reads is held if others may write to it; of the rest a shape is left.
        for i, x in enumerate(operands):
            if type(x) in _FIXED:
                continue
            if i not in moving:
                operands[i] = self.held.hold(x) if reads[i + 1] else _abstract(x)
            elif not reads[i + 1] and (type(x) is np.ndarray or not _is_lazy(x)):
                operands[i] = args[i].vertex
            elif not args[i].is_own:
                operands[i] = self.held.hold(x)
        kept = value
        if not reads[0] and (is_array or not _is_lazy(value)):
            kept = None
        elif not is_own:
            kept = self.held.hold(value)
        if kwargs:
            kwargs = {name: self.held.hold(x) for name, x in kwargs.items()}
        equation = Equation(value, rule, kept, operands, parents, kwargs, next(self.counter))
        return LeanTracer(self, value, equation, is_own)

    def close(self) -> None:
        """Say that no sweep reads the run any more."""
        self.held.let_go()


class Lean(Linearization):
    """A linearization whose equations are let go as the last sweep passes them."""

    def _new_run(self, *, once: bool) -> Run:
        return LeanRun(once=once)

    def _steps(self, *, last: bool) -> list[Any]:
        return _Emptied(self._order) if last else super()._steps(last=last)


class _Emptied(list[Any]):
    """A list that lets its items go as it is passed through from behind."""

    def __reversed__(self) -> Iterator[Any]:
        while self:
            yield self.pop()


def _abstract(x: Any) -> Any:
    return AbstractValue(x) if issubclass(type(x), np.ndarray) else x


def _is_lazy(x: Any) -> bool:
    """Tell whether `x` is a Dask array: it has no entries to let go, and chunks that rules read."""
    return chunks_of(x) is not None


def _references_in_a_step() -> int:
    def written(value: Any) -> int:
        return sys.getrefcount(value)

    value = np.empty(0)
    count = written(value)
    return count if value.base is None else 0


_REFERENCES = _references_in_a_step()


def _is_own_view(value: Any, args: tuple[Any, ...], run: Run) -> bool:
    """Tell whether `value` is a view of an argument that nobody but the run can write to."""
    base = value.base
    return base is not None and any(
        isinstance(a, LeanTracer)
        and a.run is run
        and a.is_own
        and (base is a.value or base is getattr(a.value, "base", None))
        for a in args
    )
