"""The tree of a formula: each node knows its kind, its parts, and where it stands in the TeX."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

try:
    from lark import Lark, Token, Tree
    from lark.exceptions import UnexpectedInput
    from lark.lexer import Lexer
except ModuleNotFoundError:
    raise ModuleNotFoundError(
        "mcalc reads formulas with the package lark; run python3 -m pip install lark", name="lark"
    ) from None

from mcalc.formulas.lexer import FormulaError, Row, place, signs


@dataclass(frozen=True)
class Node:
    """An expression; two are equal if they say the same, wherever they stand."""

    kind: str
    args: tuple[Any, ...]
    span: tuple[int, int] = field(default=(0, 0), compare=False)

    @functools.cached_property
    def hash(self) -> int:
        """Keep the hash, which every table of values asks for."""
        return hash((self.kind, self.args))

    def __hash__(self) -> int:
        """Return the hash of what the node says."""
        return self.hash

    @functools.cached_property
    def parts(self) -> tuple[Node, ...]:
        """Return the nodes right below."""
        return tuple(below(self.args))

    @functools.cached_property
    def kinds(self) -> frozenset[str]:
        """Return the kinds of the nodes in the tree."""
        return frozenset({self.kind}).union(*(part.kinds for part in self.parts))

    @functools.cached_property
    def key(self) -> str:
        """Return the name of a symbol, with its subscript if it has one: `w_1`, `x_star`."""
        if self.kind in ("symbol", "bold"):
            return str(self.args[0])
        if self.kind == "sub" and self.args[0].kind in ("symbol", "bold"):
            indices = (i.args[0] if i.kind in ("symbol", "number") else "?" for i in self.args[2:])
            named = {"+": "plus", "*": "star", r"\infty": "infty"}.get(self.args[1], self.args[1])
            return f"{self.args[0].args[0]}_{named}{''.join(map(str, indices))}"
        return ""

    @functools.cached_property
    def names(self) -> frozenset[str]:
        """Return the names in the tree, with and without their subscripts; of `a_{ij}` also A."""
        base = self.args[0].key if self.kind == "sub" and self.args[2:] else ""
        own = {self.key, base.upper()} - {""}
        return frozenset(own).union(*(part.names for part in self.parts))

    @functools.cached_property
    def counters(self) -> frozenset[str]:
        """Return the letters in subscripts, which are indices where they mean nothing."""
        indices = self.args[2:] if self.kind == "sub" else ()
        own = {i.key for i in indices if i.kind == "symbol"}
        return frozenset(own).union(*(part.counters for part in self.parts))

    @functools.cached_property
    def sums(self) -> dict[frozenset[str], list[str]]:
        """Keep over which indices the node sums, by those of its letters that mean something."""
        return {}

    def walk(self) -> Iterator[Node]:
        """Yield the node and all that are in it."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True)
class Clause:
    """A chain of sides with the relations between them, and the words that stand beside it."""

    sides: tuple[Node, ...]
    relations: tuple[str, ...]
    conditions: tuple[tuple[str, tuple[Clause, ...]], ...] = ()

    @property
    def span(self) -> tuple[int, int]:
        """Return where the chain stands."""
        return self.sides[0].span[0], self.sides[-1].span[1]


def below(parts: Any) -> Iterator[Node]:
    """Yield the outermost nodes of some parts."""
    for part in parts:
        if isinstance(part, Node):
            yield part
        elif isinstance(part, Clause):
            yield from below((part.sides, *(said for _, said in part.conditions)))
        elif isinstance(part, tuple):
            yield from below(part)


def within(parts: Any) -> Iterator[Node]:
    """Yield the nodes of some parts, at every depth."""
    for part in below(parts):
        yield from part.walk()


CONDITIONS = ("for", "for every", "for all", "if", "where", "at", "from")
LAYOUTS = ("in denominator layout", "in numerator layout")


