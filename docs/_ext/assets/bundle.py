"""Join the style sheets of a page into one, and its scripts, which run when the page is read.

On a phone each further file costs a round trip before anything is seen, and of the rules that the
theme and the extensions bring, the book uses a half: PurgeCSS takes out what selects nothing.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import zlib
from functools import cache
from pathlib import Path, PurePosixPath

from sphinx.errors import ExtensionError

from _ext.assets.memory import remembered
from _ext.assets.npm import NODE, ROOT, package

_SHEET = re.compile(
    r'<link rel="stylesheet"[^>]*? href="([^":?]*?_static/)([^":?]+)(?:\?[^"]*)?"[^>]*>\n?'
)
_WORD = re.compile(rb"[\w-]+")  # what PurgeCSS compares
_SCRIPT = re.compile(
    r'<script(?![^>]*\b(?:async|type)\b)[^>]*? src="([^":?]*?_static/)([^":?]+)(?:\?[^"]*)?"'
    r"[^>]*></script>\n?"
)
_ADDRESS = re.compile(r"url\((?![\"']?(?:data:|#))([\"']?)")
_COMMENT = re.compile(r"/\*(?!!).*?\*/", re.DOTALL)  # a license begins with /*!

# Furo takes the class away when all is loaded, and what needs scripts then moves the page.
EARLY = '<script>document.documentElement.classList.remove("no-js");</script>'

SMALLER = ("--minify-whitespace", "--minify-syntax", "--charset=utf8", "--legal-comments=inline")

OURS = ROOT / "docs" / "_static"
# What we wrote for the book has a use there, and PurgeCSS misreads a few of its selectors.
KEPT = "/* purgecss start ignore */{}/* purgecss end ignore */"


def bundled(html: str, static: Path) -> str:
    """Return the page with one style sheet, and with one file of scripts."""
    if found := _SHEET.findall(html):
        address = found[0][0] + _join_sheets(tuple(sheet for _, sheet in found), static)
        html = _without(_SHEET, html)
        link = f'<link rel="stylesheet" href="{address}">'
        html = html.replace("</title>", f"</title>\n    {EARLY}\n    {link}", 1)
    if found := _SCRIPT.findall(html):
        address = found[0][0] + _join_scripts(tuple(script for _, script in found), static)
        html = _without(_SCRIPT, html)
        html = html.replace("</head>", f'  <script defer src="{address}"></script>\n</head>', 1)
    return html


def _without(tag: re.Pattern[str], html: str) -> str:
    """Return the page without some tags, and without the blanks before them.

    A pattern that begins with blanks would be tried at every blank of a page.
    """
    kept, end = "", 0
    for found in tag.finditer(html):
        kept += html[end : found.start()].rstrip(" \t")
        end = found.end()
    return kept + html[end:]


@cache
def _join_scripts(scripts: tuple[str, ...], static: Path) -> str:
    """Write the scripts as one file; return its address in the folder."""
    path = static / _name(scripts, "js")
    text = "\n;\n".join((static / script).read_text("utf-8") for script in scripts).encode()
    path.write_bytes(remembered([text, " ".join(SMALLER).encode()], lambda: _smaller(text)))
    return _versioned(path)


def _smaller(script: bytes) -> bytes:
    """Return a script without what it does not need; no name is changed."""
    command: list[str | Path] = [NODE, package("esbuild") / "bin" / "esbuild", *SMALLER]
    done = subprocess.run(command, input=script, capture_output=True, check=False)
    if done.returncode:
        raise ExtensionError(f"esbuild failed:\n{done.stderr.decode()}")
    return done.stdout


@cache
def _join_sheets(sheets: tuple[str, ...], static: Path) -> str:
    """Write the sheets as one file; return its address in the folder."""
    parts = [f"/*! Of {', '.join(sheets)} */"]
    for sheet in sheets:
        folder = PurePosixPath(sheet).parent
        css = _COMMENT.sub("", (static / sheet).read_text(encoding="utf-8"))
        css = _ADDRESS.sub(rf"url(\1{folder}/", css)
        parts.append(KEPT.format(css) if (OURS / sheet).exists() else css)
    path = static / _name(sheets, "css")
    path.write_text("\n".join(parts), encoding="utf-8")
    _purge(path, static)
    return _versioned(path)


def _name(files: tuple[str, ...], suffix: str) -> str:
    """Return a name for the bundle of these files: pages that need others have another one."""
    return f"bundle-{zlib.crc32(' '.join(files).encode()):08x}.{suffix}"


def _versioned(path: Path) -> str:
    """Return the address of a file, which changes with what is in it."""
    return f"{path.name}?v={zlib.crc32(path.read_bytes()):08x}"


def _purge(sheet: Path, static: Path) -> None:
    """Keep the rules of a sheet whose names occur in a page or a script."""
    pages = [*static.parent.rglob("*.html"), *static.rglob("*.js")]
    css = sheet.read_bytes()
    words = set(_WORD.findall(css))
    key = hashlib.sha256(css).digest()

    def found(page: bytes) -> bytes:
        return remembered([key, page], lambda: b" ".join(words.intersection(_WORD.findall(page))))

    used = sorted({word for page in pages for word in found(page.read_bytes()).split()})
    sheet.write_bytes(remembered([css, *used], lambda: _purged(sheet, static)))


def _purged(sheet: Path, static: Path) -> bytes:
    command: list[str | Path] = [NODE, package("purgecss") / "bin" / "purgecss.js"]
    command += ["--css", sheet.relative_to(static.parent), "--output", static.name]
    command += ["--content", "**/*.html", "_static/**/*.js", "--safelist", ":target"]
    done = subprocess.run(command, cwd=static.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ExtensionError(f"PurgeCSS failed on {sheet.name}:\n{done.stderr}")
    return sheet.read_bytes()
