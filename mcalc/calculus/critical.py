"""What kind of critical point a point is, as far as second derivatives can tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from mcalc.backends.arrays import as_point, to_numpy
from mcalc.backends.typing import Array, ScalarField
from mcalc.calculus.taylor import require_second
from mcalc.engine.derivatives import grad, hessian

PointKind = Literal["local minimum", "local maximum", "saddle point", "undecided"]


@dataclass(frozen=True, eq=False)
class CriticalPoint:
    """A point where the gradient vanishes, and what the Hessian says of it.

    Attributes:
        x: the point.
        kind: ``"local minimum"`` (strict), ``"local maximum"`` (strict), ``"saddle point"``,
            or ``"undecided"`` where the second derivatives do not tell.
        eigenvalues: of the Hessian, in rising order, shape ``(n,)``.
    """

    x: Any = field(repr=False)
    kind: PointKind
    eigenvalues: Any


def classify(f: ScalarField, x: Array, *, tol: float = 1e-6) -> CriticalPoint:
    """Classify a critical point of a scalar function by the signs of the Hessian's eigenvalues.

    All positive: a local minimum. All negative: a local maximum. Both signs: a saddle point.
    Otherwise some eigenvalue is zero, and the test is silent.

    Args:
        f: scalar function, twice continuously differentiable near `x`.
        x: the critical point, any shape.
        tol: gradients and eigenvalues up to this size, relative to the larger of 1 and the
            largest eigenvalue, count as zero.

    Returns:
        The critical point with its kind.

    Raises:
        ValueError: if the gradient at `x` is not zero, or a second derivative does not exist
            or is not finite.
        TypeError: if `f` is not scalar, or cannot be differentiated.

    Examples:
        >>> import numpy as np
        >>> classify(lambda x: x[0] ** 2 - x[1] ** 2, np.zeros(2))
        CriticalPoint(kind='saddle point', eigenvalues=array([-2.,  2.]))
    """
    point = as_point(x, caller="classify")
    gradient = to_numpy(grad(f)(point))
    second = to_numpy(hessian(f)(point)).reshape(gradient.size, gradient.size)
    exists = bool(np.all(np.isfinite(second)))
    eigenvalues = np.linalg.eigvalsh(second if exists else np.zeros_like(second))
    zero = tol * max(1.0, float(np.max(np.abs(eigenvalues), initial=0.0)))
    if not np.linalg.norm(gradient) <= zero:
        raise ValueError(
            f"classify needs a critical point, but the gradient there is {gradient}; "
            "find one first, with newton or gradient_descent"
        )
    require_second(second, caller="classify")
    positive, negative = np.any(eigenvalues > zero), np.any(eigenvalues < -zero)
    kind: PointKind = "undecided"
    if positive and negative:
        kind = "saddle point"
    elif np.all(eigenvalues > zero):
        kind = "local minimum"
    elif np.all(eigenvalues < -zero):
        kind = "local maximum"
    return CriticalPoint(point, kind, eigenvalues)
