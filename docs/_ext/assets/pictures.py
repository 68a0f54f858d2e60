"""Give each picture its size, so that nothing moves when it comes, and load it when it is near."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_IMAGE = re.compile(r'<img\b(?![^>]*\s(?:width|loading)=)([^>]*?\ssrc="([^":]+)"[^>]*?)\s*/?>')
_ENLARGED = 1.19  # a figure of 5.6 inches is as wide as the text, and its letters are as large
_LENGTH = re.compile(r'\b(width|height)="([\d.]+)(pt|px|)"')


def sized(html: str, folder: Path) -> str:
    """Return a page, which stands in the folder, with the sizes of its pictures."""

    def write(match: re.Match[str]) -> str:
        lengths = "".join(f' {side}="{n}"' for side, n in _size((folder / match[2]).resolve()))
        return f'<img loading="lazy" decoding="async"{lengths}{match[1]}>'

    return _IMAGE.sub(write, html)


@cache
def _size(path: Path) -> list[tuple[str, int]]:
    """Return the sides of a drawing in pixels, as far as it states them."""
    if path.suffix != ".svg" or not path.is_file():
        return []
    tag = re.search(r"<svg\b[^>]*>", path.read_text(encoding="utf-8"))
    found = _LENGTH.findall(tag[0]) if tag else []
    return [
        (side, round(float(n) * (4 / 3 * _ENLARGED if unit == "pt" else 1)))
        for side, n, unit in found
    ]
