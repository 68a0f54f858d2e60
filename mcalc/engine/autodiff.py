"""The two primitives of differentiation, for NumPy and torch functions alike.

`vjp` and `jvp` are the only functions that look at the array's type. NumPy goes to our own
graph, torch to ``torch.func``; `derivatives` is written on them, once.
"""

from __future__ import annotations

import inspect
import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from mcalc.backends.arrays import (
    as_direction,
    as_number,
    as_point,
    is_torch,
    namespace,
    one_like,
    own,
    require_function,
)
from mcalc.backends.typing import T, VectorField
from mcalc.engine.containers import CONTAINERS, aligned, leaves, rebuilt
from mcalc.engine.record import Tracer
from mcalc.engine.speed import linearized

Argnums = int | tuple[int, ...]
_INTEGERS = (int, np.integer)
_first: Any = operator.itemgetter(0)


def vjp(f: Callable[..., T], *primals: Any) -> tuple[T, Callable[[Any], tuple[Any, ...]]]:
    """Return the value of `f` and its pullback, the vector-Jacobian product.

    Reverse accumulation: one sweep gives the derivative by every input.

    Args:
        f: function of arrays, whose value is an array of any shape.
        primals: the point, one array for each argument, or one container of arrays: a dict,
            list, tuple or named tuple, nested.

    Returns:
        ``f(*primals)``, and a function that takes a cotangent g of the value's shape to
        one cotangent for each primal, of its shape: gᵀJ.

    Raises:
        TypeError: for input that cannot be differentiated at, or code that drops the graph.
        ValueError: from the pullback, if the cotangent's shape is not the value's.

    Examples:
        >>> import numpy as np
        >>> value, pullback = vjp(lambda x: x**2, np.array([1.0, 3.0]))
        >>> value
        array([1., 9.])
        >>> pullback(np.array([1.0, 0.0]))
        (array([2., 0.]),)
    """
    require_function(f, caller="vjp")
    restricted, points, pack = _opened("vjp", f, primals, [*range(len(primals))])
    if is_torch(points[0]):
        value, pull = _torch().vjp(restricted, *points)
    else:
        linearization = linearized(restricted, points, once=False)
        value, pull = linearization.value, linearization.pull

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        given = as_direction(cotangent, value, caller="vjp", name="the cotangent", of="f(x)")
        shares = pull(given)
        return pack(map(own, shares) if is_torch(value) else shares)

    return own(value), pullback


def gradient(f: VectorField, points: list[Any]) -> tuple[Any, list[Any]]:
    """Return the value of a scalar `f` and its gradients, at points that have been checked.

    Of a pullback that is used once, the records are let go as the sweep passes them.
    """
    if is_torch(points[0]):
        value, pull = _torch().vjp(f, *points)
        _require_scalar(value)
        return value, list(map(own, pull(one_like(value))))
    with linearized(f, points) as linearization:
        value = linearization.value
        _require_scalar(value)
        return as_number(value), linearization.pull(one_like(value), last=True)


def gradient_and_aux(f: VectorField, points: list[Any]) -> tuple[Any, list[Any], Any]:
    """Return what `gradient` does of an `f` that returns a pair, and the second of the two."""
    pair = _Pair(f)
    if is_torch(points[0]):
        value, pull, tensors = _torch().vjp_and_aux(pair, pair.tensors, *points)
        _require_scalar(value)
        return value, list(map(own, pull(one_like(value)))), pair.aux_of(tensors)
    value, gradients = gradient(pair, points)
    return value, gradients, pair.aux_of()


