"""Every check of the book, turned against itself: a named wrong variant in the claim must fail."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from sybil import Document
from sybil.parsers.myst.lexers import DirectiveLexer

import mcalc

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if "{code-cell}" in page.read_text("utf-8"))


def cells(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the code and the tags of each cell of a page."""
    text = page.read_text("utf-8")
    for cell in DirectiveLexer("code-cell", arguments=".*")(Document(text, str(page))):
        yield cell.lexemes["source"], str(cell.lexemes["options"].get("tags", ""))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_each_wrong_variant_fails_in_the_place_of_the_claim(page, monkeypatch):
    seen = []

    def turned(function, label, left, right, *, wrong, **options):
        record = function(label, left, right, wrong=wrong, **options)
        for variant in wrong.values():
            with pytest.raises(mcalc.CheckError, match=f"check '{label}' fails at"):
                function(label, left, variant, wrong={"the truth": right}, **options)
        seen.append(label)
        return record

    for name in ("check", "check_order"):
        monkeypatch.setattr(mcalc, name, functools.partial(turned, getattr(mcalc, name)))
    namespace = {"__name__": page.stem}
    with mpl.rc_context({"backend": "agg"}):
        for code, tags in cells(page):
            try:
                exec(compile(code, str(page), "exec"), namespace)
            except Exception:
                if "raises-exception" not in tags:
                    raise
        plt.close("all")
    labels = r"\$\$ \((eq-[\w-]+)\)|:label: (eq-[\w-]+)"
    displayed = {a or b for a, b in re.findall(labels, page.read_text("utf-8"))}
    assert displayed <= set(seen)  # a page may check more than it displays
