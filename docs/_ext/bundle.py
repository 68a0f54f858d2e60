"""Join the style sheets of a page into one, and let no script run before the page is read.

On a phone each further file costs a round trip before anything is seen.
"""

from __future__ import annotations

import re
import zlib
from functools import cache
from pathlib import Path, PurePosixPath

_SHEET = re.compile(
    r'[ \t]*<link rel="stylesheet"[^>]*? href="([^":?]*?_static/)([^":?]+)(?:\?[^"]*)?"[^>]*>\n?'
)
_SCRIPT = re.compile(r"<script(?![^>]*\b(?:defer|async|type)\b)(?=[^>]*\ssrc=)")
_ADDRESS = re.compile(r"url\((?![\"']?(?:data:|#))([\"']?)")
_SOURCE_MAP = re.compile(r"/\*# sourceMappingURL=.*?\*/")

# Furo takes the class away when all is loaded, and what needs scripts then moves the page.
EARLY = '<script>document.documentElement.classList.remove("no-js");</script>'


def bundled(html: str, static: Path) -> str:
    """Return the page with one style sheet, and with scripts that wait."""
    if found := _SHEET.findall(html):
        name, version = _join(tuple(sheet for _, sheet in found), static)
        link = f'<link rel="stylesheet" href="{found[0][0]}{name}?v={version}">'
        html = _SHEET.sub("", html)
        html = html.replace("</title>", f"</title>\n    {EARLY}\n    {link}", 1)
    return _SCRIPT.sub("<script defer", html)


@cache
def _join(sheets: tuple[str, ...], static: Path) -> tuple[str, str]:
    """Write the sheets as one file; return its name and the version of what is in it."""
    parts = []
    for sheet in sheets:
        folder = PurePosixPath(sheet).parent
        css = _ADDRESS.sub(rf"url(\1{folder}/", (static / sheet).read_text(encoding="utf-8"))
        parts.append(_SOURCE_MAP.sub("", css))
    css = "\n".join(parts)
    # Pages with other sheets than most have a bundle of their own.
    name = f"bundle-{zlib.crc32(' '.join(sheets).encode()):08x}.css"
    (static / name).write_text(css, encoding="utf-8")
    return name, f"{zlib.crc32(css.encode()):08x}"
