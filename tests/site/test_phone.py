"""Lighthouse: speed, access, practices and findability on a simulated phone."""

import pytest


@pytest.mark.parametrize(
    ("category", "bar"),
    [("performance", 0.98), ("accessibility", 1), ("best-practices", 1), ("seo", 1)],
)
def test_score(request, judge, category, bar):
    measures = request.getfixturevalue("speeds" if category == "performance" else "measures")
    found = [
        (page, {"score": m["scores"][category], "lost": m["lost"]}) for page, m in measures.items()
    ]
    judge(
        f"Lighthouse {category}",
        f">= {bar}",
        found,
        lambda value: value["score"] >= bar,
        order=lambda value: -value["score"],
        show=lambda value: value["score"],
    )


def test_the_largest_thing_is_painted_soon(judge, speeds):
    found = [(page, round(m["paint"] / 1000, 2)) for page, m in speeds.items()]
    judge("largest contentful paint, s", "<= 1.8", found, lambda s: s <= 1.8, order=float)


def test_nothing_shifts_on_the_phone(judge, speeds):
    found = [(page, round(m["shift"], 4)) for page, m in speeds.items()]
    judge("layout shift on the phone", "0.00", found, lambda shift: shift < 0.005, order=float)
