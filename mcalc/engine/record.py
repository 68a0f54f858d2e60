"""One run of a function, and what each step of it did: looked up, computed and written down."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc.backends.arrays import has_own_rules, is_torch
from mcalc.backends.dask import is_dask, require_known, require_whole
from mcalc.engine.messages import OUTLIVED, WRITE, mixed, without_rule
from mcalc.engine.spelling import spelled
from mcalc.rules import TABLE, Rule
from mcalc.rules._scipy import late_row
from mcalc.rules._table import WHOLE

_ids = itertools.count(1)  # only ever compared: the run that began last is the innermost


class Tracer:
    """What stands in for an array while a function runs.

    Attributes:
        run: the run of the function.
        value: the array, or a tracer of an enclosing differentiation.
        label: the name that it was given, such as that of an input; None if none.
        vertex: what a sweep visits for it.
    """

    __slots__ = ("label", "run", "value")
    run: Any
    value: Any
    label: str | None
    vertex: Any


class Run:
    """One run of a function; nested derivatives have one each, so none is confused.

    A subclass may write down less: see `mcalc.engine.speed`.

    Attributes:
        id: larger than that of every run that began earlier.
        is_open: whether the function is running.
        counter: numbers the steps in order of computation.
        node: makes the tracer of a step, ``node(run, value, rule, operands, parents, kwargs)``.
    """

    __slots__ = ("counter", "id", "is_open", "node")

    def __init__(self, node: Callable[..., Any]) -> None:
        self.id = next(_ids)
        self.is_open = True
        self.counter = itertools.count()
        self.node = node

    def leaf(self, value: Any) -> Any:
        """Return a tracer that comes from nowhere: an input or a constant."""
        return self.noted(None, copied(value), (), (), {})

    def constant(self, x: Any) -> Any:
        """Return an argument that is not traced so that nobody can change it before a sweep."""
        return copied(x)

    def noted(
        self,
        rule: Rule | None,
        value: Any,
        operands: tuple[Any, ...],
        parents: tuple[tuple[int, Any], ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Return the tracer of a value: all of this is kept, as it is.

        Args:
            rule: the row of the table; None for an input and a constant.
            value: what the rule computed.
            operands: the values of the arguments.
            parents: pairs (position, vertex) of the arguments that are tracers of this run.
            kwargs: the keyword arguments.
        """
        return self.node(self, value, rule, operands, parents, kwargs)

    def written(
        self,
        rule: Rule,
        value: Any,
        operands: list[Any],
        kwargs: dict[str, Any],
        args: tuple[Any, ...],
        moving: list[int],
        reads: tuple[bool, ...],
    ) -> Any:
        """Write a step down, and return the tracer of its value.

        Args:
            rule: the row of the table.
            value: what it computed.
            operands: the values of the arguments.
            kwargs: the keyword arguments.
            args: the arguments.
            moving: the positions of those that are tracers of this run.
            reads: what the rule will read, of the value and then of each argument.
        """
        parents = tuple([(i, args[i].vertex) for i in moving])
        return self.noted(rule, copied(value), tuple(operands), parents, kwargs)

    def close(self) -> None:
        """Say that no sweep reads the run any more."""


def copied(x: Any) -> Any:
    """Return an array as a copy, also in a tuple or a list; the rest as it is."""
    if type(x) in (tuple, list):
        return type(x)(map(copied, x))
    return x.copy() if issubclass(type(x), np.ndarray) or is_dask(x) else x


def plain(x: Any) -> Any:
    """Return the array behind a tracer, of whatever depth; anything else as it is."""
    while isinstance(x, Tracer):
        x = x.value
    return x


def apply(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply a NumPy function, or a `primitive`, to arguments among which there are tracers.

    Raises:
        TypeError: if the function or one of its keyword arguments has no rule.
    """
    rule = TABLE.get(function) or late_row(function)
    if rule is None:
        if function in _WRITERS:
            raise TypeError(WRITE)
        raise TypeError(without_rule(function))
    if function in WHOLE:
        require_whole(rule.name, *map(plain, args))
    if rule.kind == "constant":
        return function(*map(_shut, args), **{k: _shut(v) for k, v in kwargs.items()})
    if kwargs:
        kwargs = {k: v for k, v in kwargs.items() if k in rule.keywords or v is not None}
    has_other = kwargs and not kwargs.keys() <= rule.keywords
    if has_other or (rule.most is not None and len(args) > rule.most):
        rule, args, kwargs = spelled(rule, args, kwargs)
    if rule.kind == "composite":
        return rule.evaluate(*args, **kwargs)
    return step(rule, rule.evaluate, args, kwargs)


_WRITERS = frozenset({np.copyto, np.fill_diagonal, np.place, np.put, np.put_along_axis, np.putmask})


def _shut(x: Any) -> Any:
    """Return the array behind a tracer, for a function that may not write to it."""
    array = plain(x)
    if array is not x and issubclass(type(array), np.ndarray):
        array = array.view()
        array.flags.writeable = False
    return array


def step(
    rule: Rule, evaluate: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Compute one value in the innermost of the runs that its arguments belong to."""
    run: Any = None
    for a in args:
        if isinstance(a, Tracer) and a.run is not run and (run is None or a.run.id > run.id):
            run = a.run
    if run is None:
        raise TypeError(f"pass arrays to {rule.name} by position, so that it can be differentiated")
    if not run.is_open:
        raise TypeError(OUTLIVED)
    operands, moving = list(args), []
    for i, a in enumerate(args):
        if isinstance(a, Tracer) and a.run is run:
            moving.append(i)
            operands[i] = a.value
        elif type(a) not in _FIXED:
            operands[i] = run.constant(_constant(rule, i, a))
    if kwargs:
        kwargs = {name: run.constant(x) for name, x in kwargs.items()}
    reads = rule.reads(tuple(moving), len(args))
    try:
        value = evaluate(*operands, **kwargs)
    except Exception as error:
        if any(is_dask(plain(x)) for x in operands):
            error.add_note(f"raised by Dask, in {rule.name} of arrays in these chunks")
        raise
    if type(value) not in _REAL or value.dtype.kind != "f":
        _require_real(rule, value)
    return run.written(rule, value, operands, kwargs, args, moving, reads)


_REAL = frozenset({np.float64, np.ndarray})
NUMBERS = frozenset({float, int, np.float64, np.float32})
_FIXED = NUMBERS | {slice, str, type(None), type(...)}  # nobody can write to these


def _require_real(rule: Rule, value: Any) -> None:
    dtype = getattr(value, "dtype", np.dtype(object))  # of a Fraction comes a float of Python's
    if dtype.kind != "f":
        raise TypeError(
            f"{rule.name} gives values of dtype {dtype}; mcalc differentiates real "
            "floating-point functions: convert constants with .astype(float), split complex ones"
        )
    if not issubclass(type(value), np.ndarray):
        require_known(value, f"the value of {rule.name}")


def _constant(rule: Rule, i: int, a: Any) -> Any:
    """Return an argument that does not depend on the input, as the rule takes it."""
    if type(a) is np.ndarray:
        return a
    if is_torch(a):
        raise TypeError(mixed(rule.name))
    if has_own_rules(a):
        raise TypeError(
            f"{rule.name} was given a {type(a).__name__}, which has its own rules; "
            "pass np.array(x), a plain array"
        )
    moves = rule.operands is None or i in rule.operands
    return np.array(a) if moves and isinstance(a, list | tuple) else a
