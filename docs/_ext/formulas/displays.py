"""Hand the cells what the pages display: the TeX of every labelled formula and inline claim.

A check evaluates this TeX, and its record carries it; the ledger compares the record with what is
typeset, letter for letter, so that what is shown is what was evaluated.
A page that makes inline claims gets one more cell at its end, not shown, in which they are
evaluated with what the page has bound by then.
"""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

from myst_nb.core.read import is_myst_markdown_notebook  # type: ignore[import-untyped]
from sphinx.application import Sphinx

from mcalc.formulas.displays import VARIABLE, everything
from mcalc.formulas.sources import INLINE, Display, displays_in

EVALUATE = """

```{{code-cell}} python
:tags: [remove-cell]
from mcalc.formulas.displays import evaluate_claims

evaluate_claims({page!r}, globals())
```
"""


def collect(app: Sphinx, *_: object) -> list[str]:
    """Write what all pages display where the kernels find it."""
    root, found = Path(app.srcdir), list[Display]()
    for path in sorted(root.rglob("*.md")):
        page = path.relative_to(root).with_suffix("").as_posix()
        found += displays_in(path.read_text(encoding="utf-8", errors="replace"), page)
    target = Path(app.doctreedir, "displays.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps([dataclasses.asdict(d) for d in found]), encoding="utf-8")
    os.environ[VARIABLE] = str(target)
    everything.cache_clear()
    return []


def add_cell(app: Sphinx, page: str, source: list[str]) -> None:
    """Let a page that makes claims end with the cell that evaluates them."""
    if INLINE.search(source[0]) and is_myst_markdown_notebook(source[0]):
        source[0] += EVALUATE.format(page=page)
