"""Open every page in every form, and write down what the browser saw."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

SCHEMES = ("light", "dark")
WIDTHS = (320, 1280)
FORMS = tuple(product(SCHEMES, WIDTHS))
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Runs before any script of the page, so that nothing is missed.
WATCH = """
window.seen = {policy: [], shift: 0};
addEventListener("securitypolicyviolation", (event) =>
  seen.policy.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) seen.shift += entry.hadRecentInput ? 0 : entry.value;
}).observe({type: "layout-shift", buffered: true});
"""

# The last tab of each set at the wide form, the first at the narrow one; every fold open.
UNFOLD = """(last) => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  for (const set of document.querySelectorAll(".sd-tab-set")) {
    const tabs = set.querySelectorAll(":scope > input");
    tabs[last ? tabs.length - 1 : 0].checked = true;
  }
}"""

# What reaches out of the window, but for what scrolls or is clipped in a box of its own.
WIDE = """() => {
  const boxed = (element) => {
    // Furo lets the whole content scroll on a phone, which is no box of an element's own.
    for (let box = element.parentElement; !box.matches("article, body"); box = box.parentElement) {
      const { overflowX, position } = getComputedStyle(box);
      if (overflowX !== "visible" || position === "fixed") return true;
    }
  };
  return [...document.body.querySelectorAll("article *, header *, footer *")]
    .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
    .filter((element) => element.checkVisibility({visibilityProperty: true}) && !boxed(element))
    .map((element) => `${innerWidth} px: ${element.outerHTML.slice(0, 120)}`);
}"""

# A shift is told of some time after the frame in which it is seen, on a busy machine the later.
SETTLE = """async () => {
  for (let before = NaN; before !== seen.shift; ) {
    before = seen.shift;
    for (const _ of [1, 2]) await new Promise(requestAnimationFrame);  // the first is drawn, too
    await new Promise((done) => setTimeout(done, 150));
  }
  return seen.shift;
}"""

READ_ON = """async () => {
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
    scrollTo(0, y);
    await new Promise(requestAnimationFrame);
  }
  scrollTo(0, 0);
  await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
  await new Promise((done) => setTimeout(done, 50));
}"""


@dataclass
class Visit:
    """What the browser saw of one page in one form."""

    page: str
    scheme: str
    width: int
    console: list[str] = field(default_factory=list)
    policy: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    shift: float = 0.0
    weight: int = 0
    script: int = 0


def visits(browser: Browser, address: str, pages: list[str], axe: Path) -> Iterator[Visit]:
    """Visit every page in every form, each time with an empty cache."""
    source = axe.read_text(encoding="utf-8")
    for name, (scheme, width) in product(pages, FORMS):
        context = browser.new_context(
            color_scheme=scheme,  # type: ignore[arg-type]
            viewport={"width": width, "height": 800},
            device_scale_factor=2,
            reduced_motion="reduce",  # an element that fades in has less contrast for a while
        )
        context.add_init_script(WATCH)
        visit = Visit(name, scheme, width)
        _visit(context.new_page(), f"{address}/{name}", visit, source)
        context.close()
        yield visit


def _visit(page: Page, url: str, visit: Visit, axe: str) -> None:
    page.on("console", lambda m: visit.console.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: visit.console.append(str(error)))
    finished = []
    page.on("requestfinished", lambda request: finished.append(request))
    home = url.split("/")[2]
    page.on(
        "request",
        lambda r: (
            None
            if r.url.startswith("data:") or r.url.split("/")[2] == home
            else visit.foreign.append(r.url)
        ),
    )
    page.goto(url, wait_until="load")
    page.evaluate("() => document.fonts.ready.then(() => null)")
    for request in list(finished):
        size = request.sizes()["responseBodySize"]
        visit.weight += size
        visit.script += size if request.resource_type == "script" else 0
    before = page.evaluate(SETTLE)
    page.evaluate(UNFOLD, visit.width == WIDTHS[-1])
    ours = page.evaluate(SETTLE) - before  # what we open moves the page, and not the page itself
    page.evaluate(READ_ON)
    for width in (320, 390) if visit.width == WIDTHS[0] else (visit.width,):
        page.set_viewport_size({"width": width, "height": 800})
        visit.wide += page.evaluate(WIDE)
    page.set_viewport_size({"width": visit.width, "height": 800})
    page.evaluate(axe)
    options = {"runOnly": STANDARDS, "resultTypes": ["violations"]}
    result: dict[str, Any] = page.evaluate("(options) => axe.run(document, options)", options)
    for violation in result["violations"]:
        for node in violation["nodes"]:
            visit.faults.append(f"{violation['id']}: {node['target']} {node['html'][:120]}")
    seen = page.evaluate("() => seen")
    visit.policy, visit.shift = seen["policy"], seen["shift"] - ours
