"""The keyboard alone reaches whatever can be used, shows where it is, and uses it."""

import pytest

# Runs before the page's own scripts: what the focus comes to, and whether one sees it there.
WATCH = """
window.reached = new Set();
window.unseen = [];
const name = (element) => element.outerHTML.slice(0, 100);
addEventListener("focusin", ({target}) => {
  reached.add(target);
  const faults = [target, ...(target.labels ?? [])].map((element) => {
    const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(element);
    const outlined = outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
    const box = element.getBoundingClientRect();
    if (!element.checkVisibility({visibilityProperty: true, opacityProperty: true}))
      return "not visible";
    if (!outlined && boxShadow === "none") return "no outline";
    return box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth
      ? "" : "outside";
  });
  if (faults.every(Boolean)) unseen.push(`${faults}: ${name(target)}`);
}, true);
"""

COUNT = """() => {
  const all = "a[href], button, input:not([type=hidden]), select, textarea, summary,"
    + "[tabindex='0']";
  const seen = {visibilityProperty: true, opacityProperty: false};
  window.expected = [...document.querySelectorAll(all)].filter((element) =>
    element.tabIndex >= 0 && !element.disabled && element.checkVisibility(seen)
    && (element.type !== "radio" || element.checked));
  return expected.length;
}"""

MISSED = """() => [
  ...expected.filter((element) => !reached.has(element) && element.checkVisibility())
    .map((element) => `never reached: ${element.outerHTML.slice(0, 100)}`),
  ...unseen]"""


@pytest.fixture(scope="module")
def visit(browser, address):
    """Return a function that opens a page at the top, with nothing focused."""
    context = browser.new_context(reduced_motion="reduce")
    context.add_init_script(WATCH)
    page = context.new_page()

    def visit(name, width=1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{address}/{name}")
        return page

    yield visit
    context.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_all_that_can_be_used_is_reached_and_seen(judge, visit, pages, width):
    found = []
    for name in pages:
        page = visit(name, width)
        stops = page.evaluate(COUNT)
        for _ in range(4):  # scrollers and the window are stops, too
            for _ in range(12 + stops // 3):
                page.keyboard.press("Tab")
        found.append((name, page.evaluate(MISSED)))
    judge(
        f"keyboard at {width} px: not reached, or focus not seen",
        "0",
        found,
        lambda missed: missed == [],
    )


def test_what_is_reached_can_be_used(judge, visit, address, pages):
    found = []
    for name in pages:
        page = visit(name)
        faults = []
        page.evaluate(COUNT)
        first = page.evaluate_handle("expected[0]").as_element()
        first.press("Enter")
        if not page.url.endswith("#furo-main-content"):
            faults.append("the first stop does not skip to the content")
            page.goto(f"{address}/{name}")
        if (contents := page.locator("#__toc")).is_visible():
            contents.press("Space")
            if not page.locator(".toc-drawer").is_visible():
                faults.append("Space does not open the contents")
            contents.press("Space")
        toggle = page.locator(".theme-toggle-content button")
        before = page.evaluate("document.body.dataset.theme")
        toggle.press("Enter")
        if page.evaluate("document.body.dataset.theme") == before:
            faults.append("Enter does not change the theme")
        for summary in page.locator("article summary").all():
            fold = summary.locator("xpath=..")
            before = fold.get_attribute("open")
            if summary.is_visible():
                summary.press("Enter")
                if fold.get_attribute("open") == before:
                    faults.append("Enter does not fold or unfold")
        for tabs in page.locator("article .sd-tab-set").all():
            if tabs.is_visible():
                chosen = tabs.locator("input:checked").first.element_handle()
                chosen.press("ArrowRight")  # from the last tab to the first
                if chosen.is_checked():
                    faults.append("the arrow does not turn to the next tab")
        found.append((name, faults))
    judge("keyboard: skip link, theme, folds, tabs not used", "0", found, lambda f: f == [])


def test_search_opens_and_leads_on(visit, pages):
    page = visit("index.html")
    page.keyboard.press("/")
    page.wait_for_selector("input:focus")
    page.keyboard.type("gradient")
    page.wait_for_selector("#search-dialog ol.results > li > a")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "index.html" not in url)


def test_a_phone_opens_the_search_from_its_header(visit):
    page = visit("theory/gradients.html", 390)
    page.locator(".header-right .search-open").press("Enter")
    page.wait_for_selector("#search-dialog input:focus")


def test_the_navigation_shows_the_page_that_one_reads(visit, pages):
    for name in (pages[-1], "references.html", "reference/types.html"):
        page = visit(name)
        assert page.evaluate(
            """() => {
              const here = document.querySelector(".sidebar-scroll .current-page");
              const { top, bottom } = here.getBoundingClientRect();
              return 0 <= top && bottom <= innerHeight;
            }"""
        )
