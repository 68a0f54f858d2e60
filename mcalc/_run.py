"""One run of a traced function: what tells its nodes from those of another, and its constants."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

_ids = itertools.count(1)  # only ever compared: the run that began last is the innermost


class Run:
    """One run of a function; nested derivatives have one each, so none is confused."""

    __slots__ = ("constants", "id", "is_open", "size")

    def __init__(self) -> None:
        self.id = next(_ids)
        self.is_open = True
        self.size = 0
        self.constants: dict[int, Any] = {}

    def keep(self, x: Any) -> Any:
        """Return an array of constants as a copy, which nobody can write to; the rest as it is.

        A function may overwrite a buffer before a sweep reads what was in it. An array that
        has not changed since its last use shares one copy with it.
        """
        if isinstance(x, tuple):
            return tuple(map(self.keep, x))
        if not isinstance(x, np.ndarray):
            return x
        kept = self.constants.get(id(x))
        if kept is None or kept.dtype != x.dtype or not np.array_equal(kept, x):
            kept = self.constants[id(x)] = x.copy()
        return kept
