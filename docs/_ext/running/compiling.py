"""Compile, in the engine, what the cells of a page import first: else each reader's browser does.

`compile.mjs` loads this file into the engine, whose Python is another than the build's. Modules
that few cells import stay sources, for bytecode is larger; what nothing in a browser reads is left
out.
"""

from __future__ import annotations

import importlib
import py_compile
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from types import ModuleType

FIRST = ["page", "judge", "mcalc.plotting", "matplotlib.pyplot", "matplotlib.backends.backend_svg"]
FIRST += ["tarfile"]  # which the engine imports when it unpacks the packages
UNREAD = {".a", ".afm", ".h", ".pxd", ".pyi"}  # for compilers and editors, and PDF's own fonts
BEGAN = (1980, 1, 1, 0, 0, 0)  # the least that an archive can say, for the same bytes at any time


def write(archives: Path, into: Path, packages: Path, library: Path) -> None:
    """Write the archives of the engine again, with what `FIRST` imports compiled.

    `packages` is the folder into which wheels are unpacked, `library` the archive of Python's own
    modules, as the engine knows it.
    """
    sys.dont_write_bytecode = True  # beside the sources of the book
    wheels = sorted(archives.glob("*.whl"))
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(packages, [name for name in packed.namelist() if read(name)])
    importlib.invalidate_caches()
    for name in FIRST:
        importlib.import_module(name)
    sources = origins(list(sys.modules.values()))
    for wheel in wheels:
        pack(wheel, into / wheel.name, packages, sources)
    (standard,) = archives.glob("*.zip")
    pack(standard, into / standard.name, library, sources)


def read(name: str) -> bool:
    """Tell whether anything in a browser reads a file."""
    return PurePosixPath(name).suffix not in UNREAD


def origins(modules: Iterable[ModuleType]) -> set[str]:
    """Return the paths from which modules were loaded."""
    specs = [spec for module in modules if (spec := getattr(module, "__spec__", None))]
    return {spec.origin for spec in specs if spec.has_location}


def pack(archive: Path, into: Path, place: Path, sources: set[str]) -> None:
    """Write an archive again: `sources` as bytecode, the rest as it is, or as imports left it.

    `place` is where its files are imported from. Matplotlib writes its list of fonts anew.
    """
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(into, "w") as new:
        for name in filter(read, old.namelist()):
            path = place / name
            content = path.read_bytes() if path.is_file() else old.read(name)
            if str(path) in sources and path.suffix == ".py":
                content, name = bytecode(content, path), f"{name}c"
            new.writestr(zipfile.ZipInfo(name, BEGAN), content, zipfile.ZIP_DEFLATED, 9)


def bytecode(source: bytes, path: Path) -> bytes:
    """Return what Python writes for the source of a module, and never checks against it."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder, path.name)
        scratch.write_bytes(source)
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(
            str(scratch), f"{scratch}c", str(path), doraise=True, invalidation_mode=mode
        )
        return Path(f"{scratch}c").read_bytes()
