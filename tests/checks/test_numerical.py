"""Derivatives from values alone: their accuracy, their order, and steps that make no sense."""

import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import check_grad, grad, numerical_grad, numerical_jacobian, observed_order

A = np.array([[1.0, 2.0], [0.0, -1.0], [3.0, 0.5]])
x = np.array([0.3, -0.7])


def f(x):
    return np.sin(A @ x)


J = np.cos(A @ x)[:, None] * A


@pytest.mark.parametrize(("method", "tol"), [("central", 1e-9), ("complex", 1e-15)])
def test_the_jacobian_is_in_numerator_layout(method, tol):
    found = numerical_jacobian(f, x, method=method)
    assert found.shape == (3, 2)
    assert_allclose(found, J, atol=tol)


def test_torch_gives_tensors():
    found = numerical_jacobian(lambda x: torch.sin(torch.from_numpy(A) @ x), torch.from_numpy(x))
    assert found.dtype == torch.float64
    assert_allclose(found, J, atol=1e-9)
    assert_allclose(numerical_grad(lambda x: (x @ x) ** 2, torch.from_numpy(x)), 4 * (x @ x) * x)


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_shapes(shape):
    at = np.random.default_rng(0).uniform(1, 2, shape)
    J = numerical_jacobian(lambda x: np.stack([x, x**2]), at)
    assert J.shape == (2, *shape, *shape)
    assert numerical_grad(lambda x: np.sum(x**2), at).shape == shape
    assert_allclose(numerical_grad(lambda x: np.sum(x**2), at), 2 * at, rtol=1e-9)


def test_floats_and_numbers():
    assert_allclose(numerical_grad(np.exp, 1.0), np.e, rtol=1e-9)
    assert_allclose(numerical_grad(np.exp, 1.0, method="complex"), np.e, rtol=1e-15)
    assert_allclose(numerical_jacobian(lambda t: t * x, 2.0), x, rtol=1e-9)


def test_empty_points():
    assert_array_equal(numerical_grad(np.sum, np.zeros(0)), np.zeros(0), strict=True)
    assert numerical_jacobian(lambda x: np.ones((2, 3)) * np.sum(x), np.zeros((0, 4))).shape == (
        (2, 3, 0, 4)
    )


@pytest.mark.parametrize(("power", "order"), [(3, 2), (4, 2), (5, 2)])
def test_central_differences_err_by_the_square_of_the_step(power, order):
    error = lambda h: abs(numerical_grad(lambda t: t**power, 1.0, step=h) - power)  # noqa: E731
    assert_allclose(observed_order(error, floor=1e-10), order, atol=0.01)


def test_central_differences_of_a_square_are_exact_but_for_rounding():
    error = lambda h: abs(numerical_grad(lambda t: t**2, 1.0, step=h) - 2.0)  # noqa: E731
    assert observed_order(error) == np.inf


def test_the_complex_step_needs_no_small_differences():
    for h in (1e-8, 1e-30, 1e-200):
        method = "".join(("com", "plex"))
        assert_allclose(numerical_grad(np.exp, 1.0, step=h, method=method), np.e, rtol=1e-15)


def test_large_points_get_large_steps():
    assert_allclose(numerical_grad(lambda t: t**2, 1e8), 2e8, rtol=1e-9)


def test_each_entry_has_a_step_of_its_own():
    """One step for all, fit for the largest, would take the others past the pole at 0."""
    at = np.array([1e7, 1.0, -1e-3])
    assert_allclose(numerical_grad(lambda x: np.sum(np.log(np.abs(x))), at), 1 / at, rtol=1e-4)


def test_a_function_may_return_the_same_memory_each_time():
    out = np.empty(2)
    assert_allclose(numerical_jacobian(lambda x: np.sin(x, out=out), x), np.diag(np.cos(x)))
    memory = torch.empty(2, dtype=torch.float64)
    found = numerical_jacobian(lambda x: torch.sin(x, out=memory), torch.from_numpy(x))
    assert_allclose(found, np.diag(np.cos(x)))


def test_differences_of_integers_do_not_wrap_around():
    count = lambda t: np.uint8(3 if t < 0 else 1)  # noqa: E731
    assert numerical_grad(count, 0.0, step=0.5) == -2.0


@pytest.mark.parametrize("f", [np.sqrt, np.log], ids=lambda f: f.__name__)
def test_the_complex_step_is_refused_where_f_is_not_real(f):
    with pytest.raises(TypeError, match="f is not real at x"):
        numerical_grad(f, -1.0, method="complex")


