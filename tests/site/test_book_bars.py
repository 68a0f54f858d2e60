"""What a newcomer is met with on a theory page: a picture soon, little code, no endless page."""

import bars
import builds
import pytest

SOURCES = builds.ROOT / "docs" / "theory"
TABLES = {"identities"}  # to look something up, and not to be read
LESSONS = sorted(path.stem for path in SOURCES.glob("*.md") if path.stem not in TABLES)


@pytest.fixture(scope="session")
def measured(browser, address):
    return {
        f"theory/{name}.html": bars.measure(browser, f"{address}/theory/{name}.html")
        for name in LESSONS
    }


@pytest.mark.parametrize(
    ("name", "what", "most"),
    [
        ("figure", "middle of the first figure, in screens", 1.0),
        ("code", "part of a lesson filled by code and its output", 0.2),
        ("screens", "screens of a lesson", 12.0),
    ],
)
def test_a_lesson_shows_before_it_tells(judge, measured, name, what, most):
    found = [(page, round(getattr(seen, name), 2)) for page, seen in measured.items()]
    judge(what, f"<= {most}", found, lambda value: value <= most, order=float)


def test_no_formula_is_cut_on_a_phone(judge, measured):
    found = [(page, seen.cut) for page, seen in measured.items()]
    judge("formulas of a lesson cut at 390 px", "0", found, lambda cut: cut == [])


def test_lessons_are_not_written_in_lambdas(judge):
    texts = [(SOURCES / f"{name}.md").read_text("utf-8") for name in LESSONS]
    found = [("all lessons", sum(text.count("lambda ") for text in texts))]
    judge("lambdas in all lessons", "<= 60", found, lambda count: count <= 60, order=int)
