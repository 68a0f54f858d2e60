"""Models of a function around a point: its Taylor polynomials of first and second order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mcalc.backends.arrays import as_point, is_torch, namespace
from mcalc.backends.dask import is_dask
from mcalc.backends.typing import Array, ScalarField
from mcalc.engine.derivatives import hessian, value_and_grad


@dataclass(frozen=True, eq=False)
class Model:
    r"""A polynomial that agrees with a scalar function to first or second order.

    Calling it evaluates
    :math:`f(x_0) + \nabla f(x_0)\cdot d + \tfrac12 d^{\mathsf T} H d` with :math:`d = x - x_0`.

    Attributes:
        at: the point :math:`x_0`, any shape.
        value: :math:`f(x_0)`, shape ``()``.
        gradient: the gradient there, of the shape of `at`.
        hessian: the Hessian there, shape ``at.shape + at.shape``; None for a linear model.
    """

    at: Any
    value: Any
    gradient: Any
    hessian: Any = None

    def __call__(self, x: Any) -> Any:
        """Return the model at `x`, of the shape of `at`; leading axes are a batch of points."""
        xp = namespace(x, self.at, caller="the model")
        have, need = tuple(np.shape(x)), tuple(self.at.shape)
        n = len(need)
        if have[len(have) - n :] != need:
            raise ValueError(f"the model is of points of shape {need}, but x has shape {have}")
        d = x - self.at
        inner = tuple(range(-n, 0))
        linear = self.value + (xp.sum(d * self.gradient, inner) if n else d * self.gradient)
        if self.hessian is None:
            return linear
        if not n:
            return linear + 0.5 * self.hessian * d * d
        flat = xp.reshape(d, (*d.shape[: len(d.shape) - n], -1))
        square = xp.reshape(self.hessian, (flat.shape[-1], flat.shape[-1]))
        return linear + 0.5 * xp.sum((flat @ square) * flat, -1)


def linear_model(f: ScalarField, x0: Array) -> Model:
    r"""Return the linear model :math:`f(x_0) + \nabla f(x_0)\cdot(x-x_0)`.

    Its error is :math:`o(\|x-x_0\|)` where `f` is differentiable.

    Args:
        f: scalar function of one array.
        x0: the point, any shape.

    Returns:
        The model, callable at points of the shape of `x0`.

    Raises:
        TypeError: if `f` is not scalar, or cannot be differentiated.

    Examples:
        >>> import numpy as np
        >>> model = linear_model(lambda x: x @ x, np.array([1.0, 2.0]))
        >>> float(model(np.array([1.5, 2.0])))
        6.0
    """
    x0 = as_point(x0, caller="linear_model", name="x0")
    x = x0 + 0.0  # a float becomes an array, and later writes to x0 do not reach the model
    value, gradient = value_and_grad(f)(x)
    return Model(_array(x), value, gradient)


def quadratic_model(f: ScalarField, x0: Array) -> Model:
    r"""Return the linear model with :math:`\tfrac12 (x-x_0)^{\mathsf T} H (x-x_0)` added.

    Its error is :math:`o(\|x-x_0\|^2)` where `f` is twice differentiable.
    Arguments, result and errors are those of `linear_model`, and there is one more.

    Raises:
        ValueError: if a second derivative of `f` at `x0` does not exist, or is not finite.

    Examples:
        >>> import numpy as np
        >>> model = quadratic_model(lambda x: x @ x, np.array([1.0, 2.0]))
        >>> float(model(np.array([1.5, 2.0])))
        6.25
    """
    linear = linear_model(f, x0)
    second = hessian(f)(linear.at)
    require_second(second, caller="quadratic_model")
    return Model(linear.at, linear.value, linear.gradient, second)


def require_second(hessian: Any, *, caller: str) -> None:
    """Raise a ValueError if a Hessian has an entry that is NaN or infinite."""
    if is_dask(hessian) or (is_torch(hessian) and hessian.is_meta):  # there are no numbers to see
        return
    xp = namespace(hessian)
    if not bool(xp.all(xp.isfinite(hessian))):
        raise ValueError(
            f"{caller} needs second derivatives, and f has none there, or an infinite one: its "
            "Hessian has entries that are NaN or infinite, as of abs, std or a norm at 0; move "
            "the point, or write f without the kink, such as x @ x for np.linalg.norm(x)**2"
        )


def _array(x: Any) -> Any:
    return namespace(x).asarray(x)
