"""The numbers that the ledger shows: the worst of several checks, and sums that leave none out."""

import math
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from _ext.ledger import anchors, collect
from _ext.ledger.anchors import check_id
from _ext.ledger.collect import Check, Row
from _ext.ledger.judge import blamed_definitions
from _ext.ledger.page import FillLedger, finding, rejected
from _ext.ledger.picture import compared, picture, totals
from docutils import nodes
from docutils.utils import new_document

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


def test_a_large_count_is_written_with_its_thousands():
    many = Check("eq-a", 0.0, 1, dict.fromkeys(map(str, range(12_345)), 0.5), tex="a = b")
    assert "12,345 slips told from the truth" in totals([Row("p", "eq-a", 1, [many])]).astext()


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


def test_the_points_of_all_checks_of_an_equation_are_counted():
    place = SimpleNamespace(link=lambda *_: nodes.inline())
    cells = FillLedger.cells(place, ACCOUNT[0])
    assert [cell.astext() for cell in cells][1:] == [
        "evaluated",
        ", ",
        "5",
        "1 rejected, 2 rejected",
    ]
    assert FillLedger.cells(place, ACCOUNT[1])[3].astext() == ""


@pytest.fixture
def page(monkeypatch):
    """A page with a labelled display and one that a cell has printed, whose cells check twice."""
    record = {"metadata": {"mcalc": {"label": "eq-a"}}}
    cells = [SimpleNamespace(index=k, outputs=[record], fence_line=k, failure=None) for k in (0, 1)]
    monkeypatch.setattr(anchors, "code_cells", lambda *_: cells)
    monkeypatch.setattr(collect, "code_cells", lambda *_: [])
    document = new_document("page")
    document += nodes.math_block("", "a = b", label="eq-a")
    document += nodes.container("", nodes.math_block("", "c = d"), nb_element="mime_bundle")
    for index in (0, 1):
        document += nodes.container(nb_element="cell_code", cell_index=index)
    return SimpleNamespace(env=SimpleNamespace(docname="page")), document


def test_a_display_that_a_cell_printed_claims_nothing(page):
    app, document = page
    collect.CollectPages.process_doc(None, app, document)
    assert [(e.label, e.tex) for e in collect.pages(app.env)["page"].equations] == [
        ("eq-a", "a = b")
    ]


def test_each_check_of_an_equation_is_anchored_in_its_own_cell(page):
    app, document = page
    anchors.anchor(app, document)
    assert [node["ids"] for node in document.findall(nodes.container)][1:] == [
        ["check-eq-a"],
        ["check-eq-a-2"],
    ]


def test_the_picture_puts_each_number_on_its_place():
    """The axis goes from 1e-17, the floor, up to the largest distance; the places are even."""
    far = replace(WORSE, rejected={"far": 1e3})
    html = picture([Row("one", "eq-a", 1, [far]), Row("two", "eq-b", 2, [EXACT])]).astext()
    assert 'viewBox="0 0 704 300"' in html
    heights = [float(y) for y in re.findall(r'class="grid" x1="64" x2="704" y1="([\d.]+)"', html)]
    scale = (252 - 12) / (3 + 17)
    assert heights == [12 + (3 - exponent) * scale for exponent in (0, -4, -8, -12)]
    assert re.findall(r'y2="([\d.]+)"', html)[:4] == [f"{y:.1f}" for y in heights]
    words = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)">(.*?)</text>', html)
    raised = [f'10<tspan dy="-0.4em" font-size="75%">−{n}</tspan>' for n in (4, 8, 12)]
    assert words == [
        *(
            ("54", f"{y + 4:.1f}", "end", text)
            for y, text in zip(heights, ["1", *raised], strict=True)
        ),
        ("54", "256", "end", "exact"),
        ("384.0", "294", "middle", "equations, in the order of the book"),
    ]
    assert '<line class="floor" x1="64" x2="704" y1="252" y2="252"/>' in html
    step = (704 - 64 - 16) / 2
    first, second = 72 + step / 2, 72 + 1.5 * step
    middle = f"{72 + step:.1f}"
    assert f'<line class="page" x1="{middle}" x2="{middle}" y1="12" y2="260"/>' in html
    dots = re.findall(r'class="right" cx="([\d.]+)" cy="([\d.]+)" r="3"', html)
    worst = 12 + (3 - math.log10(3e-10)) * scale
    assert dots == [(f"{first:.1f}", f"{worst:.1f}"), (f"{second:.1f}", "252.0")]
    crosses = re.findall(r'class="wrong" d="M([\d.]+) ([\d.]+)l6 6m0 -6l-6 6"', html)
    assert crosses == [(f"{first - 3:.1f}", "9.0"), (f"{second - 3:.1f}", f"{heights[0] - 3:.1f}")]


def test_a_line_stands_midway_between_two_pages():
    """Of five places; the line is between the fourth and the last."""
    html = picture([Row(name, "eq-a", 1, [EXACT]) for name in (*4 * ["one"], "two")]).astext()
    (ends,) = re.findall(r'<line class="page" x1="([\d.]+)" x2="([\d.]+)"', html)
    assert ends == (f"{72 + 4 * 624 / 5:.1f}",) * 2 == ("571.2", "571.2")


@pytest.mark.parametrize(
    ("nearest", "shown"),
    [(0.5, "0.5"), (1e-3, "0.001"), (9.4e-4, "9.4·10⁻⁴"), (2.0, "2")],
)
def test_the_caption_says_how_near_the_nearest_mistake_comes(nearest, shown):
    account = [Row("one", "eq-a", 1, [replace(EXACT, rejected={"near": nearest, "far": 9.0})])]
    html = picture(account).astext()
    assert f"off by at least {shown}. " in html
    assert "The 1 equalities of the book" in html
    assert "at most 0. " in html
    assert html.count(html[html.index("The 1 ") : html.index("begins a page.")]) == 2
    assert 'class="page"' not in html


def test_a_definition_is_blamed_for_others_and_not_for_itself():
    """Labels are compared by their letters: those of the checks come from another process."""
    own = replace(EQUAL, label="-".join(["def", "a"]), failure="off", uses=("def-a",))
    user = replace(EQUAL, label="eq-b", failure="off", uses=("def-a",))
    claim = replace(user, label="claim")
    page = collect.Page([collect.Equation("def-a", 1, "a = b")], checks=[own, user, claim])
    assert blamed_definitions(page) == {"def-a": [user, claim]}
