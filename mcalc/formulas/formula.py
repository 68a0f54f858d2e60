"""A formula that runs: its TeX is read, and both sides of every relation are evaluated."""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mcalc.formulas.algebra import Numbers, distance
from mcalc.formulas.claims import Claim, claims_of, readings
from mcalc.formulas.definitions import Definition, definition_of, definitions, names_in
from mcalc.formulas.derivatives import Meaning
from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.points import CONSTANTS, FAULTS, Point, random_points, variables
from mcalc.formulas.scope import alias
from mcalc.formulas.slips import Slip, slips
from mcalc.formulas.tree import Clause, Node, parse, within
from mcalc.formulas.verdict import Verdict, examine


class Formula:
    r"""The formula that some TeX displays.

    Args:
        tex: TeX in the grammar of the book, without dollars.
        given: TeX of definitions that it uses.
        named: expressions that are bound as a whole, by their TeX.
        strict: whether a letter that means nothing may not touch a parenthesis, as in `f(x)`.
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
        mcalc.formulas.verdict.WrongError: it does not hold at x = [1., 1.]: [[4.], [8.]] = ...
    """

    def __init__(
        self,
        tex: str,
        *,
        given: Sequence[str] = (),
        named: Mapping[str, Any] | None = None,
        strict: bool = True,
        **symbols: Any,
    ) -> None:
        self.given = tuple(given)
        self.symbols = {alias(name): value for name, value in symbols.items()}
        self.above: dict[str, Definition] = {}
        self.displayed: set[str] = set()
        bound = set(self.symbols)
        functions = {name for name, value in self.symbols.items() if callable(value)}
        for text in given:  # a definition may use one that stands below it
            functions |= Formula.defined_by(text, functions=True) - bound
        for text in given:
            for found in definitions(text, functions, bound, strict=False):
                self.displayed.add(found.name)
                if found.name not in self.symbols:
                    self.above[found.name] = found
                    bound.add(found.name)
                    functions |= {found.name} if found.params and not found.index else set()
        self.functions, self.bound = frozenset(functions), frozenset(bound)
        wholes = {t: parse(f"{t} = 0", functions, bound)[0].sides[0] for t in named or {}}
        self.named = {wholes[t]: value for t, value in (named or {}).items()}
        self.settled: frozenset[int] = frozenset()
        self.memos: dict[Any, Any] = {}
        self._read(tex, strict=strict)

    def _read(self, tex: str, **how: bool) -> None:
        """Take the TeX of what is claimed."""
        self.tex, self.parsed = tex, parse(tex, self.functions, self.bound, **how)
        self.definitions = dict(self.above)
        self.clauses = self._claims()
        used = self.used()
        self.definitions = {n: d for n, d in self.definitions.items() if n in used}
        subs = (node for node in within(self.clauses) if node.kind == "sub" and node.counters)
        self.counted = tuple(dict.fromkeys(subs))

    def _claims(self) -> list[Clause]:
        """Take the clauses that say what a letter of the others means, and return the others."""
        kept = []
        for clause in self.parsed:
            found = definition_of(clause)
            others = names_in([c for c in self.parsed if c is not clause])
            if (
                found is None
                or clause.conditions
                or found.name not in others
                or not self._is_new(clause.sides[0], found.name)
            ):
                kept.append(clause)
                continue
            self.definitions[found.name] = found
            if clause.sides[2:]:  # what else the chain says
                kept.append(Clause(clause.sides[1:], clause.relations[1:]))
        if not kept:
            raise FormulaError("this defines its symbols and claims nothing; bind one of them")
        return kept

    def _is_new(self, left: Node, name: str) -> bool:
        base = left.args[0].key if left.kind == "sub" else name
        known = {*self.symbols, *self.definitions}
        return not ({name, base, base.upper()} & known or {name, base} & CONSTANTS)

    @staticmethod
    def defined_by(tex: str, *, functions: bool = False) -> set[str]:
        """Return the names that a display defines; on demand of functions alone."""
        found = definitions(tex, set(), set(), strict=False)
        return {d.name for d in found if not functions or (d.params and not d.index)}

    @staticmethod
    def claims_more(tex: str) -> bool:
        """Tell whether a display that defines holds a chain of more than two sides."""
        return any(clause.sides[2:] for clause in parse(tex, strict=False))

    def used(self) -> set[str]:
        """Return the names that the formula uses, those of its definitions included."""
        found = names_in(self.clauses)
        queue = [name for name in self.definitions if name in found]
        while queue:
            new = names_in([self.definitions[queue.pop()].body]) - found
            found |= new
            queue += [name for name in self.definitions if name in new]
        return found

    def examples(self) -> list[str]:
        """Return the letters that stand for any function, and were bound to one."""
        heads = ("call", "prime", "gradient", "partial")
        applied = {n.args[0].key for n in within(self.clauses) if n.kind in heads}
        applied |= {m for n in within(self.clauses) if n.kind == "map" for m in names_in(n.args)}
        bound = {n for n, v in self.symbols.items() if callable(v) and not hasattr(v, "numbered")}
        return sorted(bound & applied - self.displayed)

    def alone(self) -> Formula | None:
        """Return the formula by displays alone; None if Python or an approximation is in it."""
        displayed = {n for n, v in self.symbols.items() if callable(v)} & self.displayed
        shown = {n: v for n, v in self.symbols.items() if n not in displayed}
        equal = all(r == "=" for clause in self.clauses for r in clause.relations)
        trees = within([*self.clauses, *(d.body for d in self.definitions.values())])
        names = self.used() | {node.args[0] for node in trees if node.kind == "function"}
        if not equal or self.named or any(callable(shown[n]) for n in names & shown.keys()):
            return None
        return Formula(self.tex, given=self.given, **shown)

    def like(self, tex: str) -> Formula:
        """Return another formula with the same symbols, which claims as much."""
        other = copy.copy(self)
        other._read(tex, placed=False)
        other.settled = frozenset()
        if [len(c.sides) for c in other.clauses] != [len(c.sides) for c in self.clauses]:
            raise FormulaError("it does not claim as much, with as many sides")
        if other.definitions != self.definitions:
            other.memos = {}
        else:  # what did not change holds, as it did
            pairs = enumerate(zip(other.clauses, self.clauses, strict=True))
            other.settled = frozenset(k for k, (new, old) in pairs if new == old)
        return other

    def forgotten(self, other: Formula) -> list[str]:
        """Return the letters that this formula speaks of and another one does not.

        A length, such as the n at the end of a sum, is no letter of which it speaks.
        """
        lengths = {name for name, value in self.symbols.items() if isinstance(value, int)}
        free = {*self.variables(), *self.symbols} & names_in(self.clauses)
        return sorted(n for n in free - lengths - other.used() if n[0].isalpha())

    def slips(self) -> list[Slip]:
        """Return the wrong formulas that one slip of the pen makes of this one."""
        numbers = {name for name, axes in self.variables().items() if not axes}
        numbers |= {name for name, value in self.symbols.items() if isinstance(value, float)}
        return slips(self.tex, self.parsed, numbers)

    def claims(self) -> Iterator[Claim]:
        """Yield the relations."""
        for clause in self.clauses:
            yield from claims_of(clause.relations, clause.sides)

    @functools.cached_property
    def is_number(self) -> bool:
        """Tell whether nothing varies, so that ≈ means the digits that are written."""
        return not self.variables()

    def variables(self) -> dict[str, int]:
        """Return the letters that vary, with their number of axes: 1 for a vector."""
        return variables(self.clauses, self.definitions, set(self.symbols))

    def random_points(self, count: int, seed: int = 0) -> list[dict[str, Any]]:
        """Return random points at which every side is finite."""
        bound = list(self.symbols.values())
        return random_points(self.variables(), bound, self.distances, count, seed)

    def points(self, at: Point | Sequence[Point] | int | None = None) -> list[Point]:
        """Return the points that are named, or random ones."""
        if at is None or isinstance(at, int):
            return [*self.random_points(at or 3)]
        points: list[Point] = [at] if isinstance(at, Mapping) else list(at)
        if not points:
            raise FormulaError("at is empty; name a point, or leave at out")
        if twice := self.definitions.keys() & {alias(name) for point in points for name in point}:
            raise FormulaError(
                f"{min(twice)} is what a display defines, and a point names it; leave one out"
            )
        return points

    def scope(
        self, point: Point, algebra: Any, symbols: Mapping[str, Any] | None = None
    ) -> Meaning:
        """Return what the letters mean at a point."""
        there = {alias(name): value for name, value in point.items()}
        values = {**(symbols or self.symbols), **there}
        scope = Meaning(values, self.definitions, list(there), algebra, self.named)
        scope.measure(*self.counted)
        kept = id(point), getattr(algebra, "both", None), repr(scope.ranges)
        # the point is kept with them, so that no other one has its id
        _, scope.memo, scope.reaches = self.memos.setdefault(kept, (point, {}, {}))
        return scope

    def values(
        self, point: Point, algebra: Any, symbols: Mapping[str, Any] | None = None
    ) -> Iterator[tuple[Claim, Any, Any]]:
        """Yield each relation with the values of its two sides at a point."""
        for k, clause in enumerate(self.clauses):
            if k in self.settled:
                continue
            for scope, sides in readings(self.scope(point, algebra, symbols), clause):
                letters = next((free for side in sides if (free := scope.indices(side))), [])
                for side in sides if letters and not self.named else ():
                    if not set(letters) <= scope.counted(side):
                        raise FormulaError(f"a side lacks one of the indices {', '.join(letters)}")
                unlike = [is_zero(s) or is_search(s) for s in sides]
                values = [
                    None if skip else scope.entries(s, letters)
                    for s, skip in zip(sides, unlike, strict=True)
                ]
                like = next((v for v in values if v is not None), 0.0)
                for k, side in enumerate(sides):
                    if is_search(side):
                        values[k] = scope.searched(side, like)
                    elif is_zero(side):
                        values[k] = np.zeros(np.shape(like))
                claims = claims_of(clause.relations, sides)
                yield from zip(claims, values, values[1:], strict=False)

    def distances(self, point: Point, *, both: bool = True) -> list[tuple[Claim, float, Any, Any]]:
        """Return for each relation by how much it fails at a point, and the values of its sides.

        With `both`, each derivative is computed by mcalc and again from values.
        """
        found = []
        try:
            with np.errstate(all="ignore"):
                for claim, a, b in self.values(point, Numbers(both=both)):
                    gap, near = distance(claim.relation, a, b), claim.tolerance(a, self.is_number)
                    found.append((claim, gap * (gap > near), a, b))
        except RecursionError:
            raise FormulaError("a definition needs itself") from None
        except FormulaError:
            raise
        except FAULTS as error:
            raise FormulaError(f"it cannot be evaluated: {error}") from error
        return found

    def off(self, points: Sequence[Point]) -> float:
        """Return by how much a relation fails at most, each derivative computed once."""
        gaps = (gap for p in points for _, gap, _, _ in self.distances(p, both=False))
        return max(gaps, default=0.0)

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
        points = self.points(at)
        with np.errstate(all="ignore"):  # a value that is not finite is refused
            verdict = examine(self, points, small, order, tol, wrong or {}, search=search)
        if prove and verdict.order is None and (alone := self.alone()):
            from mcalc.formulas.prove import proves  # SymPy takes half a second to load

            verdict = replace(verdict, proved=proves(alone, points[0]))
        return verdict


def is_zero(side: Node) -> bool:
    """Tell whether a side is a bold zero, which has the shape of the other side."""
    return side.key == "0"


def is_search(side: Node) -> bool:
    """Tell whether a side is where a function is least or greatest."""
    return side.args[:1] in (("argmin",), ("argmax",))
