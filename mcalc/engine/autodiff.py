"""The two primitives of differentiation, for NumPy and torch functions alike.

`vjp` and `jvp` are the only functions that look at the array's type. NumPy goes to our own
graph, torch to ``torch.func``; `derivatives` is written on them, once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

from mcalc.backends.arrays import (
    as_direction,
    as_number,
    is_torch,
    one_like,
    own,
    require_function,
)
from mcalc.backends.typing import T, VectorField
from mcalc.engine.arguments import Pair, directions, opened
from mcalc.engine.speed import linearized

Arrays = tuple[Any, ...]


@overload
def vjp(f: Callable[..., T], *primals: Any) -> tuple[T, Callable[[Any], Arrays]]: ...
@overload
def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool) -> Arrays: ...
def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """Return the value of `f` and its pullback, the vector-Jacobian product.

    Reverse accumulation: one sweep gives the derivative by every input.

    Args:
        f: function of arrays, whose value is an array of any shape.
        primals: the point, one array for each argument, or one container of arrays: a dict,
            list, tuple or named tuple, nested.
        has_aux: whether f returns a pair ``(value, aux)``, of which only the value is
            differentiated.

    Returns:
        ``f(*primals)``, and a function that takes a cotangent g of the value's shape to
        one cotangent for each primal, of its shape: gᵀJ. With `has_aux`, the value, this
        function, and aux, whose traced values are arrays again.

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
    restricted, points, pack = opened("vjp", f, primals, [*range(len(primals))])
    tensors: Any = ()
    if has_aux:
        restricted = pair = Pair(restricted)
    if is_torch(points[0]) and has_aux:
        value, pull, tensors = _torch().vjp_and_aux(pair, pair.tensors, *points)
    elif is_torch(points[0]):
        value, pull = _torch().vjp(restricted, *points)
    else:
        linearization = linearized(restricted, points, once=False)
        value, pull = linearization.value, linearization.pull

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        given = as_direction(cotangent, value, caller="vjp", name="the cotangent", of="f(x)")
        shares = pull(given)
        return pack(map(own, shares) if is_torch(value) else shares)

    return (own(value), pullback, pair.aux_of(tensors)) if has_aux else (own(value), pullback)


def gradient(f: VectorField, points: list[Any]) -> tuple[Any, list[Any]]:
    """Return the value of a scalar `f` and its gradients, at points that have been checked.

    Of a pullback that is used once, the records are let go as the sweep passes them.
    """
    if is_torch(points[0]):
        value, pull = _torch().vjp(f, *points)
        require_scalar(value)
        return value, list(map(own, pull(one_like(value))))
    with linearized(f, points) as linearization:
        value = linearization.value
        require_scalar(value)
        return as_number(value), linearization.pull(one_like(value), last=True)


def gradient_and_aux(f: VectorField, points: list[Any]) -> tuple[Any, list[Any], Any]:
    """Return what `gradient` does of an `f` that returns a pair, and the second of the two."""
    pair = Pair(f)
    if is_torch(points[0]):
        value, pull, tensors = _torch().vjp_and_aux(pair, pair.tensors, *points)
        require_scalar(value)
        return value, list(map(own, pull(one_like(value)))), pair.aux_of(tensors)
    value, gradients = gradient(pair, points)
    return value, gradients, pair.aux_of()


def require_scalar(value: Any, caller: str = "grad") -> None:
    """Raise a TypeError unless the value of a function is one number."""
    if value.shape != ():
        raise TypeError(
            f"{caller} needs a scalar f, but f(x) has shape {tuple(value.shape)}; use jacobian"
        )


@overload
def jvp(f: Callable[..., T], primals: Arrays, tangents: Arrays) -> tuple[T, T]: ...
@overload
def jvp(f: Callable[..., Any], primals: Arrays, tangents: Arrays, *, has_aux: bool) -> Arrays: ...
def jvp(f: Callable[..., Any], primals: Arrays, tangents: Arrays, *, has_aux: bool = False) -> Any:
    """Return the value of `f` and its derivative along `tangents`, the Jacobian-vector product.

    Forward accumulation: one sweep gives the derivative of every output along one direction.

    Args:
        f: function of arrays, whose value is an array of any shape.
        primals: the point, a tuple with one array, or one container of arrays, for each argument.
        tangents: the direction, a tuple of arrays of the same shapes, in the same containers.
        has_aux: whether f returns a pair ``(value, aux)``, of which only the value is
            differentiated.

    Returns:
        ``f(*primals)`` and Jv, of the value's shape; with `has_aux` also aux, whose traced values
        are arrays again.

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
    restricted, points, _ = opened("jvp", f, primals, [*range(len(primals))])
    moved: list[Any] = []
    for i, (x, t) in enumerate(zip(primals, tangents, strict=True)):
        rest = points[len(moved) :]
        moved += directions(t, x, rest, caller="jvp", name=f"tangent {i}", of=f"primal {i}")
    if has_aux:
        pair = Pair(restricted)
        value, tangent, tensors = _push_and_aux(pair, points, moved)
        return own(value), tangent, pair.aux_of(tensors)
    value, tangent = push(restricted, points, moved)
    return own(value), tangent


def _push_and_aux(pair: Pair, points: list[Any], tangents: list[Any]) -> tuple[Any, Any, Any]:
    """Return what `push` does, and the tensors of what came beside the value."""
    if is_torch(points[0]):
        found = _torch().jvp_and_aux(pair, pair.tensors, tuple(points), tuple(tangents))
        return found[0], own(found[1]), found[2]
    return *push(pair, points, tangents), ()


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


def _torch() -> Any:
    from mcalc.backends import torch as module

    return module
