"""Hand the cells what the pages display: the TeX of every labelled formula and inline claim.

A check evaluates this TeX, and its record carries it; the ledger compares the record with what is
typeset, letter for letter, so that what is shown is what was evaluated.
A page that makes inline claims gets one more cell at its end, not shown, in which they are
evaluated with what the page has bound by then.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx

from mcalc.formulas.displays import VARIABLE

FENCE = re.compile(r"^(```+|~~~+)[^\n]*\n.*?^\1`*[ \t]*$", re.M | re.S)
DISPLAY = re.compile(
    r"\$\$(?P<tex>.+?)\$\$[ \t]*\((?P<label>[\w-]+)\)"
    r"|^```\{math\}\n:label: (?P<label2>\S+)\n(?P<tex2>.+?)^```",
    re.M | re.S,
)
INLINE = re.compile(r"\{(?P<kind>claim|wrong)\}`(?P<tex>[^`]+)`")
EVALUATE = """

```{{code-cell}} python
:tags: [remove-cell]
from mcalc.formulas.displays import evaluate_claims

evaluate_claims({page!r}, globals())
```
"""


def found_in(text: str, page: str) -> Iterator[dict[str, str | int]]:
    """Yield what a page displays, in its order."""
    outside = FENCE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]) if "{math}" not in m[0] else m[0], text)
    matches = [*DISPLAY.finditer(outside), *INLINE.finditer(text)]
    for match in sorted(matches, key=lambda m: m.start()):
        label = match["kind"] if "kind" in match.re.groupindex else match["label"] or match["label2"]
        tex = match["tex"] or match["tex2"]
        line = text.count("\n", 0, match.start()) + 1
        yield {"label": label, "tex": " ".join(tex.split()), "page": page, "line": line}


def collect(app: Sphinx) -> None:
    """Write what all pages display where the kernels find it."""
    found = []
    root = Path(app.srcdir)
    for path in sorted(root.rglob("*.md")):
        page = path.relative_to(root).with_suffix("").as_posix()
        found += found_in(path.read_text(encoding="utf-8", errors="replace"), page)
    target = Path(app.doctreedir, "displays.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found), encoding="utf-8")
    os.environ[VARIABLE] = str(target)


def add_cell(app: Sphinx, page: str, source: list[str]) -> None:
    """Let a page that makes claims end with the cell that evaluates them."""
    if INLINE.search(source[0]):
        source[0] += EVALUATE.format(page=page)
