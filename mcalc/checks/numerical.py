"""Derivatives from values alone: the independent oracle.

Nothing here knows a rule of differentiation, so an agreement with `autodiff` says something.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import numpy as np

from mcalc.backends.arrays import as_point, basis, is_torch, namespace, own, require_shape, to_numpy
from mcalc.backends.typing import Array, ScalarField, VectorField

Method = Literal["central", "complex"]


def numerical_jacobian(
    f: VectorField, x: Array, *, step: float | None = None, method: Method = "central"
) -> Any:
    r"""Approximate the Jacobian of `f` at `x` from values of `f` alone.

    Central differences, :math:`(f(x+he_j)-f(x-he_j))/2h`, err by :math:`O(h^2)`.
    The complex step, :math:`\operatorname{Im} f(x+ihe_j)/h`, subtracts nothing and is exact
    to rounding, for NumPy functions that are analytic (Squire and Trapp, 1998).

    Args:
        f: function of one array.
        x: point, any shape.
        step: the `h` above; by default 1e-30 for the complex step, else the cube root of the
            machine epsilon, times the entry that moves if that is larger than 1. Give one where
            `f` bends within such a distance.
        method: ``"central"`` or ``"complex"``.

    Returns:
        The Jacobian, shape ``f(x).shape + x.shape``; numerator layout.

    Raises:
        ValueError: if the step is not positive and finite, or `method` is unknown.
        TypeError: if `x` is not real floating point, or if, for the complex step, `f` is not
            analytic code or not real at `x`.

    Examples:
        >>> import numpy as np
        >>> J = numerical_jacobian(lambda x: x**2, np.array([1.0, 3.0]))
        >>> np.round(J, 6) + 0.0
        array([[2., 0.],
               [0., 6.]])
    """
    point = as_point(x, caller="numerical_jacobian")
    if method not in ("central", "complex"):
        raise ValueError(f"method is 'central' or 'complex', not {method!r}")
    if step is not None and not (step > 0 and math.isfinite(step)):
        raise ValueError(f"step is {step}; it must be positive and finite, such as 1e-6")
    xp = namespace(point)
    if method == "complex":
        if is_torch(point):
            raise TypeError("the complex step takes NumPy arrays; use method='central' for torch")
        h = 1e-30 if step is None else step
        if np.any(np.abs(_imaginary(f(point + 0j))) > 0):
            raise TypeError(
                "f is not real at x, as the root of a negative number; move x to where it is"
            )
        columns = [_imaginary(f(point + 1j * (h * e))) / h for e in basis(point)]
    else:
        unit = float(np.cbrt(xp.finfo(point.dtype).eps))
        steps = [step or unit * max(1.0, abs(entry)) for entry in point.reshape(-1).tolist()]
        columns = [
            (_value(f, point + h * e) - _value(f, point - h * e)) / (2 * h)
            for h, e in zip(steps, basis(point), strict=True)
        ]
    if not columns:
        return xp.zeros(tuple(_value(f, point).shape) + tuple(point.shape), dtype=point.dtype)
    entries = xp.stack([xp.asarray(c) for c in columns], -1)
    return entries.reshape((*entries.shape[:-1], *point.shape))


def numerical_grad(
    f: ScalarField, x: Array, *, step: float | None = None, method: Method = "central"
) -> Any:
    """Approximate the gradient of a scalar `f` at `x` from values of `f` alone.

    Arguments and errors are those of `numerical_jacobian`.

    Returns:
        The gradient, the shape of `x`.

    Raises:
        TypeError: if `f` is not scalar.

    Examples:
        >>> import numpy as np
        >>> numerical_grad(lambda x: x @ x, np.array([1.0, 3.0])).round(6)
        array([2., 6.])
    """
    jacobian = numerical_jacobian(f, x, step=step, method=method)
    if np.shape(jacobian) != np.shape(x):
        shape = tuple(np.shape(jacobian))[: np.ndim(jacobian) - np.ndim(x)]
        raise TypeError(
            f"numerical_grad needs a scalar f, but f(x) has shape {shape}; use numerical_jacobian"
        )
    return jacobian


def check_grad(
    f: ScalarField, gradient: VectorField, x: Array, *, step: float | None = None
) -> float:
    """Return how far `gradient` is from the numerical gradient of `f` at `x`.

    The name is SciPy's.

    Args:
        f: scalar function.
        gradient: the function to examine, such as ``grad(f)``.
        x: point, any shape.
        step: of the central differences.

    Returns:
        The Euclidean norm of the difference; about 1e-9 where the gradient is right.

    Raises:
        ValueError: if ``gradient(x)`` has not the shape of `x`.

    Examples:
        >>> import numpy as np
        >>> check_grad(lambda x: x @ x, lambda x: 2 * x, np.array([1.0, 3.0])) < 1e-8
        True
        >>> round(check_grad(lambda x: x @ x, lambda x: x, np.array([3.0, 4.0])), 3)
        5.0
    """
    given = gradient(x)
    require_shape(given, x, caller="check_grad", name="gradient(x)", of="x")
    return float(np.linalg.norm(to_numpy(given) - to_numpy(numerical_grad(f, x, step=step))))


def observed_order(
    error: Callable[[float], float], *, step: float = 0.1, floor: float = 1e-12
) -> float:
    r"""Measure the exponent p of an error that falls like :math:`h^p`.

    The step is halved until the error reaches `floor`, where rounding drowns it;
    the exponent is the base-2 logarithm of the last ratio of errors above it.

    Args:
        error: the error made with a step h > 0.
        step: the first h.
        floor: the smallest error that is not yet rounding.

    Returns:
        The exponent; ``inf`` if the error is below `floor` from the start.

    Raises:
        ValueError: if the step is not positive, or an error is not finite.

    Examples:
        >>> import math
        >>> round(observed_order(lambda h: math.exp(h) - 1 - h), 2)
        2.0
    """
    if not (step > 0 and math.isfinite(step)):
        raise ValueError(f"step is {step}; it must be positive and finite, such as 0.1")
    errors: list[float] = []
    for halvings in range(12):
        e = float(error(step / 2**halvings))
        if not math.isfinite(e):
            raise ValueError(f"the error at step {step / 2**halvings} is {e}")
        if e <= floor:
            break
        errors.append(e)
    if len(errors) < 2:
        return math.inf
    return math.log2(errors[-2] / errors[-1])


def _value(f: VectorField, x: Any) -> Any:
    """Return the value of `f`, if it is an array of real numbers; `f` may use its memory again."""
    value = f(x)
    if is_torch(value):
        return own(value)
    array = np.asarray(value)
    if isinstance(value, list | tuple) or array.dtype.kind not in "fiu":
        given = f"values of dtype {array.dtype}" if hasattr(value, "dtype") else f"{value!r}"
        raise TypeError(f"f returned {given}; return one array of real numbers, as np.stack([...])")
    # Differences of integers could wrap around.
    return own(array.astype(float) if array.dtype.kind in "iu" else array)


def _imaginary(value: Any) -> Any:
    if not np.iscomplexobj(value):
        raise TypeError(
            "f returned real numbers for complex input, so it is not analytic code "
            "(np.abs, np.maximum and norms are not); use method='central'"
        )
    return np.imag(value)
