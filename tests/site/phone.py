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
    """Return what Lighthouse measures of each page."""
    arguments = [chromium, json.dumps(["--headless", *browsers.FLAGS])]
    arguments += [f"{address}/{page}" for page in pages]
    lines = node(Path(__file__).with_name("lighthouse.mjs"), *arguments).splitlines()
    found = {page: json.loads(line) for page, line in zip(pages, lines, strict=True)}
    for page, measured in found.items():
        if measured["error"]:
            raise RuntimeError(f"Lighthouse could not measure {page}: {measured['error']}")
    return found


def measure_slow_again(chromium: Path, address: str, found: dict[str, dict]) -> dict[str, dict]:
    """Return the best of up to three measures of each page, of which the first is there."""
    best = dict(found)
    for _ in range(AGAIN):
        if pages := [page for page, measured in best.items() if slow(measured)]:
            again = measure(chromium, address, pages)
            best |= {page: max(again[page], best[page], key=speed) for page in pages}
    return best


def speed(found: dict) -> tuple[bool, float, float]:
    """Order measures: one that meets both bars comes before all that miss one."""
    return not slow(found), found["scores"]["performance"], -found["paint"]


def slow(found: dict) -> bool:
    """Tell whether a page misses a bar that other work on the machine can make it miss."""
    return found["scores"]["performance"] < 0.98 or found["paint"] > 1800
