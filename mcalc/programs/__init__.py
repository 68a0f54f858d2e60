"""The derivative as a program: straight-line NumPy code of a value and its gradient."""

from __future__ import annotations

import gc
import inspect
import itertools
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mcalc.backends.typing import ScalarField
from mcalc.engine.arguments import Argnums, opened, select
from mcalc.engine.autodiff import require_scalar
from mcalc.engine.derivatives import value_and_grad
from mcalc.engine.sweeps import sweep_back
from mcalc.graphs.graph import Vertex, parameters, trace
from mcalc.programs._compare import require_same
from mcalc.programs._inputs import CHECKS, Input
from mcalc.programs._recorder import Recorder
from mcalc.programs._variable import Variable
from mcalc.programs._write import Writer

__all__ = ["Program", "program"]


@dataclass(frozen=True, eq=False)
class Program:
    """Straight-line code of a function's value and gradient; from `program`.

    Called with arguments like those that it was traced with, it returns what
    ``value_and_grad(f, argnums)`` returns for them. It bears the name of `f`, can be pickled,
    and is shown as code in a notebook.

    Attributes:
        source: the code of a Python function; ``print`` shows it.
        constants: what the source names and does not assign, besides ``np``: arrays, which are
            copies from the time of the trace, and functions that are not NumPy's.
        arguments: what each argument was, such as ``"x: float64 of shape (2,)"``.
        compiled: the same code, which checks the arguments first.
    """

    source: str
    constants: Mapping[str, Any] = field(repr=False)
    arguments: tuple[str, ...]
    compiled: Callable[..., Any] = field(repr=False)

    def __call__(self, *args: Any) -> tuple[Any, Any]:
        """Return the value and the gradient, or the tuple of gradients, at the arguments."""
        return self.compiled(*args)  # type: ignore[no-any-return]

    def __str__(self) -> str:
        return self.source

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return {"text/plain": self.source, "text/markdown": f"```python\n{self.source}\n```"}

    def __reduce__(self) -> Any:
        doc = (self.__doc__ or "").partition("\n\n")[2]
        inputs = vars(self)["_inputs"]
        return _assembled, (self.source, dict(self.constants), inputs, self.__module__, doc)


def program(f: ScalarField, *args: Any, argnums: Argnums = 0) -> Program:
    r"""Return the straight-line program of a scalar function's value and gradient.

    The function is traced once, on shapes and dtypes alone, and reverse accumulation with it.
    What is left is one assignment after the other, with nothing to decide on the way: a
    *straight-line program*, as Griewank and Walther call it. It runs without a trace, as code
    written by hand does. Values that were `named` keep their names, the adjoint of u is called
    ``df_du``.

    The program holds for arguments of the shapes and dtypes of `args`, and checks that.
    Integers, strings and functions among the arguments are part of what was traced. Arrays and
    numbers that `f` uses and that are not arguments are copied.

    Args:
        f: function of NumPy arrays whose value has shape ``()``.
        args: the arguments to trace it with. The values of the program and of `f` are compared
            there, and at two points beside; the gradient with that of ``grad(f)``, there.
        argnums: the argument to differentiate by, or a tuple of them.

    Returns:
        The program. It is called with arguments like `args`.

    Raises:
        TypeError: if `f` cannot be differentiated, needs a number to go on (a branch, an index
            by a mask, a count), or is not a function of its arguments alone.
        ValueError: from the program, if a shape is not that of the trace.

    Examples:
        >>> import numpy as np
        >>> gradient = program(lambda x: np.log(np.sum(np.exp(x))), np.zeros(2))
        >>> print(gradient)
        def f(x):
            # x: float64 of shape (2,)
            t1 = np.exp(x)
            t2 = t1.sum()
            f = np.log(t2)
            df_dx = 1.0 / t2 * t1
            return f, df_dx
        >>> value, slopes = gradient(np.array([0.0, np.log(3.0)]))
        >>> slopes
        array([0.25, 0.75])
    """
    select("program", f, argnums, args, {})  # it says what cannot be differentiated
    several = isinstance(argnums, tuple)
    places = [k % len(args) for k in (argnums if isinstance(argnums, tuple) else (argnums,))]
    given = [np.float64(x) if type(x) is float and i in places else x for i, x in enumerate(args)]
    writer = Writer(f, [f"{name}{i}" for name in CHECKS for i in range(len(args))])
    names = map(writer.new, parameters(f, len(args)))
    inputs = [Input.of(i, name, x) for i, (name, x) in enumerate(zip(names, given, strict=True))]
    collects = gc.isenabled()
    gc.disable()  # there is no garbage yet, and to look for it would take half of the time
    try:
        source = _source(f, inputs, places, writer, several=several)
        about = f.__doc__ if inspect.isfunction(f) else None
        module = getattr(f, "__module__", None) or __name__
        made = _assembled(source, writer.bound, inputs, module, about or "")
        require_same(f, value_and_grad(f, argnums), made, tuple(given))
    finally:
        if collects:
            gc.enable()
    return made


