"""A notebook of a page runs its checks where nothing of the book is."""

import json
import os
import subprocess
import sys

import books
import nbformat
import pytest

# Runs cells as a kernel does, and prints the records of what each of them ends with.
RUN = """\
import ast, json, sys

namespace = {"__name__": "__main__"}
for source in json.load(sys.stdin):
    *body, last = ast.parse(source).body
    shown = isinstance(last, ast.Expr)
    exec(compile(ast.Module(body if shown else [*body, last], []), "cell", "exec"), namespace)
    value = shown and eval(compile(ast.Expression(last.value), "cell", "eval"), namespace)
    if hasattr(value, "_repr_mimebundle_"):
        text, metadata = value._repr_mimebundle_()
        print(json.dumps([bool(value), text["text/plain"], metadata["mcalc"]["tex"]]))
"""


def cells(page: str) -> list[nbformat.NotebookNode]:
    """Return the code cells of the notebook that the build wrote."""
    path = books.good().folder / "out" / "html" / f"{page}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def run(sources: list[str]) -> list[tuple[bool, str, str | None]]:
    """Return of each record whether it holds, its line, and the TeX; in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "MCALC_DISPLAYS"}
    done = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(sources),
        env=environment | {"MPLBACKEND": "agg"},
        cwd=books.new_folder(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = [line for line in done.stdout.splitlines() if line.startswith("[")]
    return [(holds, line, tex) for holds, line, tex in map(json.loads, rows)]


def test_every_check_of_a_notebook_holds_and_says_what_the_page_says() -> None:
    code = cells("zebras")
    found = run([cell.source for cell in code])
    assert all(holds for holds, _, _ in found)
    printed = [out.data["text/plain"] for cell in code for out in cell.outputs if "data" in out]
    assert [line for _, line, _ in found] == [text for text in printed if text.startswith("✓")]
    assert {tex for _, _, tex in found} == {
        r"f'(x) &= x + x \\ &= 2x",
        None,  # a transcription
        r"s(t) = t\,f(t)",
        r"f(1 + h) \approx 1 + 2h",
        "(uv)' = u'v + uv'",
    }


def test_a_notebook_evaluates_the_displays_that_it_holds() -> None:
    sources = [cell.source for cell in cells("zebras")]

    changed = [sources[0].replace("&= 2x", "&= 3x"), *sources[1:]]
    assert next(line for holds, line, _ in run(changed) if not holds).startswith("✗ eq-slope: ")


def test_a_cell_of_a_notebook_stands_after_those_that_ran_before_it() -> None:
    counts = [cell.execution_count for cell in cells("zebras")[1:]]
    assert counts == sorted(counts)


def test_without_the_cell_of_the_displays_a_check_finds_none() -> None:
    with pytest.raises(AssertionError, match="no display has the label 'eq-slope'"):
        run([cell.source for cell in cells("zebras")[1:]])
