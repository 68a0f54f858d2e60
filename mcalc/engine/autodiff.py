"""The two primitives of differentiation, for NumPy and torch functions alike.

`vjp` and `jvp` are the only functions that look at the array's type. NumPy goes to our own
graph, torch to ``torch.func``; `derivatives` is written on them, once.
"""

from __future__ import annotations

from collections.abc import Callable
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
from mcalc.backends.typing import VectorField
from mcalc.engine.speed import linearized

Argnums = int | tuple[int, ...]
_INTEGERS = (int, np.integer)


def vjp(f: VectorField, *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return the value of `f` and its pullback, the vector-Jacobian product.

    Reverse accumulation: one sweep gives the derivative by every input.

    Args:
        f: function of arrays, of any shape.
        primals: the point, one array for each argument.

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
    points = points_of("vjp", primals)
    if is_torch(points[0]):
        value, pull = _torch().vjp(f, *points)
    else:
        linearization = linearized(f, points, once=False)
        value, pull = linearization.value, linearization.pull

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        given = as_direction(cotangent, value, caller="vjp", name="the cotangent", of="f(x)")
        shares = pull(given)
        return tuple(map(own, shares) if is_torch(value) else shares)

    return own(value), pullback


def gradient(f: VectorField, points: list[Any]) -> tuple[Any, tuple[Any, ...]]:
    """Return the value of a scalar `f` and its gradients, at points that have been checked.

    Of a pullback that is used once, the records are let go as the sweep passes them.
    """
    if is_torch(points[0]):
        value, pull = _torch().vjp(f, *points)
        _require_scalar(value)
        return value, tuple(map(own, pull(one_like(value))))
    with linearized(f, points) as linearization:
        value = linearization.value
        _require_scalar(value)
        return as_number(value), tuple(linearization.pull(one_like(value), last=True))


def _require_scalar(value: Any) -> None:
    if value.shape != ():
        raise TypeError(
            f"grad needs a scalar f, but f(x) has shape {tuple(value.shape)}; use jacobian"
        )


def jvp(f: VectorField, primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return the value of `f` and its derivative along `tangents`, the Jacobian-vector product.

    Forward accumulation: one sweep gives the derivative of every output along one direction.

    Args:
        f: function of arrays, of any shape.
        primals: the point, a tuple with one array for each argument.
        tangents: the direction, a tuple of arrays of the same shapes.

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
    points = points_of("jvp", primals)
    moved = tuple(
        as_direction(t, x, caller="jvp", name=f"tangent {i}", of=f"primal {i}")
        for i, (x, t) in enumerate(zip(points, tangents, strict=True))
    )
    value, tangent = push(f, points, moved)
    return own(value), tangent


def push(f: VectorField, points: list[Any], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return the value of `f` and its derivative along tangents, all of which have been checked.

    The derivative is the caller's own; the value is not.
    """
    if is_torch(points[0]):
        value, tangent = _torch().jvp(f, tuple(points), tangents)
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
) -> tuple[VectorField, list[Any], bool]:
    """Return `f` as a function of the arguments `argnums` alone, and where they stand."""
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

    points = points_of(caller, [args[k] for k in places], places)
    if places == list(range(len(args))) and not kwargs:
        return f, points, one

    def restricted(*moving: Any) -> Any:
        full = list(args)
        for place, x in zip(places, moving, strict=True):
            full[place] = x
        return f(*full, **kwargs)

    return restricted, points, one


def _torch() -> Any:
    from mcalc.backends import torch as module

    return module
