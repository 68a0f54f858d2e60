"""Warn of every displayed equation that is neither a definition nor checked, and of stray checks.

An equation labelled `def-...` is a definition; one labelled `eq-...` needs a check on its page.
Where a cell ended the run of a page, one warning speaks for all the checks that it did not reach.
All pages are judged in every build, so that a later one does not forget a warning of an earlier.
"""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from _ext.ledger.collect import pages

logger = logging.getLogger(__name__)


def judge(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of every equation that is neither a definition nor checked, and of stray checks."""

    def warn(name: str, line: int | None, message: str) -> None:
        logger.warning(message, location=(name, line), type="book", subtype="ledger")

    for name, page in sorted(pages(env).items()):
        checked = {check.label for check in page.checks}
        not_reached = []
        for label, line in [(equation.label, equation.line) for equation in page.equations]:
            if not label:
                warn(name, line, "this equation has no label; give it one, def-... or eq-...")
            elif not label.startswith(("def-", "eq-")):
                warn(name, line, f"the label of equation '{label}' must begin with def- or eq-")
            elif label.startswith("def-") or label in checked:
                continue
            elif page.stopped:
                not_reached.append(f"'{label}'")
            else:
                warn(
                    name,
                    line,
                    f"equation '{label}' is neither a definition nor checked; let a cell of this"
                    f" page end with check('{label}', ...), or name it def-... if it defines",
                )
        if page.stopped:
            owed = f", before it checked {', '.join(not_reached)}" if not_reached else ""
            warn(name, page.stopped, f"the run of this page ended here{owed}")
        displayed = {equation.label for equation in page.equations}
        for check in page.checks:
            if check.label not in displayed:
                message = f"check of '{check.label}', but no equation of this page has that label"
                warn(name, check.line, message)
