"""Ask early for the fonts of a page's text and of its first formulas, so that nothing moves.

A browser finds a font only when its style sheet is read and a formula is laid out in another.
A long page asks for none of the formulas': on a phone its text would wait for them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

FACES = {  # KaTeX's classes, and the faces that its style sheet gives them; the others can wait
    "katex-html": "Main-Regular",
    "mathnormal": "Math-Italic",
}
TEXT = ("Regular", "Semibold")
LONG = 300_000  # characters of a page
FIRST = 30_000  # characters from the first formula on: a dozen of them
_CLASS = re.compile(r'class="([^"]*)"')


def preloaded(html: str, page: Path, outdir: Path) -> str:
    """Return the page with a link for each font of its first view."""
    static = os.path.relpath(outdir / "_static", page.parent).replace(os.sep, "/")
    files = [f"typeface/SourceSans3-{face}.ttf" for face in TEXT]
    begin = html.find('<span class="katex"')
    if len(html) <= LONG and begin >= 0:
        view = html[begin : begin + FIRST]
        classes = {name for names in _CLASS.findall(view) for name in names.split()}
        faces = dict.fromkeys(face for name, face in FACES.items() if name in classes)
        files += [f"katex/fonts/KaTeX_{face}" for face in faces]
    kind = 'rel="preload" as="font" type="font/woff2" crossorigin'
    links = "".join(f'    <link {kind} href="{static}/{file}.woff2">\n' for file in files)
    return html.replace("</head>", f"{links}</head>", 1)
