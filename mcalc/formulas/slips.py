"""The wrong formulas that one slip of the pen makes: edits of the TeX at the place of a node."""

from __future__ import annotations

import itertools
from collections import Counter
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
    seen, named = Counter[str](), []
    for slip in found.values():  # two places may be changed in the same way
        seen[slip.what] += 1
        again = f" ({seen[slip.what]})" if seen[slip.what] > 1 else ""
        named.append(Slip(slip.what + again, slip.tex))
    return named


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
        match node.kind, args:
            case "sum", _:
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
            case "product", _:
                for factor in args:
                    yield *factor.span, "", f"no factor {short(factor)}"
                for one, other in itertools.pairwise(args):
                    if not {one.kind, other.kind} & set(COMMUTE):
                        yield self.swapped(one, other, f"{short(one)} and {short(other)} swapped")
            case (("dot" | "entrywise"), _):
                for factor in args:
                    yield *factor.span, "1", f"no {short(factor)}"
            case "number", (digits,):
                more = int(float(digits)) + 1
                yield a, b, str(more), f"{more} for {digits}"
            case "pow", (base, _):
                yield base.span[1], b, "", f"no exponent of {short(base)}"
            case "transpose", (base, *sign):
                yield base.span[1], b, "^{-1}" if sign else "", f"no transpose of {short(base)}"
            case "bold", (name, _) if name.isupper() and name != "I":
                yield b, b, r"\T", f"transpose of {name}"
            case "symbol", (name,) if name in self.scalars:
                for other in sorted(self.scalars - {name}):
                    if other.islower() == name.islower():
                        yield a, b, other, f"{other} for {name}"
            case "fraction", (top, bottom):
                turned = rf"\frac{{{self.text(bottom)}}}{{{self.text(top)}}}"
                yield a, b, turned, f"{short(node)} turned over"
            case "sub", (_, _, i, j) if self.text(i) != self.text(j):
                yield self.swapped(i, j, f"indices of {short(node)} swapped")
            case "sub", (_, _, Node("number") as i):
                other = {"1": "2"}.get(self.text(i), "1")
                yield *i.span, other, f"index of {short(node)}"
            case "norm", (inside, kind):
                other = {"1": "_2"}.get(kind, "_1")
                yield inside.span[1] + 1, b, other, f"another norm for {short(node)}"
            case "function", (name, *_) if name in SWAPS and tex.startswith("\\" + name, a):
                new = SWAPS[name]
                yield a, a + 1 + len(name), f"\\{new} ", f"{new} for {name}"
            case "matrix", _:
                for one, other in itertools.pairwise(args):
                    yield self.swapped(one, other, "rows swapped")
                for row in args:
                    for one, other in itertools.pairwise(row.args):
                        yield self.swapped(one, other, "columns swapped")
            case "call", (_, one, other) if "dots" not in (one.kind, other.kind):
                yield self.swapped(one, other, "arguments swapped")
