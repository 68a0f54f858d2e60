"""The points at which a formula is tried: random and generic, unless its author names some."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any

import numpy as np

from mcalc.formulas.algebra import is_symmetric
from mcalc.formulas.definitions import Definition, definition_of
from mcalc.formulas.tree import Clause, Node, below, within

FAULTS = (ArithmeticError, LookupError, TypeError, ValueError)
"""What an evaluation raises where a formula means nothing; a FormulaError is a ValueError."""

Point = Mapping[str, Any]
"""A point: what varies, by its name."""

MOST = 500
"""How many choices of lengths are tried."""

CONSTANTS = {"e", "pi", "I", "0", "delta"}


def variables(
    clauses: Sequence[Clause], definitions: Mapping[str, Definition], symbols: Set[str]
) -> dict[str, int]:
    """Return the letters that mean nothing yet, with the number of axes that their use asks for."""
    said = (d for c in clauses for _, s in c.conditions if s and (d := definition_of(s[0])))
    known = {*symbols, *definitions, *CONSTANTS, *(d.name for d in said if not d.params)}
    found: dict[str, int] = {}
    bodies = [(d.body, known | set(d.params)) for d in definitions.values()]
    for node, bound in [*((node, known) for node in below(clauses)), *bodies]:
        for name, axes in _unbound(node, bound):
            found.setdefault(name, axes)
    for node in within(clauses):
        if node.kind == "differential" and node.args[0].key in {*found, *symbols}:
            found["d" + node.args[0].key] = _axes(node.args[0])
    return {name: axes for name, axes in found.items() if not is_entry(name, found)}


def _axes(letter: Node) -> int:
    """Return how many axes a letter has by how it is set."""
    return {"symbol": 0}.get(letter.kind, 1 + int(letter.args[0].isupper()))


def _unbound(node: Node, known: Set[str]) -> Iterator[tuple[str, int]]:
    """Yield the letters of a tree that mean nothing, with their axes."""
    args, parts = node.args, node.parts
    match node.kind:
        case "big":
            known = known | {n.key for n in below(args[1:4])}
        case "evaluated":
            known = known | {args[1].key}
        case "limit":
            known = known | {args[0].key}
        case "symbol" | "bold":
            if node.key not in known:
                yield node.key, _axes(node)
        case "sub" if args[0].kind in ("symbol", "bold"):
            base, parts = args[0].key, args[2:]
            letters = [n for n in parts if n.kind != "number"]
            if {node.key, base, base.upper()} & known:
                known = known | {n.key for n in letters}
            else:
                vector = letters and args[0].kind == "symbol"
                yield (base, len(parts)) if vector else (node.key, _axes(args[0]))
                parts = ()
        case "sub":
            parts = args[:1]
        case "call" if args[0].key:
            parts = args[1:]
        case "edge":
            parts = ()
    for part in parts:
        yield from _unbound(part, known)


def is_entry(name: str, found: Mapping[str, int]) -> bool:
    """Tell whether a letter is an entry of another that varies: a_{ij} of A, w_1 of w."""
    base, _, number = name.partition("_")
    return (found[name] == 2 and not name.isupper() and name.upper() in found) or (
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
    sizes = [n for v in bound for n in reversed(np.shape(v))]
    lengths, axes = list(dict.fromkeys([*sizes, 3, 2])), sum(kinds.values())
    alike = ((n,) * axes for n in lengths)
    unlike = itertools.islice(itertools.product(lengths, repeat=axes), MOST)
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
    """Yield random points near the given ones, each farther away than the one before."""
    rng = np.random.default_rng(1)
    for k, point in zip(range(count), itertools.cycle(points), strict=False):
        far = 0.1 * 4.0**k
        yield {name: moved(value, rng, far) for name, value in point.items()}


def moved(value: Any, rng: np.random.Generator, far: float) -> Any:
    """Return a value near another; whole numbers count something, and stay."""
    if not isinstance(value, float | np.ndarray) or np.asarray(value).dtype.kind != "f":
        return value
    noise = far * rng.standard_normal(np.shape(value))
    if is_symmetric(value):
        noise = noise + noise.T  # a symmetric matrix stays one
    return value + noise if np.ndim(value) else float(value + noise)


def shown(value: Any) -> str:
    """Return a value short enough for a message."""
    text = np.array2string(np.asarray(value), precision=4, threshold=12, separator=", ")
    return " ".join(text.split())


def shown_point(point: Point) -> str:
    """Return a point as a message says it."""
    return ", ".join(f"{n} = {'…' if callable(v) else shown(v)}" for n, v in point.items())
