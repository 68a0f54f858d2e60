"""An intermediate variable of a program: an array that NumPy's protocols record, never strip.

Differentiation runs on top of it as it does on any array that speaks the protocols, so the
rules' own expressions are recorded together with those of the function. What a rule of kind
"constant" asks (which entry is larger, where the maximum is) becomes a variable, too, and is
computed again at every call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from mcalc.engine.messages import BRANCH, WRITE
from mcalc.engine.methods import ArrayMethods
from mcalc.rules import getitem

LOOKED_AT = (
    "the function looks at a number itself, by float(x), int(x), x.item(), np.asarray(x) or a "
    "function of math; a program would repeat the number that it was traced with at every call. "
    "Compute it with NumPy's functions; pass a count as a Python int, which is checked at call"
)


class Variable(ArrayMethods):
    """A variable of a straight-line program.

    Attributes:
        recorder: what it is recorded by.
        index: place in the order of computation.
        at: its value at the point of the trace.
        function, args, kwargs: how it is computed; function is None for an input.
        inputs: the variables among the arguments, as often as they stand there.
        labels: the names it was given, the first of which is written.
    """

    __slots__ = ("args", "at", "function", "index", "inputs", "kwargs", "labels", "recorder")

    def __init__(
        self,
        recorder: Any,
        index: int,
        at: Any,
        function: Callable[..., Any] | None = None,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.recorder, self.index, self.at = recorder, index, at
        self.function, self.args, self.kwargs = function, args, kwargs or {}
        self.inputs = [x for x in leaves((args, self.kwargs)) if isinstance(x, Variable)]
        self.labels: list[str] = []

    shape = property(lambda self: np.shape(self.at))
    ndim = property(lambda self: np.ndim(self.at))
    size = property(lambda self: np.size(self.at))
    dtype = property(lambda self: np.asarray(self.at).dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__":
            raise TypeError(f"np.{ufunc.__name__}.{method} is not recorded; use np.sum, np.cumsum")
        if not all(np.ndim(t) == 0 for t in kwargs.pop("out", ())):
            raise TypeError(WRITE)
        other = _another_kind(inputs)
        if other is not None:
            return other.__array_ufunc__(ufunc, method, *inputs, **kwargs)
        return self.recorder.record(ufunc, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        other = _another_kind((args, kwargs))
        if other is not None:
            return other.__array_function__(function, types, args, kwargs)
        return self.recorder.record(function, args, kwargs)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(LOOKED_AT)

    __float__ = __int__ = __index__ = __complex__ = __round__ = __trunc__ = __array__
    item = tolist = tobytes = as_integer_ratio = __array__

    def __bool__(self) -> bool:
        if self.size != 1:
            raise TypeError(BRANCH)
        return bool(self.recorder.guard(self))

    def __getitem__(self, index: Any) -> Any:
        if _another_kind(index) is not None:
            raise TypeError("an index must be plain integers or a mask, not a traced value")
        return getitem(self, index)

    def __len__(self) -> int:
        return len(self.at)

    def __repr__(self) -> str:
        return f"Variable({self.at})"

    def __format__(self, spec: str) -> str:
        return format(self.at, spec)


def leaves(tree: Any) -> Iterator[Any]:
    """Yield what stands in nested arguments of a function: tuples, lists, dicts, slices."""
    nested = [tree]
    while nested:
        tree = nested.pop()
        if isinstance(tree, tuple | list):
            nested.extend(reversed(tree))
        elif isinstance(tree, dict):
            nested.extend(reversed(tree.values()))
        elif isinstance(tree, slice):
            nested.extend((tree.step, tree.stop, tree.start))
        else:
            yield tree


def rebuild(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Return nested arguments with every leaf changed."""
    if isinstance(tree, tuple):
        return tuple([rebuild(x, change) for x in tree])
    if isinstance(tree, list):
        return [rebuild(x, change) for x in tree]
    if isinstance(tree, dict):
        return {k: rebuild(x, change) for k, x in tree.items()}
    if isinstance(tree, slice):
        return slice(*(rebuild(x, change) for x in (tree.start, tree.stop, tree.step)))
    return change(tree)


_OURS = Variable, np.ndarray, np.generic, float, int


def _another_kind(tree: Any) -> Any:
    """Return a value among the arguments that is to be asked first, such as a node; or None."""
    for x in leaves(tree):
        if not isinstance(x, _OURS) and hasattr(x, "__array_function__"):
            return x
    return None
