"""An interpreter that has imported what pages import, and becomes a kernel by forking.

`kernels.py` runs this file as a script, with the number of a socket as its argument. Each byte that
comes in brings the descriptor of another socket, on which a line of JSON asks for a kernel. The
answer is a line with the number of the new process, and a second one with its exit status.
When whoever asked is gone, the kernel is killed; when the build is gone, this process ends.

The modules of mcalc are not imported here: which of them a page loads is to be seen, and one that
was edited is to be read again.
"""

from __future__ import annotations

import contextlib
import gc
import importlib.util
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from typing import Any

IMPORTED = (
    "numpy",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "torch",
    "torch.func",
    "torch._dynamo",
    "sympy",
    "lark",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "ipykernel.zmqshell",
    "IPython.core.completer",
    "IPython.core.magics",
)


def serve(control: socket.socket) -> dict[str, Any] | None:
    """Serve until the build is gone; in each process that is forked, return what was asked for."""
    woken, waker = socket.socketpair()
    for end in (woken, waker):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
    kernels: dict[socket.socket, int] = {}
    while True:
        ready, _, _ = select.select([control, woken, *kernels], [], [])
        for channel in [channel for channel in ready if channel in kernels]:
            kill(kernels.pop(channel))  # nothing more is ever said on it: whoever asked is gone
            channel.close()
        if woken in ready:
            woken.recv(4096)
            for pid, code in ended():
                for channel in [channel for channel, its in kernels.items() if its == pid]:
                    del kernels[channel]
                    with contextlib.suppress(OSError):
                        channel.sendall(b"%d\n" % code)
                    channel.close()
        if control in ready:
            byte, descriptors, _, _ = socket.recv_fds(control, 1, 1)
            if not byte:
                forget_children()
                for pid in kernels.values():
                    kill(pid)
                    os.waitpid(pid, 0)
                return None
            channel = socket.socket(fileno=descriptors[0])
            with channel.makefile(encoding="utf-8") as lines:
                request: dict[str, Any] = json.loads(lines.readline() or "{}")
            if not request:
                channel.close()
            elif pid := os.fork():
                kernels[channel] = pid
            else:
                forget_children()
                os.setsid()  # a group of its own, so that a signal reaches what it starts
                channel.sendall(b"%d\n" % os.getpid())
                for inherited in (control, woken, waker, channel, *kernels):
                    inherited.close()
                return request


def forget_children() -> None:
    """Be woken no more when a kernel ends."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


def kill(pid: int) -> None:
    """Kill a kernel and what it has started."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # it may not have made its group yet
        os.killpg(pid, signal.SIGKILL)


def ended() -> Iterator[tuple[int, int]]:
    """Yield the kernels that have ended since, with their exit status."""
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            yield found[0], os.waitstatus_to_exitcode(found[1])


def become_kernel(request: dict[str, Any]) -> None:
    """Run a kernel in this process, as `python -m ipykernel_launcher` would in a new one."""
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    launcher = importlib.util.find_spec("ipykernel_launcher")
    sys.argv = [str(launcher and launcher.origin), *request["arguments"]]
    sys.argv.append(f"--IPKernelApp.parent_handle={os.getppid()}")  # it ends when this one does
    sys.argv.append("--IPKernelApp.log_level=CRITICAL")  # the end of a kernel is no news
    # As in a new interpreter, unknown seeds: fixed ones would hide that a page sets none. Python
    # does so itself for its own generator.
    for name in ("numpy.random", "torch"):
        if module := sys.modules.get(name):
            module.seed()
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()


def main() -> None:
    """Import, serve, and run the kernels in the forks."""
    del sys.path[0]  # this folder, which a kernel does not have
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")  # as a kernel
    for name in IMPORTED:
        with contextlib.suppress(ModuleNotFoundError):  # a book whose pages do without it
            importlib.import_module(name)
    # It joins itself to the shell when it is first imported, and here there is none.
    sys.modules.pop("matplotlib_inline.backend_inline", None)
    gc.collect()
    gc.freeze()  # a collection in a fork would write to, and so copy, all of this memory
    if request := serve(socket.socket(fileno=int(sys.argv[1]))):
        become_kernel(request)


if __name__ == "__main__":
    main()
