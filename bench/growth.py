"""How the cost grows: with the size of the arrays, with the depth of the graph, and in memory."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np

import mcalc
from bench import functions as fn
from bench.measuring import race
from bench.peers import contenders, require_equal
from bench.workloads import WORKLOADS, Problem, Workload

SIZES = tuple(10**k for k in range(1, 7))
DEPTHS = tuple(10**k for k in range(1, 6))
# The largest size for each library. Where it ends early, the others' seconds would become
# minutes: a compiler's time grows faster than the depth.
SIZE_REACH = dict.fromkeys(
    ("f", "by hand", "autograd", "torch", "jax.jit", "mcalc", "program"), SIZES[-1]
)
DEPTH_REACH = dict.fromkeys(("f", "by hand", "autograd", "torch", "mcalc"), DEPTHS[-1])
DEPTH_REACH |= {"jax.jit": 1000, "program": 10_000}


def series(
    make: Callable[[int], tuple[Workload, Problem]],
    reach: Mapping[str, int],
    sizes: Iterable[int],
    budget: float,
) -> dict[str, Any]:
    """Time a workload at several sizes.

    Args:
        make: gives the workload of a size, and a problem.
        reach: for each library the largest size that it takes part in.
        sizes: from small to large.
        budget: seconds for each size.

    Returns:
        The sizes, and for each library its seconds at each, None where it took no part.
    """
    found: list[dict[str, float]] = []
    sizes = list(sizes)
    for size in sizes:
        workload, problem = make(size)
        lanes = contenders(workload, problem, [name for name in reach if size <= reach[name]])
        require_equal(lanes, f"{workload.title}, {size}")
        times = race({name: lane.call for name, lane in lanes.items()}, budget=budget)
        found.append({name: time.median for name, time in times.items()})
    names = [name for name in reach if name in found[0]]
    return {"sizes": sizes, "times": {n: [times.get(n) for times in found] for n in names}}


def in_size(n: int) -> tuple[Workload, Problem]:
    """Return the gradient of Rosenbrock's function of n variables."""
    workload = next(row for row in WORKLOADS if row.name == "rosenbrock")
    return workload, workload.make(np.random.default_rng(0), n)


def in_depth(depth: int) -> tuple[Workload, Problem]:
    """Return the gradient of a chain of scalar nodes."""
    f = partial(fn.chain, depth=depth)
    workload = Workload(
        name="chain",
        title="sines in a row",
        kind="gradient",
        make=lambda rng: Problem(f, (0.5,)),
        size=(),
        small=(),
        by_hand=partial(fn.chain_gradient, depth=depth),
        bars=(),
    )
    return workload, Problem(f, (0.5,))


def memory(depth: int, n: int) -> dict[str, float]:
    """Measure what the backward pass needs beside the tape, for a chain of arrays.

    Args:
        depth: how many nodes stand in a row.
        n: entries of each array.

    Returns:
        In units of one array: the tape after the forward pass, the highest point of the
        backward pass above that, and the highest point of a whole gradient.
    """
    f, x, array = partial(fn.chain, np, depth=depth), np.linspace(0.1, 1.0, n), 8.0 * n
    mcalc.grad(f)(x)  # what is allocated once, at the first call, belongs to no pass
    tracemalloc.start()
    try:
        start = tracemalloc.get_traced_memory()[0]
        value, pullback = mcalc.vjp(f, x)
        tape = tracemalloc.get_traced_memory()[0] - start
        tracemalloc.reset_peak()
        pullback(1.0)
        above = tracemalloc.get_traced_memory()[1] - start - tape
        del value, pullback
        tracemalloc.reset_peak()
        start = tracemalloc.get_traced_memory()[0]
        mcalc.grad(f)(x)
        whole = tracemalloc.get_traced_memory()[1] - start
    finally:
        tracemalloc.stop()
    return {
        "depth": depth,
        "array_megabytes": array / 1e6,
        "tape": tape / array,
        "backward_above_tape": above / array,
        "whole_gradient": whole / array,
    }
