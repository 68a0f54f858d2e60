"""The backward sweep over variables: its recording is the program of the derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc.engine.node import Node
from mcalc.engine.sweeps import sweep_back
from mcalc.graphs.graph import Graph, Vertex, trace
from mcalc.programs._names import Names
from mcalc.programs._variable import Variable
from mcalc.programs._write import LARGE


def value_and_gradients(
    f: Callable[..., Any], inputs: list[Any], places: list[int], names: Names
) -> list[tuple[Any, str]]:
    """Return the value of `f` and its gradients, variables or constants, each with a name.

    Args:
        f: scalar function.
        inputs: its arguments; those at `places` are variables.
        places: where the arguments stand by which it is differentiated.
        names: the names in use, among them those of the inputs.
    """
    apart: list[Variable] = []  # a value that does not depend on the arguments at `places`

    def restricted(*moving: Any) -> Any:
        full = list(inputs)
        for place, x in zip(places, moving, strict=True):
            full[place] = x
        value = f(*full)
        if isinstance(value, Variable):
            apart.append(value)
            return np.zeros(value.shape)
        return value

    graph = trace(restricted, *[inputs[k] for k in places])
    value = apart[0] if apart else graph.output.value
    if value.shape != ():
        raise TypeError(f"program needs a scalar f, but f(x) has shape {tuple(value.shape)}")
    for node in graph.tape:
        if node.rule is not None and node.label:
            _label(node.value, names, node.label)
    _label(value, names, "f")
    output = value.labels[0] if isinstance(value, Variable) else "f"
    found = _sweep(graph, output, names)
    outputs = [(value, output)]
    for node in graph.inputs:
        g = found.get(node, None)
        g = np.zeros(node.shape, node.dtype)[()] if g is None else g
        g = g if g.dtype == node.dtype else g.astype(node.dtype)
        outputs.append((g, f"d{output}_d{node.value.labels[0]}"))
    return outputs


def _label(x: Any, names: Names, wish: str) -> None:
    if isinstance(x, Variable) and not x.labels:
        x.labels.append(names.new(wish))


class _Vertex(Vertex):
    """A vertex that notes what it gives to its parents."""

    __slots__ = ("given", "name", "source")

    def __init__(self, node: Node, parents: tuple[tuple[int, Any], ...], given: list[Any]) -> None:
        super().__init__(node, parents)
        self.given = given
        labels = getattr(node.value, "labels", None)
        self.name = self.source = labels[0] if labels else None
        if not labels and node.rule and parents and node.rule.function in (np.add, np.subtract):
            position, parent = parents[0]  # a sum goes by its first term
            negative = position and node.rule.function is np.subtract
            self.source = None if negative else parent.source

    def pull(self, position: int, cotangent: Any, *rest: Any) -> Any:
        share = super().pull(position, cotangent)
        self.given.append((self, dict(self.parents)[position], cotangent, share))
        return share


def _sweep(graph: Graph, output: str, names: Names) -> dict[Node, Any]:
    """Return the adjoints of the inputs; name adjoints and local partials by what they are of."""
    # Nodes of the same variable are one, so that their adjoints are added before they go on.
    vertices: dict[Any, _Vertex] = {}
    given: list[tuple[_Vertex, _Vertex, Any, Any]] = []

    def key(node: Node) -> Any:
        return node.value if isinstance(node.value, Variable) else node

    for node in graph.tape:
        if key(node) not in vertices:
            parents = tuple([(i, vertices[key(parent)]) for i, parent in node.parents])
            vertices[key(node)] = _Vertex(node, parents, given)
    one = graph.output.dtype.type(1.0)
    adjoints = dict(sweep_back(list(vertices.values()), vertices[key(graph.output)], one))
    totals = set()
    for vertex, adjoint in sorted(adjoints.items(), key=lambda pair: pair[0].node.index):
        if vertex.name and _is_made(adjoint) and (adjoint in totals or not adjoint.labels):
            totals.add(adjoint)
            adjoint.labels.append(names.new(f"d{output}_d{vertex.name}"))
    for vertex, parent, adjoint, share in given:
        if not (vertex.name and parent.source and _is_made(share)):
            continue
        for factor, other in (share.args, share.args[::-1]) * (share.function is np.multiply):
            small = _is_made(factor) and factor.size * factor.dtype.itemsize < LARGE
            if other is adjoint and small and not factor.labels:
                factor.labels.append(names.new(f"d{vertex.name}_d{parent.source}"))
    ends = {node: vertices[key(node)] for node in graph.inputs}
    return {node: adjoints[vertex] for node, vertex in ends.items() if vertex in adjoints}


def _is_made(x: Any) -> bool:
    return isinstance(x, Variable) and x.function is not None
