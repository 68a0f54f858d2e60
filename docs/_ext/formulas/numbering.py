"""Number the equations through the whole book, in the order in which it is read.

Sphinx begins at 1 on every page, so that a reference from another page would be ambiguous;
its numbering by section (`math_numfig`) leaves numbers empty when only some pages are built anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform


def book_order(env: BuildEnvironment) -> list[str]:
    """Return the names of all pages as the tables of contents order them, then the others."""

    def below(page: str) -> Iterator[str]:
        yield page
        for child in env.toctree_includes.get(page, []):
            yield from below(child)

    return list(dict.fromkeys([*below(env.config.root_doc), *sorted(env.found_docs)]))


def equation_numbers(env: BuildEnvironment) -> dict[str, int]:
    """Return the number of each label."""
    return {label: number for label, (_, number) in _objects(env).items()}


def number_equations(app: Sphinx, env: BuildEnvironment) -> None:
    """Set the numbers in the domain that resolves references."""
    objects = _objects(env)
    rank = {page: position for position, page in enumerate(book_order(env))}
    # Until here a page that was just read has Sphinx's numbers, which keep the order on the page.
    labels = sorted(objects, key=lambda label: (rank[objects[label][0]], objects[label][1]))
    for number, label in enumerate(labels, start=1):
        objects[label] = (objects[label][0], number)


def _objects(env: BuildEnvironment) -> dict[str, tuple[str, int]]:
    return env.domains.math_domain.equations


class ShowNumbers(SphinxPostTransform):
    """Give each equation of the page the number that its label has in the whole book."""

    def run(self, **kwargs: Any) -> None:
        """Set the numbers of the page."""
        numbers = equation_numbers(self.env)
        for equation in self.document.findall(nodes.math_block):
            if equation.get("label") in numbers:
                equation["number"] = numbers[equation["label"]]
