"""Measure the pages on Lighthouse's simulated phone."""

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryFile

import browsers
from _ext.assets.npm import NODE
from builds import ROOT

AGAIN = 2  # other work on the machine makes a page slower, never faster


def node(*arguments: str | Path, verdict: bool = False) -> str:
    """Run a program of Node and return its output; its exit status may be a verdict, not an error.

    Raises:
        RuntimeError: if it fails, with what it said.
    """
    with TemporaryFile("w+", encoding="utf-8") as out:  # of a pipe, an exit would lose the end
        command = [NODE, *arguments]
        done = subprocess.run(
            command, cwd=ROOT, stdout=out, stderr=subprocess.PIPE, text=True, check=False
        )
        out.seek(0)
        output = out.read()
    if done.returncode and not (verdict and output):
        raise RuntimeError(f"{arguments[0]} failed:\n{done.stderr}{output}")
    return output


def measure(chromium: Path, address: str, pages: list[str]) -> dict[str, dict]:
    """Return the best of up to three measures of each page."""
    best: dict[str, dict] = {}
    again = pages
    for _ in range(1 + AGAIN):
        arguments = [chromium, json.dumps(["--headless", *browsers.FLAGS])]
        arguments += [f"{address}/{page}" for page in again]
        lines = node(Path(__file__).with_name("lighthouse.mjs"), *arguments).splitlines()
        for page, line in zip(again, lines, strict=True):
            found = json.loads(line)
            if found["error"]:
                raise RuntimeError(f"Lighthouse could not measure {page}: {found['error']}")
            best[page] = max(found, best.get(page, found), key=speed)
        again = [page for page in again if slow(best[page])]
        if not again:
            break
    return best


def speed(found: dict) -> tuple[bool, float, float]:
    """Order measures: one that meets both bars comes before all that miss one."""
    return not slow(found), found["scores"]["performance"], -found["paint"]


def slow(found: dict) -> bool:
    """Tell whether a page misses a bar that other work on the machine can make it miss."""
    return found["scores"]["performance"] < 0.98 or found["paint"] > 1800
