"""Mark the cells of a page for the script that gives them buttons.

The input of a cell that runs in the browser has the class `runs`, one that does not the class
`elsewhere`, and both the id `cell-N`, by which the script knows them.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from _ext.cells.executed import code_cells
from _ext.running.cells import runnable


def mark(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Mark the cells of a page, if the site has an engine to run them."""
    if not app.config.engine_files:
        return
    needs = {cell.index: cell.needs for cell in runnable(code_cells(app.env, docname))}
    for cell in doctree.findall(nodes.container):
        if cell.get("nb_element") == "cell_code" and cell["cell_index"] in needs:
            for source in cell.findall(nodes.container):
                if source.get("nb_element") == "cell_code_source":
                    source["ids"].append(f"cell-{cell['cell_index']}")
                    source["classes"].append("elsewhere" if needs[cell["cell_index"]] else "runs")


def load(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    """Load the script of the buttons where there are some."""
    if 'class="cell_input runs' in context.get("body", ""):
        app.add_js_file("run.js", loading_method="defer")
        context["runs"] = True
