"""The numbers that the ledger shows: the worst of several checks, and sums that leave none out."""

from dataclasses import replace

import pytest
from _ext.ledger.anchors import check_id
from _ext.ledger.collect import Check, Row
from _ext.ledger.page import finding, rejected
from _ext.ledger.picture import compared, picture, totals

EQUAL = Check("eq-a", 1e-12, 3, {"sign": 0.5}, tex="a = b")
WORSE = Check("eq-a", 3e-10, 2, {"factor": 0.25, "transpose": 2.0}, tex="a = b")
EXACT = Check("eq-a", 0.0, 1, {"sign": 1.0})
FAST = Check("eq-a", None, 3, {"slope": 1.0}, 2.9)
SLOW = Check("eq-a", None, 3, {"slope": 1.0}, 1.9)


@pytest.mark.parametrize(
    ("checks", "shown"),
    [
        ([EQUAL, WORSE], "3.0e-10"),
        ([WORSE, EQUAL], "3.0e-10"),
        ([EXACT], "exact"),
        ([EXACT, EQUAL], "1.0e-12"),
        ([FAST, SLOW], "order 1.90"),
        ([SLOW, FAST, EQUAL], "1.0e-12, order 1.90"),
        ([], ""),
    ],
)
def test_the_worst_residual_and_the_slowest_order_are_shown(checks, shown):
    assert finding(checks) == shown


def test_wrong_variants_are_named_and_slips_are_counted():
    slips = replace(WORSE, refused=4, equivalent=["a + 0"])
    assert rejected([EXACT, FAST]) == "sign\N{NO-BREAK SPACE}(1), slope\N{NO-BREAK SPACE}(1)"
    assert rejected([slips]) == "2 rejected, 4 refused, 1 also true"
    assert rejected([EQUAL]) == "1 rejected"


@pytest.mark.parametrize(
    ("label", "checks", "kind"),
    [
        ("eq-a", [], "unchecked"),
        ("eq-a", [EXACT], "transcribed"),
        ("eq-a", [EXACT, EQUAL], "evaluated"),
        ("eq-a", [EQUAL, replace(EQUAL, examples=["f"])], "tried on examples"),
        ("eq-a", [replace(EQUAL, examples=["f"]), replace(EQUAL, proved="numbers")], "proved"),
        ("eq-a", [replace(EQUAL, proved="numbers"), replace(EXACT, failure="off")], "fails"),
        ("def-a", [], "defined"),
        ("def-a", [EXACT], "defined"),
        ("def-a", [EQUAL], "defined, compared with code"),
        ("notation-a", [EQUAL], "notation"),
    ],
)
def test_an_equation_is_of_the_kind_that_its_checks_make_it(label, checks, kind):
    assert Row("page", label, 1, checks).kind == kind


ACCOUNT = [
    Row("one", "eq-a", 1, [EQUAL, WORSE]),
    Row("one", "eq-b", 2, []),
    Row("two", "eq-c", 3, [FAST]),
    Row("two", "def-d", 4, []),
    Row("two", "eq-e", 5, [EXACT]),
]


def test_the_totals_count_each_equation_once_and_each_slip():
    assert totals(ACCOUNT).astext().split("\n\n") == [
        "5 displayed formulas",
        "1 evaluated",
        "2 transcribed",
        "1 defined",
        "1 unchecked",
        "5 slips told from the truth",
    ]


def test_the_picture_has_the_worst_residual_and_the_nearest_mistake():
    assert compared(ACCOUNT) == [(ACCOUNT[0], 3e-10, 0.25), (ACCOUNT[4], 0.0, 1.0)]
    html = picture(ACCOUNT).astext()
    assert "The 2 equalities of the book" in html
    assert "off by at least 0.2" in html
    assert "at most 3.0·10⁻¹⁰" in html
    assert html.count('<circle class="right"') == html.count('<path class="wrong"') == 2
    assert picture(ACCOUNT[1:4]).astext() == ""


def test_the_checks_of_an_equation_have_ids_of_their_own():
    assert [check_id("eq-a", place) for place in range(3)] == [
        "check-eq-a",
        "check-eq-a-2",
        "check-eq-a-3",
    ]