class _Pair:
    """A function without what it returns beside its value, which is kept here."""

    def __init__(self, f: VectorField) -> None:
        self._f = f
        self._point: Any = None
        self._aux: Any = None

    def __call__(self, *args: Any) -> Any:
        pair = self._f(*args)
        if not isinstance(pair, tuple) or len(pair) != 2:
            one = "one array" if isinstance(pair, Tracer) else f"one {type(pair).__name__}"
            given = f"{len(pair)} values" if isinstance(pair, tuple) else one
            raise TypeError(f"with has_aux f returns a pair (value, aux), but it returned {given}")
        self._point, (value, self._aux) = args[0], pair
        return value

    def tensors(self) -> list[Any]:
        return [x for _, x in leaves(self._aux) if is_torch(x)]

    def aux_of(self, tensors: Iterable[Any] = ()) -> Any:
        """Return it with plain arrays for the values of the run; torch knows its own."""
        known = iter(tensors)

        def plain(x: Any) -> Any:
            if isinstance(x, Tracer) and x.run is self._point.run:
                return own(x.value)
            return next(known) if is_torch(x) and is_torch(self._point) else x

        return rebuilt(self._aux, (plain(x) for _, x in leaves(self._aux)))


def _require_scalar(value: Any) -> None:
    if value.shape != ():
        raise TypeError(
            f"grad needs a scalar f, but f(x) has shape {tuple(value.shape)}; use jacobian"
        )


def jvp(f: Callable[..., T], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[T, T]:
    """Return the value of `f` and its derivative along `tangents`, the Jacobian-vector product.

    Forward accumulation: one sweep gives the derivative of every output along one direction.

    Args:
        f: function of arrays, whose value is an array of any shape.
        primals: the point, a tuple with one array, or one container of arrays, for each argument.
        tangents: the direction, a tuple of arrays of the same shapes, in the same containers.

    Returns:
        ``f(*primals)`` and Jv, of the value's shape.

    Raises:
        TypeError: for input that cannot be differentiated at, or code that drops the graph.
        ValueError: if the tangents do not match the primals.

    Examples:
        >>> import numpy as np
        >>> jvp(lambda x: x**2, (np.array([1.0, 3.0]),), (np.array([0.0, 1.0]),))
        (array([1., 9.]), array([0., 6.]))
    """
    require_function(f, caller="jvp")
    if not (isinstance(primals, tuple) and isinstance(tangents, tuple)):
        raise TypeError("jvp takes primals and tangents as tuples: jvp(f, (x,), (v,))")
    if len(primals) != len(tangents):
        raise ValueError(
            f"jvp was given {len(primals)} primals and {len(tangents)} tangents; give one each"
        )
    restricted, points, _ = _opened("jvp", f, primals, [*range(len(primals))])
    moved: list[Any] = []
    for i, (x, t) in enumerate(zip(primals, tangents, strict=True)):
        rest = points[len(moved) :]
        moved += directions(t, x, rest, caller="jvp", name=f"tangent {i}", of=f"primal {i}")
    value, tangent = push(restricted, points, moved)
    return own(value), tangent


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


def push(f: VectorField, points: list[Any], tangents: list[Any]) -> tuple[Any, Any]:
    """Return the value of `f` and its derivative along tangents, all of which have been checked.

    The derivative is the caller's own; the value is not.
    """
    if is_torch(points[0]):
        value, tangent = _torch().jvp(f, tuple(points), tuple(tangents))
        return value, own(tangent)
    with linearized(f, points) as linearization:
        return linearization.value, linearization.push(dict(enumerate(tangents)))


def rows(f: VectorField, points: list[Any]) -> list[Any]:
    """Return the Jacobian of `f` by each argument, by reverse accumulation."""
    if is_torch(points[0]):
        return list(_torch().jacobian_by_rows(f, points))
    with linearized(f, points) as linearization:
        return linearization.by_rows()


def columns(f: VectorField, points: list[Any]) -> list[Any]:
    """Return the Jacobian of `f` by each argument, by forward accumulation."""
    if is_torch(points[0]):
        return list(_torch().jacobian_by_columns(f, points))
    with linearized(f, points) as linearization:
        return [linearization.by_columns(i) for i in range(len(points))]


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
                f"positional argument{'s' if len(args) != 1 else ''}"
            )
    places = [k % len(args) for k in wanted]
    if not places or len(set(places)) < len(places):
        raise ValueError(f"{caller}: argnums is {argnums}; name each argument once")
    restricted, points, pack = _opened(caller, f, args, places, kwargs)
    if not one:
        return restricted, points, pack
    return restricted, points, _first if pack is tuple else lambda found: pack(found)[0]


def _opened(
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


def _torch() -> Any:
    from mcalc.backends import torch as module

    return module
