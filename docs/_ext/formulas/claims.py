"""Roles for what is said within a line, and a lint: nothing there claims what nobody evaluated.

`claim` is a formula that the build evaluates, `wrong` one that must fail, and `let` is a setting,
a choice or a name, which claims nothing. A relation within a line that is none of these, and a
number in a sentence, a caption or an alternative text that is typed and not computed, fail the
build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from _ext.cells.figures import line_of
from mcalc.formulas import FormulaError
from mcalc.formulas.definitions import names_in
from mcalc.formulas.tree import parse

logger = logging.getLogger(__name__)

RELATION = re.compile(r"[=<>]|\\(?:approx|le|leq|ge|geq|ne|neq)(?![A-Za-z])")
NUMBER = re.compile(r"(?<![\w.,/-])[−-]?(?:\d+\.\d+|\d{3,}|[1-9]\d(?!\d))(?![\w/-]|\.\d)")
PLACE = re.compile(
    r"(?:chapter|exercise|section|theorem|version|Python|NumPy|PyTorch|page)s?\s$", re.I
)
MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DATE = re.compile(rf"\s(?:{MONTHS})")
YEAR = re.compile(r"(?:19|20)\d\d")
PLAIN = re.compile(r"[-−+\d.,()\s\\!;]*")
WRITE = "write it as {claim}`…`, as {let}`…` if it is a setting, or as {wrong}`…`"
SAY = "paste the value of a cell with glue, or write {let}`…` if it is a setting"
QUIET = (
    nodes.doctest_block,
    addnodes.desc,
    nodes.literal,
    nodes.literal_block,
    nodes.raw,
    nodes.comment,
    nodes.math,
    nodes.math_block,
)


class Said(SphinxRole):
    """Set a formula within a line, and note what it is."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the formula."""
        tex = self.text
        return [nodes.math(self.rawtext, tex, classes=[f"said-{self.name}"], said=self.name)], []


def lint(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of what is claimed within a line and evaluated by nothing."""
    page = app.env.docname
    fences = app.env.metadata[page].get("source_map", [])

    def warn(node: nodes.Node, message: str) -> None:
        line = line_of(node, fences)
        logger.warning(message, location=(page, line), type="book", subtype="claim")

    for math in doctree.findall(nodes.math):
        tex = re.sub(r"\\text\{[^{}]*\}|\\begin\{\w+\}|_\{[^{}]*\}", "", math.astext())
        if math.get("said") == "let" and _has_no_letter(math.astext()):
            warn(math, f"'${math.astext()}$' has no letter to set, and claims something; {WRITE}")
        if math.get("said") or _is_exempt(math.parent):
            continue
        for number in typed_numbers(tex) if PLAIN.fullmatch(tex) else ():
            warn(math, f"the number {number} is typed; {SAY}")
        if RELATION.search(tex) and not RELATION.fullmatch(tex):
            warn(math, f"'${math.astext()}$' claims something that nothing evaluates; {WRITE}")
    for text in doctree.findall(nodes.Text):
        for number in () if _is_exempt(text.parent) else typed_numbers(text.astext()):
            warn(text, f"the number {number} is typed; {SAY}")
    for image in doctree.findall(nodes.image):
        for number in typed_numbers(image.get("typed_alt", image.get("alt", ""))):
            warn(image, f"the number {number} is typed in an alt text; glue it, and write {{name}}")


def typed_numbers(text: str) -> Iterator[str]:
    """Yield the numbers of a text that were computed somewhere, as far as one can see."""
    for match in NUMBER.finditer(text):
        if DATE.match(text[match.end() :]):
            continue
        if not YEAR.fullmatch(match[0]) and not PLACE.search(text[: match.start()]):
            yield match[0]


def _has_no_letter(tex: str) -> bool:
    """Tell whether a formula within a line relates numbers alone."""
    try:
        return not names_in(parse(tex, strict=False)) - {"e", "pi"}
    except FormulaError:
        return False  # no relation, or not in the grammar


def _upwards(node: nodes.Node | None) -> Iterator[nodes.Node]:
    while node is not None:
        yield node
        node = node.parent


def _is_exempt(node: nodes.Node | None) -> bool:
    """Tell whether a text is an output, code, a formula, a docstring, a question, or pasted."""
    return any(
        isinstance(n, QUIET)
        or n.get("nb_element") == "mime_bundle"
        or "pasted-text" in n["classes"]
        or "exercise" in n  # what a question says is given, and is held against what it asks
        for n in _upwards(node)
        if isinstance(n, nodes.Element)
    )
