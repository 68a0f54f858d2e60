"""A site is swapped in as a whole, or the last good one stays as it was."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import books
import pytest

BUILD = [sys.executable, books.ROOT / "tools" / "build.py", "out/html", "-c", books.ROOT]
GOOD = "# A book\n\nAll is well.\n"
BAD = "# A book\n\nSee {eq}`eq-nowhere`.\n"
SLOW = (
    books.NOTEBOOK
    + "# S\n\n```{code-cell} python\nopen('began', 'w').close()\nwhile True: pass\n```\n"
)
BROKEN = """\
import builtins, errno, os
first = builtins.open

def full(file, mode="r", *rest, **more):
    if "w" in mode and str(file).endswith("index.html"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
    return first(file, mode, *rest, **more)

builtins.open = full
import io, pathlib
io.open = full
"""


def write(folder: Path, text: str) -> None:
    (folder / "docs").mkdir(parents=True, exist_ok=True)
    (folder / "docs" / "index.md").write_text(text, encoding="utf-8")


def run(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*BUILD, *options],
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@contextlib.contextmanager
def started(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a build, and end it with all that it started, whatever the test does."""
    build = subprocess.Popen(
        BUILD,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield build
    finally:
        if build.poll() is None:
            os.killpg(build.pid, signal.SIGKILL)
        build.communicate()


def wait_for(what) -> None:
    end = time.monotonic() + 120
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def left(folder: Path) -> list[str]:
    """Return what stands beside the site."""
    kept = {"html", "html.lock", "doctrees", "jupyter_execute", ".jupyter_cache"}
    return sorted({path.name for path in (folder / "out").iterdir()} - kept)


@pytest.fixture
def built() -> Path:
    """Return a folder with a good site, and a mark in it."""
    folder = books.new_folder()
    write(folder, GOOD)
    (folder / "out" / "html").mkdir(parents=True)
    (folder / "out" / "html" / "mark").write_text("the last good site")
    return folder


def is_untouched(folder: Path) -> bool:
    return [path.name for path in (folder / "out" / "html").iterdir()] == ["mark"]


def test_a_good_build_replaces_the_site_and_leaves_nothing_beside_it(built: Path) -> None:
    stale = built / "out" / "jupyter_execute" / "old.ipynb"
    stale.parent.mkdir()
    stale.touch()
    done = run(built)
    assert done.returncode == 0, done.stderr
    assert not stale.exists()
    assert "All is well" in (built / "out/html/index.html").read_text("utf-8")
    assert not (built / "out/html/mark").exists()
    assert left(built) == []


def test_a_faulty_build_leaves_the_site_and_says_where_both_are(built: Path) -> None:
    write(built, BAD)
    done = run(built)
    assert done.returncode == 1
    assert is_untouched(built)
    assert left(built) == ["html.faulty"]
    assert (built / "out/html.faulty/index.html").exists()
    said = done.stderr.splitlines()[-2:]
    assert said[0].endswith("open it in out/html.faulty.")
    assert said[1] == "The last good site is as it was, in out/html."
    write(built, GOOD)
    assert run(built).returncode == 0
    assert left(built) == []


def test_a_full_disk_leaves_the_site_and_is_named(built: Path) -> None:
    (built / "sitecustomize.py").write_text(BROKEN)
    done = run(built, PYTHONPATH=f"{built}{os.pathsep}{books.ROOT}")
    assert done.returncode == 1, done.stderr
    assert "index.html: [Errno 28] No space left on device" in done.stderr
    assert "The last good site is as it was" in done.stderr
    assert is_untouched(built)


def test_a_folder_that_cannot_be_written_is_named() -> None:
    folder = books.new_folder()
    write(folder, GOOD)
    (folder / "out").write_text("a file, where the folder should be")
    done = run(folder)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-2].startswith("The site cannot be written: [Errno ")
    assert "'out" in done.stderr
    assert done.stderr.splitlines()[-1] == "There was no earlier site in out/html."


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_build_leaves_the_site_and_no_half_of_another(
    built: Path, number: int
) -> None:
    write(built, SLOW)
    with started(built) as build:
        wait_for((built / "docs" / "began").exists)
        build.send_signal(number)
        assert build.wait(60) == 128 + number
        assert build.stdout.read().endswith("The last good site is as it was, in out/html.\n")
    assert is_untouched(built)
    assert left(built) == []


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_killed_build_leaves_the_site_and_the_next_one_tidies_up(built: Path) -> None:
    write(built, SLOW)
    with started(built) as build:
        wait_for((built / "docs" / "began").exists)
        build.kill()
    assert is_untouched(built)
    write(built, GOOD)
    assert run(built).returncode == 0
    assert left(built) == []


def test_a_build_that_was_killed_between_two_renames_loses_no_site(built: Path) -> None:
    (built / "out/html").rename(built / "out/html.old")
    write(built, BAD)
    assert run(built).returncode == 1
    assert is_untouched(built)


def test_two_builds_in_a_folder_wait_for_each_other(built: Path) -> None:
    slow = SLOW.replace(
        "while True: pass", "import time, os\nwhile not os.path.exists('go'): time.sleep(0.1)"
    )
    write(built, slow)
    with started(built) as first:
        wait_for((built / "docs" / "began").exists)
        with started(built) as second:
            assert second.stdout.readline() == "Another build runs in out; waiting for it to end.\n"
            assert second.poll() is None
            (built / "docs" / "go").touch()
            assert first.wait(120) == 0
            assert second.wait(120) == 0, second.stdout.read()
    assert (built / "out/html/index.html").exists()
    assert left(built) == []
