"""The site does not depend on where, under which name, and in which surroundings it is built."""

import hashlib
import json
import os
import runpy
import shutil
import subprocess
import sys
import types
from functools import cache
from pathlib import Path
from typing import NoReturn

import books
import pytest
from test_kernels import FIGURES, contents

NEEDED = [
    "conf.py",
    "pyproject.toml",
    "docs",
    "mcalc",
    "package.json",
    "package-lock.json",
    "node_modules",
    "locks",
    "README.md",
    "LICENSE",
]
OFFLINE = """\
import socket
first = socket.socket.connect

def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in ("127.0.0.1", "::1"):
        raise OSError(f"there is no network, and {address} was asked for")
    return first(self, address)

socket.socket.connect = connect
"""
STRANGE = {
    "PATH": "",  # no Node, no npm, no git
    "LC_ALL": "C",
    "LANGUAGE": "de",
    "TZ": "Pacific/Kiritimati",
    "HOME": "/nowhere/at/all",
    "npm_config_registry": "http://127.0.0.1:9",
    "PYTHONHASHSEED": "7",
}
PAGES = {
    "index": books.index("zebras", "seiten/für alle"),
    "zebras": books.FIRST,
    "seiten/für alle": books.NOTEBOOK + FIGURES,
}


def build(root: Path, folder: Path, **changes: str) -> Path:
    """Build the pages with the extensions of a copy of the project; return the folder."""
    for name, text in PAGES.items():
        path = folder / "src" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(root), "NO_COLOR": "1", **changes}
    environment.pop("MPLBACKEND", None)  # conftest.py sets one that shows no figure
    environment.setdefault("BOOK_ENGINE", str(books.ROOT / ".nox" / "engine"))  # fetched once
    command = [sys.executable, "-m", "sphinx", "-c", str(root), "-n", "-W", "--keep-going"]
    done = subprocess.run(
        [*command, "src", "out/html"],
        cwd=folder,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return folder


@cache
def plain() -> dict[str, bytes]:
    """Return the files of the site in the surroundings of this test run."""
    return contents(build(books.ROOT, books.new_folder()))


def test_a_site_is_the_same_in_strange_surroundings() -> None:
    plain()  # which installs the packages of npm, so that no network is needed
    root = books.new_folder() / "ein Ordner mit ü und 空"
    root.mkdir()
    for name in NEEDED:
        (root / name).symlink_to(books.ROOT / name)
    (root / "sitecustomize.py").write_text(OFFLINE)
    strange = contents(build(root, root / "buch", **STRANGE))
    assert [name for name in plain() if plain()[name] != strange.get(name)] == []


def test_the_network_is_watched() -> None:
    folder = books.new_folder()
    (folder / "sitecustomize.py").write_text(OFFLINE)
    code = "import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=5)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "there is no network" in done.stderr


class Session:
    """What the session `env` of the noxfile asks of nox, and whether an installation breaks off."""

    def __init__(self, folder: Path) -> None:
        self.bin = str(folder / "bin")
        self.breaks_off = False
        self.installed = 0
        self.asked: set[str] = set()

    def install(self, *args: str) -> None:
        self.installed += 1
        self.asked |= {*args}
        if self.breaks_off:
            raise KeyboardInterrupt

    def log(self, *said: str) -> None:
        """Say or run something."""

    run = log

    def error(self, said: str) -> NoReturn:
        raise RuntimeError(said)


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Return the session, as a function, in a copy of what it reads."""
    shutil.copytree(books.ROOT / "locks", tmp_path / "locks")
    for name in ("pyproject.toml", "noxfile.py"):
        shutil.copy(books.ROOT / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    nox = types.ModuleType("nox")
    nox.options = types.SimpleNamespace()
    nox.Session = Session
    nox.session = lambda function=None, **_: function or (lambda function: function)
    monkeypatch.setitem(sys.modules, "nox", nox)
    names = runpy.run_path("noxfile.py")
    wheel = tmp_path / "torch" / "torch-cpu.whl"

    def chosen(session: Session) -> Path:
        wheel.parent.mkdir(exist_ok=True)
        wheel.write_bytes(b"torch")
        return wheel

    names["env"].__globals__["chosen_torch"] = chosen
    (tmp_path / "locks" / "torch.txt").write_text(hashlib.sha256(b"torch").hexdigest())
    return names["env"]


def test_what_is_installed_is_not_installed_again(env, tmp_path: Path) -> None:
    session = Session(tmp_path)
    env(session)
    first = session.installed
    assert first > 2
    env(session)
    assert session.installed == first


def test_an_installation_that_broke_off_is_begun_again(env, tmp_path: Path) -> None:
    session = Session(tmp_path)
    env(session)
    lock = tmp_path / "locks" / "main.txt"
    before = lock.read_text()
    lock.write_text(before + "\n# newer\n")
    session.breaks_off = True
    with pytest.raises(KeyboardInterrupt):
        env(session)
    session.breaks_off = False
    lock.write_text(before)  # the author goes back to the old locks; half of the new is there
    count = session.installed
    env(session)
    assert session.installed > count


def test_an_environment_of_another_place_is_not_trusted(env, tmp_path: Path, monkeypatch) -> None:
    session = Session(tmp_path)
    env(session)
    count = session.installed
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.copytree(tmp_path / "locks", moved / "locks")
    shutil.copy(tmp_path / "pyproject.toml", moved)
    monkeypatch.chdir(moved)
    env(session)
    assert session.installed > count


@pytest.mark.parametrize(("name", "installs"), [("torch-2+cpu.whl", False), ("torch-2.whl", True)])
def test_the_libraries_of_graphics_cards_come_with_a_torch_for_them(
    env, tmp_path: Path, name: str, installs: bool
) -> None:
    def chosen(session: Session) -> Path:
        (tmp_path / "torch").mkdir()
        (tmp_path / "torch" / name).write_bytes(b"torch")
        return tmp_path / "torch" / name

    env.__globals__["chosen_torch"] = chosen
    session = Session(tmp_path)
    env(session)
    assert {"locks/main.txt", str(tmp_path / "torch" / name)} <= session.asked
    assert ("locks/cuda.txt" in session.asked) == installs


def test_a_torch_that_is_not_locked_is_refused(env, tmp_path: Path) -> None:
    (tmp_path / "locks" / "torch.txt").write_text("another")
    with pytest.raises(RuntimeError, match=r"torch-cpu\.whl is not in locks/torch\.txt"):
        env(Session(tmp_path))


FOUND = [{"name": "a", "version": "1", "vulns": []}, {"name": "b", "version": "2", "vulns": []}]


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (json.dumps({"dependencies": FOUND}), None),
        (json.dumps({"dependencies": [*FOUND, {**FOUND[0], "vulns": [{"id": "X"}]}]}), "--upgrade"),
        (
            json.dumps({"dependencies": [{"name": "c", "skip_reason": "unknown"}, *FOUND]}),
            "nobody answered for 1 packages, such as c",
        ),
        ("no network", "unknown, since nobody answered:\nno network"),
    ],
)
def test_an_audit_fails_if_a_package_is_faulty_or_nobody_could_be_asked(
    env, tmp_path: Path, said: str, error: str | None
) -> None:
    session = Session(tmp_path)
    session.run = lambda *_, **__: f"{said}\n"  # type: ignore[method-assign]
    if error is None:
        env.__globals__["audit"](session)
        return
    with pytest.raises(RuntimeError, match=error):
        env.__globals__["audit"](session)
