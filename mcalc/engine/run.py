"""Running a function on tracers, and explaining what goes wrong in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc.backends.arrays import is_torch
from mcalc.backends.dask import is_dask
from mcalc.engine.messages import BRANCH, OUTLIVED, WRITE, mixed
from mcalc.engine.methods import ArrayMethods
from mcalc.engine.node import Node
from mcalc.engine.record import Run, Tracer


def run(
    f: Callable[..., Any], points: list[Any], this: Run | None = None
) -> tuple[tuple[Any, ...], Any]:
    """Run `f` at points that have been checked; return the tracers of its arguments and value.

    Args:
        f: function of arrays.
        points: its arguments.
        this: where the steps are written down; by default as nodes that keep every value.
    """
    this = this or Run(Node)
    inputs = tuple([this.leaf(x) for x in points])
    for i, tracer in enumerate(inputs):
        tracer.label = f"x{i}"
    try:
        value = f(*inputs)
    except ValueError as error:
        # NumPy raises these before it asks a tracer, and says nothing of derivatives.
        said = {"truth value of an": BRANCH, "array element with": WRITE, "is read-only": WRITE}
        for words, meaning in said.items():
            if words in str(error) and "inhomogeneous" not in str(error):
                raise TypeError(meaning) from error
        raise
    finally:
        this.is_open = False
    return inputs, _as_output(value, this)


def _as_output(value: Any, this: Run) -> Any:
    if isinstance(value, Tracer) and value.run is this:
        return value
    # Anything else does not depend on the inputs: a constant, whose derivative is zero.
    if value is None:
        raise TypeError("f returned None; does it end with return?")
    if isinstance(value, list | tuple | dict | set | str):
        raise TypeError(
            f"f returned a {type(value).__name__}; return one array, "
            "such as np.stack([...]), or differentiate the parts one by one"
        )
    if is_torch(value):
        raise TypeError(mixed("f"))
    if not isinstance(value, Tracer):
        own = is_dask(value) or isinstance(value, ArrayMethods)  # which a program records
        kind, value = type(value).__name__, value if own else np.array(value)
        if value.dtype.kind == "O":
            raise TypeError(f"f returned a {kind}; return one array of floats")
        if value.dtype.kind not in "fiu":
            raise TypeError(f"f returned values of dtype {value.dtype}; return floats")
        value = (value if value.dtype.kind == "f" else value.astype(float))[()]
    elif not value.run.is_open:
        raise TypeError(OUTLIVED)
    return this.leaf(value)
