"""Put Python and what it needs into the site: the engine, mcalc as a wheel, the cells of the pages.

Nothing of it is loaded before a reader runs something.
"""

from __future__ import annotations

import dataclasses
import filecmp
import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hatchling.builders.wheel import WheelBuilder
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

import mcalc
from _ext.assets.npm import ROOT
from _ext.cells.executed import code_cells, is_newer
from _ext.running import engine
from _ext.running.cells import runnable
from _ext.running.compiled import compiled
from mcalc.formulas.displays import everything

logger = logging.getLogger(__name__)
FOLDER = "_static/python"
WHEEL = f"mcalc_book-{mcalc.__version__}-py3-none-any.whl"  # for the engine, and for notebooks
OURS = [Path(__file__).with_name("page.py"), ROOT / "docs" / "_ext" / "answers" / "judge.py"]
# Pyodide imports it under its own name unless it is there already, and PurgeCSS would read it.
RENAMED = {"pyodide.asm.js": "pyodide.asm.mjs"}
WITHOUT = {"fonttools", "matplotlib-pyodide", "pytz"}  # for PDF, for other canvases, for dates
_QUOTED = re.compile(r'"(?=([^"\n]*)")')

DEPENDS = {"mcalc-book": ["lark", "numpy"], "sympy": ["mpmath"]}


def fetch(app: Sphinx) -> None:
    """Fetch the engine, for a site of pages; without it, say so in one line."""
    if app.builder.name != "html":
        return
    try:
        app.config.engine_files = compiled(engine.files())
    except engine.MissingError as error:
        logger.info("Python in the page is left out: %s.", error)


def write(app: Sphinx, exception: Exception | None) -> None:
    """Write what Python in the page needs, when all pages are written."""
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    found: Mapping[str, Path] = app.config.engine_files
    wheel = build_wheel(folder)
    said = {"judge": OURS[1].exists()} if found else None
    (folder / "engine.js").write_text(
        f"export const engine = {json.dumps(said)};\n", encoding="utf-8"
    )
    if not found:
        return
    for name, path in found.items():
        if name != engine.LIST:
            copy(path, folder / RENAMED.get(name, name))
    for path in OURS:
        if path.exists():
            copy(path, folder / path.name)
    listed = json.loads(found[engine.LIST].read_text("utf-8"))
    listed["packages"] = packages(listed["packages"], found, wheel)
    (folder / engine.LIST).write_text(json.dumps(listed, sort_keys=True), encoding="utf-8")
    for page in sorted(app.env.found_docs):
        write_page(app.env, page, folder / "pages" / f"{page}.json")


def build_wheel(folder: Path) -> Path:
    """Build mcalc as a wheel into a folder; two builds of the same sources give the same bytes."""
    for old in folder.glob("mcalc_book-*.whl"):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        (built,) = WheelBuilder(str(ROOT)).build(directory=scratch, versions=["standard"])
        return Path(shutil.move(built, folder / WHEEL))


def copy(source: Path, target: Path) -> None:
    """Copy a file, unless it is there."""
    if not target.exists() or not filecmp.cmp(source, target):
        shutil.copy2(source, target)


def packages(
    listed: Mapping[str, Any], found: Mapping[str, Path], wheel: Path
) -> dict[str, dict[str, Any]]:
    """Return the entries of Pyodide's list for the packages that the site has."""
    entries = {
        name: {
            **entry,
            "depends": [d for d in entry["depends"] if d not in WITHOUT],
            "sha256": engine.digest(found[entry["file_name"]]),
        }
        for name, entry in listed.items()
        if entry["file_name"] in found
    }
    pure = {name: found[engine.pure_wheel(name)[0]] for name in engine.lock()["pure"]}
    for name, path in {**pure, "mcalc-book": wheel}.items():
        entries[name] = {
            "name": name,
            "version": engine.version(path.name),
            "file_name": path.name,
            "sha256": engine.digest(path),
            "install_dir": "site",
            "package_type": "package",
            "imports": [],
            "depends": DEPENDS.get(name, []),
            "unvendored_tests": False,
        }
    return entries


def write_page(env: BuildEnvironment, page: str, path: Path) -> None:
    """Write the cells of a page and what it displays; nothing for a page without either."""
    if is_newer(path, env, page):
        cells = json.loads(path.read_text("utf-8"))["cells"]
    else:
        cells = [dataclasses.asdict(cell) for cell in runnable(code_cells(env, page))]
    code = "".join(cell["source"] for cell in cells)
    quoted = set(_QUOTED.findall(code))
    displays = [d for d in everything() if d.page == page or d.label in quoted]
    if not cells and not displays:
        return path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    data = {"cells": cells, "displays": [dataclasses.asdict(display) for display in displays]}
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
