"""Make the whole book as one EPUB and one PDF beside the site: `take_along.py HTML DOCTREES`.

Both are made from the doctrees of the site's build, so that no cell runs twice and all three say
the same. The PDF is what Chromium prints of the book on one page. With SOURCE_DATE_EPOCH set, two
runs write the same bytes.
"""

import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FOOTER = (
    '<div style="font: 8pt sans-serif; width: 100%; text-align: center">'
    '<span class="pageNumber"></span></div>'
)
OFFER = (
    '<p class="take-along">Take the whole book along as <a href="book.epub">EPUB</a>'
    ' or <a href="book.pdf">PDF</a>.</p>'
)
PLACE = '<p class="take-along">'


def sphinx(builder: str, out: Path, doctrees: Path) -> None:
    """Build the book in another form; no source has changed, so no cell runs."""
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "sphinx", "-c", ".", "-b", builder, "-d", str(doctrees), "-q"]
    # The book on one page warns that it has no index of terms.
    strict = ["-n", "-W"] if builder == "epub" else []
    subprocess.run([*command, *strict, "docs", str(out)], check=True)


def chromium() -> str:
    """Return the browser's path.

    Raises:
        SystemExit: if there is none.
    """
    for name in (os.environ.get("CHROME_PATH", ""), *NAMES):
        if path := shutil.which(name):
            return path
    sys.exit(f"the PDF needs Chromium: install one of {', '.join(NAMES)}, or set CHROME_PATH")


def print_pdf(page: Path, out: Path, date: int) -> None:
    """Print a page with its folds open."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        tab = browser.new_page(color_scheme="light")
        tab.goto(page.resolve().as_uri(), wait_until="load", timeout=120_000)
        tab.emulate_media(media="print", color_scheme="light")
        # What would be loaded when it is near is printed, too.
        tab.evaluate("for (const image of document.images) image.loading = 'eager'")
        tab.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
        tab.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
        content = tab.pdf(
            format="A4",
            margin={"top": "18mm", "bottom": "18mm", "left": "18mm", "right": "18mm"},
            print_background=True,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOTER,
            outline=True,
            tagged=True,
        )
        browser.close()
    stamp = time.strftime("D:%Y%m%d%H%M%S+00'00'", time.gmtime(date)).encode()
    out.write_bytes(re.sub(rb"D:\d{14}\+00'00'", stamp, content))


def pack_again(source: Path, out: Path, date: int) -> None:
    """Copy an EPUB with one date for all that it holds; its first file stays the first."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            entry.date_time = time.gmtime(date)[:6]
            entry.external_attr = 0o644 << 16
            new.writestr(entry, old.read(entry))


def main(html: Path, doctrees: Path) -> None:
    """Make both, and offer them on the home page."""
    date = int(os.environ.setdefault("SOURCE_DATE_EPOCH", str(int(time.time()))))
    chromium()  # says so at once if there is none
    for builder in ("epub", "singlehtml"):
        sphinx(builder, html.parent / builder, doctrees)
    pack_again(html.parent / "epub" / "book.epub", html / "book.epub", date)
    print_pdf(html.parent / "singlehtml" / "index.html", html / "book.pdf", date)
    home = html / "index.html"
    text = home.read_text(encoding="utf-8")
    if OFFER not in text:
        home.write_text(text.replace(PLACE, f"{OFFER}\n{PLACE}", 1), encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
