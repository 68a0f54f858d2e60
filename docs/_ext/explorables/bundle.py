"""Bundle the scripts of the figures into one small module: a reader loads it once."""

from __future__ import annotations

import subprocess
import zlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from _ext.assets.memory import remembered
from _ext.assets.npm import NODE, package

SOURCES = Path(__file__).parent / "scripts"
MODULE = Path("_static", "explorables", "figures.js")
OPTIONS = ("--bundle", "--minify", "--format=esm", "--charset=utf8")


def start(app: Sphinx) -> None:
    """Write the module into a site."""
    if app.builder.format != "html" or app.builder.name == "epub":
        return
    texts = [path.read_bytes() for path in sorted(SOURCES.glob("*.js"))]
    module = remembered([*texts, " ".join(OPTIONS).encode()], bundled)
    path = Path(app.outdir, MODULE)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(module)
    app.builder.explorables_version = f"{zlib.crc32(module):08x}"  # type: ignore[attr-defined]


def bundled() -> bytes:
    """Return the module.

    Raises:
        ExtensionError: if a script is wrong.
    """
    esbuild = package("esbuild") / "bin" / "esbuild"
    command: list[str | Path] = [NODE, esbuild, SOURCES / "figures.js", *OPTIONS]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        raise ExtensionError(f"esbuild failed:\n{done.stderr.decode()}")
    return done.stdout
