"""Rows for the decompositions of a matrix: symmetric eigenvalues, singular values, Cholesky.

Conventions at the special points:

- ``eigvalsh``, ``eigh`` and ``cholesky`` take symmetric matrices and have symmetric derivatives:
  those of the function of (A + Aᵀ)/2.
- At a repeated eigenvalue or singular value they raise LinAlgError, unless reverse accumulation
  weights the equal ones equally, as a trace does, a maximum above them, or the sum of one smooth
  function of each; equal is what rounding makes of equals.
- So does a weighted singular value of 0, which has a kink there, as ``abs`` has.
- ``svd`` is the thin one; its vectors have a derivative up to their common sign.
- ``qr`` has a derivative at a matrix of full rank, in its thin form.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from mcalc.rules._linalg import finite_as, solve
from mcalc.rules._rows import composite, general
from mcalc.rules._shapes import join
from mcalc.rules._table import primitive, require

_SLACK = 1e3  # in units of rounding: below it, a difference is taken for none


@primitive
def eigenvalues(a: Any, triangle: Any = "L") -> Any:
    """Return the eigenvalues of a symmetric matrix, ascending."""
    return np.linalg.eigvalsh(_symmetric(a), triangle)


@primitive
def eigenvectors(a: Any, triangle: Any = "L") -> Any:
    """Return the orthonormal eigenvectors of a symmetric matrix, as columns.

    Their signs are any, and others where the other triangle is read.
    """
    return np.linalg.eigh(_symmetric(a), triangle).eigenvectors


@primitive
def singular_values(a: Any) -> Any:
    """Return the singular values, descending."""
    return np.linalg.svd(a, compute_uv=False)


@primitive
def singular_vectors(a: Any) -> Any:
    """Return the left singular vectors above the right ones, as columns."""
    u, _, vt = np.linalg.svd(a, full_matrices=False)
    return np.concatenate([u, np.matrix_transpose(vt)], axis=-2)


@primitive
def orthogonal(a: Any) -> Any:
    """Return the thin factor Q of A = QR, for a matrix that is not wide."""
    return np.linalg.qr(a).Q


@primitive
def factor(a: Any) -> Any:
    """Return Cholesky's lower triangle L of a positive definite LLᵀ."""
    lower = np.linalg.cholesky(_symmetric(a))
    if not finite_as(lower, a):
        raise np.linalg.LinAlgError("Matrix is not positive definite")
    return lower


def _symmetric(a: Any) -> Any:
    if np.any(np.abs(a - a.mT) > _SLACK * np.finfo(a.dtype).eps * np.sum(np.abs(a))):
        raise ValueError(
            "eigvalsh, eigh and cholesky read one triangle of a symmetric matrix, and this one is "
            "not symmetric; pass (A + A.T) / 2"
        )
    return a


def _differ(g: Any, w: Any) -> Any:
    """Tell which cotangents of values `w` differ by more than rounding.

    A smooth function of values that differ by rounding has cotangents that do so, too: by as
    much more of their own size as the rounding is of the size of the values.
    """
    (gi, gj), (wi, wj) = ((x[..., None, :], x[..., :, None]) for x in (g, w))
    apart, size = np.abs(gi - gj), np.maximum(np.abs(gi), np.abs(gj))
    least, rounding = np.minimum(np.abs(wi), np.abs(wj)), _SLACK * np.finfo(w.dtype).eps
    smooth = least * apart <= (rounding * least + 10 * np.abs(wi - wj)) * size
    return (apart > _noise(g)[..., None]) & ~(smooth & (apart <= size / _SLACK))


def _noise(g: Any) -> Any:
    """Return how much of a cotangent is rounding."""
    return _SLACK * np.finfo(g.dtype).eps * np.sum(np.abs(g), axis=-1, keepdims=True)


def _gaps(w: Any, needed: Any = True) -> Any:
    """Return λⱼ − λᵢ, 1 on the diagonal; refuse equal eigenvalues where they are `needed`."""
    gaps = w[..., None, :] - w[..., :, None]
    diagonal = np.eye(w.shape[-1], dtype=bool)
    size = np.sum(np.abs(w), axis=-1, keepdims=True)[..., None]
    require(
        ~((np.abs(gaps) <= _SLACK * np.finfo(w.dtype).eps * size) & ~diagonal & needed),
        "the matrix has a repeated eigenvalue or singular value, where single ones and their "
        "vectors have no derivative; move the point, or use a function of the matrix itself, "
        "such as np.trace, np.linalg.det or the Frobenius norm",
    )
    return np.where(diagonal, 1.0, gaps)


