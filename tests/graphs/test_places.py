"""What a drawing of a graph places where, and what a graph counts at its edges."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mcalc import backward, forward, multiplications, named, trace
from mcalc.drawing import draw_graph
from mcalc.graphs.drawing import COLORS, _places


def f(x, y):
    u = named("u", x * y)
    v = named("v", u + y)
    return named("f", u * v + x)


@pytest.fixture
def ax():
    """Return Axes of a figure that is closed after the test."""
    yield plt.figure().subplots()
    plt.close("all")


def test_a_node_stands_a_column_behind_the_last_that_it_needs():
    graph = trace(f, 2.0, 3.0).named()
    found = {node.name: place for node, place in _places(graph).items()}
    assert found == {
        "x": (0.0, 0.5),
        "y": (0.0, -0.5),
        "u": (1.0, 0.0),
        "v": (2.0, 0.0),
        "f": (3.0, 0.0),
    }
    three = trace(lambda a, b, c: a + b + c, 1.0, 2.0, 3.0)
    assert [place for _, place in _places(three).items()][:3] == [(0, 1), (0, 0), (0, -1)]


def test_the_deepest_of_the_sources_says_the_column_and_not_the_last():
    def g(x, y):
        deep = named("b", np.exp(named("a", np.exp(x))))
        return named("g", deep * named("c", np.exp(y)))

    found = {node.name: x for node, (x, _) in _places(trace(g, 0.5, 1.0).named()).items()}
    assert found == {"x": 0.0, "y": 0.0, "a": 1.0, "b": 2.0, "c": 1.0, "g": 3.0}


def test_the_frame_holds_all_nodes(ax):
    draw_graph(ax, trace(f, 2.0, 3.0).named())
    assert ax.get_xlim() == pytest.approx((-0.4, 3.4))
    assert ax.get_ylim() == pytest.approx((-1.1, 1.1))


def arrows(ax):
    """Return each arrow's bend, its color and its width, by the places of its ends."""
    found = {}
    for text in ax.texts:
        if patch := getattr(text, "arrow_patch", None):
            ends = (tuple(text.xyann), tuple(text.xy))
            drawn = (patch.get_connectionstyle().rad, patch.get_edgecolor(), patch.get_linewidth())
            found.setdefault(ends, []).append(drawn)
    return found


def test_an_edge_that_passes_a_column_by_bends_and_the_others_are_straight(ax):
    draw_graph(ax, trace(f, 2.0, 3.0).named())
    bends = {ends: [rad for rad, _, _ in drawn] for ends, drawn in arrows(ax).items()}
    x, y, u, v, end = (0.0, 0.5), (0.0, -0.5), (1.0, 0.0), (2.0, 0.0), (3.0, 0.0)
    assert bends == {
        (x, u): [0.0],
        (y, u): [0.0],
        (u, v): [0.0],
        (y, v): [-0.3],
        (u, end): [-0.3],
        (v, end): [0.0],
        (x, end): [0.3],
    }


def test_an_edge_bends_to_the_side_on_which_most_of_it_lies(ax):
    def g(x, y):
        u = named("u", x * y)
        return named("g", named("a", u + y) + named("b", np.sin(u)) * named("c", np.cos(u)) * x)

    draw_graph(ax, trace(g, 2.0, 3.0).named())
    bends = {ends: [rad for rad, _, _ in drawn] for ends, drawn in arrows(ax).items()}
    x, y, a, end = (0.0, 0.5), (0.0, -0.5), (2.0, 1.0), (3.0, 0.0)
    assert bends[y, a] == [0.3]  # from below the middle to far above it
    assert bends[x, end] == [0.3]


def test_an_edge_of_two_paths_is_drawn_for_each_in_its_color(ax):
    graph = trace(f, 2.0, 3.0).named()
    x = graph.inputs[0]
    paths = graph.paths(x)
    assert [[edge.target.name for edge in path] for path in paths] == [
        ["f"],
        ["u", "f"],
        ["u", "v", "f"],
    ]
    draw_graph(ax, graph, highlight=paths)
    drawn = arrows(ax)
    shared = drawn[(0.0, 0.5), (1.0, 0.0)]
    assert [rad for rad, _, _ in shared] == [pytest.approx(-0.06), pytest.approx(0.06)]
    assert [plt.matplotlib.colors.to_hex(color) for _, color, _ in shared] == [
        color.lower() for color in COLORS[1:3]
    ]
    assert {width for _, _, width in shared} == {2.2}
    ((_, gray, width),) = drawn[(0.0, -0.5), (1.0, 0.0)]
    assert (plt.matplotlib.colors.to_hex(gray), width) == ("#8c8c8c", 1.2)


