"""Write the macros of a formula out, for a reader that does not know them."""

from __future__ import annotations

import re
from collections.abc import Mapping


def expand(tex: str, macros: Mapping[str, str]) -> str:
    """Return the formula without the macros."""
    name = re.compile("|".join(rf"{re.escape(m)}(?![A-Za-z])" for m in macros))
    while macros and (found := name.search(tex)):
        body, rest = macros[found[0]], tex[found.end() :]
        for place in range(1, 1 + max(map(int, re.findall(r"#(\d)", body)), default=0)):
            argument, rest = _argument(rest.lstrip())
            body = body.replace(f"#{place}", argument)
        glued = body[-1:].isalpha() and rest[:1].isalpha()  # \nabla f, not \nablaf
        tex = tex[: found.start()] + body + (" " if glued else "") + rest
    return tex


def _argument(tex: str) -> tuple[str, str]:
    """Return what a macro takes, a group or one sign, and what follows it."""
    if not tex.startswith("{"):
        sign = re.match(r"\\[A-Za-z]+|\\.|.", tex)
        assert sign is not None, "KaTeX has set this formula"
        return sign[0], tex[sign.end() :]
    depth = 0
    for place, letter in enumerate(tex):
        depth += {"{": 1, "}": -1}.get(letter, 0)
        if depth == 0:
            return tex[1:place], tex[place + 1 :]
    raise ValueError(f"a group in {tex!r} has no end")
