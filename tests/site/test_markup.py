"""The tags of every page: valid, whole, and without a script that the policy would not let run."""

import json
import re
from collections import Counter
from pathlib import Path

import markup
import phone
import pytest
from _ext.assets import npm


@pytest.fixture(scope="session")
def outlines(site, pages):
    return {page: markup.read(site / page) for page in pages}


def test_the_html_is_valid(judge, site, pages):
    program = npm.package("html-validate") / "bin" / "html-validate.mjs"
    settings = Path(__file__).with_name("validation.json")
    # The names come last, so that what fails is shown by name; its exit status is its verdict.
    options = ["--config", settings, "--formatter", "json", "--max-warnings=-1"]
    out = phone.node(program, *options, *[site / page for page in pages], verdict=True)
    errors = {page: [] for page in pages}
    for result in json.loads(out):
        page = Path(result["filePath"]).relative_to(site).as_posix()
        errors[page] = [
            f"{m['line']}: {m['ruleId']}: {m['message']}"
            for m in result["messages"]
            if m["severity"] == 2
        ]
    judge("HTML validation errors", "0", errors.items(), lambda found: found == [])


def test_no_link_is_broken(judge, site, outlines):
    found = [(page, list(markup.broken(site, page, outlines))) for page in outlines]
    assert sum(len(outline.addresses) for outline in outlines.values()) > len(outlines)
    judge("broken internal links and anchors", "0", found, lambda links: links == [])


def test_every_picture_is_described(judge, outlines):
    found = [(page, outline.unspoken) for page, outline in outlines.items()]
    judge("images without authored alt", "0", found, lambda images: images == [])


def test_an_id_stands_once(judge, outlines):
    found = [
        (page, [name for name, n in Counter(outline.ids).items() if n > 1])
        for page, outline in outlines.items()
    ]
    judge("duplicate ids", "0", found, lambda names: names == [])


def lax(policy):
    """Return what in a policy would let a script of a stranger run, or load something elsewhere."""
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    faults = [] if rules.get("default-src") == "'none'" else ["default-src is not 'none'"]
    for name, sources in rules.items():
        for source in sources.split():
            inline = source == "'unsafe-inline'" and name != "style-src-attr"
            strange = not source.startswith(
                ("'self'", "'none'", "'sha256-", "data:", "'unsafe-inline'", "'wasm-unsafe-eval'")
            )
            if inline or strange or (name == "script-src" and source == "data:"):
                faults.append(f"{name} {source}")
    return faults


def test_lax():
    strict = "default-src 'none'; script-src 'self' 'sha256-abc='"
    assert lax(strict) == []
    assert lax("script-src 'self'") == ["default-src is not 'none'"]
    assert lax(strict + " 'unsafe-inline'") == ["script-src 'unsafe-inline'"]
    assert lax(strict + " 'wasm-unsafe-eval'") == []  # WebAssembly, and no text of a page
    assert lax(strict + " 'unsafe-eval'") == ["script-src 'unsafe-eval'"]
    assert lax(strict + " https:") == ["script-src https:"]
    assert lax(strict + "; style-src 'unsafe-inline'") == ["style-src 'unsafe-inline'"]


def test_every_page_has_a_strict_policy(judge, outlines):
    found = [
        (
            page,
            lax(outline.policies[0])
            if len(outline.policies) == 1
            else [*outline.policies, "no policy"],
        )
        for page, outline in outlines.items()
    ]
    judge("pages without a strict content security policy", "0", found, lambda faults: faults == [])


def test_no_tag_has_a_handler(judge, outlines):
    found = [(page, outline.handlers) for page, outline in outlines.items()]
    judge("inline event handlers", "0", found, lambda handlers: handlers == [])


def test_the_policy_stops_a_script_that_was_slipped_in(browser, address, pages):
    page = browser.new_page()
    page.goto(f"{address}/{pages[0]}")
    slip = """() => {
      const script = document.createElement("script");
      script.textContent = "window.slipped = true";
      document.body.append(script);
      return [window.slipped ?? false, document.styleSheets.length > 0];
    }"""
    assert page.evaluate(slip) == [False, True]
    page.close()


def test_works_are_listed_without_numbers(site):
    html = (site / "references.html").read_text("utf-8")
    works = re.findall(r'<div class="citation".*?</div>', html, re.DOTALL)
    assert len(works) > 40
    assert not [work for work in works if re.search(r">\s*\[?\d+\]?\s*<", work)]


PASTED = """() => [...document.querySelectorAll(".pasted-text")].map((pasted) =>
  [pasted.textContent, getComputedStyle(pasted).fontWeight,
   getComputedStyle(pasted.parentElement).fontWeight])"""


def test_a_number_of_a_cell_is_set_like_the_text_around_it(site, pages, address, browser):
    text = {page: (site / page).read_text("utf-8") for page in pages}
    hyphens = re.compile(r'class="pasted-text">[^<]*(?<![\w.)])-[\d.]')
    assert [page for page in pages if hyphens.search(text[page])] == []
    titled = [page for page in pages if "pasted-text" in text[page].partition("<footer")[2]]
    page = browser.new_page()
    page.goto(f"{address}/{titled[0]}")
    found = page.evaluate(PASTED)
    page.close()
    assert len(found) > 1
    assert [one for one in found if one[1] != one[2]] == []
