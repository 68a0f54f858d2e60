"""The style sheet that all pages share: what was taken out of it selects nothing."""

import re

# For each selector of the sheets as they were that the shared one lacks: does it select anything?
# States, such as being hovered, may come; each theme is tried.
LOST = """([whole, kept]) => {
  const STATE = new RegExp("::?(?:before|after|marker|selection|placeholder|hover|focus[a-z-]*|"
    + "active|visited|checked|target|open|-[a-z-]+)", "g");
  const selectors = (text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    const gather = (rules) => [...rules].flatMap((rule) => [
      ...(rule.selectorText?.split(/,(?![^(]*\\))/) ?? []), ...gather(rule.cssRules ?? [])]);
    return new Set(gather(sheet.cssRules).map((selector) => selector.trim()));
  };
  const selects = (selector) => {
    const bare = selector.replace(STATE, ":is(*)");
    return ["light", "dark", "auto"].some((theme) => {
      document.body.dataset.theme = theme;
      return document.querySelector(bare);
    });
  };
  const has = selectors(kept);
  return [...selectors(whole)].filter((selector) => !has.has(selector) && selects(selector));
}"""


def test_no_rule_that_a_page_uses_is_lost(judge, browser, address, pages, site):
    (bundle,) = (site / "_static").glob("bundle-*.css")
    kept = bundle.read_text("utf-8")
    names = re.match(r"/\*! Of (.*?) \*/", kept)[1].split(", ")
    whole = "\n".join((site / "_static" / name).read_text("utf-8") for name in names)
    assert len(kept) < 0.6 * len(whole)
    page = browser.new_page()
    found = []
    for name in pages:
        page.goto(f"{address}/{name}")
        found.append((name, page.evaluate(LOST, [whole, kept])))
    page.close()
    judge("rules in use that the shared style sheet lacks", "0", found, lambda lost: lost == [])
