"""The lists of slips: whole, and most of them shown, by a formula, a page or a cell."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
COUNTS = {"Mathematics": 28, "Notation": 12, "Code": 20}
SHOWN = re.compile(r"\{(?:wrong|claim)\}`|[,:] \{(?:eq|ref)\}`[\w-]+`$|\(the cell below\)")


def slips(kind):
    """Return the rows of a kind: where, what stood there, what is right."""
    section = (DOCS / "slips.md").read_text("utf-8").split(f"\n## {kind}\n")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line[:2] == "| "]
    return rows[1:]


@pytest.mark.parametrize("kind", COUNTS)
def test_the_list_is_whole(kind):
    found = slips(kind)
    assert len({stood for _, stood, _ in found}) == len(found) == COUNTS[kind]
    assert all(map(all, found))
    if kind != "Notation":  # of which nobody looked what became of them
        since = re.compile(r"; \*(mended( with the sign)?|in part|stands)\*$")
        assert [where for where, *_ in found if not since.search(where)] == []


@pytest.mark.parametrize(("kind", "words"), [("Mathematics", 5), ("Code", 12)])
def test_all_but_slips_of_words_are_shown(kind, words):
    """The build evaluates what a row claims, runs the cell, and resolves what it links to."""
    bare = [slip for slip in slips(kind) if not SHOWN.search(" ".join(slip[1:]))]
    assert len(bare) <= words
