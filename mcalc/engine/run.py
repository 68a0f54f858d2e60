"""Running a function on nodes, and explaining what goes wrong in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc.backends.arrays import is_torch
from mcalc.backends.dask import is_dask
from mcalc.engine.messages import BRANCH, OUTLIVED, WRITE, mixed
from mcalc.engine.node import Node
from mcalc.engine.record import NOTHING, Record, Run


def run(
    f: Callable[..., Any], points: list[Any], *, whole: bool = False
) -> tuple[tuple[Node, ...], Node]:
    """Run `f` on nodes at points that have been checked; return them, and the one it returned.

    Args:
        f: function of arrays.
        points: its arguments.
        whole: keep every value, for a graph to show. Otherwise a record keeps what a sweep
            reads, and the nodes are let go when f lets them go.
    """
    this = Run(whole=whole)
    inputs = tuple([_leaf(this, x, f"x{i}") for i, x in enumerate(points)])
    try:
        value = f(*inputs)
    except ValueError as error:
        # NumPy raises these before it asks a node, and says nothing of derivatives.
        said = {"truth value of an": BRANCH, "array element with": WRITE, "is read-only": WRITE}
        for words, meaning in said.items():
            if words in str(error) and "inhomogeneous" not in str(error):
                raise TypeError(meaning) from error
        raise
    finally:
        this.is_open = False
    return inputs, _as_output(value, this)


def _leaf(this: Run, value: Any, label: str | None = None) -> Node:
    """Return a node that comes from nowhere: an input, which others can write to, or a constant."""
    is_own, kept = not isinstance(value, np.ndarray), None
    if this.whole:
        kept = value = this.keep(value)
        is_own = True
    record = Record(next(this.counter), None, value, kept, (), (), NOTHING)
    return Node(this, value, record, is_own, label)


def _as_output(value: Any, this: Run) -> Node:
    if isinstance(value, Node) and value.run is this:
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
    if not isinstance(value, Node):
        kind, value = type(value).__name__, value if is_dask(value) else np.array(value)
        if value.dtype.kind == "O":
            raise TypeError(f"f returned a {kind}; return one array of floats")
        if value.dtype.kind not in "fiu":
            raise TypeError(f"f returned values of dtype {value.dtype}; return floats")
        value = (value if value.dtype.kind == "f" else value.astype(float))[()]
    elif not value.run.is_open:
        raise TypeError(OUTLIVED)
    return _leaf(this, value)
