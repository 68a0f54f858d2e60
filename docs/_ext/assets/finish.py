"""Finish the pages when all are written, with what no template and no setting reaches."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from _ext.assets.bundle import bundled
from _ext.assets.fonts import preloaded
from _ext.assets.pictures import sized
from _ext.assets.policy import protected
from _ext.assets.subset import keep_used_signs

# What HTML's validator, axe or a reader finds wrong in the tags of others.
CORRECTIONS = {
    # Furo writes it, and so does docutils.
    '<meta name="viewport" content="width=device-width, initial-scale=1" />': "",
    # A heading needs a level, and the captions of the navigation are none of the page's.
    '<p class="caption" role="heading">': '<p class="caption">',
    # Two landmarks of one kind need names.
    '<aside class="sidebar-drawer">': '<aside class="sidebar-drawer" aria-label="The book">',
    '<aside class="toc-drawer': '<aside aria-label="This page" class="toc-drawer',
    # A button without a type sends a form.
    '<button class="theme-toggle"': '<button type="button" class="theme-toggle"',
    # ARIA has withdrawn the role, and what holds these entries has the role of a list.
    ' role="doc-biblioentry"': ' role="listitem"',
    # In the index a line of letters may end with a bar, and none begins with one.
    "</strong></a> | <a": "</strong></a>&nbsp;| <a",
}

# The link to the content comes first, and what opens the drawers stands in a landmark.
_TOP = re.compile(
    r'(<input[^>]* name="__navigation"[^>]*>\s*<input[^>]* name="__toc"[^>]*>)'
    r'(.*?)(<a class="skip-to.*?</a>)',
    re.DOTALL,
)
_EMPTY_HEAD = re.compile(r'<th class="head[^"]*"><p></p></th>')  # no header of anything


def corrected(html: str) -> str:
    """Return the page with the corrections, and with the link to its content before all else."""
    for wrong, right in CORRECTIONS.items():
        html = html.replace(wrong, right)
    html = _EMPTY_HEAD.sub("<td></td>", html)
    return _TOP.sub(r'\3\n<nav aria-label="Drawers">\1</nav>\2', html, count=1)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Finish the site of this build, unless somebody else does it with a copy."""
    html = isinstance(app.builder, StandaloneHTMLBuilder)
    if exception is None and html and not app.config.site_unfinished:
        finish_site(Path(app.outdir))


def finish_site(outdir: Path) -> None:
    """Rewrite the pages in their place."""
    for path in sorted(outdir.rglob("*.html")):
        html = path.read_text(encoding="utf-8")
        if "Content-Security-Policy" in html:
            continue  # finished by an earlier build, and not written again by this one
        html = sized(bundled(corrected(html), outdir / "_static"), path.parent)
        html = preloaded(html, path, outdir)
        path.write_text(protected(html), encoding="utf-8")
    keep_used_signs(outdir)
