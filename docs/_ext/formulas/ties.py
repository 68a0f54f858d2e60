"""Keep short formulas on one line, together with the bracket or the comma that touches them.

A browser may break a line on both sides of what KaTeX sets, even between a formula and its comma,
and in it after a relation or an operator.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

LONGEST = 30  # signs that may go without a line break: a phone shows about 40
ALONE = 16  # signs of a formula that touches nothing: breaking a longer one looks better
_UNSEEN = re.compile(  # what takes no room of its own
    r"\\(?:vec|mat|boldsymbol|math\w+|operatorname|text|left|right|[dt]?frac|sqrt)(?![a-zA-Z])"
    r"|\\[,;:! ]|[{}^_&\s]"
)
_NAME = re.compile(r"\\(log|exp|sin|cos|tanh|max|min|det|lim)(?![a-zA-Z])")


class TieFormulas(SphinxPostTransform):
    """Put each short formula and what touches it into a box without line breaks."""

    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Tie the formulas of the page."""
        for formula in list(self.document.findall(nodes.math)):
            parent, place = formula.parent, formula.parent.index(formula)
            before, after = _text(parent, place - 1), _text(parent, place + 1)
            opening = re.findall(r"\S*\Z", before)[0]
            closing = re.findall(r"^\S*", after)[0]
            touching = len(opening + closing)
            length = touching + _length(formula.astext())
            if length <= LONGEST if touching else 2 < length <= ALONE:
                pieces = [nodes.Text(opening), formula, nodes.Text(closing)]
                parent[place] = nodes.inline("", "", *pieces, classes=["tie"])
                if opening:
                    parent[place - 1] = nodes.Text(before.removesuffix(opening))
                if closing:
                    parent[place + 1] = nodes.Text(after.removeprefix(closing))


def _length(tex: str) -> int:
    """Return how many signs are seen of a formula."""
    signs = re.sub(r"\\[a-zA-Z]+", "x", _NAME.sub(r"\1", _UNSEEN.sub(" ", tex)))
    return len("".join(signs.split()))


def _text(parent: nodes.Element, place: int) -> str:
    """Return the text at a place; the empty string if something else is there."""
    child = parent[place] if 0 <= place < len(parent) else None
    return str(child) if isinstance(child, nodes.Text) else ""