class _Builder:
    """Make nodes of what the grammar finds, rule by rule; most are named as there."""

    def __default__(self, rule: str, children: list[Any], _: None) -> Any:
        if rule.startswith("__"):  # a repetition, which is taken apart where it ends
            return Tree(rule, children)
        span = (_span(children[0])[0], _span(children[-1])[1])
        kept = [c for c in children if getattr(c, "type", "") not in SILENT]
        if make := getattr(self, f"_{rule}", None):
            return make(span, *kept)
        said = (c for c in kept if not isinstance(c, Token) or c.type in KEPT)
        return Node(str(rule), tuple(str(c) if isinstance(c, Token) else c for c in said), span)

    def _clause(self, _: Span, chain: Clause, *conditions: Any) -> Clause:
        if not chain.relations and not conditions:
            raise FormulaError("this claims nothing: it has no relation")
        return Clause(chain.sides, chain.relations, conditions)

    def _chain(self, _: Span, *children: Any) -> Clause:
        return Clause(children[::2], tuple(map(str, children[1::2])))

    def _condition(self, _: Span, words: Token, *said: Any) -> tuple[str, tuple[Clause, ...]]:
        if words not in (CONDITIONS if said else LAYOUTS):
            raise FormulaError(
                f"the words {str(words)!r} are none of {', '.join(CONDITIONS + LAYOUTS)}; "
                "a remark that claims nothing stands in parentheses"
            )
        if said and not isinstance(said[0], Clause):  # for s = w, x, y
            left, relation, *right = said
            said = tuple(Clause((left, r), (str(relation),)) for r in right)
        return str(words), said

    def _sum(self, span: Span, *children: Any) -> Node:
        if not children[1:]:
            return children[0]  # type: ignore[no-any-return]
        signed = children if isinstance(children[0], Token) else (None, *children)
        terms = zip(signed[::2], signed[1::2], strict=True)
        parts = (
            Node("term", (str(s or ""), t), (s.start_pos if s else t.span[0], t.span[1]))
            for s, t in terms
        )
        return Node("sum", tuple(parts), span)

    def _term(self, _: Span, found: Node, *rest: Any) -> Node:
        for operator, right in zip(rest[::2], rest[1::2], strict=True):
            if operator == "/" and {found.kind, right.kind} & {"product", "over", "dot"}:
                raise FormulaError(
                    r"a slash beside a product reads in two ways; write \frac or parentheses"
                )
            kind = {r"\odot": "entrywise", "/": "over"}.get(operator, "dot")
            found = Node(kind, (found, right), (found.span[0], right.span[1]))
        return found

    def _product(self, span: Span, *factors: Node) -> Node:
        if any(factor.kind == "partial" and factor.args[2] for factor in factors[:-1]):
            raise FormulaError("what a derivative with an empty top acts on needs parentheses")
        if any(factor.kind == "number" for factor in factors[1:]):
            raise FormulaError("a number stands first in a product, or between parentheses")
        return Node("product", factors, span) if factors[1:] else factors[0]

    _inside = _product

    def _application(self, span: Span, name: Token, *rest: Node) -> Node:
        *power, inside = rest
        if inside.kind == "product" and inside.args[0].kind == "parenthesis":
            raise FormulaError(f"{name} (…) … reads in two ways; put what it is of in parentheses")
        return Node("function", (str(name), power[0] if power else None, inside), span)

    def _function(self, span: Span, name: Token, *rest: Any) -> Node:
        *power, _, arguments = rest
        return Node("function", (str(name), power[0] if power else None, *arguments.args), span)

    def _call(self, span: Span, head: Node, _: Token, arguments: Node) -> Node:
        return Node("call", (head, *arguments.args), span)

    def _parenthesis(self, span: Span, arguments: Node) -> Node:
        return Node("parenthesis", arguments.args, span)

    def _group(self, span: Span, inside: Node) -> Node:
        return replace(inside, span=span)

    def _bold(self, span: Span, name: Token) -> Node:
        return Node("bold", tuple(name.split(":")), span)

    def _pow(self, span: Span, base: Node, exponent: Node) -> Node:
        if base.kind == "pow":
            raise FormulaError("a power of a power; put the lower one in parentheses")
        return Node("pow", (base, exponent), span)

    def _transpose(self, span: Span, base: Node, *rest: Token) -> Node:
        if "+" in rest:
            raise FormulaError("a transpose with a plus")
        return Node("transpose", (base, *map(str, rest[:-1])), span)

    def _sub(self, span: Span, base: Node, subscript: Node) -> Node:
        named, parts = "", subscript.args
        if base.kind == "norm":
            kind = parts[0] if isinstance(parts[0], str) else str(parts[0].args[0])
            return Node("norm", (*base.args, kind), span)
        match (subscript.kind, *parts):
            case ("composed", *_):
                raise FormulaError("a composition in a subscript of what is no H or J")
            case ("named", sign):
                named, parts = {"*": "star"}.get(sign, sign), ()
            case (_, Node("product", parts)):
                pass  # whose factors are the indices
            case (_, Node("number", (str(digits),), (a, _))) if digits.isdigit():
                parts = tuple(Node("number", (d,), (k, k + 1)) for k, d in enumerate(digits, a))
        return Node("sub", (base, named, *parts), span)

    def _star(self, span: Span, base: Node, sign: Token) -> Node:
        if sign != "*":
            raise FormulaError(f"the exponent {sign}")
        return Node("sub", (base, "star"), span)

    def _prime(self, span: Span, base: Node, primes: Token) -> Node:
        if len(primes) > 4:
            raise FormulaError("more than four primes")
        return Node("prime", (base, len(primes)), span)

    def _gradient(self, span: Span, _: Token, *rest: Node) -> Node:
        return Node("gradient", rest[::-1], span)

    def _derivative(self, span: Span, d: Token, *parts: Node, applied: bool = False) -> Node:
        """Make a node of a derivative: its top, what it goes by, and whether its top is empty."""
        order = "1"
        if parts[0].kind == "order":
            order, parts = parts[0].args[0], parts[1:]
        by: list[Node] = []
        for sign, what in (below.args for below in parts[1:]):
            if sign != d:
                raise FormulaError("a derivative with a round and a straight d")
            times = 1
            match what:
                case Node("pow", (base, Node("number", (str(digits),)))) if digits.isdigit():
                    what, times = base, int(digits)
            if what.kind not in ("symbol", "bold", "sub"):
                raise FormulaError("a derivative goes by a symbol, or by an entry of one")
            by += [what] * times
        if str(len(by)) != order:
            raise FormulaError(f"a derivative of order {order} above, and of order {len(by)} below")
        return Node("partial", (parts[0], tuple(by), applied, d != r"\partial"), span)

    def _derivative_of(self, span: Span, d: Token, *parts: Node) -> Node:
        order = [part for part in parts if part.kind == "order"]
        *by, inside = parts[len(order) :]
        return self._derivative(span, d, *order, inside, *by, applied=True)

    def _big(self, span: Span, name: Token, over: Node, *rest: Node) -> Node:
        index, *low = over.args
        limits = (str(low[0]), low[1]) if low else ("", None)
        *high, body = rest
        parts = (name.lstrip("\\"), index, *limits, high[0] if high else None, body)
        return Node("big", parts, span)

    def _range(self, span: Span, *children: Any) -> Node:
        return Node("range", children, span)

    def _evaluated(self, span: Span, *children: Any) -> Node:
        _, inside, _, name, relation, value = children
        if relation != "=":
            raise FormulaError("a bar with a place to evaluate at needs an equals sign")
        return Node("evaluated", (inside, name, value), span)


