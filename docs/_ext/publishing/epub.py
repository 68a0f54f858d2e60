"""Make the EPUB a book: XHTML that is well-formed, solutions unfolded, nothing to click on.

The pages are HTML, in which much may stay open that XHTML must close; a parser closes it.
"""

from __future__ import annotations

from typing import Any

from bs4 import BeautifulSoup
from sphinx.application import Sphinx

import mcalc

SETTINGS = {
    "version": mcalc.__version__,
    "epub_basename": "book",
    "epub_css_files": ["epub-book.css"],
    "epub_description": "Calculus for neural networks, with every formula checked by code",
    "epub_identifier": "multivariable-calculus-for-deep-learning",
    "epub_scheme": "URI",
    "epub_show_urls": "no",
    "epub_tocdepth": 2,
    "epub_exclude_files": ["ledger.json", ".buildinfo", "_headers"],
}
CLICKED = ".ledger-filters, .sd-tab-set > input, .report, .headerlink, .copybtn"


def write_out(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object) -> None:
    """Write the body of a page as XHTML, with all that it holds in sight."""
    if app.builder.name != "epub":
        return
    context["script_files"] = []
    context["css_files"] = [
        file for file in context["css_files"] if "epub" in str(file) or "pygments" in str(file)
    ]
    if "body" in context:
        body = BeautifulSoup(context["body"], "html.parser")
        for element in body.select(CLICKED):
            element.decompose()
        for fold in body.select("details"):
            fold["open"] = "open"
        # The parser, which knows HTML alone, writes names in small letters.
        context["body"] = str(body).replace("viewbox=", "viewBox=")


def configure(app: Sphinx) -> None:
    """Make the settings of an EPUB."""
    for name, value in SETTINGS.items():
        app.config[name] = value
