"""Exercises that answer, and formulas that a reader breaks, in a browser on the site."""

import json
import time

import pytest

SLOW = 60_000  # milliseconds, for the engine to load beside other work


@pytest.fixture(scope="module")
def told(site):
    """Return the data of the pages that have exercises or formulas, by their pages."""
    folder = site / "_static" / "answers"
    found = {
        path.relative_to(folder).with_suffix("").as_posix(): json.loads(path.read_text("utf-8"))
        for path in sorted(folder.rglob("*.json"))
    }
    assert found
    return found


@pytest.fixture
def drill(told):
    """Return a page whose exercises have a formula, and the place of it."""
    return next(
        (page, place, exercise)
        for page, data in told.items()
        for place, exercise in enumerate(data["exercises"])
        if exercise.get("values", [1])[0] is None and exercise["wrong"]
    )


@pytest.fixture
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


def answer(page, place, text):
    """Type an answer, and return the verdict once it stands there."""
    form = page.locator(f".answer-form[data-place='{place}']")
    form.locator("input").fill(text)
    form.locator("input").press("Enter")
    says = form.locator(".answer-verdict[data-verdict]")
    says.filter(has_text="✓").or_(says.filter(has_text="✗")).or_(
        says.filter(has_text="cannot")
    ).wait_for(timeout=SLOW)
    return says.inner_text()


def test_nothing_is_loaded_before_a_reader_types(page, address, drill):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{drill[0]}.html", wait_until="networkidle")
    assert not [url for url in asked if "/answers/" in url or "/python" in url or ".mjs" in url]


def test_a_number_is_judged_without_the_engine(page, address, told):
    name, place, exercise = next(
        (name, place, e)
        for name, data in told.items()
        for place, e in enumerate(data["exercises"])
        if len((e.get("values") or [None])[0] or ()) == 1 and any(e["values"][1:])
    )
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{name}.html")
    assert "Not yet" in answer(page, place, "123456")
    assert "✗" in answer(page, place, str(exercise["values"][1][0]))
    assert "Not yet" not in page.locator(".answer-verdict").nth(place).inner_text()
    assert answer(page, place, repr(exercise["values"][0][0])) == "✓ Right."
    assert not [url for url in asked if "pyodide" in url]


def test_a_formula_is_right_or_a_slip_or_wrong_at_a_point(page, address, drill):
    name, place, exercise = drill
    page.goto(f"{address}/{name}.html")
    assert answer(page, place, exercise["answer"]) == "✓ Right."
    assert page.locator(".answer-set .katex").count() == 1
    slip = next(iter(exercise["wrong"]))
    said = answer(page, place, slip)
    assert said.startswith("✗")
    assert "Not yet" not in said
    size = exercise["answer"].count(",") + 1
    said = answer(page, place, f"({', '.join(['x + 17'] * size)})" if size > 1 else "x + 17")
    assert "yours gives" in said
    assert "it should be" in said
    assert exercise["answer"] not in said
    assert "cannot be read" in answer(page, place, "2 +")


def test_what_is_refused_at_once_takes_no_engine(page, address, drill):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{drill[0]}.html")
    place = drill[1]
    assert "the ( is never closed" in answer(page, place, "(x, 1")
    assert "without = signs" in answer(page, place, "x = 1")
    began = time.monotonic()
    assert "more than 2000 signs" in answer(page, place, "x" * 1_000_000)
    assert time.monotonic() - began < 10
    assert not [url for url in asked if "pyodide" in url]


def test_an_answer_that_takes_too_long_is_stopped(page, address, told):
    name, place, exercise = next(
        (name, place, e)
        for name, data in told.items()
        for place, e in enumerate(data["exercises"])
        if "function" in e
    )
    page.clock.install()
    page.goto(f"{address}/{name}.html")
    form = page.locator(f".answer-form[data-place='{place}']")
    form.locator("input").fill("[i for i in iter(int, 1)]")
    form.locator("input").press("Enter")
    says = form.locator(".answer-verdict")
    says.filter(has_text="Judging").wait_for(timeout=SLOW)
    page.clock.fast_forward(30_000)
    says.filter(has_text="stopped after 20 seconds").wait_for(timeout=SLOW)
    assert answer(page, place, exercise["function"]) == "✓ Right."  # and one can go on