def _source(f: Any, inputs: Any, places: list[int], writer: Writer, *, several: bool) -> str:
    recorder = Recorder()
    given = [x.at if x.is_static else recorder.variable(x.at, [x.name]) for x in inputs]
    outputs = _value_and_gradients(f, given, places, writer)
    recorder.is_open = False
    lines = writer.write(recorder, outputs, several=several)
    name = getattr(f, "__name__", "")
    name = name if name.isidentifier() and name not in writer.taken else "f"
    kinds = itertools.groupby(inputs, key=str)
    traced = "; ".join(f"{', '.join(x.name for x in alike)}: {kind}" for kind, alike in kinds)
    head = f"def {name}({', '.join(x.name for x in inputs)}):"
    return "\n    ".join([head, f"# {traced}", *lines])


def _value_and_gradients(f: Any, given: list[Any], places: list[int], writer: Writer) -> Any:
    """Return the value of `f` and its gradients, variables or constants, each with a name."""
    restricted, moving, _ = opened("program", f, tuple(given), places)
    graph = trace(restricted, *moving)
    value = graph.output.value
    require_scalar(value, "program")
    for x, wish in [*((node.value, node.label) for node in graph.tape), (value, "f")]:
        if isinstance(x, Variable) and wish and not x.labels:
            x.labels.append(writer.new(wish))
    name = value.labels[0] if isinstance(value, Variable) else "f"
    # Nodes of the same variable are one, so that their adjoints are added before they go on.
    of = {node: node.value if isinstance(node.value, Variable) else node for node in graph.tape}
    vertices: dict[Any, Vertex] = {}
    for node in graph.tape:
        parents = tuple([(i, vertices[of[parent]]) for i, parent in node.parents])
        vertices.setdefault(of[node], Vertex(node, parents))
    order, one = [*vertices.values()], graph.output.dtype.type(1.0)
    adjoints = dict(sweep_back(order, vertices[of[graph.output]], one))
    for vertex, adjoint in reversed(adjoints.items()):
        labels = getattr(vertex.node.value, "labels", None)
        if labels and isinstance(adjoint, Variable) and adjoint.function:
            adjoint.labels.append(writer.new(f"d{name}_d{labels[0]}"))
    found = [(x, adjoints.get(vertices[x], np.zeros(x.shape)[()])) for x in moving]
    gradients = [(adjoint.astype(x.dtype), f"d{name}_d{x.labels[0]}") for x, adjoint in found]
    return [(value, name), *gradients]


def _assembled(source: str, constants: Any, inputs: Any, module: str, doc: str) -> Program:
    """Return the program of a source, which bears the name of its function."""
    head, comment, *lines = source.split("\n")
    namespace = {"np": np, **constants}
    code = "\n".join([head, comment, *[f"    {x.check(namespace)}" for x in inputs], *lines])
    for x in constants.values():
        if isinstance(x, np.ndarray):
            x.flags.writeable = False
    name = head[len("def ") : head.index("(")]
    exec(compile(code, f"<program of {name}>", "exec"), namespace)
    arguments = tuple(f"{x.name}: {x}" for x in inputs)
    made = Program(source, types.MappingProxyType(constants), arguments, namespace[name])
    about = f"The value and the gradient of {name}, as a program.\n\n{doc}".rstrip()
    named = {"__name__": name, "__qualname__": name, "__module__": module, "__doc__": about}
    vars(made).update(named, __wrapped__=made.compiled, _inputs=inputs)  # for wraps, and to pickle
    return made
