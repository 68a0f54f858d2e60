"""The client that runs the cells of a page, for MyST-NB to start: it forks, joins, and has limits.

What a cell prints becomes one text, whatever the pieces in which it arrived: a kernel sends output
in pieces that the clock cuts, so that two builds could differ. (The option of MyST-NB to join them,
`nb_merge_streams`, ends a line at each cut; that of nbclient does not, but MyST-NB cannot pass it
on.) What ends the run of a page, be it a limit or the end of the kernel, stands in the outputs of
its cell as an error, for `failures.py` to report with the line.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import copy
import json
import logging
import queue
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbclient.client
from jupyter_client.manager import KernelManager
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_output
from sphinx.util import logging as sphinx_logging
from traitlets import Bool, Integer

from _ext.cells import kernels
from _ext.cells.executed import STOPPED

logger = sphinx_logging.getLogger(__name__)
LIMIT_MEMORY = """\
try:
    import resource as _r
    _r.setrlimit(_r.RLIMIT_DATA, ({0}, _r.getrlimit(_r.RLIMIT_DATA)[1]))
    del _r
except (ImportError, ValueError, OSError):
    pass
"""


NOTE_READING = """\
def _book():
    import os, sys
    seen = sys._book_read = set()
    def note(event, arguments):
        if event == "open" and isinstance(arguments[0], str):
            seen.add(os.path.abspath(arguments[0]))
    sys.addaudithook(note)
