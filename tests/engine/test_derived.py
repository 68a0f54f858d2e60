"""The functions that `grad` and its like return: pickled, named and asked for their parameters."""

import inspect
import multiprocessing
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mcalc import (
    directional_derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    trace,
    value_and_grad,
)

x, v = np.array([1.0, 2.0]), np.array([1.0, 0.0])


def cubic(w, scale=1.0):
    """Return the sum of cubes."""
    return scale * np.sum(w**3)


class Model:
    data = 2.0

    def loss(self, w):
        return self.data * np.sum(w**3)

    slope = grad(loss, 1)


MADE = {
    "grad": (grad(cubic), (x,), 3 * x**2),
    "by-keyword": (grad(cubic, argnums=(0, 1)), (x, 2.0), (6 * x**2, 9.0)),
    "value_and_grad": (value_and_grad(cubic), (x,), (9.0, 3 * x**2)),
    "jacobian": (jacobian(cubic), (x,), 3 * x**2),
    "jacfwd": (jacfwd(cubic), (x,), 3 * x**2),
    "hessian": (hessian(cubic), (x,), np.diag(6 * x)),
    "hvp": (hvp(cubic), (x, v), 6 * x * v),
    "directional_derivative": (directional_derivative(cubic), (x, v), 3.0),
    "nested": (jacobian(grad(cubic)), (x,), np.diag(6 * x)),
    "method": (grad(Model().loss), (x,), 6 * x**2),
    "ufunc": (grad(np.sin), (0.5,), np.cos(0.5)),
}


def require_equal(found, expected):
    if not isinstance(expected, tuple):
        found, expected = (found,), (expected,)
    for a, b in zip(found, expected, strict=True):
        assert_allclose(a, b, rtol=1e-14)


@pytest.mark.parametrize(("made", "args", "expected"), MADE.values(), ids=MADE)
@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_derivative_is_pickled_with_its_function(made, args, expected, protocol):
    again = pickle.loads(pickle.dumps(made, protocol))
    require_equal(again(*args), expected)
    assert repr(again).partition(" at ")[0] == repr(made).partition(" at ")[0]


def test_another_process_differentiates():
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        found = pool.map(grad(np.sin), [0.0, 0.5])
    assert_allclose(found, np.cos([0.0, 0.5]))


@pytest.mark.parametrize("derive", [grad, value_and_grad, jacrev, jacfwd, hessian, hvp])
def test_a_derivative_has_the_name_and_the_docstring_of_its_function(derive):
    made = derive(cubic)
    assert (made.__name__, made.__qualname__, made.__doc__) == (
        "cubic",
        "cubic",
        "Return the sum of cubes.",
    )
    assert (made.__module__, made.__wrapped__) == (__name__, cubic)
    assert repr(made) == f"{derive.__name__}(cubic)"
    with pytest.raises(AttributeError, match="a derivative has no attribute nothing"):
        made.nothing


def test_parameters():
    def f(a, /, b, c=2.0, *, v=3.0, **rest):
        return a * b * c * v

    assert str(inspect.signature(grad(f))) == "(a, /, b, c=2.0, *, v=3.0, **rest)"
    assert str(inspect.signature(hvp(f))) == "(a, /, b, v_, *, c=2.0, v=3.0, **rest)"
    assert str(inspect.signature(directional_derivative(cubic))) == "(w, v, *, scale=1.0)"
    assert str(inspect.signature(hvp(lambda v, v_: v * v_))) == "(v, v_, v__)"
    assert str(inspect.signature(hvp(lambda *xs: xs[0]))) == "(*xs)"
    assert str(inspect.signature(hvp(lambda x=1.0: x))) == "(v, /, *, x=1.0)"
    graph = trace(grad(lambda x, y: x * y), 3.0, 2.0)
    assert [node.name for node in graph.inputs] == ["x", "y"]
    assert not hasattr(grad(max), "__signature__")  # Python knows none of it


def test_a_derivative_in_a_class_is_a_method():
    assert_allclose(Model().slope(x), 6 * x**2)
    assert Model.slope.__name__ == "loss"
