"""Both layouts of every derivative that is a matrix, on both kinds of arrays."""

import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import grad, jacobian, numerical_jacobian
from mcalc.layout import arrange, derivative

RNG = np.random.default_rng(0)
A, X = RNG.standard_normal((3, 2)), RNG.standard_normal((3, 2))
x, t = RNG.standard_normal(2), np.float64(0.7)

# The function, the point, and the derivative in denominator layout.
TABLE = {
    "scalar by scalar": (lambda t: t**3, t, 3 * t**2),
    "scalar by vector": (lambda x: x @ x, x, 2 * x),
    "scalar by matrix": (lambda X: (X**2).sum(), X, 2 * X),
    "vector by scalar": (lambda t: t**2 * like(A, t)[:, 0], t, 2 * t * A[None, :, 0]),
    "vector by vector": (lambda x: like(A, x) @ x, x, A.T),
    "matrix by scalar": (lambda t: t**2 * like(A, t), t, 2 * t * A.T),
}


def like(a, x):
    return torch.tensor(a) if isinstance(x, torch.Tensor) else a


@pytest.mark.parametrize("array", [lambda x: x, torch.tensor], ids=["numpy", "torch"])
@pytest.mark.parametrize(("f", "point", "expected"), TABLE.values(), ids=TABLE)
def test_layouts(f, point, expected, array):
    column = derivative(f, layout="denominator")(array(point))
    assert_allclose(column, expected, strict=array is not torch.tensor)
    row = derivative(f, layout="numerator")(array(point))
    assert isinstance(row, torch.Tensor) == isinstance(column, torch.Tensor)
    if np.ndim(expected) == 2:
        turned = expected.T[:, 0] if f is TABLE["vector by scalar"][0] else expected.T
    else:
        turned = expected[None] if np.ndim(expected) else expected
    assert tuple(row.shape) == np.shape(turned)
    assert_allclose(row, turned)


def test_numerator_layout_of_vectors_is_the_jacobian():
    f = lambda x: A @ (x * x)  # noqa: E731
    assert_array_equal(derivative(f, layout="numerator")(x), jacobian(f)(x))
    assert_allclose(derivative(f, layout="denominator")(x).T, numerical_jacobian(f, x), atol=1e-8)
    assert_array_equal(
        derivative(lambda x: x @ x, layout="denominator")(x), grad(np.vdot, 0)(x, x) * 2
    )


def test_one_argument_of_several_and_keywords():
    f = lambda A, x, *, scale: scale * (A @ x)  # noqa: E731
    D = derivative(f, 1, layout="denominator")(A, x, scale=2.0)
    assert_allclose(D, 2 * A.T)
    assert_allclose(derivative(f, -1, layout="numerator")(A, x, scale=2.0), 2 * A)


def test_a_float_is_a_scalar():
    assert derivative(lambda t: t * A, layout="numerator")(2.0).shape == (3, 2)
    assert arrange(np.ones(4), 1.0, layout="denominator").shape == (1, 4)


@pytest.mark.parametrize(
    ("f", "point", "message"),
    [
        (lambda X: X @ x, X, "a vector by a matrix has 3 axes"),
        (lambda x: np.outer(x, x), x, "a matrix by a vector has 3 axes"),
        (lambda X: X.T, X, "a matrix by a matrix has 4 axes"),
        (lambda B: np.sum(B), np.ones((2, 2, 2)), "a scalar by an array of 3 axes has 3 axes"),
    ],
)
def test_what_is_no_matrix_is_refused(f, point, message):
    with pytest.raises(ValueError, match=message + ".*use jacobian"):
        derivative(f, layout="denominator")(point)


@pytest.mark.parametrize("argnums", [(0, 1), 1.0, None])
def test_a_derivative_by_anything_but_one_argument_is_refused(argnums):
    with pytest.raises(TypeError, match=re.escape(f"argnums is {argnums}; give one integer")):
        derivative(lambda x, y: x * y, argnums, layout="numerator")


@pytest.mark.parametrize("layout", ["denominator", "numerator"])
def test_an_arrangement_shares_no_memory_with_the_jacobian(layout):
    J = np.eye(3)
    arrange(J, np.ones(3), layout=layout)[0, 1] = 7.0
    assert J.sum() == 3.0


def test_an_unknown_layout_is_refused():
    with pytest.raises(ValueError, match="'denominator' or 'numerator', not 'mixed'"):
        derivative(np.sum, layout="mixed")(x)
    with pytest.raises(TypeError, match="layout"):
        derivative(np.sum)(x)
