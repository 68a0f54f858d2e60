"""Computational graphs as pictures, drawn from the traced function itself."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mcalc.calculus.plotting import BLUE, GREEN, ORANGE, PURPLE
from mcalc.engine.node import Node
from mcalc.graphs.graph import Edge, Graph

COLORS = (ORANGE, BLUE, GREEN, PURPLE)
ARROW: Any = {"arrowstyle": "-|>", "shrinkA": 14, "shrinkB": 14}
BOX: Any = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none"}
SMALL: Any = {"ha": "center", "va": "center", "fontsize": 9, "bbox": BOX}
BESIDE: Any = {"ha": "center", "fontsize": 9, "bbox": BOX, "zorder": 4}
ALONG = (0.36, 0.3, 0.42, 0.24, 0.48, 0.54, 0.6, 0.66)
"""Where on its edge a label may stand: first nearer to the start, where lines fan out."""
ROOM = 0.15
"""How far a label stays from other edges and labels, in distances between columns."""

Point = tuple[float, float]


def draw_graph(
    ax: Axes,
    graph: Graph,
    *,
    beside: Mapping[Node, str] | None = None,
    below: Mapping[Node, str] | None = None,
    labels: Mapping[tuple[str, str], str] | None = None,
    highlight: Sequence[Sequence[Edge]] = (),
) -> Axes:
    r"""Draw a computational graph of numbers, from the inputs on the left to the output.

    Args:
        ax: Axes to draw on; its frame is hidden.
        graph: from `mcalc.trace`, or its `named` part.
        beside: text above or below each node; by default its value.
        below: a second text, below each node, such as the derivative of the output; the first
            then stands above all nodes, and the two have colors of their own.
        labels: text on the edges, by the names of their ends; by default the local partial.
        highlight: paths, from ``Graph.paths``, each drawn in a color of its own.

    Returns:
        The Axes.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> from mcalc import trace
        >>> graph = trace(lambda x, y: x * y + x, 2.0, 3.0)
        >>> ax = draw_graph(plt.figure().subplots(), graph)
        >>> sorted(filter(None, (text.get_text() for text in ax.texts)))[:3]
        ['$add$', '$multiply$', '$x$']
        >>> plt.close()
    """
    place = _places(graph)
    straight = {e: line for e in graph.edges if (line := _line(e, place))[1][0] - line[0][0] <= 1}
    taken: list[Point] = []
    for edge in graph.edges:
        start, end = place[edge.source], place[edge.target]
        label = _number(edge.partial) if labels is None else labels.get(_ends(edge), "")
        colors = [c for c, path in zip(COLORS, highlight, strict=False) if edge in path]
        # An edge that passes a column by bends to the middle, where no node stands.
        skip = 0.3 * (1 if start[1] + end[1] > 0 else -1) if end[0] - start[0] > 1 else 0.0
        for k, color in enumerate(colors or ["0.55"]):
            bend = skip + 0.12 * (k - (len(colors) - 1) / 2) * (len(colors) > 1)
            width = 2.2 if colors else 1.2
            arrow = {**ARROW, "color": color, "linewidth": width}
            ax.annotate("", end, start, arrowprops={**arrow, "connectionstyle": f"arc3,rad={bend}"})
        others = [line for other, line in straight.items() if other is not edge]
        x, y = _on((start, end), 0.5) if skip else _free((start, end), others, taken)
        if label:
            taken.append((x, y))
        ax.text(x, y - skip * (end[0] - start[0]) / 2, label, **SMALL)
    for node, (x, y) in place.items():
        text = _number(node.value) if beside is None else beside.get(node, "")
        ax.scatter(x, y, s=620, facecolor="white", edgecolor="0.25", zorder=3)
        ax.text(x, y, f"${node.name}$", ha="center", va="center", zorder=4)
        # Edges run towards the middle line: the text stands on the other side of the node.
        up = y > 0 or below is not None
        _beside(ax, text, (x, y), up=up, **({} if below is None else {"color": BLUE}))
        if below is not None:
            _beside(ax, below.get(node, ""), (x, y), up=False, color=ORANGE)
    xs, ys = zip(*place.values(), strict=True)
    ax.set(xlim=(min(xs) - 0.4, max(xs) + 0.4), ylim=(min(ys) - 0.6, max(ys) + 0.6))
    ax.set_axis_off()
    return ax


def as_svg(graph: Graph) -> str:
    """Return a drawing of a graph, also of arrays, as the text of an SVG picture."""
    xs, ys = zip(*_places(graph).values(), strict=True)
    figure = Figure(figsize=(1.6 * (max(xs) + 1.5), 0.9 * (max(ys) - min(ys) + 2)))
    arrays = any(node.ndim for node in graph.nodes)  # whose partials are too large to show
    draw_graph(figure.subplots(), graph, labels={} if arrays else None)
    written = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "mcalc"}):  # the same graph, the same text
        figure.savefig(written, format="svg", bbox_inches="tight", metadata={"Date": None})
    return written.getvalue()


def _beside(ax: Axes, text: str, at: Point, *, up: bool, **style: Any) -> None:
    lift: Any = {"xytext": (0, 17 if up else -17), "va": "bottom" if up else "top"}
    ax.annotate(text, at, textcoords="offset points", **lift, **BESIDE, **style)


def _line(edge: Edge, place: Mapping[Node, Point]) -> tuple[Point, Point]:
    return place[edge.source], place[edge.target]


def _on(line: tuple[Point, Point], t: float) -> Point:
    (a, b), (c, d) = line
    return a + t * (c - a), b + t * (d - b)


def _free(
    line: tuple[Point, Point], others: Sequence[tuple[Point, Point]], taken: Sequence[Point]
) -> Point:
    """Return a place on a line that is far enough from the others, or else the farthest."""

    def room(t: float) -> float:
        at = _on(line, t)
        near = [math.dist(at, point) for point in taken]
        return min([ROOM, *near, *(_distance(at, other) for other in others)])

    return _on(line, max(ALONG, key=room))


def _distance(at: Point, line: tuple[Point, Point]) -> float:
    (a, b), (c, d) = line
    along = ((at[0] - a) * (c - a) + (at[1] - b) * (d - b)) / math.dist(*line) ** 2
    return math.dist(at, _on(line, min(1.0, max(0.0, along))))


def _number(x: Any) -> str:
    if x.shape:
        return " \N{MULTIPLICATION SIGN} ".join(map(str, x.shape))
    return f"{float(x):g}".replace("-", "\N{MINUS SIGN}")


def _ends(edge: Edge) -> tuple[str, str]:
    return edge.source.name, edge.target.name


def _places(graph: Graph) -> dict[Node, tuple[float, float]]:
    """Return where each node stands: a column for each distance from the inputs."""
    column = dict.fromkeys(graph.nodes, 0)
    for edge in graph.edges:
        column[edge.target] = max(column[edge.target], column[edge.source] + 1)
    members: dict[int, list[Node]] = {}
    for node, x in column.items():
        members.setdefault(x, []).append(node)
    return {
        node: (float(x), (len(nodes) - 1) / 2 - row)
        for x, nodes in members.items()
        for row, node in enumerate(nodes)
    }
