"""The parts of the cells, without a build: what a run is known by, its limits, figures, folds."""

import asyncio
import json
import os
import signal
import socket
import sys
from types import SimpleNamespace

import books
import pytest
from _ext.cells import ahead, code_links, failures, figures, folds, kernel_server, kernels, reuse
from _ext.cells.client import Client, Run, signature, size
from _ext.cells.executed import STOPPED, Cell, is_newer
from docutils import nodes
from docutils.utils import new_document
from myst_nb.core.config import NbParserConfig
from myst_nb.sphinx_ import HideCodeCellNode
from myst_parser.config.main import MdParserConfig
from nbclient.client import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mcalc.formulas.displays import VARIABLE


def client_of(source="1", tags=(), *, text="", kernel="python3", folder="/book", **options):
    spec = {"name": kernel, "display_name": kernel}
    cells = [new_markdown_cell(text), new_code_cell(source, metadata={"tags": [*tags]})]
    notebook = new_notebook(cells=cells, metadata={"kernelspec": spec})
    return Client(nb=notebook, resources={"metadata": {"path": folder}}, **options)


OTHERS = {
    "the source": {"source": "2"},
    "the tags": {"tags": ["raises-exception"]},
    "the folder": {"folder": "/other"},
    "the kernel": {"kernel": "julia"},
    "the seconds of a cell": {"timeout": 3},
    "whether errors are allowed": {"allow_errors": True},
}


@pytest.mark.parametrize("what", OTHERS)
def test_two_pages_share_a_run_only_if_all_is_the_same(what):
    assert signature(client_of()) == signature(client_of())
    assert signature(client_of(**OTHERS[what])) != signature(client_of())


def test_each_page_of_a_shared_run_has_outputs_of_its_own(monkeypatch):
    monkeypatch.setattr(Run, "ahead", {})
    run = Run("one", client_of())
    run.client.nb.cells[1].outputs = [new_output("stream", text="1")]
    run.done.set()
    client_of().execute().cells[1].outputs.clear()  # as MyST-NB takes out what was glued
    assert client_of().execute().cells[1].outputs[0].text == "1"


def test_a_page_that_was_run_ahead_knows_its_language_and_its_error(monkeypatch):
    monkeypatch.setattr(Run, "ahead", {})
    run = Run("one", client_of())
    run.client.nb.metadata["language_info"] = {"name": "python"}
    run.done.set()
    assert client_of().execute().metadata["language_info"] == {"name": "python"}
    run.error = RuntimeError("no kernel")
    with pytest.raises(RuntimeError, match="no kernel"):
        client_of().execute()


def test_outputs_that_come_late_are_waited_for_and_never_lost_in_silence():
    client = client_of()
    assert client.iopub_timeout >= 60  # seconds, on a machine with much else to do
    assert client.raise_on_iopub_timeout
    assert client.coalesce_streams


def test_what_a_cell_gives_is_counted_in_characters_whatever_its_kind():
    assert size({"text": "abc"}) == 3
    assert size({"data": {"text/plain": "ab", "image/png": "cdef"}, "metadata": {"a": "b"}}) == 6
    assert size({"data": {"application/json": {"a": 1}}}) == len('{"a": 1}')
    assert size({}) == 0


@pytest.mark.parametrize("memory", [0, 7])
@pytest.mark.parametrize("notes", [False, True])
def test_a_kernel_is_limited_and_asked_what_it_reads_only_if_that_is_wanted(
    monkeypatch, memory, notes
):
    ran = []

    async def started(self):
        return SimpleNamespace(execute=lambda code, **options: ran.append((code, options)))

    monkeypatch.setattr(NotebookClient, "async_start_new_kernel_client", started)
    monkeypatch.setattr(Client, "memory_limit", memory)
    monkeypatch.setattr(Client, "notes_reading", notes)
    asyncio.run(client_of().async_start_new_kernel_client())
    codes = "".join(code for code, _ in ran)
    assert ("setrlimit(_r.RLIMIT_DATA, (7," in codes) == bool(memory)
    assert ("addaudithook" in codes) == notes
    assert len(ran) == bool(memory) + notes
    assert all(options == {"silent": True, "store_history": False} for _, options in ran)


