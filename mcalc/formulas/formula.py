"""A formula that runs: its TeX is read, both of its sides are evaluated, and slips must fail."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from mcalc.checks.numerical import observed_order
from mcalc.formulas.algebra import Numbers, distance, scalar
from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.definitions import Definition, definition_of, definitions, key_of, renamed
from mcalc.formulas.points import FAULTS, jittered, random_points, shown, shown_point, variables
from mcalc.formulas.scope import Scope, UnfulfilledError, alias, is_landau
from mcalc.formulas.slips import Slip, slips
from mcalc.formulas.tree import Clause, Node, parse, within

MARGIN = 1000.0
"""A slip must miss by this many tolerances, so that rounding cannot reject it."""

LIMIT_TOLERANCE = 1e-6
"""How close a limit is found by extrapolation."""

Point = Mapping[str, Any]


class WrongError(AssertionError):
    """A formula that does not hold as it is displayed, or slips that its points cannot tell."""


@dataclass(frozen=True)
class Verdict:
    """What an evaluation of a formula found.

    Attributes:
        residual: how far the sides are apart at most, relative to the larger of 1 and the left.
        points: how many points were tried; of those that the author named and random ones.
        relations: how many relations the formula holds.
        rejected: for each slip that is told from the truth, by how much it fails.
        refused: slips that shapes or the grammar refuse.
        equivalent: slips that are other true formulas: they hold at random points, too.
        order: for an approximation, the smallest order that was observed.
        proved: the size for which SymPy proved it; None where it did not.
    """

    residual: float
    points: int
    relations: int
    rejected: Mapping[str, float] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    equivalent: tuple[str, ...] = ()
    order: float | None = None
    proved: str | None = None


class Formula:
    r"""The formula that some TeX displays.

    Args:
        tex: TeX in the grammar of the book, without dollars.
        given: TeX of definitions that it uses.
        named: expressions that are bound as a whole, by their TeX.
        **symbols: what its letters mean: numbers, arrays, functions. What stays unbound varies.

    Raises:
        FormulaError: if it cannot be read, or a letter means nothing.

    Examples:
        >>> import numpy as np
        >>> A = np.array([[1.0, 2.0], [0.0, 3.0]])
        >>> formula = Formula(r"\grad(\vec{x}\T\mat{A}\vec{x}) = (\mat{A} + \mat{A}\T)\vec{x}", A=A)
        >>> formula.check().residual < 1e-12
        True
        >>> wrong = Formula(r"\grad(\vec{x}\T\mat{A}\vec{x}) = 2\mat{A}\vec{x}", A=A)
        >>> wrong.check(at={"x": np.array([1.0, 1.0])})
        Traceback (most recent call last):
        mcalc.formulas.formula.WrongError: ... at x = [1. 1.]: [[4.], [8.]] = [[6.], [6.]] is off by 0.5
    """

    def __init__(
        self, tex: str, *, given: Sequence[str] = (), named: Mapping[str, Any] | None = None, **symbols: Any
    ) -> None:
        self.tex = tex
        self.symbols = {alias(k): v for k, v in symbols.items()}
        self.given, self.named_tex = tuple(given), dict(named or {})
        self.definitions: dict[str, Definition] = {}
        bound = set(self.symbols)
        functions = {n for n, v in self.symbols.items() if callable(v)}
        self.displayed: set[str] = set()
        for text in given:
            for definition in definitions(text, functions, bound):
                self.displayed.add(definition.name)
                if definition.name not in self.symbols:
                    self.definitions[definition.name] = definition
                    bound.add(definition.name)
                    if definition.params and not definition.index:
                        functions.add(definition.name)
        self.parsed = parse(tex, functions, bound)
        self.clauses = self._local(self.parsed)
        used = self.used()
        self.definitions = {n: d for n, d in self.definitions.items() if n in used}
        self.named = {self._whole(t, functions, bound): v for t, v in self.named_tex.items()}

    def _whole(self, tex: str, functions: set[str], bound: set[str]) -> Node:
        return parse(f"{tex} = 0", functions, bound)[0].sides[0]

    def _local(self, clauses: list[Clause]) -> list[Clause]:
        """Take the clauses that say what a letter of the others means, and return the others."""
        kept = []
        for k, clause in enumerate(clauses):
            others = [c for j, c in enumerate(clauses) if j != k]
            if (found := definition_of(clause)) and not clause.conditions:
                used = {key_of(n) for n in within(others)} | {key_of(n) for c in others for n in within(c.conditions)}
                if found.name not in {*self.symbols, *self.definitions} and found.name in used:
                    self.definitions[found.name] = found
                    continue
            kept.append(clause)
        if not kept:
            raise FormulaError("this defines its symbols and claims nothing; bind one of them")
        return kept

    @staticmethod
    def defined_by(tex: str) -> set[str]:
        """Return the names that a display defines."""
        return {definition.name for definition in definitions(tex, set(), set())}

    @staticmethod
    def claims_more(tex: str) -> bool:
        """Tell whether a display that defines holds a chain of more than two sides."""
        return any(len(clause.sides) > 2 for clause in parse(tex))

    def used(self) -> set[str]:
        """Return the names that the formula uses, those of its definitions included."""
        found = names_in(self.clauses)
        queue = [n for n in self.definitions if n in found]
        while queue:
            body = self.definitions[queue.pop()].body
            new = names_in((body,)) - found
            found |= new
            queue += [n for n in self.definitions if n in new]
        return found

    def examples(self) -> list[str]:
        """Return the letters that stand for any function, and were bound to one."""
        heads = ("call", "prime", "gradient", "partial")
        applied = {key_of(n.args[0]) for n in within(self.clauses) if n.kind in heads}
        applied |= {name for n in within(self.clauses) if n.kind == "map" for name in names_in(n.args)}
        functions = {n for n, v in self.symbols.items() if callable(v) and not hasattr(v, "numbered")}
        return sorted(functions & applied - self.displayed)

    def provable(self) -> bool:
        """Tell whether all relations are equalities of what is displayed: no Python in between."""
        equal = all(r == "=" for clause in self.clauses for r in clause.relations)
        code = {n for n, v in self.symbols.items() if callable(v)} & self.used() - self.displayed
        return equal and not self.named and not code

    # --- points -----------------------------------------------------------------------------------

    def variables(self) -> dict[str, int]:
        """Return the letters that vary, with their number of axes: 1 for a vector."""
        return variables(self.clauses, self.definitions, set(self.symbols))

    def random_points(self, count: int, seed: int = 0) -> list[dict[str, Any]]:
        """Return random points at which every side is finite."""
        return random_points(self.variables(), list(self.symbols.values()), self.distances, count, seed)

    # --- evaluation -------------------------------------------------------------------------------

    def scope(self, point: Point, algebra: Any, symbols: Any = None) -> Scope:
        """Return what the letters mean at a point."""
        point = {alias(k): v for k, v in point.items()}
        scope = Scope({**(symbols or self.symbols), **point}, self.definitions, list(point), algebra, self.named)
        scope.measure(*(c.sides for c in self.clauses))
        return scope

    def values(self, point: Point, algebra: Any = None, symbols: Any = None) -> Iterator[tuple[Claim, Any, Any]]:
        """Yield each relation with the values of its two sides at a point."""
        base = self.scope(point, algebra or Numbers(), symbols)
        for clause in self.clauses:
            for scope, sides in readings(base, clause):
                letters = next((free for side in sides if (free := scope.indices(side))), [])
                for side in sides if letters else ():
                    if not self.named and not set(letters) <= scope.counted(side):
                        raise FormulaError(f"a side lacks one of the free indices {', '.join(letters)}")
                values = [scope.entries(side, letters) for side in sides]
                claims = map(Claim, clause.relations, sides, sides[1:])
                yield from zip(claims, values, values[1:], strict=False)

    def distances(self, point: Point, *, both: bool = True) -> list[tuple[str, float, Any, Any]]:
        """Return for each relation by how much it fails at a point."""
        found = []
        with np.errstate(all="ignore"):  # a value that is not finite is refused
            for claim, a, b in self.values(point, Numbers(both=both)):
                gap = distance(claim.relation, a, b)
                found.append((claim.relation, 0.0 if gap <= claim.tolerance(a) else gap, a, b))
        return found

    def off(self, points: Sequence[Point]) -> float:
        """Return by how much the formula fails at most, each derivative computed once."""
        return max(gap for p in points for _, gap, _, _ in self.distances(p, both=False))

    def like(self, tex: str) -> Formula:
        """Return another formula with the same symbols, which claims as much."""
        other = Formula(tex, given=self.given, named=self.named_tex, **self.symbols)
        if [len(c.sides) for c in other.clauses] != [len(c.sides) for c in self.clauses]:
            raise FormulaError("it does not claim as much, with as many sides")
        return other

    def slips(self) -> list[Slip]:
        """Return the wrong formulas that one slip of the pen makes of this one."""
        numbers = {n for n, axes in self.variables().items() if not axes}
        numbers |= {n for n, v in self.symbols.items() if isinstance(v, float)}
        return slips(self.tex, self.parsed, numbers)

    def check(
        self,
        *,
        at: Point | Sequence[Point] | int | None = None,
        small: Sequence[str] = (),
        order: float | None = None,
        tol: float = 1e-9,
        wrong: Mapping[str, str] | None = None,
        search: bool = True,
        prove: bool = False,
    ) -> Verdict:
        r"""Evaluate both sides of every relation, and see every slip fail.

        Args:
            at: points, each a dict from letters to values; or how many random ones.
            small: letters that go to 0 in an approximation.
            order: the claimed order of the error, such as 2 for a linear model.
            tol: largest difference allowed, relative to the larger of 1 and the left side.
            wrong: slips with a name, as TeX of the whole formula or of its last side.
            search: whether slips are made.
            prove: whether SymPy is asked for a proof.

        Returns:
            What was found.

        Raises:
            WrongError: if a relation fails, or a slip holds at every point.
            FormulaError: if the formula cannot be evaluated.
        """
        points = [at] if isinstance(at, Mapping) else self.random_points(at or 3) if at is None or isinstance(at, int) else list(at)
        if not points:
            raise FormulaError("at is empty; name a point, or leave at out")
        approximate = bool(small) or any(c.in_the_limit for clause in self.clauses for c in claims_of(clause))
        if approximate:
            small = small or [n for n in points[0] if n.startswith(("varepsilon", "h"))]
            claimed = 2.0 if order is None else order
            measured = self.smallest_order(points, small, claimed)
            if measured < claimed - 0.1 or math.isinf(measured):
                raise WrongError(f"the error falls like h^{measured:.2f}, not like h^{claimed:g}")
            residual = self.exact_part(points, small)
            if residual > tol:
                raise WrongError(f"a part that is exact is off by {residual:.3g}")
            failing = functools.partial(Formula.falls_short, small=small, claimed=claimed)
            least, holds = 0.5, 0.1
        else:
            measured, residual = None, self.worst(points, tol)
            failing, least, holds = Formula.off, MARGIN * tol, tol
        relations = sum(len(c.relations) for c in self.clauses)
        verdict = Verdict(residual, len(points), relations, order=measured)
        if prove and not approximate and self.provable():
            from mcalc.formulas.prove import proves  # SymPy takes half a second to load

            shown = {n: v for n, v in self.symbols.items() if n not in self.displayed or not callable(v)}
            alone = Formula(self.tex, given=self.given, **shown)  # by what is displayed, not by code
            verdict = replace(verdict, proved=proves(alone, points[0]))
        if not search and not wrong:
            return verdict
        named = {name: self.completed(tex) for name, tex in (wrong or {}).items()}
        made = {slip.what: slip.tex for slip in self.slips()} if search else {}
        more = self.nearby(points, lambda where: failing(self, where) <= holds)
        tried = functools.partial(self.sort, points=points, more=more, failing=failing, least=least)
        return replace(verdict, **tried(named | made, named=set(named)))

    def sort(
        self, variants: Mapping[str, str], *, points: Any, more: Any, failing: Any, least: float, named: set[str]
    ) -> dict[str, Any]:
        """Sort slips into those that fail, those that are refused, and other true formulas."""
        rejected: dict[str, float] = {}
        refused: list[str] = []
        equivalent: list[str] = []
        for what, tex in variants.items():
            try:
                other = self.like(tex)
                off = float(failing(other, points))
                if off <= least and more:
                    off = failing(other, more)
            except FAULTS as error:
                if what in named:
                    raise FormulaError(f"the wrong variant {what!r} cannot be evaluated: {error}") from None
                refused.append(what)
                continue
            if off > least:
                rejected[what] = off
            elif what in named or not more:
                raise WrongError(f"the points cannot tell the slip {what!r}, {tex}; name a better point")
            else:
                equivalent.append(f"{what}: {tex}")
        return {"rejected": rejected, "refused": tuple(refused), "equivalent": tuple(equivalent)}

    def completed(self, tex: str) -> str:
        """Return a wrong variant as a whole formula: it may stand for the last side alone."""
        try:
            parse(tex, set(self.symbols), set(self.symbols))
            return tex
        except FormulaError:  # it has no relation
            pass
        last = self.clauses[-1].sides[-1]
        return self.tex[: last.span[0]] + tex + self.tex[last.span[1] :]

    def worst(self, points: Sequence[Point], tol: float) -> float:
        """Return the largest residual; raise where a relation fails."""
        worst = 0.0
        for point in points:
            for relation, gap, a, b in self.distances(point):
                if gap > tol:
                    where = f" at {shown_point(point)}" if point else ""
                    raise WrongError(f"it does not hold{where}: {shown(a)} {relation} {shown(b)} is off by {gap:.3g}")
                worst = max(worst, gap)
        return worst

    def nearby(self, points: Sequence[Point], holds: Callable[[list[Point]], bool]) -> list[dict[str, Any]]:
        """Return random points near the given ones at which the formula holds, too."""
        rng = np.random.default_rng(1)
        found = []
        for k in range(8):
            point = points[k % len(points)]
            moved = {n: jittered(v, rng) for n, v in point.items()}
            try:
                if holds([moved]):
                    found.append(moved)
            except FAULTS:
                continue
        return found

    # --- approximations ---------------------------------------------------------------------------

    def shrunk(self, point: Point, small: Sequence[str], h: float) -> dict[str, Any]:
        return {n: np.asarray(v) * h if n in small and np.ndim(v) else v * h if n in small else v for n, v in point.items()}

    def smallest_order(self, points: Sequence[Point], small: Sequence[str], claimed: float) -> float:
        """Return the smallest order at which the two sides of ≈, or of + O(…), approach each other."""
        marked = any(r == "≈" for c in self.clauses for r in c.relations)
        found = math.inf
        for point in points:

            def error(h: float, point: Point = point) -> float:
                gaps = self.distances(self.shrunk(point, small, h), both=False)
                return max(gap for relation, gap, _, _ in gaps if relation == "≈" or not marked)

            measured = observed_order(error, step=0.1, floor=1e-11)
            for letter, argument in self.landau():

                def size(h: float, point: Point = point, argument: Node = argument) -> float:
                    scope = self.scope(self.shrunk(point, small, h), Numbers(both=False))
                    return float(abs(scalar(scope.value(argument))))

                said = observed_order(size, step=0.1, floor=1e-11)
                said = 0.0 if math.isinf(said) else said
                least, most = (said - 0.1, said + 0.5) if letter == "O" else (said + 0.5, said + 1.5)
                if measured < least:
                    return measured
                if measured > most:
                    raise FormulaError(f"{letter}(…) says less than is true: the order is {measured:.2f}")
            found = min(found, measured)
        return found

    def landau(self) -> Iterator[tuple[str, Node]]:
        """Yield the arguments of O and o."""
        scope = Scope(self.symbols, self.definitions, ())
        for clause in self.clauses:
            for node in within(clause.sides):
                if is_landau(node, scope):
                    yield key_of(node.args[0]), node.args[1]

    def exact_part(self, points: Sequence[Point], small: Sequence[str]) -> float:
        """Return by how much the relations of an approximation fail that are not approximate."""
        if not any(r == "≈" for c in self.clauses for r in c.relations):
            return 0.0
        gaps = [g for p in points for r, g, _, _ in self.distances(self.shrunk(p, small, 0.5)) if r != "≈"]
        return max(gaps, default=0.0)

    def falls_short(self, points: Sequence[Point], *, small: Sequence[str], claimed: float) -> float:
        """Return by how much the order falls short; 1 at least if an exact part is off."""
        short = claimed - self.smallest_order(points, small, claimed)
        return max(short, 1.0 if self.exact_part(points, small) > 1e-6 else 0.0)


def names_in(parts: Any) -> set[str]:
    """Return the names in some trees, with and without their subscripts; of `a_{ij}` also A."""
    found = {key_of(node) for node in within(parts)} - {""}
    bases = {key_of(node.args[0]) for node in within(parts) if node.kind == "sub" and node.args[2:]}
    return found | {base.upper() for base in bases}


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

    def tolerance(self, value: Any) -> float:
        """Return how far the sides may be apart, relative to the larger of 1 and the left one."""
        if any(n.kind == "limit" for n in within((self.left, self.right))):
            return LIMIT_TOLERANCE
        if self.relation == "≈" and (digit := last_digit(self.left) or last_digit(self.right)):
            return 0.501 * digit / max(1.0, float(np.max(np.abs(value))))
        return 0.0


def claims_of(clause: Clause) -> list[Claim]:
    """Return the relations of a clause."""
    return list(map(Claim, clause.relations, clause.sides, clause.sides[1:]))


def last_digit(node: Node) -> float:
    """Return the unit of the last digit of a number that is written out, else 0."""
    if node.kind == "number":
        return 10.0 ** -len(node.args[0].partition(".")[2])
    if node.kind in ("parenthesis", "matrix", "row", "term") or (node.kind == "sum" and len(node.args) == 1):
        units = [last_digit(part) for part in node.args if isinstance(part, Node)]
        return min(units, default=0.0)
    if node.kind in ("product", "dot") and node.args[0].kind == "number" and node.args[1].kind == "pow":
        base, power = node.args[1].args
        exponent = power.args[0].args if power.kind == "sum" else ("", power)
        if base.args == ("10",) and exponent[1].kind == "number":
            return last_digit(node.args[0]) * 10.0 ** (int(exponent[1].args[0]) * (-1 if exponent[0] == "-" else 1))
    return 0.0


def readings(base: Scope, clause: Clause) -> Iterator[tuple[Scope, tuple[Node, ...]]]:
    """Yield the scopes and sides that the words beside a clause ask for."""
    found = [(base, clause.sides)]
    for words, said in clause.conditions:
        if words.endswith("layout"):
            found = [(numerated(s, words == "in numerator layout"), sides) for s, sides in found]
        elif len(said) > 1:  # for s = w, x, y
            name = key_of(said[0].sides[0])
            found = [
                (s, tuple(renamed(side, name, c.sides[1]) for side in sides))
                for s, sides in found
                for c in said
            ]
        elif words in ("from", "where", "at") and (local := definition_of(said[0])) and not base.has(local.name):
            found = [(replace(s, definitions={**s.definitions, local.name: local}), sides) for s, sides in found]
        elif base.algebra.assumes and words.startswith("for") and said[0].relations[0] in "≠<>≤≥":
            continue
        elif said[0].relations and not base.holds(said[0]):
            raise UnfulfilledError(f"the point does not fulfil what is said: {words} …")
    return iter(found)


def numerated(scope: Scope, numerator: bool) -> Scope:
    return replace(scope, numerator=numerator)