KEPT = {"DEL", "NUMBER", "SYMBOL", "BOLD", "NAMED", "WORDS", "SIGN", "MAP"}
SILENT = {"OPEN", "CLOSE", "LEFT", "RIGHT", "COMMA", "SUBSCRIPT", "SUPERSCRIPT"}
Span = tuple[int, int]


def _span(part: Any) -> Any:
    """Return where a part stands; a condition need not say it."""
    if isinstance(part, Token):
        return part.start_pos, part.end_pos
    return getattr(part, "span", (0, 0))


GRAMMAR = Path(__file__).with_name("grammar.lark").read_text("utf-8")


class _Given(Lexer):
    """Hand the signs to Lark as they are."""

    def __init__(self, _: Any) -> None:
        pass

    def lex(self, data: Any) -> Iterator[Token]:  # type: ignore[override]  # as Lark calls it
        for kind, value, start, end in data:
            yield Token(kind, value, start, end_pos=end)


@functools.cache
def _parser() -> Lark:
    options: Any = {"lexer": _Given, "transformer": _Builder(), "keep_all_tokens": True}
    return Lark(GRAMMAR, start="clause", parser="lalr", maybe_placeholders=False, **options)


def parse(
    tex: str,
    functions: Set[str] = frozenset(),
    bound: Set[str] = frozenset(),
    *,
    strict: bool = True,
    placed: bool = True,
) -> list[Clause]:
    r"""Read a display.

    Args:
        tex: its TeX, without the dollars.
        functions: the names that are functions: `f(x)` is a call if f is one, else a product.
        bound: all names that mean something.
        strict: whether a letter that means nothing may not touch a parenthesis: `y\,(1-x)`.
        placed: whether its parts have to know where they stand.

    Returns:
        Its clauses.

    Raises:
        FormulaError: if it is not in the grammar, with the place.
    """
    return list(_parse(tex, frozenset(functions), frozenset(bound), strict, placed))


@functools.lru_cache(maxsize=4096)  # slips of a formula share its definitions
def _parse(
    tex: str, functions: frozenset[str], bound: frozenset[str], strict: bool, placed: bool
) -> tuple[Clause, ...]:
    end, depth, found = len(tex), 0, list[Clause]()
    groups: list[list[Row]] = [[]]
    try:
        for kind, value, *span in signs(tex, functions, bound, strict=strict):
            depth += (kind in ("MATRIX", "CASES")) - (kind == "END")
            if kind == "BREAK" and not depth:
                groups.append([])
            else:
                start, end = span if placed else (0, 0)
                groups[-1].append((kind, value, start, end))
        for group in groups:
            end = len(tex) if group is groups[-1] or not group else group[-1][3]
            found.append(_parse_clause(tuple(group)))
    except UnexpectedInput as error:
        token = getattr(error, "token", None)
        at = end if token is None or token.type == "$END" else token.start_pos
        raise FormulaError(f"not in the grammar {place(tex, at)}") from None
    except RecursionError:
        raise FormulaError("it is nested too deeply") from None
    return tuple(found)


@functools.lru_cache(maxsize=4096)  # a slip changes one clause
def _parse_clause(group: tuple[Row, ...]) -> Clause:
    found: Any = _parser().parse(group)
    hash(found)  # goes as deep as an evaluation will
    return found  # type: ignore[no-any-return]
