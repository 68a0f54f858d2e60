"""Sums of arrays that are zero but for a part, as the adjoint of a vector is of its entries'.

They are collected and written into one array, ``d = np.zeros(n); d[1:] = a; d[:-1] += b``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mcalc.programs._abstract import leaves, rebuild
from mcalc.programs._variable import Variable
from mcalc.rules._shapes import scatter

Term = tuple[bool, Any, Any]  # whether it is subtracted, where, and what; at ... it is everywhere


@dataclass
class Parts:
    """A sum: an array, or none, and what is added to parts of it."""

    base: Variable | None = None
    terms: list[Term] = field(default_factory=list)

    def ways(self, shape: tuple[int, ...]) -> tuple[list[str], bool]:
        """Return how each term is written, and whether they certainly assign every entry.

        A term is assigned by ``=`` where nothing was before, added by ``+=``, or by ``at`` where
        an index may take an entry more than once.
        """
        taken = np.full(shape, self.base is not None)
        ways, certain = [], self.base is None
        for _, index, _ in self.terms:
            unknown = [x for x in leaves(index) if isinstance(x, Variable)]
            if unknown:
                times, certain = np.ones(shape, int), False
                twice = any(x.ndim for x in unknown)
            else:
                times = np.zeros(shape, int)
                np.add.at(times, rebuild(index, lambda x: getattr(x, "array", x)), 1)
                twice = bool(times.max(initial=0) > 1)
            ways.append("at" if twice else "+=" if np.any(taken & (times > 0)) else "=")
            taken |= times > 0
        return ways, certain and set(ways) == {"="} and bool(taken.all())


def collected(v: Variable, known: dict[Variable, Parts]) -> Parts | None:
    """Return `v` as a sum of parts, with those of its arguments that are; None if it is not one."""
    if v.function is scatter:
        return Parts(None, [(False, v.args[1], v.args[0])])
    if v.function not in (np.add, np.subtract) or known.keys().isdisjoint(v.inputs):
        return None
    a, b = (known.pop(x) if x in known else Parts(x) for x in v.args)
    less = v.function is np.subtract
    found = Parts(a.base, a.terms + [(minus ^ less, i, x) for minus, i, x in b.terms])
    if b.base is not None and a.base is None and not less:
        found.base = b.base
    elif b.base is not None:
        found.terms.append((less, ..., b.base))
    return found


def goes_on(v: Variable, user: Any) -> bool:
    """Tell whether the step that uses `v` adds it to an array of the same kind."""
    if not isinstance(user, Variable) or user.function not in (np.add, np.subtract):
        return False
    return all(isinstance(x, Variable) and x.abstract == v.abstract for x in user.args)
