"""Reports from the trackers of HIPS autograd and JAX, as tests: each was wrong or refused there."""

import numpy as np
import pytest
from cases import numbers
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import grad, hessian, jacobian, value_and_grad

L = np.linalg


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.exp(-(L.norm(x) ** 2)),
        lambda x: L.norm(x) ** 2,
        lambda x: L.norm(x, axis=-1)[0] ** 2,
        lambda x: L.norm(x),
    ],
    ids=["autograd-183", "autograd-586", "autograd-617", "autograd-268"],
)
def test_the_gradient_of_a_norm_at_zero_is_zero_and_not_nan(f):
    value, gradient = value_and_grad(f)(np.zeros((2, 1)))
    assert_array_equal(gradient, np.zeros((2, 1)))
    assert np.isfinite(value)


def test_the_hessian_of_a_squared_norm_is_twice_the_identity():
    """JAX 5262: in the formula of a square root, digits are lost off the diagonal."""
    assert_allclose(hessian(lambda x: L.norm(x) ** 2)(np.array([1.0, 2.0, 3.0])), 2 * np.eye(3),
                    atol=1e-15)  # fmt: skip


def test_running_products_have_a_derivative():
    """Autograd 257."""
    x = numbers(4)
    others = np.tril(np.cumprod(x)[:, None] / x)
    assert_allclose(jacobian(np.cumprod)(x), others)


def test_eigenvalues_of_the_identity_and_of_others():
    """Autograd 310: the trace of the eigenvalues is smooth where all are equal."""
    assert_allclose(grad(lambda a: np.sum(L.eigh(a)[0] ** 2))(np.eye(2)), 2 * np.eye(2))
    with pytest.raises(L.LinAlgError, match="repeated eigenvalue"):
        grad(lambda a: L.eigh(a)[1][0, 0])(np.eye(2))


def test_log_sum_exp_of_equals():
    """JAX 2107: the derivative of softplus at 0 was 0 there, since a tie had none."""
    for f in (lambda x: np.logaddexp(x, 0.0), lambda x: np.log1p(np.exp(x))):
        assert grad(f)(0.0) == 0.5
        assert hessian(f)(0.0) == 0.25


def test_the_determinant_of_a_singular_matrix():
    """Autograd 549 and JAX 2380: an error, and NaN."""
    assert_array_equal(grad(L.det)(np.zeros((4, 4))), np.zeros((4, 4)))
    assert_allclose(grad(L.det)(np.array([[1.0, 2.0], [2.0, 4.0]])), [[4, -2], [-2, 1]])


def test_powers_at_zero():
    """Autograd 116: the third and fourth derivatives of exp(-x²) at 0 were NaN."""
    f = lambda x: np.exp(-(x**2))  # noqa: E731
    found = []
    for _ in range(4):
        f = grad(f)
        found.append(float(f(0.0)))
    assert found == [0.0, -2.0, 0.0, 12.0]


def test_singular_vectors_of_equal_singular_values_are_refused_and_not_nan():
    """JAX 8732 and 4646: what is smooth is written without the vectors."""
    a = np.diag([1.0, 1.0, 2.0, 3.0])
    with pytest.raises(L.LinAlgError, match="repeated"):
        grad(lambda a: L.norm((L.svd(a).U * L.svd(a).S) @ L.svd(a).Vh))(a)
    assert_allclose(grad(lambda a: L.norm(L.svd(a).S))(a), a / np.sqrt(15))
