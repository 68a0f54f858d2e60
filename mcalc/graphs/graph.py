"""The computational graph of a NumPy function: what depended on what, and how strongly.

`trace` runs a function and keeps everything; `Graph.named` keeps the values that were given
a name, so that a graph can be read with the letters of a formula. `backward` and `forward` are
the two sweeps over a graph, and `multiplications` counts what each of them costs.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from mcalc.backends.arrays import as_direction, as_point, basis, namespace, own, require_function
from mcalc.engine.node import Node
from mcalc.engine.record import Tracer
from mcalc.engine.run import run
from mcalc.engine.sweeps import in_order, sweep_back, sweep_forward

T = TypeVar("T")


class Vertex:
    """A node as a sweep visits it, with parents of one's own choice.

    Attributes:
        node: the node.
        parents: pairs (position, vertex) of the arguments that the sweep goes on to.
    """

    __slots__ = ("node", "parents")

    def __init__(self, node: Node, parents: tuple[tuple[int, Any], ...]) -> None:
        self.node, self.parents = node, parents

    def pull(self, position: int, cotangent: Any) -> Any:
        """Return the cotangent of the argument at `position`, from one of this node."""
        return self.node.pull(position, cotangent)


@dataclass(frozen=True, eq=False)
class Edge:
    """The direct influence of one node on another.

    Attributes:
        source: the node that is depended on.
        target: the node that depends on it.
        graph: the graph that says which nodes are held fixed.
    """

    source: Node
    target: Node
    graph: Graph = field(repr=False)

    @functools.cached_property
    def partial(self) -> Any:
        """The local partial derivative, the other nodes that `target` depends on held fixed.

        Shape ``target.shape + source.shape``; one number between 0-d nodes.
        """
        rows = [self.graph.shares(self.target, e)[self.source] for e in basis(self.target)]
        return np.reshape(np.stack(rows), self.target.shape + self.source.shape)[()]


@dataclass(frozen=True, eq=False)
class Graph:
    """What a function did to its inputs.

    Attributes:
        inputs: one node for each argument.
        output: the node that the function returned.
        kept: the nodes that the graph shows; None for all.
    """

    inputs: tuple[Node, ...]
    output: Node
    kept: frozenset[Node] | None = None

    @functools.cached_property
    def tape(self) -> tuple[Node, ...]:
        """The inputs and all that the output depends on, in order of computation."""
        return tuple(in_order(self.output, self.inputs))

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The nodes that the graph shows, in order of computation."""
        return tuple(node for node in self.tape if self.shows(node))

    @functools.cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The direct influences between the nodes, by target, in order of computation."""
        return tuple(Edge(s, node, self) for node in self.nodes for s in self._sources(node))

    def shows(self, node: Node) -> bool:
        """Tell whether the graph shows `node`."""
        return self.kept is None or node in self.kept

    def named(self) -> Graph:
        """Return the graph of the inputs, the output and the values that have been `named`.

        Examples:
            >>> from mcalc import trace
            >>> def f(x, y):
            ...     u = named("u", x + 2 * y)
            ...     return named("f", u * u)
            >>> graph = trace(f, 1.0, 3.0).named()
            >>> [(e.source.name, e.target.name, float(e.partial)) for e in graph.edges]
            [('x', 'u', 1.0), ('y', 'u', 2.0), ('u', 'f', 14.0)]
        """
        kept = {node for node in self.tape if node.label is not None}
        return Graph(self.inputs, self.output, frozenset({*kept, *self.inputs, self.output}))

    def shares(self, target: Node, cotangent: Any) -> dict[Node, Any]:
        """Carry a cotangent of `target` back to the nodes that it depends on directly."""
        vertices: dict[Node, Vertex] = {}
        for node in self._up_to(target):
            ends = node is not target and self.shows(node)
            parents = () if ends else tuple([(i, vertices[p]) for i, p in node.parents])
            vertices[node] = Vertex(node, parents)
        swept = sweep_back(list(vertices.values()), vertices[target], cotangent)
        return {v.node: share for v, share in swept if v.node is not target and self.shows(v.node)}

    def paths(self, source: Node, target: Node | None = None) -> tuple[tuple[Edge, ...], ...]:
        """Return every path from `source` to `target`, by default the output.

        The number of paths can grow exponentially with the number of nodes.

        Examples:
            >>> from mcalc import trace
            >>> graph = trace(lambda x: x * x + x, 3.0)
            >>> paths = graph.paths(graph.inputs[0])
            >>> [[float(edge.partial) for edge in path] for path in paths]
            [[1.0], [6.0, 1.0]]
        """
        into: dict[Node, list[Edge]] = {}
        for edge in self.edges:
            into.setdefault(edge.target, []).append(edge)
        found: list[tuple[Edge, ...]] = []
        stack: list[tuple[Node, tuple[Edge, ...]]] = [(target or self.output, ())]
        while stack:
            node, path = stack.pop()
            if node is source:
                found.append(path)
            else:
                stack.extend((e.source, (e, *path)) for e in reversed(into.get(node, [])))
        return tuple(found)

    def path_sum(self, source: Node, target: Node | None = None) -> float:
        """Return the sum over paths of the product of the local partials along each.

        By the chain rule this is the derivative of `target`, by default the output, by `source`.

        Raises:
            ValueError: if a node on the way is not a single number.

        Examples:
            >>> from mcalc import trace
            >>> graph = trace(lambda x: x * x + x, 3.0)
            >>> graph.path_sum(graph.inputs[0])
            7.0
        """
        paths = self.paths(source, target)
        for edge in {edge for path in paths for edge in path}:
            if edge.target.ndim or edge.source.ndim:
                raise ValueError(
                    f"path_sum is for graphs of numbers, but {edge.target.name} depends on "
                    f"{edge.source.name} through an array; use backward"
                )
        return math.fsum(math.prod(float(edge.partial) for edge in path) for path in paths)

    def _sources(self, target: Node) -> list[Node]:
        return [n for n in self._up_to(target) if n is not target and self.shows(n)]

    def _up_to(self, target: Node) -> list[Node]:
        """Return `target`, the nodes that it depends on directly, and those between, in order."""
        found, stack = {target}, [target]
        while stack:
            for _, parent in stack.pop().parents:
                if parent not in found:
                    found.add(parent)
                    if not self.shows(parent):
                        stack.append(parent)
        return sorted(found, key=lambda node: node.index)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return what a notebook shows: the steps, or a drawing of few, where matplotlib is."""
        nodes = self.nodes
        shown = {"text/plain": "\n".join(map(self._line, nodes))}
        if len(nodes) <= SMALL:
            with contextlib.suppress(ImportError):
                from mcalc.graphs.drawing import as_svg

                shown["image/svg+xml"] = as_svg(self)
        return shown

    def _line(self, node: Node) -> str:
        made = ", ".join(source.name for source in self._sources(node))
        how = f" = {node.rule.name if self.kept is None else 'function'}({made})" if made else ""
        is_number = issubclass(type(node.value), np.generic)
        what = f"{node.value:g}" if is_number else f"{node.dtype} of shape {node.shape}"
        return f"{node.name}{how}: {what}"


