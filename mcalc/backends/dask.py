"""Dask arrays: functions of them become graphs, which Dask carries out in chunks, and not mcalc.

NumPy's protocols carry most of it. Here is the rest, so that nothing computes in silence and no
chunk grows; Dask itself is never imported.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np


def is_dask(x: object) -> bool:
    """Tell whether `x` is a Dask array, without importing Dask."""
    dask = sys.modules.get("dask.array")
    return dask is not None and isinstance(x, dask.Array)


def chunks_of(x: object) -> Any:
    """Return the chunks of a Dask array, or of a node that holds one; None if there are none."""
    return getattr(x, "chunks", None)


_ONCE = int, slice, type(None), type(...)  # the parts of an index that is no array


def put(x: Any, index: Any, shape: tuple[int, ...], chunks: Any) -> Any:
    """Return zeros of `shape` and `chunks` with the Dask array `x` at a basic `index` or a mask."""
    dask, chunks = sys.modules["dask.array"], chunks or "auto"
    parts = index if isinstance(index, tuple) else (index,)
    if all(isinstance(p, _ONCE) for p in parts):
        axes = [p for p in parts if p is not None]
        whole = [slice(None)] * (len(shape) - len(axes) + (... in axes))
        at = axes.index(...) if ... in axes else len(axes)
        axes[at : at + 1] = whole
        spans = [
            range(n)[p] if isinstance(p, slice) else range(n)[p:][:1]
            for n, p in zip(shape, axes, strict=True)
        ]
        if all(s.step == 1 for s in spans):  # an assignment costs Dask the square of the chunks
            around = [(s.start, n - s.stop) for n, s in zip(shape, spans, strict=True)]
            block = dask.reshape(x, tuple(map(len, spans)))
            return dask.pad(block, around).rechunk(chunks)
    if any(not isinstance(p, _ONCE) and getattr(p, "dtype", None) != np.bool_ for p in parts):
        require_whole("the derivative of x[array]", x)
    out = dask.zeros(shape, x.dtype, chunks=chunks)
    out[index] = x
    return out


def broadcast_like(x: Any, like: Any) -> Any:
    """Return `x` repeated to the shape of `like`, and in the chunks of `like` if it is Dask's.

    As a single chunk, which is what Dask would make of it, it may not fit into a worker.
    """
    if chunks_of(like) is not None:
        return x * np.ones_like(like)
    if type(x) is np.float64:
        x = np.array(x)
    elif type(x) is not np.ndarray or x.size != 1:
        return np.broadcast_to(x, like.shape)
    view = np.ndarray(like.shape, x.dtype, x, strides=(0,) * len(like.shape))
    view.flags.writeable = False  # as np.broadcast_to has it, which takes many times longer
    return view


def computed_together(like: Any, *arrays: Any) -> tuple[Any, ...]:
    """Let Dask carry out the graphs of `arrays`, all in one pass; nothing else changes.

    They stay on the workers if `like` is a Dask array, and come here as NumPy's if not.
    """
    if not any(map(is_dask, arrays)):
        return arrays
    dask = sys.modules["dask"]
    return tuple(dask.persist(*arrays) if is_dask(like) else dask.compute(*arrays))


def require_whole(name: str, *arrays: Any) -> None:
    """Raise a TypeError if one of `arrays` is Dask's: `name` needs all of it in one place."""
    if any(map(is_dask, arrays)):
        raise TypeError(
            f"{name} needs all of an array in one place, and was given a Dask array; do it on "
            "what fits into memory, with x.compute(), or write it with sums and products"
        )


def require_known(x: Any, name: str) -> None:
    """Raise a ValueError if Dask does not know the shape of `x`."""
    if x.size != x.size:  # unknown is NaN
        raise ValueError(
            f"{name} has the unknown shape {x.shape}; call x.compute_chunk_sizes() on data "
            "before, and choose entries in f with np.where(mask, x, 0.0)"
        )
