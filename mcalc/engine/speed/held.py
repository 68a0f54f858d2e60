"""The arrays of others that a run reads again in its sweeps.

Small ones are copied. Large ones are not, which a least-squares loss would feel most: of its
data of 200,000 rows and 20 columns the plain run makes a copy of 32 MB at every call. They are
closed to writing instead until the run is over, so that f is told if it overwrites one.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mcalc.backends.dask import is_dask
from mcalc.engine.messages import WRITE

SMALL = 2**13  # bytes; as fast to copy as to close
_SAMPLED = 32  # entries that tell whether a closed array was written to behind its back


class Held:
    """The arrays that one run holds."""

    def __init__(self, *, lock: bool) -> None:
        """Copy all arrays, or close the large ones to writing if they may be locked."""
        self._lock = lock
        self._copies: dict[int, np.ndarray[Any, Any]] = {}
        self._closed: dict[int, tuple[np.ndarray[Any, Any], bytes]] = {}

    def hold(self, x: Any) -> Any:
        """Return what to read instead of `x` in a sweep; what is no array as it is."""
        if type(x) in (tuple, list):
            return type(x)(map(self.hold, x))
        if not issubclass(type(x), np.ndarray):
            return x.copy() if is_dask(x) else x  # Dask's x[i] = v changes x itself, too
        if self._lock and x.nbytes > SMALL and _owner(x) is not None:
            return self._close(x)
        kept = self._copies.get(id(x))
        if kept is None or not _are_the_same(kept, x):
            kept = self._copies[id(x)] = x.copy()
        return kept

    def let_go(self) -> None:
        """Open what was closed.

        Raises:
            TypeError: if a closed array was written to through another view of its memory.
        """
        closed, self._closed = self._closed, {}
        changed = False
        for x, sample in closed.values():
            changed |= _sample(x) != sample
            _open(x)
        if changed:
            raise TypeError(WRITE)

    def _close(self, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        if id(x) not in self._closed:
            _close(x)
            self._closed[id(x)] = x, _sample(x)
        return x


@dataclass
class _Memory:
    """Memory that is closed: how many holds there are on it, and what was open before."""

    holds: int = 0
    were_open: list[Any] = field(default_factory=list)


_closed: dict[int, _Memory] = {}  # by the array that owns the memory
_guard = threading.RLock()


def _are_the_same(a: Any, b: Any) -> bool:
    """Compare two arrays bit by bit: 0.0 is not -0.0, and NaN is NaN."""
    return (a.shape, a.dtype) == (b.shape, b.dtype) and bool(a.tobytes() == b.tobytes())


def _owner(x: Any) -> Any:
    """Return the array that owns the memory of `x`; None if that is no array of NumPy's own."""
    while issubclass(type(x.base), np.ndarray):
        x = x.base
    return x if x.base is None and x.flags.owndata else None


def _close(x: Any) -> None:
    owner = _owner(x)
    with _guard:
        memory = _closed.setdefault(id(owner), _Memory())
        memory.holds += 1
        for array in (owner, x):  # a view that is made of a closed array is closed
            if array.flags.writeable:
                memory.were_open.append(array)
                array.flags.writeable = False


def _open(x: Any) -> None:
    key = id(_owner(x))
    with _guard:
        memory = _closed[key]
        memory.holds -= 1
        if not memory.holds:
            for array in _closed.pop(key).were_open:  # the owner first, as NumPy wants it
                array.flags.writeable = True


def _sample(x: Any) -> bytes:
    """Return some entries of an array, by which most writing to it shows."""
    step = max(1, x.size // _SAMPLED)
    if x.flags.c_contiguous or x.flags.f_contiguous:
        return np.ravel(x, order="A")[::step].tobytes()  # without copying all
    return b"".join(x.flat[k].tobytes() for k in range(0, x.size, step))
