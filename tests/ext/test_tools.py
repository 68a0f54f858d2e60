"""The tools, without a build: what is served, what counts as changed, what is judged and said."""

import contextlib
import importlib
import importlib.util
import io
import os
import re
import sys
from threading import Timer
from types import ModuleType, SimpleNamespace
from urllib.error import HTTPError
from urllib.request import urlopen

import books
import pytest
from sybil import Document

from mcalc.formulas.displays import everything
from mcalc.rules import TABLE


@pytest.fixture
def tool(monkeypatch):
    """Return the function that imports a tool by its name."""
    monkeypatch.syspath_prepend(str(books.ROOT / "tools"))
    return importlib.import_module


def test_only_pages_are_served_with_the_script(tool, tmp_path, monkeypatch):
    live_pages = tool("live_pages")
    monkeypatch.setattr(live_pages, "PATIENCE", 0.1)
    (tmp_path / "deep").mkdir()
    for name in ("a.html", "deep/index.html", "a.css"):
        (tmp_path / name).write_text("<head></head>")

    def got(name):
        with urlopen(f"{pages.address}{name}", timeout=60) as answer:
            return answer.read()

    with live_pages.serving(tmp_path, 0) as pages:
        assert got("a.css") == b"<head></head>"
        for page in ("a.html", "deep/"):
            assert got(page) == b"<head>" + live_pages.TAG
        with pytest.raises(HTTPError, match="404"):
            got("b.html")
        monkeypatch.setattr(live_pages, "PATIENCE", 60)
        late = Timer(0.3, (tmp_path / "a.html").rename, [tmp_path / "b.html"])
        late.start()  # as when sites are being swapped
        assert got("b.html") == b"<head>" + live_pages.TAG
        late.join()


def test_a_browser_is_told_of_each_build_by_its_number(tool):
    pages = tool("live_pages").Pages("http://127.0.0.1/")
    for number in (1, 2):
        pages.tell({"pages": ["a"], "faults": []})
        assert pages.state == {"build": number, "pages": ["a"], "faults": []}


@pytest.fixture
def sources(tmp_path):
    """Return a project of a page, an extension and a module."""
    for name in ("docs/theory/a.md", "docs/_ext/e.py", "mcalc/m.py", "conf.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1")
    return tmp_path


def test_what_python_and_editors_write_is_no_source(tool, sources):
    live = tool("live")
    found = live.files(sources)
    assert sorted(found) == ["conf.py", "docs/_ext/e.py", "docs/theory/a.md", "mcalc/m.py"]
    for name in ("mcalc/__pycache__/m.pyc", "docs/theory/a.md~", "docs/.a.swp", "other.txt"):
        (sources / name).parent.mkdir(exist_ok=True)
        (sources / name).touch()
    assert live.files(sources) == found
    (sources / "conf.py").write_text("22")
    assert live.files(sources) != found


@pytest.mark.parametrize(
    ("name", "page"),
    [
        ("docs/theory/a.md", True),
        ("docs/_ext/notes.md", False),
        ("docs/a.py", False),
        ("mcalc/a.md", False),
    ],
)
def test_of_a_page_only_its_own_content_counts(tool, sources, name, page):
    live = tool("live")
    assert live.is_page(name) == page
    (sources / name).write_text("1")
    before = live.machinery(sources)
    (sources / name).write_text("2")
    assert (live.machinery(sources) == before) == page
    (sources / name).unlink()
    assert live.machinery(sources) != before  # one page less is another list


def test_a_file_of_the_last_site_is_linked_and_one_that_has_changed_is_copied(tool, tmp_path):
    live = tool("live")
    book = live.Book(tmp_path, tmp_path / "live")
    for folder in (book.raw, book.places.site, tmp_path / "new"):
        folder.mkdir(parents=True)
    for name, earlier in (("same", "text"), ("changed", "other"), ("added", None)):
        (book.raw / name).write_text("text")
        os.utime(book.raw / name, (100, 100))
        if earlier:
            (book.places.site / name).write_text(earlier)
            os.utime(book.places.site / name, (100, 100))
        book.copy(str(book.raw / name), str(tmp_path / "new" / name))
        assert (tmp_path / "new" / name).read_text() == "text"
        linked = (tmp_path / "new" / name).stat().st_nlink == 2
        assert linked == (name == "same")


