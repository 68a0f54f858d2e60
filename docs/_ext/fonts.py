"""Ask early for the fonts of a page's first formulas, so that nothing moves when they come.

A browser finds a font only when its style sheet is read and a formula is laid out in another.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

FACES = {  # KaTeX's classes, and the faces that its style sheet gives them
    "katex-html": "Main-Regular",
    "mathnormal": "Math-Italic",
    "mathbf": "Main-Bold",
    "textbf": "Main-Bold",
    "mathsf": "SansSerif-Regular",
    "mathbb": "AMS-Regular",
    "mathcal": "Caligraphic-Regular",
    "size1": "Size1-Regular",
    "size2": "Size2-Regular",
    "large-op": "Size2-Regular",
}
FIRST_VIEW = 30_000  # characters of the article: a dozen formulas
_CLASS = re.compile(r'class="([^"]*)"')


def preloaded(html: str, page: Path, outdir: Path) -> str:
    """Return the page with a link for each font of its first formulas."""
    begin = html.find("<article")
    view = html[begin : begin + FIRST_VIEW]
    classes = {name for names in _CLASS.findall(view) for name in names.split()}
    faces = dict.fromkeys(face for name, face in FACES.items() if name in classes)
    folder = os.path.relpath(outdir / "_static/katex/fonts", page.parent).replace(os.sep, "/")
    kind = 'rel="preload" as="font" type="font/woff2" crossorigin'
    links = "".join(f'    <link {kind} href="{folder}/KaTeX_{face}.woff2">\n' for face in faces)
    return html.replace("</head>", f"{links}</head>", 1)
