"""A notebook of a page runs its checks where nothing of the book is."""

import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from threading import Thread

import books
import nbformat
import pytest
from _ext.notebook.install import BRANCH, in_colab

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


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing."""

    def log_message(self, *_: object) -> None: ...


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

    changed = [source.replace("&= 2x", "&= 3x") for source in sources]
    assert next(line for holds, line, _ in run(changed) if not holds).startswith("✗ eq-slope: ")


def test_a_cell_of_a_notebook_stands_after_those_that_ran_before_it() -> None:
    counts = [cell.execution_count for cell in cells("zebras")[2:]]
    assert counts == [*range(1, len(counts) + 1)]  # what limits a kernel is not counted


def test_without_the_cell_of_the_displays_a_check_finds_none() -> None:
    with pytest.raises(AssertionError, match="no display has the label 'eq-slope'"):
        run([cell.source for cell in cells("zebras")[2:]])


@functools.cache
def python() -> Path:
    """Return a new environment that has what is installed here, but not mcalc."""
    folder = books.new_folder()
    venv.create(folder / "new", with_pip=False)
    here = Path(pytest.__file__).parents[1]
    (folder / "others").mkdir()
    for path in here.iterdir():
        if "mcalc" not in path.name:
            (folder / "others" / path.name).symlink_to(path)
    (site,) = (folder / "new").glob("lib/*/site-packages")
    (site / "others.pth").write_text(str(folder / "others"))
    return folder / "new" / "bin" / "python"


def executed(book: books.Book, page: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the notebook of a page in a folder, in a kernel of the new environment."""
    notebook = nbformat.read(book.folder / "out" / "html" / f"{page}.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    notebook.cells.append(nbformat.v4.new_code_cell("import mcalc\nprint(mcalc.__file__)"))
    nbformat.write(notebook, folder / "page.ipynb")
    own = ("PYTHONPATH", "MCALC_DISPLAYS", "MPLBACKEND")
    environment = {name: value for name, value in os.environ.items() if name not in own}
    environment |= {"JUPYTER_DATA_DIR": str(folder), "PIP_NO_INDEX": "1"}
    subprocess.run([python(), "-m", "pip", "uninstall", "--yes", "--quiet", "mcalc-book"],
                   env=environment, capture_output=True, check=True)  # fmt: skip
    run = [python(), "-c", "from nbclient.cli import main; main()", "page.ipynb", "--inplace"]
    return subprocess.run(
        run, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def assert_ran(done: subprocess.CompletedProcess[str], folder: Path) -> None:
    """See that each cell ran, and mcalc is the one that the first cell has installed."""
    assert done.returncode == 0, done.stderr
    notebook = nbformat.read(folder / "page.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [*range(1, len(code) + 1)]
    errors = [out for cell in code for out in cell.outputs if out.output_type == "error"]
    assert errors == []
    where = Path(code[-1].outputs[0].text.strip())
    assert where.is_relative_to(python().parents[1])


def test_a_notebook_alone_in_a_folder_installs_mcalc_from_the_site(monkeypatch, tmp_path) -> None:
    handler = functools.partial(Quiet, directory=str(folder := books.new_folder() / "out/html"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        monkeypatch.setenv("BOOK_SITE", f"http://127.0.0.1:{server.server_port}/")
        monkeypatch.setenv("BOOK_REPOSITORY", "https://github.com/o/book")
        text = books.NOTEBOOK + "# P\n\n$$2x = x + x$$ (eq-p)\n\n```{code-cell} python\n"
        text += "from mcalc import check\ncheck('eq-p')\n```\n"
        book = books.build(folder.parents[1], {"index": books.index("deep/p"), "deep/p": text})
        assert book.code == 0, book.output
        Thread(target=server.serve_forever, daemon=True).start()
        assert_ran(executed(book, "deep/p", tmp_path), tmp_path)
        server.shutdown()
    page = book.html("deep/p")
    assert '"https://colab.research.google.com/github/o/book/blob/notebooks/deep/p.ipynb"' in page
    assert ".whl" not in page
    report = 'issues/new?title=Error%20in%20equation%20%281%29%2C%20eq-p">report an error</a></p>'
    assert report in page  # behind the mark, where its check is folded


def test_without_a_site_a_notebook_takes_the_wheel_beside_it_or_says_how(tmp_path) -> None:
    book = books.good()
    page = book.html("zebras")
    assert "colab" not in page
    done = executed(book, "zebras", tmp_path)
    assert done.returncode != 0
    name = re.search(r"Put the file (\S+\.whl), which the page links", done.stderr)[1]
    linked = re.search(r'href="([^"]+\.whl)" download', page)[1]
    assert linked == f"./_static/python/{name}"
    shutil.copy(book.folder / "out" / "html" / linked, tmp_path)
    assert_ran(executed(book, "zebras", tmp_path), tmp_path)


def test_colab_opens_what_the_workflow_pushes_to_github_and_nothing_else() -> None:
    assert in_colab("", "a") is None
    assert in_colab("https://code.example/o/book", "a") is None
    workflow = Path(__file__).parents[2] / ".github/workflows/check.yml"
    assert f"--initial-branch={BRANCH}\n" in workflow.read_text("utf-8")
