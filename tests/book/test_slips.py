"""The list of the slips: whole, and each check that it names runs on the page of wrong formulas."""

import csv
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
ELSEWHERE = {"asserted"}  # by a cell of the page that needs no check

with (DOCS / "slips.csv").open(encoding="utf-8") as file:
    SLIPS = list(csv.DictReader(file, delimiter=";"))


@pytest.mark.parametrize(("kind", "count"), [("mathematics", 28), ("notation", 12), ("code", 20)])
def test_the_list_is_whole(kind, count):
    found = [slip for slip in SLIPS if slip["kind"] == kind]
    assert len(found) == count
    assert all(slip["place"] and slip["stood"] and slip["right"] for slip in found)
    assert not any(None in slip or None in slip.values() for slip in found)  # as many cells


def test_each_check_that_is_named_runs():
    page = (DOCS / "caught.md").read_text("utf-8")
    cells = re.findall(r"^```\{code-cell\}(.*?)^```", page, re.MULTILINE | re.DOTALL)
    quoted = {text for cell in cells for text in re.findall(r'"([^"\n]+)"', cell)}
    named = {slip["check"] for slip in SLIPS if slip["check"]} - ELSEWHERE
    assert len(named) > 20
    assert named <= quoted
