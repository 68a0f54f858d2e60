"""The explorables of `mcalc.explore`, one function each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcalc.backends.typing import ScalarField
from mcalc.engine.derivatives import grad
from mcalc.explorables.javascript import jscode
from mcalc.graphs.drawing import _places
from mcalc.graphs.graph import Graph, backward
from mcalc.programs import program

Limits = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Explorable:
    """A figure to take hold of: what a page needs to show it.

    In a cell it stands last, in the place of ``plt.show()``: the current figure of Matplotlib is
    shown, and is what there is on paper and in a notebook. The build of the book reads the rest
    from the metadata of the output.

    Attributes:
        kind: which one it is, such as ``"descent"``.
        data: numbers and texts, nothing but what JSON holds.
        functions: JavaScript functions by name, from `mcalc.jscode`.
    """

    kind: str
    data: Mapping[str, Any]
    functions: Mapping[str, str]

    def _ipython_display_(self) -> None:
        """Show the current figure of Matplotlib, and hand this one over in its metadata."""
        import matplotlib.pyplot as plt
        from IPython.display import display

        if not plt.get_fignums():
            raise RuntimeError(
                f"there is no figure to take the place of {self.kind} on paper; draw one in this "
                "cell, and leave out plt.show()"
            )
        record = {"kind": self.kind, "data": self.data, "functions": self.functions}
        figure = plt.gcf()
        display(figure, metadata={"explorable": record})  # type: ignore[no-untyped-call]
        plt.close(figure)


def tangent_plane(
    f: ScalarField,
    *,
    xlim: Limits,
    ylim: Limits,
    start: Sequence[float],
    levels: Sequence[float],
    scale: float = 1.0,
    names: Sequence[str] = ("x", "y"),
) -> Explorable:
    """Return level curves with a point to drag, its gradient and the tangent plane there.

    Args:
        f: scalar function of the two numbers of a point, ``p[0]`` and ``p[1]``.
        xlim: ends of the first axis.
        ylim: ends of the second axis.
        start: where the point is at first, shape ``(2,)``.
        levels: values of the level curves.
        scale: how long the arrow of a slope of 1 is.
        names: names of the axes.

    Returns:
        The explorable.

    Examples:
        >>> bowl = lambda p: p[0] ** 2 + p[1] ** 2
        >>> square = {"xlim": (-1.0, 1.0), "ylim": (-1.0, 1.0)}
        >>> tangent_plane(bowl, **square, start=(0.5, 0.5), levels=[0.5, 1.0]).kind
        'tangent_plane'
    """
    data = _map(xlim, ylim, names, levels, p=_numbers(start)) | {"scale": float(scale)}
    return Explorable("tangent_plane", data, {"f": _program(f)})


def descent(
    losses: Mapping[str, ScalarField],
    *,
    xlim: Limits,
    ylim: Limits,
    start: Sequence[float],
    levels: Sequence[float],
    rates: Limits,
    rate: float,
    momentum: float = 0.9,
    steps: int = 60,
    scale: float = 0.0,
    names: Sequence[str] = ("w₁", "w₂"),
) -> Explorable:
    """Return gradient descent from a point to drag, with a slider for the learning rate.

    Args:
        losses: named functions of the two numbers of a point, whose smallest value is 0.
        xlim: ends of the first axis.
        ylim: ends of the second axis.
        start: where the descent begins at first, shape ``(2,)``.
        levels: values of the level curves.
        rates: ends of the slider, larger than 0; its scale is logarithmic.
        rate: the learning rate at first.
        momentum: what part of the last step is kept, once momentum is switched on.
        steps: how many steps are made.
        scale: how long the arrow of a gradient of length 1 is; with 0, none is drawn.
        names: names of the axes.

    Returns:
        The explorable.

    Examples:
        >>> losses = {"bowl": lambda w: w[0] ** 2 + w[1] ** 2}
        >>> square = {"xlim": (-1.0, 1.0), "ylim": (-1.0, 1.0), "levels": [0.5]}
        >>> descent(losses, **square, start=(1, 0), rates=(0.01, 1), rate=0.1).data["exponents"]
        [-2.0, 0.0]
    """
    functions = {name: _program(f) for name, f in losses.items()}
    state = {"exponent": math.log10(rate), "beta": 0.0, "name": next(iter(losses))}
    data = _map(xlim, ylim, names, levels, p=_numbers(start), **state)
    data |= {"exponents": [math.log10(x) for x in rates], "momentum": float(momentum)}
    data |= {"steps": int(steps), "scale": float(scale)}
    return Explorable("descent", data, functions)


def newton(
    f: ScalarField,
    *,
    xlim: Limits,
    ylim: Limits,
    start: Sequence[float],
    levels: Sequence[float],
    names: Sequence[str] = ("x", "y"),
) -> Explorable:
    """Return Newton's steps from a point to drag, with the quadratic model there.

    Args:
        f: scalar function of the two numbers of a point, ``p[0]`` and ``p[1]``.
        xlim: ends of the first axis.
        ylim: ends of the second axis.
        start: where the point is at first, shape ``(2,)``.
        levels: values of the level curves.
        names: names of the axes.

    Returns:
        The explorable.

    Examples:
        >>> bowl = lambda p: p[0] ** 2 + 2 * p[1] ** 2
        >>> square = {"xlim": (-1.0, 1.0), "ylim": (-1.0, 1.0), "levels": [0.5]}
        >>> sorted(newton(bowl, **square, start=(0.5, 0.5)).functions)
        ['f', 'f_x', 'f_y']
    """
    data = _map(xlim, ylim, names, levels, p=_numbers(start))
    return Explorable("newton", data, _with_second(f))


def unit_balls(
    norms: Mapping[str, tuple[ScalarField, ScalarField]], *, gradient: Sequence[float]
) -> Explorable:
    """Return unit balls with the direction of steepest descent in each, as the gradient turns.

    The steepest direction of length 1 by a norm is the one against the gradient of its dual norm.

    Args:
        norms: named pairs, each a norm of a step and its dual norm of a gradient, functions of the
            two numbers of a vector.
        gradient: the gradient at first, shape ``(2,)``.

    Returns:
        The explorable.

    Examples:
        >>> import numpy as np
        >>> length = lambda v: np.sqrt(v[0] ** 2 + v[1] ** 2)
        >>> sorted(unit_balls({"2": (length, length)}, gradient=(3, 4)).functions)
        ['dual 2', 'norm 2']
    """
    functions: dict[str, str] = {}
    for name, (norm, dual) in norms.items():
        functions |= {f"norm {name}": _program(norm), f"dual {name}": _program(dual)}
    turn = math.degrees(math.atan2(gradient[1], gradient[0]))
    data = _map((-1.6, 1.6), (-1.6, 1.6), ("v₁", "v₂"), turn=turn)
    data |= {"norms": list(norms), "length": math.hypot(*gradient)}
    return Explorable("unit_balls", data, functions)


def eigen_directions(
    *, eigenvalues: Sequence[float], angle: float, largest: float = 4.0
) -> Explorable:
    r"""Return the level curves of a quadratic, with sliders for its eigenvalues and their angle.

    The quadratic is ½ (λ₁ u² + λ₂ v²), where u and v are what (x, y) has along two directions at
    right angles, the first of which stands at `angle` to the x-axis.

    Args:
        eigenvalues: those of the Hessian at first, shape ``(2,)``.
        angle: of the first eigen-direction at first, in degrees.
        largest: end of the sliders of the eigenvalues.

    Returns:
        The explorable.

    Examples:
        >>> eigen_directions(eigenvalues=(1, 4), angle=30).data["first"]
        {'first': 1.0, 'second': 4.0, 'turn': 30.0}
    """
    first, second = _numbers(eigenvalues)
    levels = (-8, -4, -2, -1, -0.5, 0.5, 1, 2, 4, 8)
    state = {"first": first, "second": second, "turn": float(angle)}
    data = _map((-2, 2), (-2, 2), ("x", "y"), levels, **state) | {"largest": float(largest)}
    return Explorable("eigen_directions", data, _with_second(_quadratic, 1.0, 1.0, 1.0))


def sweeps(graph: Graph) -> Explorable:
    """Return a computational graph to step through, forward and backward, one node at a time.

    Args:
        graph: of numbers, from `mcalc.trace`, or its `named` part.

    Returns:
        The explorable.

    Raises:
        ValueError: if a node is not a single number.

    Examples:
        >>> from mcalc import trace
        >>> graph = trace(lambda x, y: x * y + x, 2.0, 3.0)
        >>> [step["says"] for step in sweeps(graph).data["steps"]][2:4]
        ['Forward: multiply = 6, ∂multiply/∂x = 3, ∂multiply/∂y = 2', 'Forward: add = 8, ...]
    """
    if arrays := [node.name for node in graph.nodes if node.ndim]:
        raise ValueError(f"sweeps shows graphs of numbers, but {arrays[0]} is an array")
    places, adjoints = _places(graph), backward(graph)
    order = {node: i for i, node in enumerate(graph.nodes)}
    nodes = [
        {
            "name": node.name,
            "at": places[node],
            "value": _shown(node.value),
            "adjoint": _shown(adjoints.get(node, 0.0)),
        }
        for node in graph.nodes
    ]
    edges = [(order[e.source], order[e.target], _shown(e.partial)) for e in graph.edges]
    xs, ys = zip(*places.values(), strict=True)
    limits = (min(xs) - 0.4, max(xs) + 0.4), (min(ys) - 0.6, max(ys) + 0.6)
    data = _map(*limits, names=(), k=0) | {"nodes": nodes, "edges": edges}
    return Explorable("sweeps", data | {"steps": _steps(nodes, edges)}, {})


def _steps(
    nodes: Sequence[Mapping[str, Any]], edges: Sequence[tuple[int, int, str]]
) -> list[dict[str, Any]]:
    """Return what each step does: which nodes get their numbers, by which edges, and its words."""
    names = [node["name"] for node in nodes]
    into: list[list[int]] = [[] for _ in nodes]
    out: list[list[int]] = [[] for _ in nodes]
    for k, (source, target, _) in enumerate(edges):
        into[target].append(k)
        out[source].append(k)
    steps: list[dict[str, Any]] = [{"done": [], "used": [], "says": "Forward first: press Next"}]
    inputs = [i for i, edges_in in enumerate(into) if not edges_in]
    for done in [inputs, *([i] for i, edges_in in enumerate(into) if edges_in)]:
        used = [k for i in done for k in into[i]]
        texts = [f"{names[i]} = {nodes[i]['value']}" for i in done]
        texts += [f"∂{names[t]}/∂{names[s]} = {d}" for s, t, d in map(edges.__getitem__, used)]
        steps.append({"done": done, "used": used, "says": f"Forward: {', '.join(texts)}"})
    for i in reversed(range(len(nodes))):
        shares = [
            "·".join(f"({x})" if x.startswith("−") else x for x in (d, nodes[t]["adjoint"]))
            for _, t, d in map(edges.__getitem__, out[i])
        ]
        equal = " = ".join(filter(None, [" + ".join(shares), nodes[i]["adjoint"]]))
        says = f"Backward: ∂{names[-1]}/∂{names[i]} = {equal}"
        steps.append({"done": [i], "used": out[i], "says": says, "back": True})
    return steps


def _shown(x: Any) -> str:
    """Return a number with three digits, an integer with all, as the scripts show them."""
    number = 0.0 if abs(x) < 1e-9 else float(x)
    whole = number % 1 == 0 and abs(number) < 1e7
    return f"{number if whole else float(f'{number:.3g}'):.7g}".replace("-", "−")


def _quadratic(p: Any, first: Any, second: Any, angle: Any) -> Any:
    c, s = np.cos(angle), np.sin(angle)
    u, v = c * p[0] + s * p[1], c * p[1] - s * p[0]
    return (first * u**2 + second * v**2) / 2


def _of_numbers(f: ScalarField) -> Callable[..., Any]:
    return lambda x, y, *rest: f((x, y), *rest)


def _program(f: ScalarField, *rest: float) -> str:
    """Return the JavaScript of a function of a point, as one of two numbers."""
    return _written(_of_numbers(f), *rest)


def _with_second(f: ScalarField, *rest: float) -> dict[str, str]:
    """Return the programs of `f` and of its two slopes, which hold the Hessian."""
    g = _of_numbers(f)
    functions = {"f": g, "f_x": grad(g, argnums=0), "f_y": grad(g, argnums=1)}
    return {name: _written(function, *rest) for name, function in functions.items()}


def _written(f: Callable[..., Any], *rest: float) -> str:
    return jscode(program(f, 0.6, 0.8, *rest, argnums=(0, 1)))


def _map(
    xlim: Limits,
    ylim: Limits,
    names: Sequence[str],
    levels: Sequence[float] = (),
    **first: Any,
) -> dict[str, Any]:
    """Return what each of them has: the plane on which it is drawn, and its state at first."""
    limits = [_numbers(xlim), _numbers(ylim)]
    return {"limits": limits, "names": list(names), "levels": _numbers(levels), "first": first}


def _numbers(x: Sequence[float]) -> list[float]:
    return [float(value) for value in x]
