"""Check the labelled displays of a Markdown or LaTeX file: `python -m mcalc.formulas notes.md`."""

from __future__ import annotations

import argparse
import runpy
import sys
from pathlib import Path
from typing import Any

from mcalc.checks.check import Check
from mcalc.formulas.sources import Display, displays_in

try:
    from mcalc.formulas import Formula, FormulaError, displays
except ModuleNotFoundError as missing:
    if missing.name != "lark":
        raise
    print(missing, file=sys.stderr)  # noqa: T201
    sys.exit(2)

USAGE = """\
A display whose label begins with def- defines what the displays below it use; every other one
claims something. A file of bindings is Python: its values and functions are what letters of the
same name mean, and a dict CHECK in it may hold, by label, further arguments of mcalc.check."""


def main(arguments: list[str] | None = None) -> int:
    """Check the displays of a file; return 1 if one does not hold or cannot be read, else 0."""
    parser = argparse.ArgumentParser(prog="python -m mcalc.formulas", epilog=USAGE)
    parser.add_argument("file", type=Path, help="Markdown or LaTeX")
    parser.add_argument("--bind", type=Path, help="Python that says what letters mean")
    given = parser.parse_args(arguments)
    for path in filter(None, (given.file, given.bind)):
        if not path.is_file():
            parser.error(f"there is no file {path}")
    bound = runpy.run_path(str(given.bind)) if given.bind else {}
    shown = list(displays_in(given.file.read_text(encoding="utf-8"), given.file.name))
    displays.everything()[:] = shown
    failed = 0
    for display in shown:
        if not display.label.startswith("notation-"):
            found = judged(display, bound, bound.get("CHECK", {}).get(display.label, {}))
            failed += not found
            if found.points or not found:  # a definition alone claims nothing
                print(f"{given.file}:{display.line}: {found!r}")  # noqa: T201
    if not shown:
        print(f"{given.file}: no display has a label")  # noqa: T201
    return int(bool(failed) or not shown)


def judged(shown: Display, bound: dict[str, Any], options: dict[str, Any]) -> Check:
    """Check one display: a claim, one that is said to be wrong, or a definition."""
    if shown.label in ("claim", "wrong"):
        return displays.evaluate_claim(shown, bound)
    if not shown.label.startswith("def-"):
        return displays.check_bound(shown, bound, options)
    try:
        names = Formula.defined_by(shown.tex)
    except FormulaError as error:
        return Check(shown.label, None, 0, tex=shown.tex, failure=f"it defines nothing: {error}")
    if names & set(bound) or Formula.claims_more(shown.tex):
        return displays.check_bound(shown, bound, options)
    return Check(shown.label, 0.0, 0, tex=shown.tex)


if __name__ == "__main__":
    sys.exit(main())
