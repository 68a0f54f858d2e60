"""Write a resolved page as Markdown and code cells, for a notebook that knows nothing of Sphinx.

What the page's own syntax means, a reference, a number, a pasted value, is settled by then;
the macros of the mathematics are written out, because a notebook's MathJax does not know them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from docutils import nodes
from sphinx import addnodes
from sphinx_design.dropdown import dropdown_main, dropdown_title

from _ext.notebook.macros import expand

Piece = str | int
"""A block of Markdown, or the index of a code cell."""

_SKIPPED = (nodes.raw, nodes.target, nodes.comment, nodes.image, nodes.figure, addnodes.index)
_MARKS = {"equation-mark", "check-account", "sd-tab-label"}
_MARKUP = {nodes.strong: "**", nodes.emphasis: "*"}


@dataclass
class Writer:
    """Collects the blocks and the cells of a page in their order."""

    macros: Mapping[str, str]
    address: str  # of the page; "" if the site has none
    figures: Mapping[str, tuple[int, ...]]  # the numbers by their ids
    pieces: list[Piece] = field(default_factory=list)

    def block(self, node: nodes.Node, level: int = 0) -> None:
        """Write a node that stands for itself."""
        if isinstance(node, (*_SKIPPED, nodes.Text)) or _MARKS & set(node["classes"]):  # type: ignore[index]
            return
        assert isinstance(node, nodes.Element)
        if node.get("nb_element") == "cell_code":
            self.pieces.append(node["cell_index"])
            for figure in node.findall(nodes.figure):
                self.pieces.append(self.caption(figure))
        elif isinstance(node, nodes.section):
            for child in node:
                self.block(child, level + 1)
        elif isinstance(node, dropdown_main):
            self.fold(node)
        elif isinstance(node, nodes.title):
            self.pieces.append(
                f"{'#' * level} {self.inline(node)}" if level else f"**{self.inline(node)}**"
            )
        elif isinstance(node, nodes.rubric):
            self.pieces.append(f"**{self.inline(node)}**")
        elif isinstance(node, nodes.math_block):
            number = rf"\tag{{{node['number']}}}" if node.get("number") else ""
            tex = expand(node.astext().strip(), self.macros)
            if r"\\" in tex and r"\begin{" not in tex:
                tex = rf"\begin{{aligned}}{tex}\end{{aligned}}"
            self.pieces.append(f"$$\n{tex} {number}\n$$")
        elif isinstance(node, nodes.literal_block):
            self.pieces.append(f"```\n{node.astext()}\n```")
        elif isinstance(node, nodes.table):
            self.pieces.append(self.table(node))
        elif isinstance(node, (nodes.bullet_list, nodes.enumerated_list)):
            self.items(node, "1." if isinstance(node, nodes.enumerated_list) else "-")
        elif isinstance(node, (nodes.Admonition, nodes.block_quote)):
            self.within(node, "> ")
        elif isinstance(node, (nodes.paragraph, nodes.term, addnodes.desc_signature)):
            self.pieces.append(self.inline(node))
        else:
            for child in node:
                self.block(child, level)

    def within(self, node: nodes.Element, first: str, other: str | None = None) -> None:
        """Write a node with its lines indented; its cells follow at the outer level."""
        inner = Writer(self.macros, self.address, self.figures)
        for child in node:
            inner.block(child)
        text = "\n\n".join(piece for piece in inner.pieces if isinstance(piece, str))
        lines = text.split("\n")
        rest = [f"{first if other is None else other}{line}".rstrip() for line in lines[1:]]
        self.pieces.append("\n".join([f"{first}{lines[0]}", *rest]))
        self.pieces += [piece for piece in inner.pieces if isinstance(piece, int)]

    def fold(self, node: nodes.Element) -> None:
        """Write what is folded on the page; the cells of a solution stand between its folds."""
        title = self.inline(next(iter(node.findall(dropdown_title))))
        inner = Writer(self.macros, self.address, self.figures)
        for child in node:
            if not isinstance(child, dropdown_title):
                inner.block(child)
        texts: list[str] = []
        for piece in [*inner.pieces, None]:
            if isinstance(piece, str):
                texts.append(piece)
                continue
            if texts:
                head = f"<details><summary>{title}</summary>"
                self.pieces.append("\n\n".join([head, *texts, "</details>"]))
                texts, title = [], f"{title.removesuffix(', continued')}, continued"
            if piece is not None:
                self.pieces.append(piece)

    def items(self, node: nodes.Element, mark: str) -> None:
        """Write a list as one block."""
        before = len(self.pieces)
        for child in node:
            assert isinstance(child, nodes.Element)
            self.within(child, f"{mark} ", "   ")
        texts = [piece for piece in self.pieces[before:] if isinstance(piece, str)]
        cells = [piece for piece in self.pieces[before:] if isinstance(piece, int)]
        self.pieces[before:] = ["\n".join(texts), *cells]

    def table(self, node: nodes.table) -> str:
        """Return a table; Markdown has no cells of several lines."""
        rows = [[self.inline(entry) for entry in row] for row in node.findall(nodes.row)]
        rows.insert(1, ["---"] * len(rows[0]))
        return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)

    def inline(self, node: Any) -> str:
        """Return what stands in a line."""
        if isinstance(node, nodes.Text):
            return re.sub(r"([\\`*_$<|])", r"\\\1", str(node).replace("\n", " "))
        if isinstance(node, nodes.math):
            return f"${expand(node.astext(), self.macros)}$"
        if isinstance(node, nodes.literal):
            return f"`{node.astext()}`"
        if isinstance(node, _SKIPPED):
            return ""
        text = "".join(self.inline(child) for child in node.children)
        if isinstance(node, nodes.reference) and (uri := node.get("refuri", "")):
            if not node.get("internal"):
                return f"[{text}]({uri})"
            if self.address and not uri.startswith("#"):  # a notebook stands alone
                return f"[{text}]({urljoin(self.address, uri)})"
        mark = next((sign for kind, sign in _MARKUP.items() if isinstance(node, kind)), "")
        return f"{mark}{text}{mark}"

    def caption(self, figure: nodes.figure) -> str:
        """Return the number and the caption of a figure that a cell has drawn."""
        numbers = (self.figures.get(name) for name in figure["ids"])
        number = ".".join(map(str, next(filter(None, numbers), ())))
        texts = [self.inline(caption) for caption in figure.findall(nodes.caption)]
        return f"*Figure {number}: {' '.join(texts)}*" if texts else ""
