"""The relations of a clause: what the words beside them ask for, and how close is close enough."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mcalc.formulas.definitions import definition_of, renamed
from mcalc.formulas.derivatives import Meaning
from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.scope import UnfulfilledError
from mcalc.formulas.tree import Clause, Node

LIMIT_TOLERANCE = 1e-6
"""How close a limit is found by extrapolation."""


@dataclass(frozen=True)
class Claim:
    """A relation between two sides."""

    relation: str
    left: Node
    right: Node

    @property
    def in_the_limit(self) -> bool:
        """Tell whether the sides approach each other, rather than agree to the digits written."""
        return self.relation == "≈" and not (last_digit(self.left) or last_digit(self.right))

    def tolerance(self, value: object, digits: bool) -> float:
        """Return how far the sides may be apart, relative to the larger of 1 and the left one."""
        if "limit" in self.left.kinds | self.right.kinds:
            return LIMIT_TOLERANCE
        if self.relation != "≈" or not digits:
            return 0.0
        digit = last_digit(self.left) or last_digit(self.right)
        return 0.501 * digit / max(1.0, float(np.max(np.abs(np.asarray(value, float)), initial=0)))


def claims_of(relations: Iterable[str], sides: Sequence[Node]) -> list[Claim]:
    """Return the relations of a chain, each between a member and the next."""
    return list(map(Claim, relations, sides, sides[1:]))


def last_digit(node: Node) -> float:
    """Return the unit of the last digit of a number, or of some, that is written out; else 0."""
    if node.kind == "number":
        return float(10.0 ** -len(node.args[0].partition(".")[2]))
    parts = [part for part in node.args if isinstance(part, Node)]
    if node.kind in ("parenthesis", "matrix", "row", "term") or (
        node.kind == "sum" and len(parts) == 1
    ):
        return min(map(last_digit, parts))
    if node.kind in ("product", "dot") and len(parts) == 2 and parts[1].kind == "pow":
        base, power = parts[1].args  # 1.5 · 10⁻³
        sign, digits = power.args[0].args if power.kind == "sum" else ("", power)
        if base.args == ("10",) and digits.kind == "number":
            return float(last_digit(parts[0]) * 10.0 ** float(f"{sign}{digits.args[0]}"))
    return 0.0


def readings(base: Meaning, clause: Clause) -> list[tuple[Meaning, tuple[Node, ...]]]:
    """Return the scopes and sides that the words beside a clause ask for."""
    found = [(base, clause.sides)]
    for words, said in clause.conditions:
        if words.endswith("layout"):
            numerator = words == "in numerator layout"
            found = [(scope.reading(numerator=numerator), sides) for scope, sides in found]
        elif len(said) > 1:  # for s = w, x, y
            name = said[0].sides[0].key
            found = [
                (scope, tuple(renamed(side, name, one.sides[1]) for side in sides))
                for scope, sides in found
                for one in said
            ]
        elif said[0].relations:  # for all x says nothing
            local = definition_of(said[0]) if words in ("from", "where", "at") else None
            if local and len(said[0].sides) > 2:
                raise FormulaError(f"a chain beside the word {words!r}")
            if local is None or base.has(local.name):
                require(base, said[0], words)
                continue
            found = [
                (scope.reading(definitions={**scope.definitions, local.name: local}), sides)
                for scope, sides in found
            ]
    return found


def require(scope: Meaning, condition: Clause, words: str) -> None:
    """Refuse a point that a formula does not speak of; a proof assumes that it does."""
    if scope.algebra.assumes and condition.relations[0] != "=":
        return
    if not scope.holds(condition):
        raise UnfulfilledError(f"the point does not fulfil what is said: {words} …")