_book()
del _book
"""
READ = (
    "__import__('json').dumps(sorted(getattr(__import__('sys'), '_book_read', set())"
    " | {str(m.__file__) for m in list(__import__('sys').modules.values())"
    " if getattr(m, '__file__', None)}))"
)


class Client(nbclient.client.NotebookClient):
    """A notebook client of the book."""

    coalesce_streams = Bool(True)
    # Both below are for a machine that has much else to do; nbclient drops the outputs that are
    # later than 4 s, and says nothing.
    iopub_timeout = Integer(120)
    raise_on_iopub_timeout = Bool(True)

    output_limit = 0  # characters of what a cell gives; no limit if 0
    memory_limit = 0  # bytes of a page

    notes_reading = False  # whether the kernel is asked what it has read

    read: Sequence[str] = ()
    printed = 0
    is_ahead = False

    def create_kernel_manager(self) -> KernelManager:
        """Let the kernel be forked."""
        manager = super().create_kernel_manager()
        kernels.choose(manager)
        return manager

    def execute(self, **kwargs: Any) -> NotebookNode:
        """Run the page, unless it was run ahead; an error of a cell stands in its outputs."""
        run = Run.ahead.get(signature(self))
        if run is None or run.client is self:
            with contextlib.suppress(CellExecutionError):  # `failures.py` reports it with the line
                return super().execute(**kwargs)
            return self.nb
        while not run.done.wait(0.1):
            Run.tell()
        for mine, its in zip(self.nb.cells, run.client.nb.cells, strict=True):
            for name in ("outputs", "execution_count"):
                if name in its:
                    mine[name] = copy.deepcopy(its[name])  # MyST-NB takes glued values out of it
        self.nb.metadata.update(run.client.nb.metadata)
        if run.error:
            raise run.error
        return self.nb

    async def async_start_new_kernel_client(self) -> Any:
        """Limit the memory of the kernel when it is there, and note what it reads."""
        client = await super().async_start_new_kernel_client()
        for code in (
            LIMIT_MEMORY.format(self.memory_limit) if self.memory_limit else "",
            NOTE_READING if self.notes_reading else "",
        ):
            if code:
                client.execute(code, silent=True, store_history=False)
        return client

    async def ask_reading(self) -> None:
        """Ask the kernel which modules it has loaded and which files it has opened."""
        assert self.kc is not None
        asked = self.kc.execute(
            "", silent=True, store_history=False, user_expressions={"read": READ}
        )
        reply = await self.async_wait_for_reply(asked)
        said = (reply or {}).get("content", {}).get("user_expressions", {}).get("read", {})
        self.read = json.loads(ast.literal_eval(said.get("data", {}).get("text/plain", "'[]'")))

    async def async_execute_cell(
        self, cell: NotebookNode, cell_index: int, *args: Any, **kwargs: Any
    ) -> NotebookNode:
        """Run a cell; let what stops it be an error among its outputs."""
        self.printed = 0
        reason = ""
        last = cell_index == len(self.nb.cells) - 1
        try:
            await super().async_execute_cell(cell, cell_index, *args, **kwargs)
            if last and self.notes_reading:
                await self.ask_reading()
        except CellExecutionError:
            if self.notes_reading:
                await self.ask_reading()
            raise
        except CellTimeoutError:
            reason = (
                f"ran longer than {self._get_timeout(cell)} s (nb_execution_timeout in conf.py)"
            )
        except DeadKernelError:
            reason = f"ended the kernel of the page, {self.death()}"
        if self.printed > self.output_limit > 0:
            reason = f"gave more than {self.output_limit} characters (cells_output in conf.py)"
            cell.outputs = []
        if not reason:
            return cell
        await self.kill()
        error = new_output("error", ename=STOPPED, evalue=reason, traceback=[])  # type: ignore[no-untyped-call]
        cell.outputs.append(error)
        raise CellExecutionError("", STOPPED, reason)

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> Any:
        """Count what a cell gives, and end the kernel if it is too much."""
        content = msg["content"]
        if msg["msg_type"] in ("stream", "display_data", "execute_result"):
            before, self.printed = self.printed, self.printed + size(content)
            if self.printed > self.output_limit > 0:
                if before <= self.output_limit:
                    self.killing = asyncio.ensure_future(self.kill())
                return None
        return super().process_message(msg, cell, cell_index)

    def _cleanup_kernel(self) -> None:
        """Leave the kernel, when Python ends, to the thread that has it: see `Ahead.stop`."""
        if not self.is_ahead:
            super()._cleanup_kernel()

    async def kill(self) -> None:
        """Kill the kernel, which may not listen."""
        if self.km is not None and self.km.provisioner is not None:
            await self.km.provisioner.kill()

    def death(self) -> str:
        """Return in words how the kernel ended."""
        process = getattr(self.km and self.km.provisioner, "process", None)
        code = process.poll() if process else None
        if code is not None and code < 0:
            return f"killed by signal {-code}; was there not enough memory?"
        return f"with exit status {code}"


def size(content: dict[str, Any]) -> int:
    """Return how many characters a message holds for the page."""
    return len(content.get("text", "")) + sum(
        len(value if isinstance(value, str) else json.dumps(value))
        for value in content.get("data", {}).values()
    )


def signature(client: Client) -> str:
    """Return what a run is known by: two with the same would do the same."""
    cells = [[cell.cell_type, cell.source, cell.metadata] for cell in client.nb.cells]
    settings = [client.timeout, client.allow_errors, client.resources]
    return json.dumps([cells, client.nb.metadata.get("kernelspec"), settings], sort_keys=True)


class Run:
    """The run of a page ahead of the time when Sphinx asks for it."""

    ahead: dict[str, Run] = {}  # noqa: RUF012 - those of this build
    news: queue.SimpleQueue[str] = queue.SimpleQueue()
    """What the threads have to say, for Sphinx's own, which may be in the middle of a line."""

    def __init__(self, page: str, client: Client) -> None:
        self.page, self.client = page, client
        client.is_ahead = True
        self.done = threading.Event()
        self.error: Exception | None = None
        self.began = self.seconds = 0.0
        self.ahead[signature(client)] = self

    def perform(self) -> None:
        """Run the page."""
        self.began = time.time()
        began = time.monotonic()
        try:
            self.client.execute()
        except Exception as error:
            self.error = error
        self.seconds = time.monotonic() - began
        self.done.set()

    @classmethod
    def tell(cls) -> None:
        """Print what the threads have said."""
        while not cls.news.empty():
            logger.info(cls.news.get())

    def is_older_than(self, path: str) -> bool:
        """Tell whether a file was written after the run began, so that it may have read another."""
        return Path(path).stat().st_mtime >= self.began


def install() -> None:
    """Let MyST-NB start this client."""
    nbclient.client.NotebookClient = Client  # type: ignore[misc]
    # It tells when each page begins, as MyST-NB does, and of what our errors tell with the line.
    logging.getLogger("traitlets").setLevel(logging.CRITICAL)
