"""Random trees of formulas, over every kind of node that the grammar makes."""

from hypothesis import strategies as st

from mcalc.formulas.tree import CONDITIONS, LAYOUTS, Clause, Node

FUNCTIONS = frozenset({"f", "g"})
"""The names that are functions in these trees; they stand only before arguments, or alone."""

digits = st.sampled_from(["0", "1", "2", "7", "10", "365", "0.5", "3.14"])
symbols = st.sampled_from(["x", "y", "n", "a", "N", "alpha", "varepsilon", "pi", "tilde_x", "ell"])
numbers = digits.map(lambda d: Node("number", (d,)))
letters = symbols.map(lambda s: Node("symbol", (s,)))
bolds = st.sampled_from(["x", "y", "A", "X", "0", "beta"]).map(
    lambda s: Node("bold", (s, "boldsymbol" if s == "beta" else "mat" if s.isupper() else "vec"))
)
indices = st.sampled_from(["i", "j", "k", "n"]).map(lambda s: Node("symbol", (s,)))
one_digit = st.sampled_from("1239").map(lambda d: Node("number", (d,)))
leaves = st.one_of(numbers, letters, bolds, letters, bolds)


def made(kind, *parts):
    """Return a strategy for nodes of a kind, with parts from these strategies."""
    return st.tuples(*parts).map(lambda args: Node(kind, args))


def flat(kind, part, least=1, most=3):
    return st.lists(part, min_size=least, max_size=most).map(lambda args: Node(kind, tuple(args)))


subscripts = st.one_of(
    st.tuples(st.just(""), one_digit | indices),
    st.tuples(st.just(""), one_digit | indices, one_digit | indices),
    st.tuples(st.sampled_from(["star", "+", r"\infty", "loss", "max"])),
)
entries = st.tuples(letters | bolds, subscripts).map(lambda p: Node("sub", (p[0], *p[1])))
variables = letters | bolds | entries
named_functions = st.sampled_from(["f", "g"]).map(lambda s: Node("symbol", (s,)))


def _sum(terms):
    """Return a sum; one of a single term is that term, unless it has a sign."""
    (sign, first), *rest = terms
    if not rest and not sign:
        return first
    signed = [(sign, first), *((s or "+", t) for s, t in rest)]
    return Node("sum", tuple(Node("term", pair) for pair in signed))


def _product(factors):
    """Return a product; a number stands first, and what takes all that follows stands last."""
    first, *rest = factors
    greedy = [f for f in factors if f.kind == "partial" and f.args[2]]
    kept = [f for f in rest if f.kind != "number" and f not in greedy]
    kept = ([] if first in greedy else [first]) + kept + greedy[:1]
    return kept[0] if len(kept) == 1 else Node("product", tuple(kept))


def _power(pair):
    """Return a power; a base that is a power itself stands in parentheses."""
    base, exponent = pair
    return Node("pow", (Node("parenthesis", (base,)) if base.kind == "pow" else base, exponent))


def _over(pair):
    a, b = pair
    beside = {"product", "over", "dot"}
    return Node("fraction" if {a.kind, b.kind} & beside else "over", (a, b))


def _no_differential(tree):
    return not any(n.kind == "differential" for n in tree.walk())


def _derivative(parts):
    """Return ∂top/∂by; in fractions of ∂ by several letters a d would be read as one more ∂."""
    top, by, applied, straight = parts
    if len(set(by)) > 1 and not _no_differential(top):
        by = by[:1]
    return Node("partial", (top, tuple(by), applied, straight))


def _relations(part, least):
    signs = st.sampled_from(["=", "≈", "≤", "≥", "<", ">", "≠", "←"])

    def joined(pair):
        sides, relations = pair
        return Clause(tuple(sides), tuple(relations[: len(sides) - 1]))

    sides = st.lists(part, min_size=least + 1, max_size=3)
    return st.tuples(sides, st.lists(signs, min_size=3, max_size=3)).map(joined)


def _grown(part):
    """Return larger trees of smaller ones."""
    arguments = st.lists(part, min_size=1, max_size=2).map(tuple)
    orders = st.lists(variables, min_size=1, max_size=2)
    heads = st.one_of(
        named_functions,
        made("prime", named_functions, st.integers(1, 2)),
        made(
            "partial", named_functions, variables.map(lambda v: (v,)), st.just(False), st.booleans()
        ),
        st.sampled_from("HJ").map(
            lambda m: Node("map", (m, Node("subscript", (Node("symbol", ("f",)),))))
        ),
        st.just(
            Node("map", ("H", Node("composed", (Node("norm_itself", ()), Node("symbol", ("f",))))))
        ),
    )
    grown = [
        flat("parenthesis", part),
        *(
            made(kind, part, part)
            for kind in ("fraction", "binomial", "inner", "edge", "entrywise", "dot")
        ),
        *(made(kind, part) for kind in ("root", "absolute", "norm", "differential", "gradient")),
        made("norm", part, st.sampled_from(["1", "2", "F", r"\infty"])),
        made("gradient", part, variables),
        st.tuples(part, part).map(_over),
        st.tuples(part, subscripts).map(
            lambda p: Node("sub", (p[0], *p[1])) if p[0].kind != "norm" else p[0]
        ),
        st.tuples(part, part).map(_power),
        made("transpose", part),
        made("transpose", part, st.just("-")),
        made("prime", part, st.integers(1, 3)),
        st.tuples(heads, arguments).map(lambda p: Node("call", (p[0], *p[1]))),
        st.tuples(
            st.sampled_from(["sin", "log", "det", "max", "tr"]), part | st.none(), arguments
        ).map(lambda p: Node("function", (p[0], p[1], *p[2]))),
        st.tuples(part, orders, st.booleans(), st.booleans()).map(_derivative),
        made("limit", letters, part, part),
        made(
            "big",
            st.sampled_from(["sum", "prod", "max", "argmin"]),
            indices,
            st.just(""),
            st.none(),
            st.none(),
            part,
        ),
        made(
            "big",
            st.sampled_from(["sum", "prod"]),
            indices,
            st.just("="),
            part,
            part | st.none(),
            part,
        ),
        made("big", st.just("sum"), indices, st.just("<"), indices, st.none(), part),
        made("evaluated", part, letters, part),
        flat("matrix", flat("row", part)),
        flat("cases", made("case", part, _relations(part, 1))),
        st.lists(part, min_size=2, max_size=4).map(_product),
        st.lists(st.tuples(st.sampled_from(["", "+", "-"]), part), min_size=1, max_size=3).map(
            _sum
        ),
        st.lists(part | st.just(Node("dots", ())), min_size=2, max_size=4).map(
            lambda parts: Node("parenthesis", tuple(parts))
        ),
    ]
    return st.one_of(grown)


expressions = st.recursive(leaves | entries, _grown, max_leaves=12)
_said = _relations(expressions, 1)
_words = st.sampled_from([w for w in CONDITIONS if w not in LAYOUTS])
_several = st.tuples(letters, st.lists(leaves, min_size=2, max_size=3)).map(
    lambda p: tuple(Clause((p[0], right), ("=",)) for right in p[1])
)
conditions = st.one_of(
    st.tuples(st.sampled_from(LAYOUTS), st.just(())),
    st.tuples(_words, _relations(expressions, 0).map(lambda c: (c,))),
    st.tuples(st.just("for"), _several),
)
clauses = st.tuples(_said, st.lists(conditions, max_size=2)).map(
    lambda p: Clause(p[0].sides, p[0].relations, tuple(p[1]))
)
displays = st.lists(clauses, min_size=1, max_size=3)
