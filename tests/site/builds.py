"""Build the site twice, from copies that share nothing but their sources."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SPHINX = [sys.executable, "-m", "sphinx", "-c", ".", "-b", "html", "-n", "-W", "--keep-going", "-q"]
LEFT_OUT = shutil.ignore_patterns(".git", ".nox", ".venv", ".*_cache", "_build", "node_modules")
# Two dates at any moment, two languages, two orders of a set.
WORLDS = {
    "one": {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANGUAGE": "C", "PYTHONHASHSEED": "1"},
    "a/longer/path/for/two": {
        "TZ": "Etc/GMT+12",
        "LC_ALL": "C.UTF-8",
        "LANGUAGE": "de",
        "PYTHONHASHSEED": "2",
    },
}
LONG_AGO = 1_000_000_000  # the second copy's files are older than the first's


def build(folder: Path) -> list[Path]:
    """Return the folders of the two sites.

    Raises:
        RuntimeError: if a build fails, with what it said.
    """
    running = []
    for name, world in WORLDS.items():
        copy = folder / name
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        if running:
            for path in copy.rglob("*"):
                os.utime(path, (LONG_AGO, LONG_AGO))
        # The kernels of the pages import the mcalc of the copy.
        environment = os.environ | world | {"PYTHONPATH": str(copy)}
        environment.setdefault("BOOK_ENGINE", str(ROOT / ".nox" / "engine"))  # fetched once
        environment.pop("MPLBACKEND", None)  # conftest.py sets one that shows no figure
        command = [*SPHINX, "-d", "doctrees", "docs", "html"]
        with (copy / "build.log").open("w") as log:
            process = subprocess.Popen(command, cwd=copy, env=environment, stdout=log, stderr=log)
        running.append((copy, process))
    for copy, code in [(copy, process.wait()) for copy, process in running]:
        if code:
            raise RuntimeError(f"the site does not build:\n{(copy / 'build.log').read_text()}")
    return [copy / "html" for copy, _ in running]
