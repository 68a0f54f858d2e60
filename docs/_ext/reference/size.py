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
    r"^```\{code-cell\} python\n:tags: \[engine(?:, hide-input)?\]\n(.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_AT_MOST = re.compile(r"at most (\d+)")


def engine_cells(page: str) -> list[str]:
    """Return the code of the cells of a page that are tagged ``engine``."""
    return _ENGINE_CELL.findall(page)


class SizeRole(SphinxRole):
    """``{lines-of-code}`plain engine``, a number.

    Or ``engine of this page``, the number of those of its cells that are tagged so; ``at most 150``
    is the 150, and an error where they are more.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the number, which depends on the files that are counted."""
        most = _AT_MOST.fullmatch(self.text)
        if self.text == "plain engine":
            for path in PLAIN_ENGINE:
                self.env.note_dependency(str(path))
            return self._number(size_of_plain_engine())
        if self.text != "engine of this page" and most is None:
            return self._refused(
                f"lines of code of {self.text!r} are not counted; write"
                " 'plain engine', 'engine of this page', or 'at most 150' of these"
            )
        page = Path(self.env.doc2path(self.env.docname)).read_text(encoding="utf-8")
        size = sum(map(lines_of_code, engine_cells(page)))
        if size == 0:
            return self._refused("no cell of this page is tagged 'engine'")
        if most is not None and size > int(most[1]):
            return self._refused(f"the engine of this page has {size} lines, more than {most[1]}")
        return self._number(size if most is None else int(most[1]))

    def _number(self, number: int) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [nodes.inline(text=str(number), classes=["pasted-text"])], []

    def _refused(self, why: str) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        return [], [self.inliner.reporter.error(why, line=self.lineno)]
