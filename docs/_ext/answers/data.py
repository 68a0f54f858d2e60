"""What the script of a page asks for when a reader first answers or breaks something."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from _ext.answers import judge
from _ext.answers.exercises import exercises
from _ext.assets.npm import package
from _ext.cells.executed import code_cells, is_newer
from _ext.formulas.katex import Typesetter
from _ext.running.cells import runnable

FOLDER = "_static/answers"
PIECES = re.compile(r"\$(?P<math>[^$]+)\$|\{\w+\}`(?P<said>[^`]+)`|`(?P<code>[^`]+)`")


def add_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object
) -> None:
    """Let the pages that have exercises or evaluated formulas have the script and its style."""
    if exercises(app.env).get(page) or any(True for _ in formulas(app.env, page)):
        app.add_js_file("answers.js", loading_method="defer")


def formulas(env: BuildEnvironment, page: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each display that was evaluated, with its check and some slips that fail."""
    seen = set()
    cells = code_cells(env, page) if page in env.found_docs else ()
    needs = {cell.index: cell.needs for cell in runnable(cells)}
    for cell in cells:
        for output in cell.outputs:
            record = output.get("metadata", {}).get("mcalc", {})
            label = record.get("label")
            if label and record.get("tex") and label not in seen:
                seen.add(label)
                yield (
                    label,
                    {
                        "tex": record["tex"],
                        "cell": cell.index,
                        "source": cell.source,
                        "needs": needs[cell.index],  # what a browser lacks
                        "slips": record["slips"],
                    },
                )


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the data of each page, and the typesetter for what a reader types."""
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    source = package("katex") / "dist" / "katex.mjs"
    shutil.copyfile(source, Path(app.outdir, "_static", "katex", "katex.mjs"))
    typesetter = app.builder.typesetter  # type: ignore[attr-defined]
    for page in sorted(app.env.found_docs):
        path = folder / f"{page}.json"
        if is_newer(path, app.env, page):
            continue
        found = {
            "macros": app.config.katex_macros,
            "exercises": [public(e, typesetter) for e in exercises(app.env).get(page, [])],
            "formulas": dict(formulas(app.env, page)),
        }
        if not found["exercises"] and not found["formulas"]:
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")


def public(exercise: dict[str, Any], typesetter: Typesetter) -> dict[str, Any]:
    """Return an exercise for the script: its sentences set, and its numbers for the quick way."""
    said = [sentence(text, typesetter) for text in exercise["wrong"].values()]
    # a list: a script puts the keys of an object that look like integers first, in their order
    found = {**exercise, "wrong": list(exercise["wrong"]), "said": said}
    if "answer" in exercise:
        sides = [exercise["answer"], *exercise["wrong"]]
        found["values"] = [judge.value(exercise, side) for side in sides]
    return found


def sentence(text: str, typesetter: Typesetter) -> str:
    """Return a sentence as HTML, with its formulas and its code."""
    parts, end = [], 0
    for match in PIECES.finditer(text):
        parts.append(escape(text[end : match.start()]))
        end = match.end()
        if match["code"]:
            parts.append(f"<code>{escape(match['code'])}</code>")
        else:
            parts.append(typesetter.html(match["math"] or match["said"], display=False))
    return "".join([*parts, escape(text[end:])])
