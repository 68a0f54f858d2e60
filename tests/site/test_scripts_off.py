"""With scripts off, all that a page says is there: text, mathematics, figures, folds and tabs."""

import pytest

# What of the article would not be seen, even with every fold open and every tab chosen.
LOST = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const apart = ".katex-mathml, script, style, noscript, summary *, .headerlink, form";
  const lost = [];
  const texts = document.createTreeWalker(
    document.querySelector("article"), NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const parent = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || parent.closest(apart)) continue;
    const panel = parent.closest(".sd-tab-content");
    if (panel && panel.previousElementSibling.matches("label")) {
      document.getElementById(panel.previousElementSibling.htmlFor).checked = true;
    }
    if (!parent.checkVisibility({visibilityProperty: true, opacityProperty: true}))
      lost.push(texts.currentNode.data.trim().slice(0, 80));
  }
  return lost;
}"""

UNDRAWN = """() => {
  const seen = (box) => box.checkVisibility() && box.getBoundingClientRect().width > 0;
  const formulas = [...document.querySelectorAll("article .katex-html")]
    .filter((formula) => !formula.closest(".sd-tab-content"));  // one tab is seen at a time
  const pictures = [...document.querySelectorAll("article img")];
  return [
    ...formulas.filter((formula) => !seen(formula)).map((formula) => formula.textContent),
    ...pictures.filter((picture) => !picture.complete || !picture.naturalWidth || !seen(picture))
      .map((picture) => picture.src),
  ];
}"""

LINKS = """() => [...document.querySelectorAll(".sidebar-drawer a")]
  .filter((link) => link.checkVisibility({visibilityProperty: true})).length"""


@pytest.fixture(scope="module")
def plain(browser):
    """Return a tab in which no script of a page runs."""
    context = browser.new_context(
        java_script_enabled=False,
        reduced_motion="reduce",  # what a fold shows fades in, and is not seen at once
        viewport={"width": 1280, "height": 800},
    )
    yield context.new_page()
    context.close()


def test_text_mathematics_and_figures_are_there(judge, plain, address, pages):
    found = []
    for name in pages:
        plain.goto(f"{address}/{name}")
        lost = plain.evaluate(LOST)
        for _ in range(50):  # pictures come when they are near, and take a moment
            if not (undrawn := plain.evaluate(UNDRAWN)):
                break
            plain.wait_for_timeout(100)
        found.append((name, lost + undrawn))
    judge("scripts off: texts, formulas, figures lost", "0", found, lambda lost: lost == [])


def test_folds_and_tabs_open(judge, plain, address, pages):
    found = []
    for name in pages:
        plain.goto(f"{address}/{name}")
        shut = []
        for fold in plain.locator("article details").all():
            if fold.locator("xpath=ancestor::details").count():
                continue  # what is in another fold works as this one does
            fold.locator("summary").first.click()
            if fold.get_attribute("open") is None:
                shut.append(fold.locator("summary").first.inner_text())
        for label in plain.locator("article .sd-tab-set > label:last-of-type").all():
            if label.is_visible():
                label.click()
                panel = label.locator("xpath=following-sibling::*[1]")
                shut += [] if panel.is_visible() else [label.inner_text()]
        found.append((name, shut))
    judge("scripts off: folds and tabs that stay shut", "0", found, lambda shut: shut == [])


@pytest.mark.parametrize("width", [320, 1280])
def test_the_navigation_opens(judge, plain, address, pages, width):
    plain.set_viewport_size({"width": width, "height": 800})
    found = []
    for name in pages:
        plain.goto(f"{address}/{name}")
        if width == 320:
            plain.locator("label.nav-overlay-icon").click()
            plain.locator(".sidebar-drawer a").first.wait_for()
        found.append((name, plain.evaluate(LINKS)))
    what = f"scripts off: links of the navigation at {width} px"
    judge(what, f">= {len(pages) // 2}", found, lambda n: n >= len(pages) // 2, order=lambda n: -n)
