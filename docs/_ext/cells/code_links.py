"""Let a name of mcalc in a cell lead to its entry in the reference, once in each cell."""

from __future__ import annotations

import ast
import re
from typing import Any

from sphinx.application import Sphinx

from _ext.cells.executed import code_cells

_BLOCK = re.compile(r'<div class="highlight-i?python.*?</pre>', re.DOTALL)
# A name, or a module and its attribute, as Pygments writes them.
_NAME = re.compile(
    r'(<span class="n">(\w+)</span><span class="o">\.</span>)?<span class="n">(\w+)</span>'
)


def imported(app: Sphinx, page: str) -> dict[str, str]:
    """Return the names that the cells of a page take from mcalc, with their full names."""
    found = {}
    for cell in code_cells(app.env, page):
        for node in ast.walk(cell.tree or ast.Module([], [])):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mcalc"):
                for name in node.names:
                    found[name.asname or name.name] = f"{node.module}.{name.name}"
    return found


def link(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    """Link the names in the body of a page that has cells."""
    if "body" not in context or tree is None or not (names := imported(app, page)):
        return
    objects = app.env.domaindata["py"]["objects"]

    def block(cell: re.Match[str]) -> str:
        seen: set[str] = set()

        def name(found: re.Match[str]) -> str:
            module, last = found[2], found[3]
            full = f"{names[module]}.{last}" if module in names else names.get(last, "")
            if (module and module not in names) or full not in objects or full in seen:
                return found[0]
            seen.add(full)
            entry = objects[full]
            uri = app.builder.get_relative_uri(page, entry.docname)
            return f'<a class="reference internal" href="{uri}#{entry.node_id}">{found[0]}</a>'

        return _NAME.sub(name, cell[0])

    context["body"] = _BLOCK.sub(block, context["body"])