def test_a_file_that_was_written_when_a_page_had_begun_may_be_another_than_it_read(tmp_path):
    path = tmp_path / "data.txt"
    path.touch()
    run = SimpleNamespace(began=path.stat().st_mtime)
    assert Run.is_older_than(run, str(path))
    os.utime(path, (run.began - 1, run.began - 1))
    assert not Run.is_older_than(run, str(path))


def test_a_cell_that_gives_too_much_ends_its_kernel_once_and_the_rest_is_dropped(monkeypatch):
    kept, killed = [], []
    monkeypatch.setattr(NotebookClient, "process_message", lambda self, msg, *_: kept.append(msg))
    monkeypatch.setattr(Client, "output_limit", 10)

    async def kill(self):
        killed.append(self)

    async def give(client, *texts):
        for text in texts:
            client.process_message({"msg_type": "stream", "content": {"text": text}}, None, 0)
        await asyncio.sleep(0)

    monkeypatch.setattr(Client, "kill", kill)
    asyncio.run(give(client_of(), "12345", "67890"))
    assert (len(kept), len(killed)) == (2, 0)
    asyncio.run(give(client_of(), "123456", "789012", "3", "4"))
    assert (len(kept), len(killed)) == (3, 1)


@pytest.fixture
def channel():
    """The two ends of what a server of kernels answers on."""
    here, there = socket.socketpair()
    with here, there:
        yield here, there


def test_a_kernel_that_was_forked_has_ended_when_the_server_says_so(channel):
    here, there = channel
    there.sendall(b"77\n")
    forked = kernels.Forked(here)
    assert (forked.pid, forked.poll()) == (77, None)
    there.sendall(b"3\n")
    assert (forked.wait(), forked.poll()) == (3, 3)
    forked.kill()  # nothing: another process may have its number by now


def test_a_kernel_whose_server_was_killed_was_killed_with_it(channel):
    here, there = channel
    there.sendall(b"77\n")
    forked = kernels.Forked(here)
    there.close()
    assert forked.poll() == -signal.SIGKILL


def test_a_server_that_has_ended_forks_nothing(channel):
    here, there = channel
    there.close()
    with pytest.raises(OSError, match="the server of the kernels has ended"):
        kernels.Forked(here)


@pytest.mark.parametrize(
    ("command", "ends", "forks"),
    [
        (["python", "-m", "ipykernel_launcher", "-f", "a.json"], False, True),
        (["python", "-m", "ipykernel_launcher", "-f", "a.json"], True, False),
        (["julia", "kernel.jl"], False, False),
    ],
)
def test_a_kernel_of_python_is_forked_while_there_is_a_server(
    monkeypatch, tmp_path, command, ends, forks
):
    asked = []

    def fork(request):
        if ends:
            raise OSError("no server")
        asked.append(request)
        return SimpleNamespace(pid=77)

    async def launched(self, cmd, **_):
        return "in a process of its own"

    monkeypatch.setattr(kernels.LocalProvisioner, "launch_kernel", launched)
    monkeypatch.setattr(kernels.ForkedProvisioner, "server", SimpleNamespace(fork=fork))
    provisioner = kernels.ForkedProvisioner()
    start = provisioner.launch_kernel(command, cwd=str(tmp_path), env={"A": "1"})
    assert (asyncio.run(start) != "in a process of its own") == forks
    if forks:
        assert asked == [{"arguments": ["-f", "a.json"], "cwd": str(tmp_path), "env": {"A": "1"}}]
        assert provisioner.pid == 77


def test_a_kernel_has_the_environment_that_was_asked_for_and_no_other(monkeypatch, tmp_path):
    from ipykernel import kernelapp

    monkeypatch.setattr(kernel_server.os, "environ", {"OF_THE_SERVER": "1"})
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setattr(kernelapp, "launch_new_instance", lambda: None)
    monkeypatch.chdir(tmp_path.parent)
    request = {"cwd": str(tmp_path), "env": {"A": "1"}, "arguments": ["-f", "a.json"]}
    kernel_server.become_kernel(request)
    assert (kernel_server.os.environ, os.getcwd()) == ({"A": "1"}, str(tmp_path))
    assert sys.argv[1:3] == ["-f", "a.json"]


