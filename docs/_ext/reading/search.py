"""Write what the site's search looks through: one entry for each section and described object.

Sphinx's own index knows words and no sentences, and fetches pages to show one; this one holds the
text, is looked through by MiniSearch, and is loaded as a script only when a reader searches.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sphinx.search
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from _ext.assets.npm import package
from _ext.formulas.numbering import book_order
from _ext.reading.gathered import gathered

_SIGNS = {
    "grad": "∇",
    "T": "ᵀ",
    "partial": "∂",
    "approx": "≈",
    "cdot": "·",
    "times": "×",
    "to": "→",
    "R": "ℝ",
}
_WORDS = re.compile(
    "alpha|beta|gamma|delta|epsilon|eta|theta|lambda|mu|sigma|log|exp|sin|cos|tanh|max|min"
)
_MARKS = {"equation-mark", "check-account", "sd-tab-label"}
_SKIPPED = (nodes.math_block, nodes.literal_block, nodes.rubric, nodes.raw, addnodes.index)


def replace(app: Sphinx) -> None:
    """Switch off Sphinx's own search, and let the pages of this one be made."""
    app.builder.search = False  # type: ignore[attr-defined]
    if app.builder.name == "html":
        app.connect("html-collect-pages", lambda _: [("search", {}, "search.html")])
        app.connect("build-finished", write, priority=50)  # before the previews


def page_entries(
    doctree: nodes.document, env: BuildEnvironment, docname: str
) -> Iterator[dict[str, Any]]:
    """Yield the sections of a page, then the objects that it describes."""
    title = env.titles[docname].astext()
    for section in doctree.findall(nodes.section):
        apart = (nodes.section, addnodes.desc)  # these have entries of their own
        body = [child for child in section[1:] if not isinstance(child, apart)]
        first = section.parent is doctree
        yield {
            "url": f"{docname}.html" + ("" if first else f"#{section['ids'][0]}"),
            "page": title,
            "title": readable(section[0]),
            "text": " ".join(filter(None, map(readable, body))),
            "code": " ".join(code(node) for node in body),
            "terms": " ".join(dict.fromkeys(term for node in body for term in terms(node))),
        }
    for description in doctree.findall(addnodes.desc):
        signatures = [s for s in description.findall(addnodes.desc_signature) if s["ids"]]
        if isinstance(description.parent, nodes.section) and signatures:
            name = signatures[0]["ids"][0]
            yield {
                "url": f"{docname}.html#{name}",
                "page": title,
                "title": name,
                "text": readable(description[-1]),
                "code": "",
                "terms": name.replace(".", " ").replace("_", " "),
            }


def readable(node: nodes.Node) -> str:
    """Return the text of a node without code and displayed formulas, on one line."""
    return " ".join("".join(_pieces(node)).split())


def _pieces(node: Any) -> Iterator[str]:
    if isinstance(node, nodes.math):
        yield formula(node.astext())
    elif isinstance(node, nodes.Text):
        yield str(node)
    elif not isinstance(node, _SKIPPED) and not _MARKS.intersection(node.get("classes", [])):
        for child in node.children:
            yield from _pieces(child)
        yield "" if isinstance(node, nodes.Inline) else " "


def formula(tex: str) -> str:
    """Return a formula in the signs that plain text has."""
    tex = re.sub(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"\1/\2", tex)
    tex = re.sub(r"\\pd\{([^{}]*)\}\{([^{}]*)\}", r"∂\1/∂\2", tex)

    def sign(command: re.Match[str]) -> str:
        name = command[1] or ""
        return _SIGNS.get(name, f"{name} " if _WORDS.fullmatch(name) else "")

    return re.sub(r"\\([A-Za-z]+) ?|\\.|[{}]", sign, tex)


def code(node: nodes.Node) -> str:
    """Return the code in a node."""
    return " ".join(block.astext() for block in node.findall(nodes.literal_block))


def terms(node: nodes.Node) -> Iterator[str]:
    """Yield the entries of the index of terms that lead to a node."""
    for index in node.findall(addnodes.index):
        for entry in index["entries"]:
            yield entry[1].replace(";", " ")


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write the entries, in the order of the book, beside the library that looks through them."""
    if exception is not None or app.builder.name != "html":
        return
    pages = gathered(app)
    folder = Path(app.outdir, "_static", "search")
    folder.mkdir(parents=True, exist_ok=True)
    order = [page for page in book_order(app.env) if page in pages]
    ordered = [entry for page in order for entry in pages[page].entries]
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in ordered)
    (folder / "entries.js").write_text(f"bookEntries([\n{lines}\n]);\n", encoding="utf-8")
    shutil.copyfile(package("minisearch") / "dist/umd/index.js", folder / "minisearch.js")
    stemmers = Path(sphinx.search.__file__).parent / "minified-js"
    for name in ("base-stemmer.js", "english-stemmer.js"):
        shutil.copyfile(stemmers / name, folder / name)
