"""What a reader answers: questions that the build has verified, and formulas to break."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from _ext.answers import data, questions


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.add_node(questions.question, html=(questions.visit, questions.depart))
    app.add_directive("answer", questions.AnswerDirective)
    app.connect("source-read", questions.read)
    app.connect("doctree-read", questions.verify)
    app.connect("html-page-context", data.load)
    app.connect("build-finished", data.write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