@pytest.mark.parametrize(("seconds", "newer"), [(1, True), (0, False), (-1, False)])
def test_what_was_written_after_its_page_was_read_is_newer(tmp_path, seconds, newer):
    env = SimpleNamespace(doctreedir=tmp_path)
    path = tmp_path / "p.json"
    (tmp_path / "p.doctree").touch()
    os.utime(tmp_path / "p.doctree", (100, 100))
    assert not is_newer(path, env, "p")
    path.touch()
    os.utime(path, (100 + seconds, 100 + seconds))
    assert is_newer(path, env, "p") == newer


@pytest.mark.parametrize(
    ("text", "mode", "seconds"),
    [
        (books.NOTEBOOK, "force", 120),
        (
            books.NOTEBOOK.replace("kernelspec", "mystnb: {execution_timeout: 8}\nkernelspec"),
            "force",
            8,
        ),
        (books.NOTEBOOK, "off", None),
        ("---\nfile_format: [\n---\n", "force", None),  # Sphinx will tell, when it reads the page
        ("", "force", None),
    ],
)
def test_a_page_is_run_ahead_as_it_will_be_and_with_its_own_settings(tmp_path, text, mode, seconds):
    path = tmp_path / "p.md"
    path.write_text(f"{text}# A\n\n```{{code-cell}} python\n1 + 1\n```\n")
    env = SimpleNamespace(
        doc2path=lambda _: str(path),
        mystnb_config=NbParserConfig(execution_mode=mode, execution_timeout=120),
        myst_config=MdParserConfig(),
    )
    client = ahead.client_of(SimpleNamespace(env=env, emit=lambda *_: None), "p")
    assert (client and client.timeout) == seconds
    if client:
        assert [cell.source for cell in client.nb.cells if cell.cell_type == "code"] == ["1 + 1"]
        assert client.resources == {"metadata": {"path": str(tmp_path)}}


def test_the_slowest_pages_are_named_the_slowest_first(monkeypatch):
    said = []
    monkeypatch.setattr(
        ahead, "logger", SimpleNamespace(info=lambda text, *rest: said.append(text % rest))
    )
    runs = [SimpleNamespace(page=f"p{n}", seconds=float(n)) for n in (2, 9, 1, 7, 3, 5)]
    ahead.Ahead.tell(SimpleNamespace(runs=runs))
    assert said == ["the slowest pages: p9 9.0 s, p7 7.0 s, p5 5.0 s, p3 3.0 s, p2 2.0 s"]


def test_limits_are_those_of_the_settings_and_a_kernel_has_one_thread(monkeypatch):
    for name in ("output_limit", "memory_limit"):
        monkeypatch.setattr(Client, name, 0)
    for name in kernels.THREADS:
        monkeypatch.setenv(name, "8")
    ahead.limit(SimpleNamespace(config=SimpleNamespace(cells_output=7, cells_memory=9)), None)
    assert (Client.output_limit, Client.memory_limit) == (7, 9)
    assert {os.environ[name] for name in kernels.THREADS} == {"1"}


@pytest.fixture
def app(tmp_path, monkeypatch):
    """A live book of one page, which keeps outputs; `everything` that it displays is empty."""
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks" / "main.txt").write_text("numpy==2")
    (tmp_path / "displays.json").write_text("[]")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "displays.json"))
    config = SimpleNamespace(cells_reuse=str(tmp_path / "outputs"), cells_output=1, cells_memory=1)
    return SimpleNamespace(config=config, confdir=tmp_path, srcdir=tmp_path)


def display(app, *rows):
    """Let the book display formulas: page, label and TeX."""
    shown = [dict(zip(("page", "label", "tex"), row, strict=True)) for row in rows]
    (app.confdir / "displays.json").write_text(json.dumps(shown))


@pytest.mark.parametrize("what", OTHERS)
def test_outputs_are_taken_again_only_if_all_is_the_same(app, what):
    key = reuse.Store(app).key("p", client_of())
    assert reuse.Store(app).key("p", client_of(text="Other words.")) == key
    assert reuse.Store(app).key("p", client_of(**OTHERS[what])) != key