SMALL = 30  # a drawing of more nodes could not be read


def named(name: str, value: T) -> T:
    """Name a value inside a function that will be traced; the value is returned as it is.

    Args:
        name: the letter that stands for the value in a formula.
        value: a traced value, or anything else, for which nothing happens.

    Returns:
        The value.

    Examples:
        >>> from mcalc import trace
        >>> graph = trace(lambda x: named("u", x * x) + 1.0, 3.0)
        >>> [node.name for node in graph.named().nodes]
        ['x', 'u', 'add']
    """
    tracer: Any = value
    while isinstance(tracer, Tracer):
        tracer.label = name
        tracer = tracer.value
    return value


def trace(f: Callable[..., Any], *args: Any) -> Graph:
    """Run `f` on NumPy arrays and return the graph of what it did.

    Args:
        f: function of arrays.
        args: its arguments, floating-point arrays or floats.

    Returns:
        The graph; its inputs bear the names of f's parameters.

    Raises:
        TypeError: for input that cannot be differentiated at, or code that drops the graph.

    Examples:
        >>> import numpy as np
        >>> graph = trace(lambda x, y: np.exp(x) * y, 0.0, 2.0)
        >>> [node.name for node in graph.nodes]
        ['x', 'y', 'exp', 'multiply']
        >>> float(graph.output.value)
        2.0
        >>> [float(edge.partial) for edge in graph.edges]
        [1.0, 1.0, 2.0]
    """
    require_function(f, caller="trace")
    points = [as_point(x, caller="trace", name=f"argument {i}") for i, x in enumerate(args)]
    if namespace(*points, caller="trace") is not np:
        raise TypeError("trace takes NumPy arrays; torch records a graph of its own")
    inputs, output = run(f, points)
    for node, name in zip(inputs, parameters(f, len(inputs)), strict=True):
        node.label = name
    return Graph(inputs, output)


