"""Programs as people write them, unchanged, at the point of the trace and at another."""

import math

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from test_program import agree

from mcalc import program

R = np.random.default_rng(7)
X, T = R.normal(size=(12, 4)), (R.random(12) > 0.5).astype(float)
CLASSES = R.integers(3, size=12)
TIMES = np.linspace(0.0, 1.0, 8)


def logistic_regression(w, b, X, t):
    z = X @ w + b
    return np.mean(np.logaddexp(0.0, z) - t * z) + 0.01 * np.sum(w**2)


def cross_entropy_of_a_network(W1, b1, W2, b2, X, classes):
    h = np.maximum(X @ W1 + b1, 0.0)
    logits = h @ W2 + b2
    logits = logits - np.max(logits, axis=1, keepdims=True)
    log_p = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    return -np.mean(log_p[np.arange(len(classes)), classes])


def runge_kutta(y0, k, n=10, h=0.1):
    def f(y):
        return np.stack([y[1], -k * np.sin(y[0])])

    y = y0
    for _ in range(n):
        k1 = f(y)
        k2 = f(y + h / 2 * k1)
        k3 = f(y + h / 2 * k2)
        k4 = f(y + h * k3)
        y = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    return np.sum((y - np.array([0.5, 0.0])) ** 2)


def kalman(q, r, zs):
    m, p, total = 0.0, 1.0, 0.0
    for z in zs:
        p = p + q
        s = p + r
        gain = p / s
        total = total + 0.5 * (np.log(2 * np.pi * s) + (z - m) ** 2 / s)
        m = m + gain * (z - m)
        p = (1 - gain) * p
    return total


def kalman_step(F, Q, m, P, z):
    H = np.array([[1.0, 0.0]])
    m, P = F @ m, F @ P @ F.T + Q @ Q.T
    S = H @ P @ H.T + 0.1 * np.eye(1)
    K = P @ H.T @ np.linalg.inv(S)
    m = m + K @ (z - H @ m)
    P = (np.eye(2) - K @ H) @ P
    return np.sum(m**2) + np.trace(P)


def gaussian_process(theta, x, y):
    length, scale, noise = np.exp(theta[0]), np.exp(theta[1]), np.exp(theta[2])
    d2 = (x[:, None] - x[None, :]) ** 2
    K = scale**2 * np.exp(-0.5 * d2 / length**2) + (noise**2 + 1e-6) * np.eye(len(x))
    L = np.linalg.cholesky(K)
    alpha = np.linalg.solve(L.T, np.linalg.solve(L, y))
    return 0.5 * y @ alpha + np.sum(np.log(np.diag(L))) + 0.5 * len(x) * np.log(2 * np.pi)


def soft_k_means(centers, X, beta):
    d2 = np.sum((X[:, None, :] - centers[None]) ** 2, axis=-1)
    w = np.exp(-beta * (d2 - d2.min(axis=1, keepdims=True)))
    w = w / w.sum(axis=1, keepdims=True)
    return (w * d2).sum() / len(X)


def hard_k_means(centers, X):
    d2 = ((X[:, None] - centers) ** 2).sum(-1)
    return np.mean(np.min(d2, axis=1))


def attention(Q, K, V):
    scores = Q @ K.T / np.sqrt(K.shape[-1])
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = weights / weights.sum(axis=-1, keepdims=True)
    return np.sum(np.tanh(weights @ V))


def causal_attention(x, Wq, Wk, Wv):
    n = x.shape[0]
    scores = (x @ Wq) @ (x @ Wk).T / math.sqrt(Wk.shape[1])
    scores = np.where(np.tri(n, dtype=bool), scores, -1e9)
    e = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return np.mean((e / np.sum(e, axis=-1, keepdims=True) @ (x @ Wv)) ** 2)


def convolution(kernel, image):
    n, m = kernel.shape
    rows, columns = image.shape[0] - n + 1, image.shape[1] - m + 1
    out = sum(
        kernel[i, j] * image[i : i + rows, j : j + columns] for i in range(n) for j in range(m)
    )
    return np.sum(np.maximum(out, 0) ** 2)


WINDOWS = sliding_window_view(R.normal(size=(6, 6)), (3, 3))


