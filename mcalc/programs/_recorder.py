"""What was computed, each thing once: constants, variables, and the branches that were taken."""

from __future__ import annotations

import hashlib
import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mcalc.engine.messages import OUTLIVED
from mcalc.programs._simplify import simplified
from mcalc.programs._variable import Variable, rebuild
from mcalc.rules import TABLE, astype, getitem
from mcalc.rules._shapes import scatter

# Python's numbers have rules of their own for types, so these are evaluated as they are written.
INFIX: dict[Any, tuple[str, int, Callable[..., Any]]] = {
    np.add: ("+", 10, operator.add),
    np.subtract: ("-", 10, operator.sub),
    np.multiply: ("*", 12, operator.mul),
    np.divide: ("/", 12, operator.truediv),
    np.matmul: ("@", 12, operator.matmul),
    np.power: ("**", 14, operator.pow),
    np.floor_divide: ("//", 12, operator.floordiv),
    np.remainder: ("%", 12, operator.mod),
    np.greater: (">", 6, operator.gt),
    np.greater_equal: (">=", 6, operator.ge),
    np.less: ("<", 6, operator.lt),
    np.less_equal: ("<=", 6, operator.le),
    np.equal: ("==", 6, operator.eq),
    np.not_equal: ("!=", 6, operator.ne),
    np.bitwise_and: ("&", 9, operator.and_),
    np.bitwise_xor: ("^", 8, operator.xor),
    np.bitwise_or: ("|", 7, operator.or_),
}
UNARY: dict[Any, tuple[str, Callable[..., Any]]] = {
    np.negative: ("-", operator.neg),
    np.invert: ("~", operator.invert),
}
OF_SHAPES = {np.shape, np.ndim, np.size, np.zeros_like, np.ones_like}
OF_SHAPES |= {np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj}

_POSITIONAL: dict[Any, tuple[str, ...]] = {  # arguments that are written by position
    np.reshape: ("a", "shape"),
    np.transpose: ("a", "axes"),
    astype: ("x", "dtype"),
    getitem: ("x", "index"),
    scatter: ("x", "index", "shape"),
}


def item(values: Any, i: int) -> Any:
    """Return one of several results of a function."""
    return values[i]


@dataclass(frozen=True, eq=False)
class Constant:
    """An array that the function uses and that is not an argument: a copy nobody can write to."""

    array: Any
    digest: str
    uniform: Any  # the number that all entries are; None if they differ


@dataclass(frozen=True, eq=False)
class Guard:
    """A question that the function branched on, with the answer it was traced with."""

    index: int
    variable: Variable
    answer: bool


