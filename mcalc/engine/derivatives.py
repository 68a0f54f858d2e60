"""Gradients, Jacobians and Hessians: a few lines each, on `vjp` and `jvp`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcalc.backends.arrays import as_direction
from mcalc.backends.typing import P, ScalarField, VectorField
from mcalc.engine.autodiff import Argnums, columns, gradient, push, rows, select


def value_and_grad(f: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, tuple[Any, Any]]:
    """Return a function that gives the value and the gradient of a scalar `f` at once.

    Arguments, errors and the shapes of the gradient are those of `grad`.

    Examples:
        >>> value_and_grad(lambda x: x * x)(3.0)
        (np.float64(9.0), np.float64(6.0))
    """

    def value_and_gradient(*args: P.args, **kwargs: P.kwargs) -> tuple[Any, Any]:
        restricted, points, one = select("grad", f, argnums, args, kwargs)
        value, gradients = gradient(restricted, points)
        return value, gradients[0] if one else gradients

    return value_and_gradient


def grad(f: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, Any]:
    r"""Return the gradient of a scalar function, :math:`\nabla f`.

    Args:
        f: function whose value has shape ``()``.
        argnums: the argument to differentiate by, or a tuple of them; JAX's name.

    Returns:
        A function of the same arguments; its value has the shape of the argument
        `argnums`, and is a tuple for a tuple of them.

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
    """
    both = value_and_grad(f, argnums)

    def by_argument(*args: P.args, **kwargs: P.kwargs) -> Any:
        return both(*args, **kwargs)[1]

    return by_argument


def jacrev(f: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, Any]:
    """Return the Jacobian of `f` by reverse accumulation: one sweep for each output.

    Args:
        f: function of any shape.
        argnums: the argument to differentiate by, or a tuple of them.

    Returns:
        A function of the same arguments, whose value has shape ``f(x).shape + x.shape``;
        numerator layout. For a tuple of `argnums` it is a tuple.

    Raises:
        TypeError, ValueError: when called, as for `grad`.

    Examples:
        >>> import numpy as np
        >>> jacrev(lambda x: np.stack([x[0] * x[1], x[1]]))(np.array([2.0, 3.0]))
        array([[3., 2.],
               [0., 1.]])
    """

    def jacobian(*args: P.args, **kwargs: P.kwargs) -> Any:
        restricted, points, one = select("jacobian", f, argnums, args, kwargs)
        blocks = tuple(rows(restricted, points))
        return blocks[0] if one else blocks

    return jacobian


def jacfwd(f: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, Any]:
    """Return the Jacobian of `f` by forward accumulation: one sweep for each input.

    Arguments, errors and shapes are those of `jacrev`; cheaper where there are fewer inputs.

    Examples:
        >>> import numpy as np
        >>> jacfwd(lambda x: x * np.array([1.0, 2.0]))(3.0)
        array([1., 2.])
    """

    def jacobian(*args: P.args, **kwargs: P.kwargs) -> Any:
        restricted, points, one = select("jacobian", f, argnums, args, kwargs)
        blocks = tuple(columns(restricted, points))
        return blocks[0] if one else blocks

    return jacobian


jacobian = jacrev


def hessian(f: Callable[P, Any], argnums: Argnums = 0) -> Callable[P, Any]:
    """Return the matrix of second derivatives of a scalar function.

    Args:
        f: function whose value has shape ``()``.
        argnums: the argument to differentiate by.

    Returns:
        A function of the same arguments, whose value has shape ``x.shape + x.shape``.
        For a tuple of `argnums` it is a tuple of tuples of blocks.

    Raises:
        TypeError, ValueError: when called, as for `grad`.

    Examples:
        >>> import numpy as np
        >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]))
        array([[6., 2.],
               [2., 0.]])
    """
    if isinstance(argnums, tuple) and argnums:
        by_row = [jacobian(grad(f, i), argnums) for i in argnums]

        def blocks(*args: P.args, **kwargs: P.kwargs) -> Any:
            return tuple(row(*args, **kwargs) for row in by_row)

        return blocks
    return jacobian(grad(f, argnums), argnums)


def hvp(f: ScalarField, argnums: int = 0) -> VectorField:
    """Return the Hessian-vector product of a scalar function, without the Hessian.

    Forward over reverse accumulation, at a small multiple of the cost of `f`.

    Args:
        f: function whose value has shape ``()``.
        argnums: the argument to differentiate by.

    Returns:
        A function of f's arguments and then the vector v, whose value is Hv.

    Raises:
        TypeError, ValueError: when called, as for `grad`, or if v has not the argument's shape.

    Examples:
        >>> import numpy as np
        >>> hvp(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
        array([8., 2.])
    """
    return _along(grad(f, argnums), argnums, "hvp")


def directional_derivative(f: VectorField, argnums: int = 0) -> VectorField:
    r"""Return the derivative of `f` along a vector, :math:`\lim (f(x+hv)-f(x))/h`.

    The vector is taken as it is, with its length; for a slope, pass a unit vector.

    Args:
        f: function of any shape.
        argnums: the argument that moves.

    Returns:
        A function of f's arguments and then the vector v, whose value has the shape of f's.

    Raises:
        TypeError, ValueError: when called, as for `grad`, or if v has not the argument's shape.

    Examples:
        >>> import numpy as np
        >>> x, v = np.array([1.0, 3.0]), np.array([1.0, 2.0])
        >>> directional_derivative(lambda x: x**2)(x, v)
        array([ 2., 12.])
    """
    return _along(f, argnums, "directional_derivative")


def _along(f: VectorField, argnums: int, caller: str) -> VectorField:
    def derivative(*args: Any, **kwargs: Any) -> Any:
        if isinstance(argnums, tuple):
            raise TypeError(f"{caller}: argnums is {argnums}; give one integer")
        if len(args) < 2:
            raise TypeError(f"{caller} is called with f's arguments and then the vector: (x, v)")
        *point, v = args
        restricted, (x,), _ = select(caller, f, argnums, tuple(point), kwargs)
        v = as_direction(v, x, caller=caller, name="v", of="x")
        return push(restricted, [x], (v,))[1]

    return derivative
