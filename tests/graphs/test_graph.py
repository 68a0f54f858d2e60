"""The graph: edges, local partials, paths, and the values that were named."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import Graph, backward, grad, jacobian, named, trace


def composite(x, y):
    u = named("u", x * y)
    v = named("v", np.sin(u) + x)
    return named("f", u * v + np.exp(v))


def letters(graph):
    return [(edge.source.name, edge.target.name) for edge in graph.edges]


def test_edges_go_from_argument_to_value_in_order_of_computation():
    graph = trace(lambda x, y: (x + y) * np.sin(y), 3.0, 2.0)
    assert letters(graph) == [
        ("x", "add"),
        ("y", "add"),
        ("y", "sin"),
        ("add", "multiply"),
        ("sin", "multiply"),
    ]
    partials = [float(edge.partial) for edge in graph.edges]
    assert_allclose(partials, [1.0, 1.0, np.cos(2.0), np.sin(2.0), 5.0])


def test_a_value_used_twice_by_one_function_is_one_edge():
    """Its partial is the sum over the places where it stands."""
    graph = trace(lambda x: x * x, 3.0)
    assert letters(graph) == [("x", "multiply")]
    assert float(graph.edges[0].partial) == 6.0
    assert [[float(e.partial) for e in path] for path in graph.paths(graph.inputs[0])] == [[6.0]]


def test_partials_of_arrays_are_jacobians():
    A, x = np.arange(6.0).reshape(2, 3), np.array([1.0, -1.0, 2.0])
    graph = trace(lambda A, x: A @ x, A, x)
    by_A, by_x = (edge.partial for edge in graph.edges)
    assert by_A.shape == (2, 2, 3)
    assert_array_equal(by_A, np.einsum("ik,j->ikj", np.eye(2), x))
    assert_array_equal(by_x, A)


def test_edges_are_told_apart_even_where_their_values_are_equal():
    graph = trace(lambda x, y: np.exp(x) * np.exp(y), 1.0, 1.0)
    assert len(set(graph.edges)) == 4
    assert sum(edge == graph.edges[0] for edge in graph.edges) == 1
    arrays = trace(lambda x, y: np.exp(x) * np.exp(y), np.ones(2), np.ones(2))
    assert arrays.edges.index(arrays.edges[1]) == 1
    assert graph != arrays


def test_paths_are_all_the_ways_through():
    graph = trace(composite, 0.7, 1.3)
    x, y = graph.inputs
    for source in (x, y):
        for path in graph.paths(source):
            assert path[0].source is source
            assert path[-1].target is graph.output
            assert all(a.target is b.source for a, b in itertools.pairwise(path))
        assert len(set(graph.paths(source))) == len(graph.paths(source))
    assert graph.paths(graph.output) == ((),)
    assert graph.paths(graph.output, x) == ()


@pytest.mark.parametrize("view", [Graph.named, lambda graph: graph], ids=["named", "all"])
def test_the_sum_over_paths_is_the_adjoint(view):
    graph = view(trace(composite, 0.7, 1.3))
    adjoints = backward(graph)
    for node in graph.nodes:
        assert_allclose(graph.path_sum(node), adjoints[node], rtol=1e-13)
    assert_allclose(
        [graph.path_sum(node) for node in graph.inputs], grad(composite, (0, 1))(0.7, 1.3)
    )


def test_the_derivative_of_an_inner_value():
    graph = trace(composite, 0.7, 1.3).named()
    u, v = (node for node in graph.nodes if node.name in "uv")
    x = graph.inputs[0]
    assert_allclose(graph.path_sum(u, v), np.cos(0.7 * 1.3))
    assert_allclose(graph.path_sum(x, v), 1 + 1.3 * np.cos(0.7 * 1.3))
    assert graph.path_sum(v, u) == 0.0


def test_the_named_graph_is_that_of_the_formula():
    graph = trace(composite, 0.7, 1.3)
    small = graph.named()
    assert [node.name for node in small.nodes] == ["x", "y", "u", "v", "f"]
    assert letters(small) == [
        ("x", "u"),
        ("y", "u"),
        ("x", "v"),
        ("u", "v"),
        ("u", "f"),
        ("v", "f"),
    ]
    u, v = 0.7 * 1.3, np.sin(0.7 * 1.3) + 0.7
    expected = [1.3, 0.7, 1.0, np.cos(u), v, u + np.exp(v)]
    assert_allclose([float(edge.partial) for edge in small.edges], expected)
    assert len(graph.nodes) > len(small.nodes)  # the whole graph is as it was


def test_a_name_does_nothing_outside_a_trace_and_in_derivatives():
    assert named("u", 3.0) == 3.0
    assert named("u", None) is None
    assert composite(0.7, 1.3) == float(trace(composite, 0.7, 1.3).output.value)
    assert_allclose(jacobian(grad(composite))(0.7, 1.3), second(0.7, 1.3), rtol=1e-12)


def test_a_value_within_a_derivative_is_named_in_the_graph_around_it():
    graph = trace(grad(lambda y: named("u", np.sin(y)) * y), 2.0)
    assert "u" in [node.name for node in graph.named().nodes]


def second(x, y):
    u, w = x * y, np.sin(x * y) + x
    dw, ddw = y * np.cos(u) + 1, -(y**2) * np.sin(u)
    return 2 * y * dw + u * ddw + np.exp(w) * (dw**2 + ddw)


def test_path_sum_is_for_numbers():
    graph = trace(lambda x: np.sum(x * x), np.ones(2))
    with pytest.raises(ValueError, match=r"depends on .* through an array; use backward"):
        graph.path_sum(graph.inputs[0])


def test_the_graph_of_a_constant():
    graph = trace(lambda x: 3.0, 1.0)
    assert [node.name for node in graph.nodes] == ["x", "constant"]
    assert graph.edges == ()
    assert graph.paths(graph.inputs[0]) == ()
    assert graph.path_sum(graph.inputs[0]) == 0.0
