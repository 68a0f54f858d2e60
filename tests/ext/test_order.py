"""What one extension makes and another one takes is made first."""

import json
import subprocess
import sys
from functools import cache

import books
import pytest

ASK = """\
import json, sys
from sphinx.application import Sphinx

app = Sphinx("src", sys.argv[1], "out", "doctrees", "html", status=None, warning=None)
orders = [
    [listener.handler for listener in sorted(listeners, key=lambda one: one.priority)]
    for listeners in app.events.listeners.values()
]
for transforms in (app.registry.get_transforms(), app.registry.get_post_transforms()):
    orders.append(sorted(transforms, key=lambda one: one.default_priority))
name = lambda one: f"{one.__module__}.{getattr(one, '__qualname__', '')}"
print(json.dumps([[name(one) for one in order] for order in orders]))
"""


@cache
def orders() -> list[list[str]]:
    """Return who listens to each event of a build, in order, and who changes a page."""
    folder = books.new_folder()
    (folder / "src").mkdir()
    (folder / "src" / "index.md").write_text("# A\n", encoding="utf-8")
    command = [sys.executable, "-c", ASK, str(books.ROOT)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


RESOLVED = "sphinx.transforms.post_transforms.ReferencesResolver"
NUMBERED = "_ext.formulas.numbering.number_equations"


@pytest.mark.parametrize(
    ("first", "then"),
    [
        # Before a page is read: what a cell looks at, and what is no text.
        ("_ext.formulas.displays.collect", "_ext.cells.reuse.outdated"),
        ("_ext.publishing.sources.check", "_ext.cells.ahead.begin"),
        # When it was read: the ids, from which the numbers of figures follow.
        ("_ext.ledger.anchors.anchor", "_ext.publishing.incremental.outline"),
        # When all were: the numbers, which other pages show.
        (NUMBERED, "_ext.ledger.page.refresh"),
        (NUMBERED, "_ext.publishing.incremental.rewrite"),
        ("_ext.formulas.numbering.ShowNumbers", "_ext.ledger.marks.MarkEquations"),
        ("_ext.formulas.numbering.ShowNumbers", "_ext.ledger.page.FillLedger"),
        ("_ext.ledger.marks.MarkEquations", "_ext.publishing.contribute.OfferReports"),
        # When its links are set: formulas in them, and works that are cited.
        (RESOLVED, "_ext.formulas.ties.TieFormulas"),
        (RESOLVED, "_ext.reading.citations.DropNumbers"),
        ("furo.WrapTableAndMathInAContainerTransform", "_ext.assets.one_id.ClearBoxes"),
        # A notebook and the buttons know the cells by themselves, and keep the pictures.
        ("_ext.notebook.write.write", "_ext.cells.folds.join"),
        ("_ext.notebook.write.write", "_ext.explorables.attach.write"),
        ("_ext.running.marks.mark", "_ext.cells.folds.join"),
        ("furo._html_page_context", "_ext.reading.lengths.write"),
        ("sphinx.ext.napoleon._process_docstring", "_ext.reference.entries.keep_attributes_out"),
        # At the end: what is set is kept, the typesetter closes, and the whole site is finished.
        ("_ext.reading.previews.write", "_ext.reading.gathered.keep"),
        ("_ext.reading.previews.write", "_ext.formulas.katex.start.<locals>.<lambda>"),
        ("_ext.answers.data.write", "_ext.formulas.katex.start.<locals>.<lambda>"),
        ("_ext.assets.typeface.copy", "_ext.assets.finish.finish"),
        ("furo._overwrite_pygments_css", "_ext.assets.finish.finish"),
    ],
)
def test_what_is_taken_is_there(first: str, then: str) -> None:
    both = [order for order in orders() if first in order and then in order]
    assert len(both) == 1
    assert both[0].index(first) < both[0].index(then)