class Recorder:
    """The variables of one program, in the order of computation."""

    def __init__(self) -> None:
        self.size = 0
        self.is_open = True
        self.variables: list[Variable] = []
        self.guards: list[Guard] = []
        self.known: dict[Any, Any] = {}
        self.constants: dict[str, Constant] = {}

    def variable(self, at: Any, *how: Any) -> Variable:
        """Return a new variable, which has the value `at` at the point of the trace."""
        made = Variable(self, self._next(), at, *how)
        self.variables.append(made)
        return made

    def input(self, name: str, at: Any) -> Variable:
        """Return the variable of an argument."""
        made = self.variable(at)
        made.labels.append(name)
        return made

    def record(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any = None
    ) -> Any:
        """Return the variable that a function of variables is, simplified, and the same as before.

        Raises:
            TypeError: for a function that is not known to give the same whenever it is called.
        """
        if not self.is_open:
            raise TypeError(OUTLIVED)
        if function in OF_SHAPES:
            return function(*rebuild(args, current), **rebuild(kwargs or {}, current))
        if function not in TABLE and function is not item and not isinstance(function, np.ufunc):
            name = getattr(function, "__name__", function)
            raise TypeError(
                f"np.{name} cannot be recorded in a program, since mcalc has no rule for it; write "
                "it with functions that have one, or add a row: mcalc.rules.constant, composite"
            )
        kwargs = dict(kwargs or {})
        names = _POSITIONAL.get(function, ())[len(args) :]
        args = (*args, *(kwargs.pop(name) for name in names if name in kwargs))
        if isinstance(function, np.ufunc):
            args = tuple(np.asarray(a) if isinstance(a, list | tuple) else a for a in args)
        args, kwargs = rebuild(args, self._own), rebuild(kwargs, self._own)
        key = (function, _key(args), _key(kwargs))
        if key not in self.known:
            at = evaluate(function, args, kwargs)
            found = simplified(self.record, function, args, kwargs, at)
            self.known[key] = self._several(function, args, kwargs, at) if found is None else found
        return self.known[key]

    def guard(self, variable: Variable) -> bool:
        """Return the truth of `variable` at the point of the trace, and note that it was asked."""
        if not self.is_open:
            raise TypeError(OUTLIVED)
        if all(variable is not guard.variable for guard in self.guards):
            self.guards.append(Guard(self._next(), variable, bool(variable.at)))
        return bool(variable.at)

    def _next(self) -> int:
        self.size += 1
        return self.size

    def _several(self, function: Any, args: Any, kwargs: Any, at: Any) -> Any:
        made = self.variable(at, function, args, kwargs)
        if not isinstance(at, tuple | list):
            return made
        parts = [self.record(item, (made, i)) for i in range(len(at))]
        if hasattr(at, "_fields"):  # such as np.linalg.slogdet's
            return type(at)(*parts)
        return type(at)(parts)

    def _own(self, x: Any) -> Any:
        if isinstance(x, np.ndarray):
            return x[()] if x.ndim == 0 else self.constant(x)
        if hasattr(x, "__array__") and not isinstance(x, Variable | np.generic | type):
            kind = type(x).__name__
            raise TypeError(f"a program is of NumPy arrays, and the function uses a {kind}")
        return x

    def constant(self, x: Any) -> Constant:
        """Return the constant of the entries of `x` now."""
        name = digest(x)
        if name not in self.constants:
            copy = x.copy(order="K")
            copy.flags.writeable = False
            same = x.size and x.tobytes() == x.flat[0].tobytes() * x.size
            self.constants[name] = Constant(copy, name, x.flat[0] if same else None)
        return self.constants[name]


def digest(x: Any) -> str:
    """Return what tells the entries, the shape, the dtype and the layout of an array."""
    layout = (x.shape, x.dtype.str, x.flags.c_contiguous, x.flags.f_contiguous)
    if x.dtype.hasobject:
        raise TypeError(f"a program is of numbers, and the function uses an array of {x.dtype}")
    return hashlib.blake2b(repr(layout).encode() + x.tobytes(), digest_size=16).hexdigest()


def current(x: Any) -> Any:
    """Return the value at the point of the trace."""
    return x.at if isinstance(x, Variable) else x.array if isinstance(x, Constant) else x


def evaluate(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Return the value at the point of the trace, computed as the program will."""
    values = rebuild(args, current)
    if not kwargs and all(type(x) in (int, float, bool) for x in values):
        if function in INFIX:
            return INFIX[function][2](*values)
        if function in UNARY:
            return UNARY[function][1](*values)
    return function(*values, **rebuild(kwargs, current))


def _key(x: Any) -> Any:
    """Return something that is equal for arguments that are the same, -0.0 and nan included."""
    if isinstance(x, tuple | list):
        return (type(x), *map(_key, x))
    if isinstance(x, dict):
        return tuple((k, _key(x[k])) for k in sorted(x))
    if isinstance(x, slice):
        return (slice, _key(x.start), _key(x.stop), _key(x.step))
    if isinstance(x, Variable):
        return (Variable, x.index)
    if isinstance(x, np.generic):
        return (x.dtype, x.tobytes())
    if isinstance(x, float):
        return (float, x.hex())
    return (type(x), x)
