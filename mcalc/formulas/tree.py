"""The tree of a formula: each node knows its kind, its parts, and where it stands in the TeX."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, VisitError
from lark.lexer import Lexer

from mcalc.formulas.lexer import FormulaError, place, signs


@dataclass(frozen=True)
class Node:
    """An expression; two are equal if they say the same, wherever they stand."""

    kind: str
    args: tuple[Any, ...]
    span: tuple[int, int] = field(default=(0, 0), compare=False)

    @functools.cached_property
    def kinds(self) -> frozenset[str]:
        """Return the kinds of the nodes in the tree."""
        return frozenset(node.kind for node in self.walk())

    @functools.cached_property
    def counters(self) -> frozenset[str]:
        """Return the letters in subscripts, which are indices where they mean nothing."""
        subs = (node for node in self.walk() if node.kind == "sub")
        return frozenset(str(i.args[0]) for n in subs for i in n.args[2:] if i.kind == "symbol")

    @functools.cached_property
    def sums(self) -> dict[frozenset[str], list[str]]:
        """Keep over which indices the node sums, by those of its letters that mean something."""
        return {}

    def walk(self) -> Iterator[Node]:
        """Yield the node and all that are in it."""
        yield self
        yield from within(self.args)


@dataclass(frozen=True)
class Clause:
    """A chain of sides with the relations between them, and the words that stand beside it."""

    sides: tuple[Node, ...]
    relations: tuple[str, ...]
    conditions: tuple[tuple[str, tuple[Clause, ...]], ...] = ()


def within(parts: Any) -> Iterator[Node]:
    """Yield the nodes of a tuple of parts, at every depth."""
    for part in parts:
        if isinstance(part, Node):
            yield from part.walk()
        elif isinstance(part, Clause):
            yield from within(part.sides)
            yield from within(said for _, said in part.conditions)
        elif isinstance(part, tuple):
            yield from within(part)


CONDITIONS = ("for", "for every", "for all", "if", "where", "at", "from")
LAYOUTS = ("in denominator layout", "in numerator layout")


@v_args(meta=True)
class _Build(Transformer[Token, Any]):
    """Make nodes of what the grammar found; most are named as there."""

    def __default__(self, data: Any, children: list[Any], meta: Any) -> Any:
        kept = tuple(c for c in children if not isinstance(c, Token) or c.type in KEPT)
        return Node(
            str(data), tuple(str(c) if isinstance(c, Token) else c for c in kept), _at(meta)
        )

    def display(self, meta: Any, children: list[Any]) -> list[Clause]:
        return [c for c in children if isinstance(c, Clause)]

    def clause(self, meta: Any, children: list[Any]) -> Clause:
        chain, *conditions = children
        if not chain.relations and not conditions:
            raise FormulaError("this claims nothing: it has no relation")
        return Clause(chain.sides, chain.relations, tuple(conditions))

    def chain(self, meta: Any, children: list[Any]) -> Clause:
        return Clause(tuple(children[::2]), tuple(map(str, children[1::2])))

    def condition(self, meta: Any, children: list[Any]) -> tuple[str, tuple[Clause, ...]]:
        words, *said = str(children[0]), *children[1:]
        if words not in (CONDITIONS if said else LAYOUTS):
            raise FormulaError(
                f"the words {words!r} are none of {', '.join(CONDITIONS + LAYOUTS)}; "
                "a remark that claims nothing stands in parentheses"
            )
        if said and not isinstance(said[0], Clause):  # for s = w, x, y
            left, relation, *right = said
            return words, tuple(Clause((left, r), (str(relation),)) for r in right)
        return words, tuple(said)

    def sum(self, meta: Any, children: list[Any]) -> Node:
        if len(children) == 1:
            return children[0]  # type: ignore[no-any-return]
        signed = children if isinstance(children[0], Token) else [None, *children]
        terms = zip(signed[::2], signed[1::2], strict=True)
        parts = (
            Node("term", (str(s or ""), t), (s.start_pos if s else t.span[0], t.span[1]))
            for s, t in terms
        )
        return Node("sum", tuple(parts), _at(meta))

    def term(self, meta: Any, children: list[Any]) -> Node:
        found = children[0]
        for operator, right in zip(children[1::2], children[2::2], strict=True):
            if operator == "/" and {found.kind, right.kind} & {"product", "over", "dot"}:
                raise FormulaError(
                    r"a slash beside a product reads in two ways; write \frac or parentheses"
                )
            kind = {r"\odot": "entrywise", "/": "over"}.get(operator, "dot")
            found = Node(kind, (found, right), (found.span[0], right.span[1]))
        return found  # type: ignore[no-any-return]

    def product(self, meta: Any, children: list[Any]) -> Node:
        if any(child.kind == "partial" and child.args[2] for child in children[:-1]):
            raise FormulaError("what a derivative with an empty top acts on needs parentheses")
        if any(child.kind == "number" for child in children[1:]):
            raise FormulaError("a number stands first in a product, or between parentheses")
        return children[0] if len(children) == 1 else Node("product", tuple(children), _at(meta))

    inside = product

    def application(self, meta: Any, children: list[Any]) -> Node:
        name, *power, inside = children
        if inside.kind == "product" and inside.args[0].kind == "parenthesis":
            raise FormulaError(f"{name} (…) … reads in two ways; put what it is of in parentheses")
        return Node("function", (str(name), power[0] if power else None, inside), _at(meta))

    def function(self, meta: Any, children: list[Any]) -> Node:
        name, *rest = (c for c in children if getattr(c, "type", "") != "APPLY")
        *power, arguments = rest
        return Node(
            "function", (str(name), power[0] if power else None, *arguments.args), _at(meta)
        )

    def call(self, meta: Any, children: list[Any]) -> Node:
        return Node("call", (children[0], *children[2].args), _at(meta))

    def parenthesis(self, meta: Any, children: list[Any]) -> Node:
        return Node("parenthesis", children[0].args, _at(meta))

    def group(self, meta: Any, children: list[Any]) -> Node:
        return children[0]  # type: ignore[no-any-return]

    def bold(self, meta: Any, children: list[Any]) -> Node:
        return Node("bold", tuple(children[0].split(":")), _at(meta))

    def pow(self, meta: Any, children: list[Any]) -> Node:
        if children[0].kind == "pow":
            raise FormulaError("a power of a power; put the lower one in parentheses")
        return Node("pow", tuple(children), _at(meta))

    def transpose(self, meta: Any, children: list[Any]) -> Node:
        base, *sign, _ = children
        if sign and sign[0] != "-":
            raise FormulaError("a transpose with a plus")
        return Node("transpose", (base, *map(str, sign)), _at(meta))

    def sub(self, meta: Any, children: list[Any]) -> Node:
        base, subscript = children
        if base.kind == "norm":
            kind = subscript.args[0]
            return Node(
                "norm",
                (base.args[0], kind if isinstance(kind, str) else str(kind.args[0])),
                _at(meta),
            )
        if subscript.kind == "composed":
            raise FormulaError("a composition in a subscript of what is no H or J")
        if subscript.kind == "named":
            named = "star" if subscript.args == ("*",) else subscript.args[0]
            return Node("sub", (base, named), _at(meta))
        parts = subscript.args
        if len(parts) == 1 and parts[0].kind == "product":
            parts = parts[0].args
        elif len(parts) == 1 and parts[0].kind == "number":
            a = parts[0].span[0]
            parts = tuple(
                Node("number", (d,), (a + k, a + k + 1)) for k, d in enumerate(parts[0].args[0])
            )
        return Node("sub", (base, "", *parts), _at(meta))

    def prime(self, meta: Any, children: list[Any]) -> Node:
        if len(children[1]) > 4:
            raise FormulaError("more than four primes")
        return Node("prime", (children[0], len(children[1])), _at(meta))

    def gradient(self, meta: Any, children: list[Any]) -> Node:
        *by, inside = children[1:]
        return Node("gradient", (inside, *by), _at(meta))

    def derivative(self, meta: Any, children: list[Any]) -> Node:
        return self._partial(meta, children[1:], straight=children[0] == r"\td")

    def derivative_of(self, meta: Any, children: list[Any]) -> Node:
        parts = [*children[1:-2], children[-1], children[-2]]
        return self._partial(meta, parts, applied=True, straight=children[0] == r"\td")

    def leibniz(self, meta: Any, children: list[Any]) -> Node:
        return self._partial(meta, children[2:], straight=children[1] != r"\partial")

    def leibniz_of(self, meta: Any, children: list[Any]) -> Node:
        order = [c for c in children if getattr(c, "kind", "") == "order"]
        below = [c for c in children if getattr(c, "kind", "") == "below"]
        parts = [*order, children[-1], *below]
        return self._partial(meta, parts, applied=True, straight=children[1] != r"\partial")

    def _partial(
        self, meta: Any, parts: list[Any], *, straight: bool, applied: bool = False
    ) -> Node:
        """Make one kind of node of all ways to write a derivative: its top, and what it goes by."""
        signs = {part.args[0] for part in parts if part.kind == "below"}
        if signs and signs != {r"\mathrm{d}" if straight else r"\partial"}:
            raise FormulaError("a derivative with a round and a straight d")
        order = 1
        if parts[0].kind == "order":
            order, parts = int(parts[0].args[0]), parts[1:]
        by: list[Node] = []
        for part in parts[1:]:
            what = part.args[1] if part.kind == "below" else part
            times = 1
            if what.kind == "pow" and what.args[1].kind == "number":
                what, times = what.args[0], int(what.args[1].args[0])
            if what.kind not in ("symbol", "bold", "sub"):
                raise FormulaError("a derivative goes by a symbol, or by an entry of one")
            by += [what] * times
        if len(by) != order:
            raise FormulaError(f"a derivative of order {order} above, and of order {len(by)} below")
        return Node("partial", (parts[0], tuple(by), applied, straight), _at(meta))

    def big(self, meta: Any, children: list[Any]) -> Node:
        name, over, *high, body = children
        index, *rest = over.args
        limits = (str(rest[0]), rest[1]) if rest else ("", None)
        parts = (name.lstrip("\\"), index, *limits, high[0] if high else None, body)
        return Node("big", parts, _at(meta))

    def range(self, meta: Any, children: list[Any]) -> Node:
        return Node("range", tuple(children), _at(meta))

    def evaluated(self, meta: Any, children: list[Any]) -> Node:
        if children[4] != "=":
            raise FormulaError("a bar with a place to evaluate at needs an equals sign")
        return Node("evaluated", (children[1], children[3], children[5]), _at(meta))


KEPT = {"DEL", "NUMBER", "SYMBOL", "BOLD", "NAMED", "WORDS", "SIGN", "MAP"}


def _at(meta: Any) -> tuple[int, int]:
    return (0, 0) if meta.empty else (meta.start_pos, meta.end_pos)


GRAMMAR = Path(__file__).with_name("grammar.lark").read_text("utf-8")


class _Given(Lexer):
    """Hand the signs to Lark as they are."""

    def __init__(self, _: Any) -> None:
        pass

    def lex(self, data: Any) -> Iterator[Token]:  # type: ignore[override]  # as Lark calls it
        return iter(data)


@functools.cache
def _parser() -> Lark:
    options: Any = {"lexer": _Given, "propagate_positions": True, "maybe_placeholders": False}
    return Lark(GRAMMAR, start=["display", "sum"], parser="lalr", **options)


def parse(
    tex: str,
    functions: Set[str] = frozenset(),
    bound: Set[str] = frozenset(),
    *,
    strict: bool = True,
) -> list[Clause]:
    r"""Read a display.

    Args:
        tex: its TeX, without the dollars.
        functions: the names that are functions: `f(x)` is a call if f is one, else a product.
        bound: all names that mean something.
        strict: whether a letter that means nothing may not touch a parenthesis: `y\,(1-x)`.

    Returns:
        Its clauses.

    Raises:
        FormulaError: if it is not in the grammar, with the place.
    """
    return list(_parse(tex, frozenset(functions), frozenset(bound), strict))


@functools.lru_cache(maxsize=4096)  # slips of a formula share its definitions
def _parse(
    tex: str, functions: frozenset[str], bound: frozenset[str], strict: bool
) -> tuple[Clause, ...]:
    try:
        tokens: Any = signs(tex, functions, bound, strict=strict)
        return tuple(_Build().transform(_parser().parse(tokens, start="display")))
    except UnexpectedInput as error:
        token = getattr(error, "token", None)
        at = len(tex) if token is None or token.type == "$END" else token.start_pos
        raise FormulaError(f"not in the grammar {place(tex, at)}") from None
    except VisitError as error:
        if isinstance(error.orig_exc, RecursionError):
            raise FormulaError("it is nested too deeply") from None
        raise error.orig_exc from None
    except RecursionError:
        raise FormulaError("it is nested too deeply") from None
