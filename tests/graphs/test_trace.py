"""Running a function on nodes: names, constants, and functions that do next to nothing."""

import contextlib
import copy
import functools
import sys

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from mcalc import backward, grad, hessian, jacfwd, jacobian, jvp, trace, vjp


def names(graph):
    return [node.name for node in graph.nodes]


def test_inputs_bear_the_names_of_the_parameters():
    assert names(trace(lambda width, height: width * height, 2.0, 3.0)) == [
        "width",
        "height",
        "multiply",
    ]


@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (np.exp, ["x" if hasattr(np.exp, "__signature__") else "x0", "exp"]),  # old ones have none
        (max, ["x0", "x1"]),
        (lambda *xs: xs[0] + xs[1], ["x0", "x1", "add"]),
        (functools.partial(lambda a, x: a * x, 2.0), ["x", "multiply"]),
    ],
)
def test_functions_without_such_names_are_traced_too(f, expected):
    args = [1.0, 2.0][: sum(name.startswith("x") for name in expected[:2])]
    assert names(trace(f, *args)) == expected


def test_what_the_output_does_not_need_is_not_in_the_graph():
    def f(x, y):
        np.sin(x) * y
        return np.exp(x)

    graph = trace(f, 1.0, 2.0)
    assert names(graph) == ["x", "y", "exp"]
    assert set(backward(graph)) == {graph.inputs[0], graph.output}


CONSTANTS = [3, 3.0, np.float32(3), np.array(3), np.array([1.0, 2.0]), np.arange(2)]


@pytest.mark.parametrize("c", CONSTANTS, ids=repr)
def test_a_function_that_ignores_its_input_has_derivative_zero(c):
    x = np.ones((2, 3))
    shape = np.shape(c)
    assert_array_equal(jacobian(lambda x: c)(x), np.zeros((*shape, 2, 3)), strict=True)
    value, pullback = vjp(lambda x: c, x)
    assert_array_equal(value, c)
    assert value.dtype.kind == "f"
    assert_array_equal(pullback(np.ones(shape))[0], np.zeros((2, 3)))
    assert_array_equal(jvp(lambda x: c, (x,), (x,))[1], np.zeros(shape))


def test_questions_about_the_input_are_constants():
    x = np.array([3.0, 1.0])
    assert_array_equal(grad(lambda x: np.argmax(x) + np.floor(x[0]))(x), [0.0, 0.0])


def test_a_function_that_returns_its_input():
    x = np.array([1.0, 2.0])
    assert grad(lambda x: x)(2.0) == 1.0
    assert_array_equal(jacobian(lambda x: x)(x), np.eye(2))
    graph = trace(lambda x: x, 2.0)
    assert graph.nodes == graph.inputs == (graph.output,)
    assert graph.edges == ()
    value, pullback = vjp(lambda x: x, x)
    assert value is x or np.array_equal(value, x)
    g = np.array([5.0, 6.0])
    (back,) = pullback(g)
    back += 1.0
    assert_array_equal(g, [5.0, 6.0])  # what comes back is the caller's own


def test_a_second_argument_may_be_ignored():
    by_x, by_y = grad(lambda x, y: np.sum(x), (0, 1))(np.ones(2), np.ones((3, 1)))
    assert_array_equal(by_x, [1.0, 1.0])
    assert_array_equal(by_y, np.zeros((3, 1)))


def test_the_same_array_given_twice_is_two_arguments():
    x = np.array([2.0, 3.0])
    by_a, by_b = grad(lambda a, b: a @ a * b[0], (0, 1))(x, x)
    assert_array_equal(by_a, 2 * x * 2)
    assert_array_equal(by_b, [13.0, 0.0])
    by_a[:] = 0.0
    assert_array_equal(by_b, [13.0, 0.0])


def test_trace_is_for_numpy():
    with pytest.raises(TypeError, match="trace takes NumPy arrays; torch records a graph"):
        trace(torch.sin, torch.ones(2))


def test_errors_of_f_come_through_as_they_are():
    def f(x):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        grad(f)(1.0)
    with pytest.raises(ValueError, match="broadcast together with shapes"):
        grad(lambda x: np.sum(x + np.ones(4)))(np.ones(3))


def test_a_ragged_array_is_not_taken_for_a_write():
    with pytest.raises(ValueError, match="inhomogeneous"):
        grad(lambda x: np.array([[1.0], [1.0, 2.0]]) @ x)(np.ones(2))


def state():
    """Return all that a module of mcalc holds and could change, and NumPy's own settings."""
    modules = [m for name, m in sorted(sys.modules.items()) if name.split(".")[0] == "mcalc"]
    held = [(m.__name__, k, v) for m in modules for k, v in vars(m).items() if "__" not in k]
    mutable = [(m, k, copy.copy(v)) for m, k, v in held if isinstance(v, dict | list | set)]
    names = [(m, k, id(v)) for m, k, v in held]
    return mutable, names, np.geterr(), np.get_printoptions(), sys.getrecursionlimit()


@pytest.mark.parametrize("leave", [None, RuntimeError, KeyboardInterrupt, GeneratorExit])
def test_nothing_global_is_kept(leave):
    """Whether f ends as it should, or by an exception in the middle of a nested derivative."""

    def f(x):
        inner = grad(lambda y: leaving(y) @ y)(x)
        return inner @ x

    def leaving(y):
        if leave:
            raise leave
        return y

    before = state()
    for derivative in (grad, jacfwd, hessian):
        with pytest.raises(leave) if leave else contextlib.nullcontext():
            derivative(f)(np.array([1.0, 2.0]))
    assert state() == before
    assert_array_equal(grad(lambda x: x @ x)(np.array([1.0, 2.0])), [2.0, 4.0])


def test_a_generator_that_outlives_f_is_told_so():
    kept = []

    def f(x):
        kept.append(part * 2.0 for part in x)
        return next(kept[0])

    assert_array_equal(grad(f)(np.array([1.0, 2.0])), [2.0, 0.0])
    with pytest.raises(TypeError, match="a traced value has outlived its function"):
        next(kept[0])
