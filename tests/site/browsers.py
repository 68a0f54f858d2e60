"""Find the Chromium that drives the checks, or install Debian's."""

import os
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find() -> Path:
    """Return the path of the browser; install it where apt-get may.

    Raises:
        FileNotFoundError: if there is none, with what to do.
    """
    if named := os.environ.get("CHROME_PATH"):
        if path := shutil.which(named):
            return Path(path)
        raise FileNotFoundError(f"CHROME_PATH is {named!r}, which is no program")
    if path := _on_path():
        return path
    if shutil.which("apt-get"):
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        for command in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run([*root, "apt-get", "--quiet", *command], check=False)
    if path := _on_path():
        return path
    raise FileNotFoundError(
        f"the site is checked in a browser, and none of {', '.join(NAMES)} is on the PATH;"
        " install Chromium, or name it: CHROME_PATH=/path/to/chrome python3 -m nox -s site"
    )


def _on_path() -> Path | None:
    """Return the first of the names that is a program."""
    return next((Path(path) for name in NAMES if (path := shutil.which(name))), None)
