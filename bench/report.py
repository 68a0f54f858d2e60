"""The table: on a terminal, and as Markdown for the page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from bench.measuring import figures
from bench.record import Record, libraries, medians

MARKS = {True: "✓ met", False: "✗ MISSED", None: "not measured"}
_NUMBER = re.compile(r"\d+(?:\.\d+|/\d+)?")
NO_BREAK = "\N{NO-BREAK SPACE}"
UNITS = (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6))


def shown(seconds: float) -> str:
    """Write a time with a unit that suits it.

    Examples:
        >>> shown(0.000012345), shown(0.2)
        ('12.3 µs', '200 ms')
    """
    unit, size = next((u, size) for u, size in UNITS if seconds >= size or u == "µs")
    return f"{figures(seconds / size)} {unit}"


def cells(row: Record, who: str | None = None) -> dict[str, str]:
    """Return the times of a workload, or the ratios of one library's to each."""
    times = medians(row)
    if who is None:
        return {name: shown(time) for name, time in times.items()}
    others = times.items() if who in times else ()
    return {name: figures(times[who] / time) for name, time in others if name != who}


def lines(record: Record) -> Iterator[str]:
    """Yield the table for a terminal: for each workload times, ratios and bars."""
    names = libraries(record)

    def line(head: str, found: dict[str, str]) -> str:
        return f"{head:14}" + "".join(f"{found.get(name, ''):>13}" for name in names)

    yield line("", {name: name for name in names})
    for row in record["workloads"]:
        yield ""
        yield row["title"]
        yield line("  time", cells(row))
        for who in ("mcalc", "program"):
            if who in row["times"]:
                yield line(f"  {who} / it", cells(row, who))
        for bar in row["bars"]:
            found = f": {bar['found']}" if bar["found"] else ""
            yield f"  {MARKS[bar['met']]}: {bar['bar']}{found}"


def share(bar: dict[str, Any]) -> str:
    """Return what was measured as a part of what was hoped for, which was given beforehand.

    Examples:
        >>> share({"bar": "mcalc ≤ 2/3 × torch", "found": "0.993 × torch", "met": False})
        '1.49'
        >>> share({"bar": "mcalc ≤ numpy + 30 ms", "found": "numpy + 21 ms", "met": True})
        '0.70'
    """
    if bar["met"] is None:
        return ""
    hoped, found = (
        Fraction(number[0]) if (number := _NUMBER.search(text)) else Fraction(1)
        for text in (bar["bar"], bar["found"])
    )
    return f"{float(found / hoped):.2f}"


def markdown(head: list[str], body: list[list[str]], rule: str = "--:") -> str:
    """Return a table as Markdown: the first column at the left, the others by `rule`, unbroken."""
    kept = [[first, *(cell.replace(" ", NO_BREAK) for cell in rest)] for first, *rest in body]
    ruled = [head, [":--", *[rule] * (len(head) - 1)], *kept]
    return "\n".join("| " + " | ".join(line) + " |" for line in ruled)