def _positive(s: Any, needed: Any = True) -> Any:
    """Return the singular values; refuse those that are 0 where they are `needed`."""
    rounding = _SLACK * np.finfo(s.dtype).eps * np.sum(s, axis=-1, keepdims=True)
    require(
        ~((s <= rounding) & needed),
        "the matrix has a singular value 0, where it has a kink, as abs has, and its vectors "
        "are arbitrary; move the point, or use the squares: np.sum(A**2), A.T @ A",
    )
    return s


def _off_diagonal(x: Any, w: Any) -> Any:
    """Return xᵢⱼ / (λⱼ − λᵢ), and 0 on the diagonal."""
    return np.where(np.eye(w.shape[-1], dtype=bool), 0.0, x / _gaps(w))


def _t(x: Any) -> Any:
    return np.matrix_transpose(x)


def _values_pull(i: int, g: Any, w: Any, a: Any, triangle: Any = "L") -> Any:
    _gaps(w, needed=_differ(g, w))
    v = eigenvectors(a)
    return (v * g[..., None, :]) @ _t(v)


def _values_push(tangents: Any, w: Any, a: Any, triangle: Any = "L") -> Any:
    _gaps(w)
    v = eigenvectors(a)
    return np.sum(v * (tangents[0] @ v), axis=-2)


def _vectors_pull(i: int, g: Any, v: Any, a: Any, triangle: Any = "L") -> Any:
    m = _t(v) @ g
    return v @ _off_diagonal((m - _t(m)) / 2, eigenvalues(a)) @ _t(v)


def _vectors_push(tangents: Any, v: Any, a: Any, triangle: Any = "L") -> Any:
    t = (tangents[0] + _t(tangents[0])) / 2
    return v @ _off_diagonal(_t(v) @ t @ v, eigenvalues(a))


def _halves(x: Any, a: Any) -> tuple[Any, Any]:
    """Return what belongs to the rows and to the columns of `a`."""
    return x[..., : a.shape[-2], :], x[..., a.shape[-2] :, :]


def _singular_pull(i: int, g: Any, s: Any, a: Any) -> Any:
    _gaps(s, needed=_differ(g, s))
    _positive(s, needed=np.abs(g) > _noise(g))
    u, v = _halves(singular_vectors(a), a)
    return (u * g[..., None, :]) @ _t(v)


def _singular_push(tangents: Any, s: Any, a: Any) -> Any:
    _gaps(_positive(s))
    u, v = _halves(singular_vectors(a), a)
    return np.sum(u * (tangents[0] @ v), axis=-2)


# Townsend, "Differentiating the singular value decomposition" (2016).
def _singular_vectors_pull(i: int, g: Any, w: Any, a: Any) -> Any:
    (u, v), (gu, gv), s = _halves(w, a), _halves(g, a), _positive(singular_values(a))
    by_u, by_v = (_off_diagonal(_t(x) @ y - _t(y) @ x, s * s) for x, y in ((u, gu), (v, gv)))
    inside = by_u * s[..., None, :] + s[..., :, None] * by_v
    outside_u = (gu - u @ (_t(u) @ gu)) / s[..., None, :]
    outside_v = (gv - v @ (_t(v) @ gv)) / s[..., None, :]
    return (u @ inside + outside_u) @ _t(v) + u @ _t(outside_v)


def _singular_vectors_push(tangents: Any, w: Any, a: Any) -> Any:
    (u, v), t, s = _halves(w, a), tangents[0], _positive(singular_values(a))
    p, row, column = _t(u) @ t @ v, s[..., None, :], s[..., :, None]
    du = u @ _off_diagonal(p * row + column * _t(p), s * s) + (t @ v - u @ p) / row
    dv = v @ _off_diagonal(column * p + _t(p) * row, s * s) + (_t(t) @ u - v @ _t(p)) / row
    return join(du, dv, axis=-2)


def _right_divided(x: Any, q: Any, a: Any) -> Any:
    """Return X R⁻¹ for the triangle R = QᵀA."""
    return _t(solve(_t(_t(q) @ a), _t(x)))


# With X = Qᵀ dA R⁻¹ and its strict lower triangle L, dQ is Q(L − Lᵀ) + (I − QQᵀ) dA R⁻¹.
def _orthogonal_pull(i: int, g: Any, q: Any, a: Any) -> Any:
    m = _t(q) @ g
    back = g - q @ m + q @ np.tril(m - _t(m), -1)
    return _t(solve(_t(q) @ a, _t(back)))


def _orthogonal_push(tangents: Any, q: Any, a: Any) -> Any:
    t = _right_divided(tangents[0], q, a)
    x = _t(q) @ t
    low = np.tril(x, -1)
    return q @ (low - _t(low)) + t - q @ x


def _lower(x: Any) -> Any:
    """Return the lower triangle with half the diagonal."""
    n = x.shape[-1]
    return x * (np.tri(n) - np.eye(n) / 2).astype(x.dtype)


