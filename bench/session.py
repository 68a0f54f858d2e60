"""One run of the benchmark: compare, time, print, and write the record."""

from __future__ import annotations

import argparse
import datetime
import importlib.metadata
import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np

from bench import growth, record, report
from bench.measuring import Timing, race, race_imports
from bench.peers import contenders, require_equal
from bench.workloads import IMPORT_BARS, IMPORT_TITLE, IMPORTS, WORKLOADS, Bar, Workload

PACKAGES = ("numpy", "autograd", "jax", "jaxlib", "numdifftools", "torch")


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark with the arguments of the command line."""
    parser = argparse.ArgumentParser(prog="nox -s bench --", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few repeats: to see that it works")
    parser.add_argument("--publish", action="store_true", help="let the book's page show this run")
    options = parser.parse_args(arguments)
    if options.quick:
        found = measure(budget=0.5, sizes=growth.SIZES[:-1], depths=growth.DEPTHS[:-1])
    else:
        found = measure(budget=6.0)
    record.save(found, record.BUILT)
    print("\n".join(report.lines(found)))
    print(f"\nwritten to {record.BUILT.relative_to(record.ROOT)}")
    if options.publish:
        shutil.copy(record.BUILT, record.PUBLISHED)
        print(f"published as {record.PUBLISHED.relative_to(record.ROOT)}")


def measure(
    *,
    budget: float,
    small: bool = False,
    sizes: tuple[int, ...] = growth.SIZES,
    depths: tuple[int, ...] = growth.DEPTHS,
    imports: Mapping[str, str] = IMPORTS,
) -> record.Record:
    """Measure everything and return the record.

    Args:
        budget: seconds for each workload, about.
        small: whether to take the small problems, to see that all works.
        sizes: of Rosenbrock's function, as it grows.
        depths: of the chain, as it grows.
        imports: the modules whose import is timed.
    """
    sources = record.digest_of_sources()
    rows = [measure_workload(workload, budget=budget, small=small) for workload in WORKLOADS]
    imported = race_imports(imports, rounds=max(3, round(2 * budget)))
    rows.append(as_row("import", IMPORT_TITLE, imported, IMPORT_BARS))
    each = budget / 3
    grown = {
        "size": growth.series(growth.in_size, growth.SIZE_REACH, sizes, each),
        "depth": growth.series(growth.in_depth, growth.DEPTH_REACH, depths, each),
        "memory": [growth.memory(depth, 10_000 if small else 100_000) for depth in (10, 100)],
    }
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": machine(),
        "versions": {"python": platform.python_version(), **versions()},
        "sources": sources,
        "seconds_for_each_workload": budget,
        "workloads": rows,
        "growth": grown,
    }


def measure_workload(workload: Workload, *, budget: float, small: bool = False) -> record.Record:
    """Compare all libraries at a workload, then time them."""
    size = workload.small if small else workload.size
    lanes = contenders(workload, workload.make(np.random.default_rng(0), *size))
    require_equal(lanes, workload.title)
    times = race({name: lane.call for name, lane in lanes.items()}, budget=budget)
    return as_row(workload.name, workload.title, times, workload.bars)


def as_row(name: str, title: str, times: dict[str, Timing], bars: tuple[Bar, ...]) -> record.Record:
    """Return a row of the record."""
    medians = {library: time.median for library, time in times.items()}
    return {
        "name": name,
        "title": title,
        "times": {library: asdict(time) for library, time in times.items()},
        "bars": [bar.judge(medians) for bar in bars],
    }


def machine() -> dict[str, Any]:
    """Return what the times depend on beside the code."""
    blas = cast("Any", np.show_config(mode="dicts"))["Build Dependencies"]["blas"]
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "blas": f"{blas['name']} {blas['version']}",
    }


def processor() -> str:
    """Return the name of the processor's model, as the system knows it."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    return platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    """Return the versions of the libraries."""
    return {name: importlib.metadata.version(name) for name in PACKAGES}


if __name__ == "__main__":
    main()
