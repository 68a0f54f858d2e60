"""The directive of an exercise that answers: verified when it is read, and set with its form.

An exercise speaks for itself: its answer uses what it is `given`, and no names of its page, so that
a browser can judge it at once. What is wrong with one fails the build with its page and line.
"""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Set
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.environment.collectors import EnvironmentCollector
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from _ext.answers import judge
from _ext.assets.memory import remembered
from _ext.assets.npm import ROOT
from mcalc.formulas import FormulaError
from mcalc.formulas.definitions import definition_of
from mcalc.formulas.tree import parse

logger = logging.getLogger(__name__)

LEVELS = ("easy", "medium", "hard")
BLOCK = re.compile(r"\A---\n(?P<head>.*?)^---[ \t]*$\n?(?P<body>.*)\Z", re.M | re.S)
KINDS = {
    "formula": ({"level", "asks", "answer"}, {"given", "wrong"}),
    "function": ({"level", "function", "at"}, {"wrong"}),
}
"""The fields that each kind of exercise needs, and those that it may have."""


class answer_form(nodes.General, nodes.Element):  # noqa: N801 - docutils writes node classes like this
    """Where the answer to an exercise is typed."""


class Answer(SphinxDirective):
    """An exercise that answers."""

    has_content = True
    option_spec = None  # its head is YAML with lists, which MyST would not read

    def run(self) -> list[nodes.Node]:
        """Return the question and the form; warn of what is wrong."""
        text = "\n".join(self.content)
        try:
            exercise, body = read(text)
            for fault in verified(exercise):
                self.warn(fault)
        except ValueError as error:
            self.warn(str(error))
            return []
        box = nodes.container(classes=["answer"], exercise=exercise)
        self.set_source_info(box)
        skipped = text[: len(text) - len(body)].count("\n")
        self.state.nested_parse(self.content[skipped:], self.content_offset + skipped, box)
        for math in box.findall(nodes.math):
            if said := unlike(math.astext(), exercise):
                self.warn(said)
        exercise["key"] = f"{zlib.crc32(repr(sorted(exercise.items())).encode()):08x}"
        box += answer_form(
            level=exercise["level"], function="function" in exercise, key=exercise["key"]
        )
        return [box]

    def warn(self, message: str) -> None:
        """Warn of a fault at the line of the exercise."""
        place = self.env.docname, self.lineno
        logger.warning("this exercise: %s", message, location=place, type="book", subtype="answer")


def verified(exercise: dict[str, Any]) -> list[str]:
    """Return what is wrong with an exercise."""
    facts = [repr(exercise).encode(), judges()]
    found = remembered(facts, lambda: json.dumps(judge.verify(exercise)).encode())
    return list(json.loads(found))


@cache
def judges() -> bytes:
    """Return a digest of what finds out whether an exercise is right."""
    sources = [path for path in ROOT.glob("mcalc/**/*") if path.suffix in {".py", ".lark"}]
    paths = [*sorted(sources), Path(judge.__file__), ROOT / "locks" / "main.txt"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).digest()


def read(text: str) -> tuple[dict[str, Any], str]:
    """Return an exercise and its question.

    Raises:
        ValueError: if its head is not YAML, or lacks a field, or has a strange one.
    """
    match = BLOCK.match(text)
    if not match:
        raise ValueError("its head stands between two lines ---, and the question below")
    try:
        exercise = yaml.safe_load(match["head"])
    except yaml.YAMLError as error:
        raise ValueError(f"its head is no YAML: {' '.join(str(error).split())}") from None
    if not isinstance(exercise, dict):
        raise ValueError("its head holds fields, such as level: easy")
    kind = "function" if "function" in exercise else "formula"
    needed, allowed = KINDS[kind]
    if lacking := needed - set(exercise):
        raise ValueError(f"a {kind} lacks {', '.join(sorted(lacking))}")
    if strange := set(exercise) - needed - allowed:
        raise ValueError(f"a {kind} has no {', '.join(sorted(map(str, strange)))}")
    if exercise["level"] not in LEVELS:
        raise ValueError(f"its level is {exercise['level']!r}, and none of {', '.join(LEVELS)}")
    for name in ("asks", "answer"):
        if name in exercise:
            exercise[name] = str(exercise[name])  # 8 is a number in YAML
    exercise["given"] = [str(tex) for tex in exercise.get("given") or ()]
    exercise["wrong"] = {str(k): str(v) for k, v in (exercise.get("wrong") or {}).items()}
    if not match["body"].strip():
        raise ValueError("it has no question")
    return exercise, match["body"]


def unlike(tex: str, exercise: dict[str, Any]) -> str | None:
    """Return how a formula of the question says otherwise than what is given."""

    def defined(text: str) -> dict[str, Any]:
        try:
            found = [definition_of(clause) for clause in parse(text, strict=False)]
        except FormulaError:
            return {}
        return {d.name: (d.params, d.body) for d in found if d}

    given: dict[str, Any] = {}
    for text in exercise["given"]:
        given |= defined(text)
    for name, said in defined(tex).items():
        if name in given and given[name][0] == said[0] and given[name] != said:
            return f"its question says ${tex}$, and what is given says otherwise"
    return None


class CollectExercises(EnvironmentCollector):
    """Keep the exercises of each page in the environment, in their order."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a page that is read anew or was removed."""
        exercises(env).pop(docname, None)

    def merge_other(
        self, app: Sphinx, env: BuildEnvironment, docnames: Set[str], other: BuildEnvironment
    ) -> None:
        """Take over the pages that another process read."""
        theirs = exercises(other)
        exercises(env).update({name: theirs[name] for name in docnames if name in theirs})

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Note the exercises of a page that was just read."""
        if found := [
            box["exercise"] for box in doctree.findall(nodes.container) if "exercise" in box
        ]:
            exercises(app.env)[app.env.docname] = found


def exercises(env: BuildEnvironment) -> dict[str, list[dict[str, Any]]]:
    """Return the exercises by their pages."""
    found: dict[str, list[dict[str, Any]]] = env.__dict__.setdefault("book_exercises", {})
    return found


def number(app: Sphinx, doctree: nodes.document) -> None:
    """Tell each form its place on the page; the first one is preceded by the progress."""
    forms = list(doctree.findall(answer_form))
    for place, form in enumerate(forms):
        form["place"], form["count"] = place, len(forms)


def visit(self: HTML5Translator, node: answer_form) -> None:
    """Write the form of an exercise; the book on an e-reader has no scripts, and none of it."""
    if self.builder.name == "epub":
        raise nodes.SkipNode
    place, level = node["place"], escape(node["level"])
    what = "Your line of NumPy" if node["function"] else "Your answer"
    progress = (
        f'<p class="answer-progress"><span role="status">0 of {node["count"]} answered</span> '
        '<button type="button">Clear</button></p>'
    )
    self.body.append(
        f'<form class="answer-form" data-place="{place}" data-key="{node["key"]}">'
        f'<label for="answer-{place}">{what} <span class="answer-level">{level}</span></label>'
        f'<span class="answer-line"><input id="answer-{place}" type="text" autocomplete="off" '
        'autocapitalize="off" spellcheck="false"><button type="submit">Check</button></span>'
        '<div class="answer-set" aria-hidden="true"></div>'
        '<div class="answer-verdict" role="status"></div>'
        f"{progress if place == 0 else ''}</form>"
        '<noscript><p class="answer-without">Answers are checked where scripts run.</p></noscript>'
    )


def depart(self: HTML5Translator, node: answer_form) -> None:
    """Write nothing more."""