def _factor_pull(i: int, g: Any, y: Any, a: Any) -> Any:
    half = solve(_t(y), _t(solve(_t(y), _lower(_t(y) @ g))))
    return (half + _t(half)) / 2


def _factor_push(tangents: Any, y: Any, a: Any) -> Any:
    t = (tangents[0] + _t(tangents[0])) / 2
    return y @ _lower(solve(y, _t(solve(y, t))))


general(eigenvalues, _values_pull, _values_push, formulas=[r"\vec v_k\vec v_k\T"], name="eigvalsh")
general(
    eigenvectors,
    _vectors_pull,
    _vectors_push,
    formulas=[
        r"\sum_{i\ne k}\vec v_i\,\frac{\vec v_i\T\,\mathrm{d}\mat A\,\vec v_k}{\lambda_k-\lambda_i}"
    ],
    name="eigh",
)
general(
    singular_values,
    _singular_pull,
    _singular_push,
    formulas=[r"\vec u_k\vec v_k\T"],
    name="svdvals",
)
general(
    singular_vectors,
    _singular_vectors_pull,
    _singular_vectors_push,
    formulas=[r"\text{those of the eigenvectors of }\mat A\mat A\T\text{ and }\mat A\T\mat A"],
    name="svd",
)
general(
    factor,
    _factor_pull,
    _factor_push,
    formulas=[r"\mat L\,\operatorname{low}(\mat L^{-1}\,\mathrm{d}\mat A\,\mat L^{-\mathsf{T}})"],
    name="cholesky",
)
general(
    orthogonal,
    _orthogonal_pull,
    _orthogonal_push,
    formulas=[
        r"\mat Q\,\operatorname{skew}(\mat Q\T\,\mathrm{d}\mat A\,\mat R^{-1})"
        r" + \mathrm{d}\mat A\,\mat R^{-1} - \mat Q\mat Q\T\,\mathrm{d}\mat A\,\mat R^{-1}"
    ],
    name="qr",
)


def _svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    if hermitian:
        raise TypeError("np.linalg.svd reads one triangle with hermitian=True; leave it out")
    if not compute_uv:
        return singular_values(a)
    u, v = _halves(singular_vectors(a), a)
    vt = _t(v)
    if full_matrices and a.shape[-2] != a.shape[-1]:
        spare = _Undetermined(a.shape)
        u, vt = (spare, vt) if a.shape[-2] > a.shape[-1] else (u, spare)
    return _Svd(u, singular_values(a), vt)


class _Undetermined:
    """The singular vectors of a full decomposition, of which some could be any: refused in use."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        object.__setattr__(self, "_matrix", shape)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            f"np.linalg.svd of a matrix of shape {object.__getattribute__(self, '_matrix')} is "
            "differentiated in its thin form, since the other singular vectors could be any; "
            "pass full_matrices=False"
        )

    __array_ufunc__ = __array_function__ = __array__ = __getitem__ = __iter__ = __len__ = _refuse
    __matmul__ = __rmatmul__ = __mul__ = __rmul__ = __add__ = __radd__ = __getattr__ = _refuse


def _qr(a: Any, mode: str = "reduced") -> Any:
    rows, columns = a.shape[-2:]
    if mode == "complete" and rows > columns:
        raise TypeError(
            f"np.linalg.qr of a matrix of shape {a.shape} is differentiated in its thin form, "
            "since the other columns of Q could be any; leave mode out"
        )
    if mode not in ("reduced", "complete", "r"):
        raise TypeError(f"mcalc has no rule for np.linalg.qr in mode {mode!r}; leave mode out")
    q = orthogonal(a[..., :rows])
    r = np.triu(_t(q) @ a)
    return r if mode == "r" else _QR(q, r)


def _cholesky(a: Any, *, upper: bool = False) -> Any:
    return _t(factor(a)) if upper else factor(a)


_QR: Any = type(np.linalg.qr(np.eye(1)))
_Svd: Any = type(np.linalg.svd(np.eye(1)))
_ValuesAndVectors: Any = type(np.linalg.eigh(np.eye(1)))
_DEFINITIONS: dict[Any, Any] = {
    np.linalg.eigvalsh: lambda a, UPLO="L": eigenvalues(a, UPLO),
    np.linalg.eigh: lambda a, UPLO="L": _ValuesAndVectors(
        eigenvalues(a, UPLO), eigenvectors(a, UPLO)
    ),
    np.linalg.qr: _qr,
    np.linalg.svdvals: lambda a: singular_values(a),
    np.linalg.svd: _svd,
    np.linalg.cholesky: _cholesky,
}
for function, definition in _DEFINITIONS.items():
    composite(function, definition)
