"""Offer to edit a page and to report an error in a formula, if the setting `repository` is made."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

# Below the repository's own address; GitHub and Gitea understand both.
EDIT = "{repository}/edit/main/docs/{page}.md"
REPORT = "{repository}/issues/new?title={title}"


class OfferReports(SphinxPostTransform):
    """Add a link to the mark of each equation."""

    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Add the links of the page."""
        repository = self.config.repository
        for equation in self.document.findall(nodes.math_block) if repository else ():
            box = equation.parent
            if "equation" in box.get("classes", []):
                title = f"Error in equation ({equation['number']}), {equation['label']}"
                uri = REPORT.format(repository=repository, title=quote(title))
                link = nodes.reference("", "report an error", refuri=uri, classes=["report"])
                mark = next(iter(box[-1].findall(nodes.paragraph)))  # itself, or the first it folds
                mark += [nodes.Text(" "), link]


def offer_edit(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: object
) -> None:
    """Let the template of a page that an author has written link its source."""
    if app.config.repository and tree is not None:
        context["edit"] = EDIT.format(repository=app.config.repository, page=page)
