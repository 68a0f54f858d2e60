"""The backward sweep over variables: its recording is the program of the derivative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc.engine.node import Node
from mcalc.engine.run import run
from mcalc.graphs.graph import Graph
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

    graph = Graph(*run(restricted, [inputs[k] for k in places]))
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


def _sweep(graph: Graph, output: str, names: Names) -> dict[Node, Any]:
    """Return the adjoints of the inputs; name adjoints and local partials by what they are of."""
    # Nodes of the same variable are one, so that their adjoints are added before they go on.
    first: dict[Any, Node] = {}
    nodes = []
    inputs = set(graph.inputs)
    for node in graph.tape:
        if node not in inputs and isinstance(node.value, Variable) and node.value in first:
            continue
        first.setdefault(node.value if isinstance(node.value, Variable) else node, node)
        nodes.append(node)

    def one(node: Node) -> Node:
        return first[node.value if isinstance(node.value, Variable) else node]

    partials: dict[Variable, str] = {}
    totals: dict[Variable, list[tuple[int, str]]] = {}
    adjoints: dict[Node, Any] = {one(graph.output): graph.output.dtype.type(1.0)}
    for node in reversed(nodes):
        adjoint = adjoints.get(node)
        if adjoint is None:
            continue
        if isinstance(adjoint, Variable) and getattr(node.value, "labels", None):
            order = node.value.index, f"d{output}_d{node.value.labels[0]}"
            totals.setdefault(adjoint, []).append(order)
        for position, parent in node.parents:
            share = node.pull(position, adjoint)
            _note_partial(partials, node, one(parent), adjoint, share)
            known = adjoints.get(one(parent))
            adjoints[one(parent)] = share if known is None else known + share
        if node not in inputs:
            del adjoints[node]
    for x, wishes in totals.items():
        if x.function is not None and not x.labels:
            x.labels += [names.new(wish) for _, wish in sorted(wishes)]
    for x, wish in partials.items():
        if not x.labels and np.size(x.at) * x.dtype.itemsize < LARGE:
            x.labels.append(names.new(wish))
    return {node: adjoints[node] for node in graph.inputs if node in adjoints}


def _note_partial(
    partials: dict[Variable, str], node: Node, parent: Node, adjoint: Any, share: Any
) -> None:
    """Name the factor that an adjoint was multiplied with, as in ``df_du * du_da``."""
    if not isinstance(share, Variable) or share.function is not np.multiply:
        return
    source, target = _named_source(parent), getattr(node.value, "labels", None)
    for factor, other in (share.args, share.args[::-1]):
        is_made = isinstance(factor, Variable) and factor.function is not None
        if other is adjoint and is_made and source and target:
            partials.setdefault(factor, f"d{target[0]}_d{source}")


def _named_source(node: Node) -> str | None:
    """Return the first name of which a node is a sum, itself if it has one."""
    while not getattr(node.value, "labels", None):
        if node.rule is None or node.rule.function not in (np.add, np.subtract):
            return None
        position, node = node.parents[0]
        if position and node.rule is not None and node.rule.function is np.subtract:
            return None
    return str(node.value.labels[0])
