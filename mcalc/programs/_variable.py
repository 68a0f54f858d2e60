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

from mcalc._messages import BRANCH, WRITE
from mcalc.rules import astype, getitem

LOOKED_AT = (
    "the function looks at a number itself, by float(x), int(x), x.item(), np.asarray(x) or a "
    "function of math; a program would repeat the number that it was traced with at every call. "
    "Compute it with NumPy's functions; pass a count as a Python int, which is checked at call"
)


class Variable(np.lib.mixins.NDArrayOperatorsMixin):
    """A variable of a straight-line program.

    Attributes:
        recorder: what it is recorded by.
        index: place in the order of computation.
        at: its value at the point of the trace.
        function, args, kwargs: how it is computed; function is None for an input.
        labels: the names it was given, the first of which is written.
    """

    __slots__ = ("args", "at", "function", "index", "kwargs", "labels", "recorder")
    __hash__ = object.__hash__  # the mixin defines ==, which would drop it

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
        self.labels: list[str] = []

    shape = property(lambda self: np.shape(self.at))
    ndim = property(lambda self: np.ndim(self.at))
    size = property(lambda self: np.size(self.at))
    dtype = property(lambda self: np.asarray(self.at).dtype)
    T = property(lambda self: np.transpose(self))
    mT = property(lambda self: np.matrix_transpose(self))  # noqa: N815  (NumPy's name)

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
    item = tolist = tobytes = __array__

    def __bool__(self) -> bool:
        if self.size != 1:
            raise TypeError(BRANCH)
        return bool(self.recorder.guard(self))

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(WRITE)

    def __getitem__(self, index: Any) -> Any:
        if _another_kind(index) is not None:
            raise TypeError("an index must be plain integers or a mask, not a traced value")
        return getitem(self, index)

    def __len__(self) -> int:
        return len(self.at)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Variable({self.at})"

    def __format__(self, spec: str) -> str:
        return format(self.at, spec)

    def __copy__(self, *_: Any) -> Variable:
        return self  # nothing changes a variable

    __deepcopy__ = __copy__

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a traced value has no {name}; call NumPy's functions, as np.sum(x)")

    def astype(self, dtype: Any) -> Any:
        """Return the variable with another dtype."""
        return astype(self, dtype)

    def reshape(self, *shape: Any) -> Any:
        """Return the variable in another shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Any:
        """Return the variable with its axes permuted."""
        return np.transpose(self, (axes[0] if len(axes) == 1 else axes) if axes else None)


def _method(function: Any) -> Any:
    return lambda self, *args, **kwargs: function(self, *args, **kwargs)


def _add_methods() -> None:
    """Give Variable the methods of arrays that are NumPy functions of the same name."""
    names = "sum mean prod max min var std dot ravel squeeze clip cumsum diagonal trace round"
    names += " swapaxes repeat take copy any all argmax argmin argsort nonzero"
    for name in names.split():
        setattr(Variable, name, _method(getattr(np, name)))
    Variable.flatten = Variable.ravel  # type: ignore[attr-defined]


_add_methods()


def leaves(tree: Any) -> Iterator[Any]:
    """Yield what stands in nested arguments of a function: tuples, lists, dicts, slices."""
    if isinstance(tree, tuple | list):
        for x in tree:
            yield from leaves(x)
    elif isinstance(tree, dict):
        yield from leaves(tuple(tree.values()))
    elif isinstance(tree, slice):
        yield from leaves((tree.start, tree.stop, tree.step))
    else:
        yield tree


def rebuild(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Return nested arguments with every leaf changed."""
    if isinstance(tree, tuple):
        return tuple(rebuild(x, change) for x in tree)
    if isinstance(tree, list):
        return [rebuild(x, change) for x in tree]
    if isinstance(tree, dict):
        return {k: rebuild(x, change) for k, x in tree.items()}
    if isinstance(tree, slice):
        return slice(*(rebuild(x, change) for x in (tree.start, tree.stop, tree.step)))
    return change(tree)


def _another_kind(tree: Any) -> Any:
    """Return a value among the arguments that is to be asked first, such as a node; or None."""
    for x in leaves(tree):
        if hasattr(x, "__array_function__") and not isinstance(
            x, Variable | np.ndarray | np.generic
        ):
            return x
    return None
