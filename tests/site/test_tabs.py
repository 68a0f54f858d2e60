"""The tabs of NumPy and PyTorch: one choice holds for all of them, on every page."""

CHOSEN = """() => [...document.querySelectorAll("article .sd-tab-set")].map((tabs) =>
  tabs.querySelector(":scope > input:checked + label").textContent.trim())"""


def test_a_choice_holds_on_the_page_on_the_next_one_and_after_a_reload(browser, address):
    page = browser.new_page()
    page.goto(f"{address}/theory/gradients.html")
    before = page.evaluate(CHOSEN)
    assert len(before) > 2
    assert set(before) == {"NumPy"}
    page.locator("article .sd-tab-set > label", has_text="PyTorch").last.click()
    assert set(page.evaluate(CHOSEN)) == {"PyTorch"}
    page.locator(".related-pages a.next-page").click()
    page.wait_for_url(lambda url: "gradients" not in url)
    page.reload()
    assert set(page.evaluate(CHOSEN)) == {"PyTorch"}
    page.locator("article .sd-tab-set > label", has_text="NumPy").first.click()
    page.go_back()
    assert set(page.evaluate(CHOSEN)) == {"NumPy"}
    page.close()
