"""The shapes of cotangents: of what was repeated, and of what was reduced."""

from __future__ import annotations

from typing import Any

import numpy as np


def unbroadcast(g: Any, x: Any) -> Any:
    """Sum `g` over the axes along which `x` was repeated; the result has the shape of `x`."""
    return unbroadcast_to(g, getattr(x, "shape", ()))


def unbroadcast_to(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum `g` over the axes along which an array of `shape` was repeated."""
    if g.shape == shape:
        return g
    extra = g.ndim - len(shape)
    stretched = [i + extra for i, n in enumerate(shape) if n == 1]
    return np.reshape(np.sum(g, axis=(*range(extra), *stretched)), shape)


def kept_shape(x: Any, axis: Any) -> tuple[int, ...]:
    """Return the shape of `x` with the reduced axes kept as 1."""
    if axis is None or x.ndim == 0:  # np.sum(3.0, axis=0) is 3.0
        return (1,) * int(x.ndim)
    axes = {a % x.ndim for a in (axis if isinstance(axis, tuple) else (axis,))}
    return tuple(1 if i in axes else int(n) for i, n in enumerate(x.shape))
