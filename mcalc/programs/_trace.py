"""The backward sweep over variables: its recording is the program of the derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc.engine.arguments import opened
from mcalc.engine.autodiff import require_scalar
from mcalc.engine.node import Node
from mcalc.engine.sweeps import sweep_back
from mcalc.graphs.graph import Graph, Vertex, trace
from mcalc.programs._text import Texts
from mcalc.programs._variable import Variable
from mcalc.programs._write import LARGE


def value_and_gradients(
    f: Callable[..., Any], inputs: list[Any], places: list[int], texts: Texts
) -> list[tuple[Any, str]]:
    """Return the value of `f` and its gradients, variables or constants, each with a name.

    Args:
        f: scalar function.
        inputs: its arguments; those at `places` are variables.
        places: where the arguments stand by which it is differentiated.
        texts: the names in use, among them those of the inputs.
    """
    restricted, moving, _ = opened("program", f, tuple(inputs), places)
    graph = trace(restricted, *moving)
    value = graph.output.value
    require_scalar(value, "program")
    for x, wish in [*((node.value, node.label) for node in graph.tape), (value, "f")]:
        if isinstance(x, Variable) and wish and not x.labels:
            x.labels.append(texts.new(wish))
    output = value.labels[0] if isinstance(value, Variable) else "f"
    names = [output, *(f"d{output}_d{node.value.labels[0]}" for node in graph.inputs)]
    return list(zip([value, *_sweep(graph, output, texts)], names, strict=True))


def _sweep(graph: Graph, output: str, texts: Texts) -> list[Any]:
    """Return the adjoints of the inputs; name adjoints and local partials by what they are of."""
    # Nodes of the same variable are one, so that their adjoints are added before they go on.
    vertices: dict[Any, Vertex] = {}
    name: dict[Vertex, str] = {}
    source: dict[Vertex, str] = {}  # as its parent, of which a sum goes by the first
    for node in graph.tape:
        key = _key(node)
        if key in vertices:
            continue
        parents = tuple([(i, vertices[_key(parent)]) for i, parent in node.parents])
        vertex = vertices[key] = Vertex(node, parents)
        if getattr(key, "labels", None):
            name[vertex] = source[vertex] = key.labels[0]
        elif node.rule and node.rule.function in (np.add, np.subtract):
            position, parent = parents[0]
            if parent in source and (position == 0 or node.rule.function is np.add):
                source[vertex] = source[parent]
    one = graph.output.dtype.type(1.0)
    adjoints = dict(sweep_back(list(vertices.values()), vertices[_key(graph.output)], one))
    totals = set()
    for vertex, adjoint in reversed(adjoints.items()):
        if vertex in name and _is_made(adjoint) and (adjoint in totals or not adjoint.labels):
            totals.add(adjoint)
            adjoint.labels.append(texts.new(f"d{output}_d{name[vertex]}"))
    for vertex, adjoint in adjoints.items():
        for position, parent in vertex.parents if vertex in name else ():
            share = vertex.pull(position, adjoint)  # which is known, and not recorded again
            if parent not in source or not _is_made(share) or share.function is not np.multiply:
                continue
            for x, other in (share.args, share.args[::-1]):
                small = _is_made(x) and not x.labels and x.nbytes < LARGE
                if other is adjoint and small:
                    x.labels.append(texts.new(f"d{name[vertex]}_d{source[parent]}"))
    found = [(x, adjoints.get(vertices[_key(x)])) for x in graph.inputs]
    return [(np.zeros(x.shape)[()] if g is None else g).astype(x.dtype) for x, g in found]


def _key(node: Node) -> Any:
    return node.value if isinstance(node.value, Variable) else node


def _is_made(x: Any) -> bool:
    return isinstance(x, Variable) and x.function is not None
