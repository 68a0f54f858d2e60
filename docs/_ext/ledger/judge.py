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

from _ext.ledger.collect import Equation, pages
from mcalc.formulas import Formula, FormulaError

logger = logging.getLogger(__name__)


def judge(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of every formula that does not hold, that nothing covers, or that is not what it says."""

    def warn(name: str, line: int | None, message: str) -> None:
        logger.warning(message, location=(name, line), type="book", subtype="ledger")

    for name, page in sorted(pages(env).items()):
        not_reached = []
        defined: dict[str, str] = {}
        for equation in page.equations:
            label, line = equation.label, equation.line
            checks = [check for check in page.checks if check.label == label]
            failures = list(dict.fromkeys(c.failure for c in checks if c.failure))
            if not label:
                warn(name, line, "this equation has no label; give it one, def-... or eq-...")
            elif failures:
                warn(name, line, f"equation '{label}' fails as displayed: {failures[0]}")
            elif any(check.tex not in (None, equation.tex) for check in checks):
                warn(name, line, f"what was evaluated as '{label}' is not what is displayed")
            elif label.startswith("def-"):
                for fault in definition_faults(equation, defined, bool(checks)):
                    warn(name, line, f"definition '{label}' {fault}")
            elif label.startswith("notation-"):
                continue
            elif not label.startswith("eq-"):
                message = f"the label of equation '{label}' must begin with def-, eq- or notation-"
                warn(name, line, message)
            elif not checks and page.stopped:
                not_reached.append(f"'{label}'")
            elif not checks:
                warn(
                    name,
                    line,
                    f"equation '{label}' is neither a definition nor checked; let a cell of this"
                    f" page end with check('{label}', ...), or name it def-... if it defines",
                )
        if page.stopped:
            owed = f", before it checked {', '.join(not_reached)}" if not_reached else ""
            warn(name, page.stopped, f"the run of this page ended here{owed}")
        displayed = {equation.label for equation in page.equations} | {"claim", "wrong"}
        for check in page.checks:
            if check.label not in displayed:
                message = f"check of '{check.label}', but no equation of this page has that label"
                warn(name, check.line, message)
        for claim in page.claims:
            checks = [c for c in page.checks if (c.label, c.tex) == (claim.label, claim.tex)]
            failures = [c.failure for c in checks if c.failure]
            if failures:
                warn(name, claim.line, f"the claim '${claim.tex}$' fails: {failures[0]}")
            elif not checks and not page.stopped:
                message = (
                    f"nothing evaluated the claim '${claim.tex}$'; does its page have a kernel?"
                )
                warn(name, claim.line, message)


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
