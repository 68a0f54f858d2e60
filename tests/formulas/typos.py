r"""Typos of a display, made of its characters alone: neither the parser nor its slips are used.

A typo takes a token out, doubles it, swaps it with the next, or changes a digit, a letter, a sign,
a transpose, or how a letter is set.
"""

import random
import re
from collections.abc import Iterator

TOKEN = re.compile(
    r"\\\\\[[^\]]*\]|\\(?:left|right|[bB]igg?[lr])(?![A-Za-z])|\\(?:begin|end)\{\w+\}"
    r"|\\(?:text|operatorname|mathsf|mathrm)\{[^{}]*\}"
    r"|\\[A-Za-z]+|\\.|\d+|\s+|."
)
QUIET = re.compile(
    r"(?<=\\\\)\[[^\]]*\]|\s+|\\[,;:!]|\\quad|\\qquad|\\(?:left|right|[bB]igg?[lr])(?![A-Za-z])"
    r"|\\(?:begin|end)\{aligned\}|&|\{\}"
)
LETTERS = {
    "x": "y",
    "y": "x",
    "a": "b",
    "b": "a",
    "i": "j",
    "j": "i",
    "k": "i",
    "u": "v",
    "v": "u",
    "w": "x",
    "p": "q",
    "q": "p",
    "f": "g",
    "n": "m",
    "A": "B",
    "B": "A",
    "U": "V",
    "V": "U",
    "X": "U",
    "K": "D",
    "D": "K",
    "t": "w",
    "L": "M",
    "h": "x",
}
SIGNS = {
    "+": "-",
    "-": "+",
    "=": "+",
    "<": ">",
    r"\cdot": "+",
    r"\vec": r"\mat",
    r"\mat": r"\vec",
    r"\T": "",
    r"\log": r"\exp",
    r"\sum": r"\prod",
    r"\frac": r"\sqrt",
    r"\pd": r"\td",
}


def look(tex: str) -> str:
    r"""Return a display without its spaces, and with one sign for bold."""
    plain = QUIET.sub("", tex).replace(r"\mat", r"\vec")
    plain = re.sub(r"(\\\\){2,}", r"\\\\", plain)  # an empty row
    plain = re.sub(r"\\([td])frac", r"\\frac", plain)
    while (fewer := re.sub(r"\{(\w)\}", r"\1", plain)) != plain:
        plain = fewer
    return re.sub(r"\\(vec|pd|frac|td)", r"\\\1 ", plain)


def typos(tex: str, seed: str) -> Iterator[tuple[str, str]]:
    """Yield typos without end, each with its name; those that look the same are left out."""
    rng, seen = random.Random(seed), {look(tex)}
    pieces = TOKEN.findall(tex)
    while True:
        at = rng.randrange(len(pieces))
        piece, rest = pieces[at], pieces[at + 1 :]
        kind = rng.choice(["delete", "double", "swap", "change", "change", "change"])
        if kind == "delete":
            new = []
        elif kind == "double":
            new = [piece, piece]
        elif kind == "swap":
            new, rest = [*rest[:1], piece], rest[1:]
        elif piece.isdigit():
            new = [str((int(piece) + rng.randint(1, 8)) % 10)]
        elif piece in SIGNS or piece in LETTERS:
            new = [SIGNS.get(piece) or LETTERS.get(piece, "")]
        else:
            continue
        made = "".join([*pieces[:at], *new, *rest])
        if look(made) not in seen:
            seen.add(look(made))
            yield f"{kind} {piece}", made
