"""The box that shows what a link cites: by pointer, by keyboard, from a server and from disk."""

import pytest


@pytest.mark.parametrize("how", ["served", "from disk"])
def test_a_cited_equation_is_shown_and_escape_closes_it(browser, site, address, how):
    start = (site.as_uri() if how == "from disk" else address).rstrip("/")
    page = browser.new_page()
    page.goto(f"{start}/theory/gradients.html")
    link = page.locator('article p a.internal[href*="#equation-"]:visible').first
    link.hover()
    page.wait_for_selector("#preview .katex-display")
    assert link.get_attribute("aria-describedby") == "preview"
    page.keyboard.press("Escape")
    assert page.locator("#preview").count() == 0
    assert link.get_attribute("aria-describedby") is None
    page.mouse.move(0, 0)
    page.keyboard.press("Tab")  # from here on the focus is the keyboard's
    link.focus()
    page.wait_for_selector("#preview .katex-display")
    page.close()


def test_a_mark_opens_on_the_check_and_leads_to_the_ledger_and_back(browser, address):
    page = browser.new_page()
    page.goto(f"{address.rstrip('/')}/index.html")
    check = page.locator("#check-eq-home")
    assert not check.is_visible()
    page.click(".equation:has(#equation-eq-home) details.equation-mark > summary")
    check.wait_for()
    assert "check(" in check.inner_text()
    page.click(".equation:has(#equation-eq-home) .check-account a")
    page.wait_for_selector("#ledger-eq-home:target")
    page.click("#ledger-eq-home a[href$='#check-eq-home']")
    page.wait_for_selector("#check-eq-home:target")  # the browser opens the fold around it
    page.go_back()
    page.click("#ledger-eq-home a[href$='#equation-eq-home']")
    page.wait_for_selector("#equation-eq-home:target")
    page.close()


def test_the_mark_of_a_transcription_opens_the_code_that_was_compared(browser, address):
    page = browser.new_page()
    page.goto(f"{address.rstrip('/')}/theory/chain_rule.html")
    fold = page.locator("details.equation-mark.transcribed").first
    code = fold.locator(".cell_input pre").first
    assert not code.is_visible()
    fold.locator("summary").first.click()
    assert "eq-chain-path-sum" in code.inner_text()
    page.close()


def test_the_ledger_shows_the_rows_that_are_chosen(browser, address):
    page = browser.new_page()
    page.goto(f"{address.rstrip('/')}/ledger.html")
    page.locator(".ledger-filters select").nth(1).select_option("proved")
    kinds = page.locator("table.ledger tbody tr:visible td:nth-child(2)").all_inner_texts()
    assert set(kinds) == {"proved"}
    assert page.locator(".ledger-filters output").inner_text().startswith(f"{len(kinds)} of ")
    page.locator(".ledger-filters select").nth(0).select_option("Critical points")
    heading = page.locator("table.ledger tbody tr:visible th")
    assert heading.all_inner_texts() == ["Critical points"]
    few = page.locator("table.ledger tbody tr:visible td:nth-child(2)").all_inner_texts()
    assert set(few) == {"proved"}
    assert len(few) < len(kinds)
    page.close()
