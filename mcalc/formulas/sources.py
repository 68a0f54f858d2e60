r"""The displays and inline claims of a page or a paper: Markdown's ``$$…$$ (label)`` and LaTeX's.

In Markdown a fence ``{math}`` with ``:label:`` counts, too; code in other fences does not. In LaTeX
the environments equation and align count, where they hold a ``\label``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

FENCE = re.compile(r"^(```+|~~~+)(?P<kind>[^\n]*)\n.*?^\1`*[ \t]*$", re.M | re.S)
MARKDOWN = re.compile(
    r"\$\$(?P<tex>.+?)\$\$[ \t]*\((?P<label>[\w:-]+)\)"
    r"|^```\{math\}\n:label: (?P<label2>\S+)\n(?P<tex2>.+?)^```",
    re.M | re.S,
)
LATEX = re.compile(r"\\begin\{(?P<kind>equation|align)\*?\}(?P<tex>.+?)\\end\{(?P=kind)\*?\}", re.S)
LABEL = re.compile(r"\\label\{([^{}]*)\}")
INLINE = re.compile(r"\{(?P<kind>claim|wrong)\}`(?P<tex>[^`]+)`")


COMMENT = re.compile(r"(?<!\\)%.*")


def _blank(match: re.Match[str]) -> str:
    """Return what keeps the places of what stands around a code block or a comment."""
    kept = match.groupdict().get("kind", "").strip() == "{math}"
    return match[0] if kept else re.sub(r"[^\n]", " ", match[0])


@dataclass(frozen=True)
class Display:
    """A formula that a page shows: its TeX, the page, and the line where it stands."""

    label: str
    tex: str
    page: str
    line: int


def displays_in(text: str, page: str) -> Iterator[Display]:
    """Yield what a page of Markdown or LaTeX displays, in its order."""
    found: list[tuple[int, str, str]] = []
    for match in LATEX.finditer(COMMENT.sub(_blank, text)):
        several = LABEL.findall(match["tex"])[1:]
        for row in re.split(r"\\\\(?:\[[^\]]*\])?", match["tex"]) if several else [match["tex"]]:
            if label := LABEL.search(row):
                found.append((match.start(), label[1], LABEL.sub("", row)))
    for match in MARKDOWN.finditer(FENCE.sub(_blank, text)):
        name, tex = match["label"] or match["label2"], match["tex"] or match["tex2"]
        found.append((match.start(), name, tex))
    found += [(match.start(), match["kind"], match["tex"]) for match in INLINE.finditer(text)]
    for start, name, tex in sorted(found):
        yield Display(name, " ".join(tex.split()), page, text[:start].count("\n") + 1)
