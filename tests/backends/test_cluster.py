"""Derivatives on a cluster of two worker processes, whose memory does not hold the data."""

import os
import sys

import dask
import dask.array as da
import numpy as np
import pytest
from distributed import Client, LocalCluster
from numpy.testing import assert_allclose

from mcalc import directional_derivative, grad, gradient_descent, hvp, value_and_grad

MIB = 2**20
LIMIT = 320 * MIB  # of one worker, which is killed near it
ROWS, COLUMNS, BLOCK = 1_800_000, 50, 10_000
W = np.linspace(-1.0, 1.0, COLUMNS)
V = np.cos(np.arange(COLUMNS))


pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    options = {"n_workers": 2, "threads_per_worker": 1, "processes": True, "memory_limit": LIMIT}
    options |= {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0"}
    spilling = {f"distributed.worker.memory.{name}": False for name in ("target", "spill")}
    with (
        dask.config.set(spilling),  # the data must do without the disk
        LocalCluster(local_directory=tmp_path_factory.mktemp("cluster"), **options) as cluster,
        Client(cluster) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def data():
    """Return X and y, made block by block where needed: 687 MiB, more than the workers hold."""
    X = da.random.default_rng(0).uniform(-1.0, 1.0, (ROWS, COLUMNS), chunks=(BLOCK, COLUMNS))
    assert X.nbytes > 2 * LIMIT
    return X, np.sin(X @ V)


def workers(client):
    """Return process number and peak of resident memory in bytes of each worker."""

    def state():
        with open("/proc/self/status", encoding="ascii") as lines:
            peak = next(line for line in lines if line.startswith("VmHWM"))  # in KiB
        return os.getpid(), int(peak.split()[1]) * 1024

    return sorted(client.run(state).values())


def least_squares(w, X, y):
    return np.mean((X @ w - y) ** 2)


def logistic(w, X, y):
    return np.mean(np.logaddexp(0.0, -np.sign(y) * (X @ w)))


def test_data_larger_than_a_worker(client, data):
    """Value, gradient and Hessian-vector product of two losses, in one pass over the data."""
    X, y = data
    before = [pid for pid, _ in workers(client)]
    assert len(set(before) | {os.getpid()}) == 3
    graphs = []
    for f in least_squares, logistic:
        graphs += [*value_and_grad(f)(W, X, y), hvp(f)(W, X, y, V)]
    assert all(isinstance(g, da.Array) for g in graphs)
    found = dask.compute(*graphs)
    for pid, peak in workers(client):
        assert pid in before, "a worker was killed"
        assert peak < LIMIT, f"{peak / MIB:.0f} MiB"

    by_hand = [0.0] * 6
    for i in range(X.numblocks[0]):  # the closed forms, on one block at a time
        Xi = X.blocks[i].compute()
        target = np.sin(Xi @ V)
        residual, signs = Xi @ W - target, np.sign(target)
        p = 1 / (1 + np.exp(signs * (Xi @ W)))
        parts = [residual @ residual, 2 * Xi.T @ residual, 2 * Xi.T @ (Xi @ V)]
        parts += [np.sum(np.logaddexp(0.0, -signs * (Xi @ W))), -Xi.T @ (signs * p)]
        parts += [Xi.T @ (p * (1 - p) * (Xi @ V))]
        by_hand = [total + part / ROWS for total, part in zip(by_hand, parts, strict=True)]
    for ours, expected in zip(found, by_hand, strict=True):
        assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)


def test_an_input_on_the_cluster(client):
    """The gradient of log-sum-exp is as large as its input, and as much in pieces."""
    x = da.random.default_rng(1).uniform(-1.0, 1.0, 2_000_000, chunks=250_000)
    f = lambda x: np.log(np.sum(np.exp(x)))  # noqa: E731
    value, gradient = value_and_grad(f)(x)
    slope = directional_derivative(f)(x, x)
    assert gradient.chunks == x.chunks
    here = x.compute()
    total = np.sum(np.exp(here))
    results = dask.compute(value, slope, np.sum(gradient), gradient.blocks[3])
    expected = (
        np.log(total),
        np.exp(here) @ here / total,
        1.0,
        np.exp(here[750_000:1_000_000]) / total,
    )
    for ours, by_hand in zip(results, expected, strict=True):
        assert_allclose(ours, by_hand, rtol=1e-11)


@pytest.mark.parametrize("kind", ["numpy", "dask"])
def test_gradient_descent(client, data, kind):
    X, y = (part.persist() for part in (data[0][: 2 * BLOCK], data[1][: 2 * BLOCK]))
    here = X.compute(), y.compute()
    start = W if kind == "numpy" else da.from_array(W, chunks=20)
    options = {"learning_rate": 0.5, "max_iter": 8}
    found = gradient_descent(lambda w: least_squares(w, X, y), start, **options)
    expected = gradient_descent(lambda w: least_squares(w, *here), W, **options)
    assert found.message == expected.message
    assert isinstance(found.path, np.ndarray if kind == "numpy" else da.Array)
    assert_allclose(found.path, expected.path, rtol=1e-9)


def test_two_layers(client, data):
    X, y = data[0][:BLOCK], data[1][:BLOCK]
    here = X.compute(), y.compute()
    U = np.sin(np.arange(COLUMNS * 4.0)).reshape(COLUMNS, 4)
    f = lambda U, w, X, y: np.mean((np.tanh(X @ U) @ w - y) ** 2)  # noqa: E731
    found = grad(f, (0, 1))(da.from_array(U, chunks=(10, 2)), V[:4], X, y)
    for ours, by_numpy in zip(found, grad(f, (0, 1))(U, V[:4], *here), strict=True):
        assert isinstance(ours, da.Array)
        assert_allclose(ours, by_numpy, rtol=1e-9)
