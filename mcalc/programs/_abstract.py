"""What is known of a value while a program is made: its kind, shape and dtype, and no numbers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

# Python's numbers have rules of their own for types, so these are evaluated as they are written.
_OPERATORS = """add + 10 add, subtract - 10 sub, multiply * 12 mul, divide / 12 truediv,
matmul @ 12 matmul, power ** 14 pow, floor_divide // 12 floordiv, remainder % 12 mod,
greater > 6 gt, greater_equal >= 6 ge, less < 6 lt, less_equal <= 6 le, equal == 6 eq,
not_equal != 6 ne, bitwise_and & 9 and_, bitwise_xor ^ 8 xor, bitwise_or | 7 or_"""
INFIX: dict[Any, tuple[str, int, Callable[..., Any]]] = {
    getattr(np, name): (sign, int(binds), getattr(operator, python))
    for name, sign, binds, python in map(str.split, _OPERATORS.split(","))
}
UNARY: dict[Any, tuple[str, int, Callable[..., Any]]] = {
    np.negative: ("-", 13, operator.neg),
    np.invert: ("~", 13, operator.invert),
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
            parts = [cls.of(y) for y in x]
            return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
        if not isinstance(x, np.ndarray | np.generic | float | int):
            raise TypeError(f"a program is of numbers, and the function makes a {type(x).__name__}")
        kind = np.ndarray if isinstance(x, np.ndarray) else type(x)
        return cls(kind, np.shape(x), np.asarray(x).dtype)

    def stand_in(self, second: bool) -> Any:
        """Return a value of this kind, shape and dtype, the second of a different one.

        The first is a valid index if it is of integers, False, or 1, or the identity, which has
        an inverse, eigenvalues and so on; the second has 0 for 1 and 1 for 0.
        """
        one = (self.dtype.kind == "f") != second
        x = np.broadcast_to(np.array(one, self.dtype), self.shape)
        if one and not second and x.ndim > 1:
            x = np.array(np.broadcast_to(np.eye(*self.shape[-2:], dtype=self.dtype), self.shape))
        return x if self.kind is np.ndarray else self.kind(x[()])

    def __str__(self) -> str:
        if issubclass(self.kind, np.ndarray | np.generic):
            return f"{self.dtype} of shape {self.shape}"
        return f"a {self.kind.__name__}"


_NESTED = {tuple, list, dict, slice}


def rebuild(tree: Any, change: Callable[[Any], Any]) -> Any:
    """Return nested arguments of a function with every leaf changed."""
    kind = type(tree)
    if kind not in _NESTED:
        return change(tree)
    if kind is dict:
        return {k: rebuild(x, change) for k, x in tree.items()}
    if kind is slice:
        return slice(*[rebuild(x, change) for x in (tree.start, tree.stop, tree.step)])
    return kind([rebuild(x, change) for x in tree])


def leaves(tree: Any) -> list[Any]:
    """Return what stands in nested arguments of a function: tuples, lists, dicts, slices."""
    found: list[Any] = []
    rebuild(tree, found.append)
    return found
