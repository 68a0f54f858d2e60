"""The whole book, built as `nox -s docs` builds it."""

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import nbformat
import pytest
from numbers_owed import NUMBERS
from sphinx.util.inventory import InventoryFile

import mcalc

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:\.\d*)?(?:e[-+]?\d+)?")


@pytest.fixture(scope="session")
def build(tmp_path_factory):
    """Build the book strictly, every cell run; return the folder."""
    folder = tmp_path_factory.mktemp("book")
    command = [sys.executable, "-m", "sphinx", "-c", ".", "-n", "-W", "--keep-going", "-q"]
    done = subprocess.run(
        [*command, "docs", str(folder / "html")],
        cwd=ROOT,
        # Tests draw nowhere, but the kernels of the pages draw inline, or no figure has a label.
        env={name: value for name, value in os.environ.items() if name != "MPLBACKEND"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def outputs(notebook):
    """Yield the text of every output of a notebook."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield output.get("text", "")
            yield output.get("data", {}).get("text/plain", "")


def glued(path):
    """Yield what a page puts into its prose, which MyST-NB keeps beside the notebook."""
    kept = path.with_suffix(".glue.json")
    if kept.exists():
        for value in json.loads(kept.read_text("utf-8")).values():
            yield value["data"]["text/plain"]


def shows(text, wanted):
    """Tell whether `text` holds a number that rounds to `wanted`."""
    half = Decimal(5).scaleb(Decimal(wanted).as_tuple().exponent - 1)
    found = (Decimal(n.replace("−", "-").rstrip(".")) for n in NUMBER.findall(text))
    return any(abs(n - Decimal(wanted)) <= half for n in found)


@pytest.mark.parametrize(
    ("text", "wanted", "expected"),
    [
        ("[0.3333 0.6667]", "0.333", True),
        ("x=-5.0", "-5", True),
        ("x=5.0", "-5", False),
        ("15", "5", False),
        ("1.7856e-04", "1.786e-4", True),
        ("order2", "2", False),
    ],
)
def test_shows(text, wanted, expected):
    assert shows(text, wanted) is expected


@pytest.mark.parametrize("page", NUMBERS)
def test_every_number_owed_stands_in_an_output(build, page):
    path = build / "jupyter_execute" / f"{page}.ipynb"
    text = "\n".join([*outputs(nbformat.read(path, as_version=4)), *glued(path)])
    assert [n for n in NUMBERS[page].split() if not shows(text, n)] == []


EVALUATED = {"proved", "evaluated", "tried on examples"}
DEFINED = {"defined", "defined, compared with code", "notation"}
# A sum over all paths, and over all edges out of a node: the grammar has no graph to sum over.
TRANSCRIBED = {"eq-chain-path-sum", "eq-backprop-recurrence"}


@pytest.fixture(scope="session")
def equations(build):
    """Return the equations of the ledger."""
    return json.loads((build / "html" / "ledger.json").read_text("utf-8"))["equations"]


def test_the_ledger_accounts_for_every_displayed_equation(equations):
    listed = {equation["label"] for equation in equations}
    pages = (page.read_text("utf-8") for page in (ROOT / "docs").rglob("*.md"))
    label = "((?:eq|def|notation)-[\\w-]+)"
    labels = re.compile(rf"\$\$ \({label}\)|:label: {label}")
    displayed = {a or b for text in pages for a, b in labels.findall(text)}
    assert listed == displayed


def test_every_claim_is_evaluated_as_it_is_displayed(equations):
    by_kind = {}
    for equation in equations:
        by_kind.setdefault(equation["kind"], set()).add(equation["label"])
    assert by_kind.pop("transcribed", set()) <= TRANSCRIBED
    assert set(by_kind) <= EVALUATED | DEFINED
    for kind, labels in by_kind.items():
        assert all(label.startswith("eq-") == (kind in EVALUATED) for label in labels)


def test_every_check_has_told_slips_from_the_truth(equations):
    for equation in equations:
        assert equation["checks"] or equation["kind"] in {"defined", "notation"}
        assert all(check["rejected"] for check in equation["checks"])


def test_every_public_name_is_in_the_reference(build):
    content = (build / "html" / "objects.inv").read_bytes()
    inventory = InventoryFile.loads(content, uri="").data
    documented = {name for kind, names in inventory.items() if "py:" in kind for name in names}
    assert [n for n in mcalc.__all__ if not any(d.endswith(f".{n}") for d in documented)] == []


NOTEBOOKS = [
    page.relative_to(ROOT / "docs").with_suffix("").as_posix()
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if "{code-cell}" in page.read_text("utf-8")
]
BROUGHT = {"mcalc", "bench", "numpy", "torch", "matplotlib", "sympy", "dask", "distributed"}
BROUGHT |= {"scipy"}  # of which the page of rules counts the functions
UNCHECKED = {"reference/rules", "benchmark", "theory/identities", "slips"}  # display no formula


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_every_page_is_a_notebook_that_runs_and_whose_checks_pass(build, page, tmp_path):
    """Run it where nothing of the book is, and compare what its checks say with the page."""
    notebook = nbformat.read(build / "html" / f"{page}.ipynb", as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    imported = {name for cell in code for name in re.findall(r"^(?:from|import) (\w+)", cell, re.M)}
    assert imported - sys.stdlib_module_names - {"IPython"} <= BROUGHT
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert (
        re.findall(r"\{[\w:]+\}`|^:::|^```\{|\\(?:vec|mat|grad|T|pd|td|norm|R)\b", text, re.M) == []
    )
    printed = [line for out in outputs(notebook) for line in out.splitlines() if line[:1] == "✓"]
    assert printed or page in UNCHECKED
    for cell in notebook.cells:
        cell.pop("outputs", None)
        if cell.cell_type == "code":
            cell.outputs = []
    path = tmp_path / "page.ipynb"
    nbformat.write(notebook, path)
    run = [sys.executable, "-c", "from nbclient.cli import main; main()"]
    command = [*run, str(path), "--inplace", "--timeout=60"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    again = nbformat.read(path, as_version=4)
    assert [line for o in outputs(again) for line in o.splitlines() if line[:1] == "✓"] == printed