@pytest.mark.parametrize("step", [0.0, -1e-6, np.nan, np.inf])
@pytest.mark.parametrize("take", [numerical_jacobian, numerical_grad])
def test_steps_are_positive_and_finite(take, step):
    with pytest.raises(ValueError, match=f"step is {step}; it must be positive and finite"):
        take(lambda t: t * t, 1.0, step=step)


@pytest.mark.parametrize("step", [0.0, -0.1, np.nan, np.inf])
def test_orders_are_observed_with_positive_steps(step):
    with pytest.raises(ValueError, match="it must be positive and finite"):
        observed_order(lambda h: h, step=step)


@pytest.mark.parametrize(
    ("take", "given"),
    [
        (numerical_jacobian, (np.sin, 1.0, 1e-6)),
        (numerical_grad, (np.sin, 1.0, 1e-6)),
        (check_grad, (np.sin, np.cos, 1.0, 1e-6)),
        (observed_order, (lambda h: h, 0.1)),
    ],
)
def test_a_step_is_named(take, given):
    with pytest.raises(TypeError, match="positional argument"):
        take(*given)
    assert np.all(np.isfinite(take(*given[:-1], step=given[-1])))


def test_the_complex_step_gives_nan_where_f_has_no_value():
    assert np.isnan(numerical_grad(np.log, np.nan, method="complex"))


def test_single_precision_stays():
    found = numerical_grad(np.sum, np.ones(2, np.float32))
    assert found.dtype == np.float32
    assert_allclose(found, 1.0, rtol=1e-2)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([1.0, 2.0], "f returned [1.0, 2.0]; return one array"),
        ((1.0, 2.0), "f returned (1.0, 2.0); return one array"),
        (None, "f returned None; return one array"),
        (np.ones(2) * 1j, "f returned values of dtype complex128; return one array"),
        (np.ones(2, bool), "f returned values of dtype bool; return one array"),
    ],
)
def test_values_that_are_not_one_array_of_real_numbers(value, said):
    with pytest.raises(TypeError, match=re.escape(said)):
        numerical_jacobian(lambda t: value, 1.0)


def test_wrong_uses():
    with pytest.raises(ValueError, match="method is 'central' or 'complex', not 'forward'"):
        numerical_grad(np.exp, 1.0, method="forward")
    with pytest.raises(TypeError, match="complex step takes NumPy arrays; use method='central'"):
        numerical_grad(torch.sum, torch.ones(2), method="complex")
    with pytest.raises(TypeError, match=r"not analytic code .* use method='central'"):
        numerical_grad(lambda x: np.sum(np.abs(x)), x, method="complex")
    with pytest.raises(TypeError, match=r"has shape \(3,\); use numerical_jacobian"):
        numerical_grad(f, x)
    with pytest.raises(TypeError, match=r"has shape \(1,\); use numerical_jacobian"):
        numerical_grad(lambda x: (x @ x)[None], x)
    with pytest.raises(ValueError, match=r"the error at step 0.1 is nan"):
        observed_order(lambda h: np.nan)
    with pytest.raises(ValueError, match=r"the error at step 0.025 is nan"):
        observed_order(lambda h: h if h > 0.04 else np.nan)


def test_the_observed_order_is_the_exponent():
    for p in (0.5, 1.0, 2.0, 4.0):
        assert_allclose(observed_order(lambda h, p=p: 3 * h**p), p, atol=1e-12)
    assert observed_order(lambda h: 0.0) == np.inf
    assert observed_order(lambda h: 2e-10 * h**2) == np.inf  # one error is above the floor
    assert_allclose(observed_order(lambda h: 5e-10 * h**2), 2.0)  # two are
    assert_allclose(observed_order(lambda h: 7.0), 0.0, atol=1e-12)
    assert_allclose(observed_order(lambda h: h**2 + 1e-13, floor=1e-9), 2.0, atol=0.01)


def test_check_grad_measures_the_distance():
    g = lambda x: np.sum(np.exp(x) * x)  # noqa: E731
    assert check_grad(g, grad(g), x) < 1e-8
    assert_allclose(check_grad(g, lambda x: grad(g)(x) + np.array([3.0, 4.0]), x), 5.0, rtol=1e-6)
    assert check_grad(g, grad(g), x, step=0.5) > 1e-3
    assert (
        check_grad(lambda t: (t**2).sum(), grad(lambda t: (t**2).sum()), torch.ones(2).double())
        < 1e-8
    )
    with pytest.raises(
        ValueError, match=r"gradient\(x\) has shape \(1, 2\), but x has shape \(2,\)"
    ):
        check_grad(g, lambda x: grad(g)(x)[None], x)


def test_inputs_are_left_alone():
    at = x.copy()
    at.flags.writeable = False
    numerical_jacobian(f, at)
    assert_array_equal(at, x)
