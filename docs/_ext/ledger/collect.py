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
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector

import mcalc
from _ext.cells.executed import code_cells
from _ext.formulas.numbering import book_order, equation_numbers


@dataclass(frozen=True)
class Check(mcalc.Check):
    """What one check found, and the line of its cell."""

    line: int = 0


@dataclass(frozen=True)
class Equation:
    """A displayed equation or inline claim, where it stands, and its TeX as it is typeset."""

    label: str | None
    line: int | None
    tex: str


@dataclass
class Page:
    """What one page displays and what it checked; the line of the cell that ended its run."""

    equations: list[Equation] = field(default_factory=list)
    claims: list[Equation] = field(default_factory=list)
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
        """Return what was done with the equation, as the ledger says it."""
        if any(check.failure for check in self.checks):
            return "fails"
        own = [check for check in self.checks if check.tex is not None]
        if self.label.startswith("def-"):
            return "defined, compared with code" if own else "defined"
        if self.label.startswith("notation-"):
            return "notation"
        if not self.checks:
            return "unchecked"
        if not own:
            return "transcribed"
        if any(check.proved is not None for check in own):
            return "proved"
        return "tried on examples" if any(check.examples for check in own) else "evaluated"


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
                tex = " ".join(block.astext().split())
                page.equations.append(Equation(block.get("label"), block.line, tex))
        for math in doctree.findall(nodes.math):
            if math.get("said") in ("claim", "wrong"):
                tex = " ".join(math.astext().split())
                page.claims.append(Equation(math["said"], _line(math), tex))
        for cell in code_cells(app.env, app.env.docname):
            for output in cell.outputs:
                if record := output.get("metadata", {}).get("mcalc"):
                    records = record.get("claims", [record])
                    page.checks += [Check(line=cell.fence_line, **fields) for fields in records]
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


def _line(node: nodes.Node | None) -> int | None:
    while node is not None and not getattr(node, "line", None):
        node = node.parent
    return node and node.line


_UNWRITTEN = ("label", "line", "failure", "refuted", "slips")


def _written(check: Check) -> dict[str, Any]:
    return {k: v for k, v in vars(check).items() if k not in _UNWRITTEN}


def account(env: BuildEnvironment) -> list[dict[str, Any]]:
    """Return the account of the whole book."""
    return [
        {
            "page": row.page,
            "label": row.label,
            "number": row.number,
            "kind": row.kind,
            "checks": [_written(check) for check in row.checks],
        }
        for row in rows(env)
    ]


def write_json(app: Sphinx, exception: Exception | None) -> None:
    """Write the account beside the site, if it is another one than before."""
    path = Path(app.outdir, "ledger.json")
    if exception is None and app.builder.format == "html":
        if path.exists() and not app.env.book_account[1]:  # type: ignore[attr-defined]
            return
        text = json.dumps({"equations": account(app.env)}, indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
