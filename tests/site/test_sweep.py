"""What a browser sees of every page, light and dark, narrow and wide."""

import pytest


@pytest.fixture
def seen(visits):
    """Return, for an attribute of a visit, the pairs of a page and its form with the value."""
    return lambda name: [(f"{v.page}, {v.scheme}, {v.width} px", getattr(v, name)) for v in visits]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("faults", "axe-core violations, light and dark, 320 and 1280 px"),
        ("console", "console errors"),
        ("policy", "violations of the content security policy"),
        ("foreign", "requests to another host"),
    ],
)
def test_nothing_is_wrong(judge, seen, name, what):
    judge(what, "0", seen(name), lambda value: value == [])


def test_nothing_shifts(judge, seen):
    found = [(page, round(shift, 4)) for page, shift in seen("shift")]
    judge("layout shift, also while reading on", "0.00", found, lambda s: s < 0.005, order=float)


@pytest.mark.parametrize(("name", "most"), [("weight", 250), ("script", 25)])
def test_the_first_view_is_light(judge, seen, name, most):
    found = [(page, round(size / 1000, 1)) for page, size in seen(name)]
    what = {"weight": "first view, KB", "script": "script of the first view, KB"}[name]
    judge(what, f"<= {most}", found, lambda kilobytes: kilobytes <= most, order=float)


def test_no_page_is_wider_than_its_window(judge, seen):
    judge(
        "elements wider than a window of 320, 390 and 1280 px", "0", seen("wide"), lambda w: w == []
    )