@pytest.mark.parametrize("name", ["cells_output", "cells_memory", "locks"])
def test_outputs_are_not_taken_over_from_other_surroundings(app, name):
    key = reuse.Store(app).key("p", client_of())
    if name == "locks":
        (app.confdir / "locks" / "main.txt").write_text("numpy==3")
    else:
        setattr(app.config, name, 2)
    assert reuse.Store(app).key("p", client_of()) != key


@pytest.mark.parametrize(
    ("source", "changed", "matters"),
    [
        ("1", ("p", "eq-a", "a"), True),
        ("1", ("q", "def-b", "a"), False),
        ('check("eq-a", given=["def-b"])', ("q", "def-b", "a"), True),
        ("displays()", ("q", "def-b", "a"), True),
    ],
)
def test_outputs_depend_on_the_displays_of_the_page_and_on_those_it_names(
    app, source, changed, matters
):
    rows = {"eq-a": ("p", "eq-a", "x"), "def-b": ("q", "def-b", "x")}
    display(app, *rows.values())
    key = reuse.Store(app).key("p", client_of(source))
    display(app, *(rows | {changed[1]: changed}).values())
    assert (reuse.Store(app).key("p", client_of(source)) != key) == matters


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (None, True),
        (CellExecutionError("", "ValueError", "no"), True),
        (CellExecutionError("", STOPPED, "ran too long"), False),
        (RuntimeError("no kernel"), False),
    ],
)
def test_what_was_stopped_is_not_kept(app, tmp_path, monkeypatch, error, kept):
    monkeypatch.setattr(Run, "ahead", {})
    monkeypatch.setattr(reuse, "ELSEWHERE", ())  # the tests' own folder is one of the system's
    (tmp_path / "data.txt").write_text("data")
    run = Run("p", client_of())
    run.began, run.error = float("inf"), error
    (tmp_path / "more.txt").write_text("more")
    run.client.read = [str(tmp_path / name) for name in ("data.txt", "more.txt")]
    store = reuse.Store(app)
    store.keep(run)
    assert (store.find("p", client_of()) is not None) == kept
    if kept:
        (tmp_path / "data.txt").write_text("other data")
        assert store.find("p", client_of()) is None


@pytest.mark.parametrize("late", ["data.txt", "more.txt"])
def test_outputs_are_not_kept_if_a_file_was_written_meanwhile(app, tmp_path, monkeypatch, late):
    monkeypatch.setattr(Run, "ahead", {})
    monkeypatch.setattr(reuse, "ELSEWHERE", ())
    run = Run("p", client_of())
    run.began = 100.0
    paths = [tmp_path / name for name in ("data.txt", "more.txt")]
    run.client.read = [str(path) for path in paths]
    for path in paths:
        path.touch()
        os.utime(path, (200, 200) if path.name == late else (50, 50))
    store = reuse.Store(app)
    store.keep(run)
    assert store.find("p", client_of()) is None


def test_outputs_of_another_python_are_not_true_any_more(app):
    store = reuse.Store(app)
    kept = {"key": "k", "made": store.made, "displays": store.all_displays, "inputs": {}}
    for made, true in ((store.made, True), ("another", False)):
        store.write("p", kept | {"made": made})
        assert reuse.still_true(app, store, "p") == true
    assert not reuse.still_true(app, store, "nowhere")


def test_the_files_of_a_page_are_neither_installed_nor_made_up(app, tmp_path, monkeypatch):
    # A book may stand in the folder of what is temporary, with files that are not the book's.
    monkeypatch.setattr(reuse, "ELSEWHERE", (str(tmp_path.parent), "/proc", "/etc"))
    store = reuse.Store(app)
    compiled = tmp_path / "__pycache__" / "a.pyc"
    compiled.parent.mkdir()
    own = tmp_path / "data.txt"
    for path in (compiled, own):
        path.touch()
    others = [compiled, store.handed, tmp_path / "gone.txt", tmp_path, "/etc/hosts", os.__file__]
    assert store.inputs(map(str, [own, *others, own, pytest.__file__])) == [str(own)]


def warned(monkeypatch, module):
    """Return the list to which the warnings of a module go, each with its line."""
    found = []
    warning = lambda text, *_, location, **__: found.append((location[1], text))  # noqa: E731
    monkeypatch.setattr(module, "logger", SimpleNamespace(warning=warning))
    return found