def test_progress_is_kept_and_cleared(page, address, drill):
    name, place, exercise = drill
    page.goto(f"{address}/{name}.html")
    line = page.locator(".answer-progress span")
    count = page.locator(".answer-form").count()
    assert line.inner_text() == f"0 of {count} answered"
    answer(page, place, exercise["answer"])
    assert line.inner_text() == f"1 of {count} answered"
    page.reload()
    assert line.inner_text() == f"1 of {count} answered"
    stored = page.evaluate("Object.keys(localStorage)")
    assert [key for key in stored if "answer" in key] == [f"answered:/{name}.html"]
    page.get_by_role("button", name="Clear").click()
    page.reload()
    assert line.inner_text() == f"0 of {count} answered"


def test_a_formula_is_broken_and_mended_by_the_keyboard_alone(page, address):
    page.goto(f"{address}/index.html")
    fold = page.locator("details:has(> .break-it[data-label='eq-home'])")
    fold.locator("summary").first.focus()
    page.keyboard.press("Enter")
    panel = fold.locator(".break-it")
    panel.locator(".answer-set .katex").wait_for()
    says = panel.locator(".answer-verdict")
    panel.get_by_role("group").get_by_role("button").first.focus()
    page.keyboard.press("Enter")
    says.filter(has_text="✗").wait_for(timeout=SLOW)
    assert "does not hold" in says.inner_text() or "Off by" in says.inner_text()
    assert "This is the" in says.inner_text()
    panel.get_by_role("textbox").fill("1 = 1")
    panel.get_by_role("button", name="Check").focus()
    page.keyboard.press("Enter")
    says.filter(
        has_text="This holds, but it is another formula: it says nothing of A, x any more"
    ).wait_for()
    panel.get_by_role("button", name="Reset").focus()
    page.keyboard.press("Enter")
    panel.get_by_role("button", name="Check").focus()
    page.keyboard.press("Enter")
    says.filter(has_text="✓ This is the formula of the book").wait_for(timeout=SLOW)


def test_a_formula_whose_check_needs_what_a_browser_lacks_says_so(page, address, told):
    name, label, needs = next(
        (name, label, formula["needs"])
        for name, data in told.items()
        for label, formula in data["formulas"].items()
        if formula["needs"]
    )
    page.goto(f"{address}/{name}.html")
    fold = page.locator(f"details:has(> .break-it[data-label='{label}'])")
    fold.evaluate(
        "fold => { for (; fold; fold = fold.parentElement.closest('details')) fold.open = true; }"
    )
    panel = fold.locator(".break-it")
    panel.get_by_text(f"needs {needs}, which does not run in a browser").wait_for()
    assert panel.get_by_role("button").count() == panel.get_by_role("textbox").count() == 0


def test_without_scripts_a_sentence_stands_where_the_form_would(browser, address, drill):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{drill[0]}.html")
    assert page.locator(".answer-without").first.is_visible()
    assert not page.locator(".answer-form").first.is_visible()
    context.close()


def test_the_bars(told, judge):
    """There are enough answer boxes, and each evaluated formula offers slips that fail."""
    exercises = sum(len(data["exercises"]) for data in told.values())
    judge("answer boxes", "≥ 60", [("all", exercises)], lambda n: n >= 60, order=lambda n: -n)
    judge(
        "evaluated formulas that offer no slip",
        "0",
        [
            (name, [label for label, f in data["formulas"].items() if not f["slips"]])
            for name, data in told.items()
        ],
        lambda labels: not labels,
    )
