"""Join the style sheets of a page into one, and let no script run before the page is read.

On a phone each further file costs a round trip before anything is seen, and of the rules that the
theme and the extensions bring, the book uses a half: PurgeCSS takes out what selects nothing.
"""

from __future__ import annotations

import re
import subprocess
import zlib
from functools import cache
from pathlib import Path, PurePosixPath

from npm import NODE, ROOT, package
from sphinx.errors import ExtensionError

_SHEET = re.compile(
    r'[ \t]*<link rel="stylesheet"[^>]*? href="([^":?]*?_static/)([^":?]+)(?:\?[^"]*)?"[^>]*>\n?'
)
_SCRIPT = re.compile(r"<script(?![^>]*\b(?:defer|async|type)\b)(?=[^>]*\ssrc=)")
_ADDRESS = re.compile(r"url\((?![\"']?(?:data:|#))([\"']?)")
_COMMENT = re.compile(r"/\*(?!!).*?\*/", re.DOTALL)  # a license begins with /*!

# Furo takes the class away when all is loaded, and what needs scripts then moves the page.
EARLY = '<script>document.documentElement.classList.remove("no-js");</script>'

OURS = ROOT / "docs" / "_static"
# What we wrote for the book has a use there, and PurgeCSS misreads a few of its selectors.
KEPT = "/* purgecss start ignore */{}/* purgecss end ignore */"


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
    parts = [f"/*! Of {', '.join(sheets)} */"]
    for sheet in sheets:
        folder = PurePosixPath(sheet).parent
        css = _COMMENT.sub("", (static / sheet).read_text(encoding="utf-8"))
        css = _ADDRESS.sub(rf"url(\1{folder}/", css)
        parts.append(KEPT.format(css) if (OURS / sheet).exists() else css)
    # Pages with other sheets than most have a bundle of their own.
    path = static / f"bundle-{zlib.crc32(' '.join(sheets).encode()):08x}.css"
    path.write_text("\n".join(parts), encoding="utf-8")
    _purge(path, static)
    return path.name, f"{zlib.crc32(path.read_bytes()):08x}"


def _purge(sheet: Path, static: Path) -> None:
    """Keep the rules of a sheet whose names occur in a page or a script."""
    command: list[str | Path] = [NODE, package("purgecss") / "bin" / "purgecss.js"]
    command += ["--css", sheet.relative_to(static.parent), "--output", static.name]
    command += ["--content", "**/*.html", "_static/**/*.js", "--safelist", ":target"]
    done = subprocess.run(command, cwd=static.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ExtensionError(f"PurgeCSS failed on {sheet.name}:\n{done.stderr}")
