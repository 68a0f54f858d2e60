"""One run of a traced function: what tells it from another, and what a sweep needs of it.

A sweep needs less than f computed. A `Record` holds the arrays that its rule reads and the
outlines, shape and dtype, of the rest, so that values are let go as soon as f lets them go.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from mcalc._dask import is_dask

if TYPE_CHECKING:
    from mcalc.rules import Rule

_ids = itertools.count(1)  # only ever compared: the run that began last is the innermost


class Run:
    """One run of a function; nested derivatives have one each, so none is confused.

    Attributes:
        id: larger than that of every run that began earlier.
        is_open: whether the function is running.
        whole: whether every value is kept, for a graph to show.
        counter: numbers the steps in order of computation.
    """

    __slots__ = ("_copies", "counter", "id", "is_open", "whole")

    def __init__(self, *, whole: bool = False) -> None:
        self.id = next(_ids)
        self.is_open = True
        self.whole = whole
        self.counter = itertools.count()
        self._copies: dict[int, Any] = {}

    def keep(self, x: Any) -> Any:
        """Return an array as a copy, which nobody can write to; the rest as it is.

        A function may overwrite a buffer before a sweep reads what was in it. An array that
        has not changed since its last use shares one copy with it.
        """
        if isinstance(x, tuple | list):
            return type(x)(map(self.keep, x)) if type(x) in (tuple, list) else x
        if not isinstance(x, np.ndarray):
            return x.copy() if is_dask(x) else x  # Dask's x[i] = v changes x itself, too
        kept = self._copies.get(id(x))
        if kept is None or kept.dtype != x.dtype or not np.array_equal(kept, x):
            kept = self._copies[id(x)] = x.copy()
        return kept


_OF_SHAPE = np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like


class Outline(np.lib.mixins.NDArrayOperatorsMixin):
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
            "not: a linear rule reads only shapes, and a partial derivative reads no argument "
            "whose name begins with an underscore"
        )

    __array_ufunc__ = __getitem__ = __iter__ = __float__ = __bool__ = __array__


class Record(Outline):
    """One step of a run: the rule, and of its arguments and its value what the rule reads.

    To the steps that use the value and do not read it, the record is its outline.

    Attributes:
        index: place in the order of computation.
        rule: the row of the table; None for an input and a constant.
        value: what the step computed; the record itself stands for it where this is None.
        operands: the values of all arguments, or their outlines.
        parents: pairs (position, vertex) of the arguments that depend on the input.
        kwargs: the keyword arguments.
    """

    __slots__ = ("index", "kwargs", "operands", "parents", "rule", "value")

    def __init__(
        self,
        index: int,
        rule: Rule | None,
        like: Any,
        value: Any,
        operands: tuple[Any, ...],
        parents: tuple[tuple[int, Any], ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.shape = like.shape
        self.dtype = like.dtype
        self.index = index
        self.rule = rule
        self.value = value
        self.operands = operands
        self.parents = parents
        self.kwargs = kwargs


def outline(x: Any) -> Any:
    """Return the outline of an array; what is no array as it is."""
    return Outline(x) if isinstance(x, np.ndarray) else x


def in_order(output: Any, inputs: Iterable[Any]) -> list[Any]:
    """Return the inputs and all that the output depends on, in order of computation."""
    found = {output, *inputs}
    stack = [output]
    while stack:
        for _, parent in stack.pop().parents:
            if parent not in found:
                found.add(parent)
                stack.append(parent)
    return sorted(found, key=operator.attrgetter("index"))
