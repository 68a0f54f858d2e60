"""Computational graphs as pictures: every node and every partial is written."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mcalc import backward, named, trace
from mcalc.calculus.plotting import BLUE, ORANGE
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


def test_values_stand_above_and_derivatives_below_in_colors_of_their_own(ax):
    graph = trace(f, 2.0, -3.0).named()
    slopes = {node: f"{slope:g}" for node, slope in backward(graph).items()}
    draw_graph(ax, graph, below=slopes, labels={})
    beside = [text for text in ax.texts if hasattr(text, "xyann") and text.get_text()]
    above = {text.get_text() for text in beside if text.xyann[1] > 0}
    under = {text.get_text() for text in beside if text.xyann[1] < 0}
    assert above == {"2", "−3", "−6", "38"}
    assert under == {"37", "-24", "-12", "1"}
    colors = {text.xyann[1]: text.get_color() for text in beside}
    assert colors == {17: BLUE, -17: ORANGE}


def test_no_number_stands_on_another_edge_or_on_another_number(ax):
    def layers(w, x, y, z):
        a, b = named("a", w + x + y + z), named("b", w + 2 * x - y - z)
        return named("f", named("u", a * b) * named("v", a - b))

    graph = trace(layers, 1.0, 2.0, 0.5, -1.0).named()
    labels = {(e.source.name, e.target.name): f"on {k}" for k, e in enumerate(graph.edges)}
    draw_graph(ax, graph, labels=labels)
    lines = [
        np.array([text.xyann, text.xy]) for text in ax.texts if getattr(text, "arrow_patch", None)
    ]
    numbers = [np.array(text.get_position()) for text in ax.texts if "on" in text.get_text()]
    assert len(lines) == len(numbers) == 14
    t = np.linspace(0, 1, 101)[:, None]
    for number in numbers:
        far = [np.linalg.norm(a + t * (b - a) - number, axis=1).min() for a, b in lines] + [
            np.linalg.norm(other - number) for other in numbers if other is not number
        ]
        assert sorted(far)[1] > 0.14  # the nearest is its own edge
