"""The two sweeps over what a run wrote down, one for all who differentiate.

`sweep_back` carries cotangents from the output to the inputs, `sweep_forward` tangents from the
inputs to the output; each visits every vertex once, in order of computation.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any


def in_order(output: Any, inputs: Iterable[Any]) -> list[Any]:
    """Return the inputs and all that the output depends on, in order of computation."""
    found = {output, *inputs}
    stack = [output]
    while stack:
        for _, parent in stack.pop().parents:
            if parent not in found:
                found.add(parent)
                stack.append(parent)
    return sorted(found, key=operator.attrgetter("index"))


def plus_share(known: Any, vertex: Any, position: int, cotangent: Any) -> Any:
    """Add to what is known of a parent's cotangent the share that comes through `vertex`."""
    share = vertex.pull(position, cotangent)
    return share if known is None else known + share


def sweep_back(
    order: Sequence[Any], output: Any, cotangent: Any, add: Callable[..., Any] = plus_share
) -> Iterator[tuple[Any, Any]]:
    """Yield each vertex that the output depends on with its cotangent, the output first.

    Args:
        order: the vertices in order of computation.
        output: the vertex that is differentiated.
        cotangent: its cotangent.
        add: adds a share, as `plus_share` does.
    """
    cotangents = {output: cotangent}
    for vertex in reversed(order):
        cotangent = cotangents.pop(vertex, None)
        if cotangent is None:
            continue
        for position, parent in vertex.parents:
            cotangents[parent] = add(cotangents.pop(parent, None), vertex, position, cotangent)
        yield vertex, cotangent


def push_through(vertex: Any, tangents: dict[int, Any]) -> Any:
    """Return the tangent of a vertex from those of its parents, by position."""
    return vertex.push(tangents)


def sweep_forward(
    order: Iterable[Any], tangents: dict[Any, Any], push: Callable[..., Any] = push_through
) -> dict[Any, Any]:
    """Return the tangent of each vertex that the inputs reach.

    Args:
        order: the vertices in order of computation.
        tangents: those of inputs.
        push: does what `push_through` does.
    """
    found = dict(tangents)
    for vertex in order:
        given = {i: found[parent] for i, parent in vertex.parents if parent in found}
        if given:
            found[vertex] = push(vertex, given)
    return found
