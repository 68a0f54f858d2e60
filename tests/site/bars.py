"""Measure what a reader sees of a page: its pictures, its code, its length, its formulas.

As a program it tells of single pages, which are built already:
`python tests/site/bars.py _build/html theory/gradients theory/hessians`.
"""

import argparse
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import browsers
from playwright.sync_api import Browser, sync_playwright
from serve import serving

SCREEN = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}

# Heights of what is seen at first: folds are closed, and of a set of tabs one is open.
DESKTOP = """() => {
  const article = document.querySelector("article");
  const seen = (selector) =>
    [...article.querySelectorAll(selector)].filter((element) => element.checkVisibility());
  const { top, height } = article.getBoundingClientRect();
  const middle = (element) => {
    const box = element.getBoundingClientRect();
    return (box.top + box.bottom) / 2 + scrollY;
  };
  const code = "div.highlight, .cell_output .output:is(.text_plain, .stream)";
  const outer = seen(code).filter((element) => !element.parentElement.closest(code));
  const filled = outer.reduce((sum, element) => sum + element.getBoundingClientRect().height, 0);
  return {
    figure: Math.min(...seen("figure :is(img, svg, canvas)").map(middle)) / 900,
    code: filled / height,
    screens: height / 900,
  };
}"""

# In the main text; what a fold hides may scroll.
CUT = """() => {
  const cut = (box) => box.checkVisibility() && box.scrollWidth > box.clientWidth + 1;
  const name = (box) => box.closest("[id]").id;
  return {
    cut: [...document.querySelectorAll("article .formula")].filter(cut).map(name),
    wide: [...document.querySelectorAll("article .cell_input pre")].filter(cut).length,
  };
}"""


@dataclass
class Bars:
    """What was measured of a page; lengths in screens of 900 px at 1280."""

    figure: float
    """How far down the middle of the first figure is; infinity without one."""
    code: float
    """The part of the height that code and its output fill at first."""
    screens: float
    cut: list[str]
    """The formulas that scroll at 390 px."""
    wide: int
    """The cells whose code scrolls at 390 px."""


def measure(browser: Browser, url: str) -> Bars:
    """Measure a page."""
    page = browser.new_page(viewport=SCREEN)  # type: ignore[arg-type]
    page.goto(url, wait_until="networkidle")  # a font that comes late is left out of this view:
    page.goto(url, wait_until="load")  # so look again, with all of them at hand
    page.evaluate("() => document.fonts.ready.then(() => null)")
    found = page.evaluate(DESKTOP)
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    found |= page.evaluate(CUT)
    page.close()
    found["figure"] = float("inf") if found["figure"] is None else found["figure"]
    return Bars(**found)


def main() -> int:
    """Print what is measured of the pages that are named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path, help="the folder of the built site")
    parser.add_argument("pages", nargs="+", help="such as theory/gradients")
    given = parser.parse_args()
    with serving(given.site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browsers.find(), args=browsers.FLAGS)
        for name in given.pages:
            sys.stdout.write(f"{name}, bars: figure 1, code 0.2, screens 12, cut none\n")
            for what, value in asdict(measure(browser, f"{address}/{name}.html")).items():
                shown = f"{value:.2f}" if isinstance(value, float) else value
                sys.stdout.write(f"  {what:8} {shown}\n")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
