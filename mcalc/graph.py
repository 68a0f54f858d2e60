"""The computational graph of a NumPy function: what depended on what, and how strongly.

`trace` runs a function and keeps everything; `Graph.named` keeps the values that were given
a name, so that a graph can be read with the letters of a formula.
"""

from __future__ import annotations

import functools
import heapq
import math
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from mcalc._arrays import basis
from mcalc._node import Node
from mcalc._run import in_order

T = TypeVar("T")


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
        pending = {target: cotangent}
        order = [(-target.index, target)]
        found = {}
        while order:
            node = heapq.heappop(order)[1]
            adjoint = pending.pop(node)
            if node is not target and self.shows(node):
                found[node] = adjoint
                continue
            for position, parent in node.parents:
                share = node.pull(position, adjoint)
                if parent in pending:
                    pending[parent] = pending[parent] + share
                else:
                    pending[parent] = share
                    heapq.heappush(order, (-parent.index, parent))
        return found

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
        found: list[Node] = []
        seen = {target}
        stack = [target]
        while stack:
            for _, parent in reversed(stack.pop().parents):
                if parent in seen:
                    continue
                seen.add(parent)
                (found if self.shows(parent) else stack).append(parent)
        return sorted(found, key=lambda node: node.index)


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
    node: Any = value
    while isinstance(node, Node):
        if node.rule is not None:
            node.label = name
        node = node.value
    return value
