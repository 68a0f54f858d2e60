"""What the script of the answers needs of a page, in a file that it loads when a reader begins."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from _ext.answers.questions import questions
from _ext.assets.npm import package
from _ext.cells.executed import code_cells

FOLDER = Path("_static", "answers")


def load(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    """Load the script where there is a question, or a formula to break."""
    body = context.get("body", "")
    if 'class="question' in body or "data-break=" in body:
        app.add_js_file("answers.js", loading_method="defer")
        app.add_css_file("answers.css")


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the questions of each page and its formulas, and the typesetter beside them."""
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir, FOLDER)
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier build
    for page in sorted(app.env.found_docs):
        data = {"questions": questions(app).get(page, []), "formulas": dict(formulas(app, page))}
        if any(data.values()):
            path = folder / f"{page}.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    if folder.exists():
        shutil.copyfile(package("katex") / "dist" / "katex.min.js", folder / "katex.js")
        macros = json.dumps(app.config.katex_macros)
        (folder / "macros.json").write_text(macros, encoding="utf-8")


def formulas(app: Sphinx, page: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield of each formula that was evaluated as displayed its TeX, its cell, and some slips."""
    for cell in code_cells(app.env, page):
        for output in cell.outputs:
            check = output.get("metadata", {}).get("mcalc", {})
            if check.get("tex") and check.get("slips"):
                fields = {"tex": check["tex"], "cell": cell.index, "source": cell.source}
                yield check["label"], fields | {"slips": check["slips"]}
