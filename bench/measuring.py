"""Timing calls against each other: interleaved, so that a busy moment of the machine hits all.

A time is processor time of the whole process. What other programs do on the machine does not
count, and a second thread, if a library starts one after all, counts in full.
"""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any

SAMPLE = 2e-3  # seconds: a call that is shorter is repeated, and one reading covers all of them
THREADS = ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")


@dataclass(frozen=True)
class Timing:
    """Seconds that a call takes: the median and the least of all rounds, and their number."""

    median: float
    least: float
    rounds: int


def one_thread(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process whose libraries compute with one thread."""
    # With a kernel that the environment forces, that one would be measured, not the machine's.
    forced = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    kept = {name: value for name, value in environment.items() if name not in forced}
    single = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    # XLA sizes its own pool by NPROC, and looks for other devices unless it is told not to.
    xla = {"XLA_FLAGS": single, "NPROC": "1", "JAX_PLATFORMS": "cpu"}
    # Memory that is given back to the system has to be cleared anew, and whether glibc gives an
    # array back depends on what ran before: it doubled the time of one library or another.
    memory = {"MALLOC_MMAP_THRESHOLD_": str(2**25), "MALLOC_TRIM_THRESHOLD_": str(2**30)}
    return kept | {f"{name}_NUM_THREADS": "1" for name in THREADS} | xla | memory


def seconds(call: Callable[[], Any], calls: int) -> float:
    """Return the seconds that one of `calls` calls took."""
    repeated = range(calls)
    start = time.process_time()
    for _ in repeated:
        call()
    return (time.process_time() - start) / calls


def race(
    calls: Mapping[str, Callable[[], Any]], *, budget: float, rounds: int = 51
) -> dict[str, Timing]:
    """Time calls in rounds, each of which runs all of them, beginning with another one.

    Args:
        calls: what to time, by name.
        budget: seconds after which no new round begins, once there were three.
        rounds: at most so many.

    Returns:
        The timing of each.
    """
    repeats = {}
    for name, call in calls.items():
        seconds(call, 2)  # the first calls fill caches and compile
        repeats[name] = max(1, round(SAMPLE / max(seconds(call, 3), 1e-7)))
    gc.collect()
    gc.freeze()  # what the libraries loaded is not searched for garbage again and again
    found: dict[str, list[float]] = {name: [] for name in calls}
    names, end = list(calls), time.perf_counter() + budget
    for k in range(rounds):
        for name in names[k % len(names) :] + names[: k % len(names)]:
            calls[name]()  # in the memory and the caches that the one before has left
            found[name].append(seconds(calls[name], repeats[name]))
        if k >= 2 and time.perf_counter() > end:
            break
    return {name: timing(samples) for name, samples in found.items()}


def timing(samples: list[float]) -> Timing:
    """Return the median and the least of some readings."""
    return Timing(statistics.median(samples), min(samples), len(samples))


def figures(x: float) -> str:
    """Write a positive number with three figures, or all that stand before the point.

    Examples:
        >>> figures(0.0123456), figures(0.9996), figures(2030)
        ('0.0123', '1.00', '2030')
    """
    exponent = int(f"{x:.2e}".partition("e")[2])  # of the number that is shown
    return f"{x:.{max(2 - exponent, 0)}f}"


def race_imports(modules: Mapping[str, str], *, rounds: int) -> dict[str, Timing]:
    """Time the import of modules, each in fresh interpreters; their start does not count.

    Whether the machine lets Python keep what it compiles decides nothing: here it is kept.
    """
    found: dict[str, list[float]] = {name: [] for name in modules}
    with TemporaryDirectory() as cache:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        for k in range(rounds + 1):
            for name, module in modules.items():
                code = f"import time; t = time.perf_counter(); import {module}; "
                code += "print(time.perf_counter() - t)"
                command = [sys.executable, "-c", code]
                run = subprocess.run(
                    command, capture_output=True, text=True, check=True, env=environment
                )
                if k:  # the first round compiles, and reads the files from the disk
                    found[name].append(float(run.stdout))
    return {name: timing(samples) for name, samples in found.items()}
