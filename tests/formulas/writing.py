r"""Write the tree of a formula as TeX again, with as few braces as it can be read back with.

A factor stands beside others as it is; whatever binds less tightly is braced. An operator that
takes all that follows it, such as `\sum`, is braced unless it ends what it stands in.
"""

from mcalc.formulas.lexer import FUNCTIONS
from mcalc.formulas.lexer import GREEK as NAMES
from mcalc.formulas.tree import Clause, Node

FACTORS = {
    "number", "symbol", "bold", "dots", "parenthesis", "fraction", "binomial", "root", "norm",
    "norm_itself", "absolute", "inner", "edge", "map", "evaluated", "matrix", "cases", "sub", "pow",
    "transpose", "prime", "call",
}  # fmt: skip
"""What may be a base: a subscript, an exponent or a prime behind it belongs to all of it."""
PREFIXES = {"gradient", "differential"}
SIGNS = {"≈": r"\approx", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "←": r"\leftarrow"}
DEL = {True: r"\mathrm{d}", False: r"\partial"}


def write(clauses: list[Clause]) -> str:
    """Write a display."""
    return r" \qquad ".join(map(clause, clauses))


def clause(said: Clause) -> str:
    return " ".join([chain(said), *(condition(words, rest) for words, rest in said.conditions)])


def chain(said: Clause) -> str:
    signs = ["", *(f" {SIGNS.get(r, r)} " for r in said.relations)]
    return "".join(r + sum_(s) for r, s in zip(signs, said.sides, strict=True))


def condition(words: str, said: tuple[Clause, ...]) -> str:
    if len(said) > 1:  # for s = w, x, y
        rest = ", ".join(sum_(c.sides[1]) for c in said[1:])
        return rf"\text{{{words}}} {chain(said[0])}, {rest}"
    return rf"\text{{{words}}} {' '.join(map(chain, said))}"


def sum_(node: Node) -> str:
    if node.kind != "sum":
        return term(node)
    parts = []
    for k, part in enumerate(node.args):
        sign, inside = part.args
        parts.append(f"{sign} {term(inside)}" if k or sign else term(inside))
    return " ".join(parts)


def term(node: Node) -> str:
    operators = {"dot": r"\cdot", "entrywise": r"\odot", "over": "/"}
    if node.kind not in operators:
        return product(node)
    a, b = node.args
    return f"{term(a)} {operators[node.kind]} {product(b)}"


def product(node: Node) -> str:
    if node.kind != "product":
        return last(node)
    *first, end = node.args
    parts = [*map(factor, first), last(end)]
    return " ".join(rf"\, {p}" if k and p.startswith("(") else p for k, p in enumerate(parts))


def last(node: Node) -> str:
    """Write what ends a product: an operator there needs no braces."""
    args = node.args
    if node.kind == "big":
        name, index, relation, low, high, body = args
        sign = (
            rf"\{name}" if name in ("sum", "prod", "max", "min") else rf"\operatorname*{{{name}}}"
        )
        below = sum_(index) + (f" {SIGNS.get(relation, relation)} {sum_(low)}" if low else "")
        return f"{sign}_{{{below}}}" + (f"^{{{sum_(high)}}}" if high else "") + f" {product(body)}"
    if node.kind == "limit":
        return rf"\lim_{{{sum_(args[0])} \to {sum_(args[1])}}} {product(args[2])}"
    if node.kind == "function" and len(args) == 3:
        inside = product(args[2])
        if stands_alone(args[2]) and not inside.startswith("("):
            return f"{head(*args[:2])} {inside}"
    return factor(node)


def stands_alone(node: Node) -> bool:
    """Tell whether a function may stand before something without parentheses."""
    factors = node.args if node.kind == "product" else (node,)
    return node.kind in ("function", "big") or all(f.kind in FACTORS | PREFIXES for f in factors)


def factor(node: Node) -> str:
    if node.kind in FACTORS or node.kind in PREFIXES or node.kind in ("function", "partial"):
        return globals()[f"_{node.kind}"](*node.args)
    return f"{{{sum_(node)}}}"


def base(node: Node) -> str:
    """Write what a subscript or an exponent follows."""
    free = node.kind in FACTORS - {"pow", "transpose", "sub", "prime", "evaluated"}
    return factor(node) if free else f"{{{sum_(node)}}}"


def head(name: str, power: Node | None) -> str:
    sign = rf"\{name}" if name in FUNCTIONS else rf"\operatorname{{{name}}}"
    return sign + (f"^{{{sum_(power)}}}" if power else "")


def several(nodes: tuple[Node, ...]) -> str:
    return ", ".join(map(sum_, nodes))


