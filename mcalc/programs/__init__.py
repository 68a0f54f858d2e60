"""The derivative as a program: straight-line NumPy code of a value and its gradient."""

from __future__ import annotations

import inspect
import itertools
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mcalc.backends.typing import ScalarField
from mcalc.engine.autodiff import Argnums, select
from mcalc.engine.derivatives import value_and_grad
from mcalc.programs._inputs import Input
from mcalc.programs._names import Names
from mcalc.programs._recorder import Recorder
from mcalc.programs._trace import value_and_gradients
from mcalc.programs._write import Writer

AGAIN = (
    "a program is of a function of its arguments alone, so pass random numbers and state as "
    "arguments; f gave another value, gradient or branch when it was run again"
)

__all__ = ["Program", "program"]


@dataclass(frozen=True, eq=False)
class Program:
    """Straight-line code of a function's value and gradient; from `program`.

    Called with arguments like those that it was traced with, it returns what
    ``value_and_grad(f, argnums)`` returns for them.

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
        try:
            return self.compiled(*args)  # type: ignore[no-any-return]
        except TypeError as error:
            n = len(self.arguments)
            if len(args) == n:
                raise
            raise TypeError(
                f"the program was traced with {n} argument{'s' * (n != 1)}, and was given "
                f"{len(args)}; pass as many, or trace again: mcalc.program(f, ...)"
            ) from error

    def __str__(self) -> str:
        return self.source


def program(f: ScalarField, *args: Any, argnums: Argnums = 0) -> Program:
    r"""Return the straight-line program of a scalar function's value and gradient.

    The function is traced once, and reverse accumulation with it. What is left is one assignment
    after the other, with nothing to decide on the way: a *straight-line program*, as
    Griewank and Walther call it. It runs without a trace, as code written by hand does.
    Values that were `named` keep their names, the adjoint of u is called ``df_du``, and the
    local partial derivative of u by a is ``du_da``.

    The program holds for arguments of the shapes and dtypes of `args`, and where `f` takes the
    same branches; it checks that. Integers, strings and functions among the arguments are part of
    what was traced. Arrays and numbers that `f` uses and that are not arguments are copied.

    Args:
        f: function of NumPy arrays whose value has shape ``()``.
        args: the arguments to trace it with.
        argnums: the argument to differentiate by, or a tuple of them.

    Returns:
        The program. It is called with arguments like `args`.

    Raises:
        TypeError: if `f` cannot be differentiated, looks at numbers other than through NumPy's
            functions, or is not a function of its arguments alone.
        ValueError: from the program, if a shape or a branch is not that of the trace.

    Examples:
        >>> import numpy as np
        >>> gradient = program(lambda x: np.log(np.sum(np.exp(x))), np.zeros(2))
        >>> print(gradient)
        def f(x):
            # x: float64 of shape (2,)
            t1 = np.exp(x)
            t2 = t1.sum()
            f = np.log(t2)
            df_dx = 1 / t2 * t1
            return f, df_dx
        >>> value, slopes = gradient(np.array([0.0, np.log(3.0)]))
        >>> slopes
        array([0.25, 0.75])
    """
    places = _places(f, args, argnums)
    names = Names(_arrays_of(f))
    inputs = [
        Input.of(i, names.new(name), x, moves=i in places)
        for i, (name, x) in enumerate(zip(_parameters(f, len(args)), args, strict=True))
    ]
    recorder = Recorder()
    given = [recorder.input(x.name, x.at) if not x.is_static else x.at for x in inputs]
    outputs = value_and_gradients(f, given, places, names)
    recorder.is_open = False
    lines = Writer(names, recorder, outputs).write(several=isinstance(argnums, tuple))
    made = _compile(f, names, inputs, lines)
    _compare(made, value_and_grad(f, argnums), args)
    return made


def _places(f: Any, args: tuple[Any, ...], argnums: Argnums) -> list[int]:
    for i, x in enumerate(args):
        Input.of(i, "", x, moves=False)  # refuses tensors, before they are taken for points
    select("program", f, argnums, args, {})
    return [k % len(args) for k in (argnums if isinstance(argnums, tuple) else (argnums,))]


def _parameters(f: Any, n: int) -> list[str]:
    """Return the names of the first n parameters of `f`."""
    try:
        found = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        found = []
    named = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [*named, *(f"x{i}" for i in range(n))][:n] if len(named) < n else named[:n]


def _arrays_of(f: Any) -> dict[str, Any]:
    """Return the variables that `f` uses from outside, by name."""
    if not isinstance(f, types.FunctionType):
        return {}
    outside = inspect.getclosurevars(f)
    return {**outside.globals, **outside.nonlocals}


def _compile(f: Any, names: Names, inputs: list[Input], lines: list[str]) -> Program:
    name = getattr(f, "__name__", "")
    name = name if name.isidentifier() and name not in names.taken else "f"
    head = f"def {name}({', '.join(x.name for x in inputs)}):"
    kinds = itertools.groupby(inputs, key=str)
    traced = "; ".join(f"{', '.join(x.name for x in alike)}: {kind}" for kind, alike in kinds)
    namespace = {"np": np, **names.bound}

    def bind(wish: str, x: Any) -> str:
        free = names.new(wish)
        namespace[free] = x
        return free

    checks = [x.outlined().check(bind) for x in inputs]
    code = "\n    ".join([head, *checks, *lines])
    exec(compile(code, f"<program of {name}>", "exec"), namespace)
    source = "\n    ".join([head, f"# {traced}", *lines])
    arguments = tuple(f"{x.name}: {x}" for x in inputs)
    return Program(source, types.MappingProxyType(names.bound), arguments, namespace[name])


def _compare(made: Program, reference: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Raise unless the program gives what a second run of the function does."""
    theirs = reference(*args)
    try:
        ours = made(*args)
    except ValueError as error:  # from a guard
        raise TypeError(f"{AGAIN}; {error}") from error
    flat = [(y, *(g if isinstance(g, tuple) else (g,))) for y, g in (ours, theirs)]
    for found, wanted in zip(*flat, strict=True):
        digits = np.sqrt(np.finfo(wanted.dtype).eps)
        scale = digits * np.max(np.abs(wanted), initial=0.0, where=np.isfinite(wanted))
        same = np.allclose(found, wanted, digits, scale, equal_nan=True)
        if not same or (found.shape, found.dtype) != (wanted.shape, wanted.dtype):
            raise TypeError(f"{AGAIN}: {wanted} after {found}")
