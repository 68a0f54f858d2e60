"""The layers that make the engine fast: taken off, they leave the numbers as they are."""

import contextlib
import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from test_expressions import SHAPES, by_mcalc, in_numpys_words, random_program

from mcalc import grad, hessian, jacfwd, jacobian, jvp, value_and_grad, vjp
from mcalc.engine import speed
from mcalc.engine.speed.held import SMALL, _closed
from mcalc.engine.speed.lean import LeanTracer

pytestmark = pytest.mark.speed
rng = np.random.default_rng(0)
DATA = rng.normal(size=(SMALL, 2))
TARGET = rng.normal(size=SMALL)
w = np.array([0.5, -1.0])


def squares(w):
    return np.mean((DATA @ w - TARGET) ** 2)


def by_hand(w):
    return 2 / len(TARGET) * (DATA @ w - TARGET) @ DATA


@pytest.mark.parametrize("layers", [*((name,) for name in speed.LAYERS), tuple(speed.LAYERS)])
@pytest.mark.parametrize("first", range(0, 60, 20))
def test_without_a_layer_the_numbers_are_the_same(layers, first):
    for seed in range(first, first + 20):
        rng = np.random.default_rng(seed)
        xs = [rng.uniform(-1.5, 1.5, SHAPES[k]) for k in rng.integers(len(SHAPES), size=3)]
        f = in_numpys_words(random_program(rng, xs), np)
        v = rng.normal(size=xs[0].shape)
        fast = by_mcalc(f, xs, v), jacobian(grad(f))(*xs), jacfwd(grad(f))(*xs)
        with speed.without(*layers):
            plain = by_mcalc(f, xs, v), jacobian(grad(f))(*xs), jacfwd(grad(f))(*xs)
        for found, wanted in zip((*fast[0], *fast[1:]), (*plain[0], *plain[1:]), strict=True):
            scale = np.max(np.abs(wanted), initial=1.0)
            assert_allclose(found, wanted, rtol=1e-12, atol=1e-12 * scale)


def test_a_layer_that_is_off_is_not_there():
    def seen(x):
        kinds.append(type(x))
        return x * x

    kinds = []
    grad(seen)(2.0)
    with speed.without("lean"):
        grad(seen)(2.0)
    assert kinds[0] is LeanTracer
    assert kinds[1].__name__ == "Node"
    assert "__mul__" in vars(LeanTracer.__mro__[1])
    with speed.without("numbers"):
        assert "__mul__" not in vars(LeanTracer.__mro__[1])
    assert "__mul__" in vars(LeanTracer.__mro__[1])


def test_large_data_is_closed_to_writing_while_a_function_runs_and_open_afterwards():
    def f(w):
        loss = squares(w)
        open_while_it_ran.append(DATA.flags.writeable)
        return loss

    open_while_it_ran = []
    assert_allclose(grad(f)(w), by_hand(w))
    assert_allclose(hessian(f)(w), 2 / len(TARGET) * DATA.T @ DATA)
    assert not any(open_while_it_ran)
    assert DATA.flags.writeable
    assert not _closed


def test_data_that_is_closed_already_stays_so():
    data = DATA.copy()
    data.flags.writeable = False
    view = data[1:]
    assert_allclose(grad(lambda w: np.sum(view @ w))(w), view.sum(axis=0))
    assert not data.flags.writeable
    assert not view.flags.writeable


def test_a_view_and_what_it_is_a_view_of_are_closed_and_opened():
    data = DATA.copy()
    view = data[1:]

    def f(w):
        loss = np.sum(view @ w)
        for array in (view, data, data[2:]):
            assert not array.flags.writeable
        return loss

    grad(f)(w)
    data[0, 0] = view[0, 0] = 1.0
    grad(lambda w: f(w) + np.sum(data[::2] @ w) + np.sum(data @ w))(w)
    data[0, 0] = view[0, 0] = 1.0

    def opened_inside(w):
        slope = grad(f)(w)
        assert not data.flags.writeable
        return slope @ w + np.sum(view[1:] @ w)

    grad(lambda w: np.sum(data @ w) + opened_inside(w))(w)
    data[0, 0] = view[0, 0] = 1.0
    assert not _closed


@pytest.mark.parametrize("write", ["setitem", "add", "copyto", "view"])
def test_a_function_that_overwrites_large_data_is_told(write):
    data = DATA.copy()
    beside = data[:]

    def f(w):
        loss = np.sum(data @ w)
        if write == "setitem":
            data[:] = 0.0
        elif write == "add":
            np.add(data, 1.0, out=data)
        elif write == "copyto":
            np.copyto(data, 0.0)
        else:
            beside[:] = 0.0  # which NumPy allows: the view was made before
        return loss

    with pytest.raises(TypeError, match="f writes into an array in place"):
        grad(f)(w)
    data[:] = 1.0  # it is open again
    with speed.without("lean"):
        assert_allclose(grad(f)(w), [SMALL, SMALL])


def test_data_is_open_again_after_an_error():
    def f(w):
        squares(w)
        raise KeyError("mine")

    for differentiate in (grad(f), jacobian(f), lambda w: jvp(f, (w,), (w,)), lambda w: vjp(f, w)):
        with pytest.raises(KeyError, match="mine"):
            differentiate(w)
        assert DATA.flags.writeable
    with pytest.raises(TypeError, match="grad needs a scalar"):
        grad(lambda w: DATA @ w)(w)
    assert DATA.flags.writeable


def test_a_pullback_lives_longer_than_the_run_and_so_has_a_copy():
    data = DATA.copy()
    _, pullback = vjp(lambda w: data @ w, w)
    data[:] = 0.0
    assert_array_equal(pullback(np.ones(SMALL))[0], np.ones(SMALL) @ DATA)


def test_runs_within_runs_and_beside_them_open_data_when_the_last_is_over():
    def inner_too(w):
        slope = grad(squares)(w)
        assert not DATA.flags.writeable
        return slope @ slope + squares(w)

    H = 2 / len(TARGET) * DATA.T @ DATA
    expected = 2 * H @ by_hand(w) + by_hand(w)
    assert_allclose(grad(inner_too)(w), expected)
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(value_and_grad(inner_too)(w)[1]))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert_allclose(found, [expected] * 4)
    assert DATA.flags.writeable
    assert not _closed


@pytest.mark.parametrize("layers", [(), tuple(speed.LAYERS)], ids=["fast", "plain"])
def test_a_small_buffer_is_told_bit_by_bit(layers):
    """A negative zero is not a zero."""

    def f(x):
        c = np.zeros(1)
        x * c
        c[0] = -0.0
        return np.sum(x * c)

    with speed.without(*layers) if layers else contextlib.nullcontext():
        assert np.signbit(grad(f)(np.ones(1)))
