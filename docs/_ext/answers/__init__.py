"""Exercises that answer, and formulas that a reader can break."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from _ext.answers import data, exercises


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the extension."""
    app.add_node(exercises.answer_form, html=(exercises.visit, exercises.depart))
    app.add_directive("answer", exercises.Answer)
    app.add_env_collector(exercises.CollectExercises)
    app.connect("doctree-read", exercises.number)
    app.connect("html-page-context", data.add_script)
    app.connect("build-finished", data.write)
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
