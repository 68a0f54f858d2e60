"""Sums of cotangents in the memory of the first.

A weight that is used in every step has a share of its cotangent from each; adding them in
place makes no array for each sum, and a rule that can add its share to a part of an array, as
that of ``x[i]`` can, makes none for the share.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mcalc.backends.arrays import is_fresh
from mcalc.engine.linearize import Linearization


def add_share(known: Any, vertex: Any, position: int, cotangent: Any) -> Any:
    """Do what `plus_share` does, in place where nobody else holds the array."""
    rule = vertex.rule
    in_place = known is not None and type(cotangent) is np.ndarray and is_fresh(known)
    if in_place and rule.add is not None and known.dtype == cotangent.dtype:
        rule.add(known, cotangent, *vertex.operands, **vertex.kwargs)
        return known
    value = vertex if vertex.value is None else vertex.value
    share = rule.pull(position, cotangent, value, vertex.operands, vertex.kwargs)
    if known is None:
        return share
    if in_place and type(share) is np.ndarray and share.dtype == known.dtype:
        known += share
        return known
    return known + share


class InPlace(Linearization):
    """A linearization that adds in place."""

    add = staticmethod(add_share)
