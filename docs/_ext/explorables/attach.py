"""Attach what `mcalc.explore` returns to the figure of its cell.

The picture stays in the page, for paper and for readers without scripts. Beside the page stands
a module with the numbers and the functions of its figures, for `explore.js` to load: the policy of
the site lets no page make code of text.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from _ext.cells.executed import code_cells
from _ext.explorables.bundle import MODULE

logger = logging.getLogger(__name__)

FOLDER = MODULE.parent / "pages"


class explorable(nodes.General, nodes.Element):  # noqa: N801 - docutils writes node classes so
    """The picture of a figure that a script replaces."""


def attach(app: Sphinx, doctree: nodes.document) -> None:
    """Give each figure what its cell has handed over."""
    records = {
        cell.index: (cell.fence_line, output)
        for cell in code_cells(app.env, app.env.docname)
        for output in cell.outputs
        if "explorable" in output.get("metadata", {})
    }
    for cell in doctree.findall(nodes.container):
        found = records.get(cell.get("cell_index", -1))
        if not found or cell.get("nb_element") != "cell_code":
            continue
        line, output = found
        figure = next(iter(cell.findall(nodes.figure)), None)
        if figure is None or not figure["ids"]:
            logger.warning(
                "an explorable needs a figure with a caption and a name"
                " (mystnb: {figure: {caption: ..., name: fig-...}})",
                location=(app.env.docname, line),
                type="book",
                subtype="explorable",
            )
        else:
            figure["explorable"] = output.metadata["explorable"]


def write(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Write the module of a page, and mark its figures for the script."""
    if app.builder.format != "html" or app.builder.name == "epub":
        return
    path = Path(app.outdir, FOLDER, f"{docname}.js")
    figures = [figure for figure in doctree.findall(nodes.figure) if "explorable" in figure]
    if not figures:
        return path.unlink(missing_ok=True)  # of an earlier build
    up = "../" * docname.count("/")
    scripts = f"../{up}{MODULE.name}?v={app.builder.explorables_version}"  # type: ignore[attr-defined]
    text = module({figure["ids"][0]: figure["explorable"] for figure in figures}, scripts)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    address = f"{up}{(FOLDER / docname).as_posix()}.js?v={zlib.crc32(text.encode()):08x}"
    for figure in figures:
        caption = next(iter(figure.findall(nodes.caption)), None)
        end = len(figure) if caption is None else figure.index(caption)
        data = {"module": address, "figure": figure["ids"][0], "kind": figure["explorable"]["kind"]}
        figure[:end] = [explorable("", *figure[:end], **data)]


def module(figures: dict[str, Any], scripts: str) -> str:
    """Return a JavaScript module whose value is a function for each figure, which shows it."""
    kinds = sorted({figure["kind"] for figure in figures.values()})
    entries = []
    for name, figure in figures.items():
        functions = ",\n".join(f"{_json(k)}: {text}" for k, text in figure["functions"].items())
        given = f"{{\n...{_json(figure['data'])},\nfunctions: {{\n{functions}\n}}\n}}"
        entries.append(f"{_json(name)}: (stage) => {figure['kind']}(stage, {given})")
    body = ",\n".join(entries)
    head = f"import {{ {', '.join(kinds)} }} from {_json(scripts)};"
    return f"{head}\nexport default {{\n{body}\n}};\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def visit(self: HTML5Translator, node: explorable) -> None:
    """Open the box of the picture."""
    data = {"data-module": node["module"], "data-figure": node["figure"]}
    self.body.append(self.starttag(node, "div", "", CLASS="explore", **data))


def depart(self: HTML5Translator, node: explorable) -> None:
    """Close it, after the place that the script fills."""
    self.body.append(f'<div class="stage {node["kind"]}"></div></div>\n')


def add_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    """Let the pages that hold an explorable have the script, and no other."""
    if tree is not None and next(iter(tree.findall(explorable)), None) is not None:
        app.add_js_file("explore.js", loading_method="defer")
