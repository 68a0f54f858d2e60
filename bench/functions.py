"""The functions that are differentiated, each with its derivative as one writes it by hand.

A function takes the library's NumPy first, ``f(np, x)``, so that one text serves every peer.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def composite(xp: Any, w: Any, x: Any, y: Any, z: Any) -> Any:
    """Return the composite of four scalars that the pages on the chain rule take apart."""
    a, b = (w + x + y + z) ** 2, (w + x - y - z) ** 2
    u, v = (a + b) ** 2, (a - b) ** 2
    return (u + v) ** 2


def composite_gradient(w: Any, x: Any, y: Any, z: Any) -> Any:
    """Differentiate `composite`, step by step from its value back."""
    total, gap = w + x + y + z, w + x - y - z
    a, b = total**2, gap**2
    u, v = (a + b) ** 2, (a - b) ** 2
    df_du = df_dv = 2 * (u + v)
    df_da = 2 * (a + b) * df_du + 2 * (a - b) * df_dv
    df_db = 2 * (a + b) * df_du - 2 * (a - b) * df_dv
    df_dw = 2 * total * df_da + 2 * gap * df_db
    df_dy = 2 * total * df_da - 2 * gap * df_db
    return df_dw, df_dw, df_dy, df_dy


def logsumexp(xp: Any, x: Any) -> Any:
    """Return log Σ exp(xᵢ), for entries that do not overflow."""
    return xp.log(xp.sum(xp.exp(x)))


def softmax(x: Any) -> Any:
    """Differentiate `logsumexp`."""
    e = np.exp(x)
    return e / np.sum(e)


def factorization(xp: Any, V: Any, U: Any, X: Any) -> Any:
    """Return ‖X − UV‖²_F."""
    return xp.sum((X - U @ V) ** 2)


def factorization_gradient(V: Any, U: Any, X: Any) -> Any:
    """Differentiate `factorization` with respect to V."""
    return -2 * U.T @ (X - U @ V)


def rosenbrock(xp: Any, x: Any) -> Any:
    """Return Rosenbrock's function, a valley bent n − 1 times."""
    return xp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def rosenbrock_gradient(x: Any) -> Any:
    """Differentiate `rosenbrock`."""
    bend = x[1:] - x[:-1] ** 2
    g = np.zeros_like(x)
    g[:-1] = -400 * x[:-1] * bend - 2 * (1 - x[:-1])
    g[1:] += 200 * bend
    return g


def rosenbrock_hessian(x: Any) -> Any:
    """Differentiate `rosenbrock` twice: a matrix of three diagonals."""
    n = len(x)
    H = np.zeros((n, n))
    i = np.arange(n - 1)
    H[i, i] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
    H[i + 1, i + 1] += 200
    H[i, i + 1] = H[i + 1, i] = -400 * x[:-1]
    return H


def network(xp: Any, W: Any, V: Any, X: Any, Y: Any) -> Any:
    """Return the mean cross-entropy of a network with one hidden layer, on a batch."""
    Z = xp.tanh(X @ W) @ V
    return xp.mean(xp.log(xp.sum(xp.exp(Z), axis=1)) - xp.sum(Y * Z, axis=1))


def network_gradient(W: Any, V: Any, X: Any, Y: Any) -> Any:
    """Differentiate `network` with respect to both matrices of weights."""
    H = np.tanh(X @ W)
    E = np.exp(H @ V)
    D = (E / np.sum(E, axis=1, keepdims=True) - Y) / len(X)
    return X.T @ ((D @ V.T) * (1 - H**2)), H.T @ D


def packed_network(xp: Any, w: Any, X: Any, Y: Any) -> Any:
    """Return `network` of all weights in one vector, as solvers take them."""
    inputs, outputs = X.shape[1], Y.shape[1]
    hidden = w.shape[0] // (inputs + outputs)
    split = inputs * hidden
    W, V = w[:split].reshape(inputs, hidden), w[split:].reshape(hidden, outputs)
    return network(xp, W, V, X, Y)


def network_hvp(w: Any, X: Any, Y: Any, v: Any) -> Any:
    """Return the Hessian of `packed_network` times v: the gradient's derivative along v."""
    shapes = (X.shape[1], -1), (-1, Y.shape[1])
    split = X.shape[1] * len(w) // (X.shape[1] + Y.shape[1])
    (W, V), (W_v, V_v) = (
        (part[:split].reshape(shapes[0]), part[split:].reshape(shapes[1])) for part in (w, v)
    )
    H = np.tanh(X @ W)
    slope = 1 - H**2
    H_v = slope * (X @ W_v)
    E = np.exp(H @ V)
    P = E / np.sum(E, axis=1, keepdims=True)
    Z_v = H_v @ V + H @ V_v
    D = (P - Y) / len(X)
    D_v = P * (Z_v - np.sum(P * Z_v, axis=1, keepdims=True)) / len(X)
    back, back_v = D @ V.T, D_v @ V.T + D @ V_v.T
    first = X.T @ (back_v * slope - 2 * back * H * H_v)
    return np.concatenate([first.ravel(), (H_v.T @ D + H.T @ D_v).ravel()])


def chain(xp: Any, x: Any, depth: int) -> Any:
    """Return the sum of sin(sin(… sin(x))): a graph of `depth` nodes in a row."""
    for _ in range(depth):
        x = xp.sin(x)
    return xp.sum(x)


def chain_gradient(x: Any, depth: int) -> Any:
    """Differentiate `chain`: the product of the cosines along it."""
    g = np.ones_like(x)
    for _ in range(depth):
        x, g = np.sin(x), g * np.cos(x)
    return g
