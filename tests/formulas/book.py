"""The displays and inline claims of the book, as the build collects them."""

from pathlib import Path

from mcalc.formulas.sources import displays_in

DOCS = Path(__file__).parents[2] / "docs"
DISPLAYS = [
    shown
    for path in sorted(DOCS.rglob("*.md"))
    for shown in displays_in(path.read_text("utf-8"), path.relative_to(DOCS).as_posix())
]
FUNCTIONS = frozenset("fghLpqrsuvwF") | {"phi", "varphi", "psi", "ell", "sigma"}
"""The letters that the pages use for functions."""
