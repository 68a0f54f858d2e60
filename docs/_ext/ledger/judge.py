"""Warn of every formula that does not hold as displayed, that nothing covers, and of stray checks.

An equation labelled `def-...` defines a new letter, which the formulas below it use; one labelled
`eq-...` claims something, and needs a check on its page; `notation-...` only introduces a notation.
Where a cell ended the run of a page, one warning speaks for all the checks that it did not reach.
All pages are judged in every build, so that a later one does not forget a warning of an earlier.
"""

from __future__ import annotations

from collections.abc import Iterator

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from _ext.ledger.collect import Check, Equation, Page, pages
from mcalc.formulas import Formula, FormulaError
from mcalc.formulas.tree import parse

logger = logging.getLogger(__name__)


def judge(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of every formula that does not hold, is not what was evaluated, or has no check."""
    for name, page in sorted(pages(env).items()):
        for line, message in faults(page):
            logger.warning(message, location=(name, line), type="book", subtype="ledger")


Fault = tuple[int | None, str]


def faults(page: Page) -> Iterator[Fault]:
    """Yield what is wrong on a page: the line, and what to do."""
    blamed = blamed_definitions(page)
    silent = {id(check) for users in blamed.values() for check in users}
    not_reached = []
    defined: dict[str, str] = {}
    for equation in page.equations:
        label, line = equation.label, equation.line
        checks = [check for check in page.checks if check.label == label]
        failures = [c.failure for c in checks if c.failure and id(c) not in silent]
        if not label:
            yield line, "this equation has no label; give it one: eq-..., def-... or notation-..."
        elif not label.startswith(("def-", "eq-", "notation-")):
            yield line, f"the label of equation '{label}' must begin with def-, eq- or notation-"
        elif failures:
            also = f"; {n} more formulas use it" if (n := len(blamed.get(label, ()))) else ""
            yield line, f"equation '{label}' fails as displayed: {failures[0]}{also}"
        elif any(check.tex not in (None, equation.tex) for check in checks):
            yield line, f"what was evaluated as '{label}' is not what is displayed"
        elif label.startswith("def-"):
            for fault in definition_faults(equation, defined, bool(checks)):
                yield line, f"definition '{label}' {fault}"
            if users := blamed.get(label):
                said = f"fails in all {len(users)} formulas that use it; {users[0].label}"
                yield line, f"definition '{label}' {said}: {users[0].failure}"
        elif label.startswith("notation-"):
            if claims_something(equation.tex):
                yield line, f"'{label}' introduces no notation: it claims something; name it eq-..."
        elif checks:
            continue
        elif page.stopped:
            not_reached.append(f"'{label}'")
        else:
            yield (
                line,
                f"equation '{label}' is neither a definition nor checked; let a cell of this page"
                f" end with check('{label}', ...), or name it def-... if it defines",
            )
    if page.stopped:
        owed = f", before it checked {', '.join(not_reached)}" if not_reached else ""
        yield page.stopped, f"the run of this page ended here{owed}"
    displayed = {equation.label for equation in page.equations} | {"claim", "wrong"}
    for check in page.checks:
        if check.label not in displayed:
            message = f"check of '{check.label}', but no equation of this page has that label"
            yield check.line, message
    for claim in page.claims:
        checks = [c for c in page.checks if (c.label, c.tex) == (claim.label, claim.tex)]
        if failures := [c.failure for c in checks if c.failure and id(c) not in silent]:
            yield claim.line, f"the claim '${claim.tex}$' fails: {failures[0]}"
        elif not checks and not page.stopped:
            said = f"nothing evaluated the claim '${claim.tex}$'; does its page have a kernel?"
            yield claim.line, said


def blamed_definitions(page: Page) -> dict[str, list[Check]]:
    """Return the definitions at fault, each with the failing checks that it speaks for."""
    found = {}
    failing = [check for check in page.checks if check.failure]
    for label in [equation.label for equation in page.equations]:
        if not label or not label.startswith("def-"):
            continue
        users = [check for check in failing if label in check.uses and check.label != label]
        hold = [check for check in page.checks if label in check.uses and not check.failure]
        if users and (any(c.label == label for c in failing) or (users[1:] and not hold)):
            found[label] = users
    return found


def claims_something(tex: str) -> bool:
    """Tell whether a display that is said to introduce a notation is about known operations.

    Its left side is to be an operator on letters, as H_f(x), or words; a limit defines by a sign.
    """
    try:
        lefts = [clause.sides[0] for clause in parse(tex, strict=False)]
    except FormulaError:
        return False
    kinds = [{node.kind for node in left.walk()} for left in lefts]
    return any(found & OPERATIONS and "limit" not in found for found in kinds)


OPERATIONS = {"sum", "product", "dot", "entrywise", "over", "fraction", "pow", "number"}


def definition_faults(equation: Equation, defined: dict[str, str], compared: bool) -> Iterator[str]:
    """Yield what keeps a display from being a definition; note what it defines."""
    try:
        names = Formula.defined_by(equation.tex)
    except FormulaError as error:
        yield f"cannot be computed: {error}; if it introduces a notation, name it notation-..."
        return
    for name in sorted(names & set(defined)) if not compared else ():
        yield f"defines {name}, as '{defined[name]}' above does; a definition's left side is new"
    defined |= dict.fromkeys(names, str(equation.label))
    if not compared and Formula.claims_more(equation.tex):
        yield "claims more than it defines; let a cell end with check of its label"
