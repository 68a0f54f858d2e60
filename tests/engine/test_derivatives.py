"""Gradients, Jacobians and Hessians, by both libraries, against closed forms."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import (
    directional_derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    numerical_grad,
    numerical_jacobian,
    value_and_grad,
)

x, y = np.array([0.5, -1.0, 2.0]), np.array([1.5, 2.5])
M = np.array([[1.0, 2.0, 0.0], [-1.0, 0.5, 3.0]])
KINDS = {"numpy": (np, np.array), "torch": (torch, torch.tensor)}


@pytest.fixture(params=KINDS)
def library(request):
    """Return a namespace, and what makes an array for it."""
    return KINDS[request.param]


def scalar(xp, make):
    """Return yᵀ M sin(x) + (x·x)(y·y)."""
    return lambda x, y: y @ (make(M) @ xp.sin(x)) + (x @ x) * (y @ y)


def vector(xp, make):
    """Return (M x)² ∘ y."""
    return lambda x, y: (make(M) @ x) ** 2 * y


by_x = np.cos(x) * (M.T @ y) + 2 * x * (y @ y)
by_y = M @ np.sin(x) + 2 * y * (x @ x)
by_xx = np.diag(-np.sin(x) * (M.T @ y)) + 2 * np.eye(3) * (y @ y)
by_xy = (np.cos(x) * M).T + 4 * np.outer(x, y)
by_yy = 2 * np.eye(2) * (x @ x)
J_x = 2 * (M @ x * y)[:, None] * M
J_y = np.diag((M @ x) ** 2)
ARGNUMS = [(0, by_x), (1, by_y), (-1, by_y), (-2, by_x)]


@pytest.mark.parametrize(("argnums", "expected"), ARGNUMS)
def test_grad_by_one_argument(library, argnums, expected):
    _, make = library
    f = scalar(*library)
    gradient = grad(f, argnums)(make(x), make(y))
    assert type(gradient) is type(make(x))
    assert_allclose(gradient, expected, rtol=1e-13)
    value, same = value_and_grad(f, argnums)(make(x), make(y))
    assert_allclose(value, scalar(np, np.array)(x, y), rtol=1e-14)
    assert_array_equal(same, gradient)


@pytest.mark.parametrize("argnums", [(0, 1), (-2, -1), (0,), (1, 0)])
def test_grad_by_several_arguments_is_a_tuple(library, argnums):
    _, make = library
    found = grad(scalar(*library), argnums)(make(x), make(y))
    assert isinstance(found, tuple)
    for k, g in zip(argnums, found, strict=True):
        assert_allclose(g, (by_x, by_y)[k], rtol=1e-13)


@pytest.mark.parametrize("accumulate", [jacobian, jacrev, jacfwd])
def test_jacobians_are_in_numerator_layout(library, accumulate):
    _, make = library
    f, at = vector(*library), (make(x), make(y))
    assert_allclose(accumulate(f)(*at), J_x, rtol=1e-13)
    assert_allclose(accumulate(f, -1)(*at), J_y, rtol=1e-13)
    found = accumulate(f, (1, 0))(*at)
    assert_allclose(found[0], J_y, rtol=1e-13)
    assert_allclose(found[1], J_x, rtol=1e-13)
    assert accumulate(f)(*at).dtype == at[0].dtype


def test_hessians_and_their_blocks(library):
    _, make = library
    f, at = scalar(*library), (make(x), make(y))
    assert_allclose(hessian(f)(*at), by_xx, rtol=1e-12)
    assert_allclose(hessian(f, 1)(*at), by_yy, rtol=1e-12)
    assert_allclose(hessian(f, -1)(*at), by_yy, rtol=1e-12)
    blocks = hessian(f, (0, 1))(*at)
    for row, expected in zip(blocks, [(by_xx, by_xy), (by_xy.T, by_yy)], strict=True):
        for block, wanted in zip(row, expected, strict=True):
            assert_allclose(block, wanted, rtol=1e-12, atol=1e-12)
    (((alone,),)) = hessian(f, (1,))(*at)
    assert_allclose(alone, by_yy, rtol=1e-12)


@pytest.mark.parametrize("argnums", [0, 1, -1])
def test_hvp_is_the_hessian_times_the_vector(library, argnums):
    _, make = library
    v = (np.array([1.0, -2.0, 0.5]), np.array([0.5, 2.0]))[argnums]
    H = (by_xx, by_yy)[argnums]
    found = hvp(scalar(*library), argnums)(make(x), make(y), make(v))
    assert_allclose(found, H @ v, rtol=1e-12)


def test_directional_derivatives_take_the_vector_as_it_is(library):
    _, make = library
    v, w = np.array([1.0, -2.0, 0.5]), np.array([0.5, 2.0])
    at = (make(x), make(y))
    assert_allclose(directional_derivative(vector(*library))(*at, make(v)), J_x @ v)
    assert_allclose(directional_derivative(vector(*library), 1)(*at, make(w)), J_y @ w)
    slope = directional_derivative(scalar(*library), -1)(*at, make(2 * w))
    assert_allclose(slope, 2 * by_y @ w)


def test_keyword_arguments_pass_through():
    def f(x, power, *, scale, shift=0.0):
        return scale * np.sum(x**power) + shift

    at = (np.array([1.0, 2.0]), 3)
    assert_allclose(grad(f)(*at, scale=2.0), 6 * at[0] ** 2)
    assert_allclose(value_and_grad(f)(*at, scale=2.0, shift=1.0)[0], 19.0)
    assert_allclose(jacobian(f)(*at, scale=2.0), 6 * at[0] ** 2)
    assert_allclose(jacfwd(f)(*at, scale=2.0), 6 * at[0] ** 2)
    assert_allclose(hessian(f)(*at, scale=2.0), np.diag(12 * at[0]))
    assert_allclose(hvp(f)(*at, np.ones(2), scale=2.0), 12 * at[0])
    assert_allclose(directional_derivative(f)(*at, np.ones(2), scale=2.0), 6 * 5.0)
    assert grad(lambda x, scale=1.0: scale * x)(3.0, scale=2.0) == 2.0  # all else is moving


@pytest.mark.parametrize("zero", [2.0, np.float64(2.0), np.array(2.0)], ids=repr)
def test_floats_are_0d_arrays(zero):
    f = lambda x: x**3  # noqa: E731
    found = [grad(f)(zero), jacrev(f)(zero), jacfwd(f)(zero), hessian(f)(zero), hvp(f)(zero, 2.0)]
    found += [directional_derivative(f)(zero, 0.5), value_and_grad(f)(zero)[0]]
    assert [float(v) for v in found] == [12.0, 12.0, 12.0, 12.0, 24.0, 6.0, 8.0]
    assert {np.shape(v) for v in found} == {()}
    assert_array_equal(jacfwd(lambda t: t * y)(zero), y)
    assert_array_equal(jacrev(lambda t: t * y)(zero), y)


def test_matrices_keep_their_shape(library):
    xp, make = library
    X = np.array([[1.0, 2.0, -1.0], [0.5, 0.0, 3.0]])
    B = np.array([[2.0, 1.0], [0.0, -1.0]])
    loss = lambda X: xp.sum((make(B) @ X) ** 2)  # noqa: E731
    assert_allclose(grad(loss)(make(X)), 2 * B.T @ B @ X)
    H = hessian(loss)(make(X))
    assert tuple(H.shape) == (2, 3, 2, 3)
    assert_allclose(H, np.einsum("ik,jl->ijkl", 2 * B.T @ B, np.eye(3)))
    assert_allclose(hvp(loss)(make(X), make(X)), 2 * B.T @ B @ X)
    J = jacobian(lambda X: make(B) @ X)(make(X))
    assert tuple(J.shape) == (2, 3, 2, 3)
    assert_allclose(J, np.einsum("ik,jl->ijkl", B, np.eye(3)))
    assert_allclose(jacfwd(lambda X: make(B) @ X)(make(X)), J)


@pytest.mark.parametrize(("n", "m"), [(0, 2), (2, 0), (0, 0)])
@pytest.mark.parametrize("accumulate", [jacrev, jacfwd])
def test_empty_jacobians_have_their_shape(accumulate, n, m):
    A = np.zeros((m, n))
    J = accumulate(lambda x: A @ x)(np.zeros(n))
    assert_array_equal(J, A, strict=True)
    assert accumulate(lambda x: 1.0)(np.zeros(n)).shape == (n,)


def test_the_third_derivative_is_symmetric():
    T = jacobian(hessian(lambda x: np.exp(x[0]) * x[1] ** 2 * np.sin(x[2])))(x)
    assert T.shape == (3, 3, 3)
    for axes in [(0, 2, 1), (2, 1, 0), (1, 2, 0)]:
        assert_allclose(T, T.transpose(axes), rtol=1e-12)
    assert_allclose(T[0, 1, 1], 2 * np.exp(x[0]) * np.sin(x[2]))
    assert_allclose(T[2, 2, 2], -np.exp(x[0]) * x[1] ** 2 * np.cos(x[2]))


def test_the_gradient_agrees_with_values_alone():
    f = scalar(np, np.array)
    assert_allclose(grad(f)(x, y), numerical_grad(lambda x: f(x, y), x), rtol=1e-7)
    g = vector(np, np.array)
    complex_step = numerical_jacobian(lambda x: g(x, y), x, method="complex")
    assert_allclose(jacobian(g)(x, y), complex_step, rtol=1e-14)


def test_derivatives_compose():
    laplacian = lambda f: lambda x: np.trace(hessian(f)(x))  # noqa: E731
    harmonic = lambda x: np.log(x[0] ** 2 + x[1] ** 2)  # noqa: E731
    assert_allclose(laplacian(harmonic)(y), 0.0, atol=1e-15)
    newton = lambda x: x - np.sum(grad(np.sum)(x)) * 0 - x  # noqa: E731
    assert_array_equal(jacobian(newton)(x), np.zeros((3, 3)))
    assert_allclose(grad(lambda x: np.sum(grad(lambda z: np.sum(z**3))(x)))(x), 6 * x)


def test_the_results_are_the_callers_own():
    for found in (grad(np.sum)(x), jacobian(lambda x: x)(x), hessian(lambda x: x @ x)(x)):
        found += 1.0
    value, _ = value_and_grad(lambda x: np.reshape(x[:1], ()))(x)
    assert value == 0.5
