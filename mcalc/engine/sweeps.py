"""The two sweeps over what a run recorded, one for all who differentiate.

`sweep_back` carries adjoints from the output to the inputs, `sweep_forward` tangents from the
inputs to the output; each visits every vertex once, in order of computation.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from mcalc.backends.arrays import is_fresh
from mcalc.engine.batch import Batch, over_batch


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


def _over(x: Any, rule: Any) -> Any:
    """Return a pull or a push for what is as `x` is: a batch or not."""
    return functools.partial(over_batch, rule) if type(x) is Batch else rule
