"""The package as it is built: its name, version and addresses, and its sources with their tests."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import mcalc

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def built(what, folder, root=ROOT):
    """Build an sdist or a wheel with the project's own backend, and return its path."""
    pytest.importorskip("hatchling")
    code = f"import hatchling.build as b; print(b.build_{what}({str(folder)!r}))"
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    return Path(folder, run.stdout.split()[-1])


def metadata(wheel):
    """Return the headers of the metadata in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return archive.read(name).decode().partition("\n\n")[0].splitlines()


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Return the folder of the unpacked sdist."""
    folder = tmp_path_factory.mktemp("sdist")
    path = built("sdist", folder)
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
    return folder / path.name.removesuffix(".tar.gz")


def test_the_version_stands_in_one_place(tmp_path):
    assert f"Version: {mcalc.__version__}" in metadata(built("wheel", tmp_path))
    assert "version" not in PROJECT
    assert f"\nversion: {mcalc.__version__}\n" in text("CITATION.cff")


def test_the_name_of_the_package_is_said_where_it_is_installed():
    name = PROJECT["name"]
    assert name != "mcalc"  # which is somebody else's
    assert f"`{name}`" in text("README.md")
    assert f'OURS = "{name}"' in text("docs/_ext/notebook/install.py")


def test_the_lowest_numpy_stands_in_one_place():
    files = [path for path in ROOT.glob("*") if path.suffix in (".py", ".toml", ".cff")]
    pins = [
        pin for path in files for pin in re.findall(r"numpy *[<>=~]+ *\d[\d.]*", text(path.name))
    ]
    assert pins == ["numpy>=2.0"]


def test_the_addresses_are_those_of_the_package(tmp_path, monkeypatch):
    """Written once, in pyproject.toml, they are the site's and stand in the package."""
    pytest.importorskip("jupyter_client")
    for name in ("BOOK_SITE", "BOOK_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    urls = (
        '[project.urls]\nDocumentation = "https://book.test/"\nRepository = "https://code.test"\n'
    )
    for name in ("conf.py", "README.md", "LICENSE", "mcalc"):
        (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tmp_path / name)
    settings = text("pyproject.toml").replace("[project.urls]\n", urls)
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    found = runpy.run_path(str(tmp_path / "conf.py"))
    assert (found["site"], found["repository"]) == ("https://book.test/", "https://code.test")
    lines = metadata(built("wheel", tmp_path, tmp_path))
    assert "Project-URL: Documentation, https://book.test/" in lines
    monkeypatch.setenv("BOOK_SITE", "https://preview.test/")
    assert runpy.run_path(str(tmp_path / "conf.py"))["site"] == "https://preview.test/"


def test_the_tests_of_the_sdist_are_collected(sources):
    """All of them, as here; and one that reads the book passes."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "PYTHONPATH"))}

    def pytest_there(*args):
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *args]
        run = subprocess.run(
            command, cwd=sources, env=clean, capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    modules = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/**/test_*.py")}
    assert modules <= {path.relative_to(sources).as_posix() for path in sources.rglob("*.py")}
    collected = pytest_there("--collect-only")
    assert int(re.search(r"(\d+) tests collected", collected)[1]) > 10_000
    assert "passed" in pytest_there("tests/test_api.py", "tests/test_layers.py")
    where = "import mcalc; print(mcalc.__file__)"
    run = subprocess.run(
        [sys.executable, "-c", where], cwd=sources, env=clean, capture_output=True, check=True
    )
    assert run.stdout.decode().startswith(str(sources))  # not the mcalc of this checkout
