"""Gradient descent and Newton's method, with every point they passed through."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mcalc.backends.arrays import as_point, namespace, to_numpy
from mcalc.backends.dask import computed_together, is_dask, require_whole
from mcalc.backends.typing import Array, ScalarField
from mcalc.engine.arguments import points_of
from mcalc.engine.containers import leaves, rebuilt
from mcalc.engine.derivatives import hessian, value_and_grad


@dataclass(frozen=True, eq=False)
class Result:
    """What a solver found; the fields are named as SciPy's.

    Attributes:
        x: the last point.
        fun: the value there.
        jac: the gradient there.
        nit: number of steps taken.
        success: whether the norm of the gradient came down to the tolerance.
        message: why the solver stopped.
        path: all points from the first to the last, shape ``(nit + 1, *x.shape)``.

    Where the point is a container of arrays, so are `x`, `jac` and `path`.
    """

    x: Any
    fun: Any
    jac: Any
    nit: int
    success: bool
    message: str
    path: Any = field(repr=False)


def gradient_descent(
    f: ScalarField,
    x0: Any,
    *,
    learning_rate: float,
    fixed_length: bool = False,
    tol: float = 1e-6,
    max_iter: int = 1000,
) -> Result:
    r"""Step against the gradient: :math:`x \leftarrow x - \eta \nabla f(x)`.

    A solver looks at numbers, so it lets Dask compute where `f` is of Dask arrays: each step
    is one pass over the data. If `x0` is a Dask array, so are all points, kept by the workers.

    Args:
        f: scalar function of one array, or of one container of arrays: a dict, list, tuple or
            named tuple, nested.
        x0: where to start: an array of any shape, or a container.
        learning_rate: the :math:`\eta` above; there is no default that fits all functions.
        fixed_length: divide the gradient by its Euclidean norm, over all arrays together, so
            that every step is `learning_rate` long; it then hops about a minimum instead of
            settling in it.
        tol: stop when the norm of the gradient is at most this.
        max_iter: stop after this many steps.

    Returns:
        The result. Failing to converge is a result as well, and its `message` says so.

    Raises:
        ValueError: if `learning_rate`, `tol` or `max_iter` is out of range.
        TypeError: if `f` is not scalar, or cannot be differentiated.

    Examples:
        >>> result = gradient_descent(lambda w: w**2, 10.0, learning_rate=0.1, max_iter=1)
        >>> float(result.x)
        8.0
        >>> one = gradient_descent(
        ...     lambda w: w**2, 10.0, learning_rate=0.1, fixed_length=True, max_iter=1
        ... )
        >>> float(one.x)
        9.9
        >>> loss = lambda p: (p["slope"] - 2.0) ** 2 + p["offset"] ** 2
        >>> fit = gradient_descent(loss, {"slope": 0.0, "offset": 1.0}, learning_rate=0.5)
        >>> {name: float(x) for name, x in fit.x.items()}
        {'slope': 2.0, 'offset': 0.0}
    """
    if not (learning_rate > 0 and math.isfinite(learning_rate)):
        raise ValueError(f"learning_rate is {learning_rate}; it must be positive and finite")

    def step(xs: list[Any], gradients: list[Any]) -> list[Any]:
        size = _norm(gradients) if fixed_length else 1.0
        return [-learning_rate * (g / size if fixed_length else g) for g in gradients]

    return _iterate("gradient_descent", f, x0, step, tol, max_iter)


def newton(f: ScalarField, x0: Array, *, tol: float = 1e-10, max_iter: int = 50) -> Result:
    r"""Step to the stationary point of each quadratic model: :math:`x - H^{-1}\nabla f`.

    That point is a minimum of the model only where H is positive definite;
    otherwise the method goes to a maximum or a saddle as readily.

    Args:
        f: scalar function of one array.
        x0: where to start, any shape; no Dask array, since H is solved in one place.
        tol: stop when the norm of the gradient is at most this.
        max_iter: stop after this many steps.

    Returns:
        The result. Failing to converge is a result as well, and its `message` says so.

    Raises:
        ValueError: if `tol` or `max_iter` is out of range.
        TypeError: if `f` is not scalar, or cannot be differentiated.

    Examples:
        >>> import numpy as np
        >>> result = newton(lambda x: x * np.exp(-(x**2)), -1.0)
        >>> [round(float(x), 6) for x in result.path[:4]]
        [-1.0, -0.5, -0.7, -0.707072]
    """
    x0 = as_point(x0, caller="newton", name="x0")
    require_whole("newton", x0)
    second = hessian(f)

    def step(xs: list[Any], gradients: list[Any]) -> list[Any] | str:
        (x,), (g,) = xs, gradients
        n, linalg = math.prod(x.shape), namespace(x).linalg
        H = computed_together(x, second(x))[0].reshape(n, n)
        if not _finite(H):
            return "the Hessian is not finite"
        try:
            move = -linalg.solve(H, g.reshape(n)).reshape(x.shape)
        except linalg.LinAlgError:
            return "the Hessian is singular"
        # Where LAPACK's answers are not looked at, as in a browser, there is no error but NaN.
        return [move] if _finite(move) else "the Hessian is singular"

    return _iterate("newton", f, x0, step, tol, max_iter)


def _iterate(
    caller: str,
    f: ScalarField,
    x0: Any,
    step: Callable[[list[Any], list[Any]], list[Any] | str],
    tol: float,
    max_iter: int,
) -> Result:
    """Step from the arrays in `x0` until the gradient is small, or a step says why it cannot."""
    if not tol >= 0:
        raise ValueError(f"{caller}: tol is {tol}; it must not be negative")
    if not (isinstance(max_iter, int) and max_iter >= 0):
        raise ValueError(f"{caller}: max_iter is {max_iter}; give a number of steps, such as 1000")
    names, given = zip(*(leaves(x0, "x0") or [("x0", x0)]), strict=True)
    xs = [x + 0.0 for x in points_of(caller, given, names)]
    like = rebuilt(x0, iter(xs))  # the caller's own containers may change
    both = value_and_grad(f)

    def at(xs: list[Any]) -> tuple[list[Any], Any, list[Any]]:
        value, gradient = both(rebuilt(like, iter(xs)))
        kind = next(filter(is_dask, xs), xs[0])
        value, *rest = computed_together(kind, value, *xs, *(g for _, g in leaves(gradient)))
        return rest[: len(xs)], value, rest[len(xs) :]

    xs, value, gradients = at(xs)
    path = [xs]
    while True:
        size = _norm(gradients)
        finite = math.isfinite(size) and math.isfinite(float(value))
        if not finite:
            message = f"diverged: the value or the gradient is not finite at step {len(path) - 1}"
        elif size <= tol:
            message = f"the norm of the gradient is {size:.1e}, at most {tol:.1e}"
        elif len(path) > max_iter:
            message = f"{max_iter} steps were taken, and the norm of the gradient is {size:.1e}"
        else:
            moves = step(xs, gradients)
            if not isinstance(moves, str):
                xs, value, gradients = at([x + m for x, m in zip(xs, moves, strict=True)])
                path.append(xs)
                continue
            message = f"{moves} at step {len(path) - 1}"
        success = finite and size <= tol
        stacked = [namespace(*points).stack(points) for points in zip(*path, strict=True)]
        x, gradient, points = (rebuilt(like, iter(part)) for part in (xs, gradients, stacked))
        return Result(x, value, gradient, len(path) - 1, success, message, points)


def _norm(gradients: list[Any]) -> float:
    """Return the Euclidean norm of all entries together."""
    sizes = []
    with np.errstate(over="ignore"):  # a diverging path ends at infinity, and says so
        for g in gradients:
            whole = np.sqrt(np.sum(g * g)) if is_dask(g) else np.linalg.norm(to_numpy(g))
            sizes.append(float(whole))
    return math.hypot(*sizes)


def _finite(x: Any) -> bool:
    return bool(np.isfinite(to_numpy(x)).all())
