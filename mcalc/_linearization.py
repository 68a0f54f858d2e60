"""What a function of arrays is near a point, to first order: its pullback and pushforward."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mcalc._arrays import as_number, own
from mcalc._batch import Batch
from mcalc._run import in_order
from mcalc.accumulation import sweep_back, sweep_forward
from mcalc.tracing import run

_ENTRIES = 2**21  # of one array of a batch, 16 MB: more rows at once would be no faster


class Linearization:
    """The records of one run of a function, to be swept in either direction.

    Attributes:
        value: the function's value; an array of it may still be read by a sweep.
    """

    def __init__(self, f: Callable[..., Any], points: list[Any]) -> None:
        nodes, output = run(f, points)
        self.value = output.value
        self._points = points
        self._inputs = [node.record for node in nodes]
        self._end = output.record
        self._order = in_order(self._end, self._inputs)

    def pull(self, cotangent: Any, *, last: bool = False) -> list[Any]:
        """Return the cotangents of the arguments; at the `last` time, let the records go."""
        order = self._order if last else list(self._order)
        steps = sweep_back(order, self._end, cotangent)
        found = {record: adjoint for record, adjoint in steps if record.rule is None}
        shares = []
        for record, x in zip(self._inputs, self._points, strict=True):
            if type(x) is type(found.get(record)) is np.float64:
                shares.append(found[record])
            elif record not in found:
                shares.append(as_number(np.zeros_like(x)))
            elif found[record].dtype != x.dtype:
                shares.append(own(found.pop(record).astype(x.dtype)))
            else:
                shares.append(own(found.pop(record)))
        return shares

    def push(self, tangents: dict[int, Any]) -> Any:
        """Return the tangent of the value, from those of the arguments by position."""
        given = {self._inputs[i]: t for i, t in tangents.items()}
        found = sweep_forward(self._order, given)
        if self._end not in found:
            return as_number(np.zeros_like(self.value))
        return own(found.pop(self._end))

    def by_rows(self) -> list[Any]:
        """Return the Jacobian by each argument: many cotangents are pulled back at once."""
        blocks: list[list[Any]] = [[] for _ in self._points]
        for batch in self._bases(self.value):
            for block, x, share in zip(blocks, self._points, self.pull(batch), strict=True):
                block.append(_members(share, len(batch.members), x))
        return [
            _joined(block, x).reshape(self.value.shape + x.shape)
            for block, x in zip(blocks, self._points, strict=True)
        ]

    def by_columns(self, i: int) -> Any:
        """Return the Jacobian by argument `i`: many tangents are pushed forward at once."""
        x, y = self._points[i], self.value
        columns = [
            _members(self.push({i: batch}), len(batch.members), y) for batch in self._bases(x)
        ]
        return np.moveaxis(_joined(columns, y), 0, -1).reshape(y.shape + x.shape)

    def _bases(self, x: Any) -> Iterator[Batch]:
        """Yield the arrays of the shape of `x` that are 1 in one place and 0 elsewhere."""
        widest = max(record.size for record in self._order)
        count = max(1, _ENTRIES // max(1, widest))
        for start in range(0, x.size, count):
            rows = np.eye(min(count, x.size - start), x.size, start, dtype=x.dtype)
            yield Batch(rows.reshape(len(rows), *x.shape))


def _members(share: Any, count: int, like: Any) -> Any:
    """Return `count` derivatives, which are all the same where there is no batch of them."""
    return share.members if isinstance(share, Batch) else np.zeros((count, *like.shape), like.dtype)


def _joined(parts: list[Any], like: Any) -> Any:
    if not parts:
        return np.zeros((0, *like.shape), like.dtype)
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
