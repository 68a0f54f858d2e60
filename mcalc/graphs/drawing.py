"""Computational graphs as pictures, drawn from the traced function itself."""

from __future__ import annotations

import io
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


def draw_graph(
    ax: Axes,
    graph: Graph,
    *,
    beside: Mapping[Node, str] | None = None,
    labels: Mapping[tuple[str, str], str] | None = None,
    highlight: Sequence[Sequence[Edge]] = (),
) -> Axes:
    r"""Draw a computational graph of numbers, from the inputs on the left to the output.

    Args:
        ax: Axes to draw on; its frame is hidden.
        graph: from `mcalc.trace`, or its `named` part.
        beside: text above or below each node; by default its value.
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
        t = 0.5 if skip else 0.36  # nearer to the start, where lines fan out
        x, y = (a + t * (b - a) for a, b in zip(start, end, strict=True))
        ax.text(x, y - skip * (end[0] - start[0]) / 2, label, **SMALL)
    for node, (x, y) in place.items():
        text = _number(node.value) if beside is None else beside.get(node, "")
        ax.scatter(x, y, s=620, facecolor="white", edgecolor="0.25", zorder=3)
        ax.text(x, y, f"${node.name}$", ha="center", va="center", zorder=4)
        # Edges run towards the middle line: the text stands on the other side of the node.
        up = y > 0
        lift: Any = {"xytext": (0, 17 if up else -17), "va": "bottom" if up else "top"}
        ax.annotate(text, (x, y), textcoords="offset points", **lift, **BESIDE)
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
