"""The search: what readers type finds its page, and the keyboard alone opens, walks and closes."""

import tomllib
from pathlib import Path

import pytest
from playwright.sync_api import expect

QUERIES = tomllib.loads((Path(__file__).parent / "queries.toml").read_text("utf-8"))["queries"]
RESULTS = "ol.results > li > a"


@pytest.fixture(scope="module", params=["served", "from disk"])
def search_page(request, browser, site, address):
    """Return the page of the search, opened in both ways."""
    page = browser.new_page()
    start = site.as_uri() if request.param == "from disk" else address
    page.goto(f"{start.rstrip('/')}/search.html")
    yield page
    page.close()


def test_there_are_fifty_queries():
    assert len(QUERIES) >= 50


def test_every_query_has_its_page_among_the_first_three(search_page):
    missed, status = {}, search_page.locator("#search-page .status")
    for query, wanted in QUERIES.items():
        search_page.fill("#search-page input", "")
        expect(status).to_have_text("")  # what it said of the query before has to go first
        search_page.fill("#search-page input", query)
        expect(status).not_to_have_text("")
        links = search_page.locator(RESULTS)
        found = [link.get_attribute("href") for link in links.all()[:3]]
        if not any(f"/{wanted}.html" in href for href in found):
            missed[query] = found
    assert missed == {}


def test_results_show_the_sentence_with_what_was_sought(search_page):
    search_page.fill("#search-page input", "saddle point")
    search_page.wait_for_selector("ol.results mark")
    marked = search_page.locator("ol.results mark").all_inner_texts()
    assert "saddle" in map(str.lower, marked)


def test_nothing_found_is_said(search_page):
    search_page.fill("#search-page input", "xqzwv")
    expect(search_page.locator("#search-page .status")).to_have_text("Nothing found.")


def test_the_keyboard_alone_opens_walks_and_closes(browser, address):
    page = browser.new_page()
    page.goto(f"{address.rstrip('/')}/theory/gradients.html")
    page.keyboard.press("/")
    page.keyboard.type("chain rule")
    page.wait_for_selector(f"#search-dialog {RESULTS}")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.matches('.results a')")
    page.keyboard.press("Escape")
    page.wait_for_selector("#search-dialog", state="hidden")
    page.keyboard.press("/")
    page.keyboard.type("steepest descent")
    page.wait_for_selector("#search-dialog li:first-child > a[href*='steepest_descent']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/theory/steepest_descent.html*")
    page.close()
