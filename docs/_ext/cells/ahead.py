"""Run the pages ahead of Sphinx, some at a time, each in a kernel of its own.

Sphinx reads one page after the other, and MyST-NB runs it then and there; the other cores have
nothing to do meanwhile. Here threads run the pages in the order in which Sphinx will ask for them,
and its own thread, when it comes to a page, waits for what they found.
A page that was not foreseen, one whose cells an extension has changed, say, is run when it is asked
for: this makes a build faster, and changes nothing else.
"""

from __future__ import annotations

import atexit
import os
import queue
import threading
from pathlib import Path

from myst_nb.core.read import create_nb_reader  # type: ignore[import-untyped]
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from _ext.cells import kernels
from _ext.cells.client import Client, Run
from _ext.cells.reuse import Store, outdated, take

logger = logging.getLogger(__name__)
SLOWEST = 5


class Ahead:
    """The runs of this build."""

    def __init__(self, runs: list[Run], at_once: int, store: Store | None = None) -> None:
        self.runs, self.store = runs, store
        self.stopped = False
        self.running: list[str] = []
        self.waiting: queue.SimpleQueue[Run] = queue.SimpleQueue()
        for run in runs:
            self.waiting.put(run)
        # Threads that Python does not wait for: when the build breaks off, their kernels are ended.
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(at_once)]
        for thread in self.threads:
            thread.start()
        atexit.register(self.stop)

    def work(self) -> None:
        """Run pages until none waits."""
        while not self.stopped:
            try:
                run = self.waiting.get_nowait()
            except queue.Empty:
                return
            self.running.append(run.page)
            run.perform()
            self.running.remove(run.page)
            now = f"; {' and '.join(self.running)} now" if self.running else ""
            if self.store:
                self.store.keep(run)
            left = f"; {count} left" if (count := self.waiting.qsize()) else ""
            Run.news.put(f"ran {run.page} in {run.seconds:.1f} s{now}{left}")

    def stop(self) -> None:
        """Start no further page, and end those that run."""
        self.stopped = True
        kernels.stop()
        for thread in self.threads:
            thread.join(10)

    def tell(self) -> None:
        """Say which pages took longest."""
        Run.tell()
        slowest = sorted(self.runs, key=lambda run: -run.seconds)[:SLOWEST]
        told = ", ".join(f"{run.page} {run.seconds:.1f} s" for run in slowest)
        logger.info("the slowest pages: %s", told)


def begin(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run the pages that Sphinx is about to read."""
    if not (app.config.cells_forked and kernels.POSSIBLE):
        return
    store = Store(app) if app.config.cells_reuse else None
    Client.notes_reading = store is not None
    runs = [Run(page, client) for page in docnames if (client := client_of(app, page))]
    for run in runs:
        if store and (entry := store.find(run.page, run.client)):
            take(run, entry)
    if not (runs := [run for run in runs if not run.done.is_set()]):
        return
    kernels.start()
    if app.parallel > 1:  # Sphinx then reads in processes of its own, which have no such threads
        Run.ahead.clear()
        app.connect("env-updated", lambda *_: kernels.stop())
        return
    ahead = Ahead(runs, app.config.cells_at_once, store)

    def end(*_: object) -> None:
        ahead.stop()
        ahead.tell()

    app.connect("env-updated", end)


def client_of(app: Sphinx, page: str) -> Client | None:
    """Return a client that will run the page, as MyST-NB would; None for a page without cells."""
    env, path = app.env, app.env.doc2path(page)
    config = env.mystnb_config  # type: ignore[attr-defined]
    if config.execution_mode != "force":
        return None
    try:
        source = [Path(path).read_text(encoding="utf-8")]
        app.emit("source-read", page, source)
        reader = create_nb_reader(path, env.myst_config, config, source[0])  # type: ignore[attr-defined]
        notebook = reader and reader.read(source[0])
        if notebook and (own := notebook.metadata.get(config.metadata_key)):
            own = {name: value for name, value in own.items() if name != "output_folder"}
            config = config.copy(**own)
    except Exception:  # Sphinx will tell, when it reads the page
        return None
    if notebook is None:
        return None
    return Client(
        nb=notebook,
        resources={"metadata": {"path": os.path.dirname(os.path.abspath(path))}},
        timeout=config.execution_timeout,
        allow_errors=config.execution_allow_errors,
        record_timing=False,
    )


def configure(app: Sphinx) -> None:
    """Add the settings of how the cells run."""
    app.add_config_value("cells_forked", True, "", types=frozenset({bool}))
    app.add_config_value("cells_at_once", 2, "", types=frozenset({int}))
    app.add_config_value("cells_output", 1_000_000, "env", types=frozenset({int}))
    app.add_config_value("cells_memory", 0, "env", types=frozenset({int}))
    app.add_config_value("cells_reuse", "", "", types=frozenset({str}))
    app.connect("config-inited", limit)
    app.connect("env-get-outdated", outdated)
    app.connect("env-before-read-docs", begin)


def limit(app: Sphinx, config: object) -> None:
    """Set the limits of a cell and of a page, and the threads of a kernel."""
    Client.output_limit = app.config.cells_output
    Client.memory_limit = app.config.cells_memory
    os.environ.update(kernels.THREADS)
