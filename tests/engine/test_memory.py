"""Whose memory it is: what others write to changes no derivative; what no rule reads goes."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import backward, grad, hvp, jacfwd, jacobian, jvp, rules, trace, value_and_grad, vjp
from mcalc.backends.arrays import is_fresh
from mcalc.engine.speed.lean import AbstractValue

x = np.array([1.0, 2.0, 3.0])


def overwriting(use):
    """Return a function that overwrites its constant after using it."""

    def f(x):
        c = np.array([4.0, 5.0, 6.0])
        y = use(x, c)
        c[:] = 0.0
        return np.sum(y)

    return f


USES = {
    "times": (lambda x, c: x * c, [4.0, 5.0, 6.0]),
    "divided": (lambda x, c: x / c, [1 / 4, 1 / 5, 1 / 6]),
    "matmul": (lambda x, c: c @ x, [4.0, 5.0, 6.0]),
    "view": (lambda x, c: c[::-1] * x, [6.0, 5.0, 4.0]),
    "plus": (lambda x, c: x + c, [1.0, 1.0, 1.0]),
    "power": (lambda x, c: np.maximum(x, c - 3.5), [1.0, 1.0, 1.0]),
    "chosen": (lambda x, c: np.where(c > 4.5, x, 0.0), [0.0, 1.0, 1.0]),
}


@pytest.mark.parametrize(("use", "slopes"), USES.values(), ids=USES)
def test_a_constant_that_f_overwrites_later(use, slopes):
    f = overwriting(use)
    assert_allclose(grad(f)(x), slopes)
    assert_allclose(vjp(f, x)[1](1.0)[0], slopes)
    assert_allclose(jvp(f, (x,), (x,))[1], x @ slopes)
    assert_allclose(jacobian(grad(lambda x: f(x) * np.sum(x)))(x), np.add.outer(slopes, slopes))


@pytest.mark.parametrize("kind", [list, np.array])
def test_an_index_that_f_overwrites_later(kind):
    def f(x):
        index = kind([0, 2])
        y = x[index] * x[(index,)]
        index[0] = 1
        return np.sum(y)

    assert_array_equal(grad(f)(x), [2.0, 0.0, 6.0])


def test_the_buffer_of_the_input_may_be_overwritten():
    """By f itself, behind its own back: the derivative is that of the values that were used."""
    z = x.copy()

    def f(y):
        square = y * y
        z[:] = 0.0
        return np.sum(square)

    assert_array_equal(grad(f)(z), 2 * x)
    z[:] = x
    _, pullback = vjp(lambda y: y * y, z)
    z[:] = 0.0
    assert_array_equal(pullback(np.ones(3))[0], 2 * x)


def test_a_primitive_that_returns_one_buffer_over_and_over():
    buffer = np.empty(3)

    @rules.primitive
    def exponential(x):
        return np.exp(x, out=buffer)

    rules.elementwise(exponential, lambda y, x: y, reads="y")
    try:
        f = lambda x: np.sum(exponential(x)) * np.sum(exponential(2 * x))  # noqa: E731
        e, ee = np.exp(x), np.exp(2 * x)
        assert_allclose(grad(f)(x), e * np.sum(ee) + 2 * ee * np.sum(e))
        assert_allclose(jvp(f, (x,), (x,))[1], x @ (e * np.sum(ee) + 2 * ee * np.sum(e)))
    finally:
        del rules.TABLE[exponential]


def test_a_keyword_that_f_overwrites_later():
    @rules.primitive
    def weighted(x, *, by):
        return x * by

    rules.linear(weighted, lambda i, g, x, *, by: g * by)

    def f(x):
        by = np.array([4.0, 5.0, 6.0])
        y = weighted(x, by=by)
        by[:] = 0.0
        return np.sum(y)

    try:
        graph = trace(f, x)
        assert_array_equal(backward(graph)[graph.inputs[0]], [4.0, 5.0, 6.0])
        assert_array_equal(grad(f)(x), [4.0, 5.0, 6.0])
        assert jvp(f, (x,), (np.ones(3),))[1] == 15.0
    finally:
        del rules.TABLE[weighted]


@pytest.mark.speed
@pytest.mark.parametrize("part", [slice(None), slice(500, 600)], ids=["all", "a twentieth"])
def test_a_large_array_that_f_overwrites_behind_its_back_is_an_error(part):
    data, other = np.ones(2000), np.ones(2000)
    view = data[:]  # which was made before the array was closed

    def f(x):
        y = x * data * other
        view[part] = 0.0
        return np.sum(y)

    with pytest.raises(TypeError, match="writes into an array in place"):
        grad(f)(np.ones(2000))
    assert data.flags.writeable


@pytest.mark.speed
def test_the_array_behind_a_large_view_is_closed_too():
    table = np.ones((2000, 2))

    def f(x):
        y = x * table[:, 0]
        table[5, 0] = 0.0
        return np.sum(y)

    with pytest.raises(TypeError, match="writes into an array in place"):
        grad(f)(np.ones(2000))
    assert table.flags.writeable


@pytest.mark.speed
def test_a_large_array_stays_closed_while_one_of_two_runs_holds_it():
    table, ones = np.ones((2000, 2)), np.ones(2000)
    inner = grad(lambda x: np.sum(x**2 * table[:, 0] * table[:, 1]))
    writing = []

    def outer(x):
        y = x * table[:, 0]
        inner(ones)
        writing.append(table.flags.writeable)
        return np.sum(y * inner(x))

    assert_array_equal(grad(outer)(ones), 4 * ones)
    assert writing == [False]
    assert table.flags.writeable


@pytest.mark.parametrize("leave", [ValueError, KeyboardInterrupt])
def test_a_large_array_is_open_again_however_f_ends(leave):
    data = np.ones(2000)

    def f(x):
        y = x * data
        raise leave(y.shape)

    with pytest.raises(leave):
        grad(f)(np.ones(2000))
    assert data.flags.writeable


def test_a_rule_cannot_write_into_one_number_that_stands_for_many():
    @rules.primitive
    def copied(x):
        return x.copy()

    def pull(i, g, y, x):
        g[0] = 7.0
        return g

    rules.general(copied, pull, lambda t, y, x: t[0])
    try:
        with pytest.raises(ValueError, match="read-only"):
            grad(lambda x: np.sum(copied(x)))(x)
    finally:
        del rules.TABLE[copied]


def test_a_rule_may_return_an_array_that_it_keeps():
    """It is neither added to nor handed out."""
    slopes = np.array([1.0, 2.0, 3.0])

    @rules.primitive
    def weighted(x):
        return np.sum(x * [1.0, 2.0, 3.0])

    rules.general(weighted, lambda i, g, y, x: slopes, lambda t, y, x: t[0] @ slopes)
    try:
        both = grad(lambda x: weighted(x) + (weighted(x) + np.sum(x)))(x)
        assert_array_equal(both, 2 * slopes + 1)
        alone = grad(weighted)(x)
        alone += 1.0
        assert_array_equal(slopes, [1.0, 2.0, 3.0])
    finally:
        del rules.TABLE[weighted]


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: np.sum(x + y),
        lambda x, y: np.sum(x) + np.sum(y),
        lambda x, y: (x + y) @ (x + y) + np.sum(x - y),
        lambda x, y: np.sum(np.reshape(np.concatenate([x, y]), (2, 3)).T),
        lambda x, y: x[0] + y[1],
    ],
)
def test_gradients_are_the_callers_own(f):
    constant = np.ones(3)
    expected = [g.copy() for g in grad(f, (0, 1))(x, constant)]
    by_x, by_y = grad(f, (0, 1))(x, constant)
    by_x += 100.0
    assert_array_equal(by_y, expected[1])
    by_y += 100.0
    assert_array_equal(x, [1.0, 2.0, 3.0])
    assert_array_equal(constant, np.ones(3))
    assert_array_equal(grad(f, (0, 1))(x, constant), expected)


@pytest.mark.parametrize(
    "f", [lambda x, y: x + y, lambda x, y: x, lambda x, y: np.sum(x) + y, lambda x, y: 3.0]
)
def test_jacobians_are_the_callers_own(f):
    for take in (jacobian, jacfwd):
        expected = [J.copy() for J in take(f, (0, 1))(x, x)]
        by_x, by_y = take(f, (0, 1))(x, x)
        by_x += 100.0
        assert_array_equal(by_y, expected[1])
        by_y += 100.0
        assert_array_equal(take(f, (0, 1))(x, x), expected)


def test_an_array_is_fresh_that_nothing_else_holds():
    a = np.ones(3)
    assert is_fresh(a)
    view = a[1:]
    assert not is_fresh(a)
    assert not is_fresh(view)
    del view
    assert is_fresh(a)
    holder = {"a": a}
    assert not is_fresh(a)
    holder.clear()
    assert is_fresh(a)
    assert not is_fresh(1.0)
    assert not is_fresh(np.broadcast_to(a, (2, 3)))


@pytest.mark.speed
def test_a_rule_that_reads_what_it_said_it_would_not_is_an_error():
    @rules.primitive
    def squared(x):
        return x * x

    rules.elementwise(squared, lambda y, x: 2 * x, reads="y")
    try:
        with pytest.raises(TypeError, match="reads= the arguments that it names"):
            grad(lambda x: np.sum(squared(x)))(x)
    finally:
        del rules.TABLE[squared]
    outline = AbstractValue(x)
    assert (outline.shape, outline.ndim, outline.size, outline.dtype) == ((3,), 1, 3, x.dtype)
    assert (np.shape(outline), np.ndim(outline), np.size(outline)) == ((3,), 1, 3)
    assert_array_equal(np.zeros_like(outline), np.zeros(3), strict=True)
    assert_array_equal(np.ones_like(outline), np.ones(3), strict=True)
    assert np.empty_like(outline).shape == (3,)
    reads = [
        float,
        bool,
        list,
        np.asarray,
        np.sum,
        lambda o: o[0],
        lambda o: x * o,
        lambda o: o == 0,
    ]
    for read in reads:
        with pytest.raises(TypeError, match="a rule of differentiation reads"):
            read(outline)


def peak_of(call):
    call()
    tracemalloc.start()
    call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def repeated(step, times=40):
    def f(x):
        for _ in range(times):
            x = step(x)
        return np.sum(x)

    return f


BIG = np.linspace(0.1, 1.0, 20_000)


@pytest.mark.speed
@pytest.mark.parametrize(
    ("step", "kept"),
    [
        (np.sin, 40),  # its argument
        (np.exp, 40),  # its value
        (lambda x: x * 0.999, 0),
        (lambda x: x + BIG, 0),
        (lambda x: np.reshape(x, (2, -1)).ravel(), 0),
        (lambda x: x / BIG, 1),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_the_sweep_back_stays_within_the_tape_and_keeps_what_it_reads(step, kept):
    small = BIG - 30.0 if step is np.exp else BIG
    peak = peak_of(lambda: value_and_grad(repeated(step))(small))
    assert peak < (kept + 4.5) * BIG.nbytes


@pytest.mark.speed
def test_a_product_of_matrices_keeps_its_factors_alone():
    n = 200
    X, U, V = np.ones((n, n)), np.ones((n, 5)), np.ones((5, n))
    peak = peak_of(lambda: grad(lambda V: np.sum((X - U @ V) ** 2))(V))
    assert peak < 3.5 * X.nbytes  # the residual, its square or its cotangent, and one in passing
    peak = peak_of(lambda: hvp(lambda V: np.sum((X - U @ V) ** 2))(V, V))
    assert peak < 8.5 * X.nbytes
