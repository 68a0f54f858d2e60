r"""What KaTeX typesets, written as TeX again: `\frac` for `\pd`, `\mathbf` for `\vec` and `\mat`.

KaTeX expands the macros of the book, and its parse tree is what it sets.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
from _ext.assets.npm import NODE, package

SCRIPT = """
const katex = require(process.argv[1]), given = require("fs").readFileSync(0, "utf-8");
const { macros, formulas } = JSON.parse(given), dropped = new Set(["mode", "loc", "lexer"]);
const kept = (key, value) => (dropped.has(key) ? undefined : value);
const parsed = formulas.map((tex) => katex.__parse(tex, { displayMode: true, macros }));
console.log(JSON.stringify(parsed, kept));
"""
DELIMITED = {r"\lVert": r"\norm", r"\lvert": r"\abs"}
NAMES = {r"\@cdots": r"\cdots", "−": "-", r"\mathellipsis": r"\ldots", r"\varvdots": r"\vdots"}
KERNS = {"em": r"\quad ", "mu": r"\, "}


def parsed(formulas: list[str], macros: dict[str, str]) -> list[Any]:
    """Return what KaTeX makes of some formulas."""
    katex = package("katex") / "dist" / "katex.js"
    given = json.dumps({"formulas": formulas, "macros": macros})
    done = subprocess.run(
        [NODE, "-e", SCRIPT, katex], input=given, capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout))


def write(nodes: list[Any]) -> str:
    """Write what KaTeX sets as TeX without macros."""
    found = ""
    for piece in map(_write, nodes):  # only a command's name has to end before a letter
        found += " " * (bool(re.search(r"\\[A-Za-z]+$", found)) and piece[:1].isalpha()) + piece
    return found


def _inside(node: Any) -> str:
    """Write what stands between braces."""
    while node["type"] in ("ordgroup", "styling") and len(node["body"]) == 1:
        node = node["body"][0]
    return write(node["body"]) if node["type"] in ("ordgroup", "styling") else _write(node)


def _write(node: Any) -> str:
    """Write a node of KaTeX's tree; one of a kind that the book does not use is an error."""
    kind = node["type"]
    match kind:
        case "mathord" | "textord" | "atom" | "op" if "text" in node or "name" in node:
            text = node.get("text") or node["name"]
            return "'" if text == r"\prime" else NAMES.get(text, text)
        case "ordgroup":
            return f"{{{write(node['body'])}}}"
        case "styling" | "mclass":
            return write(node["body"])
        case "font":
            return rf"\{node['font']}{{{_inside(node['body'])}}}"
        case "supsub":
            return _scripts(node)
        case "genfrac":
            name = r"\frac" if node["hasBarLine"] else r"\binom"
            return rf"{name}{{{_inside(node['numer'])}}}{{{_inside(node['denom'])}}}"
        case "sqrt":
            return rf"\sqrt{{{_inside(node['body'])}}}"
        case "accent":
            return rf"{node['label']}{{{_inside(node['base'])}}}"
        case "operatorname":
            star = "*" if node["alwaysHandleSupSub"] else ""
            return rf"\operatorname{star}{{{_letters(node['body'])}}}"
        case "text":
            return rf"\text{{{_letters(node['body'])}}}"
        case "kern":
            size = node["dimension"]
            return KERNS[size["unit"]] if size["number"] > 0 else ""
        case "rule" if not node["width"]["number"]:  # which holds a line apart
            return ""
        case "spacing":
            return "~"
        case "delimsizing":
            return str(node["delim"])
        case "htmlmathml":
            return {"≠": r"\ne"}[_letters(node["mathml"])]
        case "leftright":
            return _delimited(node)
        case "array":
            rows = r" \\ ".join(" & ".join(map(_inside, row)) for row in node["body"])
            return rf"\begin{{aligned}}{rows}\end{{aligned}}"
    raise ValueError(f"KaTeX makes {kind} of it: {node}")


def _scripts(node: Any) -> str:
    base = _write(node["base"]) if node.get("base") else "{}"
    below = f"_{{{_inside(node['sub'])}}}" if node.get("sub") else ""
    above = _inside(node["sup"]) if node.get("sup") else ""
    if set(above) <= set("{' }"):  # primes
        return base + below + above.strip("{ }").replace(" ", "")
    return f"{base}{below}^{{{above}}}"


def _delimited(node: Any) -> str:
    left, right, body = node["left"], node["right"], node["body"]
    if left in DELIMITED:
        return rf"{DELIMITED[left]}{{{write(body)}}}"
    if body[0]["type"] == "array" and left in ("[", r"\{"):
        name = "bmatrix" if left == "[" else "cases"
        return _write(body[0]).replace("{aligned}", f"{{{name}}}")
    return rf"\left{left} {write(body)} \right{right}"


def _letters(nodes: list[Any]) -> str:
    """Return the letters of a text."""
    found = ""
    for node in nodes:
        found += node["text"] if "text" in node else _letters(node["body"])
    return found
