"""A variable of a program: a kind, a shape and a dtype without numbers, whose use is recorded.

Differentiation runs on top of it as it does on any array that speaks NumPy's protocols, so the
rules' own expressions are recorded together with those of the function. What a rule of kind
"constant" asks (which entry is larger, where the maximum is) becomes a variable, too, and is
computed at every call.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn

import numpy as np

from mcalc.engine.messages import LOOKED_AT, ONE_WAY, WRITE
from mcalc.engine.methods import ArrayMethods
from mcalc.engine.node import ArrayTracer
from mcalc.rules import getitem

# Python's numbers have rules of their own for types, so these are evaluated as they are written.
_OPERATORS = """add Add add, subtract Sub sub, multiply Mult mul, divide Div truediv,
matmul MatMult matmul, power Pow pow, floor_divide FloorDiv floordiv, remainder Mod mod,
greater Gt gt, greater_equal GtE ge, less Lt lt, less_equal LtE le, equal Eq eq,
not_equal NotEq ne, bitwise_and BitAnd and_, bitwise_xor BitXor xor, bitwise_or BitOr or_,
negative USub neg, invert Invert invert"""
OPERATORS: dict[Any, tuple[Any, Callable[..., Any]]] = {
    getattr(np, name): (getattr(ast, sign)(), getattr(operator, python))
    for name, sign, python in map(str.split, _OPERATORS.split(","))
}


@dataclass(frozen=True)
class Abstract:
    """An abstract value.

    Attributes:
        kind: ``np.ndarray``, the type of a NumPy scalar, or of a Python number, which does not
            widen the dtype of an array.
        shape: the shape; of a number ``()``.
        dtype: the dtype.
    """

    kind: type
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @classmethod
    def of(cls, x: Any) -> Any:
        """Return the abstract value of an array or a number, or a tuple or a list of them."""
        if isinstance(x, tuple | list):
            return [cls.of(y) for y in x]
        if not isinstance(x, np.ndarray | np.generic | float | int):
            raise TypeError(f"a program is of numbers, and the function makes a {type(x).__name__}")
        kind = np.ndarray if isinstance(x, np.ndarray) else type(x)
        return cls(kind, np.shape(x), np.asarray(x).dtype)

    def stand_in(self, second: bool) -> Any:
        """Return a value of this kind, shape and dtype, the second of a different one.

        Of the first, integers are valid indices, and matrices of floats have an inverse,
        eigenvalues and so on; of the second, matrices of integers.
        """
        one = (self.dtype.kind == "f") != second
        x = np.broadcast_to(np.array(one, self.dtype), self.shape)
        if one and x.ndim > 1:
            x = x * second + np.eye(*self.shape[-2:], dtype=self.dtype)
        return x if self.kind is np.ndarray else self.kind(x[()])

    def __str__(self) -> str:
        if issubclass(self.kind, np.ndarray | np.generic):
            return f"{self.dtype} of shape {self.shape}"
        return f"a {self.kind.__name__}"


def rebuild(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Return nested arguments of a function with every leaf changed."""
    kind = type(tree)
    if kind is tuple or kind is list:
        return kind([rebuild(x, change) for x in tree])
    if kind is dict:
        return {k: rebuild(x, change) for k, x in tree.items()}
    if kind is slice:
        return slice(*[rebuild(x, change) for x in (tree.start, tree.stop, tree.step)])
    return change(tree)


def found_in(tree: Any, kind: Any) -> list[Any]:
    """Return what is of a class in nested arguments: tuples, lists, dicts and slices."""
    leaves: list[Any] = []
    rebuild(tree, leaves.append)
    return [x for x in leaves if isinstance(x, kind)]


def is_elementwise(function: Any) -> bool:
    """Tell whether a function is NumPy's, and computes entry by entry."""
    return isinstance(function, np.ufunc) and function.signature is None


def is_plain(x: Any) -> bool:
    """Tell whether `x` is a float or NumPy's own array or number, and of numbers."""
    # Another subclass may have rules of its own, as a masked array has.
    plain = type(x) in (np.ndarray, float) or isinstance(x, np.memmap | np.generic)
    return plain and np.asarray(x).dtype.kind in "fiubc"


def described(x: Any) -> str:
    """Say what `x` is, without its numbers."""
    if is_plain(x):
        return str(Abstract.of(x))
    return f"a {type(x).__module__}.{type(x).__name__}".replace("builtins.", "")


@dataclass(eq=False, repr=False, slots=True)
class Variable(ArrayMethods):
    """A variable of a straight-line program.

    Attributes:
        recorder: what it is recorded by.
        abstract: its abstract value.
        labels: the names it was given, the first of which is written.
        function, args, kwargs: how it is computed; function is None for an input.
    """

    recorder: Any
    abstract: Any
    labels: list[str]
    function: Callable[..., Any] | None = None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)

    kind = property(lambda self: self.abstract.kind)
    shape = property(lambda self: self.abstract.shape)
    dtype = property(lambda self: self.abstract.dtype)
    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: math.prod(self.shape))
    inputs = property(lambda self: found_in((self.args, self.kwargs), Variable))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__":
            raise TypeError(f"np.{ufunc.__name__}.{method} is not recorded; use np.sum, np.cumsum")
        if not all(np.ndim(t) == 0 for t in kwargs.pop("out", ())):
            raise TypeError(WRITE)
        return self.__array_function__(ufunc, (), inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        # A value of a differentiation is asked first.
        for tracer in found_in((args, kwargs), ArrayTracer):
            return tracer.__array_function__(function, types, args, kwargs)
        return self.recorder.record(function, args, kwargs)

    def _look(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(LOOKED_AT)

    __array__ = __float__ = __int__ = __index__ = __complex__ = __round__ = __trunc__ = _look
    __str__ = __format__ = item = tolist = tobytes = as_integer_ratio = _look

    def __bool__(self) -> NoReturn:
        raise TypeError(ONE_WAY)

    def __getitem__(self, index: Any) -> Any:
        return getitem(self, index)

    def __repr__(self) -> str:
        return f"Variable({self.abstract})"
