"""Gradients, Jacobians and Hessians: a few lines each, on `vjp` and `jvp`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Concatenate, Literal, overload

import numpy as np

from mcalc.backends.arrays import as_direction, as_number, namespace
from mcalc.backends.typing import P, ScalarField, T, VectorField, X
from mcalc.engine.arguments import Argnums, directions, select
from mcalc.engine.autodiff import columns, gradient, gradient_and_aux, push, rows
from mcalc.engine.derived import Derivative


@overload
def value_and_grad(f: np.ufunc, argnums: Argnums = 0) -> VectorField: ...
@overload
def value_and_grad(
    f: Callable[Concatenate[X, P], T], *, has_aux: bool = False
) -> Callable[Concatenate[X, P], tuple[T, X]]: ...
@overload
def value_and_grad(
    f: Callable[P, T], argnums: Argnums, *, has_aux: bool = False
) -> Callable[P, tuple[T, Any]]: ...
def value_and_grad(f: ScalarField, argnums: Argnums = 0, *, has_aux: bool = False) -> VectorField:
    """Return a function that gives the value and the gradient of a scalar `f` at once.

    Args:
        f: as for `grad`.
        argnums: as for `grad`.
        has_aux: whether f returns a pair, of which only the first is differentiated.

    Returns:
        A function of the same arguments, whose value is the pair of f's value and the gradient,
        or ``((value, aux), gradient)`` with `has_aux`.

    Raises:
        TypeError, ValueError: when called, as for `grad`.

    Examples:
        >>> value_and_grad(lambda x: x * x)(3.0)
        (np.float64(9.0), np.float64(6.0))
        >>> value_and_grad(lambda x: (x * x, {"half": x / 2}), has_aux=True)(3.0)
        ((np.float64(9.0), {'half': np.float64(1.5)}), np.float64(6.0))
    """
    return Derivative(_value_and_grad, f, (argnums, has_aux))


def _value_and_grad(f: Any, argnums: Argnums, has_aux: bool, args: Any, kwargs: Any) -> Any:
    restricted, points, pack = select("grad", f, argnums, args, kwargs)
    if has_aux:
        value, gradients, aux = gradient_and_aux(restricted, points)
        return (value, aux), pack(gradients)
    value, gradients = gradient(restricted, points)
    return value, pack(gradients)


@overload
def grad(f: np.ufunc, argnums: Argnums = 0) -> VectorField: ...
@overload
def grad(
    f: Callable[Concatenate[X, P], Any], *, has_aux: Literal[False] = False
) -> Callable[Concatenate[X, P], X]: ...
@overload
def grad(
    f: Callable[Concatenate[X, P], tuple[Any, T]], *, has_aux: Literal[True]
) -> Callable[Concatenate[X, P], tuple[X, T]]: ...
@overload
def grad(f: Callable[P, Any], argnums: Argnums, *, has_aux: bool = False) -> Callable[P, Any]: ...
def grad(f: ScalarField, argnums: Argnums = 0, *, has_aux: bool = False) -> VectorField:
    r"""Return the gradient of a scalar function, :math:`\nabla f`.

    Args:
        f: function whose value has shape ``()``. It is run on traced values, which are arrays in
            all but their type: a branch on ``type(x) is float`` goes the other way in silence, so
            ask ``isinstance(x, float)`` or ``np.ndim(x)``.
        argnums: the argument to differentiate by, or a tuple of them; JAX's name. An argument
            is an array, or a container of arrays: a dict, list, tuple or named tuple, nested,
            in which None stands for nothing.
        has_aux: whether f returns a pair ``(value, aux)``, of which only the value is
            differentiated.

    Returns:
        A function of the same arguments; its value has the shape of the argument
        `argnums`, in the same containers, and is a tuple for a tuple of them. With `has_aux`
        it is a pair of that and aux, whose traced values are arrays again.

    Raises:
        TypeError: when called, if `f` is not scalar, or the input or `f` cannot be
            differentiated.
        ValueError: when called, if `argnums` is out of range.

    Examples:
        >>> import numpy as np
        >>> x = np.array([0.0, np.log(2.0)])
        >>> grad(lambda x: np.log(np.sum(np.exp(x))))(x).round(3)
        array([0.333, 0.667])
        >>> [float(g) for g in grad(lambda x, y: x * y**2, argnums=(0, 1))(2.0, 3.0)]
        [9.0, 12.0]
        >>> grad(lambda p: np.sum(p["w"] ** 2) + p["b"])({"w": x, "b": 1.0})["w"].round(3)
        array([0.   , 1.386])
    """
    return Derivative(_grad, f, (argnums, has_aux))


def _grad(f: Any, argnums: Argnums, has_aux: bool, args: Any, kwargs: Any) -> Any:
    restricted, points, pack = select("grad", f, argnums, args, kwargs)
    if has_aux:
        _, gradients, aux = gradient_and_aux(restricted, points)
        return pack(gradients), aux
    return pack(gradient(restricted, points)[1])


def jacrev(f: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, Any]:
    """Return the Jacobian of `f` by reverse accumulation: one sweep for each output.

    Args:
        f: function whose value is an array of any shape.
        argnums: the argument to differentiate by, or a tuple of them.

    Returns:
        A function of the same arguments, whose value has shape ``f(x).shape + x.shape``;
        numerator layout. For a tuple of `argnums` it is a tuple; for a container of arrays it
        is a container of blocks.

    Raises:
        TypeError, ValueError: when called, as for `grad`.

    Examples:
        >>> import numpy as np
        >>> jacrev(lambda x: np.stack([x[0] * x[1], x[1]]))(np.array([2.0, 3.0]))
        array([[3., 2.],
               [0., 1.]])
    """
    return Derivative(_jacrev, f, (argnums,))


def _jacrev(f: Any, argnums: Argnums, args: Any, kwargs: Any) -> Any:
    restricted, points, pack = select("jacobian", f, argnums, args, kwargs)
    return pack(rows(restricted, points))


def jacfwd(f: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, Any]:
    """Return the Jacobian of `f` by forward accumulation: one sweep for each input.

    Arguments, errors and shapes are those of `jacrev`; cheaper where there are fewer inputs.

    Examples:
        >>> import numpy as np
        >>> jacfwd(lambda x: x * np.array([1.0, 2.0]))(3.0)
        array([1., 2.])
    """
    return Derivative(_jacfwd, f, (argnums,))


def _jacfwd(f: Any, argnums: Argnums, args: Any, kwargs: Any) -> Any:
    restricted, points, pack = select("jacobian", f, argnums, args, kwargs)
    return pack(columns(restricted, points))


jacobian = jacrev


def hessian(f: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, Any]:
    """Return the matrix of second derivatives of a scalar function.

    Args:
        f: function whose value has shape ``()``.
        argnums: the argument to differentiate by, or a tuple of them.

    Returns:
        A function of the same arguments, whose value has shape ``x.shape + x.shape``.
        For a tuple of `argnums` it is a tuple of tuples of blocks; for a container of arrays it
        is a container of containers, as in ``H["w"]["b"]``.

    Raises:
        TypeError, ValueError: when called, as for `grad`.

    Examples:
        >>> import numpy as np
        >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
        array([[6., 2.],
               [2., 0.]])
    """
    return Derivative(_hessian, f, (argnums,))


def _hessian(f: Any, argnums: Argnums, args: Any, kwargs: Any) -> Any:
    restricted, points, pack = select("hessian", f, argnums, args, kwargs)

    def partial(i: int) -> VectorField:
        def by_one(*xs: Any) -> Any:
            return gradient(lambda x: restricted(*xs[:i], x, *xs[i + 1 :]), [xs[i]])[1][0]

        return by_one

    return pack([pack(rows(partial(i), points)) for i in range(len(points))])


@overload
def hvp(f: Callable[Concatenate[X, P], Any]) -> Callable[..., X]: ...
@overload
def hvp(f: ScalarField, argnums: int) -> VectorField: ...
def hvp(f: ScalarField, argnums: int = 0) -> VectorField:
    """Return the Hessian-vector product of a scalar function, without the Hessian.

    Forward over reverse accumulation, at a small multiple of the cost of `f`.

    Args:
        f: function whose value has shape ``()``.
        argnums: the argument to differentiate by.

    Returns:
        A function of f's arguments and then the vector v, whose value is Hv. For a container of
        arrays, v and Hv are such containers.

    Raises:
        TypeError, ValueError: when called, as for `grad`, or if v has not the argument's shape.

    Examples:
        >>> import numpy as np
        >>> hvp(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
        array([8., 2.])
    """
    return Derivative(_hvp, f, (argnums,), along="v")


def _hvp(f: Any, argnums: int, args: Any, kwargs: Any) -> Any:
    restricted, points, tangents, pack = _along("hvp", f, argnums, args, kwargs)
    if len(points) == 1:
        return pack([push(lambda x: gradient(restricted, [x])[1][0], points, tangents)[1]])
    xp = namespace(*points)

    def joined(*xs: Any) -> Any:
        return xp.concatenate([xp.ravel(g) for g in gradient(restricted, [*xs])[1]])

    products = push(joined, points, tangents)[1]
    found, start = [], 0
    for x in points:
        part = products[start : start + math.prod(x.shape)].reshape(x.shape)
        found.append(as_number(as_direction(part, x, caller="hvp", name="Hv", of="x")))
        start += math.prod(x.shape)
    return pack(found)


def directional_derivative(f: Callable[..., T], argnums: int = 0) -> Callable[..., T]:
    r"""Return the derivative of `f` along a vector, :math:`\lim (f(x+hv)-f(x))/h`.

    The vector is taken as it is, with its length; for a slope, pass a unit vector.

    Args:
        f: function whose value is an array of any shape.
        argnums: the argument that moves.

    Returns:
        A function of f's arguments and then the vector v, whose value has the shape of f's. For
        a container of arrays, v is such a container.

    Raises:
        TypeError, ValueError: when called, as for `grad`, or if v has not the argument's shape.

    Examples:
        >>> import numpy as np
        >>> x, v = np.array([1.0, 3.0]), np.array([1.0, 2.0])
        >>> directional_derivative(lambda x: x**2)(x, v)
        array([ 2., 12.])
    """
    return Derivative(_directional_derivative, f, (argnums,), along="v")


def _directional_derivative(f: Any, argnums: int, args: Any, kwargs: Any) -> Any:
    caller = "directional_derivative"
    restricted, points, tangents, _ = _along(caller, f, argnums, args, kwargs)
    return push(restricted, points, tangents)[1]


def _along(caller: str, f: Any, argnums: int, args: Any, kwargs: Any) -> Any:
    """Return what `select` does of all arguments but the last, and the last one's tangents."""
    if isinstance(argnums, tuple):
        raise TypeError(f"{caller}: argnums is {argnums}; give one integer")
    if len(args) < 2:
        raise TypeError(f"{caller} is called with f's arguments and then the vector: (x, v)")
    *point, v = args
    restricted, points, pack = select(caller, f, argnums, tuple(point), kwargs)
    tangents = directions(v, point[argnums], points, caller=caller, name="v", of="x")
    return restricted, points, tangents, pack