def convolution_of_windows(kernel):
    return np.sum(np.tanh(np.einsum("ijkl,kl->ij", WINDOWS, kernel)))


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0)


def lennard_jones(positions):
    i, j = np.triu_indices(len(positions), k=1)
    r = np.linalg.norm(positions[i] - positions[j], axis=1)
    return np.sum(4 * ((1 / r) ** 12 - (1 / r) ** 6))


def pairs(p):
    d = p[:, None] - p[None]
    return np.sum(np.exp(-np.sum(d**2, axis=-1)))


def principal_components(W, X):
    X = X - X.mean(axis=0)
    return np.linalg.norm(X - X @ W @ W.T) ** 2 / len(X)


def power_iteration(A, v):
    for _ in range(20):
        v = A @ v
        v = v / np.linalg.norm(v)
    return v @ A @ v


def evidence(mu, log_sigma, eps):
    z = mu + np.exp(log_sigma) * eps
    log_p = -0.5 * np.sum(z**2, axis=1) + np.sum(np.sin(z), axis=1)
    entropy = np.sum(log_sigma) + 0.5 * len(mu) * (1 + np.log(2 * np.pi))
    return -(np.mean(log_p) + entropy)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def long_short_term_memory(W, b, xs):
    h = np.zeros(3)
    c = np.zeros(3)
    for x in xs:
        i, f, o, g = np.split(W @ np.concatenate([h, x]) + b, 4)
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return np.sum(h**2)


def recurrent(params, xs):
    n = 3
    W, U = params[: n * n].reshape(n, n), params[n * n : n * n + 2 * n].reshape(n, 2)
    h = np.zeros(n)
    for x in xs:
        h = np.tanh(W @ h + U @ x[:2])
    return h.sum()


def matrix_factorization(U, V, M, mask):
    return np.sum(np.where(mask, (M - U @ V.T) ** 2, 0.0)) + 0.1 * (np.sum(U**2) + np.sum(V**2))


def erf(x):
    t = 1 / (1 + 0.3275911 * np.abs(x))
    a = 0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429
    poly = t * (a[0] + t * (a[1] + t * (a[2] + t * (a[3] + t * a[4]))))
    return np.sign(x) * (1 - poly * np.exp(-x * x))


def black_scholes(s, k, t, r, sigma):
    d1 = (np.log(s / k) + (r + sigma**2 / 2) * t) / (sigma * np.sqrt(t))
    d2 = d1 - sigma * np.sqrt(t)
    cdf = lambda x: 0.5 * (1 + erf(x / np.sqrt(2)))  # noqa: E731
    return s * cdf(d1) - k * np.exp(-r * t) * cdf(d2)


def batch_norm(gamma, beta, X, t):
    mean, var = np.mean(X, axis=0), np.var(X, axis=0)
    z = gamma * (X - mean) / np.sqrt(var + 1e-5) + beta
    return np.mean((z.sum(axis=1) - t) ** 2)


def layer_norm(X, gamma):
    mean = X.mean(axis=-1, keepdims=True)
    std = X.std(axis=-1, keepdims=True)
    return np.sum((gamma * (X - mean) / (std + 1e-6)) ** 3)


def huber(w, X, t, delta=1.0):
    r = X @ w - t
    a = np.abs(r)
    return np.sum(np.where(a <= delta, 0.5 * r**2, delta * (a - 0.5 * delta)))


def quantile(w, X, t, q):
    e = t - X @ w
    return np.mean(np.maximum(q * e, (q - 1) * e))


def hinge(w, b, X, t):
    return np.mean(np.maximum(0, 1 - (2 * t - 1) * (X @ w + b))) + 0.5 * w.dot(w)


def log_sum_exp(x):
    m = x.max()
    return m + np.log(np.exp(x - m).sum())


def exponential_smoothing(alpha, xs):
    level, loss = xs[0], 0.0
    for t in range(1, len(xs)):
        loss += (xs[t] - level) ** 2
        level = alpha * xs[t] + (1 - alpha) * level
    return loss / len(xs)


def embeddings(E, words, w):
    x = E[words].mean(axis=0)
    return np.log(1 + np.exp(-x @ w))


