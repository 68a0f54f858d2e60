"""Linear and quadratic models: exact where they must be, of the promised order elsewhere."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import (
    check_order,
    classify,
    grad,
    hessian,
    linear_model,
    observed_order,
    quadratic_model,
)

S = np.array([[2.0, 1.0], [1.0, -3.0]])
b = np.array([0.5, -1.0])


def f(x):
    return np.exp(x[..., 0]) * np.cos(x[..., 1])


def quadratic(x):
    return 0.5 * x @ S @ x + b @ x + 4.0


x0 = np.array([0.3, 0.8])


def test_the_linear_model_is_the_tangent_plane():
    model = linear_model(f, x0)
    assert_array_equal(model.at, x0)
    assert_allclose(model.value, f(x0))
    assert_allclose(model.gradient, np.exp(0.3) * np.array([np.cos(0.8), -np.sin(0.8)]))
    assert model.hessian is None
    assert_allclose(model(x0), f(x0), rtol=1e-15)
    d = np.array([0.1, -0.2])
    assert_allclose(model(x0 + d), f(x0) + model.gradient @ d)


def test_the_quadratic_model_of_a_quadratic_is_the_quadratic():
    model = quadratic_model(quadratic, x0)
    assert_allclose(model.hessian, S)
    for point in np.random.default_rng(0).normal(size=(5, 2)):
        assert_allclose(model(point), quadratic(point), rtol=1e-13)


@pytest.mark.parametrize(("build", "order"), [(linear_model, 2), (quadratic_model, 3)])
def test_the_order_of_the_error(build, order):
    model = build(f, x0)
    for way in [np.array([1.0, 0.0]), np.array([0.6, 0.8]), np.array([-0.8, 0.6])]:
        p = observed_order(lambda h, way=way: abs(f(x0 + h * way) - model(x0 + h * way)))
        assert_allclose(p, order, atol=0.05)
    wrong = {"value": lambda x: model(x) + 1e-3}
    assert check_order("eq", f, model, at=x0, order=order, wrong=wrong).order > order - 0.1


@pytest.mark.parametrize("build", [linear_model, quadratic_model])
def test_batches_of_points(build):
    model = build(f, x0)
    grid = np.random.default_rng(0).normal(size=(4, 3, 2))
    values = model(grid)
    assert values.shape == (4, 3)
    assert_allclose(values[2, 1], model(grid[2, 1]), rtol=1e-14)


@pytest.mark.parametrize("build", [linear_model, quadratic_model])
def test_models_of_matrices(build):
    g = lambda X: np.sum(np.sin(X) * X)  # noqa: E731
    X0 = np.arange(6.0).reshape(2, 3) / 6
    model = build(g, X0)
    D = np.linspace(-0.01, 0.01, 6).reshape(2, 3)
    assert_allclose(model(X0 + D), g(X0 + D), atol=1e-3 if build is linear_model else 1e-6)
    assert model(np.stack([X0, X0 + D])).shape == (2,)
    assert_allclose(model(np.stack([X0, X0 + D])), [model(X0), model(X0 + D)])


@pytest.mark.parametrize("build", [linear_model, quadratic_model])
@pytest.mark.parametrize("at", [0.5, np.float64(0.5), np.array(0.5)], ids=repr)
def test_models_of_functions_of_a_number(build, at):
    model = build(np.exp, at)
    second = 0.0 if build is linear_model else 0.5
    expected = np.exp(0.5) * (1 + 0.1 + second * 0.01)
    assert_allclose(model(0.6), expected)
    assert_allclose(model(np.array([0.5, 0.6])), [np.exp(0.5), expected])


@pytest.mark.parametrize("build", [linear_model, quadratic_model])
def test_torch(build):
    f_torch = lambda x: torch.exp(x[0]) * torch.cos(x[1])  # noqa: E731
    theirs, ours = build(f_torch, torch.from_numpy(x0)), build(f, x0)
    points = np.random.default_rng(0).normal(size=(3, 2))
    found = theirs(torch.from_numpy(points))
    assert isinstance(found, torch.Tensor)
    assert_allclose(found, ours(points), rtol=1e-13)


def test_a_model_keeps_its_point():
    at = x0.copy()
    model = linear_model(f, at)
    before = model(x0)
    at[:] = 100.0
    assert model(x0) == before


def test_models_can_be_differentiated():
    model = quadratic_model(f, x0)
    assert_allclose(grad(model)(x0), grad(f)(x0), rtol=1e-13)
    assert_allclose(hessian(model)(x0 + 1.0), hessian(f)(x0), rtol=1e-13)


@pytest.mark.parametrize("build", [linear_model, quadratic_model])
def test_wrong_uses(build):
    model = build(f, x0)
    for point in (np.ones(3), np.ones(1), np.ones((2, 1)), 5.0):  # no broadcasting
        with pytest.raises(ValueError, match=r"points of shape \(2,\), but x has shape \("):
            model(point)
    with pytest.raises(TypeError, match=r"needs a scalar f, but f\(x\) has shape \(2,\)"):
        build(lambda x: x, x0)
    with pytest.raises(TypeError, match="linear_model needs real floating-point input"):
        build(f, [0.3, 0.8])
    with pytest.raises(TypeError, match="the model was given torch tensors and NumPy arrays"):
        model(torch.ones(2))
    assert model([0.5, 1.0]) == model(np.array([0.5, 1.0]))


@pytest.mark.parametrize("build", [quadratic_model, classify], ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.linalg.norm(x) ** 2,
        lambda x: np.std(x) ** 2,
        lambda x: np.sum(np.abs(x)),
        lambda x: np.sum(np.abs(x) ** 1.5),
    ],
)
def test_a_hessian_that_does_not_exist_is_refused(build, f):
    """Its entries are NaN or infinite, and no eigenvalue of that tells anything."""
    text = f"{build.__name__} needs second derivatives, and f has none there.*such as x @ x"
    with np.errstate(all="ignore"), pytest.raises(ValueError, match=text):
        build(f, np.zeros(2))
    assert linear_model(f, np.zeros(2))(np.ones(2)) == 0.0


def test_an_infinite_second_derivative_is_refused_too():
    for build in (quadratic_model, classify):
        with np.errstate(divide="ignore"), pytest.raises(ValueError, match="or an infinite one"):
            build(lambda x: x**1.5, 0.0)


def test_a_tensors_hessian_that_does_not_exist_is_refused_too():
    with pytest.raises(ValueError, match="quadratic_model needs second derivatives"):
        quadratic_model(lambda x: torch.sum(torch.abs(x) ** 1.5), torch.zeros(2))
