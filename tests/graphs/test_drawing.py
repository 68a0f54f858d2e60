"""Computational graphs as pictures: every node and every partial is written."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mcalc import named, trace
from mcalc.drawing import draw_graph


def f(x, y):
    u = named("u", x * y)
    return named("f", u * u + x)


@pytest.fixture
def ax():
    """Return Axes of a figure that is closed after the test."""
    yield plt.figure().subplots()
    plt.close("all")


def written(ax):
    return [text.get_text() for text in ax.texts if text.get_text()]


def test_nodes_values_and_partials_are_written(ax):
    graph = trace(f, 2.0, -3.0).named()
    assert draw_graph(ax, graph) is ax
    # Names and values of the nodes; partials of the edges, -12 being that of f by u.
    assert sorted(written(ax)) == sorted(
        ["$x$", "$y$", "$u$", "$f$", "2", "−3", "−6", "38", "−3", "2", "1", "−12"]
    )
    assert not ax.axison


def test_texts_and_paths_are_the_callers(ax):
    graph = trace(f, 2.0, -3.0).named()
    x = graph.inputs[0]
    labels = {("x", "u"): "by product"}
    draw_graph(ax, graph, beside={x: "width"}, labels=labels, highlight=graph.paths(x))
    assert sorted(written(ax)) == ["$f$", "$u$", "$x$", "$y$", "by product", "width"]
    arrows = [text.arrow_patch for text in ax.texts if getattr(text, "arrow_patch", None)]
    colors = [arrow.get_edgecolor() for arrow in arrows]
    assert len(arrows) == len(graph.edges)
    assert len(set(colors)) == 3  # two paths, and the edge from y on none


def test_no_two_nodes_stand_in_one_place(ax):
    draw_graph(ax, trace(lambda x, y: np.exp(x * y) * np.sin(x + y) + x, 1.0, 2.0))
    places = [tuple(c.get_offsets()[0]) for c in ax.collections]
    assert len(places) == len(set(places)) == 8
