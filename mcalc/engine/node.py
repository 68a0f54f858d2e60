"""A value that remembers where it came from: NumPy's protocols, recorded.

A `Node` stands in for an array while a function runs. What NumPy is asked to do with it is
looked up in the table of rules, done, and written down; what would lose the derivative in
silence is refused with an explanation.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import numpy as np

from mcalc.engine.batch import Batch
from mcalc.engine.messages import ARRAY, BRANCH, NUMBER, WRITE
from mcalc.engine.methods import ArrayMethods
from mcalc.engine.record import NOTHING, Recorded, apply, plain, step, step_of_numbers
from mcalc.rules import TABLE, getitem


class Node(Recorded, ArrayMethods):
    """A value of a traced function: an array that remembers where it came from.

    Nodes are made by `trace` and by NumPy functions of nodes, never by hand.

    Attributes:
        value: the array, or a node of an enclosing differentiation.
        label: the name that it was given, such as that of an input; None if none.
        rule: the row of the table that made it; None for an input and a constant.
        parents: pairs (position, node) of the arguments that are nodes.
        operands: the values of all arguments.
        kwargs: the keyword arguments.
        index: place in the order of computation.
    """

    __slots__ = ()

    rule = property(lambda self: self.record.rule)
    parents = property(lambda self: self.record.parents)
    operands = property(lambda self: self.record.operands)
    kwargs = property(lambda self: self.record.kwargs)
    index = property(lambda self: self.record.index)

    @property
    def name(self) -> str:
        """The label, or else the function that made the node."""
        return self.label or (self.rule.name if self.rule else "constant")

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)
    chunks = property(lambda self: getattr(self.value, "chunks", None))  # of a Dask array

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method == "at":
            _refuse_write()
        if method != "__call__":
            raise TypeError(
                f"np.{ufunc.__name__}.{method} has no rule; use np.sum, np.prod, np.max, "
                "np.cumsum, and for outer products x[:, None] * y"
            )
        if any(isinstance(x, Batch) for x in inputs):
            return NotImplemented
        # For numbers x += 1 makes a new number, as in Python; arrays would be overwritten.
        if not all(isinstance(t, Node) and t.ndim == 0 for t in kwargs.pop("out", ())):
            _refuse_write()
        return apply(ufunc, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return NotImplemented if Batch in types else apply(function, args, kwargs)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(ARRAY)

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
        if any(isinstance(p, Node) for p in parts):
            raise TypeError("an index must be plain integers or a mask, not a traced value")
        return step(TABLE[getitem], operator.getitem, (self, index), NOTHING)

    def __neg__(self) -> Any:
        return step(TABLE[np.negative], operator.neg, (self,), NOTHING)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("a 0-d traced value is one number; it has no len and no parts")
        return len(self.value)

    def __repr__(self) -> str:
        return f"Node({self.name}={plain(self)})"

    def __format__(self, spec: str) -> str:
        return format(plain(self), spec)

    def pull(self, position: int, cotangent: Any) -> Any:
        """Return the cotangent of the argument at `position`, from one of this node."""
        return self.rule.pull(position, cotangent, self.value, self.operands, self.kwargs)

    def push(self, tangents: Mapping[int, Any]) -> Any:
        """Return the tangent of this node, from those of its arguments by position."""
        return self.rule.push(tangents, self.value, self.operands, self.kwargs)


_NUMBERS = frozenset({np.float64, float, int})
_SIMPLE = _NUMBERS | {Node, np.ndarray}


def _operator(operate: Callable[..., Any], ufunc: Any) -> tuple[Any, Any]:
    """Return the methods for ``self op other`` and ``other op self``.

    The values are computed by the operator, as they are without a trace: on numbers it is
    many times faster than the ufunc.
    """

    def left(self: Node, other: Any) -> Any:
        kind = type(other)
        if type(self.value) is np.float64:
            if kind is Node and other.run is self.run and type(other.value) is np.float64:
                whole = self.run.whole
                sources = (0, self if whole else self.record), (1, other if whole else other.record)
                operands = (self.value, other.value)
                return step_of_numbers(self, TABLE[ufunc], operate, operands, sources)
            if kind in _NUMBERS:
                source = self if self.run.whole else self.record
                operands = (self.value, other)
                return step_of_numbers(self, TABLE[ufunc], operate, operands, ((0, source),))
        if kind in _SIMPLE:
            return step(TABLE[ufunc], operate, (self, other), NOTHING)
        return NotImplemented if _declines(other) else ufunc(self, other)

    def right(self: Node, other: Any) -> Any:
        kind = type(other)
        if kind in _NUMBERS and type(self.value) is np.float64:
            source = self if self.run.whole else self.record
            operands = (other, self.value)
            return step_of_numbers(self, TABLE[ufunc], operate, operands, ((1, source),))
        if kind in _SIMPLE:
            return step(TABLE[ufunc], operate, (other, self), NOTHING)
        return NotImplemented if _declines(other) else ufunc(other, self)

    return left, right


def _declines(other: Any) -> bool:
    """Tell whether `other` wants to be asked first (NumPy enhancement proposal 13)."""
    return getattr(other, "__array_ufunc__", True) is None


def _add_operators() -> None:
    """Give Node operators that are faster than those of the mixin, which call the ufuncs."""
    names: dict[str, Any] = {
        "add": np.add,
        "sub": np.subtract,
        "mul": np.multiply,
        "truediv": np.divide,
    }
    names |= {"pow": np.power, "matmul": np.matmul}
    for name, ufunc in names.items():
        left, right = _operator(getattr(operator, name), ufunc)
        setattr(Node, f"__{name}__", left)
        setattr(Node, f"__r{name}__", right)


_add_operators()


def _refuse_write() -> NoReturn:
    raise TypeError(WRITE)
