"""What makes the engine fast, in layers that can be taken off one by one.

The plain engine is in the folder above. Each module here replaces one part of it, and gives the
same numbers; the tests run both.

- `numbers`: operators of numbers without NumPy's detour;
- `lean`: of what a run computes, what its sweeps read, hardly ever copied (`held`);
- `in_place`: sums of cotangents in the memory of the first;
- `batches`: many rows of a Jacobian in one sweep.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from mcalc.engine.linearize import Linearization
from mcalc.engine.speed import numbers
from mcalc.engine.speed.batches import Batched
from mcalc.engine.speed.in_place import InPlace
from mcalc.engine.speed.lean import Lean

LAYERS: dict[str, Any] = {"numbers": numbers, "lean": Lean, "in_place": InPlace, "batches": Batched}
"""Each layer by its name: a module that is switched on, or a class that is put on top."""


def _on_top_of_each_other(*layers: Any) -> Any:
    classes = [layer for layer in layers if isinstance(layer, type)]
    return type("Linearization", (*classes, Linearization), {})


numbers.on()
_fast = _on_top_of_each_other(*LAYERS.values())
_chosen = _fast


def linearized(f: Callable[..., Any], points: list[Any], *, once: bool = True) -> Linearization:
    """Return the linearization of `f` at `points`, with the layers that are on."""
    return _chosen(f, points, once=once)  # type: ignore[no-any-return]


@contextlib.contextmanager
def without(*names: str) -> Iterator[None]:
    """Take layers off for a while, for a test.

    Args:
        names: those of `LAYERS`; none stands for all, which leaves the plain engine.
    """
    global _chosen
    names = names or tuple(LAYERS)
    before = _chosen
    _chosen = _on_top_of_each_other(*(LAYERS[k] for k in LAYERS if k not in names))
    if "numbers" in names:
        numbers.off()
    try:
        yield
    finally:
        _chosen = before
        if "numbers" in names:
            numbers.on()
