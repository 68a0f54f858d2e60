"""The displays of the book, and the check of one as it is displayed.

While the book is built, the environment names a file that holds the TeX of every labelled display
and of every inline claim; a notebook that was taken along holds those of its page in a cell.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mcalc.checks.check import Check
from mcalc.formulas.formula import Formula
from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.points import FAULTS
from mcalc.formulas.scope import alias
from mcalc.formulas.sources import Display
from mcalc.formulas.verdict import Verdict, WrongError

VARIABLE = "MCALC_DISPLAYS"


@functools.cache
def everything() -> list[Display]:
    """Return all that the pages display, in order; a notebook adds what its page does."""
    if path := os.environ.get(VARIABLE):
        return [Display(**row) for row in json.loads(Path(path).read_text("utf-8"))]
    return []


def displays() -> dict[str, Display]:
    """Return the labelled displays by their labels."""
    return {d.label: d for d in everything() if d.label not in ("claim", "wrong")}


def display(label: str) -> Display:
    """Return a display by its label."""
    if label not in displays():
        raise ValueError(
            f"no display has the label {label!r}; give the formula itself: "
            "mcalc.formulas.Formula(tex).check(...)"
        )
    return displays()[label]


def defined_above(shown: Display) -> list[Display]:
    """Return the definitions in force at a display: those above on its page.

    A display that defines a letter again starts afresh: all that an earlier one with that letter
    defines is forgotten.
    """
    page = [d for d in everything() if d.page == shown.page]
    above = [d for d in page[: page.index(shown)] if d.label.startswith("def-")]
    kept: list[Display] = []
    taken = defined_by(shown) if shown.label.startswith("def-") else set()
    for other in reversed(above):
        if defined_by(other) and not defined_by(other) & taken:
            kept = [other, *kept]
        taken.update(defined_by(other))
    return kept


def defined_by(definition: Display) -> set[str]:
    """Return the names that a display defines; none if it cannot be read, as the build says."""
    try:
        return Formula.defined_by(definition.tex)
    except FormulaError:
        return set()


def check_displayed(label: str, **options: Any) -> Check:
    """Check a display by its label; `mcalc.check` says what the arguments mean."""
    return check_display(display(label), **options)


def check_display(
    shown: Display,
    *,
    given: Sequence[str] = (),
    named: Mapping[str, Any] | None = None,
    at: Any = None,
    wrong: Mapping[str, str] | None = None,
    small: Sequence[str] = (),
    order: float | None = None,
    tol: float = 1e-9,
    search: bool = True,
    prove: bool = True,
    **symbols: Any,
) -> Check:
    """Check a display from its own TeX.

    What the page defines above holds for the letters that are not bound. A letter that is defined
    above and bound here, too, is compared: the code has to be what is displayed.
    """
    uses: tuple[str, ...] = ()
    try:
        formula = read_display(shown, given=given, named=named, **symbols)
        above = defined_above(shown)
        uses = tuple(d.label for d in above if defined_by(d) & formula.used())
        for other in above:
            compare(other, [d.tex for d in above if d is not other], formula)
        found = formula.check(
            at=at, wrong=wrong, small=small, order=order, tol=tol, search=search, prove=prove
        )
    except (WrongError, *FAULTS) as error:
        refuted = isinstance(error, WrongError)
        return Check(
            shown.label, None, 0, tex=shown.tex, failure=str(error), refuted=refuted, uses=uses
        )
    return Check(
        shown.label,
        None if found.order is not None else found.residual,
        found.points,
        found.rejected,
        found.order,
        tex=shown.tex,
        refused=len(found.refused),
        equivalent=found.equivalent,
        proved=found.proved,
        examples=tuple(formula.examples()),
        beside=tuple(named or ()),
        uses=uses,
        slips=offered(found),
    )


def read_display(
    shown: Display,
    *,
    given: Sequence[str] = (),
    named: Mapping[str, Any] | None = None,
    **symbols: Any,
) -> Formula:
    """Return the formula of a display, with what its page defines above and what is bound."""
    above = [d.tex for d in defined_above(shown)]
    texts = [*above, *(displays()[g].tex if g in displays() else g for g in given)]
    return Formula(shown.tex, given=texts, named=named, **symbols)


def offered(found: Verdict, count: int = 4) -> dict[str, str]:
    """Return some of the slips that were rejected, those with a name first, of many kinds."""
    kinds: dict[str, str] = {}
    for what in found.rejected:  # the named ones come first
        kind = what if what in found.named else re.sub(r"^\d+ ", "", what).split()[0]
        kinds.setdefault(kind, what)
    first = [*dict.fromkeys([*found.named, *kinds.values(), *found.rejected])][:count]
    return {what: found.texts[what] for what in first}


def compare(definition: Display, given: Sequence[str], formula: Formula) -> None:
    """Compare the code that is bound to a letter with what a display above says it is."""
    names = defined_by(definition) & set(formula.symbols) & formula.used()
    bound = {n: formula.symbols[n] for n in names}
    if bound:
        try:
            Formula(definition.tex, given=given, **formula.symbols).check(search=False)
        except (WrongError, *FAULTS) as error:
            what = ", ".join(bound)
            raise FormulaError(
                f"what is bound to {what} is not {definition.label}: {error}"
            ) from None


class Claims:
    """What the inline claims of a page came to; its record goes to the ledger."""

    def __init__(self, found: Sequence[Check]) -> None:
        self.found = found

    def __repr__(self) -> str:
        """Return one line for each claim that does not hold, and their number."""
        failed = [repr(check) for check in self.found if not check]
        return "\n".join([*failed, f"{len(self.found)} claims, {len(failed)} fail"])

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        records = [dataclasses.asdict(check) for check in self.found]
        return {"text/plain": repr(self)}, {"mcalc": {"claims": records}}


def evaluate_claims(page: str, namespace: Mapping[str, Any]) -> Claims:
    """Evaluate the inline claims of a page with what it defines and what its code has bound."""
    said = [d for d in everything() if d.page == page]
    claims = [d for d in said if d.label in ("claim", "wrong")]
    return Claims([evaluate_claim(claim, namespace) for claim in claims])


def evaluate_claim(said: Display, namespace: Mapping[str, Any]) -> Check:
    """Evaluate one claim; one that is said to be wrong must fail."""
    found = check_bound(said, namespace, {"search": False, "prove": False})
    if said.label == "claim":
        return found
    if found:
        return dataclasses.replace(found, failure="this is said to be wrong, and it holds")
    return Check(said.label, 0.0, 1, tex=said.tex) if found.refuted else found


def check_bound(said: Display, namespace: Mapping[str, Any], options: Mapping[str, Any]) -> Check:
    """Check a display with what code has bound to the letters that no display above defines."""
    try:
        above = [d.tex for d in defined_above(said)]
        free = Formula(said.tex, given=[*above, *options.get("given", ())], strict=False)
        names = free.used() - {"e", "pi"} - set(free.definitions)
        code = {alias(name): value for name, value in namespace.items()}
        bound = {n: code[n] for n in names & set(code) if is_value(code[n])}
    except FAULTS as error:
        return Check(said.label, None, 0, tex=said.tex, failure=str(error))
    return check_display(said, **{**bound, **options})


def is_value(value: Any) -> bool:
    """Tell whether a name of a page's code may stand for a letter."""
    kinds = (int, float, np.ndarray, np.number, list, tuple)
    return isinstance(value, kinds) or (callable(value) and not isinstance(value, type))