def parameters(f: Callable[..., Any], n: int) -> list[str]:
    """Return the names of the first n parameters of `f`, or x0, x1 and so on."""
    try:
        found = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        found = []
    named = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [*named, *(f"x{i}" for i in range(len(named), n))][:n]


def backward(graph: Graph, cotangent: Any = 1.0) -> dict[Node, Any]:
    """Return the adjoint of every node: the derivative of the output by it, along all paths.

    Args:
        graph: from `trace`.
        cotangent: weights of the output, of its shape; 1 for a scalar output.

    Returns:
        For each node that the output depends on, its adjoint, of the node's shape.

    Raises:
        ValueError: if the cotangent has not the shape of the output.

    Examples:
        >>> from mcalc import trace
        >>> graph = trace(lambda x, y: (x + y) * y, 3.0, 2.0)
        >>> adjoints = backward(graph)
        >>> [float(adjoints[node]) for node in graph.inputs]
        [2.0, 7.0]
    """
    names = {"caller": "backward", "name": "the cotangent", "of": "the output"}
    given = as_direction(cotangent, graph.output, **names)
    order = list(graph.tape)
    return {node: own(adjoint) for node, adjoint in sweep_back(order, graph.output, given)}


def forward(graph: Graph, tangents: tuple[Any, ...]) -> dict[Node, Any]:
    """Return the tangent of every node: its derivative along `tangents` of the inputs.

    Args:
        graph: from `trace`.
        tangents: one for each input, of its shape.

    Returns:
        For each node that the inputs reach, its tangent, of the node's shape.

    Raises:
        ValueError: if the tangents have not the shapes of the inputs.

    Examples:
        >>> from mcalc import trace
        >>> graph = trace(lambda x, y: (x + y) * y, 3.0, 2.0)
        >>> float(forward(graph, (0.0, 1.0))[graph.output])
        7.0
    """
    if not isinstance(tangents, tuple) or len(tangents) != len(graph.inputs):
        raise ValueError(f"forward takes a tuple of {len(graph.inputs)} tangents, not {tangents!r}")
    given = {}
    for node, t in zip(graph.inputs, tangents, strict=True):
        of = f"the input {node.name}"
        given[node] = as_direction(t, node, caller="forward", name="the tangent", of=of)
    found = sweep_forward(graph.tape, given)
    return {node: own(tangent) for node, tangent in found.items()}


@dataclass(frozen=True)
class Multiplications:
    """How many products of local partials it takes to differentiate by every input.

    Attributes:
        reverse: by one backward sweep.
        forward: by one forward sweep for each input.
        paths: by multiplying along each path from each input.
    """

    reverse: int
    forward: int
    paths: int


def multiplications(graph: Graph) -> Multiplications:
    """Count the multiplications of local partials that three ways of the chain rule need.

    A sweep multiplies once on each edge, but for those at its start, where it multiplies by 1;
    a path of k edges takes k − 1 products.

    Args:
        graph: from `trace`, or its `named` part.

    Returns:
        The counts.

    Examples:
        >>> from mcalc import trace
        >>> multiplications(trace(lambda x, y, z: ((x + y) * (x + z)) ** 2, 2.0, 3.0, 4.0))
        Multiplications(reverse=6, forward=7, paths=8)
    """
    reverse = sum(edge.target is not graph.output for edge in graph.edges)
    forward = along_paths = 0
    for start in graph.inputs:
        paths = {start: (1, 0)}  # for each node reached: number of paths, their edges together
        for edge in graph.edges:
            if edge.source in paths:
                forward += edge.source is not start
                (n, length), (m, total) = paths[edge.source], paths.get(edge.target, (0, 0))
                paths[edge.target] = (n + m, length + n + total)
        count, edges = paths.get(graph.output, (0, 0))
        along_paths += edges - count if graph.output is not start else 0
    return Multiplications(reverse, forward, along_paths)
