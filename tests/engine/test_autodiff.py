"""The two primitives: nested, in threads, on both kinds of array, of any size."""

import threading

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import grad, hessian, jvp, numerical_jacobian, value_and_grad, vjp

A = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])


def derivative(f):
    """Differentiate by forward accumulation."""
    return lambda x: jvp(f, (x,), (1.0,))[1]


def both(name):
    """Return a function of two arrays in the words of each library."""
    xp = np if name == "numpy" else torch
    kind = np.asarray if name == "numpy" else torch.from_numpy
    return lambda x, y: xp.exp(kind(A) @ x) * y, kind


WAYS = {"reverse": grad, "forward": derivative}


@pytest.mark.parametrize("outer", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("inner", WAYS.values(), ids=WAYS)
def test_nested_derivatives_are_not_confused(outer, inner):
    """The inner derivative is by y, and x is a constant to it, although it is traced."""
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0
    assert outer(lambda x: x * inner(lambda y: x * y * y)(2.0))(3.0) == 4.0 * 2 * 3.0
    assert outer(lambda x: inner(lambda y: y * y)(x))(3.0) == 2.0
    assert outer(lambda x: inner(lambda x: x**3)(x) * x)(2.0) == 9 * 4.0
    assert outer(lambda x: inner(lambda y: 5.0)(x))(3.0) == 0.0


@pytest.mark.parametrize("a", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("b", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("c", WAYS.values(), ids=WAYS)
def test_three_levels_in_every_mixture_of_directions(a, b, c):
    # d/dx x · d/dy [y² · d/dz (x y z²) at z = y] at y = x: the inner is 2 x y², the middle 8 x y³
    f = lambda x: x * b(lambda y: y * y * c(lambda z: x * y * z * z)(y))(x)  # noqa: E731
    assert_allclose(a(f)(1.5), 40 * 1.5**4, rtol=1e-14)
    assert_allclose(a(b(c(np.sin)))(0.7), -np.cos(0.7), rtol=1e-14)
    assert_allclose(a(b(c(lambda x: np.exp(2 * x) / x)))(1.0), 2 * np.exp(2.0), rtol=1e-13)


def test_confusion_with_arrays():
    x = np.array([1.0, 2.0])
    f = lambda x: np.sum(x * grad(lambda y: np.sum(x * y * y))(2 * x))  # noqa: E731
    assert_allclose(grad(f)(x), 12 * x**2)
    assert_allclose(hessian(f)(x), np.diag(24 * x))


def test_the_fourth_derivative():
    d = grad(grad(grad(grad(lambda x: np.sin(x) * np.exp(x)))))
    assert_allclose(d(0.3), -4 * np.sin(0.3) * np.exp(0.3), rtol=1e-12)


def test_two_threads_at_once():
    """Each waits for the other in the middle of f, so that their runs are interleaved."""
    barrier = threading.Barrier(2, timeout=30)
    found = {}

    def work(k):
        def inner(y):
            barrier.wait()
            return y**k

        def f(x):
            barrier.wait()
            y = x * grad(inner)(x)
            barrier.wait()
            return y

        found[k] = [float(grad(f)(2.0)) for _ in range(20)]

    threads = [threading.Thread(target=work, args=(k,)) for k in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {2: [2 * 2 * 2.0] * 20, 3: [3 * 3 * 4.0] * 20}


def test_an_exception_within_leaves_the_outer_run_as_it_was():
    def g(y):
        raise ArithmeticError

    def f(x):
        try:
            grad(g)(x)
        except ArithmeticError:
            return x * grad(lambda y: y * y)(x)

    assert grad(f)(3.0) == 12.0


@pytest.mark.parametrize("name", ["numpy", "torch"])
def test_vjp_and_jvp_of_several_arguments(name):
    f, kind = both(name)
    x, y = np.array([0.1, -0.2, 0.3]), np.array([2.0, 3.0])
    value, pullback = vjp(f, kind(x), kind(y))
    J = np.exp(A @ x)[:, None] * y[:, None] * A
    assert_allclose(value, np.exp(A @ x) * y)
    u = np.array([1.0, -2.0])
    by_x, by_y = pullback(kind(u))
    assert_allclose(by_x, u @ J)
    assert_allclose(by_y, u * np.exp(A @ x))
    assert_allclose(pullback(kind(2 * u))[0], 2 * u @ J)  # the pullback may be called again
    v, w = np.array([1.0, 0.0, 2.0]), np.array([0.5, 0.5])
    value, moved = jvp(f, (kind(x), kind(y)), (kind(v), kind(w)))
    assert_allclose(value, np.exp(A @ x) * y)
    assert_allclose(moved, J @ v + np.exp(A @ x) * w)
    assert_allclose(J, numerical_jacobian(lambda x: np.exp(A @ x) * y, x), rtol=1e-7)


def test_floats_go_with_tensors():
    t = torch.tensor([1.0, 2.0])
    _, (by_float, by_tensor) = value_and_grad(lambda a, x: (a * x**2).sum(), (0, 1))(3.0, t)
    assert (by_float.item(), by_float.dtype, by_tensor.tolist()) == (5.0, t.dtype, [6.0, 12.0])
    assert jvp(lambda a, x: a * x, (3.0, t), (1.0, t))[1].tolist() == [4.0, 8.0]
    by_all = grad(lambda a, x, y: a * x.sum() * y, (0, 1, 2))(3.0, t, torch.tensor(2.0).double())
    assert by_all[0].dtype == t.dtype  # that of the first tensor


@pytest.mark.parametrize("x", [2.0, np.float64(2.0), np.array(2.0)], ids=repr)
def test_floats_stand_for_0d_arrays(x):
    value, pullback = vjp(lambda x: x**3, x)
    assert (float(value), float(pullback(1.0)[0])) == (8.0, 12.0)
    assert (float(pullback(2)[0]), jvp(lambda x: x**3, (x,), (1,))[1]) == (24.0, 12.0)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_every_floating_dtype_is_kept(dtype):
    x = np.array([1.0, 2.0], dtype)
    assert grad(lambda x: np.sum(x**2 / 3))(x).dtype == dtype
    assert hessian(lambda x: np.sum(x**2 / 3))(x).dtype == dtype
    value, moved = jvp(lambda x: x**2 / 3, (x,), (np.ones(2),))
    assert value.dtype == moved.dtype == dtype
    assert vjp(np.sin, x)[1](np.ones(2))[0].dtype == dtype


@pytest.mark.parametrize("part", [lambda x: x, lambda x: x[:]], ids=["whole", "slice"])
def test_parts_of_a_cotangent_are_added_in_the_precision_that_they_have(part):
    slope = np.full(3, 1e9)

    def f(x):
        steep = np.sum(part(x) * -slope) + np.sum(part(x) * slope)
        return steep + np.sum(x.astype(np.float64))

    gradient = grad(f)(np.ones(3, np.float32))
    assert_array_equal(gradient, np.ones(3, np.float32), strict=True)


@pytest.mark.parametrize("shape", [(0,), (2, 0), (0, 3)])
def test_empty_input(shape):
    x = np.zeros(shape)
    assert_array_equal(grad(lambda x: np.sum(x * x))(x), x, strict=True)
    assert hessian(lambda x: np.sum(x * x))(x).shape == shape + shape
    assert_array_equal(jvp(np.sin, (x,), (x,))[1], x, strict=True)


@pytest.mark.parametrize("kind", [np.array, torch.tensor])
def test_what_the_caller_writes_to_does_not_reach_the_pullback(kind):
    x, g, constant = kind([1.0, 2.0]), kind([1.0, 1.0]), kind([3.0, 4.0])
    value, pullback = vjp(lambda x, y: x + y + constant, x, x)
    first, second = pullback(g)
    for mine in (value, first):
        mine[:] = 7.0
    assert (second == 1.0).all()
    assert (g == 1.0).all()
    for f in (lambda x: x, lambda x: constant):
        value, tangent = jvp(f, (x,), (g,))
        value[:] = tangent[:] = 7.0
    assert x.tolist() == [1.0, 2.0]
    assert constant.tolist() == [3.0, 4.0]
    assert g.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("n", [2, 2000])
def test_the_caller_may_write_between_a_function_and_its_pullback(n):
    """Large arrays are closed to writing while a function runs, and not until a pullback."""
    x, constant = np.ones(n), np.full(n, 3.0)
    value, pullback = vjp(lambda x: np.sum(x * x * constant), x)
    x[:] = constant[:] = 7.0
    assert_array_equal(pullback(1.0)[0], np.full(n, 6.0))
    assert value == 3.0 * n


def test_a_pullback_is_at_the_point_where_it_was_made():
    x = np.array([1.0, 2.0])
    value, pullback = vjp(lambda x: 2.0 ** (x * x), x)
    x[:] = value[:] = 0.0
    assert_allclose(pullback(np.ones(2))[0], np.log(2.0) * np.array([4.0, 64.0]))


def test_nan_and_infinity_go_through():
    with np.errstate(invalid="ignore"):
        assert_array_equal(grad(lambda x: x @ x)(np.array([np.nan, np.inf])), [np.nan, np.inf])


def test_torch_keeps_dtype_and_device():
    x = torch.ones(3, dtype=torch.float32)
    f = lambda x: (x**2 / 3).sum()  # noqa: E731
    assert grad(f)(x).dtype == torch.float32
    assert hessian(f)(x).dtype == torch.float32
    double = torch.ones(3, dtype=torch.float64)
    assert jvp(f, (x,), (double,))[1].dtype == torch.float32
    assert vjp(torch.sin, x)[1](double)[0].dtype == torch.float32


def test_a_torch_function_may_write_into_its_argument():
    """What it writes into is its own: the caller's tensor stays as it is."""

    def f(x):
        x[0] = 2 * x[1]
        return x.mul_(x.clone())

    x, v = torch.tensor([5.0, 3.0]), torch.tensor([1.0, 1.0])
    J = torch.tensor([[0.0, 24.0], [0.0, 6.0]])
    assert_array_equal(jvp(f, (x,), (v,))[1], J @ v)
    assert_array_equal(vjp(f, x)[1](v)[0], v @ J)
    assert x.tolist() == [5.0, 3.0]


def test_a_derivative_of_what_torch_repeats_has_memory_for_each_entry():
    x, v = torch.tensor(2.0), torch.tensor(1.0)
    _, plain = jvp(lambda x: x.expand(3), (x,), (v,))
    _, beside, _ = jvp(lambda x: (x.expand(3), None), (x,), (v,), has_aux=True)
    for tangent in (plain, beside):
        tangent[0] = 7.0
        assert tangent.tolist() == [7.0, 1.0, 1.0]


def test_a_torch_function_may_return_a_number():
    x = torch.ones(2, dtype=torch.float64)
    assert_array_equal(grad(lambda x: 3)(x), torch.zeros(2))
    assert value_and_grad(lambda x: 3)(x)[0].dtype == x.dtype
    assert_array_equal(grad(lambda x: torch.tensor(3.0))(x), torch.zeros(2))
    assert_array_equal(jvp(lambda x: 3.0, (x,), (x,))[1], 0.0)


def test_torch_parameters_are_left_alone():
    """No `.grad` fills up, and what records a graph already is differentiated all the same."""
    w = torch.nn.Parameter(torch.ones(2))
    assert_array_equal(grad(lambda w: (w**2).sum())(w).detach(), [2.0, 2.0])
    assert w.grad is None