def _function(name: str, power: Node | None, *arguments: Node) -> str:
    return f"{head(name, power)}({several(arguments)})"


def _number(digits: str) -> str:
    return digits


def _symbol(name: str) -> str:
    if name.startswith("tilde_"):
        return rf"\tilde{{{name[6:]}}}"
    return rf"\{name}" if name in NAMES else name


def _bold(name: str, macro: str) -> str:
    return rf"\{macro}{{{_symbol(name)}}}"


def _dots() -> str:
    return r"\dots"


def _parenthesis(*parts: Node) -> str:
    return f"({several(parts)})"


def _fraction(a: Node, b: Node) -> str:
    top = sum_(a)
    moved = top.startswith((r"\mathrm{d}", r"\partial"))  # it would be a derivative
    return rf"\frac{{{'{' + top + '}' if moved else top}}}{{{sum_(b)}}}"


def _binomial(n: Node, k: Node) -> str:
    return rf"\binom{{{sum_(n)}}}{{{sum_(k)}}}"


def _root(inside: Node) -> str:
    return rf"\sqrt{{{sum_(inside)}}}"


def _norm(inside: Node, kind: str = "") -> str:
    return rf"\norm{{{sum_(inside)}}}" + (f"_{{{kind}}}" if kind else "")


def _norm_itself() -> str:
    return r"\norm{\cdot}"


def _absolute(inside: Node) -> str:
    return rf"\abs{{{sum_(inside)}}}"


def _inner(a: Node, b: Node) -> str:
    return rf"\langle {sum_(a)}, {sum_(b)} \rangle"


def _edge(a: Node, b: Node) -> str:
    return rf"\partial_{{{sum_(a)} \to {sum_(b)}}}"


def _map(letter: str, over: Node) -> str:
    joint = r" \circ " if over.kind == "composed" else ", "
    return f"{letter}_{{{joint.join(map(sum_, over.args))}}}"


def _evaluated(inside: Node, name: Node, value: Node) -> str:
    return rf"\left. {sum_(inside)} \right|_{{{sum_(name)} = {sum_(value)}}}"


def _matrix(*rows: Node) -> str:
    body = r" \\ ".join(" & ".join(map(sum_, row.args)) for row in rows)
    return rf"\begin{{bmatrix}} {body} \end{{bmatrix}}"


def _case(row: Node) -> str:
    value, *words, last = row.args
    said = chain(last) if isinstance(last, Clause) else rf"\text{{{last}}}"
    return " ".join([sum_(value), "&", *(rf"\text{{{word}}}" for word in words), said])


def _cases(*rows: Node) -> str:
    body = r" \\ ".join(map(_case, rows))
    return rf"\begin{{cases}} {body} \end{{cases}}"


def _sub(of: Node, named: str, *indices: Node) -> str:
    if named:
        word = {"star": "*", "+": "+", r"\infty": r"\infty"}.get(named, rf"\text{{{named}}}")
        return f"{base(of)}_{{{word}}}"
    return f"{base(of)}_{{{several(indices)}}}"


def _pow(of: Node, exponent: Node) -> str:
    subscripted = of.kind == "sub"
    return f"{factor(of) if subscripted else base(of)}^{{{sum_(exponent)}}}"


def _transpose(of: Node, sign: str = "") -> str:
    below = factor(of) if of.kind == "sub" else base(of)
    return below + (rf"^{{{sign}\mathsf{{T}}}}" if sign else r"\T")


def _prime(of: Node, count: int) -> str:
    below = factor(of) if of.kind == "sub" else base(of)
    return below + "'" * count


def _call(f: Node, *arguments: Node) -> str:
    return f"{factor(f)}({several(arguments)})"


def _differential(inside: Node) -> str:
    return rf"\mathrm{{d}} {factor(inside)}"


def _gradient(inside: Node, by: Node | None = None) -> str:
    return r"\grad" + (f"_{{{sum_(by)}}}" if by else "") + f" {factor(inside)}"


def _partial(top: Node, by: tuple[Node, ...], applied: bool, straight: bool) -> str:
    order = f"^{{{len(by)}}}" if len(by) > 1 else ""
    if len(set(by)) == 1:
        below = sum_(by[0]) + order
        sign = r"\td" if straight else r"\pd"
        above = order if applied else f"{order} {sum_(top)}"
        return rf"{sign}{{{above}}}{{{below}}}" + (f" {factor(top)}" if applied else "")
    sign = DEL[straight]
    below = " ".join(f"{sign} {factor(b)}" for b in by)
    above = sign + order + ("" if applied else f" {factor(top)}")
    return rf"\frac{{{above}}}{{{below}}}" + (f" {factor(top)}" if applied else "")
