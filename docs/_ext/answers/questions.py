"""The directive of a question: what it asks and what a reader may answer, verified by the build.

What stands between two lines of dashes is YAML, the fields of `mcalc.formulas.answers.Question`;
MyST would take it for options, which are no lists. So it is read from the source, and blank lines
are left in its place. One more cell at the end of the page verifies all its questions, with what
the page has bound; nothing of it is shown.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml  # type: ignore[import-untyped]
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from _ext.cells.executed import code_cells
from _ext.cells.figures import line_of
from _ext.formulas.claims import RELATION

logger = logging.getLogger(__name__)

FENCE = re.compile(r"^```\{answer\}[ \t]*\n---\n(.*?)^---\n", re.MULTILINE | re.DOTALL)
VERIFY = """

```{{code-cell}} python
:tags: [remove-cell]
import json

from mcalc.formulas.answers import check_answers

check_answers(json.loads({text!r}), globals())
```
"""
MARK = "check_answers("
"""In the source of the cell that verifies, which no reader needs."""


class question(nodes.General, nodes.Element):  # noqa: N801 - docutils writes node classes so
    """A question: its number on the page, its level; within it stands its text."""


def read(app: Sphinx, page: str, source: list[str]) -> None:
    """Take the fields of all questions out of a page, and let it end with their verification."""
    found: list[dict[str, Any]] = []

    def take(match: re.Match[str]) -> str:
        line = source[0].count("\n", 0, match.start()) + 1
        try:
            fields = yaml.safe_load(match[1])
            if not isinstance(fields, dict):
                raise yaml.YAMLError("these are no fields")
        except yaml.YAMLError as error:
            warn(f"the fields of this question cannot be read: {error}", (page, line))
            fields = {}
        found.append(fields)
        return f"```{{answer}} {len(found) - 1}\n" + "\n" * (match[0].count("\n") - 1)

    source[0] = FENCE.sub(take, source[0])
    questions(app)[page] = found
    if found:
        source[0] += VERIFY.format(text=json.dumps(found, sort_keys=True))


def questions(app: Sphinx) -> dict[str, list[dict[str, Any]]]:
    """Return the fields of the questions of each page."""
    pages: dict[str, list[dict[str, Any]]] = app.env.__dict__.setdefault("book_questions", {})
    return pages


class AnswerDirective(SphinxDirective):
    """A question; its argument is its number on the page."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the question with its text."""
        number = self.arguments[0]
        fields = questions(self.env.app)[self.env.docname]
        if not number.isdecimal() or not int(number) < len(fields):
            raise self.error("a question begins with a line of dashes, its fields, and another")
        level = str(fields[int(number)].get("level", "easy"))
        node = question(number=int(number), level=level, classes=["question"])
        self.set_source_info(node)
        node += nodes.rubric("", f"Question {int(number) + 1} ({level})", classes=["question-head"])
        node += self.parse_content_to_nodes()
        return [node]


def verify(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of each question whose answer is wrong, or a slip of which is no slip."""
    page = app.env.docname
    fences = app.env.metadata[page].get("source_map", [])
    fields = questions(app).get(page, [])
    found = [
        one
        for cell in code_cells(app.env, page)
        for output in cell.outputs
        for one in output.get("metadata", {}).get("questions", {}).get("found", ())
    ]
    for node in doctree.findall(question):
        number, place = node["number"], (page, line_of(node, fences))
        given = {_plain(tex) for tex in fields[number].get("given", ())}
        for math in node.findall(nodes.math):
            tex = math.astext()
            if not math.get("said") and RELATION.search(tex) and _plain(tex) not in given:
                warn(f"'${tex}$' is not among what is given; write {{let}}`…` or give it", place)
        if not found:
            continue  # another warning says why the page did not run to its end
        if fault := found[number]["fault"]:
            warn(f"this question is at fault: {fault}", place)
        if numbers := found[number]["numbers"]:
            node["numbers"] = numbers | {"told": fields[number].get("wrong", {})}


def warn(message: str, place: tuple[str, int | None]) -> None:
    """Warn of a question."""
    logger.warning(message, location=place, type="book", subtype="question")


def _plain(tex: str) -> str:
    return "".join(tex.split())


def visit(self: HTML5Translator, node: question) -> None:
    """Open the form of a question."""
    data: Any = {"data-question": str(node["number"])}
    if numbers := node.get("numbers"):
        data["data-numbers"] = json.dumps(numbers, ensure_ascii=False)
    self.body.append(self.starttag(node, "form", "", **data))


def depart(self: HTML5Translator, node: question) -> None:
    """Write where a reader answers, and close the form."""
    name = f"answer-{node['number']}"
    self.body.append(
        f'<p class="question-answer"><label for="{name}">Your answer</label>\n'
        f'<input id="{name}" name="answer" type="text" autocomplete="off" autocapitalize="off"'
        ' spellcheck="false">\n<button type="submit">Check</button></p>\n'
        '<noscript><p class="question-said">Answers are judged where scripts run.</p></noscript>\n'
        '<p class="question-typed" aria-hidden="true"></p>\n'
        f'<output class="question-said" for="{name}"></output>\n</form>\n'
    )
