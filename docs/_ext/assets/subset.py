"""Keep of the fonts the signs that the pages show: half of KaTeX's weight, a tenth of the other."""

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
    pages = (page.read_bytes() for page in outdir.rglob("*.html"))
    signs = sorted(set[str]().union(*map(_signs, pages)))
    if not signs:
        return  # an EPUB has pages of another kind
    static = outdir / "_static"
    for path in sorted([*static.glob("katex/fonts/*.woff2"), *static.glob("typeface/*.woff2")]):
        facts = [path.read_bytes(), "".join(signs).encode()]
        path.write_bytes(remembered(facts, partial(_cut, path, signs)))


def _signs(page: bytes) -> str:
    """Return the signs that a page shows."""

    def found() -> bytes:
        return "".join(sorted(set(unescape(_TAG.sub("", page.decode()))))).encode()

    return remembered([b"signs", page], found).decode()


def _cut(path: Path, signs: list[str]) -> bytes:
    """Return a font with these signs."""
    options = subset.Options(flavor="woff2")  # with kerning, ligatures and the like
    font = subset.load_font(path, options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=map(ord, signs))
    subsetter.subset(font)
    cut = BytesIO()
    subset.save_font(font, cut, options)
    font.close()
    return cut.getvalue()