def test_a_text_stands_beside_its_node_away_from_the_middle(ax):
    draw_graph(ax, trace(f, 2.0, 3.0).named())
    beside = {
        text.xy: text.xyann for text in ax.texts if hasattr(text, "xyann") and text.get_text()
    }
    assert beside[0.0, 0.5] == (0, 17)
    assert beside[0.0, -0.5] == (0, -17)
    assert beside[1.0, 0.0] == (0, -17)


def test_a_partial_stands_on_its_edge(ax):
    draw_graph(ax, trace(f, 2.0, 3.0).named(), labels={("x", "u"): "near", ("x", "f"): "far"})
    places = {text.get_text(): text.get_position() for text in ax.texts}
    assert places["near"] == pytest.approx((0.36, 0.5 * 0.64))
    assert places["far"] == pytest.approx((1.5, 0.25 - 0.3 * 3 / 2))  # on the bend


@pytest.mark.parametrize(
    ("value", "text"), [(2.0, "2"), (-0.5, "−0.5"), (1 / 3, "0.333333"), (-1e-9, "−1e−09")]
)
def test_a_number_is_written_with_six_digits_and_a_minus_sign(ax, value, text):
    draw_graph(ax, trace(lambda x: x, value))
    assert [t.get_text() for t in ax.texts if t.get_text()] == ["$x$", text]


def by_hand(depth):
    """Return the graph of depth squares in a row."""

    def power(x):
        for _ in range(depth):
            x = x * x
        return x

    return trace(power, 1.5)


@pytest.mark.parametrize(
    ("graph", "counts"),
    [
        (by_hand(0), (0, 0, 0)),
        (by_hand(1), (0, 0, 0)),
        (by_hand(3), (2, 2, 2)),
        (trace(lambda x, y: x, 1.0, 2.0), (0, 0, 0)),
        (trace(lambda x: 3.0, 1.0), (0, 0, 0)),
        (trace(lambda x, y: (x + y) * y, 1.0, 2.0), (2, 2, 2)),
        (trace(f, 2.0, 3.0).named(), (4, 6, 7)),
    ],
)
def test_products_are_counted_but_for_those_with_one(graph, counts):
    found = multiplications(graph)
    assert (found.reverse, found.forward, found.paths) == counts


def test_products_along_paths_are_those_of_the_paths():
    graph = trace(f, 2.0, 3.0)
    for view in (graph, graph.named()):
        paths = [path for start in view.inputs for path in view.paths(start)]
        assert multiplications(view).paths == sum(len(path) - 1 for path in paths)


@pytest.mark.parametrize(
    ("function", "n", "names"),
    [
        (lambda a, b, c=1.0: a, 2, ["a", "b"]),
        (lambda a, b, /, c=1.0: a, 3, ["a", "b", "c"]),
    ],
)
def test_inputs_have_the_names_of_parameters_that_are_given_by_place(function, n, names):
    assert [node.name for node in trace(function, *[1.0] * n).inputs] == names


def test_a_cotangent_weighs_the_output_and_tangents_are_one_for_each_input():
    graph = trace(lambda x, y: x * y, np.array([1.0, 2.0]), np.array([3.0, 5.0]))
    found = backward(graph, np.array([10.0, -1.0]))
    np.testing.assert_array_equal(found[graph.inputs[0]], [30.0, -5.0])
    along = forward(graph, (np.array([1.0, 0.0]), np.array([0.0, 2.0])))
    np.testing.assert_array_equal(along[graph.output], [3.0, 4.0])
    for tangents in ([1.0, 1.0], (np.ones(2),), (np.ones(2),) * 3):
        with pytest.raises(ValueError, match="forward takes a tuple of 2 tangents"):
            forward(graph, tangents)
    with pytest.raises(ValueError, match="the cotangent has shape"):
        backward(graph, 1.0)
