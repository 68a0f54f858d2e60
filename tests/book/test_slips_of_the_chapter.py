"""The lists of slips: whole, and each check that they name runs on the page of wrong formulas."""

import csv
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
ELSEWHERE = {"asserted"}  # by a cell of the page that needs no check
COUNTS = {"mathematics": 28, "notation": 12, "code": 20}


def slips(kind):
    """Return the slips of a kind, as the page lists them."""
    with (DOCS / "slips" / f"{kind}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=";"))


@pytest.mark.parametrize("kind", COUNTS)
def test_the_list_is_whole(kind):
    found = slips(kind)
    assert len(found) == COUNTS[kind]
    assert all(slip["place"] and slip["what stood there"] for slip in found)
    assert all(slip["what is right"] for slip in found)
    assert not any(None in slip or None in slip.values() for slip in found)  # as many cells
    assert f":file: slips/{kind}.csv\n" in (DOCS / "slips.md").read_text("utf-8")


def test_each_check_that_is_named_runs():
    page = (DOCS / "caught.md").read_text("utf-8")
    cells = re.findall(r"^```\{code-cell\}(.*?)^```", page, re.MULTILINE | re.DOTALL)
    quoted = {text for cell in cells for text in re.findall(r'"([^"\n]+)"', cell)}
    named = {slip["check"] for kind in COUNTS for slip in slips(kind) if slip["check"]} - ELSEWHERE
    assert len(named) > 20
    assert named <= quoted
