"""The two sweeps, and what they cost."""

import dataclasses
import re
import tracemalloc

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import backward, forward, multiplications, named, trace
from mcalc.engine.sweeps import sweep_back
from mcalc.rules import TABLE

A = np.arange(6.0).reshape(2, 3)


def doubled(x, times=60):
    for _ in range(times):
        x = x + x
    return x


def test_backward_gives_the_adjoint_of_every_node():
    graph = trace(lambda x, y: (x + y) * y, 3.0, 2.0)
    adjoints = backward(graph)
    assert {node.name: float(a) for node, a in adjoints.items()} == {
        "multiply": 1.0,
        "add": 2.0,
        "x": 2.0,
        "y": 7.0,
    }


def test_backward_takes_weights_of_an_array():
    graph = trace(lambda x: A @ x, np.ones(3))
    (x,) = graph.inputs
    assert_array_equal(backward(graph, np.array([1.0, 10.0]))[x], A[0] + 10 * A[1])
    with pytest.raises(
        ValueError, match=r"cotangent has shape \(\), but the output has shape \(2,\)"
    ):
        backward(graph)


def test_forward_gives_the_tangent_of_every_node():
    graph = trace(lambda x, y: (x + y) * np.sin(y), 3.0, 2.0)
    tangents = forward(graph, (1.0, 0.0))
    assert float(tangents[graph.output]) == np.sin(2.0)
    assert [float(tangents[node]) for node in graph.nodes] == [1.0, 0.0, 1.0, 0.0, np.sin(2.0)]


def test_what_the_sweeps_return_shares_no_memory():
    weights = np.ones(2)
    graph = trace(lambda x, y: x + y, np.ones(2), np.ones(2))
    adjoints = backward(graph, weights)
    adjoints[graph.inputs[0]][:] = 7.0
    tangents = forward(graph, (weights, weights))
    tangents[graph.inputs[0]][:] = 7.0
    assert_array_equal(adjoints[graph.inputs[1]], 1.0)
    assert_array_equal(tangents[graph.inputs[1]], 1.0)
    assert_array_equal(weights, 1.0)


def test_the_two_sweeps_agree():
    graph = trace(lambda x, y: np.sum(np.tanh(A @ x) * y, keepdims=True), np.ones(3), np.ones(2))
    u, v, w = np.array([2.0]), np.array([1.0, -1.0, 0.5]), np.array([0.3, 0.4])
    by_x, by_y = (backward(graph, u)[node] for node in graph.inputs)
    assert_allclose(u @ forward(graph, (v, w))[graph.output], by_x @ v + by_y @ w)


@pytest.mark.parametrize("direction", ["pull", "push"])
def test_exponentially_many_paths_cost_one_visit_of_each_node(direction, monkeypatch):
    rule, calls = TABLE[np.add], []

    def counted(*args):
        calls.append(args)
        return getattr(rule, direction)(*args)

    monkeypatch.setitem(TABLE, np.add, dataclasses.replace(rule, **{direction: counted}))
    graph = trace(doubled, 1.0)
    if direction == "pull":
        assert float(backward(graph)[graph.inputs[0]]) == 2.0**60
        assert len(calls) == 120
    else:
        assert float(forward(graph, (1.0,))[graph.output]) == 2.0**60
        assert len(calls) == 60


def test_adjoints_are_let_go_as_the_sweep_passes_them():
    x = np.ones(10_000)

    def f(x):
        for _ in range(50):
            x = np.sin(x)
        return x

    graph = trace(f, x)
    assert len(graph.tape) == 51
    tracemalloc.start()
    for _node, _adjoint in sweep_back(list(graph.tape), graph.output, x):
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * x.nbytes


def test_multiplications_count_the_edges_and_the_paths():
    def f(a, b, c, d):
        u = named("u", a * b * c * d)
        v = named("v", u * u)
        return named("f", v + u)

    counts = multiplications(trace(f, 1.0, 2.0, 3.0, 4.0).named())
    # Edges: 4 into u, u to v, v to f, u to f. Paths from each input: u-v-f and u-f.
    assert (counts.reverse, counts.forward, counts.paths) == (5, 12, 12)


def test_paths_outgrow_both_sweeps():
    def f(x):
        for _ in range(30):
            x = np.sin(x) + np.cos(x)
        return x

    counts = multiplications(trace(f, 1.0))
    assert counts.reverse == 30 * 4 - 2
    assert counts.forward == 30 * 4 - 2
    assert counts.paths == 2**30 * (60 - 1)


def test_a_constant_and_the_input_itself_need_none():
    for f in (lambda x: 3.0, lambda x: x):
        counts = multiplications(trace(f, 1.0))
        assert (counts.reverse, counts.forward, counts.paths) == (0, 0, 0)


def test_weights_and_directions_that_make_no_sense():
    graph = trace(lambda x: x @ x, np.ones(3))
    for bad in (None, 1j, "a", torch.tensor(1.0)):
        with pytest.raises(TypeError, match=r"^backward (needs real|was given torch)"):
            backward(graph, bad)
        with pytest.raises(TypeError, match=r"^forward (needs real|was given torch)"):
            forward(graph, (bad,))
    with pytest.raises(
        ValueError,
        match=re.escape("backward: the cotangent has shape (3,), but the output has shape ()"),
    ):
        backward(graph, np.ones(3))
    with pytest.raises(
        ValueError,
        match=re.escape("forward: the tangent has shape (), but the input x has shape (3,)"),
    ):
        forward(graph, (1.0,))
    with pytest.raises(ValueError, match=re.escape("forward takes a tuple of 1 tangents, not 1.0")):
        forward(graph, 1.0)
