"""Show the ledger at a glance: its totals, and a picture of how far truth and mistakes are apart.

The picture is drawn into the page, in the colors of the page, so that it is legible in the dark.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator

from docutils import nodes

from _ext.ledger.collect import Row

KINDS = (
    "proved",
    "evaluated",
    "tried on examples",
    "transcribed",
    "defined",
    "defined, compared with code",
    "notation",
    "fails",
    "unchecked",
)
WIDTH, HEIGHT, LEFT, TOP, FLOOR = 704, 300, 64, 12, 252
LOWEST = -17  # the exponent below which a difference counts as exact, and stands on the floor


def totals(account: list[Row]) -> nodes.Element:
    """Return the counts that the ledger opens with."""
    kinds = Counter(row.kind for row in account)
    checks = [check for row in account for check in row.checks]
    counts = {
        "displayed formulas": len(account),
        **{kind: kinds[kind] for kind in KINDS if kinds[kind]},
        "slips told from the truth": sum(len(check.rejected) for check in checks),
    }
    items = [
        nodes.paragraph("", "", nodes.strong("", f"{count:,}"), nodes.Text(f" {name}"))
        for name, count in counts.items()
    ]
    return nodes.bullet_list(
        "", *(nodes.list_item("", item) for item in items), classes=["ledger-totals"]
    )


def compared(account: Iterable[Row]) -> list[tuple[Row, float, float]]:
    """Return each equality with its worst residual and the distance of its nearest mistake."""
    found = []
    for row in account:
        checks = [check for check in row.checks if check.residual is not None]
        distances = [d for check in checks for d in check.rejected.values()]
        if checks and distances:
            residual = max(check.residual or 0.0 for check in checks)
            found.append((row, residual, min(distances)))
    return found


def picture(account: list[Row]) -> nodes.Node:
    """Return a figure: for each equality its residual below, its nearest wrong variant above."""
    points = compared(account)
    if not points:
        return nodes.container()
    worst = max(residual for _, residual, _ in points)
    nearest = min(distance for _, _, distance in points)
    shown = _power(nearest) if nearest < 1e-3 else f"{nearest:.1g}"
    caption = (
        f"The {len(points)} equalities of the book in reading order. "
        f"Green dots: the difference between the two sides, at most {_power(worst)}. "
        f"Red crosses: the wrong formula that comes nearest, off by at least {shown}. "
        "A dotted line begins a page."
    )
    drawing = "".join(_drawing(points))
    html = (
        f'<figure class="ledger-picture"><svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{caption}">{drawing}</svg><figcaption><p>{caption}</p></figcaption></figure>'
    )
    return nodes.raw("", html, format="html")


def _power(number: float) -> str:
    """Return a small number as one reads it, without a place to break the line."""
    if not number:
        return "0"
    digits, _, exponent = f"{number:.1e}".partition("e")
    return f"{digits}·10" + str(int(exponent)).translate(
        str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    )


def _drawing(points: list[tuple[Row, float, float]]) -> Iterator[str]:
    highest = max(1.0, *(math.log10(distance) for _, _, distance in points))
    step = (WIDTH - LEFT - 16) / len(points)

    def height(value: float) -> float:
        exponent = max(math.log10(value), LOWEST) if value else LOWEST
        return TOP + (highest - exponent) / (highest - LOWEST) * (FLOOR - TOP)

    for exponent in (0, -4, -8, -12):  # -16 would stand in the way of "exact"
        y = height(10.0**exponent)
        raised = f'<tspan dy="-0.4em" font-size="75%">−{-exponent}</tspan>'
        text = f"10{raised}" if exponent else "1"
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text x="{LEFT - 10}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'
    yield f'<line class="floor" x1="{LEFT}" x2="{WIDTH}" y1="{FLOOR}" y2="{FLOOR}"/>'
    yield f'<text x="{LEFT - 10}" y="{FLOOR + 4}" text-anchor="end">exact</text>'
    yield f'<text x="{(LEFT + WIDTH) / 2}" y="{HEIGHT - 6}" text-anchor="middle">'
    yield "equations, in the order of the book</text>"
    places = [LEFT + 8 + (place + 0.5) * step for place in range(len(points))]
    for x, (before, *_), (after, *_) in zip(places[1:], points, points[1:], strict=False):
        if before.page != after.page:
            yield f'<line class="page" x1="{x - step / 2:.1f}" x2="{x - step / 2:.1f}"'
            yield f' y1="{TOP}" y2="{FLOOR + 8}"/>'
    for x, (_, residual, distance) in zip(places, points, strict=True):
        y = height(distance)
        yield f'<path class="wrong" d="M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"/>'
        yield f'<circle class="right" cx="{x:.1f}" cy="{height(residual):.1f}" r="3"/>'
