"""Make the signs of the grammar from TeX: what is set only to look well is dropped here.

Three questions are settled before the grammar is asked. Which argument belongs to a macro: each one
is braced. Whether a parenthesis holds the arguments of a function or a factor: that depends on
what is bound, so the names of the functions are given. What separates two clauses, and what is a
formula that goes on in the next row.
"""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Iterator, Set
from dataclasses import dataclass, replace


class FormulaError(ValueError):
    """A formula that cannot be read or evaluated; the message says where and what to write."""


RELATIONS = {"=": "=", r"\approx": "≈", r"\le": "≤", r"\leq": "≤", r"\ge": "≥", r"\geq": "≥",
             "<": "<", ">": ">", r"\ne": "≠", r"\neq": "≠", r"\leftarrow": "←"}  # fmt: skip
GREEK = {
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "kappa",
    "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "varphi", "chi", "psi",
    "omega", "ell", "Gamma", "Delta", "Theta", "Lambda", "Sigma", "Phi", "Psi", "Omega",
}  # fmt: skip
FUNCTIONS = {
    "log", "ln", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "det", "max", "min",
    "arccos", "arcsin", "arctan",
}  # fmt: skip
COMMANDS = {
    r"\frac": ("FRACTION", 2), r"\tfrac": ("FRACTION", 2), r"\dfrac": ("FRACTION", 2),
    r"\binom": ("BINOMIAL", 2), r"\sqrt": ("ROOT", 1), r"\norm": ("NORM", 1), r"\abs": ("ABS", 1),
    r"\pd": ("DERIVATIVE", 2), r"\td": ("DERIVATIVE", 2), "_": ("SUBSCRIPT", 1),
    "^": ("SUPERSCRIPT", 1), "+": ("SIGN", 0), "-": ("SIGN", 0), r"\cdot": ("OPERATOR", 0),
    r"\odot": ("OPERATOR", 0), "/": ("OPERATOR", 0), r"\times": ("OPERATOR", 0),
    r"\circ": ("COMPOSE", 0), r"\to": ("TO", 0), r"\grad": ("GRADIENT", 0),
    r"\nabla": ("GRADIENT", 0), r"\partial": ("EDGE", 0), r"\langle": ("LANGLE", 0),
    r"\rangle": ("RANGLE", 0), r"\left.": ("BAR", 0), "|": ("CLOSING", 0), r"\lim": ("LIMIT", 0),
    r"\infty": ("NAMED", 0), "*": ("NAMED", 0),
    r"\mathrm{d}": ("DIFFERENTIAL", 0), r"\mathsf{T}": ("TRANSPOSED", 0), "(": ("LEFT", 0),
    ")": ("RIGHT", 0), "{": ("OPEN", 0), "}": ("CLOSE", 0), ",": ("COMMA", 0), "&": ("CELL", 0),
    r"\begin{bmatrix}": ("MATRIX", 0), r"\end{bmatrix}": ("END", 0), r"\\": ("BREAK", 0),
    r"\begin{cases}": ("CASES", 0), r"\end{cases}": ("END", 0), r"\quad": ("QUAD", 0),
    r"\qquad": ("QUAD", 0),
    **dict.fromkeys((r"\dots", r"\cdots", r"\vdots", r"\ddots", r"\ldots"), ("DOTS", 0)),
    **dict.fromkeys((r"\sum", r"\prod", r"\argmin", r"\argmax"), ("BIG", 0)),
    **dict.fromkeys(RELATIONS, ("RELATION", 0)),
}  # fmt: skip
"""The type of each sign, and how many arguments its macro takes."""

BRACES = {"OPEN": 1, "CLOSE": -1}
BRACKETS = BRACES | {"LEFT": 1, "RIGHT": -1}
"""By how much each opens or closes a group."""

DEEPEST = 200
"""How many braces may be open."""

