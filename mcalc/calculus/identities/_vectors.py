"""Identities for the derivative by a vector."""

from __future__ import annotations

from typing import Any

import numpy as np

from mcalc.calculus.identities._identity import Identity


def _lse(x: Any) -> Any:
    return np.log(np.sum(np.exp(x)))


def _softmax(x: Any) -> Any:
    return np.exp(x) / np.sum(np.exp(x))


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _norm(x: Any) -> Any:
    return np.linalg.norm(x)


def _logistic(w: Any, A: Any, y: Any) -> Any:
    return np.sum(np.logaddexp(0.0, A @ w)) - y @ (A @ w)


def _softmax_jacobian(x: Any) -> Any:
    return np.diag(_softmax(x)) - np.outer(_softmax(x), _softmax(x))


_NO_OUTER = {"diagonal alone": lambda x: np.diag(_softmax(x))}

VECTORS = (
    Identity(
        "linear form",
        r"\boldsymbol{\beta}\T\vec x",
        r"\boldsymbol{\beta}",
        "x(n) β(n)",
        lambda x, b: b @ x,
        lambda x, b: b,
        {"the other factor": lambda x, b: x},
    ),
    Identity(
        "linear form, transposed",
        r"\vec x\T\boldsymbol{\beta}",
        r"\boldsymbol{\beta}",
        "x(n) β(n)",
        lambda x, b: x @ b,
        lambda x, b: b,
        {"the other factor": lambda x, b: x},
    ),
    Identity(
        "linear map from the left",
        r"\vec x\T\mat A",
        r"\mat A",
        "x(m) A(m,n)",
        lambda x, A: x @ A,
        lambda x, A: A,
        kind="denominator",
    ),
    Identity(
        "linear map",
        r"\mat A\vec x",
        r"\mat A\T",
        "x(n) A(n,n)",
        lambda x, A: A @ x,
        lambda x, A: A.T,
        {"numerator layout": lambda x, A: A},
        kind="denominator",
    ),
    Identity(
        "Jacobian of a linear map",
        r"\mat A\vec x",
        r"\mat A",
        "x(n) A(n,n)",
        lambda x, A: A @ x,
        lambda x, A: A,
        {"denominator layout": lambda x, A: A.T},
        kind="jacobian",
    ),
    Identity(
        "squared length",
        r"\vec x\T\vec x",
        r"2\vec x",
        "x(n)",
        lambda x: x @ x,
        lambda x: 2 * x,
        {"one factor held": lambda x: x},
    ),
    Identity(
        "quadratic form",
        r"\vec x\T\mat A\vec x",
        r"(\mat A + \mat A\T)\,\vec x",
        "x(n) A(n,n)",
        lambda x, A: x @ A @ x,
        lambda x, A: (A + A.T) @ x,
        {"2Ax": lambda x, A: 2 * A @ x, "2Aᵀx": lambda x, A: 2 * A.T @ x},
    ),
    Identity(
        "bilinear form, by the right factor",
        r"\vec y\T\mat A\vec x",
        r"\mat A\T\vec y",
        "x(n) y(n) A(n,n)",
        lambda x, y, A: y @ A @ x,
        lambda x, y, A: A.T @ y,
        {"no transpose": lambda x, y, A: A @ y},
    ),
    Identity(
        "bilinear form, by the left factor",
        r"\vec y\T\mat A\vec x",
        r"\mat A\vec x",
        "y(m) x(n) A(m,n)",
        lambda y, x, A: y @ A @ x,
        lambda y, x, A: A @ x,
    ),
    Identity(
        "length",
        r"\norm{\vec x}",
        r"\vec x/\norm{\vec x}",
        "x(n)",
        _norm,
        lambda x: x / _norm(x),
        {"not normalized": lambda x: x, "squared": lambda x: x / _norm(x) ** 2},
    ),
    Identity(
        "least squares",
        r"\norm{\mat A\vec x - \vec b}^2",
        r"2\mat A\T(\mat A\vec x - \vec b)",
        "x(n) A(m,n) b(m)",
        lambda x, A, b: _norm(A @ x - b) ** 2,
        lambda x, A, b: 2 * A.T @ (A @ x - b),
        {"half": lambda x, A, b: A.T @ (A @ x - b), "no b": lambda x, A, b: 2 * A.T @ A @ x},
    ),
    Identity(
        "weighted sum of squares",
        r"\sum_i x_i^2 y_i",
        r"2\,\vec x\odot\vec y",
        "x(n) y(n)",
        lambda x, y: np.sum(x * x * y),
        lambda x, y: 2 * x * y,
        {"one factor held": lambda x, y: x * y, "squared": lambda x, y: 2 * x * x * y},
    ),
    Identity(
        "entrywise product",
        r"\vec x\odot\vec y",
        r"\operatorname{diag}(\vec y)",
        "x(n) y(n)",
        lambda x, y: x * y,
        lambda x, y: np.diag(y),
        {"outer product": lambda x, y: np.outer(x, y)},
        kind="jacobian",
    ),
    Identity(
        "entrywise sigmoid",
        r"\sigma(\vec x)",
        r"\operatorname{diag}(\sigma(\vec x)\odot(1-\sigma(\vec x)))",
        "x(n)",
        _sigmoid,
        lambda x: np.diag(_sigmoid(x) * (1 - _sigmoid(x))),
        {"σ alone": lambda x: np.diag(_sigmoid(x))},
        kind="jacobian",
        letters={"sigma": _sigmoid},
    ),
    Identity(
        "log-sum-exp",
        r"\log\sum_i e^{x_i}",
        r"\operatorname{softmax}(\vec x)",
        "x(n)",
        _lse,
        _softmax,
        {"not normalized": np.exp},
        letters={"softmax": _softmax},
    ),
    Identity(
        "softmax",
        r"\vec p = \operatorname{softmax}(\vec x)",
        r"\operatorname{diag}(\vec p) - \vec p\vec p\T",
        "x(n)",
        _softmax,
        _softmax_jacobian,
        _NO_OUTER,
        kind="jacobian",
        letters={"softmax": _softmax},
    ),
    Identity(
        "logistic loss",
        r"\sum_i\log(1+e^{\vec a_i\T\vec w}) - \vec y\T\mat A\vec w",
        r"\mat A\T(\sigma(\mat A\vec w) - \vec y)",
        "w(n) A(m,n) y(m)",
        _logistic,
        lambda w, A, y: A.T @ (_sigmoid(A @ w) - y),
        {"no sigmoid": lambda w, A, y: A.T @ (A @ w - y)},
        letters={"sigma": _sigmoid},
    ),
    Identity(
        "Hessian of a quadratic form",
        r"\vec x\T\mat A\vec x",
        r"\mat A + \mat A\T",
        "x(n) A(n,n)",
        lambda x, A: x @ A @ x,
        lambda x, A: A + A.T,
        {"2A": lambda x, A: 2 * A, "half": lambda x, A: (A + A.T) / 2},
        kind="hessian",
    ),
    Identity(
        "Hessian of length",
        r"\norm{\vec x}",
        r"\frac{1}{\norm{\vec x}}\left(\mat I - \frac{\vec x\vec x\T}{\norm{\vec x}^2}\right)",
        "x(n)",
        _norm,
        lambda x: (np.eye(x.size) - np.outer(x, x) / _norm(x) ** 2) / _norm(x),
        {
            "no projection": lambda x: np.eye(x.size) / _norm(x),
            "projection on x": lambda x: np.outer(x, x) / _norm(x) ** 3,
        },
        kind="hessian",
    ),
    Identity(
        "Hessian of least squares",
        r"\norm{\mat A\vec x - \vec b}^2",
        r"2\mat A\T\mat A",
        "x(n) A(m,n) b(m)",
        lambda x, A, b: _norm(A @ x - b) ** 2,
        lambda x, A, b: 2 * A.T @ A,
        {"half": lambda x, A, b: A.T @ A},
        kind="hessian",
    ),
    Identity(
        "Hessian of log-sum-exp",
        r"\log\sum_i e^{x_i}",
        r"\operatorname{diag}(\vec p) - \vec p\vec p\T,\ \vec p=\operatorname{softmax}(\vec x)",
        "x(n)",
        _lse,
        _softmax_jacobian,
        _NO_OUTER,
        kind="hessian",
        letters={"softmax": _softmax},
    ),
    Identity(
        "Hessian of logistic loss",
        r"\sum_i\log(1+e^{\vec a_i\T\vec w}) - \vec y\T\mat A\vec w",
        r"\mat A\T\operatorname{diag}(\vec s\odot(1-\vec s))\,\mat A,\ \vec s=\sigma(\mat A\vec w)",
        "w(n) A(m,n) y(m)",
        _logistic,
        lambda w, A, y: A.T @ np.diag(_sigmoid(A @ w) * (1 - _sigmoid(A @ w))) @ A,
        {"σ alone": lambda w, A, y: A.T @ np.diag(_sigmoid(A @ w)) @ A},
        kind="hessian",
        letters={"sigma": _sigmoid},
    ),
)
