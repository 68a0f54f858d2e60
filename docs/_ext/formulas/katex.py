"""Typeset mathematics at build with KaTeX, as HTML for the eye and MathML for a screen reader.

The page needs no script and no other host, and TeX that KaTeX rejects is a warning with its line.
KaTeX comes from npm and Node from a wheel on PyPI, so that a reader's machine needs neither;
one process typesets the whole book.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from _ext.assets.memory import remembered
from _ext.assets.npm import NODE, package

logger = logging.getLogger(__name__)

SERVER = Path(__file__).with_name("katex_server.js")
COLORS = ("blue", "orange")  # those of the figures


class Typesetter:
    """The KaTeX process of this build; started by the first formula."""

    def __init__(self, macros: dict[str, str], output: str = "htmlAndMathml") -> None:
        self.scripts = [SERVER, package("katex") / "dist" / "katex.js"]
        self.settings = [json.dumps(macros), output]
        texts = [path.read_bytes() for path in self.scripts]
        made = b"\n".join([*texts, *map(str.encode, self.settings)])
        self.made = hashlib.sha256(made).digest()
        self.server: subprocess.Popen[str] | None = None
        self.owner = 0

    def html(self, tex: str, *, display: bool) -> str:
        """Return the markup of a formula; a display is in a box that says its width, in em.

        Raises:
            ValueError: if KaTeX rejects it.
        """
        facts = [self.made, json.dumps([tex, display]).encode()]
        return remembered(facts, lambda: self.typeset(tex, display).encode()).decode()

    def typeset(self, tex: str, display: bool) -> str:
        """Let KaTeX set a formula."""
        if self.server is None or self.owner != os.getpid():  # a parallel build forks
            self.owner = os.getpid()
            self.server = subprocess.Popen(
                [NODE, *self.scripts, *self.settings],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        assert self.server.stdin is not None
        assert self.server.stdout is not None
        self.server.stdin.write(json.dumps({"tex": tex, "display": display}) + "\n")
        self.server.stdin.flush()
        answer = json.loads(self.server.stdout.readline())
        if "error" in answer:
            raise ValueError(answer["error"])
        return str(answer["html"])

    def close(self) -> None:
        """End the process."""
        if self.server is not None and self.owner == os.getpid():
            self.server.communicate()
            self.server = None


def copy_assets(static: Path) -> None:
    """Copy the style sheet and the fonts; WOFF2 alone, which every browser of today reads."""
    (static / "fonts").mkdir(parents=True, exist_ok=True)
    dist = package("katex") / "dist"
    css = (dist / "katex.min.css").read_text("utf-8")
    css = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("\w+"\)', "", css)
    (static / "katex.min.css").write_text(css, encoding="utf-8")
    for font in sorted(dist.glob("fonts/*.woff2")):
        shutil.copyfile(font, static / "fonts" / font.name)


def start(app: Sphinx) -> None:
    """Prepare the typesetter and the assets of an HTML build."""
    if app.builder.format == "html":
        epub = app.builder.name == "epub"  # its readers set MathML themselves
        if not epub:
            copy_assets(Path(app.outdir, "_static", "katex"))
            app.add_css_file("katex/katex.min.css")
        typesetter = Typesetter(app.config.katex_macros, "mathml" if epub else "htmlAndMathml")
        app.builder.typesetter = typesetter  # type: ignore[attr-defined]
        app.connect("build-finished", lambda *_: typesetter.close())


def _typeset(self: HTML5Translator, node: nodes.math | nodes.math_block, tex: str) -> str:
    """Return the markup of a node; bad TeX is shown as it stands, and is a warning."""
    typesetter: Typesetter = self.builder.typesetter  # type: ignore[attr-defined]
    try:
        html = typesetter.html(tex, display=isinstance(node, nodes.math_block))
        return colored(html, self.builder.env.metadata[self.builder.current_docname])
    except ValueError as error:
        logger.warning("bad TeX: %s: %s", tex, error, location=node, type="book", subtype="tex")
        return f"<code>{self.encode(tex)}</code>"


def colored(html: str, facts: dict[str, str]) -> str:
    """Return a formula whose letters have the colors that the page's front matter gives them."""
    for color in COLORS:
        for letter in facts.get(color, "").split():
            html = re.sub(rf'mathnormal("[^>]*>{letter}<)', rf"mathnormal {color}\1", html)
    return html


def visit_inline(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a sentence."""
    formula = _typeset(self, node, node.astext())
    self.body.append(f"{self.starttag(node, 'span', '', CLASS='math')}{formula}</span>")
    raise nodes.SkipNode


def visit_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula, in a box that scrolls if it is too wide, and its number."""
    tex = node.astext().strip()
    if r"\\" in tex and r"\begin{" not in tex:  # several lines, aligned at &, as in Sphinx
        tex = rf"\begin{{aligned}}{tex}\end{{aligned}}"
    self.body.append(self.starttag(node, "div", CLASS="math"))
    self.body.append(_typeset(self, node, tex))
    if node.get("number"):
        link = f'href="#{node["ids"][0]}" title="Link to this equation"'
        self.body.append(f'<a class="eqno" {link}>({node["number"]})</a>')
    self.body.append("</div>\n")
    raise nodes.SkipNode
