"""What a notebook shows of a graph: which graphs are drawn, and what stands in the drawing."""

import re

import numpy as np
import pytest

from mcalc import trace
from mcalc.graphs.drawing import as_svg
from mcalc.graphs.graph import SMALL


def chain(steps):
    """Return a graph of the input and so many steps."""

    def f(x):
        for _ in range(steps):
            x = 2.0 * x
        return x

    return trace(f, 1.0)


@pytest.mark.parametrize(("nodes", "drawn"), [(SMALL, True), (SMALL + 1, False)])
def test_a_graph_of_thirty_nodes_is_drawn_and_no_larger_one(nodes, drawn):
    assert SMALL == 30
    graph = chain(nodes - 1)
    assert len(graph.nodes) == nodes
    assert ("image/svg+xml" in graph._repr_mimebundle_()) == drawn


def test_a_graph_is_drawn_twice_in_the_same_way():
    graph = trace(lambda x, y: x * y + x, 2.0, 3.0)
    assert as_svg(graph) == as_svg(graph)


def test_the_partials_of_arrays_are_not_written_on_their_edges():
    graph = trace(lambda x: np.sum(x * 5.0), np.ones(3))
    written = re.findall(r"<!-- (.*?) -->", as_svg(graph))
    assert sorted(filter(None, written)) == ["$multiply$", "$sum$", "$x$", "15", "3", "3"]


@pytest.mark.parametrize("f", [lambda x: np.sum(x), lambda x: x[0] * 2.0], ids=["sum", "entry"])
def test_a_sum_over_paths_is_refused_where_one_end_is_an_array(f):
    graph = trace(f, np.ones(2))
    with pytest.raises(ValueError, match="depends on x through an array; use backward"):
        graph.path_sum(graph.inputs[0])
