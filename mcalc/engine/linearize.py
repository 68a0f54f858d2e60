"""What a function of arrays is near a point, to first order: its pullback and pushforward."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mcalc.backends.arrays import as_number, own
from mcalc.engine.batch import Batch
from mcalc.engine.run import run
from mcalc.engine.sweeps import in_order, sweep_back, sweep_forward

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
        blocks = [_Blocks(self.value.size, x) for x in self._points]
        for batch in self._bases(self.value):
            shares = self.pull(batch)
            for block in blocks:
                block.add(shares.pop(0), len(batch.members))
        return [
            block.joined().reshape(self.value.shape + x.shape)
            for block, x in zip(blocks, self._points, strict=True)
        ]

    def by_columns(self, i: int) -> Any:
        """Return the Jacobian by argument `i`: many tangents are pushed forward at once."""
        x, y = self._points[i], self.value
        columns = _Blocks(x.size, y)
        for batch in self._bases(x):
            columns.add(self.push({i: batch}), len(batch.members))
        return np.moveaxis(columns.joined(), 0, -1).reshape(y.shape + x.shape)

    def _bases(self, x: Any) -> Iterator[Batch]:
        """Yield the arrays of the shape of `x` that are 1 in one place and 0 elsewhere."""
        widest = max(record.size for record in self._order)
        count = max(1, _ENTRIES // max(1, widest))
        for start in range(0, x.size, count):
            rows = np.eye(min(count, x.size - start), x.size, start, dtype=x.dtype)
            yield Batch(rows.reshape(len(rows), *x.shape))


class _Blocks:
    """The rows of a Jacobian that come in blocks; there is room for all once the first is there."""

    def __init__(self, count: int, like: Any) -> None:
        self._shape, self._dtype = (count, *like.shape), like.dtype
        self._blocks: list[Any] = []
        self._room: Any = None

    def add(self, share: Any, count: int) -> None:
        """Add `count` rows; they are zero where the share is no batch."""
        is_batch = isinstance(share, Batch)
        block = share.members if is_batch else np.zeros((count, *self._shape[1:]), self._dtype)
        del share  # so that nothing but the block holds the array
        if count < self._shape[0] and isinstance(block, np.ndarray):
            if self._room is None:
                self._room = np.empty(self._shape, self._dtype)
            filled = sum(len(b) for b in self._blocks)
            self._room[filled : filled + count] = block
            block = self._room[filled : filled + count]
        self._blocks.append(block)

    def joined(self) -> Any:
        """Return all rows, which are the caller's own."""
        if not self._blocks:
            return np.zeros(self._shape, self._dtype)
        if self._room is not None and all(isinstance(b, np.ndarray) for b in self._blocks):
            return self._room
        if len(self._blocks) > 1:
            return np.concatenate(self._blocks)
        return np.reshape(own(self._blocks.pop()), self._shape)
