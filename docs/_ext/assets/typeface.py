"""The typeface of the book, for its text and for the letters of its figures.

It is Source Sans 3 (Paul D. Hunt, Adobe; SIL Open Font License 1.1), which comes from npm. The
pages get the signs that they show (`subset.py`); Matplotlib reads the whole fonts where they stand.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from sphinx.application import Sphinx

from _ext.assets.npm import package

FACES = ("Regular", "It", "Semibold")  # of the pages
LETTERS = ("Regular", "It", "Bold", "BoldIt")  # of the figures: Matplotlib knows bold alone
FOLDER = "_static/typeface"


def offer(app: Sphinx) -> None:
    """Name the fonts to the kernels, whose figures are set in them."""
    folder = package("source-sans") / "TTF"
    files = [folder / f"SourceSans3-{face}.ttf" for face in LETTERS]
    os.environ["MCALC_FONTS"] = os.pathsep.join(str(file) for file in files)


def copy(app: Sphinx, exception: Exception | None) -> None:
    """Copy the fonts of the pages, whose sheet is in book.css."""
    if exception is None and app.builder.format == "html":
        folder = Path(app.outdir, FOLDER)
        folder.mkdir(parents=True, exist_ok=True)
        for face in FACES:
            name = f"SourceSans3-{face}.ttf.woff2"
            shutil.copy(package("source-sans") / "WOFF2" / "TTF" / name, folder / name)