@pytest.mark.parametrize("meanwhile", [None, "another build", "a change"])
def test_a_build_that_got_ready_with_other_sources_is_given_up(
    tool, sources, monkeypatch, meanwhile
):
    live = tool("live")
    book = live.Book(sources, sources / "live")
    book.folder.mkdir()
    book.made.write_text(live.machinery(sources))
    book.messages.with_suffix(".new").write_text("WARNING: new\n")
    monkeypatch.setenv("BOOK_MEMORY", "")

    def asked():
        if meanwhile == "another build":
            book.made.unlink()
        elif meanwhile:
            (sources / "conf.py").write_text("2")

    def ended(code):
        raise SystemExit(code)

    monkeypatch.setattr(live.os, "_exit", ended)
    monkeypatch.setattr(live, "sphinx", lambda begin, arguments: begin() or 2)
    if meanwhile:
        with pytest.raises(SystemExit, match=str(live.STALE)):
            book.build(asked=asked)
    else:
        assert book.build(asked=asked) == 2
        assert not book.made.exists()  # it broke off, and is not gone on from
        assert [fault.message for fault in book.faults()] == ["new"]


def test_a_build_that_does_not_begin_is_not_blamed_for_the_faults_of_the_last(
    tool, sources, monkeypatch
):
    live = tool("live")
    book = live.Book(sources, sources / "live")
    book.folder.mkdir()
    book.messages.write_text("WARNING: old\n")
    monkeypatch.setenv("BOOK_MEMORY", "")
    monkeypatch.setattr(live, "sphinx", lambda begin, arguments: 2)
    assert book.build() == 2
    assert book.faults() == []


@pytest.mark.parametrize(
    ("code", "faults", "returned"), [(0, [], 0), (0, ["a fault"], 1), (2, [], 2), (1, ["one"], 1)]
)
def test_a_build_of_once_fails_if_there_is_a_fault(
    tool, tmp_path, monkeypatch, code, faults, returned
):
    live = tool("live")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "argv", ["live.py", "--once", "out"])
    monkeypatch.setattr(live.Book, "build", lambda self, *options: code)
    monkeypatch.setattr(live.Book, "faults", lambda self: faults)
    assert live.main() == returned


@pytest.mark.parametrize(
    ("answer", "faults", "told", "state"),
    [
        ("0\n", [], [], "all is well"),
        ("0\n", ["wrong"], ["wrong"], "1 to mend"),
        ("2\n", [], ["the build broke off"], "1 to mend"),
        ("1\n", ["wrong"], ["wrong"], "1 to mend"),
    ],
)
def test_the_author_and_the_browser_are_told_what_became_of_a_build(
    tool, capsys, answer, faults, told, state
):
    live, live_pages = tool("live"), tool("live_pages")
    found = [live.Fault("a", 3, message, "") for message in faults]
    loop = SimpleNamespace(
        book=SimpleNamespace(faults=lambda: found),
        pages=live_pages.Pages("http://127.0.0.1/"),
        builder=SimpleNamespace(stdin=io.StringIO(), stdout=io.StringIO(answer)),
    )
    changed = ["docs/theory/a.md", *(f"mcalc/{n}.py" for n in range(5))]
    live.Loop.build(loop, changed)
    assert loop.pages.state["pages"] == ["theory/a"]
    said = [fault["message"].partition(";")[0] for fault in loop.pages.state["faults"]]
    assert said == told
    first, second = capsys.readouterr().err.splitlines()
    assert first == f"Changed: {', '.join(changed[:5])} …"
    assert re.fullmatch(rf"Built in \d+\.\d s, {state}: http://127\.0\.0\.1/", second)
    with pytest.raises(SystemExit, match="has ended"):
        live.Loop.build(loop, [])


