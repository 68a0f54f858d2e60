"""What a display says that its symbols are."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from typing import Any

from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.tree import Clause, Node, below, parse


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


def names_in(parts: Any) -> set[str]:
    """Return the names in some trees, with and without their subscripts; of `a_{ij}` also A."""
    return set[str]().union(*(node.names for node in below(parts)))


def renamed(node: Any, name: str, other: Node) -> Any:
    """Return a tree with one symbol replaced."""
    if isinstance(node, tuple):
        return tuple(renamed(part, name, other) for part in node)
    if not isinstance(node, Node):
        return node
    return other if node.key == name else replace(node, args=renamed(node.args, name, other))


def definition_of(clause: Clause) -> Definition | None:
    """Return what a clause says that a symbol is; None if its left side is no symbol."""
    if clause.relations[:1] != ("=",):
        return None
    left, body = clause.sides[:2]
    if (
        left.kind == "call"
        and left.args[0].key
        and all(a.kind in ("symbol", "bold", "sub") for a in left.args[1:])
    ):
        return Definition(left.args[0].key, tuple(a.key for a in left.args[1:]), body)
    if left.kind in ("symbol", "bold", "sub") and left.key:
        return Definition(left.key, (), body)
    return None


def are_all(kind: str, nodes: Iterable[Node]) -> bool:
    """Tell whether some nodes are of one kind, and one at least is there."""
    return {node.kind for node in nodes} == {kind}


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
            match clause.sides[0]:
                case Node("call", (f, *at)) if f.key in found and are_all("number", at):
                    special = (*found[f.key].special, (tuple(at), clause.sides[1]))
                    found[f.key] = replace(found[f.key], special=special)
                    continue
            raise FormulaError("a definition has a new symbol on its left")
        match clause.sides[0]:
            case Node("sub", (base, _, *indices)) if are_all("symbol", indices):
                params = tuple(i.key for i in indices)
                definition = Definition(base.key, params, definition.body, index=True)
        if definition.name in found:
            raise FormulaError(f"{definition.name} is defined twice here; write cases")
        found[definition.name] = definition
        if clause.conditions:
            partial[definition.name] = clause
    for name, clause in partial.items():
        some = [one for _, said in clause.conditions for one in said if one.relations]
        said = [(one.relations, one.sides[1].args) for one in some]
        if said != [(("≠",), point) for point, _ in found[name].special]:
            raise FormulaError(
                f"{name} is defined under a condition; say what it is elsewhere, or write cases"
            )
    return list(found.values())