INVISIBLE = re.compile(
    r"\s+|\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z.])|\\!|\\(?:begin|end)\{aligned\}"
)
SPACE = re.compile(r"\\[,;: ]|~")
SIGNS = re.compile(
    r"(?P<bold>\\(?:vec|mat|boldsymbol|mathbf)(?![A-Za-z])\s*(?:\{\\?(\w+)\}|(\w)))"
    r"|(?P<tilde>\\tilde(?![A-Za-z])\s*(?:\{(\w)\}|(\w)))"
    r"|(?P<operator>\\operatorname\*?\{(\w+)\})"
    r"|(?P<text>\\text\{([^{}]*)\})"
    r"|\{(?P<braced>[+-])\}"
    r"|(?P<nothing>\{\})"
    r"|(?P<transposed>\\T(?![A-Za-z])|\^\s*(?:\\top(?![A-Za-z])|\{\s*\\top\s*\}))"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<primes>'+)"
    r"|\\left\.|\\(?:mathrm|mathsf)\{\w\}|\\(?:begin|end)\{\w+\}|\\\\(?:\[[^\]]*\])?|\\[A-Za-z]+|."
)


Row = tuple[str, str, int, int]


@dataclass(frozen=True)
class Sign:
    """A sign of the grammar, where it stands, and whether it touches the one before it."""

    type: str
    value: str
    start: int
    end: int
    near: bool
    macro: str  # that set it bold: vec for a vector, mat for a matrix


def place(tex: str, at: int) -> str:
    """Return where a formula goes wrong, as the messages say it."""
    return f"at column {at + 1}, before {tex[at : at + 24]!r}" if tex[at:].strip() else "at its end"


def signs(tex: str, functions: Set[str], bound: Set[str], *, strict: bool = True) -> list[Row]:
    """Return the signs of a display: their types, their values, and where they stand.

    Args:
        tex: the TeX, without its dollars.
        functions: names that are functions, whose parenthesis holds arguments.
        bound: names that mean something; H and J make Hessians and Jacobians only where they
            do not.
        strict: whether a letter that means nothing may not touch a parenthesis.

    Raises:
        FormulaError: if the TeX holds a command that the grammar does not know.
    """
    found = _derivatives(_clauses(_braced(list(_read(tex)), tex)))
    found.append(Sign("BREAK", "", len(tex), len(tex), False, ""))  # so that each has one after it
    functions = functions | (_heads(found) - bound)
    called = _calls(found, functions, bound, tex, strict=strict)
    return [
        (s.type, f"{s.value}:{s.macro}" if s.type == "BOLD" else s.value, s.start, s.end)
        for s in called
    ]


def _read(tex: str) -> Iterator[Sign]:
    at, near = 0, True
    while at < len(tex):
        if skipped := INVISIBLE.match(tex, at):
            at = skipped.end()
            continue
        if space := SPACE.match(tex, at):
            at, near = space.end(), False
            continue
        match = SIGNS.match(tex, at)
        assert match  # the last alternative matches every character
        kind, text, macro = match.lastgroup, match[0], ""
        inside = next((group for group in match.groups() if group and group != text), "")
        match kind:
            case "braced":
                kind, text = "SIGN", inside
            case "bold":
                kind, macro, text = "BOLD", re.findall("[a-z]+", text)[0], inside
            case "tilde":
                kind, text = "SYMBOL", f"tilde_{inside}"
            case "operator":
                kind, text = ("BIG" if inside.startswith("arg") else "FUNCTION"), inside
            case "text" if inside.startswith("(") and inside.endswith(")"):
                kind = "NOTHING"  # a remark, which claims nothing
            case "text":
                kind, text = "WORDS", inside.strip()
            case str():
                kind = kind.upper()
            case _ if text[1:] in GREEK or text.isalpha():
                kind, text = "SYMBOL", text.lstrip("\\")
            case _ if text[1:] in FUNCTIONS:
                kind, text = "FUNCTION", text[1:]
            case _ if text.startswith(r"\\"):
                kind, text = "BREAK", r"\\"
            case _ if text in COMMANDS:
                kind = COMMANDS[text][0]
            case _:
                raise FormulaError(f"the sign {text!r} is not in the grammar, {place(tex, at)}")
        yield Sign(kind, RELATIONS.get(text, text), at, match.end(), near, macro)
        at, near = match.end(), True


