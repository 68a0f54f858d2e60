"""What every traced value has of an array: the operators, and the methods of the same names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NoReturn

import numpy as np

from mcalc.engine.messages import WRITE, NoLengthError, view_as
from mcalc.rules import astype


class ArrayMethods(np.lib.mixins.NDArrayOperatorsMixin):
    """The methods of an array, by NumPy's functions; a subclass says what these do."""

    __slots__ = ()
    __hash__ = object.__hash__  # the mixin defines ==, which would drop it

    T = property(lambda self: np.transpose(self))
    mT = property(lambda self: np.matrix_transpose(self))  # noqa: N815  (NumPy's name)
    real = property(lambda self: self)
    imag = property(lambda self: np.zeros_like(self))

    @classmethod
    def __torch_function__(cls, function: Any, *_: Any) -> NoReturn:
        name = getattr(function, "__name__", function)
        raise TypeError(
            f"torch's {name} was given a value of a NumPy function; "
            f"call NumPy's own function, or pass torch tensors to begin with"
        )

    def __copy__(self, *_: Any) -> Any:
        return self  # nothing changes a traced value, and a second one would not be known

    __deepcopy__ = __copy__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a traced value cannot be pickled; it belongs to the run of its function")

    def __getattr__(self, name: str) -> Any:  # a checker would skip what follows a NoReturn
        raise AttributeError(f"a traced value has no {name}; call NumPy's functions, as np.sum(x)")

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise TypeError(WRITE)

    @property
    def __len__(self) -> Any:
        """The length, which a number has not: what asks hasattr(x, "__len__") is told so."""
        if not self.shape:
            raise NoLengthError
        return lambda: int(self.shape[0])

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))  # type: ignore[index]

    flat = property(lambda self: np.ravel(self))
    itemsize = property(lambda self: self.dtype.itemsize)
    nbytes = property(lambda self: self.size * self.dtype.itemsize)

    def astype(self, dtype: Any, *_: Any, **__: Any) -> Any:
        """Return the value with another dtype; a new one, however it shall lie in memory."""
        return astype(self, dtype)

    def view(self, kind: Any = np.ndarray) -> Any:
        """Return the value: nothing writes to it."""
        if kind is not np.ndarray:
            raise TypeError(view_as(kind))
        return self

    def compress(self, condition: Any, axis: Any = None) -> Any:
        """Return the slices along `axis` where the condition holds."""
        return np.compress(condition, self, axis)

    def _write(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(WRITE)

    fill = partition = put = resize = sort = _write

    def reshape(self, *shape: Any, order: Any = "C", copy: Any = None) -> Any:
        """Return the value in another shape."""
        shape = shape[0] if len(shape) == 1 else shape
        return np.reshape(self, shape) if order == "C" else np.reshape(self, shape, order=order)

    def transpose(self, *axes: Any) -> Any:
        """Return the value with its axes permuted."""
        return np.transpose(self, (axes[0] if len(axes) == 1 else axes) if axes else None)


def _method(function: Any) -> Any:
    return lambda self, *args, **kwargs: function(self, *args, **kwargs)


_NAMES = "sum mean prod max min var std dot ravel squeeze clip cumsum diagonal trace round"
_NAMES += " swapaxes repeat take copy any all argmax argmin argsort nonzero"
_NAMES += " conj conjugate cumprod searchsorted argpartition"
for _name in _NAMES.split():
    setattr(ArrayMethods, _name, _method(getattr(np, _name)))
ArrayMethods.flatten = ArrayMethods.ravel  # type: ignore[attr-defined]
