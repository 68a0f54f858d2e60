"""A value that remembers where it came from: NumPy's protocols, recorded.

A `Node` stands in for an array while a function runs. What NumPy is asked to do with it is
looked up in the table of rules, done, and written down; what would lose the derivative in
silence is refused with an explanation.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

from mcalc.engine.messages import BRANCH, NUMBER, WRITE, made_into_an_array
from mcalc.engine.methods import ArrayMethods
from mcalc.engine.record import Tracer, apply, plain, step
from mcalc.rules import TABLE, Rule, getitem


class ArrayTracer(Tracer, ArrayMethods):
    """A tracer that answers as an array does, or says why it cannot."""

    __slots__ = ()

    rule: Any

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """The class that f would see: what asks isinstance(x, float) goes the way of the number."""
        kind = type(plain(self))
        asks = sys._getframe(1).f_globals.get("__name__", "")
        if asks.startswith("dask.") or not issubclass(kind, np.ndarray | np.generic):
            return type(self)  # Dask gives way to what is no array, and would keep one
        return kind

    @property
    def name(self) -> str:
        """The label, or else the function that made the value."""
        return self.label or (self.rule.name if self.rule else "constant")

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)
    chunks = property(lambda self: getattr(self.value, "chunks", None))  # of a Dask array

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "at":
            raise TypeError(WRITE)
        if method == "reduceat":
            kwargs.pop("indices", None)  # which NumPy hands over twice
        if method != "__call__":
            if getattr(ufunc, method) in TABLE:
                return apply(getattr(ufunc, method), inputs, kwargs)
            raise TypeError(
                f"np.{ufunc.__name__}.{method} has no rule; use np.sum, np.prod, np.max, "
                "np.cumsum, and for outer products x[:, None] * y"
            )
        if any(getattr(type(x), "holds_tracers", False) for x in inputs):
            return NotImplemented  # that is asked next
        # For numbers x += 1 makes a new number, as in Python; arrays would be overwritten.
        if not all(isinstance(t, ArrayTracer) and t.ndim == 0 for t in kwargs.pop("out", ())):
            raise TypeError(WRITE)
        return apply(ufunc, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if any(getattr(kind, "holds_tracers", False) for kind in types):
            return NotImplemented
        return apply(function, args, kwargs)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(made_into_an_array())

    def astype(self, dtype: Any, *args: Any, **kwargs: Any) -> Any:
        """Return the value with another dtype; as integers or Booleans it is a constant."""
        if np.dtype(dtype).kind in "biu":
            return plain(self).astype(dtype)
        return super().astype(dtype, *args, **kwargs)

    def __float__(self, *_: Any) -> NoReturn:
        raise TypeError(NUMBER)

    __int__ = __index__ = __complex__ = __round__ = __trunc__ = __float__
    item = tolist = as_integer_ratio = __float__

    def __bool__(self) -> bool:
        if self.size != 1:
            raise TypeError(BRANCH)
        return bool(plain(self))

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        if any(isinstance(p, Tracer) for p in parts):
            raise TypeError("an index must be plain integers or a mask, not a traced value")
        return step(TABLE[getitem], operator.getitem, (self, index), {})

    def __repr__(self) -> str:
        return f"Node({self.name}={plain(self)})"

    def __format__(self, spec: str) -> str:
        return format(plain(self), spec)


class Node(ArrayTracer):
    """A value of a traced function: an array that remembers where it came from.

    Nodes are made by `trace` and by NumPy functions of nodes, never by hand.

    Attributes:
        value: the array, or a node of an enclosing differentiation.
        label: the name that it was given, such as that of an input; None if none.
        rule: the row of the table that made it; None for an input and a constant.
        operands: the values of all arguments.
        parents: pairs (position, node) of the arguments that are nodes.
        kwargs: the keyword arguments.
        index: place in the order of computation.
    """

    __slots__ = ("index", "kwargs", "operands", "parents", "rule")

    def __init__(
        self,
        run: Any,
        value: Any,
        rule: Rule | None,
        operands: tuple[Any, ...],
        parents: tuple[tuple[int, Node], ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.run, self.value, self.label = run, value, None
        self.rule, self.operands, self.parents, self.kwargs = rule, operands, parents, kwargs
        self.index = next(run.counter)

    vertex = property(lambda self: self)

    def pull(self, position: int, cotangent: Any) -> Any:
        """Return the cotangent of the argument at `position`, from one of this node."""
        return self.rule.pull(position, cotangent, self.value, self.operands, self.kwargs)

    def push(self, tangents: Mapping[int, Any]) -> Any:
        """Return the tangent of this node, from those of its arguments by position."""
        return self.rule.push(tangents, self.value, self.operands, self.kwargs)
