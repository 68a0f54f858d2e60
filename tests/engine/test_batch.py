"""Many cotangents at once: as a loop would have it, whatever a rule does, in bounded memory."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import grad, hessian, jacfwd, jacobian, jacrev, rules
from mcalc.engine import speed
from mcalc.engine.speed import batches
from mcalc.engine.speed.batches import Batch, UnbatchableError, over_batch

A = np.random.default_rng(0).normal(size=(3, 4))
x = np.array([0.5, -1.0, 2.0, 0.3])
CUBE = np.random.default_rng(1).normal(size=(2, 3, 4))


def layers(x):
    return np.tanh(A @ np.sin(x)) * np.sum(x**2) + np.log(x[:3] ** 2 + 1)


@rules.primitive
def stubborn(x):
    return np.sort(x) ** 2


def _pull(i, g, y, x):
    if g[0] > 0:  # asks for one truth, where a batch has many
        g = +g
    back = np.zeros(x.shape)
    np.add.at(back, np.argsort(x), 2 * np.sort(x) * np.asarray(g))
    return back


def _push(tangents, y, x):
    return 2 * np.sort(x) * np.asarray(tangents[0])[np.argsort(x)]


@pytest.fixture
def row():
    rules.general(stubborn, _pull, _push)
    yield
    del rules.TABLE[stubborn]


@pytest.mark.usefixtures("row")
@pytest.mark.parametrize("take", [jacrev, jacfwd])
def test_a_rule_that_takes_no_batch_is_applied_to_each_member(take):
    order = np.argsort(x)
    J = np.zeros((4, 4))
    J[range(4), order] = 2 * x[order]
    assert_array_equal(take(stubborn)(x), J)
    assert_allclose(
        take(lambda x: A @ stubborn(np.sin(x)))(x), A @ take(stubborn)(np.sin(x)) * np.cos(x)
    )


@pytest.mark.parametrize("entries", [1, 5, 9, 100])
def test_a_large_basis_is_taken_in_parts(entries, monkeypatch):
    whole = jacrev(layers)(x), jacfwd(layers)(x), hessian(lambda x: layers(x) @ layers(x))(x)
    monkeypatch.setattr(batches, "ENTRIES", entries)
    parts = jacrev(layers)(x), jacfwd(layers)(x), hessian(lambda x: layers(x) @ layers(x))(x)
    for one, other in zip(whole, parts, strict=True):
        assert_allclose(one, other, rtol=1e-13)


@pytest.mark.speed
@pytest.mark.parametrize("take", [jacrev, jacfwd])
def test_the_memory_of_a_jacobian_is_bounded(take, monkeypatch):
    """It holds the Jacobian once, and a few batches of 10⁴ entries."""
    n = 400
    monkeypatch.setattr(batches, "ENTRIES", 10_000)
    z = np.linspace(0.1, 1.0, n)
    tracemalloc.start()
    J = take(lambda x: np.cumsum(np.tanh(x) * np.exp(x)) / x)(z)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert J.shape == (n, n)
    assert peak < J.nbytes + 14 * 80_000


@pytest.mark.parametrize(
    "index",
    [
        (slice(None), [0, 2]),
        ([0, 1], slice(None), [0, 2]),
        (0, slice(None), [1, 1]),
        ([1, 1], [0, 2]),
        (Ellipsis, 1),
        (None, 1, Ellipsis),
        (CUBE > 0,),
        (True, 0),
        (np.int64(1), np.array([[0, 1]])),
    ],
    ids=repr,
)
def test_every_kind_of_index(index):
    flat = lambda v: np.reshape(v, CUBE.shape)[index]  # noqa: E731
    picked = np.arange(CUBE.size).reshape(CUBE.shape)[index]
    J = (picked[..., None] == np.arange(CUBE.size)).astype(float)
    assert_array_equal(jacrev(flat)(CUBE.ravel()), J, strict=True)
    assert_array_equal(jacfwd(flat)(CUBE.ravel()), J, strict=True)


def test_a_rule_may_ask_for_what_arrays_have_and_batches_have_not():
    @rules.primitive
    def doubled(x):
        return 2 * x

    back = lambda i, g, x: np.array([2 * v for v in g.tolist()])  # noqa: E731
    rules.linear(doubled, back)
    try:
        assert_array_equal(jacrev(doubled)(x), 2 * np.eye(4))
    finally:
        del rules.TABLE[doubled]


@pytest.mark.parametrize("off", ["batches", "in_place"])
def test_a_jacobian_without_entries_has_the_dtype_of_others(off):
    """Row by row it is that of the argument, column by column that of the value."""
    single, widened = np.ones(2, np.float32), lambda x: x.astype(np.float64)
    with speed.without(off):
        rows = jacrev(widened)(single), jacrev(lambda x: widened(x[:0]))(single)
        columns = jacfwd(widened)(single), jacfwd(widened)(single[:0])
    assert [J.dtype for J in rows] == [np.float32] * 2
    assert [J.dtype for J in columns] == [np.float64] * 2


def test_a_batch_within_a_traced_function():
    """A Jacobian of a function that takes a Jacobian: the members are nodes."""
    norm = lambda x: np.sum(jacobian(layers)(x) ** 2)  # noqa: E731
    both = lambda x: np.sum(jacfwd(layers)(x) ** 2)  # noqa: E731
    step = 1e-6
    slopes = [(norm(x + step * e) - norm(x - step * e)) / (2 * step) for e in np.eye(4)]
    assert_allclose(grad(norm)(x), slopes, rtol=1e-6)
    assert_allclose(grad(both)(x), grad(norm)(x), rtol=1e-12)
    assert_allclose(hessian(norm)(x), jacfwd(grad(both))(x), rtol=1e-11)


def test_a_batch_refuses_what_it_cannot_do_at_once():
    batch = Batch(np.ones((2, 3)))
    for ask in (
        bool,
        float,
        len,
        list,
        np.asarray,
        np.sort,
        np.linalg.norm,
        lambda b: b @ b > 0 or 1,
    ):
        with pytest.raises(UnbatchableError):
            ask(batch)
    assert_array_equal(over_batch(lambda b: b if b[0] else -b, batch).members, np.ones((2, 3)))