def _braced(given: list[Sign], tex: str) -> list[Sign]:
    r"""Brace the arguments that have no braces, as in `\tfrac13`, and check that braces match."""
    found: list[Sign] = []
    owed = [0]  # for each open group: arguments that its last macro still lacks
    queue = deque(given)
    while queue:
        sign = queue.popleft()
        if sign.type == "TRANSPOSED" and sign.value != r"\mathsf{T}":
            types = ("SUPERSCRIPT", "OPEN", "TRANSPOSED", "CLOSE")
            found += [replace(sign, type=kind) for kind in types]
            continue
        if owed[-1] and sign.type != "OPEN":
            owed[-1] -= 1
            if sign.type == "NUMBER" and (rest := sign.value[1:]):  # TeX takes one digit
                middle = sign.start + 1
                queue.appendleft(replace(sign, value=rest, start=middle))
                sign = replace(sign, value=sign.value[0], end=middle)
            if sign.type == "NOTHING":
                found += [replace(sign, type="OPEN"), replace(sign, type="CLOSE")]
                continue
            found += [replace(sign, type="OPEN"), sign, replace(sign, type="CLOSE")]
            if COMMANDS.get(sign.value, ("", 0))[1]:
                raise FormulaError(f"write braces around {sign.value!r}, {place(tex, sign.start)}")
            continue
        if sign.type == "OPEN":
            owed[-1] = max(0, owed[-1] - 1)
            owed.append(0)
            if len(owed) > DEEPEST:
                raise FormulaError("it is nested too deeply")
        elif sign.type == "CLOSE":
            if not owed[1:] or owed[-1]:
                raise FormulaError(f"a brace closes too early, {place(tex, sign.start)}")
            owed.pop()
        else:
            owed[-1] = COMMANDS.get(sign.value, ("", 0))[1]
        found.append(sign)
    if owed[1:] or owed[0]:
        raise FormulaError("a brace or an argument is missing at the end")
    return found


def _clauses(given: list[Sign]) -> list[Sign]:
    """Keep the breaks between clauses and in matrices; drop those inside of a formula."""
    found: list[Sign] = []
    depth = column = matrices = 0  # how many are open, and how many & the row has
    for k, sign in enumerate(given):
        depth += BRACKETS.get(sign.type, 0)
        if sign.type in ("MATRIX", "CASES"):
            matrices += 1
        elif sign.type == "END" and matrices:
            matrices -= 1
        elif matrices:
            if sign.type == "QUAD":
                continue
        elif sign.type == "CELL":
            column += 1
            if column % 2:
                continue
            sign = replace(sign, type="BREAK")
        elif sign.type == "QUAD":
            sign = replace(sign, type="BREAK")
        elif sign.type == "BREAK":
            column = 0
        if sign.type == "BREAK" and not matrices:
            after = next((s for s in given[k:] if s.type not in ("BREAK", "CELL", "QUAD")), sign)
            goes_on = depth or after.type in ("RELATION", "OPERATOR", "WORDS", "NOTHING")
            while found and found[-1].type == "COMMA" and not depth:
                found.pop()
            if goes_on or after is sign or not found or found[-1].type == "BREAK":
                continue
        if sign.type == "WORDS":
            while found and found[-1].type in ("COMMA", "BREAK"):
                found.pop()
        if sign.type != "NOTHING":
            found.append(sign)
    while found and found[-1].type in ("COMMA", "BREAK"):
        found.pop()
    return found


def _derivatives(given: list[Sign]) -> list[Sign]:
    r"""Read `\frac{\partial f}{\partial x}` as `\pd{f}{x}`; each ∂ or d below is a sign."""
    found = [[sign] for sign in given]
    for k, sign in enumerate(given):
        below = _group_end(given, k + 1)
        if sign.type == "FRACTION" and _is_del(given, k + 2):
            found[k] = [replace(sign, type="DERIVATIVE", value=given[k + 2].value)]
            found[k + 2] = []
        elif sign.type == "DERIVATIVE":
            d = {r"\pd": r"\partial", r"\td": r"\mathrm{d}"}[sign.value]
            found[k] = [replace(sign, value=d)]
            found[below].append(replace(given[below], type="DEL", value=d))
        else:
            continue
        for j in range(below, _group_end(given, below)):
            if _is_del(given, j):
                found[j] = [replace(given[j], type="DEL")]
    return list(itertools.chain.from_iterable(found))


def _is_del(given: list[Sign], k: int) -> bool:
    kind = given[k].type  # within braces, so that there is a sign after it
    return kind == "DIFFERENTIAL" or (kind == "EDGE" and given[k + 1].type != "SUBSCRIPT")


def _group_end(given: list[Sign], k: int) -> int:
    depth = 0
    for j in range(k, len(given)):
        depth += BRACES.get(given[j].type, 0)
        if not depth:
            return j + 1
    return len(given)


