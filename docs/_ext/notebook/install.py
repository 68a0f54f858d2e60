"""The first cell of a notebook: it installs what the others import.

`mcalc` comes as the wheel that the build puts on the site: from a file beside the notebook, else
from the address of the site, else from the repository. Where neither has an address, the cell says
how to get it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable

from sphinx.config import Config

from _ext.cells.executed import Cell
from _ext.running.place import FOLDER, WHEEL

OURS = "mcalc-book"  # imported as mcalc; what the index calls mcalc is another project
ALWAYS = {"lark", "matplotlib", "numpy", "sympy", OURS}  # formulas and figures are on most pages
GITHUB = "https://github.com/"
COLAB = "https://colab.research.google.com/github/"
BRANCH = "notebooks"  # to which .github/workflows/check.yml pushes those of the site
SOURCES = {"bench"}  # what only a copy of the repository has
CELL = """\
# Installs what the cells below need, unless it is here.
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

missing = {{{needed}}}
missing -= {{found.name for found in distributions()}}
if "{ours}" in missing:
    wheel = Path("{wheel}")  # beside this notebook
    source = str(wheel) if wheel.exists() else "{address}"
{ask}    missing = missing - {{"{ours}"}} | {{source}}
if missing:
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
{torch}    subprocess.run([*pip, *sorted(missing)], check=True)"""
TORCH = """\
    # PyTorch for the processor alone: on Linux the usual one brings gigabytes for graphics cards.
    pip += ["--extra-index-url", "https://download.pytorch.org/whl/cpu"]
"""
ASK = """\
    if not source:
        raise ModuleNotFoundError(
            f"mcalc is not here. Put the file {wheel}, which the page links"
            " too, beside this notebook and run this cell again; or run"
            " python3 -m pip install . in a copy of the book's repository."
        )
"""


def cell(config: Config, cells: Iterable[Cell]) -> str:
    """Return the cell for a page with these cells."""
    site, repository = config.html_baseurl, config.repository
    needed = packages(cells)
    place = f"{site}{FOLDER}/{WHEEL}" if site else f"git+{repository}" if repository else ""
    return CELL.format(
        needed=", ".join(f'"{name}"' for name in needed),
        ours=OURS,
        wheel=WHEEL,
        address=f"{OURS} @ {place}" if place else "",
        ask="" if place else ASK,
        torch=TORCH if "torch" in needed else "",
    )


def in_colab(repository: str, page: str) -> str | None:
    """Return the address at which Colab opens the notebook of a page; it opens those on GitHub."""
    if not repository.startswith(GITHUB):
        return None
    return f"{COLAB}{repository.removeprefix(GITHUB)}/blob/{BRANCH}/{page}.ipynb"


def packages(cells: Iterable[Cell]) -> list[str]:
    """Return what must be installed for what the cells import, beside Python and Jupyter."""
    found = imported(cells) - sys.stdlib_module_names - SOURCES
    return sorted(ALWAYS | (found - {"IPython", "mcalc", "mpl_toolkits", "myst_nb"}))


def imported(cells: Iterable[Cell]) -> set[str]:
    """Return the packages that cells import."""
    found = set()
    for one in cells:
        for node in ast.walk(one.tree or ast.Module([], [])):
            if isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
            elif isinstance(node, ast.Import):
                found |= {name.name.partition(".")[0] for name in node.names}
    return found
