"""Keep of KaTeX's fonts the signs that the pages show, which are about half of their weight."""

from __future__ import annotations

import logging
import re
from html import unescape
from pathlib import Path

from fontTools import subset

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of each table that it cuts
_TAG = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.DOTALL)


def keep_used_signs(outdir: Path) -> None:
    """Write the fonts anew, with the signs that occur on any page of the site."""
    texts = (unescape(_TAG.sub("", page.read_text("utf-8"))) for page in outdir.rglob("*.html"))
    signs = sorted(set().union(*texts))
    if not signs:
        return  # an EPUB has pages of another kind
    options = subset.Options(flavor="woff2", layout_features=["*"])
    for path in sorted((outdir / "_static" / "katex" / "fonts").glob("*.woff2")):
        font = subset.load_font(path, options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=map(ord, signs))
        subsetter.subset(font)
        subset.save_font(font, path, options)
        font.close()