def mixture(logits, means, log_sd, x):
    log_w = logits - np.log(np.sum(np.exp(logits)))
    z = (x[:, None] - means) / np.exp(log_sd)
    log_p = log_w - 0.5 * z**2 - log_sd - 0.5 * np.log(2 * np.pi)
    m = log_p.max(axis=1, keepdims=True)
    return -np.sum(m[:, 0] + np.log(np.sum(np.exp(log_p - m), axis=1)))


def arm(angles, target):
    x = y = total = 0.0
    for i in range(3):
        total = total + angles[i]
        x = x + np.cos(total)
        y = y + np.sin(total)
    return (x - target[0]) ** 2 + (y - target[1]) ** 2


def heat(u0, kappa):
    u = u0
    for _ in range(10):
        u = u + kappa * (np.roll(u, 1) - 2 * u + np.roll(u, -1))
    return np.sum(u**4)


def normal(*shape):
    return R.normal(size=shape)


SQUARE = normal(3, 3)
PEOPLE = {
    logistic_regression: ((0, 1), (normal(4), 0.1, X, T)),
    cross_entropy_of_a_network: (
        (0, 1, 2, 3),
        (normal(4, 5), normal(5), normal(5, 3), normal(3), X, CLASSES),
    ),
    runge_kutta: ((0, 1), (np.array([1.0, 0.1]), 2.0)),
    kalman: ((0, 1), (0.1, 0.5, normal(6))),
    kalman_step: (
        (0, 1),
        (np.eye(2) + np.eye(2, k=1), 0.1 * np.eye(2), normal(2), np.eye(2), normal(1)),
    ),
    gaussian_process: (0, (np.array([-1.0, 0.2, -0.5]), TIMES, normal(8))),
    soft_k_means: (0, (normal(3, 4), X, 0.7)),
    hard_k_means: (0, (normal(3, 4), X)),
    attention: ((0, 1, 2), (normal(5, 4), normal(6, 4), normal(6, 3))),
    causal_attention: ((0, 1, 2, 3), (normal(5, 4), normal(4, 3), normal(4, 3), normal(4, 2))),
    convolution: (0, (normal(3, 3), normal(6, 7))),
    convolution_of_windows: (0, (normal(3, 3),)),
    rosenbrock: (0, (normal(6),)),
    lennard_jones: (0, (2.0 * normal(5, 3),)),
    pairs: (0, (normal(5, 3),)),
    principal_components: (0, (normal(4, 2), X)),
    power_iteration: (0, (SQUARE @ SQUARE.T + np.diag([1.0, 2.0, 4.0]), normal(3))),
    evidence: ((0, 1), (normal(3), normal(3), normal(7, 3))),
    long_short_term_memory: ((0, 1), (normal(12, 7), normal(12), X[:5])),
    recurrent: (0, (normal(15), X[:5])),
    matrix_factorization: ((0, 1), (normal(5, 2), normal(4, 2), normal(5, 4), normal(5, 4) > 0)),
    black_scholes: ((0, 1, 2, 3, 4), (100.0, 95.0, 0.5, 0.02, 0.3)),
    batch_norm: ((0, 1), (normal(4), normal(4), X, T)),
    layer_norm: ((0, 1), (normal(3, 5), normal(5))),
    huber: (0, (normal(4), X, 3 * T)),
    quantile: (0, (normal(4), X, T, 0.9)),
    hinge: ((0, 1), (normal(4), 0.2, X, T)),
    log_sum_exp: (0, (normal(6),)),
    exponential_smoothing: (0, (0.3, normal(9))),
    embeddings: ((0, 2), (normal(7, 3), np.array([1, 5, 1]), normal(3))),
    mixture: ((0, 1, 2), (normal(3), normal(3), normal(3), normal(11))),
    arm: (0, (normal(3), np.array([1.0, 2.0]))),
    heat: ((0, 1), (normal(9), 0.2)),
}


def elsewhere(x):
    """Return another argument of the kind; labels and masks in another order."""
    if type(x) is float:
        return x * 0.9
    return np.roll(x, 1) if x.dtype.kind in "ib" else x * 0.8 + 0.01


@pytest.mark.parametrize("f", PEOPLE, ids=lambda f: f.__name__)
def test_programs_of_people(f):
    argnums, args = PEOPLE[f]
    made = program(f, *args, argnums=argnums)
    for points in (args, tuple(map(elsewhere, args))):
        agree(f, argnums, made, points, 1e-11)