def test_the_interpreter_of_the_kernels_is_started_anew_when_its_source_is(
    tool, tmp_path, monkeypatch
):
    live_builder = tool("live_builder")
    monkeypatch.setenv("BOOK_KERNELS", "")
    started = []

    def popen(*_, **__):
        started.append(SimpleNamespace(poll=lambda: None, wait=lambda: None))
        return started[-1]

    monkeypatch.setattr(live_builder.subprocess, "Popen", popen)
    script = tmp_path / "docs/_ext/cells/kernel_server.py"
    script.parent.mkdir(parents=True)
    script.touch()
    kernels = live_builder.Kernels(tmp_path)
    assert [kernels.start(), kernels.start()] == [True, False]
    for time in (2**31, 100):  # an older one may be brought back
        os.utime(script, (time, time))
        assert [kernels.start(), kernels.start()] == [True, False]
    started[-1].poll = lambda: 1
    assert kernels.start()
    assert len(started) == 4
    kernels.stop()


def test_of_a_site_and_the_one_before_it_the_newer_stays(tool, tmp_path):
    places = tool("build").Places(tmp_path / "html")
    for folder, text in ((places.site, "new"), (places.old, "old"), (places.faulty, "faulty")):
        folder.mkdir()
        (folder / "mark").write_text(text)
    places.clear()  # the build was killed after its second rename
    assert (places.site / "mark").read_text() == "new"
    assert list(tmp_path.iterdir()) == [places.site]


@pytest.fixture
def mutants(tool, monkeypatch):
    """Return the tool; what changes the code stands in an environment of its own."""
    names = {
        "commands.init": "init",
        "mutating": "mutate_and_test mutate_code",
        "plugins": "get_operator",
        "work_db": "use_db",
    }
    for name in ("", ".commands"):
        monkeypatch.setitem(sys.modules, f"cosmic_ray{name}", ModuleType("cosmic_ray"))
    for name, parts in names.items():
        module = ModuleType(name)
        vars(module).update(dict.fromkeys(parts.split()))
        monkeypatch.setitem(sys.modules, f"cosmic_ray.{name}", module)
    yield tool("mutants")
    del sys.modules["mutants"]


CHANGE = ("a.py", "x == 1", "x is 1")


@pytest.mark.parametrize(
    ("entry", "speaks"),
    [
        ({"file": "a.py", "was": "x == 1", "becomes": "x is 1"}, True),
        ({"file": "a.py", "was": "x == 1"}, True),
        ({"file": "b.py", "was": "x == 1"}, False),
        ({"file": "a.py", "was": "x == 1", "becomes": "x != 1"}, False),
        ({"replaces": [" == ", " is "]}, True),
        ({"replaces": [" == ", " != "]}, False),
        ({"replaces": ["y", "z"]}, False),
    ],
)
def test_a_change_may_pass_that_is_listed(mutants, entry, speaks):
    assert mutants.speaks_of(entry, CHANGE) == speaks


@pytest.mark.parametrize(
    ("one", "two", "alike"),
    [
        ("x = 1", "x  =  1  # a remark", True),
        ("def f(x: int) -> int: return x", "def f(x): return x", True),
        ("x: int = 1", "x: str = 1", True),
        ("x = 1", "x = 2", False),
        ("def f(x): return x", "def f(y): return x", False),
    ],
)
def test_modules_run_alike_whatever_their_annotations(mutants, one, two, alike):
    assert (mutants.behavior(one) == mutants.behavior(two)) == alike
    assert mutants.behavior("x = (") is None


@pytest.mark.parametrize(("numbers", "found"), [(True, {"x = 2", "x = y"}), (False, {"x = y"})])
def test_each_change_is_made_once_if_it_changes_what_runs(
    mutants, tmp_path, monkeypatch, numbers, found
):
    path = tmp_path / "a.py"
    path.write_text("x = 1  # a remark\n")
    made = {
        "core/NumberReplacer": ["x = 2"],
        "core/Other": ["x = y", "x = y", "x = 1  # another", "x = (", None],
    }
    items = [
        SimpleNamespace(mutations=[SimpleNamespace(
            module_path=path, operator_name=name, operator_args={}, occurrence=text)])
        for name, texts in made.items() for text in texts
    ]  # fmt: skip
    database = contextlib.nullcontext(SimpleNamespace(work_items=items))
    monkeypatch.setattr(mutants, "use_db", lambda _: database)
    monkeypatch.setattr(mutants, "init", lambda *_: None)
    monkeypatch.setattr(mutants, "get_operator", lambda name: dict)
    monkeypatch.setattr(mutants, "mutate_code", lambda code, operator, text: text and f"{text}\n")
    changes = [change for change, _ in mutants.changes([path], tmp_path, numbers, 0)]
    assert sorted(changes) == sorted(
        (path.as_posix(), "x = 1  # a remark", becomes) for becomes in found
    )


