"""The two sweeps over a graph, and what each of them costs.

`backward` carries adjoints from the output to the inputs, `forward` tangents from the
inputs to the output; each visits every node once, in topological order.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcalc._arrays import as_direction, is_fresh, own
from mcalc._batch import Batch, over_batch
from mcalc._node import Node
from mcalc.graph import Graph


def sweep_back(order: list[Any], output: Any, cotangent: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each vertex with its adjoint, the output first.

    Args:
        order: the vertices, nodes or records, in order of computation. The list is emptied:
            vertices that nothing else holds are let go as the sweep passes them, and so are
            the adjoints.
        output: the vertex that is differentiated.
        cotangent: its adjoint.
    """
    adjoints = {output: cotangent}
    while order:
        vertex = order.pop()
        adjoint = adjoints.pop(vertex, None)
        if adjoint is None:
            continue
        rule, value, operands, kwargs = vertex.rule, vertex.value, vertex.operands, vertex.kwargs
        value = vertex if value is None else value
        pull = rule and (_over(adjoint, rule.pull) if type(adjoint) is Batch else rule.pull)
        for position, parent in vertex.parents:
            known = adjoints.pop(parent, None)
            if known is None:
                known = pull(position, adjoint, value, operands, kwargs)
            elif type(adjoint) is not np.ndarray or not is_fresh(known):
                known = known + pull(position, adjoint, value, operands, kwargs)
            elif rule.add is not None and known.dtype == adjoint.dtype:
                rule.add(known, adjoint, *operands, **kwargs)
            else:
                share = pull(position, adjoint, value, operands, kwargs)
                if type(share) is np.ndarray and share.dtype == known.dtype:
                    known += share
                else:
                    known = known + share
                share = None
            adjoints[parent] = known
        known = None  # which would be a second holder of an adjoint
        yield vertex, adjoint


def _over(x: Any, rule: Any) -> Any:
    """Return a pull or a push for what is as `x` is: a batch or not."""
    return functools.partial(over_batch, rule) if type(x) is Batch else rule


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


def sweep_forward(order: Iterable[Any], tangents: dict[Any, Any]) -> dict[Any, Any]:
    """Return the tangent of each vertex that the inputs reach, in order of computation."""
    found = dict(tangents)
    for vertex in order:
        given = {i: found[parent] for i, parent in vertex.parents if parent in found}
        if given:
            value = vertex if vertex.value is None else vertex.value
            push = _over(next(iter(given.values())), vertex.rule.push)
            found[vertex] = push(given, value, vertex.operands, vertex.kwargs)
    return found


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
