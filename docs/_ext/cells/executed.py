"""Read the code cells that this build ran, with the line of the page where each stands.

MyST-NB writes the executed notebook of a page just before the page's doctree is handed on.
The outputs in it are the only evidence that the other extensions accept: never the source text.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from sphinx.environment import BuildEnvironment

STOPPED = "Stopped"
"""The name of the error of a cell that did not raise one: a limit, or the end of its kernel."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, eq=False)  # one that was read is known by itself
class Cell:
    """A code cell: its place and source, its outputs, and the lines of its fence and its code."""

    index: int
    source: str
    outputs: list[NotebookNode]
    tags: list[str]
    count: int | None
    fence_line: int
    code_line: int

    @property
    def errors(self) -> list[NotebookNode]:
        """Return what the cell raised."""
        return [output for output in self.outputs if output.output_type == "error"]

    @property
    def failure(self) -> NotebookNode | None:
        """Return the error that ended the run of the page, unless this cell shows it on purpose."""
        shown = "raises-exception" in self.tags
        return next((e for e in self.errors if not shown or e.ename == STOPPED), None)

    @cached_property
    def tree(self) -> ast.Module | None:
        """Return the syntax tree of the cell, or None if it is not plain Python."""
        try:
            return ast.parse(self.source)
        except SyntaxError:
            return None

    def line_of(self, failure: NotebookNode) -> int:
        """Return the line of the page that a traceback points at; the fence if it names none."""
        text = _ANSI.sub("", "\n".join(failure.traceback))
        found = re.search(rf"Cell In\[{self.count}\], line (\d+)", text)
        return self.code_line + int(found[1]) - 1 if found else self.fence_line


def code_cells(env: BuildEnvironment, docname: str) -> tuple[Cell, ...]:
    """Return the executed code cells of a page in order; none if the page has no kernel."""
    fence_lines = env.metadata[docname].get("source_map")
    if fence_lines is None:  # a plain Markdown page: a notebook of that name would be an old one
        return ()
    path = Path(env.mystnb_config.output_folder, f"{docname}.ipynb")  # type: ignore[attr-defined]
    return _read(path, path.stat().st_mtime_ns, Path(env.doc2path(docname)), tuple(fence_lines))


def is_newer(path: Path, env: BuildEnvironment, docname: str) -> bool:
    """Tell whether a file was written after its page was last read, by an earlier build."""
    read = Path(env.doctreedir, f"{docname}.doctree").stat().st_mtime_ns
    return path.exists() and path.stat().st_mtime_ns > read


@cache  # several ask for the cells of a page
def _read(path: Path, _written: int, page: Path, fence_lines: tuple[int, ...]) -> tuple[Cell, ...]:
    """Read a notebook, as it was written at some time; the lines of its fences are the page's."""
    lines = page.read_text(encoding="utf-8").splitlines()
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return tuple(
        Cell(
            index,
            cell.source,
            cell.outputs,
            cell.metadata.get("tags", []),
            cell.execution_count,
            fence_line,
            _find(lines, cell.source.splitlines(), fence_line),
        )
        for index, (cell, fence_line) in enumerate(zip(notebook.cells, fence_lines, strict=True))
        if cell.cell_type == "code"
    )


def _find(page: list[str], code: list[str], fence_line: int) -> int:
    """Return the line where `code` begins below its fence, past the options of the cell."""
    for start in range(fence_line, len(page)):
        if page[start : start + len(code)] == code:
            return start + 1
    return fence_line
