"""Sums of arrays that are zero but for a part, as the adjoint of a vector is of its entries'.

They are collected and written into one array, ``d = np.zeros(n); d[1:] = a; d[:-1] += b``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mcalc.programs._recorder import current
from mcalc.programs._variable import Variable, leaves, rebuild
from mcalc.rules._shapes import scatter

Term = tuple[bool, Any, Any]  # whether it is subtracted, where, and what: an array for the place


@dataclass
class Parts:
    """A sum: an array, or none, and what is added to parts of it."""

    base: Variable | None = None
    terms: list[Term] = field(default_factory=list)

    def ways(self, shape: tuple[int, ...]) -> tuple[list[str], bool]:
        """Return how each term is written, and whether they assign every entry once.

        A term is assigned by ``=`` where nothing was before, added by ``+=``, or by ``at`` where
        an index takes an entry more than once.
        """
        taken = np.zeros(shape, int)
        found = [_way(taken, index) for _, index, _ in self.terms]
        if self.base is not None:
            return ["+=" if way == "=" else way for way in found], False
        return found, bool(np.all(taken == 1))


def collected(v: Variable, known: dict[Variable, Parts]) -> Parts | None:
    """Return `v` as a sum of parts, with those of its arguments that are; None if it is not one."""
    if v.function is scatter:
        return Parts(None, [(False, v.args[1], v.args[0])])
    arguments = [x for x in v.args if isinstance(x, Variable)]
    if v.function not in (np.add, np.subtract) or not any(x in known for x in arguments):
        return None
    a, b = (known.pop(x) if x in known else Parts(x) for x in v.args)
    less = v.function is np.subtract
    found = Parts(a.base, a.terms + [(minus ^ less, i, x) for minus, i, x in b.terms])
    if b.base is not None and a.base is None and not less:
        found.base = b.base
    elif b.base is not None:
        found.terms.append((less, None, b.base))
    return found


def goes_on(v: Variable, user: Any) -> bool:
    """Tell whether the step that uses `v` adds it to an array of the same kind."""
    if not isinstance(user, Variable) or user.function not in (np.add, np.subtract):
        return False
    same = (v.shape, v.dtype)
    return all(isinstance(x, Variable) and (x.shape, x.dtype) == same for x in user.args)


def _way(taken: Any, index: Any) -> str:
    """Count in `taken` what an index takes; return how to write there."""
    if index is None:
        taken += 1
        return "+="
    unknown = [x for x in leaves(index) if isinstance(x, Variable)]
    if unknown:
        first = not taken.any()
        taken += 2  # what it takes is not known, so the array starts as zeros
        twice = any(x.dtype != bool and x.ndim for x in unknown)
        return "at" if twice else "=" if first else "+="
    fixed = rebuild(index, current)
    before = bool(np.any(taken[fixed]))
    once = np.zeros(taken.shape, int)
    np.add.at(once, fixed, 1)
    taken += once
    return "at" if once.size and once.max() > 1 else "+=" if before else "="
