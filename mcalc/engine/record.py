"""One run of a function, and the record of each step: looked up, computed and written down.

What a sweep needs is less than f computed. A `Record` holds the arrays that its rule reads and
the outlines, shape and dtype, of the rest, so that values are let go as soon as f lets them go.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from mcalc.backends.arrays import has_own_rules, is_fresh, is_torch
from mcalc.backends.dask import chunks_of, is_dask, require_known, require_whole
from mcalc.engine.batch import Batch, UnbatchableError
from mcalc.engine.messages import INSTEAD, OUTLIVED, WRITE, mixed
from mcalc.rules import TABLE, Rule
from mcalc.rules._table import WHOLE

NOTHING: dict[str, Any] = {}  # the keyword arguments of most steps
_NUMBERS = frozenset({float, int, np.float64, np.float32})  # nobody can write to these,
_FIXED = _NUMBERS | {slice, str, type(None), type(...)}  # nor to those, unless arrays are in them
_ids = itertools.count(1)  # only ever compared: the run that began last is the innermost


class Run:
    """One run of a function; nested derivatives have one each, so none is confused.

    Attributes:
        id: larger than that of every run that began earlier.
        is_open: whether the function is running.
        whole: whether every value is kept, for a graph to show.
        counter: numbers the steps in order of computation.
    """

    __slots__ = ("_copies", "counter", "id", "is_open", "whole")

    def __init__(self, *, whole: bool = False) -> None:
        self.id = next(_ids)
        self.is_open = True
        self.whole = whole
        self.counter = itertools.count()
        self._copies: dict[int, Any] = {}

    def keep(self, x: Any) -> Any:
        """Return an array as a copy, which nobody can write to; the rest as it is.

        A function may overwrite a buffer before a sweep reads what was in it. An array that
        has not changed since its last use shares one copy with it.
        """
        if isinstance(x, tuple | list):
            return type(x)(map(self.keep, x)) if type(x) in (tuple, list) else x
        if not isinstance(x, np.ndarray):
            return x.copy() if is_dask(x) else x  # Dask's x[i] = v changes x itself, too
        kept = self._copies.get(id(x))
        if kept is None or kept.dtype != x.dtype or not np.array_equal(kept, x):
            kept = self._copies[id(x)] = x.copy()
        return kept


_OF_SHAPE = np.shape, np.ndim, np.size, np.zeros_like, np.ones_like, np.empty_like


class Outline(np.lib.mixins.NDArrayOperatorsMixin):
    """What is left of an array that no rule reads: its shape and its dtype."""

    __slots__ = ("dtype", "shape")
    __hash__ = object.__hash__

    def __init__(self, like: Any) -> None:
        self.shape = like.shape
        self.dtype = like.dtype

    ndim = property(lambda self: len(self.shape))
    size = property(lambda self: int(np.prod(self.shape)))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function not in _OF_SHAPE:
            self.__array__()
        blank = (np.broadcast_to(np.zeros((), self.dtype), self.shape), *args[1:])
        return function(*blank, **kwargs)

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            "a rule of differentiation reads the entries of an argument that it said it would "
            "not: a linear rule reads only shapes, and a partial derivative reads no argument "
            "whose name begins with an underscore"
        )

    __array_ufunc__ = __getitem__ = __iter__ = __float__ = __bool__ = __array__


class Record(Outline):
    """One step of a run: the rule, and of its arguments and its value what the rule reads.

    To the steps that use the value and do not read it, the record is its outline.

    Attributes:
        index: place in the order of computation.
        rule: the row of the table; None for an input and a constant.
        value: what the step computed; the record itself stands for it where this is None.
        operands: the values of all arguments, or their outlines.
        parents: pairs (position, vertex) of the arguments that depend on the input.
        kwargs: the keyword arguments.
    """

    __slots__ = ("index", "kwargs", "operands", "parents", "rule", "value")

    def __init__(
        self,
        index: int,
        rule: Rule | None,
        like: Any,
        value: Any,
        operands: tuple[Any, ...],
        parents: tuple[tuple[int, Any], ...],
        kwargs: dict[str, Any],
    ) -> None:
        self.shape = like.shape
        self.dtype = like.dtype
        self.index = index
        self.rule = rule
        self.value = value
        self.operands = operands
        self.parents = parents
        self.kwargs = kwargs


def outline(x: Any) -> Any:
    """Return the outline of an array; what is no array as it is."""
    return Outline(x) if isinstance(x, np.ndarray) else x


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

    def __init__(
        self,
        run: Run,
        value: Any,
        record: Record,
        is_own: bool,
        label: str | None = None,
    ) -> None:
        self.run = run
        self.value = value
        self.record = record
        self.is_own = is_own
        self.label = label


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
    run: Any = None
    for a in args:
        if isinstance(a, Recorded) and a.run is not run and (run is None or a.run.id > run.id):
            run = a.run
    if run is None:
        raise TypeError(f"pass arrays to {rule.name} by position, so that it can be differentiated")
    if not run.is_open:
        raise TypeError(OUTLIVED)
    whole, operands, moving, fixed = run.whole, list(args), [], []
    for i, a in enumerate(args):
        if isinstance(a, Recorded) and a.run is run:
            moving.append(i)
            operands[i] = a.value
        elif type(a) not in _FIXED:
            fixed.append(i)
            operands[i] = _constant(rule, i, a)
    reads = rule.reads(tuple(moving), len(args))
    try:
        value = evaluate(*operands, **kwargs)
    except Exception as error:
        if any(is_dask(plain(x)) for x in operands):
            error.add_note(f"raised by Dask, in {rule.name} of arrays in these chunks")
        raise
    kept, is_own = value, True
    if type(value) is not np.float64 or not _NUMBERS.issuperset(map(type, operands)):
        kept, is_own = None, True
        if value.dtype.kind != "f":
            raise TypeError(
                f"{rule.name} gives values of dtype {value.dtype}; mcalc differentiates real "
                "floating-point functions: convert constants with .astype(float), split complex "
                "ones"
            )
        if isinstance(value, np.ndarray):
            is_own = is_fresh(value) or _is_own_view(value, args, run)
        else:
            require_known(value, f"the value of {rule.name}")
        # What the rule reads is copied if others may write to it; of the rest an outline is left.
        for i in moving:
            x = operands[i]
            if not (whole or reads[i + 1]) and (type(x) is np.ndarray or not _is_lazy(x)):
                operands[i] = args[i].record
            elif not args[i].is_own:
                operands[i] = run.keep(x)
        for i in fixed:
            operands[i] = (run.keep if whole or reads[i + 1] else outline)(operands[i])
        if whole or reads[0] or (type(value) is not np.ndarray and _is_lazy(value)):
            kept = value if is_own else run.keep(value)
    if kwargs:
        kwargs = {name: run.keep(x) for name, x in kwargs.items()}
    sources = tuple([(i, args[i] if whole else args[i].record) for i in moving])
    record = Record(next(run.counter), rule, value, kept, tuple(operands), sources, kwargs)
    return type(args[moving[0]])(run, value, record, is_own)


def step_of_numbers(
    node: Any, rule: Rule, operate: Callable[..., Any], operands: Any, sources: Any
) -> Any:
    """Do what `step` does, for numbers, of which there is nothing to copy or to let go.

    Args:
        node: one of the arguments.
        rule: the row of the table.
        operate: computes the value.
        operands: the values of the arguments.
        sources: pairs (position, vertex) of those that depend on the input.
    """
    run = node.run
    if not run.is_open:
        raise TypeError(OUTLIVED)
    value = operate(*operands)
    record = Record(next(run.counter), rule, value, value, operands, sources, NOTHING)
    return type(node)(run, value, record, True)


def _constant(rule: Rule, i: int, a: Any) -> Any:
    """Return an argument that does not depend on the input, as the rule takes it."""
    if type(a) is np.ndarray:
        return a
    if is_torch(a):
        raise TypeError(mixed(rule.name))
    if isinstance(a, Batch):
        raise UnbatchableError
    if has_own_rules(a):
        raise TypeError(
            f"{rule.name} was given a {type(a).__name__}, which has its own rules; "
            "pass np.array(x), a plain array"
        )
    moves = rule.operands is None or i in rule.operands
    return np.array(a) if moves and isinstance(a, list | tuple) else a


def _is_lazy(x: Any) -> bool:
    """Tell whether `x` is a Dask array: it has no entries to let go, and chunks that rules read."""
    return chunks_of(x) is not None


def _is_own_view(value: Any, args: tuple[Any, ...], run: Run) -> bool:
    """Tell whether `value` is a view of an argument that nobody but the run can write to."""
    base = value.base
    return base is not None and any(
        isinstance(a, Recorded)
        and a.run is run
        and a.is_own
        and (base is a.value or base is getattr(a.value, "base", None))
        for a in args
    )
