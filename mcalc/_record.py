"""Looking a function up in the table, computing it, and writing down what it did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mcalc._arrays import has_own_rules, is_fresh, is_torch
from mcalc._dask import is_dask, require_known, require_whole
from mcalc._messages import INSTEAD, OUTLIVED, WRITE, mixed
from mcalc._run import Record, Run, outline
from mcalc.rules import TABLE, Rule
from mcalc.rules._table import WHOLE

NOTHING: dict[str, Any] = {}  # the keyword arguments of most steps
_NUMBERS = frozenset({float, int, np.float64, np.float32})  # nobody can write to these


class Recorded:
    """A value of a traced function, and the record of how it came about.

    Attributes:
        run: the run of the function.
        value: the array, or a recorded value of an enclosing differentiation.
        record: what a sweep needs to know.
        is_own: whether nobody but the run can write to the array.
        label: the name that it was given, such as that of an input; None if none.
    """

    __slots__ = ("is_own", "label", "record", "run", "value")

    def __init__(self, run: Run, value: Any, record: Record, is_own: bool) -> None:
        self.run, self.value, self.record, self.is_own = run, value, record, is_own
        self.label: str | None = None


def plain(x: Any) -> Any:
    """Return the array behind a recorded value, of whatever depth; anything else as it is."""
    while isinstance(x, Recorded):
        x = x.value
    return x


def apply(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply a NumPy function, or a `primitive`, to arguments among which there are nodes.

    Raises:
        TypeError: if the function or one of its keyword arguments has no rule.
    """
    rule = TABLE.get(function)
    if rule is None:
        if function in _WRITERS:
            raise TypeError(WRITE)
        name = _name(function)
        raise TypeError(
            f"mcalc has no rule for {name}; write it with functions that have one, or add a row: "
            f"mcalc.rules.elementwise({name}, derivative), or linear, multilinear, composite"
        )
    if function in WHOLE:
        require_whole(rule.name, *map(plain, args))
    if rule.kind == "constant":
        return function(*map(_shut, args), **{k: _shut(v) for k, v in kwargs.items()})
    if kwargs:
        kwargs = {k: v for k, v in kwargs.items() if k in rule.keywords or v is not None}
        if not kwargs.keys() <= rule.keywords:
            extra = ", ".join(sorted(kwargs.keys() - rule.keywords))
            known = ", ".join(sorted(rule.keywords)) or "none"
            hints = "".join(f"; {INSTEAD[k]}" for k in sorted(kwargs) if k in INSTEAD)
            raise TypeError(
                f"the rule for {rule.name} does not take {extra}; keyword arguments it knows: "
                f"{known}; pass arrays by position{hints}"
            )
    if rule.most is not None and len(args) > rule.most:
        raise TypeError(
            f"the rule for {rule.name} takes {rule.most} argument{'s' * (rule.most != 1)} by "
            f"position, not {len(args)}; leave out {', '.join(map(repr, args[rule.most :]))}"
        )
    if rule.kind == "composite":
        return rule.evaluate(*args, **kwargs)
    return step(rule, rule.evaluate, args, kwargs)


_WRITERS = frozenset({np.copyto, np.fill_diagonal, np.place, np.put, np.put_along_axis, np.putmask})


def _name(function: Any) -> str:
    """Return the name by which one calls a function of NumPy, or of somebody else."""
    name = getattr(function, "__name__", repr(function))
    if isinstance(function, np.ufunc):  # it does not say where it is from
        return f"np.{name}" if getattr(np, name, None) is function else name
    return f"{function.__module__}.{name}".replace("numpy", "np")


def _shut(x: Any) -> Any:
    """Return the array behind a recorded value, for a function that may not write to it."""
    array = plain(x)
    if array is not x and isinstance(array, np.ndarray):
        array = array.view()
        array.flags.writeable = False
    return array


def step(
    rule: Rule, evaluate: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Compute one value in the innermost of the runs that its arguments belong to."""
    innermost = None
    for a in args:
        if isinstance(a, Recorded) and (innermost is None or a.run.id > innermost.run.id):
            innermost = a
    if innermost is None:
        raise TypeError(f"pass arrays to {rule.name} by position, so that it can be differentiated")
    run = innermost.run
    if not run.is_open:
        raise TypeError(OUTLIVED)
    operands, sources = [], []
    for i, a in enumerate(args):
        if isinstance(a, Recorded) and a.run is run:
            if rule.operands is not None and i not in rule.operands:
                raise TypeError(
                    f"argument {i} of {rule.name} must not depend on the input, since nothing "
                    "flows back through it; give a constant, or a comparison such as x > 0"
                )
            sources.append((i, a))
            a = a.value
        elif type(a) is np.ndarray or type(a) in _NUMBERS:
            pass
        elif is_torch(a):
            raise TypeError(mixed(rule.name))
        elif has_own_rules(a):
            raise TypeError(
                f"{rule.name} was given a {type(a).__name__}, which has its own rules; "
                "pass np.array(x), a plain array"
            )
        elif isinstance(a, list | tuple) and (rule.operands is None or i in rule.operands):
            a = np.array(a)
        operands.append(a)
    try:
        value = evaluate(*operands, **kwargs)
    except Exception as error:
        if any(is_dask(plain(x)) for x in operands):
            error.add_note(f"raised by Dask, in {rule.name} of arrays in these chunks")
        raise
    if value.dtype.kind != "f":
        raise TypeError(
            f"{rule.name} gives values of dtype {value.dtype}; mcalc differentiates real "
            "floating-point functions: convert constants with .astype(float), split complex ones"
        )
    require_known(value, f"the value of {rule.name}")
    is_own = (
        not isinstance(value, np.ndarray)
        or is_fresh(value)
        or any(a.is_own and _is_view(value, a.value) for _, a in sources)
    )
    return type(innermost)(
        run, value, _record(run, rule, value, is_own, operands, sources, kwargs), is_own
    )


def _record(
    run: Run,
    rule: Rule,
    value: Any,
    is_own: bool,
    operands: list[Any],
    sources: list[tuple[int, Recorded]],
    kwargs: dict[str, Any],
) -> Record:
    """Write a step down, with copies of the arrays that others may write to."""
    if kwargs:
        kwargs = {name: run.keep(x) for name, x in kwargs.items()}
    reads = rule.reads(tuple([i for i, _ in sources]), len(operands))
    own = {i for i, a in sources if a.is_own}
    kept = tuple(
        [
            x
            if type(x) in _NUMBERS
            else (x if i in own else run.keep(x))
            if run.whole or reads[i + 1]
            else outline(x)
            for i, x in enumerate(operands)
        ]
    )
    if type(value) not in _NUMBERS and not run.whole:
        value = outline(value) if not reads[0] else value if is_own else run.keep(value)
    parents = tuple(sources if run.whole else [(i, a.record) for i, a in sources])
    return Record(next(run.counter), rule, value, kept, parents, kwargs)


def _is_view(x: Any, of: Any) -> bool:
    return x.base is not None and (x.base is of or x.base is getattr(of, "base", None))