def test_an_error_that_a_cell_shows_on_purpose_is_no_magic(monkeypatch):
    said = warned(monkeypatch, failures)
    error = new_output("error", ename="SyntaxError", evalue="no", traceback=[])
    cells = [
        Cell(0, "a = (", [error], ["raises-exception"], 1, 3, 5),
        Cell(1, "a = 1\n%time a", [], [], 2, 8, 9),
    ]
    monkeypatch.setattr(failures, "code_cells", lambda *_: cells)
    failures.report_failures(SimpleNamespace(env=SimpleNamespace(docname="p")), None)
    assert [line for line, _ in said] == [10]
    assert said[0][1].startswith("'%time a' is a magic")


@pytest.mark.parametrize(
    ("traceback", "line"),
    [
        (["Cell In[2], line 3\n", "----> 3 f()"], 14),
        (["\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[2]\x1b[39m, line 1"], 12),
        (["Cell In[1], line 3", "in a cell above"], 8),
        ([], 8),
    ],
)
def test_an_error_stands_at_its_line_or_at_the_fence_of_its_cell(traceback, line):
    error = new_output("error", ename="E", evalue="", traceback=traceback)
    assert Cell(0, "a\nb\nf()", [error], [], 2, 8, 12).line_of(error) == line


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (-9, "killed by signal 9; was there not enough memory?"),
        (3, "with exit status 3"),
        (0, "with exit status 0"),
        (None, "with exit status None"),
    ],
)
def test_how_a_kernel_ended_is_told_in_words(code, said):
    client = client_of()
    process = SimpleNamespace(poll=lambda: code)
    km = SimpleNamespace(provisioner=SimpleNamespace(process=process))
    assert Client.death(SimpleNamespace(km=km)) == said
    assert client.death() == "with exit status None"  # it never was there


def test_what_ended_a_cell_is_told_with_its_traceback_and_a_way_out():
    app = SimpleNamespace(config=SimpleNamespace(cells_memory=7))

    def said(name, value="no"):
        failure = new_output("error", ename=name, evalue=value, traceback=["line 1", "line 2"])
        return failures.said(app, failure)

    assert said("ValueError") == "raised ValueError: no\nline 1\nline 2"
    assert "a page may use 7 bytes" in said("_ArrayMemoryError")
    assert "write the answer into the cell" in said("StdinNotImplementedError")
    assert said(STOPPED, "ran too long") == "ran too long"


@pytest.fixture
def page():
    """A page of one cell, and its environment."""
    env = SimpleNamespace(
        docname="p",
        metadata={"p": {"source_map": [4, 11]}},
        mystnb_config=SimpleNamespace(output_folder=""),
    )
    return SimpleNamespace(env=env), new_document("p")


def test_a_number_in_an_alt_text_is_the_one_that_was_glued_with_a_minus_sign(page, monkeypatch):
    app, document = page
    glued = {"slope": {"data": {"text/plain": "-0.4567"}}}
    monkeypatch.setattr(figures, "read_glue_cache", lambda *_: glued)
    document += nodes.image(alt="It falls by {slope:.2f}, {slope}")
    figures.fill_alt(app, document)
    assert document[0]["alt"] == "It falls by −0.46, −0.4567"
    assert "{" not in document[0]["typed_alt"]
    assert "0.4" not in document[0]["typed_alt"]


@pytest.mark.parametrize("alt", ["It falls by {rise}", "It falls by {word:.2f}"])
def test_an_alt_text_with_what_no_cell_has_glued_is_a_fault(page, monkeypatch, alt):
    app, document = page
    said = warned(monkeypatch, figures)
    glued = {"word": {"data": {"text/plain": "'much'"}}}
    monkeypatch.setattr(figures, "read_glue_cache", lambda *_: glued)
    document += nodes.container("", nodes.image(alt=alt), cell_index=1)
    figures.fill_alt(app, document)
    assert [line for line, _ in said] == [11]
    assert "which no cell of this page has glued" in said[0][1]