def _calls(
    given: list[Sign], functions: Set[str], bound: Set[str], tex: str, *, strict: bool
) -> Iterator[Sign]:
    """Tell the parenthesis of a call, and the H and J of Hessians and Jacobians."""
    applied = set()  # where a parenthesis holds arguments
    for k, sign in enumerate(given[:-1]):
        after, end = given[k + 1].type, k + 1
        letter = sign.type in ("SYMBOL", "BOLD")
        if letter and sign.value in {"H", "J"} - bound and after == "SUBSCRIPT":
            sign = replace(sign, type="MAP")
            end = _group_end(given, k + 2)
        elif sign.type == "FUNCTION":
            if sign.value in ("max", "min") and after == "SUBSCRIPT":
                sign = replace(sign, type="BIG")
            elif after == "SUPERSCRIPT":
                end = _group_end(given, k + 2)
        elif letter:
            end = _function_end(given, k, functions, bound)
        elif sign.type == "DERIVATIVE":
            top, below = k + 2, _group_end(given, k + 1)
            if given[top].type == "SUPERSCRIPT":
                top = _group_end(given, top + 1)
            named = _function_end(given, top, functions, bound) == below - 1
            end = _group_end(given, below) if named else 0
        else:
            end = 0
        if end and given[end].type == "LEFT" and given[end].near:
            applied.add(end)
            sign = replace(sign, type="CALLED") if sign.type == "FUNCTION" else sign
        elif sign.type == "FUNCTION" and not _is_one(given, end):
            raise FormulaError(
                rf"{sign.value} … \, … reads in two ways, {place(tex, sign.start)}: put what it is"
                " of in parentheses"
            )
        elif strict and sign.type == "SYMBOL" and sign.value not in bound and not end:
            touching = given[k + 1 + (after == "PRIMES")]
            if touching.type == "LEFT" and touching.near:
                raise FormulaError(
                    f"{sign.value}(…) reads in two ways, {place(tex, sign.start)}: bind"
                    rf" {sign.value} to a function, or write {sign.value}\,(…) for a product"
                )
        yield replace(sign, type="APPLY") if k in applied else sign


def _is_one(given: list[Sign], k: int) -> bool:
    """Tell whether no space stands within what a function without parentheses is of."""
    depth = 0
    for j, sign in enumerate(given[k:]):
        if not depth and sign.type in ENDS:
            break
        if not depth and j and not sign.near:
            return False
        depth += BRACKETS.get(sign.type, 0)
    return True


ENDS = {"SIGN", "RELATION", "OPERATOR", "BREAK", "CELL", "FUNCTION", "WORDS", "COMMA", "END",
        "CLOSING", "BIG", "RIGHT", "CLOSE"}  # fmt: skip
"""What ends the operand of a function without parentheses."""


def _heads(given: list[Sign]) -> set[str]:
    """Return the names that stand on the left as functions of letters, as in f(x, y)."""
    found = set()
    for k, sign in enumerate(given[:-1]):
        first = given[k - 1].type == "BREAK"  # the last sign is one, too
        if first and sign.type in ("SYMBOL", "BOLD") and given[k + 1].type == "LEFT":
            end = k + 2
            while given[end].type in LETTERS:
                end += 1
            if [s.type for s in given[end : end + 2]] == ["RIGHT", "RELATION"]:
                found.add(sign.value)
    return found


LETTERS = {"SYMBOL", "BOLD", "COMMA", "SUBSCRIPT", "OPEN", "CLOSE", "NUMBER", "NAMED"}


def _function_end(given: list[Sign], k: int, functions: Set[str], bound: Set[str]) -> int:
    """Return where the name of a function that begins at `k` ends, subscript and primes too."""
    name, end = given[k].value, k + 1
    if given[end].type == "SUBSCRIPT":
        end = _group_end(given, end + 1)
        name = "".join([name, "_", *(s.value for s in given[k + 3 : end - 1])])
    known = {name, given[k].value} & functions
    if given[end].type == "PRIMES":
        end += 1
    if known or (name in ("O", "o") and name not in bound):
        return end
    return end if _has_comma(given, end) else 0  # a number times a pair means nothing


def _has_comma(given: list[Sign], k: int) -> bool:
    """Tell whether a parenthesis that begins at `k` holds several things."""
    depth = 0
    for sign in given[k:]:
        depth += BRACKETS.get(sign.type, 0)
        if not depth:
            return False
        if depth == 1 and sign.type == "COMMA":
            return True
    return False
