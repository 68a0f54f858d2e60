"""What the letters of a formula mean at one point, and the value of its tree there.

A letter is a value of the point, a value or function of the page, or what a displayed definition
says. A letter in a subscript that means nothing is an index: one that stands twice in a product is
summed over, one that stands once is free.
"""

from __future__ import annotations

import copy
import functools
import inspect
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np

from mcalc.formulas.algebra import Numbers, column, flat, scalar
from mcalc.formulas.definitions import Definition
from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.tree import Node, below, within


class UnfulfilledError(FormulaError):
    """A point that is not among those that a formula speaks of."""


def numbered(f: Callable[..., Any] | Sequence[Any]) -> Callable[..., Any]:
    """Say that a function's first argument is the number in the subscript, as in `w_k`.

    A sequence stands for the function that returns its terms, of which the first is `w_0`.
    """
    if not callable(f):
        f = functools.partial(_term, f)
    f.numbered = True  # type: ignore[attr-defined]
    return f


def _term(terms: Sequence[Any], k: int) -> Any:
    if not 0 <= k < len(terms):
        raise IndexError(f"a sequence of {len(terms)} terms has none with the number {k}")
    return terms[k]


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
        memo: values of trees, which slips of a formula share at a point.
        reaches: on which names a tree depends.
        moved: names whose values are not those of the point, as where a derivative moves one.
        counting: indices that a sum or a product runs over.
    """

    values: Mapping[str, Any]
    definitions: Mapping[str, Definition]
    at: Sequence[str]
    algebra: Any = field(default_factory=Numbers)
    named: Mapping[Node, Any] = field(default_factory=dict)
    ranges: dict[str, int] = field(default_factory=dict)
    numerator: bool = False
    memo: dict[Any, Any] = field(default_factory=dict)
    reaches: dict[Node, frozenset[str]] = field(default_factory=dict)
    moved: frozenset[str] = frozenset()
    counting: Mapping[str, int] = field(default_factory=dict)

    def where(self, changes: Mapping[str, Any], *, index: bool = False) -> Self:
        """Return a scope with other values; those of indices may be asked for again."""
        found = copy.copy(self)
        found.values = {**self.values, **changes}
        found.moved = self.moved - changes.keys() if index else self.moved | changes.keys()
        found.counting = {**self.counting, **changes} if index else self.counting
        if any(callable(self.values.get(name)) for name in changes):
            found.reaches = {}  # what was a function of other names is a value of its own here
        return found

    def reading(self, **changes: Any) -> Self:
        """Return a scope with another layout, or with more definitions."""
        memo = self.memo.setdefault(repr(changes), {})
        return replace(self, **changes, memo=memo, reaches={})

    def once(self, key: Any, reach: frozenset[str], compute: Callable[[], Any]) -> Any:
        """Return what depends on some names; it is computed once where none of them moves."""
        if reach & self.moved:
            return compute()
        counted = tuple((i, k) for i, k in self.counting.items() if i in reach)
        if (key, counted) not in self.memo:
            self.memo[key, counted] = compute()
        return self.memo[key, counted]

    def reach(self, node: Node) -> frozenset[str]:
        """Return the names that a value depends on, through definitions and functions, too."""
        if node not in self.reaches:
            found, queue = set[str](), [*node.names, "n"]  # how far an index runs
            if self.named:
                queue += self.at
            while queue:
                if (name := queue.pop()) not in found:
                    found.add(name)
                    if name in self.definitions:
                        queue += self.definitions[name].body.names
                    if callable(self.values.get(name)):
                        queue += [*self.at, *(parameters(self.values[name]) or ())]
                    if "d" + name in self.values:  # a differential moves both
                        queue.append("d" + name)
            self.reaches[node] = frozenset(found)
        return self.reaches[node]

    def has(self, name: str) -> bool:
        """Tell whether a name means something."""
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
            return self.where({}).value(definition.body)
        if name in self.algebra.constants:
            return self.algebra.constants[name]
        if name == "I":
            return np.eye(self.size())
        raise FormulaError(f"the symbol {name!r} is not bound")

    def size(self) -> int:
        """Return the one size that vectors and square matrices have here."""
        for names in (self.at, self.values):
            arrays = [self.values[n] for n in names if np.ndim(self.values[n]) in (1, 2)]
            shapes = [set(np.shape(a)) for a in arrays]
            sizes = {n for shape in shapes if len(shape) == 1 for n in shape}
            if len(sizes) == 1:
                return int(sizes.pop())
        if "n" in self.values:
            return int(self.values["n"])
        raise FormulaError("how large an identity or a zero is here cannot be known; bind it")

    def at_point(self, f: Callable[..., Any]) -> Any:
        """Return a function's value here: by its parameters' names, or by all that varies."""
        names = parameters(f)
        if names is not None and all(map(self.has, names)):
            return f(*map(self.raw, names))
        return self.apply(f, [self.lookup(name) for name in self.at])

    def raw(self, name: str) -> Any:
        """Return a value as a function takes it: a matrix of one column stays one."""
        value = self.lookup(name)
        return value if name[0].isupper() else flat(value)

    def apply(
        self, f: Callable[..., Any], arguments: list[Any], matrices: Sequence[bool] = ()
    ) -> Any:
        """Call a function of the page; numbers are packed for one that takes a vector."""
        kept = [*matrices, *([False] * len(arguments))]
        given = [a if k else flat(scalar(a)) for a, k in zip(arguments, kept, strict=False)]
        names = parameters(f)
        if names is not None and len(given) > len(names) == 1 and not any(map(np.ndim, given)):
            given = [self.algebra.stack(given)]
        elif names is not None:
            given += [self.raw(name) for name in names[len(given) :]]
        return column(f(*given))

    def function(self, node: Node) -> Callable[..., Any]:
        """Return what stands before arguments, as a function of their values."""
        name = node.key
        if callable(f := self.values.get(name)):
            return lambda *a: self.apply(f, list(a))
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
        return lambda *a: self.where(dict(zip(names, a, strict=True))).value(node)

    def defined(self, definition: Definition, arguments: Sequence[Any]) -> Any:
        """Return the value of a displayed definition at some arguments."""
        params: Sequence[str] = definition.params or self.names(definition.body)
        match arguments:
            case [vector] if params[1:] and np.shape(vector)[1:] == (1,):
                arguments = [vector[k, 0] for k in range(np.shape(vector)[0])]
        if len(arguments) != len(params):
            raise FormulaError(f"{definition.name} takes {', '.join(params)}")
        for point, value in definition.special:
            if all(
                isinstance(a, float | int) and a == self.value(p)
                for a, p in zip(arguments, point, strict=True)
            ):
                return self.value(value)
        return self.where(dict(zip(params, arguments, strict=True))).value(definition.body)

    def names(self, *parts: Any) -> list[str]:
        """Return the names in some trees, in their order."""
        found: dict[str, None] = {}
        for node in below(parts):
            if node.kind in ("symbol", "bold") or self.has(node.key):
                found[node.key] = None
            else:
                found |= dict.fromkeys(self.names(*node.parts))
        return list(found)

    def params(self, name: str) -> list[str]:
        """Return the letters that a function is known to be of, in their order."""
        if name in self.definitions:
            return list(self.definitions[name].params)
        f = self.values.get(name)
        return (parameters(f) if callable(f) else None) or []

    def varying(self, node: Node) -> list[str]:
        """Return the names in a tree that vary; of a function, its letters, or else all.

        Where nothing varies that the tree depends on, they are all that it names: ∇(det M).
        """
        params = self.params(node.key)
        if params and all(map(self.has, params)):
            return [n for n in params if n in self.at] or params
        found = self.names(node)
        if not self.reach(node).isdisjoint(self.at):
            return [n for n in self.at if n in found] or list(self.at)
        if not found:
            raise FormulaError("a derivative of what names no letter")
        return found

    def is_index(self, node: Node) -> bool:
        """Tell whether a part of a subscript is a letter that means nothing."""
        return node.kind == "symbol" and not self.has(node.key)

    def indices(self, node: Any) -> list[str]:
        """Return the letters that are indices in a tree and that no product or sum in it binds."""
        if isinstance(node, tuple):
            return list(dict.fromkeys(i for part in node for i in self.indices(part)))
        if not isinstance(node, Node) or node.kind in ("call", "map", "evaluated", "norm"):
            return []
        if node.kind == "big":
            bound = {n.key for n in within(node.args[1:4])}
            return [i for i in self.indices(node.args[5]) if i not in bound]
        letters = self.letters(node)
        if letters is None:
            return self.indices(node.args)
        return [i for i in dict.fromkeys(letters) if letters.count(i) == 1]

    def counted(self, node: Node) -> set[str]:
        """Return all letters that are indices in a tree, bound or free."""
        subs = (n for n in within((node,)) if n.kind == "sub" and not self.has(n.key))
        return {i.key for n in subs for i in n.args[2:] if self.is_index(i)}

    def letters(self, node: Node) -> list[str] | None:
        """Return the indices of a product with their repetitions; None if it is no product."""
        if node.kind == "sub":
            if self.has(node.key):
                return []
            own = [i.key for i in node.args[2:] if self.is_index(i)]
            return own + self.indices(node.args[0])
        if node.kind in ("product", "dot", "partial"):
            parts = (node.args[0], *node.args[1]) if node.kind == "partial" else node.args
            return [i for part in parts for i in self.indices(part)]
        return None

    def occurrences(self, node: Any) -> Counter[str]:
        """Count how often each index stands in a product; in a sum, in the term where most."""
        if isinstance(node, tuple):
            return sum(map(self.occurrences, node), Counter[str]())
        if not isinstance(node, Node) or node.kind in ("call", "map"):
            return Counter()
        if node.kind == "sum":
            return functools.reduce(Counter.__or__, map(self.occurrences, node.args))
        found = self.occurrences(node.args)
        if node.kind == "sub" and not self.has(node.key):
            found += Counter(i.key for i in node.args[2:] if self.is_index(i))
        elif node.kind == "big":
            for bound in (n.key for n in within(node.args[1:4])):
                found.pop(bound, None)
        return found

    def summed(self, node: Node) -> list[str]:
        """Return the indices that a product sums over."""
        if not node.counters:
            return []
        bound = frozenset(letter for letter in node.counters if self.has(letter))
        if bound not in node.sums:
            self.refuse_thrice(node)
            letters = self.letters(node) or []
            node.sums[bound] = [i for i in dict.fromkeys(letters) if letters.count(i) == 2]
        return node.sums[bound]

    def refuse_thrice(self, node: Node) -> None:
        """Refuse a tree in a product of which an index stands more than twice."""
        for i, count in self.occurrences(node).items():
            if count > 2:
                raise FormulaError(f"the index {i!r} stands more than twice in a product")

    def measure(self, *parts: Any) -> None:
        """Note how far each index runs: as far as the axes that it counts."""
        for node in within(parts):
            if node.kind == "sub" and any(map(self.is_index, node.args[2:])):
                try:
                    array = self.array(node.args[0], len(node.args) - 2)
                except (ValueError, IndexError, TypeError):  # of no array that is known
                    shape: tuple[int, ...] = ()
                else:
                    shape = (len(array),) if isinstance(array, list) else np.shape(array)
                for i, n in zip(node.args[2:], shape, strict=False):
                    if self.is_index(i) and self.ranges.setdefault(i.key, n) != n:
                        raise FormulaError(
                            f"the index {i.key!r} counts {n} and {self.ranges[i.key]}"
                        )

    def run(self, letters: Sequence[str]) -> Iterator[Scope]:
        """Yield a scope for all values of some indices."""
        spans = [range(1, 1 + self.span(i)) for i in letters]
        for numbers in itertools.product(*spans):
            yield self.where(dict(zip(letters, numbers, strict=True)), index=True)

    def span(self, letter: str) -> int:
        """Return how far an index runs."""
        if letter not in self.ranges and not self.has("n"):
            raise FormulaError(f"how far the index {letter!r} runs is not known")
        return int(self.ranges[letter] if letter in self.ranges else self.lookup("n"))

    def entries(self, node: Node, letters: Sequence[str]) -> Any:
        """Return a side for all values of its free indices."""
        if not letters:
            return self.value(node)
        self.refuse_thrice(node)  # below, the letters are numbers
        values = np.array([scalar(scope.value(node)) for scope in self.run(letters)])
        return values.reshape(*map(self.span, letters), *values.shape[1:])

    def array(self, base: Node, axes: int) -> Any:
        """Return the array that a subscript goes into; `a_{ij}` is an entry of A."""
        if base.kind in ("symbol", "bold"):
            names = [n for n in (base.args[0], base.args[0].upper()) if self.has(n)]
            found = [self.lookup(name) for name in names]
            fits = [a for a in found if axes == 2 and np.ndim(a) == 2 and 1 not in np.shape(a)[1:]]
            if found:
                return (fits or found)[0]
            raise FormulaError(f"the symbol {base.args[0]!r} is not bound")
        return self.value(base)

    def value(self, node: Node) -> Any:
        """Return the value of a tree; `Values` says how."""
        raise NotImplementedError


def parameters(f: Any) -> list[str] | None:
    """Return the names of the parameters that a function needs; None if it takes any number."""
    try:
        found = inspect.signature(f).parameters.values()
    except ValueError:  # a function of C may have none
        return None
    if any(p.kind == p.VAR_POSITIONAL for p in found):
        return None
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [alias(p.name) for p in found if p.kind in kinds and p.default is p.empty]


def alias(name: str) -> str:
    """Return the letter that a name of Python stands for: `lambda` is a keyword there."""
    return "lambda" + name[3:] if name == "lam" or name.startswith("lam_") else name
