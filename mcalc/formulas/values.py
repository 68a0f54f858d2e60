"""The value of each kind of node of a formula: a number, or an array of two axes."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np

from mcalc.formulas import slips
from mcalc.formulas.algebra import add, column, dot, multiply, scalar
from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.scope import Scope, UnfulfilledError, parameters
from mcalc.formulas.tree import Clause, Node


class Values(Scope):
    """A scope that evaluates; a method for each kind of node."""

    def value(self, node: Node) -> Any:
        """Return the value of a tree: a number, or an array of two axes."""
        if node in self.named:
            bound = self.named[node]
            return column(self.at_point(bound) if callable(bound) else bound)
        if not node.parts:
            return self.computed(node)
        return self.once(node, self.reach(node), lambda: self.computed(node))

    def computed(self, node: Node) -> Any:
        """Return the value of a tree; a product sums over the indices that stand in it twice."""
        if summed := self.summed(node):
            values = [scope.value(node) for scope in self.run(summed)]
            return sum(values[1:], start=values[0])
        return getattr(self, f"_{node.kind}")(*node.args)

    def _number(self, digits: str) -> Any:
        return self.algebra.number(digits)

    def _symbol(self, name: str) -> Any:
        return self.set_as(self.lookup(name), name, bold=False)

    def _bold(self, name: str, macro: str = "") -> Any:
        if name == "0":
            return np.zeros((self.size(), 1))
        value = self.set_as(self.lookup(name), name, bold=True)
        if (macro == "mat" and np.ndim(self.values.get(name, value)) == 1) or (
            macro == "vec" and 1 not in np.shape(value)
        ):
            raise FormulaError(f"{name} is set as a {macro}, and has shape {np.shape(value)}")
        return value

    def set_as(self, value: Any, name: str, *, bold: bool) -> Any:
        """Return a value if it is bold just where it has axes."""
        if callable(value) or (np.ndim(value) > 0) != bold:
            raise FormulaError(
                f"{name} is {'a number, and bold' if bold else 'an array, and not bold'}"
            )
        return value

    def _dots(self) -> Any:
        raise FormulaError("dots stand where nothing says how they go on")

    def filled(self, parts: Sequence[Node]) -> Iterator[tuple[Self, Node]]:
        """Yield parts with the scopes they are read in; for dots, the parts they stand for."""
        dots = [(p.args[1] if p.kind == "term" else p).kind == "dots" for p in parts]
        for k, part in enumerate(parts):
            if not dots[k]:
                if not dots[k - 1]:  # else it is the last of those that the dots stand for
                    yield self, part
                continue
            if k in (0, len(parts) - 1):
                self._dots()
            before, after = parts[k - 1], parts[k + 1]
            if part.kind == "term" and part.args[0] != after.args[0]:
                raise FormulaError("the sign before dots is not the one after them")
            first = {int(i.args[0]) for i in counted(before) if i.kind == "number"}
            last = {i.key for i in counted(after) if i.kind == "symbol"}
            if len(last) != 1 or not first:
                self._dots()
            letter = last.pop()
            end = int(self.lookup(letter)) if self.has(letter) else self.span(letter)
            one, other = (p.args[1] if p.kind == "term" else p for p in (before, after))
            value = scalar(self.value(one))
            ats = ((m, self.where({letter: m}, index=True)) for m in sorted(first))
            starts = [m for m, s in ats if self.algebra.same(scalar(s.value(other)), value)]
            if not starts:
                raise FormulaError(
                    f"what stands after dots is, for no {letter}, what stands before"
                )
            for number in range(starts[-1] + 1, end + 1):
                yield self.where({letter: number}, index=True), after

    def _parenthesis(self, *parts: Node) -> Any:
        if not parts[1:]:
            return self.value(parts[0])
        values = [scalar(scope.value(part)) for scope, part in self.filled(parts)]
        return np.reshape(self.algebra.stack(values), (-1, 1))

    def _sum(self, *terms: Node) -> Any:
        values = [
            scalar(scope._term(*term.args))
            for scope, term in self.filled(terms)
            if not is_landau(term.args[1], self)
        ]
        return functools.reduce(add, values)

    def _term(self, sign: str, inside: Node) -> Any:
        return {"-": -1}.get(sign, 1) * self.value(inside)

    def _product(self, *factors: Node) -> Any:
        return functools.reduce(multiply, map(self.value, factors))

    def _dot(self, a: Node, b: Node) -> Any:
        return dot(self.value(a), self.value(b))

    def _entrywise(self, a: Node, b: Node) -> Any:
        left, right = self.spread(a), self.spread(b)
        if np.ndim(left) and np.ndim(right) and np.shape(left) != np.shape(right):
            raise FormulaError(
                f"an entrywise product of shapes {np.shape(left)} and {np.shape(right)}"
            )
        return left * right

    def spread(self, node: Node) -> Any:
        """Return a factor of ⊙, in whose sums a number stands for an array of it: 1 - h ⊙ h."""
        if node.kind == "parenthesis" and node.args[0].kind == "sum":
            return sum(self._term(*term.args) for term in node.args[0].args)
        return self.value(node)

    def _fraction(self, a: Node, b: Node) -> Any:
        below = scalar(self.value(b))
        if np.ndim(below):
            raise FormulaError(f"a quotient by an array of shape {np.shape(below)}")
        return self.value(a) / below

    _over = _fraction

    def _binomial(self, n: Node, k: Node) -> Any:
        return self.algebra.functions["binomial"](self.value(n), self.value(k))

    def _root(self, inside: Node) -> Any:
        return self._function("sqrt", None, inside)

    def _absolute(self, inside: Node) -> Any:
        return self._function("abs", None, inside)

    def _function(self, name: str, power: Node | None, *arguments: Node) -> Any:
        values = [scalar(self.value(a)) for a in arguments]
        if name in self.algebra.functions:
            whole = ("det", "tr", "sign", "abs", "inv", "diag", "rank")
            if name not in whole and any(map(np.ndim, values)):
                raise FormulaError(f"{name} of an array")
            f = self.algebra.functions[name]
            found = functools.reduce(f, values) if name in ("max", "min") else f(*values)
        elif callable(f := self.values.get(name)):
            found = self.apply(f, values)
        else:
            raise FormulaError(f"the function {name!r} is not known")
        return column(found) if power is None else found ** self.value(power)

    def _norm(self, inside: Node, *kinds: str) -> Any:
        value, kind = self.value(inside), "".join(kinds)
        if kind not in ("", "1", "2", "F", r"\infty"):
            raise FormulaError(f"the norm {kind!r} is none of 1, 2, F, \\infty")
        if kind in ("", "F") or (kind == "2" and 1 in np.shape(value)):
            return self.algebra.functions["sqrt"](np.sum(value * value))
        if 1 not in (np.shape(value) or (1,)):  # of a matrix, as an operator
            return np.linalg.norm(value, {"1": 1, "2": 2}.get(kind, np.inf))
        return {r"\infty": np.max}.get(kind, np.sum)(np.abs(value))

    def _inner(self, a: Node, b: Node) -> Any:
        left, right = self.value(a), self.value(b)
        add(left, right)  # of one shape
        return np.sum(left * right)

    def _matrix(self, *rows: Node) -> Any:
        cells = [[scalar(s.value(c)) for s, c in self.filled(row.args)] for row in rows]
        if len({len(row) for row in cells}) > 1:
            raise FormulaError("the rows of a matrix have different lengths")
        return np.stack([self.algebra.stack(row) for row in cells])

    def _cases(self, *rows: Node) -> Any:
        found: list[Any] = []
        for row in rows:
            value, *words, condition = row.args
            if words not in ([], ["if"], ["for"]):
                raise FormulaError(f"the words {words[0]!r} are none of if, for, otherwise")
            if self.holds(condition) if isinstance(condition, Clause) else not found:
                found.append(self.value(value))
        if not found:
            raise UnfulfilledError("none of the cases holds")
        first, *others = found
        if not all(np.array_equal(first, other) for other in others):
            raise FormulaError("two of the cases hold, with different values")
        return first

    def holds(self, clause: Clause) -> bool:
        """Tell whether a condition is fulfilled."""
        values = [np.asarray(scalar(self.value(side))) for side in clause.sides]
        compare: dict[str, Callable[[Any, Any], Any]] = {
            "=": lambda a, b: np.allclose(a, b, atol=1e-8), "<": np.less, ">": np.greater,
            "≠": lambda a, b: np.any(a != b), "≤": np.less_equal, "≥": np.greater_equal,
        }  # fmt: skip
        pairs = zip(clause.relations, values, values[1:], strict=False)
        return all(np.all(compare[relation](a, b)) for relation, a, b in pairs)

    def _pow(self, base: Node, exponent: Node) -> Any:
        if (
            base.kind == "norm"
            and base.args[1:] in ((), ("F",), ("2",))
            and exponent.args == ("2",)
        ):
            value = self.value(base.args[0])
            if base.args[1:] != ("2",) or 1 in np.shape(value):
                return np.sum(value * value)  # smooth at 0, too
        below, power = scalar(self.value(base)), scalar(self.value(exponent))
        if not np.ndim(below):
            return below**power
        if np.ndim(power) or np.shape(below)[0] != np.shape(below)[1]:
            raise FormulaError(f"a power of an array of shape {np.shape(below)}")
        if int(power) != power:
            raise FormulaError(f"the power {power} of a matrix")
        found = self.algebra.functions["inv"](below) if power < 0 else below
        factors = [found] * abs(int(power))
        return functools.reduce(operator.matmul, factors) if power else np.eye(len(below))

    def _transpose(self, base: Node, sign: str = "") -> Any:
        value = self.value(base)
        if np.ndim(value) != 2:
            raise FormulaError("a transpose of a number")
        value = np.transpose(value)
        return self.algebra.functions["inv"](value) if sign else value

    def _evaluated(self, inside: Node, name: Node, value: Node) -> Any:
        return self.where({name.key: 1.0 * self.value(value)}).value(inside)

    def _limit(self, name: Node, to: Node, inside: Node) -> Any:
        start = self.value(to)
        if np.ndim(start):
            raise FormulaError("a limit along a vector; go along a number")
        if "limit" in inside.kinds:
            raise FormulaError("a limit of a limit is not computed")
        return self.algebra.limit(lambda h: self.where({name.key: h}).value(inside), float(start))

    def _sub(self, base: Node, named: str, *indices: Node) -> Any:
        name, key = base.key, Node("sub", (base, named, *indices)).key
        if self.has(key):
            value = self.values.get(key)
            if callable(value) and not self.takes_names(value):
                raise FormulaError(f"{key} is a function, and stands without its arguments")
            return self.set_as(self.lookup(key), key, bold=base.kind == "bold")
        if not indices:
            raise FormulaError(
                f"the symbol {key!r} is not bound"
                if key
                else f"the subscript {named!r} means nothing here"
            )
        numbers = [self.whole(i) for i in indices]
        if name == "delta" and not self.has("delta"):
            i, j = numbers
            return int(i == j)
        if name == "e" and base.kind == "bold" and not self.has("e"):
            (k,) = place_in(range(self.size()), numbers)
            return np.eye(self.size())[:, [k]]
        definition = self.definitions.get(name)
        if definition and definition.index:
            counts = zip(definition.params, [n + 1 for n in numbers], strict=True)
            return self.where(dict(counts), index=True).value(definition.body)
        f: Any = self.values.get(name)
        if hasattr(f, "numbered"):
            names = (parameters(f) or [])[len(indices) :]
            return column(f(*(n + 1 for n in numbers), *map(self.raw, names)))
        array = self.array(base, len(numbers))
        return column(functools.reduce(operator.getitem, place_in(array, numbers), array))

    def is_sequence(self, name: str) -> bool:
        """Tell whether the number in a subscript of a letter is an argument."""
        indexed = name in self.definitions and self.definitions[name].index
        return indexed or hasattr(self.values.get(name), "numbered")

    def takes_names(self, f: Callable[..., Any]) -> bool:
        """Tell whether a function has a value at the point."""
        names = parameters(f)
        return names is None or all(map(self.has, names)) or not names[1:]

    def whole(self, node: Node) -> int:
        """Return an index, counted from 0."""
        value = self.value(node)
        if np.ndim(value) or abs(value - round(float(value))) > 1e-9:
            raise FormulaError(f"{value} is no index")
        return round(float(value)) - 1

    def _big(
        self, name: str, index: Node, relation: str, low: Node | None, high: Node | None, body: Node
    ) -> Any:
        letter = index.key
        if name not in ("sum", "prod", "max", "min"):
            raise FormulaError(f"{name} is not computed; bind what it finds")
        if relation == "<" and low and low.key:
            pairs = self.run([letter, low.key])
            values = [s.value(body) for s in pairs if s.values[letter] < s.values[low.key]]
        else:
            if (relation, bool(high)) not in (("", False), ("=", True), ("≠", False)):
                raise FormulaError(f"{name} over {letter} {relation} … is not computed")
            steps: Any
            if low and high:
                steps = range(self.whole(low) + 1, self.whole(high) + 2)
            elif letter in self.counting:
                raise FormulaError(f"{letter} is already the index of a sum around this one")
            elif letter in self.values:
                bound = self.values[letter]
                steps = self.at_point(bound) if callable(bound) else bound
            else:
                steps = range(1, 1 + self.spanned(letter, body))
            if low and not high:
                steps = [k for k in steps if k != self.whole(low) + 1]
            values = [self.where({letter: k}, index=True).value(body) for k in steps]
        values = [scalar(v) for v in values]
        if name in ("max", "min"):
            return getattr(np, name)(self.algebra.stack(values))
        combine, empty = {"sum": (add, 0.0), "prod": (multiply, 1.0)}[name]
        return functools.reduce(combine, values) if values else empty

    def spanned(self, letter: str, body: Node) -> int:
        """Return how far the index of a sum runs."""
        if letter not in self.ranges:
            self.measure(body)
        return self.span(letter)


def place_in(array: Any, numbers: list[int]) -> tuple[int, ...]:
    """Return the index of an entry, or of a row by one number, counted from 0 and seen to be one.

    A number for a vector has its one column, or its one row, put beside it.
    """
    shape = (len(array),) if isinstance(array, list | tuple | range) else np.shape(array)
    match (numbers, shape):
        case ([k], (_, 1)):
            numbers = [k, 0]
        case ([k], (1, _)):
            numbers = [0, k]
        case ([_, _], (_, 1)):  # w_{11} of a vector may mean its eleventh entry
            shape = shape[:1]
    known = shape and len(numbers) in (1, len(shape))
    if not known or any(not 0 <= i < n for i, n in zip(numbers, shape, strict=False)):
        raise FormulaError(f"the subscript {[n + 1 for n in numbers]} of an array of shape {shape}")
    return tuple(numbers)


def counted(part: Node) -> list[Node]:
    """Return what stands first in the subscripts of a part: the 2 of x_2, the n of x_n."""
    return [node.args[2] for node in part.walk() if node.kind == "sub" and node.args[2:]]


def is_landau(node: Node, scope: Scope) -> bool:
    """Tell whether a term is O(…) or o(…), and no function that is bound."""
    return slips.is_landau(node) and not scope.has(node.args[0].key)
