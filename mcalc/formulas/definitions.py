"""What a display says that its symbols are."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace
from typing import Any

from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.tree import Clause, Node, parse, within


@dataclass(frozen=True)
class Definition:
    """What a display says a symbol is.

    Attributes:
        name: the symbol, with its subscript if that is no index.
        params: the letters that it is a function of.
        body: what it is.
        index: whether the parameters stand in the subscript.
        special: other values, at single points.
    """

    name: str
    params: tuple[str, ...]
    body: Node
    index: bool = False
    special: tuple[tuple[tuple[Node, ...], Node], ...] = ()


def key_of(node: Node) -> str:
    """Return the name of a symbol, with its subscript if it has one: `w_1`, `x_star`."""
    if node.kind in ("symbol", "bold"):
        return str(node.args[0])
    if node.kind == "sub" and node.args[0].kind in ("symbol", "bold"):
        parts = [str(p.args[0]) if p.kind in ("symbol", "number") else "?" for p in node.args[2:]]
        named = {"+": "plus", "*": "star", r"\infty": "infty"}.get(node.args[1], node.args[1])
        return f"{node.args[0].args[0]}_{named}{''.join(parts)}"
    return ""


def names_in(parts: Any) -> set[str]:
    """Return the names in some trees, with and without their subscripts; of `a_{ij}` also A."""
    found = {key_of(node) for node in within(parts)} - {""}
    bases = {key_of(node.args[0]) for node in within(parts) if node.kind == "sub" and node.args[2:]}
    return found | {base.upper() for base in bases}


def renamed(node: Any, name: str, other: Node) -> Any:
    """Return a tree with one symbol replaced."""
    if isinstance(node, tuple):
        return tuple(renamed(part, name, other) for part in node)
    if not isinstance(node, Node):
        return node
    return other if key_of(node) == name else replace(node, args=renamed(node.args, name, other))


def definition_of(clause: Clause) -> Definition | None:
    """Return what a clause says that a symbol is; None if its left side is no symbol."""
    if clause.relations[:1] != ("=",):
        return None
    left, body = clause.sides[:2]
    if (
        left.kind == "call"
        and key_of(left.args[0])
        and all(a.kind in ("symbol", "bold", "sub") for a in left.args[1:])
    ):
        return Definition(key_of(left.args[0]), tuple(map(key_of, left.args[1:])), body)
    if left.kind in ("symbol", "bold", "sub") and key_of(left):
        return Definition(key_of(left), (), body)
    return None


def definitions(
    tex: str, functions: Set[str], bound: Set[str], *, strict: bool = True
) -> list[Definition]:
    """Return what a display defines.

    Raises:
        FormulaError: if a left side is not a symbol, or an operator of the grammar.
    """
    found: dict[str, Definition] = {}
    partial: dict[str, Clause] = {}
    for clause in parse(tex, functions, bound, strict=strict):
        definition = definition_of(clause)
        if definition is None:
            left = clause.sides[0]
            name = key_of(left.args[0]) if left.kind == "call" else ""
            if name in found and all(a.kind == "number" for a in left.args[1:]):
                old = found[name]
                found[name] = replace(old, special=(*old.special, (left.args[1:], clause.sides[1])))
                continue
            raise FormulaError("a definition has a new symbol on its left")
        left = clause.sides[0]
        if left.kind == "sub" and left.args[2:] and all(i.kind == "symbol" for i in left.args[2:]):
            definition = Definition(
                key_of(left.args[0]),
                tuple(str(i.args[0]) for i in left.args[2:]),
                definition.body,
                index=True,
            )
        if definition.name in found:
            raise FormulaError(f"{definition.name} is defined twice here; write cases")
        found[definition.name] = definition
        if clause.conditions:
            partial[definition.name] = clause
    for name, clause in partial.items():
        said = [(one.relations, one.sides[1].args) for _, some in clause.conditions for one in some]
        if said != [(("≠",), point) for point, _ in found[name].special]:
            raise FormulaError(
                f"{name} is defined under a condition; say what it is elsewhere, or write cases"
            )
    return list(found.values())
