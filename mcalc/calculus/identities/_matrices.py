"""Identities for the derivative by a matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from mcalc.calculus.identities._identity import Identity

_det, _norm = np.linalg.det, np.linalg.norm
_inv: Any = np.linalg.inv  # NumPy's type would have lambdas return its own arrays


def _log_det(X: Any) -> Any:
    return np.linalg.slogdet(X).logabsdet


def _residual(V: Any, U: Any, X: Any) -> Any:
    return _norm(X - U @ V) ** 2


def _largest(X: Any) -> Any:
    return np.linalg.eigvalsh(X)[-1]


def _eigenvector(X: Any, k: int = -1) -> Any:
    return np.linalg.eigh((X + X.T) / 2).eigenvectors[:, k]


def _left(X: Any) -> Any:
    return np.linalg.svd(X).U[:, 0]


def _right(X: Any) -> Any:
    return np.linalg.svd(X).Vh[0]


MATRICES = (
    Identity(
        "bilinear form",
        r"\vec a\T\mat X\vec b",
        r"\vec a\vec b\T",
        "X(n,n) a(n) b(n)",
        lambda X, a, b: a @ X @ b,
        lambda X, a, b: np.outer(a, b),
        {"transposed": lambda X, a, b: np.outer(b, a)},
    ),
    Identity(
        "quadratic form of a product",
        r"\vec a\T\mat X\T\mat X\vec b",
        r"\mat X(\vec a\vec b\T + \vec b\vec a\T)",
        "X(m,n) a(n) b(n)",
        lambda X, a, b: a @ X.T @ X @ b,
        lambda X, a, b: X @ (np.outer(a, b) + np.outer(b, a)),
        {"2Xabᵀ": lambda X, a, b: 2 * X @ np.outer(a, b)},
    ),
    Identity(
        "least squares, by the matrix",
        r"\norm{\mat A\vec x - \vec b}^2",
        r"2(\mat A\vec x - \vec b)\,\vec x\T",
        "A(m,n) x(n) b(m)",
        lambda A, x, b: _norm(A @ x - b) ** 2,
        lambda A, x, b: 2 * np.outer(A @ x - b, x),
        {"half": lambda A, x, b: np.outer(A @ x - b, x)},
    ),
    Identity(
        "trace",
        r"\operatorname{tr}\mat X",
        r"\mat I",
        "X(n,n)",
        np.trace,
        lambda X: np.eye(len(X)),
        {"all ones": np.ones_like, "X itself": lambda X: X},
    ),
    Identity(
        "trace of a product",
        r"\operatorname{tr}(\mat A\mat X)",
        r"\mat A\T",
        "X(n,n) A(n,n)",
        lambda X, A: np.trace(A @ X),
        lambda X, A: A.T,
        {"no transpose": lambda X, A: A},
    ),
    Identity(
        "trace of three factors",
        r"\operatorname{tr}(\mat A\mat X\mat B)",
        r"\mat A\T\mat B\T",
        "X(n,r) A(m,n) B(r,m)",
        lambda X, A, B: np.trace(A @ X @ B),
        lambda X, A, B: A.T @ B.T,
    ),
    Identity(
        "trace of a quadratic form",
        r"\operatorname{tr}(\mat X\T\mat A\mat X)",
        r"(\mat A + \mat A\T)\,\mat X",
        "X(n,m) A(n,n)",
        lambda X, A: np.trace(X.T @ A @ X),
        lambda X, A: (A + A.T) @ X,
        {"2AX": lambda X, A: 2 * A @ X, "2AᵀX": lambda X, A: 2 * A.T @ X},
    ),
    Identity(
        "trace of the square",
        r"\operatorname{tr}(\mat X^2)",
        r"2\mat X\T",
        "X(n,n)",
        lambda X: np.trace(X @ X),
        lambda X: 2 * X.T,
        {"no transpose": lambda X: 2 * X},
    ),
    Identity(
        "trace of the inverse",
        r"\operatorname{tr}(\mat X^{-1}\mat A)",
        r"-(\mat X^{-1}\mat A\mat X^{-1})\T",
        "X(n,n) A(n,n)",
        lambda X, A: np.trace(_inv(X) @ A),
        lambda X, A: -(_inv(X) @ A @ _inv(X)).T,
        {
            "no transpose": lambda X, A: -_inv(X) @ A @ _inv(X),
            "as for numbers": lambda X, A: -(_inv(X @ X) @ A).T,
        },
    ),
    Identity(
        "inverse between vectors",
        r"\vec a\T\mat X^{-1}\vec b",
        r"-\mat X^{-\mathsf{T}}\vec a\vec b\T\mat X^{-\mathsf{T}}",
        "X(n,n) a(n) b(n)",
        lambda X, a, b: a @ _inv(X) @ b,
        lambda X, a, b: -_inv(X).T @ np.outer(a, b) @ _inv(X).T,
        {
            "transposed": lambda X, a, b: -_inv(X) @ np.outer(b, a) @ _inv(X),
            "no transposes": lambda X, a, b: -_inv(X) @ np.outer(a, b) @ _inv(X),
        },
    ),
    Identity(
        "squared Frobenius norm",
        r"\norm{\mat X}_F^2",
        r"2\mat X",
        "X(n,n)",
        lambda X: _norm(X) ** 2,
        lambda X: 2 * X,
        {"transposed": lambda X: 2 * X.T},
    ),
    Identity(
        "Frobenius norm",
        r"\norm{\mat X}_F",
        r"\mat X/\norm{\mat X}_F",
        "X(m,n)",
        _norm,
        lambda X: X / _norm(X),
        {"spectral": lambda X: X / _norm(X, 2), "not normalized": lambda X: X},
    ),
    Identity(
        "factorization, by the right factor",
        r"\norm{\mat X-\mat U\mat V}_F^2",
        r"-2\mat U\T(\mat X-\mat U\mat V)",
        "V(r,m) U(n,r) X(n,m)",
        _residual,
        lambda V, U, X: -2 * U.T @ (X - U @ V),
        {
            "half": lambda V, U, X: -U.T @ (X - U @ V),
            "no product": lambda V, U, X: -2 * U.T @ X,
        },
    ),
    Identity(
        "factorization, by the left factor",
        r"\norm{\mat X-\mat U\mat V}_F^2",
        r"-2(\mat X-\mat U\mat V)\mat V\T",
        "U(n,r) V(r,m) X(n,m)",
        lambda U, V, X: _residual(V, U, X),
        lambda U, V, X: -2 * (X - U @ V) @ V.T,
        {"half": lambda U, V, X: -(X - U @ V) @ V.T},
    ),
    Identity(
        "determinant",
        r"\det\mat X",
        r"\det(\mat X)\,\mat X^{-\mathsf{T}}",
        "X(n,n)",
        _det,
        lambda X: _det(X) * _inv(X).T,
        {"no transpose": lambda X: _det(X) * _inv(X), "log det": lambda X: _inv(X).T},
    ),
    Identity(
        "log-determinant",
        r"\log\abs{\det\mat X}",
        r"\mat X^{-\mathsf{T}}",
        "X(n,n)",
        _log_det,
        lambda X: _inv(X).T,
        {"no transpose": _inv, "as for numbers": lambda X: np.eye(len(X)) / _det(X)},
    ),
    Identity(
        "largest eigenvalue of the symmetric part",
        r"\lambda_{\text{max}}(\tfrac12(\mat X + \mat X\T))",
        r"\vec v\vec v\T",
        "X(n,n)",
        lambda X: _largest((X + X.T) / 2),
        lambda X: np.outer(_eigenvector(X), _eigenvector(X)),
        {"another eigenvector": lambda X: np.outer(_eigenvector(X, 0), _eigenvector(X, 0))},
        letters={"lambda_max": _largest, "v": _eigenvector},
    ),
    Identity(
        "spectral norm",
        r"\norm{\mat X}_2",
        r"\vec u_1\vec v_1\T",
        "X(m,n)",
        lambda X: _norm(X, 2),
        lambda X: np.outer(_left(X), _right(X)),
        {"Frobenius": lambda X: X / _norm(X)},
        letters={"u_1": _left, "v_1": _right},
    ),
    Identity(
        "differential of the square",
        r"\mat X^2",
        r"\mat X\,\mathrm{d}\mat X + \mathrm{d}\mat X\,\mat X",
        "X(n,n) dX(n,n)",
        lambda X: X @ X,
        lambda X, H: X @ H + H @ X,
        {"as for numbers": lambda X, H: 2 * X @ H},
        kind="differential",
    ),
    Identity(
        "differential of the inverse",
        r"\mat X^{-1}",
        r"-\mat X^{-1}\,\mathrm{d}\mat X\,\mat X^{-1}",
        "X(n,n) dX(n,n)",
        _inv,
        lambda X, H: -_inv(X) @ H @ _inv(X),
        {"as for numbers": lambda X, H: -_inv(X @ X) @ H},
        kind="differential",
    ),
    Identity(
        "Hessian of the log-determinant",
        r"\log\abs{\det\mat X}",
        r"-(\mat X^{-1})_{jk}\,(\mat X^{-1})_{li}",
        "X(n,n)",
        _log_det,
        lambda X: -np.einsum("jk,li->ijkl", _inv(X), _inv(X)),
        {"indices": lambda X: -np.einsum("ij,kl->ijkl", _inv(X), _inv(X))},
        kind="hessian",
    ),
    Identity(
        "Hessian of factorization, by the right factor",
        r"\norm{\mat X-\mat U\mat V}_F^2",
        r"2(\mat U\T\mat U)_{ik}\,\delta_{jl}",
        "V(r,m) U(n,r) X(n,m)",
        _residual,
        lambda V, U, X: 2 * np.einsum("ik,jl->ijkl", U.T @ U, np.eye(V.shape[1])),
        {"half": lambda V, U, X: np.einsum("ik,jl->ijkl", U.T @ U, np.eye(V.shape[1]))},
        kind="hessian",
    ),
)
