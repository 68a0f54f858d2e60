"""What the letters of a formula mean at one point, and the value of its tree there.

A letter is a value of the point, a value or function of the page, or what a displayed definition
says. A letter in a subscript that means nothing is an index: one that stands twice in a product is
summed over, one that stands once is free.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mcalc.formulas.algebra import Numbers, add, column, dot, flat, multiply, scalar
from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.definitions import Definition, key_of
from mcalc.formulas.tree import Clause, Node, within


class UnfulfilledError(FormulaError):
    """A point that is not among those that a formula speaks of."""


def numbered(f: Callable[..., Any]) -> Callable[..., Any]:
    """Say that a function's first argument is the number in the subscript, as in `w_k`."""
    f.numbered = True  # type: ignore[attr-defined]
    return f


@dataclass
class Scope:
    """The meaning of the letters at one point.

    Attributes:
        values: what is bound, by name.
        definitions: what displays define.
        at: the names that vary, in order.
        algebra: how numbers are computed with.
        named: expressions that are bound as a whole.
        ranges: how far each index runs.
        numerator: whether derivatives of vectors stand in numerator layout.
    """

    values: Mapping[str, Any]
    definitions: Mapping[str, Definition]
    at: Sequence[str]
    algebra: Any = field(default_factory=Numbers)
    named: Mapping[Node, Any] = field(default_factory=dict)
    ranges: dict[str, int] = field(default_factory=dict)
    numerator: bool = False
    memo: dict[Any, Any] = field(default_factory=dict)

    def where(self, *, index: bool = False, **changes: Any) -> Scope:
        """Return a scope with other values; a memo of arrays outlives a change of indices."""
        memo = self.memo if index else {}
        rest = (self.definitions, self.at, self.algebra, self.named, self.ranges, self.numerator)
        return Scope({**self.values, **changes}, *rest, memo)

    # --- names ----------------------------------------------------------------------------------

    def has(self, name: str) -> bool:
        return name in self.values or name in self.definitions

    def lookup(self, name: str) -> Any:
        """Return the value of a name; of a function, its value at the point."""
        if name in self.values:
            value = self.values[name]
            return column(self.at_point(value) if callable(value) else value)
        if name in self.definitions:
            definition = self.definitions[name]
            if definition.index or not all(map(self.has, definition.params)):
                raise FormulaError(f"{name} is a function, and stands without its arguments")
            return self.where().value(definition.body)
        if name in self.algebra.constants:
            return self.algebra.constants[name]
        if name == "I":
            return np.eye(self.size())
        raise FormulaError(f"the symbol {name!r} is not bound")

    def size(self) -> int:
        """Return the one size that vectors and square matrices have here."""
        for names in (self.at, self.values):
            arrays = [self.values[n] for n in names if np.ndim(self.values[n]) in (1, 2)]
            sizes = {np.shape(a)[0] for a in arrays if np.ndim(a) == 1 or len(set(a.shape)) == 1}
            if len(sizes) == 1:
                return int(sizes.pop())
        if "n" in self.values:
            return int(self.values["n"])
        raise FormulaError("how large an identity or a zero is here cannot be known; bind it")

    def at_point(self, f: Callable[..., Any]) -> Any:
        """Return a function's value at the point: by its parameters' names, or by all that varies."""
        names = parameters(f)
        if names is not None and all(map(self.has, names)):
            return f(*map(self.raw, names))
        return self.apply(f, [self.lookup(name) for name in self.at])

    def raw(self, name: str) -> Any:
        """Return a value as a function takes it: a matrix of one column stays one."""
        value = self.lookup(name)
        return value if name[0].isupper() else flat(value)

    def apply(self, f: Callable[..., Any], arguments: list[Any], matrices: Sequence[bool] = ()) -> Any:
        """Call a function of the page; numbers are packed for one that takes a vector."""
        kept = [*matrices, *([False] * len(arguments))]
        given = [a if k else flat(scalar(a)) for a, k in zip(arguments, kept, strict=False)]
        names = parameters(f)
        if names is not None and len(given) > len(names) == 1 and not any(map(np.ndim, given)):
            given = [self.algebra.stack(given)]
        elif names is not None and len(given) < len(names):
            given += [self.raw(name) for name in names[len(given) :]]
        return column(f(*given))

    def function(self, node: Node) -> Callable[..., Any]:
        """Return what stands before arguments, as a function of their values."""
        name = key_of(node)
        if name in self.values and callable(self.values[name]):
            return lambda *a: self.apply(self.values[name], list(a))
        if name in self.definitions:
            return lambda *a: self.defined(self.definitions[name], a)
        if node.kind == "composed":
            outer, inner = map(self.function, node.args)
            return lambda *a: outer(inner(*a))
        if node.kind == "norm_itself":
            return lambda a: self.algebra.functions["sqrt"](np.sum(a * a))
        if name:
            raise FormulaError(f"the function {name!r} is not bound")
        names = self.varying(node)
        return lambda *a: self.where(**dict(zip(names, a, strict=True))).value(node)

    def defined(self, definition: Definition, arguments: Sequence[Any]) -> Any:
        """Return the value of a displayed definition at some arguments."""
        params: Sequence[str] = definition.params or self.names(definition.body)
        if len(arguments) == 1 and len(params) > 1 and np.ndim(arguments[0]) == 2:
            arguments = [arguments[0][k, 0] for k in range(np.shape(arguments[0])[0])]
        if len(arguments) != len(params):
            raise FormulaError(f"{definition.name} takes {', '.join(params)}")
        for point, value in definition.special:
            if all(isinstance(a, float | int) and a == self.value(p) for a, p in zip(arguments, point, strict=True)):
                return self.value(value)
        return self.where(**dict(zip(params, arguments, strict=True))).value(definition.body)

    def names(self, *parts: Any) -> list[str]:
        """Return the names in some trees, in their order."""
        found: dict[str, None] = {}

        def look(node: Any) -> None:
            if isinstance(node, Clause):
                node = node.sides
            if isinstance(node, tuple | list):
                for part in node:
                    look(part)
            elif isinstance(node, Node):
                if node.kind == "sub" and self.has(key_of(node)):
                    found[key_of(node)] = None
                elif node.kind in ("symbol", "bold"):
                    found[node.args[0]] = None
                else:
                    look(node.args)

        look(parts)
        return list(found)

    def varying(self, node: Node) -> list[str]:
        """Return the names in a tree that vary; all if it has none, as the name of a function."""
        found = self.names(node)
        return [n for n in self.at if n in found] or list(self.at)

    # --- indices --------------------------------------------------------------------------------

    def is_index(self, node: Any) -> bool:
        return isinstance(node, Node) and node.kind == "symbol" and not self.has(node.args[0])

    def indices(self, node: Any) -> list[str]:
        """Return the letters that are indices in a tree and that no product or sum in it binds."""
        if isinstance(node, tuple):
            return list(dict.fromkeys(i for part in node for i in self.indices(part)))
        if not isinstance(node, Node) or node.kind in ("call", "map", "evaluated", "norm"):
            return []
        if node.kind == "big":
            bound = {key_of(n) for n in within(node.args[1:4]) if n.kind == "symbol"}
            return [i for i in self.indices(node.args[5]) if i not in bound]
        letters = self.letters(node)
        if letters is None:
            return self.indices(node.args)
        return [i for i in dict.fromkeys(letters) if letters.count(i) == 1]

    def counted(self, node: Node) -> set[str]:
        """Return all letters that are indices in a tree, bound or free."""
        subs = (n for n in within((node,)) if n.kind == "sub" and not self.has(key_of(n)))
        return {str(i.args[0]) for n in subs for i in n.args[2:] if self.is_index(i)}

    def letters(self, node: Node) -> list[str] | None:
        """Return the indices of a product with their repetitions; None if it is no product."""
        if node.kind == "sub":
            if self.has(key_of(node)):
                return []
            own = [str(i.args[0]) for i in node.args[2:] if self.is_index(i)]
            return own + self.indices(node.args[0])
        if node.kind in ("product", "dot", "partial"):
            parts = (node.args[0], *node.args[1]) if node.kind == "partial" else node.args
            return [i for part in parts for i in self.indices(part)]
        return None

    def summed(self, node: Node) -> list[str]:
        """Return the indices that a product sums over."""
        letters = self.letters(node) or []
        if thrice := [i for i in letters if letters.count(i) > 2]:
            raise FormulaError(f"the index {thrice[0]!r} stands more than twice in a product")
        return [i for i in dict.fromkeys(letters) if letters.count(i) == 2]

    def measure(self, *parts: Any) -> None:
        """Note how far each index runs: as far as the axes that it counts."""
        for node in within(parts):
            if node.kind == "sub" and any(map(self.is_index, node.args[2:])):
                if key_of(node.args[0]) == "delta" and not self.has("delta"):
                    continue
                try:
                    array = self.array(node.args[0])
                except (FormulaError, ValueError, IndexError, TypeError):
                    continue
                shape = (len(array),) if isinstance(array, list) else np.shape(array)
                for i, n in zip(node.args[2:], shape, strict=False):
                    if self.is_index(i) and self.ranges.setdefault(i.args[0], n) != n:
                        raise FormulaError(f"the index {i.args[0]!r} counts {n} and {self.ranges[i.args[0]]}")

    def run(self, letters: Sequence[str]) -> Iterator[Scope]:
        """Yield a scope for all values of some indices."""
        spans = [range(1, 1 + self.span(i)) for i in letters]
        for numbers in itertools.product(*spans):
            yield self.where(index=True, **dict(zip(letters, numbers, strict=True)))

    def span(self, letter: str) -> int:
        if letter not in self.ranges and not self.has("n"):
            raise FormulaError(f"how far the index {letter!r} runs is not known")
        return int(self.ranges[letter] if letter in self.ranges else self.lookup("n"))

    def entries(self, node: Node, letters: Sequence[str]) -> Any:
        """Return a side for all values of its free indices."""
        if not letters:
            return self.value(node)
        values = [scalar(scope.value(node)) for scope in self.run(letters)]
        return np.array(values).reshape([self.span(i) for i in letters] + list(np.shape(values[0])))

    def array(self, base: Node) -> Any:
        """Return the array that a subscript goes into; `a_{ij}` is an entry of A."""
        if base.kind in ("symbol", "bold"):
            for name in (base.args[0], base.args[0].upper()):
                if self.has(name):
                    return self.lookup(name)
            raise FormulaError(f"the symbol {base.args[0]!r} is not bound")
        return self.value(base)

    # --- values ---------------------------------------------------------------------------------

    def value(self, node: Node) -> Any:
        """Return the value of a tree: a number, or an array of two axes."""
        if self.named and node in self.named:
            bound = self.named[node]
            return column(self.at_point(bound) if callable(bound) else bound)
        if summed := self.summed(node):
            values = [scope.value(node) for scope in self.run(summed)]
            return sum(values[1:], start=values[0])
        return getattr(self, f"_{node.kind}")(*node.args)

    def _number(self, digits: str) -> Any:
        return self.algebra.number(digits)

    def _symbol(self, name: str) -> Any:
        return self.set_as(self.lookup(name), name, bold=False)

    def _bold(self, name: str) -> Any:
        if name == "0":
            return np.zeros((self.size(), 1))
        return self.set_as(self.lookup(name), name, bold=True)

    def set_as(self, value: Any, name: str, *, bold: bool) -> Any:
        """Return a value if it is bold just where it has axes."""
        if callable(value) or (np.ndim(value) > 0) != bold:
            raise FormulaError(f"{name} is {'a number, and bold' if bold else 'an array, and not bold'}")
        return value

    def _dots(self) -> Any:
        raise FormulaError("dots stand where nothing says how they go on")

    def filled(self, parts: Sequence[Node]) -> Iterator[tuple[Scope, Node]]:
        """Yield parts with the scopes that they are read in, and for dots those that they stand for."""
        for k, part in enumerate(parts):
            inside = part.args[1] if part.kind == "term" else part
            if inside.kind != "dots":
                yield self, part
                continue
            if not 0 < k < len(parts) - 1:
                self._dots()
            numbers = [int(n.args[0]) for n in within(parts[k - 1].args) if n.kind == "number"]
            last = {n.args[2].args[0] for n in within((parts[k + 1],)) if n.kind == "sub" and n.args[2:] and n.args[2].kind == "symbol"}  # fmt: skip
            if len(last) != 1 or not numbers:
                self._dots()
            letter = str(last.pop())
            end = int(self.lookup(letter)) if self.has(letter) else self.span(letter)
            before = max(int(n.args[2].args[0]) for n in within((parts[k - 1],)) if n.kind == "sub" and n.args[2:] and n.args[2].kind == "number")  # fmt: skip
            for number in range(before + 1, end):
                yield self.where(index=True, **{letter: number}), parts[k + 1]
            if not self.has(letter):
                yield self.where(index=True, **{letter: end}), parts[k + 1]
                return

    def _parenthesis(self, *parts: Node) -> Any:
        if len(parts) == 1:
            return self.value(parts[0])
        values = [scalar(scope.value(part)) for scope, part in self.filled(parts)]
        return np.reshape(self.algebra.stack(values), (-1, 1))

    def _sum(self, *terms: Node) -> Any:
        values = [
            (-1 if term.args[0] == "-" else 1) * scalar(scope.value(term.args[1]))
            for scope, term in self.filled(terms)
            if not is_landau(term.args[1], self)
        ]
        total = values[0]
        for value in values[1:]:
            total = add(total, value)
        return total

    def _product(self, *factors: Node) -> Any:
        found = self.value(factors[0])
        for factor in factors[1:]:
            found = multiply(found, self.value(factor))
        return found

    def _dot(self, a: Node, b: Node) -> Any:
        return dot(self.value(a), self.value(b))

    def _entrywise(self, a: Node, b: Node) -> Any:
        left, right = self.spread(a), self.spread(b)
        if np.ndim(left) and np.ndim(right) and np.shape(left) != np.shape(right):
            raise FormulaError(f"an entrywise product of shapes {np.shape(left)} and {np.shape(right)}")
        return left * right

    def spread(self, node: Node) -> Any:
        """Return a factor of ⊙, in whose sums a number stands for an array of it: 1 - h ⊙ h."""
        if node.kind == "parenthesis" and node.args[0].kind == "sum":
            terms = ((-1 if t.args[0] == "-" else 1) * self.value(t.args[1]) for t in node.args[0].args)
            return sum(terms)
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
        if name in ("O", "o"):
            raise FormulaError(f"{name}(…) stands where nothing is added to it")
        if name in self.algebra.functions:
            whole = ("det", "tr", "sign", "abs", "inv", "diag", "rank")
            if name not in whole and any(map(np.ndim, values)):
                raise FormulaError(f"{name} of an array")
            f = self.algebra.functions[name]
            found = f(*values[:2])
            for value in values[2:]:  # of max and min
                found = f(found, value)
        elif callable(f := self.values.get(name)):
            found = self.apply(f, values)
        else:
            raise FormulaError(f"the function {name!r} is not known")
        return column(found) if power is None else found ** self.value(power)

    def _norm(self, inside: Node, kind: str = "") -> Any:
        value = self.value(inside)
        if kind in ("", "2", "F"):
            if kind == "2" and np.ndim(value) == 2 and 1 not in np.shape(value):
                return np.linalg.norm(value, 2)
            return self.algebra.functions["sqrt"](np.sum(value * value))
        return np.max(np.abs(value)) if kind == r"\infty" else np.sum(np.abs(value))

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
        for row in rows:
            if self.holds(row.args[1]):
                return self.value(row.args[0])
        raise UnfulfilledError("none of the cases holds")

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
        if base.kind == "norm" and base.args[1:] in ((), ("F",), ("2",)) and exponent.args == ("2",):
            value = self.value(base.args[0])
            if base.args[1:] != ("2",) or 1 in np.shape(value):
                return np.sum(value * value)  # smooth at 0, too
        below, power = scalar(self.value(base)), scalar(self.value(exponent))
        if np.ndim(below) == 0:
            return below**power
        if np.ndim(power) or np.shape(below)[0] != np.shape(below)[1]:
            raise FormulaError(f"a power of an array of shape {np.shape(below)}")
        if int(power) != power:
            raise FormulaError(f"the power {power} of a matrix")
        found = self.algebra.functions["inv"](below) if power < 0 else below
        return multiply_out([found] * abs(int(power))) if power else np.eye(len(below))

    def _transpose(self, base: Node, sign: str = "") -> Any:
        value = self.value(base)
        if np.ndim(value) != 2:
            raise FormulaError("a transpose of a number")
        value = np.transpose(value)
        return self.algebra.functions["inv"](value) if sign == "-" else value

    def _evaluated(self, inside: Node, name: Node, value: Node) -> Any:
        return self.where(**{key_of(name): 1.0 * self.value(value)}).value(inside)

    def _limit(self, name: Node, to: Node, inside: Node) -> Any:
        start = self.value(to)
        if np.ndim(start):
            raise FormulaError("a limit along a vector; go along a number")
        return self.algebra.limit(lambda h: self.where(**{key_of(name): h}).value(inside), float(start))

    def _sub(self, base: Node, named: str, *indices: Node) -> Any:
        name, key = key_of(base), key_of(Node("sub", (base, named, *indices)))
        if key and self.has(key):
            value = self.values.get(key)
            if callable(value) and not self.takes_names(value):
                raise FormulaError(f"{key} is a function, and stands without its arguments")
            return self.set_as(self.lookup(key), key, bold=base.kind == "bold")
        if not indices:
            raise FormulaError(f"the symbol {key!r} is not bound" if key else f"the subscript {named!r} means nothing here")
        numbers = [self.whole(i) for i in indices]
        if name == "delta" and not self.has("delta"):
            return int(numbers[0] == numbers[1])
        if name == "e" and base.kind == "bold" and not self.has("e"):
            return np.eye(self.size())[:, numbers].reshape(-1, 1)
        definition = self.definitions.get(name)
        if definition and definition.index:
            return self.where(**dict(zip(definition.params, [n + 1 for n in numbers], strict=True))).value(definition.body)
        if getattr(f := self.values.get(name), "numbered", False):
            names = (parameters(f) or [])[len(indices) :]
            return column(f(*(n + 1 for n in numbers), *map(self.raw, names)))
        return self.entry(self.array(base), numbers)

    def takes_names(self, f: Callable[..., Any]) -> bool:
        names = parameters(f)
        return names is None or all(map(self.has, names)) or len(names) == 1

    def entry(self, array: Any, numbers: list[int]) -> Any:
        if isinstance(array, list | tuple):
            return column(array[numbers[0]])
        shape = np.shape(array)
        if len(numbers) == 1 and len(shape) == 2:
            if shape[1] != 1:
                return np.reshape(array[numbers[0]], (-1, 1))  # a row of the data, as a column
            numbers = [numbers[0], 0]
        if len(numbers) != len(shape) or any(not 0 <= i < n for i, n in zip(numbers, shape, strict=True)):
            raise FormulaError(f"the subscript {[n + 1 for n in numbers]} of an array of shape {shape}")
        return array[tuple(numbers)]

    def whole(self, node: Node) -> int:
        """Return an index, counted from 0."""
        value = self.value(node)
        if np.ndim(value) or abs(value - round(float(value))) > 1e-9:
            raise FormulaError(f"{value} is no index")
        return round(float(value)) - 1

    def _big(self, name: str, index: Node, relation: str, low: Node | None, high: Node | None, body: Node) -> Any:
        letter = key_of(index)
        if relation == "<" and low:
            pairs = self.run([letter, key_of(low)])
            values = [s.value(body) for s in pairs if s.values[letter] < s.values[key_of(low)]]
        else:
            if low and high:
                steps: Any = range(self.whole(low) + 1, self.whole(high) + 2)
            elif callable(steps := self.values.get(letter, range(1, 1 + self.spanned(letter, body)))):
                steps = self.at_point(steps)
            values = [self.where(index=True, **{letter: k}).value(body) for k in steps]
        values = [scalar(v) for v in values]
        if name in ("max", "min"):
            return getattr(np, name)(self.algebra.stack(values))
        if name not in ("sum", "prod"):
            raise FormulaError(f"{name} is not computed; bind what it finds")
        found = values[0] if values else {"sum": 0.0, "prod": 1.0}[name]
        for value in values[1:]:
            found = add(found, value) if name == "sum" else multiply(found, value)
        return found

    def spanned(self, letter: str, body: Node) -> int:
        if letter not in self.ranges:
            self.measure(body)
        return self.span(letter)

    # --- derivatives ----------------------------------------------------------------------------

    def _call(self, f: Node, *arguments: Node) -> Any:
        values = [scope.value(a) for scope, a in self.filled(arguments)]
        if f.kind == "prime":
            if len(values) != 1:
                raise FormulaError("a prime, and several arguments")
            return self.primed(self.function(f.args[0]), f.args[1], scalar(values[0]))
        if f.kind == "map":
            return self.mapped(f.args[0], f.args[1], values)
        if f.kind == "partial":
            return self.partial_at(f, values)
        bound = self.values.get(key_of(f))
        if callable(bound):
            return self.apply(bound, values, [a.kind == "bold" and a.args[0].isupper() for a in arguments])
        return self.function(f)(*values)

    def primed(self, f: Callable[..., Any], n: int, x: Any) -> Any:
        if np.ndim(x):
            raise FormulaError("a prime of a function of a vector; write ∂, ∇ or J")
        for _ in range(n):
            f = (lambda g: lambda s: self.algebra.derivative(g, s))(f)
        return f(x)

    def _prime(self, inside: Node, n: int) -> Any:
        if inside.kind == "call":
            raise FormulaError("write f'(x), not f(x)'")
        name = self.only(inside)
        return self.primed(lambda s: self.where(**{name: s}).value(inside), n, self.lookup(name))

    def only(self, inside: Node) -> str:
        """Return the one name that a derivative without a variable goes by."""
        names = self.varying(inside)
        if len(names) != 1:
            raise FormulaError(f"a derivative by which of {', '.join(names)}? write it as a subscript")
        return names[0]

    def _gradient(self, inside: Node, by: Node | None = None) -> Any:
        if by is not None:
            return self.derived(inside, by)
        if inside.kind == "call":
            values = [s.value(a) for s, a in self.filled(inside.args[1:])]
            bound = self.values.get(key_of(inside.args[0]))
            if callable(bound):
                kept = [a.kind == "bold" and a.args[0].isupper() for a in inside.args[1:]]
                return self.gradient(lambda *a: self.apply(bound, list(a), kept), values)
            return self.gradient(self.function(inside.args[0]), values)
        inner = inside
        while inner.kind == "function" and inner.args[1] is None and len(inner.args) == 3:
            inner = inner.args[2]
        if inner is not inside and inner.kind in ("bold", "matrix"):  # ∇ log det M goes by M
            return self.gradient(lambda s: self.chained(inside, inner, s), [self.value(inner)])
        names = self.varying(inside)
        if len(names) > 1 and any(np.ndim(self.values[n]) for n in names):
            self.only(inside)
        change = lambda *a: self.where(**dict(zip(names, a, strict=True))).value(inside)  # noqa: E731
        return self.gradient(change, [self.lookup(n) for n in names])

    def chained(self, outer: Node, inner: Node, value: Any) -> Any:
        if outer is inner:
            return value
        return self.algebra.functions[outer.args[0]](scalar(self.chained(outer.args[2], inner, value)))

    def gradient(self, f: Callable[..., Any], values: list[Any]) -> Any:
        """Return the gradient of a function of one array, or of several numbers."""
        if len(values) == 1:
            return self.algebra.derivative(lambda s: scalar(f(s)), scalar(values[0]))
        if any(map(np.ndim, map(scalar, values))):
            raise FormulaError("the gradient of a function of several vectors; say by which")
        packed = self.algebra.stack(list(map(scalar, values)))
        return column(self.algebra.derivative(lambda s: scalar(f(*(s[k] for k in range(len(values))))), packed))

    def _map(self, letter: str, f: Node) -> Any:
        f = f.args[0] if f.kind == "subscript" else f
        last = f.args[1] if f.kind == "composed" else f
        bound = self.values.get(key_of(last))
        names = (parameters(bound) if callable(bound) else None) or []
        if not names or not all(map(self.has, names)):
            names = self.varying(f)
        return self.mapped(letter, f, [self.lookup(n) for n in names])

    def mapped(self, letter: str, f: Node, values: list[Any]) -> Any:
        """Return a Hessian or a Jacobian."""
        g = self.function(f.args[0] if f.kind == "subscript" else f)
        if letter == "J":
            found = self.algebra.derivative(lambda s: flat(g(s)), values[0])
            return np.reshape(found, (np.shape(found)[0], -1))
        if len(values) > 1:
            x = self.algebra.stack(list(map(scalar, values)))
            h = lambda s: scalar(g(*(s[k] for k in range(len(values)))))  # noqa: E731
        else:
            x, h = flat(values[0]), lambda s: scalar(g(column(s)))
        return self.algebra.derivative(lambda s: self.algebra.derivative(h, s), x)

    def _partial(self, top: Node, by: tuple[Node, ...], applied: bool, straight: bool) -> Any:
        inside = top.args[0] if top.kind == "parenthesis" and len(top.args) == 1 else top
        return self.derived(inside, *by, straight=straight)

    def partial_at(self, node: Node, values: list[Any]) -> Any:
        """Return a partial derivative at some arguments, as in ∂f/∂x (0, y)."""
        top, by = node.args[0], node.args[1]
        name = key_of(top)
        definition, bound = self.definitions.get(name), self.values.get(name)
        names: Sequence[str] = definition.params if definition else (parameters(bound) if bound else None) or []
        if len(names) != len(values):
            names = list(self.at)
        targets = [self.target(b)[0] for b in by]
        if len(values) == 1 and len(set(targets)) == 1 and targets[0] not in names:
            names = [targets[0]]
        if len(names) != len(values):
            raise FormulaError(f"which arguments {name} takes is not known; write it with its letters")
        scope = self.where(**dict(zip(names, values, strict=True)))
        kinds = ["bold" if np.ndim(v) else "symbol" for v in values]
        call = Node("call", (top, *(Node(k, (n,)) for k, n in zip(kinds, names, strict=True))))
        return scope.derived(call, *by)

    def target(self, what: Node) -> tuple[str, list[int] | None]:
        """Return the name that a derivative goes by, and which entry of it."""
        key = key_of(what)
        if what.kind in ("symbol", "bold") or self.has(key):
            if not self.has(key):
                raise FormulaError(f"a derivative by {key!r}, which is not bound")
            return key, None
        for name in (what.args[0].args[0], what.args[0].args[0].upper()):
            if self.has(name):
                return name, [self.whole(i) for i in what.args[2:]]
        raise FormulaError(f"a derivative by {key!r}, which is not bound")

    def derived(self, inside: Node, *by: Node, straight: bool = False) -> Any:
        """Return a partial derivative, total where what is derived depends on others."""
        if len(by) > 1:
            first, rest = by[0], by[1:]
            inner = lambda scope: scope.derived(inside, *rest, straight=straight)  # noqa: E731
        else:
            first, inner = by[0], lambda scope: scope.value(inside)
        name, entry = self.target(first)
        x = self.lookup(name)
        found: Any
        if len(by) == 1 and inside.kind == "sub" and not self.has(key_of(inside)) and key_of(inside.args[0]):
            rows = [self.whole(i) for i in inside.args[2:]]
            found = self.whole_derivative(inside.args[0], name)[tuple(padded(rows, self.array(inside.args[0])))]
        else:
            found = self.algebra.derivative(lambda s: scalar(inner(self.where(**{name: s}))), x)
        if entry is not None:
            before = (slice(None),) * (np.ndim(found) - np.ndim(x))
            return found[(*before, *padded(entry, x))]
        shape = np.shape(found)[: np.ndim(found) - np.ndim(x)]
        if not shape:
            return found
        if np.ndim(x) == 0:
            return found if straight or self.numerator else np.transpose(found)
        if shape[1] != 1 or np.shape(x)[1] != 1:
            raise FormulaError("a derivative of a matrix, or by one, has more than two axes; write entries")
        jacobian = np.reshape(found, (shape[0], -1))
        return jacobian if self.numerator else np.transpose(jacobian)

    def whole_derivative(self, base: Node, name: str) -> Any:
        """Return the derivative of a whole array, once for all of its entries."""
        if (base, name) not in self.memo:
            change = lambda s: self.where(**{name: s}).array(base) + 0.0  # noqa: E731
            self.memo[base, name] = self.algebra.derivative(change, self.lookup(name))
        return self.memo[base, name]

    def _edge(self, start: Node, end: Node) -> Any:
        """Return the local derivative on an edge: the other direct inputs stand still."""
        name = key_of(end)
        if name not in self.definitions:
            raise FormulaError(f"no display defines {name!r}")
        body = self.definitions[name].body
        still = {n: self.lookup(n) for n in self.names(body)}
        if key_of(start) not in still:
            raise FormulaError(f"{name} does not use {key_of(start)}")
        return self.where(**still).derived(body, start)

    def _differential(self, inside: Node) -> Any:
        key = "d" + key_of(inside)
        if key in self.values:
            return self.lookup(key)
        moving = [n for n in self.values if "d" + n in self.values]
        if not moving:
            raise FormulaError("a differential, and nothing that moves; bind dX beside X")
        move = lambda t: {n: self.lookup(n) + t * self.lookup("d" + n) for n in moving}  # noqa: E731
        return self.algebra.derivative(lambda t: self.where(**move(t)).value(inside), 0.0)


def parameters(f: Any) -> list[str] | None:
    """Return the names of the parameters that a function needs; None if it takes any number."""
    try:
        found = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind == p.VAR_POSITIONAL for p in found):
        return None
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [alias(p.name) for p in found if p.kind in kinds and p.default is p.empty]


def alias(name: str) -> str:
    """Return the letter that a name of Python stands for: `lambda` is a keyword there."""
    return "lambda" + name[3:] if name == "lam" or name.startswith("lam_") else name


def is_landau(node: Node, scope: Scope) -> bool:
    """Tell whether a term is O(…) or o(…)."""
    return node.kind == "call" and key_of(node.args[0]) in ("O", "o") and not scope.has(key_of(node.args[0]))


def padded(numbers: list[int], array: Any) -> list[int]:
    """Return the index of an entry; that of a vector has its one column."""
    return [*numbers, 0] if len(numbers) == np.ndim(array) - 1 else numbers


def multiply_out(factors: list[Any]) -> Any:
    """Return the product of some matrices."""
    found = factors[0]
    for factor in factors[1:]:
        found = found @ factor
    return found
