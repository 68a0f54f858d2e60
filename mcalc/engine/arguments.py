"""The arguments of a function that is differentiated: which of them move, and what is in them.

An argument may be a container of arrays, and a function may return something beside its value.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from mcalc.backends.arrays import as_direction, as_point, is_torch, namespace, own, require_function
from mcalc.backends.typing import VectorField
from mcalc.engine.containers import CONTAINERS, aligned, leaves, rebuilt
from mcalc.engine.record import Tracer

Argnums = int | tuple[int, ...]
_INTEGERS = (int, np.integer)
_first: Any = operator.itemgetter(0)


def points_of(caller: str, primals: Any, places: Any = None) -> list[Any]:
    """Return the primals as floating-point arrays of one kind; floats go with the first tensor."""
    names = places or range(len(primals))
    points = [as_point(x, caller=caller, name=i) for i, x in zip(names, primals, strict=True)]
    if namespace(*points, caller=caller) is np:
        return points
    first = next(x for x in points if is_torch(x))
    return [x if is_torch(x) else first.new_tensor(x) for x in points]


def select(
    caller: str, f: VectorField, argnums: Argnums, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[VectorField, list[Any], Callable[[Iterable[Any]], Any]]:
    """Return `f` as a function of the arrays in the arguments `argnums` alone, and these arrays.

    Returns:
        The function; the arrays, checked; and what puts one thing for each of them into the
        containers, if there are any, and the tuple, if `argnums` is one, in which they came.
    """
    require_function(f, caller=caller)
    one = not isinstance(argnums, tuple)
    wanted = argnums if isinstance(argnums, tuple) else (argnums,)
    for k in wanted:
        if not isinstance(k, _INTEGERS) or isinstance(k, bool):
            raise TypeError(f"{caller}: argnums is {argnums!r}; give an integer or a tuple of them")
        if not -len(args) <= k < len(args):
            raise ValueError(
                f"{caller}: argnums is {argnums}, but f was called with {len(args)} "
                f"positional argument{'s' if len(args) != 1 else ''}; pass it by position"
            )
    places = [k % len(args) for k in wanted]
    if not places or len(set(places)) < len(places):
        raise ValueError(f"{caller}: argnums is {argnums}; name each argument once")
    restricted, points, pack = opened(caller, f, args, places, kwargs)
    if not one:
        return restricted, points, pack
    return restricted, points, _first if pack is tuple else lambda found: pack(found)[0]


def opened(
    caller: str,
    f: VectorField,
    args: tuple[Any, ...],
    places: list[int],
    kwargs: dict[str, Any] | None = None,
) -> tuple[VectorField, list[Any], Callable[[Iterable[Any]], tuple[Any, ...]]]:
    """Do the work of `select`, at places that are known to be there; what it packs is a tuple."""
    moving = [args[k] for k in places]
    pack: Any = tuple
    for x in moving:
        if isinstance(x, CONTAINERS):
            points, pack = _unpacked(caller, f, places, moving)
            break
    else:
        points = points_of(caller, moving, places)
        if places == [*range(len(args))] and not kwargs:
            return f, points, pack

    def restricted(*arrays: Any) -> Any:
        full = list(args)
        for place, x in zip(places, pack(arrays), strict=True):
            full[place] = x
        return f(*full, **(kwargs or {}))

    return restricted, points, pack


def _unpacked(
    caller: str, f: VectorField, places: list[int], moving: list[Any]
) -> tuple[list[Any], Callable[[Iterable[Any]], tuple[Any, ...]]]:
    """Return the leaves of arguments some of which are containers, and what packs them again."""
    names = [
        _parameter(f, k) if isinstance(x, CONTAINERS) else f"argument {k}"
        for k, x in zip(places, moving, strict=True)
    ]
    found = [leaf for name, x in zip(names, moving, strict=True) for leaf in leaves(x, name)]
    if not found:
        raise TypeError(
            f"{caller} needs real floating-point input, but {names[0]} is {moving[0]!r}, with "
            "none in it; pass a float, an array or a tensor, or a dict, list or tuple of them"
        )
    points = points_of(caller, [x for _, x in found], [name for name, _ in found])
    like = rebuilt(moving, iter(points))  # the caller's own containers may change
    return points, lambda new: tuple(rebuilt(like, iter(new)))


def _parameter(f: Any, k: int) -> str:
    """Return the name that `f` gives to its argument at a place."""
    code, place = getattr(f, "__code__", None), k + inspect.ismethod(f)
    return code.co_varnames[place] if code and place < code.co_argcount else f"argument {k}"


def directions(given: Any, like: Any, points: Iterable[Any], **names: str) -> list[Any]:
    """Return the leaves of a tangent, each as the point where it begins: kind, dtype and shape.

    Args:
        given: the tangent, an array or a container.
        like: the argument that moves, of the same structure.
        points: the leaves of `like`, checked; more may follow.
        names: `caller`, `name` and `of`, for messages.
    """
    if not isinstance(like, CONTAINERS):
        return [as_direction(given, next(iter(points)), **names)]
    pairs = zip(aligned(given, like, **names), leaves(like, names["of"]), points, strict=False)
    return [
        as_direction(t, x, caller=names["caller"], name=name, of=of)
        for (name, t), (of, _), x in pairs
    ]


class Pair:
    """A function without what it returns beside its value, which is kept here."""

    def __init__(self, f: VectorField) -> None:
        self._f = f
        self._point: Any = None
        self._aux: Any = None

    def __call__(self, *args: Any) -> Any:
        """Return the value alone."""
        pair = self._f(*args)
        if not isinstance(pair, tuple) or len(pair) != 2:
            one = "one array" if isinstance(pair, Tracer) else f"one {type(pair).__name__}"
            given = f"{len(pair)} values" if isinstance(pair, tuple) else one
            raise TypeError(f"with has_aux f returns a pair (value, aux), but it returned {given}")
        self._point, (value, self._aux) = args[0], pair
        return value

    def tensors(self) -> list[Any]:
        """Return the tensors in what came beside the value."""
        return [x for _, x in leaves(self._aux) if is_torch(x)]

    def aux_of(self, tensors: Iterable[Any] = ()) -> Any:
        """Return it with plain arrays for the values of the run; torch knows its own."""
        known = iter(tensors)

        def plain(x: Any) -> Any:
            if isinstance(x, Tracer) and x.run is self._point.run:
                return own(x.value)
            return next(known) if is_torch(x) and is_torch(self._point) else x

        return rebuilt(self._aux, (plain(x) for _, x in leaves(self._aux)))
