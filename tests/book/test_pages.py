"""Every check of the book, turned against itself: a named wrong variant in the claim must fail."""

import functools
from collections.abc import Iterator
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from sybil import Document
from sybil.parsers.myst.lexers import DirectiveLexer

import mcalc
from mcalc.formulas import Formula, WrongError, displays
from mcalc.formulas.sources import displays_in
from mcalc.formulas.verdict import completed

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if "{code-cell}" in page.read_text("utf-8"))


def cells(page: Path) -> Iterator[tuple[str, str]]:
    """Yield the code and the tags of each cell of a page."""
    text = page.read_text("utf-8")
    for cell in DirectiveLexer("code-cell", arguments=".*")(Document(text, str(page))):
        yield cell.lexemes["source"], str(cell.lexemes["options"].get("tags", ""))


@pytest.fixture
def displayed(monkeypatch):
    """Let checks find what the pages display, as in a build."""
    shown = [
        display
        for page in sorted(DOCS.rglob("*.md"))
        for display in displays_in(
            page.read_text("utf-8"), page.relative_to(DOCS).with_suffix("").as_posix()
        )
    ]
    monkeypatch.setattr(displays, "everything", lambda: shown)
    return shown


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_each_wrong_variant_fails_in_the_place_of_the_claim(page, displayed, monkeypatch):
    seen = []

    def turned(function, label, left=None, right=None, *, wrong=None, **options):
        record = function(label, left, right, wrong=wrong, **options)
        assert record, record
        for variant in (wrong or {}).values() if left is not None else ():
            with pytest.raises(mcalc.CheckError, match=f"check '{label}' fails at"):
                function(label, left, variant, wrong={"the truth": right}, **options)
        seen.append(label)
        return record

    def turned_display(formula, *, wrong=None, **options):
        found = evaluate(formula, wrong=wrong, **options)
        for variant in (wrong or {}).values():
            other = formula.like(completed(formula, variant))
            with pytest.raises(WrongError):
                evaluate(other, **options | {"search": False, "prove": False})
        return found

    evaluate = Formula.check
    monkeypatch.setattr(Formula, "check", turned_display)
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
    name = page.relative_to(DOCS).with_suffix("").as_posix()
    labels = {display.label for display in displayed if display.page == name}
    assert {label for label in labels if label.startswith("eq-")} <= set(seen)
    claims = displays.evaluate_claims(name, namespace).found
    assert [claim for claim in claims if not claim] == []
