"""A variable of a program: a value without numbers, of which NumPy's protocols record the use.

Differentiation runs on top of it as it does on any array that speaks the protocols, so the
rules' own expressions are recorded together with those of the function. What a rule of kind
"constant" asks (which entry is larger, where the maximum is) becomes a variable, too, and is
computed at every call.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from mcalc.engine.messages import WRITE
from mcalc.engine.methods import ArrayMethods
from mcalc.programs._abstract import Abstract, leaves
from mcalc.rules import getitem

BRANCH = (
    "f branches on a number, as in `if x > 0`, and a program goes one way for all numbers; choose "
    "with np.where(x > 0, a, b), pass an int, bool or str, which is part of the program, or use "
    "grad"
)
LOOKED_AT = (
    "f looks at a number itself, by float(x), int(x), x.item(), f'{x}', np.asarray(x) or a "
    "function of math, and a program is made of shapes and dtypes alone; compute with NumPy's "
    "functions, pass a count as a Python int, which is part of the program, and a table that is "
    "indexed as an argument, or use grad"
)


class Variable(ArrayMethods):
    """A variable of a straight-line program.

    Attributes:
        recorder: what it is recorded by.
        index: place in the order of computation.
        abstract: its abstract value; a tuple or a list for a function of several results.
        function, args, kwargs: how it is computed; function is None for an input.
        inputs: the variables among the arguments, as often as they stand there.
        labels: the names it was given, the first of which is written.
    """

    __slots__ = ("abstract", "args", "function", "index", "inputs", "kwargs", "labels", "recorder")

    def __init__(
        self,
        recorder: Any,
        index: int,
        abstract: Any,
        function: Callable[..., Any] | None = None,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.recorder, self.index, self.abstract = recorder, index, abstract
        self.function, self.args, self.kwargs = function, args, kwargs or {}
        self.inputs = [x for x in leaves((args, self.kwargs)) if isinstance(x, Variable)]
        self.labels: list[str] = []

    kind = property(lambda self: self.abstract.kind)
    shape = property(lambda self: self.abstract.shape)
    dtype = property(lambda self: self.abstract.dtype)
    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: math.prod(self.shape))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__":
            raise TypeError(f"np.{ufunc.__name__}.{method} is not recorded; use np.sum, np.cumsum")
        if not all(np.ndim(t) == 0 for t in kwargs.pop("out", ())):
            raise TypeError(WRITE)
        other = _traced((inputs, kwargs))
        if other is not None:
            return other.__array_ufunc__(ufunc, method, *inputs, **kwargs)
        return self.recorder.record(ufunc, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        other = _traced((args, kwargs))
        if other is not None:
            return other.__array_function__(function, types, args, kwargs)
        return self.recorder.record(function, args, kwargs)

    def _look(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(LOOKED_AT)

    __array__ = __float__ = __int__ = __index__ = __complex__ = __round__ = __trunc__ = _look
    __str__ = __format__ = item = tolist = tobytes = as_integer_ratio = _look

    def __bool__(self) -> NoReturn:
        raise TypeError(BRANCH)

    def __getitem__(self, index: Any) -> Any:
        if _traced(index) is not None:
            raise TypeError("an index must be plain integers or a mask, not a traced value")
        return getitem(self, index)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a 0-d traced value is one number; it has no len and no parts")
        return self.shape[0]

    def __repr__(self) -> str:
        return f"Variable({self.abstract})"


def _traced(tree: Any) -> Any:
    """Return a value of a differentiation among the arguments, which is to be asked first."""
    for x in leaves(tree):
        if isinstance(x, ArrayMethods) and not isinstance(x, Variable):
            return x
    return None
