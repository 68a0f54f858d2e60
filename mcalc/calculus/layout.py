"""Derivatives as matrices, in the two layouts that `mcalc.layout` explains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from mcalc.backends.arrays import own
from mcalc.backends.typing import Array, P
from mcalc.engine.derivatives import jacobian

Layout = Literal["denominator", "numerator"]


def arrange(J: Array, x: Array, *, layout: Layout) -> Any:
    """Arrange the entries of a Jacobian as the matrix that a textbook prints.

    Args:
        J: all partial derivatives, shape ``f(x).shape + x.shape``, as `jacobian` gives them.
        x: the point, or any array with as many axes.
        layout: ``"denominator"``, where a gradient is a column, or ``"numerator"``.

    Returns:
        A number, a column of shape ``(n,)``, a row of shape ``(1, n)``, or a matrix.

    Raises:
        ValueError: if there is no such matrix, or `layout` is unknown.

    Examples:
        >>> import numpy as np
        >>> x = np.array([1.0, 2.0])
        >>> arrange(np.array([3.0, 4.0]), x, layout="denominator")
        array([3., 4.])
        >>> arrange(np.array([3.0, 4.0]), x, layout="numerator")
        array([[3., 4.]])
    """
    if layout not in ("denominator", "numerator"):
        raise ValueError(f"layout is 'denominator' or 'numerator', not {layout!r}")
    partials: Any = J
    axes, by = len(partials.shape), len(getattr(x, "shape", ()))
    if axes > 2:
        kinds = ("a scalar", "a vector", "a matrix")
        of, to = (kinds[k] if k < 3 else f"an array of {k} axes" for k in (axes - by, by))
        raise ValueError(
            f"the derivative of {of} by {to} has {axes} axes, shape {tuple(partials.shape)}, "
            "and no layout makes a matrix of them; use jacobian, whose first axes are the outputs"
        )
    # As they are, they are in denominator layout for a scalar f, and in numerator layout else.
    as_it_is = (axes == by) == (layout == "denominator")
    if not as_it_is:
        partials = partials.T if axes == 2 else partials[None, :] if axes else partials
    return own(partials)


def derivative(f: Callable[P, Any], argnums: int = 0, *, layout: Layout) -> Callable[P, Any]:
    """Return the derivative of `f` as a matrix in the layout that is named.

    Args:
        f: function whose value is a scalar, a vector or a matrix.
        argnums: the argument to differentiate by; one of the two is a scalar, or both are vectors.
        layout: ``"denominator"``, where a gradient is a column, or ``"numerator"``, where the
            derivative of a vector by a vector is the Jacobian.

    Returns:
        A function of the same arguments; its value has the shape that the table above says.

    Raises:
        TypeError: if `argnums` is no integer; when called, for input or code that cannot be
            differentiated.
        ValueError: when called, if the derivative is no matrix, such as one of a vector by a
            matrix, or `layout` is unknown.

    Examples:
        >>> import numpy as np
        >>> A, x = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([1.0, 1.0])
        >>> derivative(lambda x: A @ x, layout="numerator")(x)
        array([[1., 2.],
               [3., 4.],
               [5., 6.]])
        >>> derivative(lambda x: A @ x, layout="denominator")(x)
        array([[1., 3., 5.],
               [2., 4., 6.]])
    """
    if not isinstance(argnums, int):
        raise TypeError(f"derivative: argnums is {argnums!r}; give one integer")

    def matrix(*args: P.args, **kwargs: P.kwargs) -> Any:
        partials = jacobian(f, argnums)(*args, **kwargs)
        return arrange(partials, args[argnums], layout=layout)

    return matrix
