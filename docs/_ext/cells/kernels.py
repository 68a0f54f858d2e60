"""Start the kernel of a page by forking an interpreter that has imported what pages import.

Half of what a page takes are its imports. Here a process does them once, `kernel_server.py`, and
Jupyter's own protocol of starting and ending kernels, a provisioner, is told to fork it; MyST-NB,
nbclient and the kernels themselves know nothing of it, and the outputs are the same.
Only on Linux: elsewhere a fork of a process that has loaded such libraries may crash, and kernels
are started as ever.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

NAME = "forked"
POSSIBLE = sys.platform == "linux"
# Numbers do not depend on how many cores there are, and pages that run side by side do not quarrel.
THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_choosing_ports = threading.Lock()  # two threads would be given the same


class Server:
    """The process that is forked."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        if given := os.environ.pop("BOOK_KERNELS", ""):  # by `nox -s live`, which keeps it
            self.control = socket.socket(fileno=int(given))
            return
        self.control, there = socket.socketpair()
        script = Path(__file__).with_name("kernel_server.py")
        with there:
            self.process = subprocess.Popen(
                [sys.executable, script, str(there.fileno())],
                pass_fds=[there.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the build, which then ends this one
            )

    def fork(self, request: dict[str, Any]) -> Forked:
        """Return a new kernel.

        Raises:
            OSError: if the server is not there any more.
        """
        here, there = socket.socketpair()
        with there:
            socket.send_fds(self.control, [b"k"], [there.fileno()])
        here.sendall(json.dumps(request).encode() + b"\n")
        return Forked(here)

    def close(self) -> None:
        """End the server and all its kernels, if it is this build's."""
        self.control.close()
        if self.process:
            self.process.wait()


class Forked:
    """A kernel that is not our child, with the methods of `subprocess.Popen` that Jupyter calls."""

    stdin = stdout = stderr = None

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self.returncode: int | None = None
        line = channel.recv(32).split()
        if not line:
            raise OSError("the server of the kernels has ended")
        self.pid = int(line[0])
        if line[1:]:
            self.returncode = int(line[1])

    def poll(self) -> int | None:
        """Return the exit status, or None while the kernel runs."""
        return self._status(blocking=False)

    def wait(self) -> int | None:
        """Return the exit status when the kernel has ended."""
        return self._status(blocking=True)

    def _status(self, *, blocking: bool) -> int | None:
        if self.returncode is None:
            self.channel.setblocking(blocking)
            with contextlib.suppress(BlockingIOError):
                said = self.channel.recv(32)
                self.returncode = int(said) if said else -signal.SIGKILL  # the server was killed
                self.channel.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill the kernel."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)


class ForkedProvisioner(LocalProvisioner):
    """Jupyter's provisioner of local kernels, which forks."""

    server: Server | None = None  # of this build

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Choose the ports."""
        with _choosing_ports:
            return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork; start a new interpreter for a kernel of another kind, or if the server has died."""
        server = type(self).server
        if server is None:
            raise RuntimeError("the build has ended")
        if "ipykernel_launcher" not in cmd:
            return await super().launch_kernel(cmd, **kwargs)
        request = {
            "arguments": cmd[cmd.index("ipykernel_launcher") + 1 :],
            "cwd": os.path.abspath(kwargs.get("cwd") or os.curdir),
            "env": dict(kwargs["env"]),
        }
        try:
            forked = server.fork(request)
        except OSError:
            return await super().launch_kernel(cmd, **kwargs)
        self.process = forked  # type: ignore[assignment]
        self.pid = self.pgid = forked.pid
        self.cwd = request["cwd"]
        return self.connection_info


def start() -> None:
    """Start the server; Jupyter finds the provisioner by its name."""
    if ForkedProvisioner.server is None:
        place = f"{ForkedProvisioner.__module__}:{ForkedProvisioner.__name__}"
        KernelProvisionerFactory.provisioners[NAME] = EntryPoint(
            NAME, place, KernelProvisionerFactory.GROUP_NAME
        )
        ForkedProvisioner.server = Server()


def stop() -> None:
    """End the server and its kernels."""
    if server := ForkedProvisioner.server:
        ForkedProvisioner.server = None
        server.close()


def choose(manager: KernelManager) -> None:
    """Let a kernel be forked, if there is a server."""
    if ForkedProvisioner.server is not None and manager.kernel_spec is not None:
        manager.kernel_spec.metadata["kernel_provisioner"] = {"provisioner_name": NAME}
