"""Keep of KaTeX's fonts the signs that the pages show, which are about half of their weight."""

from __future__ import annotations

import logging
import re
from functools import partial
from html import unescape
from io import BytesIO
from pathlib import Path

from fontTools import subset

from _ext.assets.memory import remembered

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells of each table that it cuts
_TAG = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>", re.DOTALL)


def keep_used_signs(outdir: Path) -> None:
    """Write the fonts anew, with the signs that occur on any page of the site."""
    texts = (unescape(_TAG.sub("", page.read_text("utf-8"))) for page in outdir.rglob("*.html"))
    signs = sorted(set().union(*texts))
    if not signs:
        return  # an EPUB has pages of another kind
    for path in sorted((outdir / "_static" / "katex" / "fonts").glob("*.woff2")):
        facts = [path.read_bytes(), "".join(signs).encode()]
        path.write_bytes(remembered(facts, partial(_cut, path, signs)))


def _cut(path: Path, signs: list[str]) -> bytes:
    """Return a font with these signs."""
    options = subset.Options(flavor="woff2", layout_features=["*"])
    font = subset.load_font(path, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=map(ord, signs))
    subsetter.subset(font)
    cut = BytesIO()
    subset.save_font(font, cut, options)
    font.close()
    return cut.getvalue()
