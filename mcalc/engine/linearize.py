"""What a function of arrays is near a point, to first order: its pullback and pushforward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc.backends.arrays import as_number, basis, own
from mcalc.engine.node import Node
from mcalc.engine.record import Run
from mcalc.engine.run import run
from mcalc.engine.sweeps import in_order, plus_share, push_through, sweep_back, sweep_forward


class Linearization:
    """What one run of a function wrote down, to be swept in either direction.

    A context: what the run holds of the caller's is let go at its end.

    Attributes:
        value: the function's value; an array of it may still be read by a sweep.
    """

    add = staticmethod(plus_share)
    push_through = staticmethod(push_through)

    def __init__(self, f: Callable[..., Any], points: list[Any], *, once: bool = True) -> None:
        """Run `f` at `points`; unless `once`, the sweeps may come when others write to arrays."""
        self._run = self._new_run(once=once)
        try:
            tracers, output = run(f, points, self._run)
        except BaseException:
            self._run.close()
            raise
        self.value = output.value
        self._points = points
        self._inputs = [tracer.vertex for tracer in tracers]
        self._end = output.vertex
        self._order = in_order(self._end, self._inputs)

    def __enter__(self) -> Linearization:
        return self

    def __exit__(self, *_: Any) -> None:
        self._run.close()

    def pull(self, cotangent: Any, *, last: bool = False) -> list[Any]:
        """Return the cotangents of the arguments; after the `last` time, there is no other."""
        steps = sweep_back(self._steps(last=last), self._end, cotangent, self.add)
        found = {vertex: share for vertex, share in steps if vertex.rule is None}
        shares = []
        for vertex, x in zip(self._inputs, self._points, strict=True):
            if type(x) is type(found.get(vertex)) is np.float64:
                shares.append(found[vertex])
            elif vertex not in found:
                shares.append(as_number(np.zeros_like(x)))
            elif found[vertex].dtype != x.dtype:
                shares.append(own(found.pop(vertex).astype(x.dtype)))
            else:
                shares.append(own(found.pop(vertex)))
        return shares

    def push(self, tangents: dict[int, Any]) -> Any:
        """Return the tangent of the value, from those of the arguments by position."""
        given = {self._inputs[i]: t for i, t in tangents.items()}
        found = sweep_forward(self._order, given, self.push_through)
        if self._end not in found:
            return as_number(np.zeros_like(self.value))
        return own(found.pop(self._end))

    def by_rows(self) -> list[Any]:
        """Return the Jacobian by each argument: a cotangent for each entry of the value."""
        y = self.value
        shares = [self.pull(e) for e in basis(y)]
        return [
            _stacked([share[i] for share in shares], y.shape + x.shape, x.dtype)
            for i, x in enumerate(self._points)
        ]

    def by_columns(self, i: int) -> Any:
        """Return the Jacobian by argument `i`: a tangent for each entry of it."""
        x, y = self._points[i], self.value
        columns = [np.ravel(self.push({i: e})) for e in basis(x)]
        rows = _stacked(columns, (x.size, y.size), y.dtype)
        return np.reshape(np.transpose(rows), y.shape + x.shape)

    def _new_run(self, *, once: bool) -> Run:
        return Run(Node)

    def _steps(self, *, last: bool) -> list[Any]:
        """Return the vertices in order of computation, for a sweep backwards."""
        return self._order


def _stacked(rows: list[Any], shape: tuple[int, ...], dtype: Any) -> Any:
    return np.reshape(np.stack(rows), shape) if rows else np.zeros(shape, dtype)
