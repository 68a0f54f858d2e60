"""The derivatives of a formula: ∂, d, ∇, J, H, primes, edges of a graph and differentials."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mcalc.formulas.algebra import column, flat, scalar
from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.tree import Node
from mcalc.formulas.values import Values, place_in

SEARCHED = 60
"""At how many places what argmin finds is tried."""


class Meaning(Values):
    """What a formula means at a point, its derivatives included."""

    def _call(self, f: Node, *arguments: Node) -> Any:
        values = [scope.value(a) for scope, a in self.filled(arguments)]
        if f.kind == "prime":
            if values[1:]:
                raise FormulaError("a prime, and several arguments")
            return self.primed(self.function(f.args[0]), f.args[1], scalar(values[0]))
        if f.kind == "map":
            return self.mapped(f.args[0], mapped_function(f.args[1]), values)
        if f.kind == "partial":
            return self.partial_at(f, values)
        return self.called(f, arguments)(*values)

    def called(self, f: Node, arguments: Sequence[Node]) -> Callable[..., Any]:
        """Return the function of a call, which takes a matrix where a bold capital stands."""
        bound = self.values.get(f.key)
        if not callable(bound):
            return self.function(f)
        matrices = [a.kind == "bold" and a.args[0].isupper() for a in arguments]
        return lambda *a: self.apply(bound, list(a), matrices)

    def primed(self, f: Callable[..., Any], n: int, x: Any) -> Any:
        """Return the n-th derivative of a function of a number."""
        if np.ndim(x):
            raise FormulaError("a prime of a function of a vector; write ∂, ∇ or J")
        for _ in range(n):
            f = functools.partial(self.algebra.derivative, f)
        return f(x)

    def _prime(self, inside: Node, n: int) -> Any:
        if inside.kind == "call":
            raise FormulaError("write f'(x), not f(x)'")
        key = inside.key
        if key in self.at or not callable(self.values.get(key, callable)):
            raise FormulaError(f"a prime of {key}, which is a number; bind a function")
        name = self.only(inside)
        return self.primed(lambda s: self.where({name: s}).value(inside), n, self.lookup(name))

    def only(self, inside: Node) -> str:
        """Return the one name that a derivative without a variable goes by."""
        names = self.varying(inside)
        match names:
            case [name]:
                return name
        raise FormulaError(f"with respect to which of {', '.join(names)}? write it as a subscript")

    def _gradient(self, inside: Node, by: Node | None = None) -> Any:
        if by is not None:
            return self.derived(inside, by)
        if inside.kind == "call":
            values = [s.value(a) for s, a in self.filled(inside.args[1:])]
            return self.gradient(self.called(inside.args[0], inside.args[1:]), values)
        inner = inside
        known = self.algebra.functions
        while inner.kind == "function" and inner.args[0] in known and inner.args[1] is None:
            inner = inner.args[2]
        if inner is not inside and inner.kind in ("bold", "matrix"):  # ∇ log det M goes by M
            return self.gradient(lambda s: self.chained(inside, inner, s), [self.value(inner)])
        names = self.varying(inside)
        if any(np.ndim(self.lookup(n)) for n in names):
            self.only(inside)
        change = lambda *a: self.where(dict(zip(names, a, strict=True))).value(inside)  # noqa: E731
        return self.gradient(change, [self.lookup(n) for n in names])

    def chained(self, outer: Node, inner: Node, value: Any) -> Any:
        """Return nested functions with another value in the innermost place."""
        if outer is inner:
            return value
        return self.algebra.functions[outer.args[0]](
            scalar(self.chained(outer.args[2], inner, value))
        )

    def gradient(self, f: Callable[..., Any], values: list[Any]) -> Any:
        """Return the gradient of a function of one array, or of several numbers."""
        if not values[1:]:
            return self.algebra.derivative(lambda s: scalar(f(s)), scalar(values[0]))
        return column(self.algebra.derivative(*self.packed(f, values)))

    def packed(self, f: Callable[..., Any], values: list[Any]) -> tuple[Callable[..., Any], Any]:
        """Return a function of several numbers as one of an array, and the numbers as one."""
        if any(map(np.ndim, map(scalar, values))):
            raise FormulaError("a derivative of a function of several vectors; say by which")
        numbers = self.algebra.stack(list(map(scalar, values)))
        return lambda s: scalar(f(*(s[k] for k in range(len(values))))), numbers

    def _map(self, letter: str, f: Node) -> Any:
        f = mapped_function(f)
        names = self.varying(f.args[1] if f.kind == "composed" else f)
        if names[1:] and any(np.ndim(self.lookup(name)) for name in names):
            self.only(f)
        return self.mapped(letter, f, [self.lookup(n) for n in names])

    def mapped(self, letter: str, f: Node, values: list[Any]) -> Any:
        """Return a Hessian or a Jacobian."""
        g = self.function(f)
        if values[1:]:
            h, x = self.packed(g, values)
        else:
            h, x = lambda s: scalar(g(column(s))), flat(values[0])
        if letter == "J":
            found = self.algebra.derivative(lambda s: flat(h(s)), x)
            return np.reshape(found, (-1, math.prod(np.shape(x))))
        return self.algebra.derivative(lambda s: self.algebra.derivative(h, s), x)

    def _partial(self, top: Node, by: tuple[Node, ...], applied: bool, straight: bool) -> Any:
        return self.derived(top, *by, straight=straight)

    def partial_at(self, node: Node, values: list[Any]) -> Any:
        """Return a partial derivative at some arguments, as in ∂f/∂x (0, y)."""
        top, by = node.args[0], node.args[1]
        targets = {self.target(b)[0] for b in by}
        readings = (self.params(top.key), list(self.at), list(targets))
        names = next((n for n in readings if len(n) == len(values) and targets <= {*n}), None)
        if names is None:
            raise FormulaError(
                f"which arguments {top.key} takes is not known; write it with its letters"
            )
        scope = self.where(dict(zip(names, values, strict=True)))
        kinds = ["bold" if np.ndim(v) else "symbol" for v in values]
        call = Node("call", (top, *(Node(k, (n,)) for k, n in zip(kinds, names, strict=True))))
        return scope.derived(call, *by)

    def target(self, what: Node) -> tuple[str, list[int] | None]:
        """Return the name that a derivative goes by, and which entry of it."""
        key = what.key
        if not key:
            raise FormulaError("a derivative goes by a symbol, or by an entry of one")
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
        first, *rest = by

        def inner(scope: Meaning) -> Any:
            if rest:
                return scope.derived(inside, *rest, straight=straight)
            return scope.value(inside)

        name, entry = self.target(first)
        x = self.lookup(name)
        found: Any
        if (
            not rest
            and inside.kind == "sub"
            and not self.has(inside.key)
            and inside.args[0].kind == "symbol"
            and not self.is_sequence(inside.args[0].key)
        ):
            rows = [self.whole(i) for i in inside.args[2:]]
            array = self.array(inside.args[0], len(rows))
            found = self.whole_derivative(inside.args[0], name, len(rows))[place_in(array, rows)]
        else:
            found = self.algebra.derivative(lambda s: scalar(inner(self.where({name: s}))), x)
        if entry:
            before = (slice(None),) * (np.ndim(found) - np.ndim(x))
            return column(found[(*before, *place_in(x, entry))])
        shape = np.shape(found)[: np.ndim(found) - np.ndim(x)]
        if not shape:
            return found
        if not np.ndim(x):
            return found if straight or self.numerator else np.transpose(found)
        if {shape[1], np.shape(x)[1]} != {1}:
            raise FormulaError(
                "a derivative of a matrix, or by one, has more than two axes; write entries"
            )
        jacobian = np.reshape(found, (shape[0], -1))
        return jacobian if self.numerator else np.transpose(jacobian)

    def whole_derivative(self, base: Node, name: str, axes: int) -> Any:
        """Return the derivative of a whole array, once for all of its entries."""
        change = lambda s: self.where({name: s}).array(base, axes) + 0.0  # noqa: E731
        reach = self.reach(Node("sub", (base, ""))) | {name}
        return self.once(
            (base, name, axes), reach, lambda: self.algebra.derivative(change, self.lookup(name))
        )

    def _edge(self, start: Node, end: Node) -> Any:
        """Return the local derivative on an edge: the other direct inputs stand still."""
        name = end.key
        if name not in self.definitions:
            raise FormulaError(f"no display defines {name!r}")
        body = self.definitions[name].body
        still = {n: self.lookup(n) for n in self.names(body)}
        if start.key not in still:
            raise FormulaError(f"{name} does not use {start.key}")
        return self.where(still).derived(body, start)

    def searched(self, node: Node, found: Any) -> Any:
        """Return what argmin or argmax is, given what is said to be found; a better one if any.

        It is tried against random places near and far, and its gradient has to vanish.
        """
        name, index, *limits, body = node.args
        if any(limits):
            raise FormulaError(f"{name} under a condition is not searched")
        sign = 1 if name == "argmin" else -1

        def f(x: Any) -> Any:
            return sign * scalar(self.where({index.key: x}).value(body))

        rng = np.random.default_rng(0)
        shifts = (
            h * rng.standard_normal(np.shape(found)) for h in np.geomspace(1e-3, 10.0, SEARCHED)
        )
        best = min((found + shift for shift in shifts), key=f)
        if f(best) < f(found) - 1e-12 * abs(f(found)):
            return best
        return found - np.reshape(self.gradient(f, [found]), np.shape(found))

    def _differential(self, inside: Node) -> Any:
        key = "d" + inside.key
        if key in self.values:
            return self.lookup(key)
        moving = [n for n in self.values if "d" + n in self.values]
        if not moving:
            raise FormulaError("a differential, and nothing that moves; bind dX beside X")

        def along(t: Any) -> Any:
            there = {n: self.lookup(n) + t * self.lookup("d" + n) for n in moving}
            return self.where(there).value(inside)

        return self.algebra.derivative(along, 0.0)


def mapped_function(subscript: Node) -> Node:
    """Return the function of which an H or a J is, from its subscript."""
    match subscript:
        case Node("subscript", (Node() as f,)):
            return f
        case Node("composed"):
            return subscript
    raise FormulaError("a subscript of H or J that is no function")
