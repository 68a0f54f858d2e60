"""How many lines of code an engine has, counted when the page that says so is built."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxRole

PACKAGE = Path(__file__).parents[3] / "mcalc"
_ENGINE = "node record run sweeps linearize autodiff derivatives methods"
PLAIN_ENGINE = (
    *(PACKAGE / "engine" / f"{name}.py" for name in _ENGINE.split()),
    *(PACKAGE / "rules" / f"{name}.py" for name in ("_table", "_rows", "_broadcasting")),
)
"""The modules that differentiate, and the mechanism of the rules.

They are without the layers of `mcalc.engine.speed`, the texts of errors, what takes arguments out
of their containers and pickles a derivative, and the rows of the table, which are to be looked up.
"""

_LAYOUT = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENDMARKER,
}


def lines_of_code(text: str) -> int:
    """Return the number of lines of a module that are neither blank, comment nor docstring."""
    described = ast.Module | ast.ClassDef | ast.FunctionDef
    docstrings = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, described) and ast.get_docstring(node) is not None
        for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)
    }
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _LAYOUT:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return len(lines - docstrings)


def size_of_plain_engine() -> int:
    """Return the number of its lines of code."""
    return sum(lines_of_code(path.read_text(encoding="utf-8")) for path in PLAIN_ENGINE)


_ENGINE_CELL = re.compile(
    r"^```\{code-cell\} python\n:tags: \[engine\]\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_ENGINE_OF_PAGE = re.compile(r"engine of this page(?:, at most (\d+))?")


def engine_cells(page: str) -> list[str]:
    """Return the code of the cells of a page that are tagged ``engine``."""
    return _ENGINE_CELL.findall(page)


class SizeRole(SphinxRole):
    """``{lines-of-code}`plain engine``, a number.

    Or ``engine of this page``: its cells that are tagged so; ``engine of this page, at most 150``
    is an error where they are more.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the number, which depends on the files that are counted."""
        found = _ENGINE_OF_PAGE.fullmatch(self.text)
        if self.text == "plain engine":
            for path in PLAIN_ENGINE:
                self.env.note_dependency(str(path))
            size = size_of_plain_engine()
        elif found is not None:
            page = Path(self.env.doc2path(self.env.docname)).read_text(encoding="utf-8")
            size = sum(map(lines_of_code, engine_cells(page)))
        else:
            return self._refused(
                f"lines of code of {self.text!r} are not counted;"
                " write 'plain engine' or 'engine of this page'"
            )
        if found is not None and size == 0:
            return self._refused("no cell of this page is tagged 'engine'")
        if found is not None and found[1] and size > int(found[1]):
            return self._refused(f"the engine of this page has {size} lines, more than {found[1]}")
        return [nodes.inline(text=str(size), classes=["pasted-text"])], []

    def _refused(self, why: str) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [], [self.inliner.reporter.error(why, line=self.lineno)]
