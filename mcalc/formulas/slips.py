"""The wrong formulas that one slip of the pen makes: edits of the TeX at the place of a node."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Set
from dataclasses import dataclass

from mcalc.formulas.tree import Clause, Node, within

SWAPS = {"sin": "cos", "cos": "sin", "max": "min", "min": "max", "log": "exp", "exp": "log"}
COMMUTE = ("number", "norm", "fraction", "sub", "binomial", "absolute", "root", "symbol", "inner")


@dataclass(frozen=True)
class Slip:
    """What was changed, and the TeX after it."""

    what: str
    tex: str


def slips(tex: str, clauses: list[Clause], letters: Set[str]) -> list[Slip]:
    """Return the slips of a display, each once."""
    found: dict[str, Slip] = {}
    for start, end, new, what in _edits(tex, clauses, letters):
        changed = tex[:start] + new + tex[end:]
        if changed != tex:
            found.setdefault(changed, Slip(what, changed))
    named: dict[str, Slip] = {}
    for slip in found.values():  # two places may be changed in the same way
        what, n = slip.what, 2
        while what in named:
            what, n = f"{slip.what} ({n})", n + 1
        named[what] = Slip(what, slip.tex)
    return list(named.values())


def is_landau(node: Node) -> bool:
    """Tell whether a term is O(…) or o(…), whose sign says nothing."""
    return node.kind == "call" and node.args[0].key in ("O", "o")


Edit = tuple[int, int, str, str]
"""Where an edit begins and ends, what stands there after it, and what it is called."""


def _edits(tex: str, clauses: list[Clause], letters: Set[str]) -> Iterator[Edit]:
    scalars = {n for n in letters if len(n) == 1}
    for clause in clauses:
        for left, relation, right in zip(
            clause.sides, clause.relations, clause.sides[1:], strict=False
        ):
            if turned := {"≤": r" \ge ", "≥": r" \le "}.get(relation):
                yield left.span[1], right.span[0], turned, "relation turned"
        zero = any(side.args[:1] == ("0",) for side in clause.sides)
        for side in clause.sides:
            if not zero and side.kind != "sum":
                yield side.span[0], side.span[0], "-", "sign of a side"
        nodes = list(within(clause.sides))
        by = {id(target) for n in nodes if n.kind == "partial" for target in n.args[1]}
        for node in nodes:
            yield from _Place(tex, set() if id(node) in by else scalars).edits(node)


@dataclass(frozen=True)
class _Place:
    """The TeX in which a node stands, and the letters that another may stand for."""

    tex: str
    scalars: Set[str]

    def text(self, node: Node) -> str:
        return self.tex[slice(*node.span)]

    def short(self, node: Node) -> str:
        return text if len(text := self.text(node)) < 25 else text[:22] + "…"

    def swapped(self, one: Node, other: Node, what: str) -> Edit:
        (a, b), (c, d) = one.span, other.span
        return a, d, self.tex[c:d] + self.tex[b:c] + self.tex[a:b], what

    def edits(self, node: Node) -> Iterator[Edit]:
        """Yield the slips at a node."""
        (a, b), args, tex, short = node.span, node.args, self.tex, self.short
        match node.kind:
            case "sum":
                for term in args:
                    sign, inside = term.args
                    start, what = term.span[0], f"sign of {short(inside)}"
                    if inside.kind == "dots" or is_landau(inside):
                        continue
                    if not sign:
                        yield start, start, "-", what
                        continue
                    end = start + (3 if tex.startswith("{", start) else 1)
                    yield start, end, {"+": "-", "-": "+"}[sign], what
                    if args[1:]:
                        yield *term.span, "", f"no {short(inside)}"
            case "product":
                for factor in args:
                    yield *factor.span, "", f"no factor {short(factor)}"
                for one, other in itertools.pairwise(args):
                    if not {one.kind, other.kind} & set(COMMUTE):
                        yield self.swapped(one, other, f"{short(one)} and {short(other)} swapped")
            case "dot" | "entrywise":
                for factor in args:
                    yield *factor.span, "1", f"no {short(factor)}"
            case "number":
                more = int(float(args[0])) + 1
                yield a, b, str(more), f"{more} for {args[0]}"
            case "pow":
                yield args[0].span[1], b, "", f"no exponent of {short(args[0])}"
            case "transpose":
                new = "^{-1}" if args[1:] else ""
                yield args[0].span[1], b, new, f"no transpose of {short(args[0])}"
            case "bold" if args[0].isupper() and args[0] != "I":
                yield b, b, r"\T", f"transpose of {args[0]}"
            case "symbol" if args[0] in self.scalars:
                for other in sorted(self.scalars - {args[0]}):
                    if other.islower() == args[0].islower():
                        yield a, b, other, f"{other} for {args[0]}"
            case "fraction":
                top, bottom = map(self.text, args)
                yield a, b, rf"\frac{{{bottom}}}{{{top}}}", f"{short(node)} turned over"
            case "sub" if len(args) == 4 and self.text(args[2]) != self.text(args[3]):
                yield self.swapped(*args[2:], f"indices of {short(node)} swapped")
            case "sub" if len(args) == 3 and args[2].kind == "number":
                other = "2" if self.text(args[2]) == "1" else "1"
                yield *args[2].span, other, f"index of {short(node)}"
            case "norm" if args[1:]:
                other = "_1" if args[1] != "1" else "_2"
                yield args[0].span[1] + 1, b, other, f"another norm for {short(node)}"
            case "function" if args[0] in SWAPS and tex.startswith("\\" + args[0], a):
                new = SWAPS[args[0]]
                yield a, a + 1 + len(args[0]), f"\\{new} ", f"{new} for {args[0]}"
            case "matrix":
                for one, other in itertools.pairwise(args):
                    yield self.swapped(one, other, "rows swapped")
                for row in args:
                    for one, other in itertools.pairwise(row.args):
                        yield self.swapped(one, other, "columns swapped")
            case "call" if len(args) == 3 and "dots" not in (args[1].kind, args[2].kind):
                yield self.swapped(*args[1:], "arguments swapped")
