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
    return node.kind == "call" and node.args[0].args[0] in ("O", "o")


Edit = tuple[int, int, str, str]


def _edits(tex: str, clauses: list[Clause], letters: Set[str]) -> Iterator[Edit]:
    for clause in clauses:
        for k, relation in enumerate(clause.relations):
            if relation in "≤≥":
                between = (clause.sides[k].span[1], clause.sides[k + 1].span[0])
                yield *between, r" \ge " if relation == "≤" else r" \le ", "relation turned"
        zero = any(side.args[:1] == ("0",) for side in clause.sides)
        for side in clause.sides:
            a, b = side.span
            if side.args[:1] == ("0",):
                if side.kind == "number":
                    yield a, b, "1", "1 for 0"
            elif not zero and side.kind != "sum":
                yield a, a, "-", "sign of a side"
        scalars = {n for n in letters if len(n) == 1}
        by = {
            id(target)
            for node in within(clause.sides)
            if node.kind == "partial"
            for target in node.args[1]
        }
        for node in within(clause.sides):
            yield from _at(tex, node, scalars if id(node) not in by else set())


def _at(tex: str, node: Node, scalars: Set[str]) -> Iterator[Edit]:
    def text(n: Node) -> str:
        return tex[n.span[0] : n.span[1]]

    def short(n: Node) -> str:
        return text(n) if len(text(n)) < 25 else text(n)[:22] + "…"

    def swapped(p: tuple[int, int], q: tuple[int, int], what: str) -> Edit:
        return p[0], q[1], tex[slice(*q)] + tex[p[1] : q[0]] + tex[slice(*p)], what

    (a, b), args = node.span, node.args
    match node.kind:
        case "sum":
            for term in args:
                sign, inside = term.args
                if inside.kind == "dots" or is_landau(inside):
                    continue
                start = term.span[0]
                if sign:
                    yield (
                        start,
                        start + (1 if tex[start] != "{" else 3),
                        "-" if sign == "+" else "+",
                        f"sign of {short(inside)}",
                    )
                    if len(args) > 1:
                        yield *term.span, "", f"no {short(inside)}"
                else:
                    yield start, start, "-", f"sign of {short(inside)}"
        case "product":
            for k, factor in enumerate(args):
                yield *factor.span, "", f"no factor {short(factor)}"
                if k and not {factor.kind, args[k - 1].kind} & set(COMMUTE):
                    yield swapped(
                        args[k - 1].span,
                        factor.span,
                        f"{short(args[k - 1])} and {short(factor)} swapped",
                    )
        case "dot" | "entrywise":
            for factor in args:
                yield *factor.span, "1", f"no {short(factor)}"
        case "number" if b > a:
            yield a, b, str(int(float(args[0])) + 1), f"{int(float(args[0])) + 1} for {args[0]}"
        case "pow" if args[1].args != ("-1",):
            yield args[0].span[1], b, "", f"no exponent of {short(args[0])}"
        case "transpose":
            yield (
                args[0].span[1],
                b,
                "^{-1}" if args[1:] else "",
                f"no transpose of {short(args[0])}",
            )
        case "bold" if args[0].isupper() and args[0] != "I":
            yield b, b, r"\T", f"transpose of {args[0]}"
        case "symbol" if args[0] in scalars:
            for other in sorted(scalars - {args[0]}):
                if other.islower() == args[0].islower():
                    yield a, b, other, f"{other} for {args[0]}"
        case "fraction":
            top, bottom = text(args[0]), text(args[1])
            yield a, b, rf"\frac{{{bottom}}}{{{top}}}", f"{short(node)} turned over"
        case "sub":
            indices = args[2:]
            if len(indices) == 2 and text(indices[0]) != text(indices[1]):
                yield swapped(indices[0].span, indices[1].span, f"indices of {short(node)} swapped")
            elif len(indices) == 1 and indices[0].kind == "number":
                yield (
                    *indices[0].span,
                    "2" if text(indices[0]) == "1" else "1",
                    f"index of {short(node)}",
                )
        case "norm" if args[1:]:
            end = args[0].span[1] + 1
            yield end, b, "_1" if args[1] != "1" else "_2", f"another norm for {short(node)}"
        case "function" if args[0] in SWAPS and tex.startswith("\\" + args[0], a):
            yield (
                a,
                a + 1 + len(args[0]),
                "\\" + SWAPS[args[0]] + " ",
                f"{SWAPS[args[0]]} for {args[0]}",
            )
        case "matrix":
            rows = [(row.args[0].span[0], row.args[-1].span[1]) for row in args]
            for p, q in itertools.pairwise(rows):
                yield swapped(p, q, "rows swapped")
            for row in args:
                for one, other in itertools.pairwise(row.args):
                    yield swapped(one.span, other.span, "columns swapped")
        case "call" if len(args) == 3 and "dots" not in (args[1].kind, args[2].kind):
            yield swapped(args[1].span, args[2].span, "arguments swapped")
