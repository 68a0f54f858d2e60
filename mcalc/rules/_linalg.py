"""Rows for ``np.linalg``: systems of equations, inverses, determinants.

Conventions at the special points:

- ``det`` has a derivative of every order at a singular matrix, too: there its gradient, the
  matrix of cofactors, is taken from the minors.
- ``inv``, ``solve`` and ``slogdet`` of a singular matrix raise LinAlgError.
- ``pinv`` is differentiated where the rank stays the same nearby, as at full rank.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc.rules._broadcasting import unbroadcast
from mcalc.rules._rows import composite, constant, general, reduction
from mcalc.rules._table import primitive, require

LAST = (-2, -1)


@primitive
def inv(a: Any) -> Any:
    """Return the inverse of `a`."""
    return _unless_singular(np.linalg.inv, a)


@primitive
def pinv(a: Any, rtol: Any = None) -> Any:
    """Return the pseudoinverse of `a`; singular values up to `rtol` of the largest count as 0."""
    return np.linalg.pinv(a, rtol=rtol)


@primitive
def solve(a: Any, b: Any) -> Any:
    """Return the solution X of AX = B, for a matrix B."""
    return _unless_singular(np.linalg.solve, a, b)


@primitive
def det(a: Any, axis: Any = LAST, *, keepdims: bool = False) -> Any:
    """Return the determinant: a reduction of the last two axes."""
    return np.linalg.det(a)


@primitive
def logabsdet(a: Any, axis: Any = LAST, *, keepdims: bool = False) -> Any:
    """Return log |det A|: a reduction of the last two axes."""
    sign, value = np.linalg.slogdet(a)
    if not np.all(sign):
        raise np.linalg.LinAlgError(_singular("slogdet"))
    return value


@primitive
def sign_of_det(a: Any) -> Any:
    """Return the sign of the determinant."""
    return np.linalg.slogdet(a).sign


def _unless_singular(function: Callable[..., Any], *args: Any) -> Any:
    try:
        value = function(*args)
    except np.linalg.LinAlgError as error:
        if "Singular" in str(error):
            raise np.linalg.LinAlgError(_singular(function.__name__)) from error
        raise
    if not finite_as(value, *args):
        raise np.linalg.LinAlgError(_singular(function.__name__))
    return value


def finite_as(value: Any, *args: Any) -> bool:
    """Tell whether a value is finite, if the arguments are.

    Where NumPy cannot watch the processor's flags, as in a browser, NaN is all that tells of a
    singular matrix.
    """
    return bool(np.all(np.isfinite(value))) or not all(np.all(np.isfinite(a)) for a in args)


def _singular(name: str) -> str:
    return (
        f"np.linalg.{name} was given a singular matrix, where it has neither value nor "
        "derivative; move the point, or regularize: A + 1e-6 * np.eye(n)"
    )


@primitive
def cofactors(y: Any, a: Any) -> Any:
    """Return the matrix of cofactors, the gradient of the determinant `y`."""
    n = a.shape[-1]
    # Far from singular it is det(A) A⁻ᵀ; closer by, that would lose half the digits or more.
    # Before NumPy 2.1 an empty matrix has no rank.
    least = np.finfo(a.dtype).eps ** 0.25
    if n == 0 or (np.all(np.isfinite(a)) and np.all(np.linalg.matrix_rank(a, rtol=least) == n)):
        return y * inv(a).mT
    keep = np.array([[k for k in range(n) if k != i] for i in range(n)], dtype=int)
    minors = a[..., keep[:, None, :, None], keep[None, :, None, :]]
    return np.linalg.det(minors) * (-1.0) ** np.add.outer(range(n), range(n)).astype(a.dtype)


def _pinv_pull(i: int, g: Any, y: Any, a: Any, rtol: Any = None) -> Any:
    yt, gt = np.matrix_transpose(y), np.matrix_transpose(g)
    # The second and third terms are what the map and its inverse leave out.
    left, right = gt - a @ (y @ gt), gt - (gt @ y) @ a
    return left @ (y @ yt) + (yt @ y) @ right - yt @ g @ yt


def _pinv_push(tangents: Any, y: Any, a: Any, rtol: Any = None) -> Any:
    t, tt, yt = tangents[0], np.matrix_transpose(tangents[0]), np.matrix_transpose(y)
    return y @ yt @ (tt - (tt @ a) @ y) + (tt - y @ (a @ tt)) @ yt @ y - y @ t @ y


def _solve_pull(i: int, g: Any, x: Any, a: Any, b: Any) -> Any:
    back = solve(np.matrix_transpose(a), g)
    return unbroadcast(back if i == 1 else -back @ np.matrix_transpose(x), (a, b)[i])


def _solve_push(tangents: Any, x: Any, a: Any, b: Any) -> Any:
    return solve(a, tangents.get(1, 0.0) - (tangents[0] @ x if 0 in tangents else 0.0))


composite(cofactors, cofactors.__wrapped__)  # type: ignore[attr-defined]
reduction(
    det, lambda y, a, _axis: cofactors(y, a), formulas=[r"\det(\mat A)\,\mat A^{-\mathsf{T}}"]
)
reduction(
    logabsdet,
    lambda y, a, axis: np.matrix_transpose(inv(a)),
    reads="a",
    formulas=[r"\mat A^{-\mathsf{T}}"],
)
constant(sign_of_det)
general(
    inv,
    lambda i, g, y, a: -np.matrix_transpose(y) @ g @ np.matrix_transpose(y),
    lambda tangents, y, a: -y @ tangents[0] @ y,
    reads="y",
    formulas=[r"-\mat A^{-1}\,\mathrm{d}\mat A\,\mat A^{-1}"],
)
general(
    pinv,
    _pinv_pull,
    _pinv_push,
    formulas=[
        r"-\mat P\,\mathrm{d}\mat A\,\mat P"
        r" + \mat P\mat P\T(\mathrm{d}\mat A\T - \mathrm{d}\mat A\T\mat A\mat P)"
        r" + (\mathrm{d}\mat A\T - \mat P\mat A\,\mathrm{d}\mat A\T)\mat P\T\mat P"
    ],
)
general(
    solve,
    _solve_pull,
    _solve_push,
    operands=(0, 1),
    formulas=[r"-\mat A^{-1}\,\mathrm{d}\mat A\,\mat X", r"\mat A^{-1}\,\mathrm{d}\mat B"],
)


def _solve(a: Any, b: Any) -> Any:
    return solve(a, np.expand_dims(b, 1))[..., 0] if np.ndim(b) == 1 else solve(a, b)


def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    if axes is not None:
        a = np.moveaxis(a, axes, range(a.ndim - len(axes), a.ndim))
    shape = a.shape[b.ndim :]
    return np.reshape(solve(np.reshape(a, (b.size, -1)), np.reshape(b, (-1, 1))), shape)


def _tensorinv(a: Any, ind: int = 2) -> Any:
    rows = int(np.prod(a.shape[:ind]))
    return np.reshape(inv(np.reshape(a, (rows, -1))), (*a.shape[ind:], *a.shape[:ind]))


def _cond(x: Any, p: Any = None) -> Any:
    if p in (None, 2, -2):
        largest, smallest = (np.linalg.matrix_norm(x, ord=k) for k in (2, -2))
        return smallest / largest if p == -2 else largest / smallest
    return np.linalg.matrix_norm(x, ord=p) * np.linalg.matrix_norm(inv(x), ord=p)


def _cut(a: Any, rtol: Any) -> Any:
    """Return the cut-off of singular values; refuse one that takes more for 0 than rounding."""
    least = max(a.shape[-2:]) * float(np.finfo(a.dtype).eps)
    require(
        np.linalg.matrix_rank(a, rtol=rtol) == np.linalg.matrix_rank(a, rtol=least),
        "the cut-off of a pseudoinverse takes singular values for 0 that are not, or 0 for one "
        "that is not; leave rcond and rtol out",
    )
    return rtol


def _pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    if hermitian:
        raise TypeError("np.linalg.pinv reads one triangle with hermitian=True; leave it out")
    rtol = rcond if rtol is None else rtol
    return pinv(a) if rtol is None else pinv(a, _cut(a, rtol))


def _lstsq(a: Any, b: Any, rcond: Any = None) -> Any:
    rows, columns = a.shape
    least = float(np.finfo(a.dtype).eps)
    rtol = max(rows, columns) * least if rcond is None else least if rcond < 0 else rcond
    rank, x = np.linalg.matrix_rank(a, rtol=rtol), pinv(a, _cut(a, rtol)) @ b
    left = np.zeros(0, a.dtype)
    if rows > columns:  # where the rank is lower NumPy has no residuals, and so no such shape
        require(rank == columns, "the columns of a least-squares problem depend on each other")
        left = np.sum((a @ x - b) ** 2, axis=0, keepdims=np.ndim(b) == 1)
    return x, left, rank, np.linalg.svdvals(a)


def _matrix_power(a: Any, n: int) -> Any:
    if n == 0:
        return np.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape)
    return functools.reduce(np.matmul, [a if n > 0 else inv(a)] * abs(n))


_SignAndLog: Any = type(np.linalg.slogdet(np.eye(1)))
_DEFINITIONS: dict[Any, Any] = {
    np.linalg.inv: lambda a: inv(a),
    np.linalg.solve: _solve,
    np.linalg.det: lambda a: det(a, axis=LAST),
    np.linalg.slogdet: lambda a: _SignAndLog(sign_of_det(a), logabsdet(a, axis=LAST)),
    np.linalg.pinv: _pinv,
    np.linalg.matrix_power: _matrix_power,
    np.linalg.multi_dot: lambda arrays: functools.reduce(np.matmul, arrays),
    np.linalg.trace: lambda x, *, offset=0: np.trace(x, offset, -2, -1),
    np.linalg.diagonal: lambda x, *, offset=0: np.diagonal(x, offset, -2, -1),
    np.linalg.matrix_transpose: lambda x: np.matrix_transpose(x),
    np.linalg.matmul: lambda a, b: np.matmul(a, b),
    np.linalg.outer: lambda a, b: np.outer(a, b),
    np.linalg.tensorsolve: _tensorsolve,
    np.linalg.tensorinv: _tensorinv,
    np.linalg.cond: _cond,
    np.linalg.lstsq: _lstsq,
    np.linalg.tensordot: lambda a, b, *, axes=2: np.tensordot(a, b, axes),
}
for function, definition in _DEFINITIONS.items():
    composite(function, definition)
constant(np.linalg.matrix_rank)
