"""Build the site as a whole or not at all: `build.py SITE [OPTIONS OF SPHINX]`.

Sphinx writes into a new folder beside the site, which takes the site's place by a rename when all
is well. A build that fails, is interrupted or is killed leaves the last good site as it was, and
one that starts while another runs in the same folder waits for it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from sphinx.cmd.build import main as sphinx

SPHINX = ["-c", ".", "-b", "html", "-n", "-W", "--keep-going"]
WORKING = ("doctrees", "jupyter_execute", ".jupyter_cache")  # nothing stale can be published


class Places:
    """The folders of a site: itself, the new one, what it replaces, and a faulty one to look at."""

    def __init__(self, site: Path) -> None:
        self.site = site
        self.new, self.old, self.faulty = (
            site.with_name(f"{site.name}.{name}") for name in ("new", "old", "faulty")
        )
        self.lock = site.with_name(f"{site.name}.lock")

    def clear(self) -> None:
        """Put right what a killed build has left, and make room for a new one."""
        if self.old.exists() and not self.site.exists():  # killed between the two renames
            self.old.rename(self.site)
        for folder in (self.old, self.new, self.faulty):
            remove(folder)
        for name in WORKING:
            remove(self.site.with_name(name))

    def swap(self) -> None:
        """Let the new site take the place of the old one."""
        with uninterrupted():
            if self.site.exists():
                self.site.rename(self.old)
            self.new.rename(self.site)
        remove(self.old)

    def said(self) -> str:
        """Return where the last good site is."""
        if self.site.exists():
            return f"The last good site is as it was, in {self.site}."
        return f"There was no earlier site in {self.site}."


def remove(folder: Path) -> None:
    """Remove a folder that may not be there."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(folder)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let the signals that end a build wait."""
    kept = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


SIGNALS = [signal.SIGINT, signal.SIGTERM] + ([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])


def interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """End the build in good order."""
    raise SystemExit(128 + number)


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait until no other build runs in the folder; a lock ends with the process that has it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        if not taken(file.fileno(), wait=False):
            say(f"Another build runs in {lock.parent}; waiting for it to end.")
            while not taken(file.fileno(), wait=True):
                continue
        yield


def taken(descriptor: int, *, wait: bool) -> bool:
    """Take the lock, and tell whether that was possible."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def build(places: Places, options: list[str]) -> int:
    """Build, and swap if all is well; return Sphinx's exit status."""
    places.clear()
    doctrees = str(places.site.with_name("doctrees"))
    gc.disable()  # a seventh of a build is the search for cycles, of which there are few
    try:
        code = sphinx([*SPHINX, "-d", doctrees, *options, "docs", str(places.new)])
        if code == 0:
            places.swap()
        elif code == 1 and places.new.exists():  # all is written, and something in it is wrong
            places.new.rename(places.faulty)
            say(f"The site has faults; to look at them, open it in {places.faulty}.")
    finally:
        remove(places.new)
    return code


def say(text: str) -> None:
    """Print a line after all that Sphinx has printed."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def main(site: Path, options: list[str]) -> int:
    """Build alone; say what became of the site, unless it is new."""
    places = Places(site)
    for number in SIGNALS:
        signal.signal(number, interrupt)
    code = 1
    try:
        with alone(places.lock):
            code = build(places, options)
    except OSError as error:
        say(f"The site cannot be written: {error}")
        code = 2
    except SystemExit as ended:
        code = int(str(ended.code))
        raise
    finally:
        if code:
            say(places.said())
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
