"""What a newcomer is met with on a theory page: a picture soon, little code, no endless page."""

import re

import bars
import builds
import pytest

SOURCES = builds.ROOT / "docs" / "theory"
TABLES = {"identities"}  # to look something up, and not to be read
# The part that code may fill where the code is what the lesson is about.
CODE = {"differentiator": 0.26}
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
    ],
)
def test_a_lesson_shows_before_it_tells(judge, measured, name, what, most):
    found = [(page, round(getattr(seen, name), 2)) for page, seen in measured.items()]
    allowed = {f"theory/{page}.html": part for page, part in CODE.items() if name == "code"}
    judge(
        what,
        f"<= {most}, or what is noted",
        [(page, (value, allowed.get(page, most))) for page, value in found],
        lambda pair: pair[0] <= pair[1],
        order=lambda pair: pair[0],
        show=lambda pair: pair[0],
    )


def test_a_lesson_is_no_longer_than_a_sitting(judge, measured):
    found = [(page, round(seen.screens, 2)) for page, seen in measured.items()]
    judge("screens of a lesson", "<= 12", found, lambda screens: screens <= 12, order=float)


def test_no_formula_is_cut_on_a_phone(judge, measured):
    found = [(page, seen.cut) for page, seen in measured.items()]
    judge("formulas of a lesson cut at 390 px", "0", found, lambda cut: cut == [])


def test_lessons_are_not_written_in_lambdas(judge):
    r"""Those of Python: `\lambda` in a formula is a letter. Answers to exercises are left out."""
    texts = [(SOURCES / f"{name}.md").read_text("utf-8") for name in LESSONS]
    bare = [re.sub(r"^```\{answer\}.*?^```$", "", text, flags=re.M | re.S) for text in texts]
    found = [("all lessons", sum(len(re.findall(r"(?<!\\)\blambda\b", text)) for text in bare))]
    judge("lambdas in all lessons", "<= 60", found, lambda count: count <= 60, order=int)