@pytest.mark.parametrize(
    ("image", "silent"),
    [
        ('<img src="a.svg">', True),
        ('<img src="a.svg" alt="">', True),
        ("<img alt=' ' src='a.svg'>", True),
        ('<img src="a.svg" alt="A line">', False),
        ('<imgs src="a.svg">', False),
    ],
)
def test_an_image_says_something(page, monkeypatch, image, silent):
    app, document = page
    said = warned(monkeypatch, figures)
    both = [nodes.raw("", image, format="html") for _ in range(2)]  # in two formats, say
    document += nodes.container("", *both, cell_index=1)
    figures.report_images(app, document)
    assert [line for line, _ in said] == ([11] if silent else [])


def hidden(code, *outputs):
    fold = HideCodeCellNode("", nodes.literal_block("", code), prompt_show="Show", prompt_hide="")
    return nodes.container("", fold, *outputs)


def test_a_hidden_cell_that_shows_something_stays_where_it_is():
    document = new_document("p")
    document += [hidden("a"), hidden("b", nodes.paragraph("", "seen")), hidden("c")]
    folds.join(None, document, "p")
    assert [cell.astext() for cell in document] == ["a\n\nb\n\nseen", "c"]


def test_the_fold_of_imports_says_so_when_it_is_closed_and_when_it_is_open():
    document = new_document("p")
    document += [hidden("\nfrom math import pi"), nodes.paragraph(), hidden("a = 1")]
    folds.join(None, document, "p")
    imports, other = document.findall(HideCodeCellNode)
    assert (imports["prompt_show"], imports["prompt_hide"]) == ("Imports", "Hide the imports")
    assert other["prompt_show"] == "Show"


def test_a_fault_stands_at_the_fence_of_its_cell_or_at_the_nearest_line():
    text = nodes.Text("0.5")
    inner = nodes.paragraph("", "", text)
    inner.line = 5
    outer = nodes.section("", inner)
    outer.line = 2
    assert figures.line_of(text, [4, 11]) == 5
    nodes.container("", outer, cell_index=1)
    assert figures.line_of(text, [4, 11]) == 11


def test_what_a_fold_says_is_text():
    node = HideCodeCellNode("", prompt_show="a < b", prompt_hide="a & b", classes=[])
    body = []
    folds.visit_fold(SimpleNamespace(body=body), node)
    assert '<span class="when-closed">a &lt; b</span>' in "".join(body)
    assert '<span class="when-open">a &amp; b</span>' in "".join(body)


def test_a_name_in_a_cell_leads_to_what_the_page_has_imported_under_it(monkeypatch):
    imports = "import torch\nimport mcalc.rules as rules\nfrom mcalc import grad as slope, hessian"
    imports += "\nfrom mcalc.formulas import Formula\nfrom mcalculus import jvp"
    monkeypatch.setattr(code_links, "code_cells", lambda *_: [Cell(0, imports, [], [], 1, 1, 1)])
    entry = lambda name: SimpleNamespace(docname="ref", node_id=name)  # noqa: E731
    objects = {
        name: entry(name)
        for name in ("mcalc.grad", "mcalc.hessian", "mcalc.formulas.Formula", "mcalc.jvp")
    }
    app = SimpleNamespace(
        env=SimpleNamespace(domaindata={"py": {"objects": objects}}),
        builder=SimpleNamespace(get_relative_uri=lambda *_: "ref.html"),
    )

    def linked(*names):
        parts = [
            '<span class="o">.</span>'.join(
                f'<span class="n">{part}</span>' for part in name.split(".")
            )
            for name in names
        ]
        body = {"body": f'<div class="highlight-ipython3">{" ".join(parts)}</pre>'}
        code_links.link(app, "p", "", body, object())
        return [link.split('"')[0] for link in body["body"].split('href="ref.html#')[1:]]

    assert linked("slope", "hessian", "grad", "slope") == ["mcalc.grad", "mcalc.hessian"]
    assert linked("Formula", "jvp") == ["mcalc.formulas.Formula"]
    assert linked("torch.hessian", "x.hessian") == []  # somebody else's
    monkeypatch.setattr(code_links, "code_cells", lambda *_: pytest.fail("it is no page"))
    code_links.link(app, "genindex", "", {"body": ""}, None)