@pytest.mark.parametrize(("sample", "count"), [(0, 3), (2, 2), (9, 3)])
def test_so_many_changes_are_tried_and_those_that_pass_are_told(
    mutants, tmp_path, monkeypatch, capsys, sample, count
):
    monkeypatch.chdir(tmp_path)
    tried = []

    def test(mutations, *_):
        tried.append(mutations)
        killed = mutations == 1
        return SimpleNamespace(is_killed=killed, test_outcome=SimpleNamespace(value=str(killed)))

    every = [(("a.py", "x", f"y{n}"), n) for n in range(3)]
    monkeypatch.setattr(mutants, "changes", lambda *_: iter(every))
    monkeypatch.setattr(mutants, "mutate_and_test", test)
    monkeypatch.setattr(mutants, "PYTEST", [sys.executable, "-c", ""])
    group = {"name": "g", "files": ["*.py"], "tests": ["test_*.py"]}
    passed = mutants.survivors(group, sample, 0, tmp_path)
    assert tried == [0, 1, 2][:count]
    assert passed == [change for change, n in every[:count] if n != 1]
    assert "passes: a.py\n    x\n    y0" in capsys.readouterr().out
    monkeypatch.setattr(mutants, "PYTEST", [sys.executable, "-c", "raise SystemExit(1)"])
    with pytest.raises(SystemExit, match="the tests of g fail without a change"):
        mutants.survivors(group, sample, 0, tmp_path)


@pytest.mark.parametrize(("becomes", "code"), [("x is 1", 0), ("x != 1", 1)])
def test_a_change_that_passes_and_is_not_listed_fails_the_run(
    mutants, tmp_path, monkeypatch, capsys, becomes, code
):
    settings, copy = tmp_path / "mutants.toml", tmp_path / "copy"
    copy.mkdir()
    settings.write_text(
        '[[group]]\nname = "g"\n[[group]]\nname = "h"\n'
        '[[survivor]]\nfile = "a.py"\nwas = "x == 1"\nbecomes = "x is 1"\n'
    )
    asked = []
    monkeypatch.setattr(mutants, "SETTINGS", settings)
    monkeypatch.setattr(mutants, "copied", lambda root: copy)
    monkeypatch.setattr(
        mutants,
        "survivors",
        lambda group, *_: asked.append(group["name"]) or [("a.py", "x == 1", becomes)],
    )
    monkeypatch.setattr(mutants, "PYTEST", [])
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setattr(sys, "argv", ["mutants.py", sys.executable, "h"])
    assert mutants.main() == code
    assert asked == ["h"]
    assert ("a.py\n    x == 1\n    x != 1" in capsys.readouterr().out) == bool(code)
    assert not copy.exists()


@pytest.fixture
def conftest():
    """Return what the tests of the Markdown files are made with."""
    spec = importlib.util.spec_from_file_location("of_the_pages", books.ROOT / "conftest.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    everything.cache_clear()


@pytest.mark.parametrize(
    ("tags", "code", "passes"),
    [
        ("raises-exception", "1 / 0", True),
        ("raises-exception", "1 + 1", False),
        ("numpy", "1 + 1", True),
        ("numpy", "1 / 0", False),
    ],
)
def test_a_cell_that_is_there_to_raise_does_and_no_other(conftest, tags, code, passes):
    text = f"```{{code-cell}} python\n:tags: [{tags}]\n{code}\n```\n"
    document = Document(text, "a.md")
    (cell,) = conftest.parse_cells(document)
    document.add(cell)
    (example,) = document.examples()
    if passes:
        example.evaluate()
    else:
        with pytest.raises((AssertionError, ZeroDivisionError)):
            example.evaluate()


def test_a_page_begins_with_the_rules_of_the_library_and_the_displays_of_the_book(conftest):
    def added(x):
        return x

    TABLE[added] = None
    conftest.begin({})
    assert added not in TABLE
    assert TABLE.keys() == conftest.OWN
    assert {"ledger", "theory"} & {display.page.partition("/")[0] for display in everything()}
