"""Collect the displayed equations of the book and the checks that this build ran.

Evidence is the outputs of the cells that this build executed, nothing that stands in a source.
The account goes to `ledger.json`; `judge` judges it, `page` and `marks`
show it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector

from _ext.cells.executed import code_cells
from _ext.formulas.numbering import book_order, equation_numbers

FOUND = ("residual", "points", "rejected", "order")
"""What `ledger.json` says of a check."""


@dataclass(frozen=True)
class Check:
    """What one passed check found; the fields are those of `mcalc.Check`."""

    label: str
    line: int
    residual: float | None
    points: int
    rejected: dict[str, float]
    order: float | None


@dataclass(frozen=True)
class Equation:
    """A displayed equation, and where it stands."""

    label: str | None
    line: int | None


@dataclass
class Page:
    """What one page displays and what it checked; the line of the cell that ended its run."""

    equations: list[Equation] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)
    stopped: int | None = None


@dataclass(frozen=True)
class Row:
    """An equation with its place in the book and its checks."""

    page: str
    label: str
    number: int
    checks: list[Check]

    @property
    def kind(self) -> str:
        """Return `definition`, `checked` or, which fails the build, `unchecked`."""
        if self.label.startswith("def-"):
            return "definition"
        return "checked" if self.checks else "unchecked"


class CollectPages(EnvironmentCollector):
    """Keep the account of each page in the environment."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a page that is read anew or was removed."""
        pages(env).pop(docname, None)

    def merge_other(
        self, app: Sphinx, env: BuildEnvironment, docnames: Set[str], other: BuildEnvironment
    ) -> None:
        """Take over the pages that another process read."""
        pages(env).update({name: pages(other)[name] for name in docnames if name in pages(other)})

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Note the equations and the checks of a page that was just read."""
        page = pages(app.env)[app.env.docname] = Page()
        for block in doctree.findall(nodes.math_block):
            if not _is_output(block):  # a formula that a cell computed claims nothing
                page.equations.append(Equation(block.get("label"), block.line))
        for cell in code_cells(app.env, app.env.docname):
            for output in cell.outputs:
                if record := output.get("metadata", {}).get("mcalc"):
                    page.checks.append(Check(line=cell.fence_line, **record))
            if failure := cell.failure:
                page.stopped = cell.line_of(failure)


def pages(env: BuildEnvironment) -> dict[str, Page]:
    """Return the account of each page by its name."""
    found: dict[str, Page] = env.__dict__.setdefault("ledger_pages", {})
    return found


def rows(env: BuildEnvironment) -> Iterator[Row]:
    """Yield the labelled equations in the order of the book."""
    numbers = equation_numbers(env)
    for name in book_order(env):
        page = pages(env).get(name, Page())
        for label in [equation.label for equation in page.equations if equation.label]:
            checks = [check for check in page.checks if check.label == label]
            yield Row(name, label, numbers[label], checks)


def _is_output(node: nodes.Node | None) -> bool:
    while isinstance(node, nodes.Element):
        if node.get("nb_element") == "mime_bundle":
            return True
        node = node.parent
    return False


def write_json(app: Sphinx, exception: Exception | None) -> None:
    """Write the account beside the site."""
    if exception is None and app.builder.format == "html":
        equations = [
            {
                "page": row.page,
                "label": row.label,
                "number": row.number,
                "kind": row.kind,
                "checks": [{name: getattr(check, name) for name in FOUND} for check in row.checks],
            }
            for row in rows(app.env)
        ]
        text = json.dumps({"equations": equations}, indent=2, ensure_ascii=False)
        Path(app.outdir, "ledger.json").write_text(text + "\n", encoding="utf-8")
