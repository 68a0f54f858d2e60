"""The computational graph of a NumPy function, and the two sweeps over it.

`backward` carries adjoints from the output to the inputs, `forward` tangents from the
inputs to the output; each visits every node once, in topological order.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcalc._arrays import as_point, basis, is_torch, namespace, require_shape
from mcalc._node import BRANCH, WRITE, Node, Run, mixed


@dataclass(frozen=True)
class Edge:
    """The influence of one node on another: one argument of one function.

    Attributes:
        source: the argument.
        target: the value computed from it.
        position: which argument of the function it is.
    """

    source: Node
    target: Node
    position: int

    @functools.cached_property
    def partial(self) -> Any:
        """The local partial derivative: the other arguments held fixed.

        Shape ``target.shape + source.shape``; one number between 0-d nodes.
        """
        rows = [_pull(self.target, self.position, e) for e in basis(self.target)]
        return np.reshape(np.stack(rows), self.target.shape + self.source.shape)


@dataclass(frozen=True)
class Graph:
    """What a function did to its inputs.

    Attributes:
        inputs: one node for each argument.
        output: the node that the function returned.
    """

    inputs: tuple[Node, ...]
    output: Node

    @functools.cached_property
    def nodes(self) -> tuple[Node, ...]:
        """The inputs and every node that the output depends on, in order of computation."""
        found = {self.output, *self.inputs}
        stack = [self.output]
        while stack:
            for _, parent in stack.pop().parents:
                if parent not in found:
                    found.add(parent)
                    stack.append(parent)
        return tuple(sorted(found, key=lambda node: node.index))

    @functools.cached_property
    def edges(self) -> tuple[Edge, ...]:
        """The edges between the nodes; two where a function takes the same node twice."""
        return tuple(Edge(p, node, i) for node in self.nodes for i, p in node.parents)

    def paths(self, source: Node, target: Node | None = None) -> tuple[tuple[Edge, ...], ...]:
        """Return every path from `source` to `target`, by default the output.

        By the chain rule, the derivative along all paths is the sum, over paths, of the
        product of the local partials. The number of paths can grow exponentially.

        Examples:
            >>> graph = trace(lambda x: x * x + x, 3.0)
            >>> len(graph.paths(graph.inputs[0]))
            3
        """
        target = target or self.output
        found: list[tuple[Edge, ...]] = []
        stack: list[tuple[Node, tuple[Edge, ...]]] = [(target, ())]
        while stack:
            node, path = stack.pop()
            if node is source:
                found.append(path)
                continue
            stack.extend((p, (Edge(p, node, i), *path)) for i, p in node.parents)
        return tuple(reversed(found))


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
        [1.0, 2.0, 1.0]
    """
    try:
        names = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        names = []
    graph = run(f, [as_point(x, caller="trace", name=f"argument {i}") for i, x in enumerate(args)])
    for node, name in zip(graph.inputs, names, strict=False):
        node.name = name
    return graph


def run(f: Callable[..., Any], points: list[Any], caller: str = "trace") -> Graph:
    """Trace `f` at points that have been checked."""
    if namespace(*points, caller=caller) is not np:
        raise TypeError(f"{caller} takes NumPy arrays; torch records a graph of its own")
    this = Run()
    inputs = tuple(Node(this, x, f"x{i}") for i, x in enumerate(points))
    try:
        value = f(*inputs)
    except ValueError as error:
        # NumPy raises these before it asks a node, and says nothing of derivatives.
        for said, meaning in (("truth value of an array", BRANCH), ("array element with", WRITE)):
            if said in str(error):
                raise TypeError(meaning) from error
        raise
    finally:
        this.is_open = False
    return Graph(inputs, _as_output(value, this))


def _as_output(value: Any, this: Run) -> Node:
    if isinstance(value, Node) and value.run is this:
        return value
    # Anything else does not depend on the inputs: a constant, whose derivative is zero.
    if value is None:
        raise TypeError("f returned None; does it end with return?")
    if isinstance(value, list | tuple | dict | set | str):
        raise TypeError(
            f"f returned a {type(value).__name__}; return one array, "
            "such as np.stack([...]), or differentiate the parts one by one"
        )
    if is_torch(value):
        raise TypeError(mixed("f"))
    if not isinstance(value, Node):
        value = np.asarray(value)[()]
        if value.dtype.kind not in "fiu":
            raise TypeError(f"f returned values of dtype {value.dtype}; return floats")
        value = value if value.dtype.kind == "f" else value.astype(float)
    return Node(this, value, "constant")


def _pull(node: Node, position: int, cotangent: Any) -> Any:
    assert node.rule is not None
    return node.rule.pull(position, cotangent, node.value, node.operands, dict(node.kwargs))


def sweep(graph: Graph, cotangent: Any) -> Iterator[tuple[Node, Any]]:
    """Yield each node with its adjoint, the output first; an adjoint is let go once yielded."""
    adjoints = {graph.output: cotangent}
    for node in reversed(graph.nodes):
        adjoint = adjoints.pop(node, None)
        if adjoint is None:
            continue
        for position, parent in node.parents:
            share = _pull(node, position, adjoint)
            known = adjoints.get(parent)
            adjoints[parent] = share if known is None else known + share
        yield node, adjoint


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
        >>> graph = trace(lambda x, y: (x + y) * y, 3.0, 2.0)
        >>> adjoints = backward(graph)
        >>> [float(adjoints[node]) for node in graph.inputs]
        [2.0, 7.0]
    """
    require_shape(cotangent, graph.output, caller="backward", name="cotangent", of="the output")
    if not isinstance(cotangent, Node):
        cotangent = np.asarray(cotangent, dtype=graph.output.dtype)[()]
    return dict(sweep(graph, cotangent))


def forward(graph: Graph, tangents: tuple[Any, ...]) -> dict[Node, Any]:
    """Return the tangent of every node: its derivative along `tangents` of the inputs.

    Args:
        graph: from `trace`.
        tangents: one for each input, of its shape.

    Returns:
        For each node that the inputs reach, its tangent, of the node's shape.

    Examples:
        >>> graph = trace(lambda x, y: (x + y) * y, 3.0, 2.0)
        >>> float(forward(graph, (0.0, 1.0))[graph.output])
        7.0
    """
    found = dict(zip(graph.inputs, tangents, strict=True))
    for node in graph.nodes:
        given = {i: found[parent] for i, parent in node.parents if parent in found}
        if given and node.rule is not None:
            found[node] = node.rule.push(given, node.value, node.operands, dict(node.kwargs))
    return found
