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
        """Tell whether ≈ says that they approach each other: no digits are written out."""
        return not (last_digit(self.left) or last_digit(self.right))

    def tolerance(self, value: object, digits: bool) -> float:
        """Return how far the sides may be apart, relative to the larger of 1 and the left one."""
        if "limit" in self.left.kinds | self.right.kinds:
            return LIMIT_TOLERANCE
        if self.relation != "≈" or not digits:
            return 0.0
        digit = last_digit(self.left) or last_digit(self.right)
        return 0.501 * digit / float(np.max(np.abs(np.asarray(value, float)), initial=1.0))


def claims_of(relations: Iterable[str], sides: Sequence[Node]) -> list[Claim]:
    """Return the relations of a chain, each between a member and the next."""
    return list(map(Claim, relations, sides, sides[1:]))


def last_digit(node: Node) -> float:
    """Return the unit of the last digit of a number, or of some, that is written out; else 0."""
    parts = [part for part in node.args if isinstance(part, Node)]
    match node.kind, parts:
        case "number", _:
            (digits,) = node.args
            return float(10.0 ** -len(digits.partition(".")[2]))
        case (("parenthesis" | "matrix" | "row" | "term" | "transpose"), _) | ("sum", [_]):
            return min(map(last_digit, parts))
        case (("product" | "dot"), [first, Node("pow", (Node("number", ("10",)), power))]):
            match power:  # 1.5 · 10⁻³
                case Node("number", (digits,)):
                    return float(last_digit(first) * 10.0 ** float(digits))
                case Node("sum", (Node("term", (sign, Node("number", (digits,)))),)):
                    return float(last_digit(first) * 10.0 ** float(sign + digits))
    return 0.0


def readings(base: Meaning, clause: Clause) -> list[tuple[Meaning, tuple[Node, ...]]]:
    """Return the scopes and sides that the words beside a clause ask for."""
    found = [(base, clause.sides)]
    for words, said in clause.conditions:
        match said:
            case ():
                numerator = "numerator" in words
                found = [(scope.reading(numerator=numerator), sides) for scope, sides in found]
            case (one,) if one.relations:  # for all x says nothing
                local = definition_of(one) if words in ("from", "where", "at") else None
                if local and one.sides[2:]:
                    raise FormulaError(f"a chain beside the word {words!r}")
                if local is None or base.has(local.name):
                    require(base, one, words)
                    continue
                found = [
                    (scope.reading(definitions={**scope.definitions, local.name: local}), sides)
                    for scope, sides in found
                ]
            case (_, _, *_):  # for s = w, x, y
                found = [
                    (scope, tuple(renamed(side, one.sides[0].key, one.sides[1]) for side in sides))
                    for scope, sides in found
                    for one in said
                ]
    return found


def require(scope: Meaning, condition: Clause, words: str) -> None:
    """Refuse a point that a formula does not speak of; a proof assumes that it does."""
    if scope.algebra.assumes and "=" not in condition.relations:
        return
    if not scope.holds(condition):
        raise UnfulfilledError(f"the point does not fulfil what is said: {words} …")
