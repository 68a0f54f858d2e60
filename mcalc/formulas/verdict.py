"""The verdict on a formula: it holds at its points, and slips of it do not.

An equality is judged by how far its sides are apart, an approximation by how fast they approach
each other when the small letters are halved.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mcalc.checks.numerical import observed_order
from mcalc.formulas.algebra import Numbers, scalar
from mcalc.formulas.derivatives import Meaning
from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.points import FAULTS, Point, nearby, shown, shown_point
from mcalc.formulas.tree import Node, parse, within
from mcalc.formulas.values import is_landau

if TYPE_CHECKING:
    from mcalc.formulas.formula import Formula

MARGIN = 1000.0
"""A slip must miss by this many tolerances, so that rounding cannot reject it."""


class WrongError(AssertionError):
    """A formula that does not hold as it is displayed, or slips that its points cannot tell.

    Where a relation fails at a point, `found` is that point, the values of the two sides there, and
    how far they are apart.
    """

    found: tuple[Point, Any, Any, float] | None = None


@dataclass(frozen=True)
class Verdict:
    """What an evaluation of a formula found.

    Attributes:
        residual: how far the sides are apart at most, relative to the larger of 1 and the left.
        points: how many points were tried.
        relations: how many relations the formula holds.
        rejected: for each slip that is told from the truth, by how much it fails; for an
            approximation, by how much its order falls short.
        refused: slips that shapes or the grammar refuse.
        equivalent: slips that are other true formulas: they hold at random points, too.
        order: for an approximation, the smallest order that was observed.
        proved: the sizes for which SymPy proved it; None where it did not.
        texts: the rejected slips as TeX.
        named: those of them that were given a name.
    """

    residual: float
    points: int
    relations: int
    rejected: Mapping[str, float] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    equivalent: tuple[str, ...] = ()
    order: float | None = None
    proved: str | None = None
    texts: Mapping[str, str] = field(default_factory=dict)
    named: tuple[str, ...] = ()


@dataclass(frozen=True)
class Equal:
    """The claim that relations hold."""

    tol: float

    @property
    def slack(self) -> float:
        """Return by how much the truth may fail at another point."""
        return self.tol

    @property
    def least(self) -> float:
        """Return by how much a slip must fail."""
        return MARGIN * self.tol

    def judge(self, formula: Formula, points: Sequence[Point]) -> tuple[float, float | None]:
        """Return the largest residual, each derivative computed twice; raise if one is large."""
        worst = 0.0
        for point in points:
            for claim, gap, a, b in formula.distances(point):
                if gap > self.tol:
                    where = f" at {shown_point(point)}" if point else ""
                    sides = f"{shown(a)} {claim.relation} {shown(b)}"
                    place = ""
                    if [*formula.claims()][1:]:
                        start, end = claim.left.span[0], claim.right.span[1]
                        place = f", in {formula.tex[start:end]!r}"
                    error = WrongError(
                        f"it does not hold{where}: {sides} is off by {gap:.3g}{place}"
                    )
                    error.found = point, a, b, gap
                    raise error
                worst = max(worst, gap)
        return worst, None

    def fails_by(self, formula: Formula, point: Point) -> float:
        """Return by how much a formula fails."""
        return formula.off([point])


@dataclass(frozen=True)
class Approaching:
    """The claim that the sides of ≈ approach each other, with an order, as some letters go to 0."""

    small: Sequence[str]
    order: float
    tol: float
    kept: dict[Any, Point] = field(default_factory=dict)
    least = 0.5
    slack = 0.1

    def judge(self, formula: Formula, points: Sequence[Point]) -> tuple[float, float | None]:
        """Return the error of exact parts and the smallest order; raise where one fails."""
        found = min(self.observed(formula, point) for point in points)
        if found < self.order - 0.1 or math.isinf(found):
            raise WrongError(f"the error falls like h^{found:.2f}, not like h^{self.order:g}")
        exact = self.exact_part(formula, points)
        if exact > self.tol:
            raise WrongError(f"a part that is exact is off by {exact:.3g}")
        return exact, found

    def fails_by(self, formula: Formula, point: Point) -> float:
        """Return by how much the order falls short; 1 at least if an exact part is off."""
        short = self.order - max(0.0, self.observed(formula, point))  # at most all of it
        return max(short, float(self.exact_part(formula, [point]) > 1e-6))

    def scaled(self, point: Point, h: float) -> Point:
        """Return a point with its small letters scaled; the same one for all slips."""
        if (id(point), h) not in self.kept:
            small = {n: (h * np.asarray(v))[()] for n, v in point.items() if n in self.small}
            self.kept[id(point), h] = {**point, **small}
        return self.kept[id(point), h]

    def observed(self, formula: Formula, point: Point) -> float:
        """Return the order at which the sides of ≈, or of + O(…), approach each other."""
        marked = any(claim.relation == "≈" for claim in formula.claims())

        def error(h: float) -> float:
            gaps = formula.distances(self.scaled(point, h), both=False)
            near = (gap for claim, gap, _, _ in gaps if claim.relation == "≈" or not marked)
            return max(near, default=0.0)

        found = observed_order(error, floor=1e-11)
        for letter, argument in landau(formula):

            def size(h: float, argument: Node = argument) -> float:
                scope = formula.scope(self.scaled(point, h), Numbers())
                return float(abs(scalar(scope.value(argument))))

            said = observed_order(size)
            said = 0.0 if math.isinf(said) else said
            low, high = (said + more for more in {"O": (-0.1, 0.5), "o": (0.5, 1.5)}[letter])
            if found < low:
                return -math.inf  # less than O or o says
            if found > high:
                raise FormulaError(f"{letter}(…) says less than is true: the order is {found:.2f}")
        return found

    def exact_part(self, formula: Formula, points: Sequence[Point]) -> float:
        """Return by how much those relations fail that are not approximate."""
        marked = any(claim.relation == "≈" for claim in formula.claims())
        there = (formula.distances(self.scaled(p, 0.5)) for p in points if marked)
        gaps = (gap for found in there for claim, gap, _, _ in found if claim.relation != "≈")
        return max(gaps, default=0.0)


def landau(formula: Formula) -> Iterator[tuple[str, Node]]:
    """Yield the arguments of O and o."""
    scope = Meaning(formula.symbols, formula.definitions, ())
    for node in within(formula.clauses):
        if is_landau(node, scope):
            yield node.args[0].key, node.args[1]


def examine(
    formula: Formula,
    points: Sequence[Point],
    small: Sequence[str],
    order: float | None,
    tol: float,
    wrong: Mapping[str, str],
    *,
    search: bool,
) -> Verdict:
    """Judge a formula at its points, and sort its slips."""
    claim: Equal | Approaching = Equal(tol)
    approaching = any(
        c.relation == "≈" and (c.in_the_limit or not formula.is_number) for c in formula.claims()
    )
    if small or approaching or any(landau(formula)):
        small = small or [n for n in points[0] if n.startswith(("varepsilon", "h"))]
        claim = Approaching(small, 2.0 if order is None else order, tol)
    residual, found = claim.judge(formula, points)
    verdict = Verdict(residual, len(points), len(list(formula.claims())), order=found)
    named = {name: completed(formula, tex) for name, tex in wrong.items()}
    made = {slip.what: slip.tex for slip in formula.slips()} if search else {}
    more = _Elsewhere(claim, formula, points)
    rejected: dict[str, float] = {}
    refused, equivalent = [], []
    for what, tex in {**named, **made}.items():
        try:
            other = formula.like(tex)
            offs = (float(claim.fails_by(other, p)) for p in itertools.chain(points, more))
            off = next((off for off in offs if off > claim.least), 0.0)
        except FAULTS as error:
            if what in named:
                raise FormulaError(f"the variant {what!r} cannot be evaluated: {error}") from None
            refused.append(what)
            continue
        if off:
            rejected[what] = off
        elif what in named or not [*more]:
            raise WrongError(
                f"the points cannot tell the slip {what!r}, {tex}; name a better point"
            )
        else:
            equivalent.append(f"{what}: {tex}")
    sorted_out: dict[str, Any] = {"refused": tuple(refused), "equivalent": tuple(equivalent)}
    texts = {what: tex for what, tex in {**named, **made}.items() if what in rejected}
    return replace(verdict, rejected=rejected, texts=texts, named=tuple(named), **sorted_out)


class _Elsewhere:
    """More points at which a formula holds, near those given and random; found when asked for."""

    def __init__(
        self, claim: Equal | Approaching, formula: Formula, points: Sequence[Point]
    ) -> None:
        self.found: list[Point] = []
        self.rest = self._search(claim, formula, points)

    def __iter__(self) -> Iterator[Point]:
        yield from self.found
        for point in self.rest:
            self.found.append(point)
            yield point

    @staticmethod
    def _search(
        claim: Equal | Approaching, formula: Formula, points: Sequence[Point]
    ) -> Iterator[Point]:
        def random() -> Iterator[Point]:
            with contextlib.suppress(*FAULTS):
                yield from formula.random_points(2, seed=1)

        for point in itertools.chain(nearby(points, 4), random()):
            with contextlib.suppress(*FAULTS):
                if claim.fails_by(formula, point) <= claim.slack:
                    yield point


def completed(formula: Formula, tex: str) -> str:
    """Return a wrong variant as a whole formula: it may stand for the last side alone."""
    try:
        parse(tex, set(formula.symbols), set(formula.symbols), strict=False)
        return tex
    except FormulaError:  # it has no relation
        last = formula.clauses[-1].sides[-1]
        return formula.tex[: last.span[0]] + tex + formula.tex[last.span[1] :]
