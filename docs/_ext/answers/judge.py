"""What runs beside the cells of a page in its reader's browser, to judge what the reader wrote.

Each function takes the names of the page first, and returns what JSON can hold.
"""

from __future__ import annotations

import ast
from dataclasses import asdict
from typing import Any

from mcalc import Check
from mcalc.formulas.answers import Question
from mcalc.formulas.displays import displayed_as


def grade(names: dict[str, Any], question: dict[str, Any], text: str) -> dict[str, str]:
    """Judge the answer to a question."""
    return asdict(Question(**question).grade(text, names))


def break_formula(
    names: dict[str, Any], label: str, tex: str, source: str, slips: dict[str, str]
) -> dict[str, Any]:
    """Evaluate a display with other TeX, by the check of its cell, which has run already."""
    call = the_check(source, label)
    with displayed_as(label, tex):
        found: Check = eval(compile(ast.Expression(call), "<check>", "eval"), names)
    known = next((what for what, other in slips.items() if plain(other) == plain(tex)), None)
    if found:
        return {"holds": True, "said": f"It holds: {told(found)}.", "slip": known}
    return {"holds": False, "said": found.failure, "slip": known, "read": found.refuted}


def told(check: Check) -> str:
    """Return in words how well a formula holds."""
    if check.order is not None:
        return f"the error falls with order {check.order:.2f}"
    many = f"{check.points} point{'s' * (check.points != 1)}"
    far = f"differ by {check.residual:.0e} at most" if check.residual else "agree to the last digit"
    return f"at {many} the two sides {far}"


def the_check(source: str, label: str) -> ast.expr:
    """Return the call that checks a label, which is to make no slips and no proof."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in calls:
        first = getattr(call.args[0], "value", None) if call.args else None
        if getattr(call.func, "id", "") == "check" and first == label:
            kept = [k for k in call.keywords if k.arg not in ("wrong", "search", "prove")]
            off = [ast.keyword(name, ast.Constant(False)) for name in ("search", "prove")]
            call.keywords = [*kept, *off]
            return ast.fix_missing_locations(call)
    raise LookupError(f"no call of this cell checks {label!r}")


def plain(tex: str) -> str:
    """Return TeX without spaces, which mean nothing between signs."""
    return "".join(tex.split())
