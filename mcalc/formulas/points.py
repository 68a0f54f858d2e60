"""The points at which a formula is tried: random and generic, unless its author names some."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any

import numpy as np

from mcalc.formulas.definitions import Definition, definition_of
from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.tree import Clause, Node

FAULTS = (FormulaError, ArithmeticError, ValueError, TypeError, IndexError, np.linalg.LinAlgError)
"""What an evaluation raises where a formula means nothing."""

Point = Mapping[str, Any]
"""A point: what varies, by its name."""

MOST = 500
"""How many choices of lengths are tried."""

CONSTANTS = {"e", "pi", "I", "0", "delta"}


def variables(
    clauses: Sequence[Clause], definitions: Mapping[str, Definition], symbols: Set[str]
) -> dict[str, int]:
    """Return the letters that mean nothing yet, with the number of axes that their use asks for."""
    found: dict[str, int] = {}
    known = symbols | set(definitions)

    said = (d for c in clauses for _, s in c.conditions if s and (d := definition_of(s[0])))
    known |= {d.name for d in said if not d.params}

    def note(name: str, axes: int, bound: Set[str]) -> None:
        if name and name not in known | bound | CONSTANTS:
            found.setdefault(name, axes)

    def look(node: Any, bound: Set[str]) -> None:
        if isinstance(node, Clause):
            look(node.sides, bound)
            look(tuple(said for _, said in node.conditions), bound)
        elif isinstance(node, tuple):
            for part in node:
                look(part, bound)
        if not isinstance(node, Node):
            return
        kind, args = node.kind, node.args
        if kind == "big":
            bound = bound | {n.key for n in args[1:4] if isinstance(n, Node) and n.kind == "symbol"}
        elif kind in ("evaluated", "limit"):
            bound = bound | {args[1] if kind == "evaluated" else args[0].key}
        if kind == "symbol":
            note(args[0], 0, bound)
        elif kind == "bold":
            note(args[0], 2 if args[0].isupper() else 1, bound)
        elif kind == "sub" and args[0].kind in ("symbol", "bold"):
            base = args[0].key
            letters = [n for n in args[2:] if n.kind != "number"]
            if node.key in known | bound or {base, base.upper()} & (known | bound):
                look(args[2:], bound | {n.key for n in letters})
            elif letters and args[0].kind == "symbol":
                note(base, len(args) - 2, bound)
            else:
                note(node.key, 0 if args[0].kind == "symbol" else 2 if base.isupper() else 1, bound)
        elif kind == "sub":
            look(args[0], bound)
        elif kind == "call" and args[0].kind in ("symbol", "bold"):
            look(args[1:], bound)
        elif kind == "edge":
            pass
        else:
            look(args, bound)
            if kind == "differential" and args[0].key in found:
                found["d" + args[0].key] = found[args[0].key]
            elif kind == "differential" and args[0].key in symbols:
                found["d" + args[0].key] = 2 if args[0].key[0].isupper() else 1

    look(tuple(clauses), frozenset())
    for definition in definitions.values():
        look((definition.body,), frozenset(definition.params))
    return {name: axes for name, axes in found.items() if not is_entry(name, found)}


def is_entry(name: str, found: Mapping[str, int]) -> bool:
    """Tell whether a letter is an entry of another that varies: a_{ij} of A, w_1 of w."""
    base, _, number = name.partition("_")
    return (found[name] == 2 and name != name.upper() and name.upper() in found) or (
        number.isdigit() and found.get(base) == 1
    )


def random_points(
    kinds: Mapping[str, int],
    bound: Sequence[Any],
    evaluate: Callable[..., Any],
    count: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Return points at which a formula can be evaluated; arrays fit what is bound.

    All axes have one length where that can be evaluated, else each one of its own.
    """
    if not kinds:
        return [{}]
    rng = np.random.default_rng(seed)
    sizes = [n for v in bound for n in reversed(np.shape(v))] if bound else []
    lengths, axes = list(dict.fromkeys([*sizes, 3, 2])), sum(kinds.values())
    alike = ((n,) * axes for n in lengths)
    unlike = itertools.islice(itertools.product(lengths, repeat=axes), MOST if axes > 1 else 0)
    faults: list[Exception] = []
    for tried in itertools.chain(alike, unlike):
        points: list[dict[str, Any]] = []
        for attempt in range(12 * count):
            draw = rng.standard_normal if attempt < 6 * count else rng.random
            rest = iter(tried)
            shapes = {name: [next(rest) for _ in range(kinds[name])] for name in kinds}
            point = {name: draw(s) if s else float(draw()) for name, s in shapes.items()}
            try:
                evaluate(point)
            except FAULTS as raised:
                faults.append(raised)
                if "shape" in str(raised):
                    break
                continue
            points.append(point)
            if len(points) == count:
                return points
    raise faults[0]


def nearby(points: Sequence[Point], count: int) -> Iterator[dict[str, Any]]:
    """Yield random points near the given ones, and then farther away from them."""
    rng = np.random.default_rng(1)
    for k in range(count):
        far = 0.1 * 3.0 ** max(0, k - count // 2)
        yield {name: moved(value, rng, far) for name, value in points[k % len(points)].items()}


def moved(value: Any, rng: np.random.Generator, far: float) -> Any:
    """Return a value near another; whole numbers count something, and stay."""
    if not isinstance(value, float | np.ndarray) or np.asarray(value).dtype.kind != "f":
        return value
    noise = far * rng.standard_normal(np.shape(value))
    if (
        np.ndim(value) == 2
        and len(set(np.shape(value))) == 1
        and np.all(value == np.transpose(value))
    ):
        noise = noise + noise.T  # a symmetric matrix stays one
    return value + noise if np.ndim(value) else float(value + noise)


def shown(value: Any) -> str:
    """Return a value short enough for a message."""
    text = np.array2string(np.asarray(value), precision=4, threshold=12, separator=", ")
    return " ".join(text.split())


def shown_point(point: Point) -> str:
    """Return a point as a message says it."""
    return ", ".join(f"{n} = {'…' if callable(v) else shown(v)}" for n, v in point.items())
