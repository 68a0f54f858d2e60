"""Running a function on nodes, and explaining what goes wrong in it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc._arrays import as_point, is_torch, namespace, require_function
from mcalc._messages import BRANCH, OUTLIVED, WRITE, mixed
from mcalc._node import Node
from mcalc._run import Run
from mcalc.graph import Graph


def trace(f: Callable[..., Any], *args: Any) -> Graph:
    """Run `f` on NumPy arrays and return the graph of what it did.

    Args:
        f: function of arrays.
        args: its arguments, floating-point arrays or floats.

    Returns:
        The graph; its inputs bear the names of f's parameters.

    Raises:
        TypeError: for input that cannot be differentiated at, or code that drops the graph.

    Examples:
        >>> import numpy as np
        >>> graph = trace(lambda x, y: np.exp(x) * y, 0.0, 2.0)
        >>> [node.name for node in graph.nodes]
        ['x', 'y', 'exp', 'multiply']
        >>> float(graph.output.value)
        2.0
        >>> [float(edge.partial) for edge in graph.edges]
        [1.0, 1.0, 2.0]
    """
    require_function(f, caller="trace")
    try:
        names = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        names = []
    graph = run(f, [as_point(x, caller="trace", name=f"argument {i}") for i, x in enumerate(args)])
    for node, name in zip(graph.inputs, names, strict=False):
        node.label = name
    return graph


def run(f: Callable[..., Any], points: list[Any], caller: str = "trace") -> Graph:
    """Trace `f` at points that have been checked."""
    if namespace(*points, caller=caller) is not np:
        raise TypeError(f"{caller} takes NumPy arrays; torch records a graph of its own")
    this = Run()
    inputs = tuple(Node(this, this.keep(x), f"x{i}") for i, x in enumerate(points))
    try:
        value = f(*inputs)
    except ValueError as error:
        # NumPy raises these before it asks a node, and says nothing of derivatives.
        for said, meaning in (("truth value of an", BRANCH), ("array element with", WRITE)):
            if said in str(error) and "inhomogeneous" not in str(error):
                raise TypeError(meaning) from error
        raise
    finally:
        this.is_open = False
    return Graph(inputs, _as_output(value, this))


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
        value = np.array(value)
        if value.dtype.kind not in "fiu":
            raise TypeError(f"f returned values of dtype {value.dtype}; return floats")
        value = (value if value.dtype.kind == "f" else value.astype(float))[()]
    elif not value.run.is_open:
        raise TypeError(OUTLIVED)
    return Node(this, value)
