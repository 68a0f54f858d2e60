"""The shapes that a row of the table can have; each derives both directions from one statement.

In what follows, ``y`` is the value of the function at ``args`` and ``kwargs``,
``g`` a cotangent of the shape of ``y``, and ``t`` a tangent of the shape of an argument.
"""

from __future__ import annotations

import functools
import inspect
import operator
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np

from mcalc.backends.arrays import is_fresh
from mcalc.backends.dask import broadcast_like
from mcalc.rules._broadcasting import kept_shape, unbroadcast_to
from mcalc.rules._over import Over
from mcalc.rules._table import add_row, entries_read


def elementwise(
    function: Callable[..., Any],
    *partials: Any,
    reads: str | Sequence[str] | None = None,
    formulas: Collection[str] = (),
    name: str = "",
) -> None:
    """Add a row for a function that works entry by entry.

    Args:
        function: the function, a ufunc or a `primitive`.
        partials: for each argument its partial derivative, ``partial(y, *args)``, a number, or
            a quotient, `Over`; None if there is none, and the argument must not move.
        reads: the names of the parameters whose entries a partial derivative reads, as in
            ``elementwise(np.exp, lambda y, x: y, reads="y")``, for all of them or for each; by
            default, every one. Of the rest only shape and dtype are there, and need not be kept.
        formulas: TeX of each partial derivative, for the printed table.
        name: shown in a graph; by default the function's.
    """
    n = len(partials) + 1
    said = [reads] * len(partials) if reads is None or isinstance(reads, str) else reads
    read = [
        entries_read(d.by if type(d) is Over else d, names, 0, n)
        if callable(d) or type(d) is Over
        else [False] * n
        for d, names in zip(partials, said, strict=True)
    ]

    def pull(i: int, g: Any, y: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        d = partials[i]
        if type(d) is Over:
            g = d.applied(g, y, args)
        elif d is not ONE:  # one expression, in which NumPy reuses the memory of the partial
            g = g * d(y, *args) if callable(d) else g * d
        shape = args[i].shape
        return g if g.shape == shape else unbroadcast_to(g, shape)

    def push(tangents: Mapping[int, Any], y: Any, args: Any, kwargs: Any) -> Any:
        parts = []
        for i, t in tangents.items():
            d = partials[i]
            if type(d) is Over:
                parts.append(d.applied(t, y, args))
            else:
                parts.append(t if d is ONE else t * d(y, *args) if callable(d) else t * d)
        t = functools.reduce(operator.add, parts)
        return t if np.shape(t) == y.shape else broadcast_like(t, y)

    def read_by(moving: tuple[int, ...], n: int) -> tuple[bool, ...]:
        return tuple(map(any, zip(*(read[i] for i in moving), strict=True)))

    add_row(
        function,
        kind="elementwise",
        name=name,
        formulas=formulas,
        operands=[i for i, d in enumerate(partials) if d is not None],
        most=len(partials),
        pull=pull,
        push=push,
        reads=read_by,
    )


ONE = 1.0
"""The partial derivative that needs no multiplication; compared by identity."""


def reduction(
    function: Callable[..., Any],
    weights: Callable[..., Any],
    *,
    reads: str | None = None,
    formulas: Collection[str] = (),
) -> None:
    """Add a row for a function that reduces axes of an array, such as ``np.prod``.

    Args:
        function: called as ``function(x, axis=None, *, keepdims=False, ...)``.
        weights: ``weights(y, x, axis, **options)``, the partial derivatives of the reduced
            value by each entry, of a shape that broadcasts to that of `x`; `y` has its
            reduced axes kept. Its options are the supported keyword arguments.
        reads: ``"y"``, ``"x"`` or ``""``, if `weights` reads the entries of one alone, or none;
            the names are those of its own parameters.
        formulas: TeX of the partial derivative by one entry.
    """

    def evaluate(x: Any, axis: Any = None, *, keepdims: bool = False, **options: Any) -> Any:
        return function(x, axis=axis, keepdims=keepdims, **options)

    evaluate.__qualname__ = function.__name__  # it stands in messages

    def unpack(
        args: tuple[Any, ...], axis: Any = None, keepdims: bool = False, **options: Any
    ) -> tuple[Any, Any, bool, dict[str, Any]]:
        return args[0], args[1] if len(args) > 1 else axis, keepdims, options

    def pull(i: int, g: Any, y: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        x, axis, _, options = unpack(args, **kwargs)
        kept = kept_shape(x, axis)
        w = weights(np.reshape(y, kept) if read[0] else y, x, axis, **options)
        g = np.reshape(g, kept) if kept and type(g) is not np.float64 else g
        if is_fresh(w) and w.shape == x.shape and type(g) is np.ndarray and w.dtype == g.dtype:
            w *= g
            return w
        return broadcast_like(g if w is ONE else g * w, x)

    def push(tangents: Mapping[int, Any], y: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        x, axis, keepdims, options = unpack(args, **kwargs)
        w = weights(np.reshape(y, kept_shape(x, axis)) if read[0] else y, x, axis, **options)
        t = tangents[0] if w is ONE else tangents[0] * w
        return np.sum(t, axis=axis, keepdims=keepdims)

    read = entries_read(weights, reads, 0, 2)
    options = list(inspect.signature(weights).parameters)[3:]
    add_row(
        function,
        kind="reduction",
        formulas=formulas,
        evaluate=evaluate,
        operands=(0,),
        keywords=["axis", "keepdims", *options],
        pull=pull,
        push=push,
        reads=lambda moving, n: (*read, *(True,) * (n - 1)),
    )


def linear(
    function: Callable[..., Any],
    transpose: Callable[..., Any],
    *,
    operands: Collection[int] | None = (0,),
    formulas: Collection[str] = (),
    name: str = "",
    keywords: Collection[str] | None = None,
    add: Callable[..., None] | None = None,
    evaluate: Callable[..., Any] | None = None,
) -> None:
    """Add a row for a function that is linear in its operands together.

    Args:
        function: its own derivative.
        transpose: ``transpose(i, g, *args, **kwargs)``, the transposed map into argument i.
        operands: positions of the arguments in which it is linear; None for all.
        formulas: TeX of the derivative.
        name: shown in a graph; by default the function's.
        keywords: supported keyword arguments; by default those of `transpose`.
        add: ``add(total, g, *args)``, which adds the transposed map of g to an array in place.
        evaluate: computes the value, and refuses what of the function has no derivative; by
            default the function.
    """

    def push(tangents: Mapping[int, Any], y: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        moved = [
            tangents[i] if i in tangents else (_zero(x) if operands is None or i in operands else x)
            for i, x in enumerate(args)
        ]
        return (evaluate or function)(*moved, **kwargs)

    def read_by(moving: tuple[int, ...], n: int) -> tuple[bool, ...]:
        return (False, *(operands is not None and i not in operands for i in range(n)))

    add_row(
        function,
        kind="linear",
        name=name,
        formulas=formulas,
        evaluate=evaluate,
        operands=operands,
        keywords=keywords,
        pull=_by(transpose),
        push=push,
        reads=read_by,
        signature=transpose,
        add=add,
    )


def _by(transpose: Callable[..., Any]) -> Any:
    """Return the pull of a row by its transposed map, which does not ask for the value."""
    return lambda i, g, y, args, kwargs: transpose(i, g, *args, **kwargs)


def _zero(x: Any) -> Any:
    """Return zeros like `x`; a Python number stays one, since it does not widen float32."""
    return 0.0 if type(x) in (float, int) else np.zeros_like(x)


def multilinear(
    function: Callable[..., Any],
    transpose: Callable[..., Any],
    *,
    operands: Collection[int] | None = None,
    formulas: Collection[str] = (),
    keywords: Collection[str] | None = None,
) -> None:
    """Add a row for a product: linear in each operand while the others are held.

    The arguments are those of `linear`.
    """

    def push(tangents: Mapping[int, Any], y: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        parts = [function(*args[:i], t, *args[i + 1 :], **kwargs) for i, t in tangents.items()]
        return functools.reduce(operator.add, parts)

    def read_by(moving: tuple[int, ...], n: int) -> tuple[bool, ...]:
        return (False, *(len(moving) > 1 or i != moving[0] for i in range(n)))

    add_row(
        function,
        kind="multilinear",
        formulas=formulas,
        operands=operands,
        keywords=keywords,
        pull=_by(transpose),
        push=push,
        reads=read_by,
        signature=transpose,
    )


def general(
    function: Callable[..., Any],
    pull: Callable[..., Any],
    push: Callable[..., Any],
    *,
    reads: str | None = None,
    operands: Collection[int] = (0,),
    formulas: Collection[str] = (),
    name: str = "",
) -> None:
    """Add a row that states both directions itself, for a function that no other shape fits.

    Args:
        function: the function, or a `primitive`.
        pull: ``pull(i, g, y, *args)``, the cotangent of argument i.
        push: ``push({i: t_i}, y, *args)``, the tangent of the value.
        reads: the names of those of the parameters ``y, *args`` of `pull` whose entries it or
            `push` reads, as in ``"y a"``; by default, of all.
        operands: positions of the arguments that may be traced.
        formulas: TeX of the derivative.
        name: shown in a graph; by default the function's.
    """

    def pull_row(i: int, g: Any, y: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return pull(i, g, y, *args)

    def push_row(tangents: Mapping[int, Any], y: Any, args: Any, kwargs: Any) -> Any:
        return push(tangents, y, *args)

    def read_by(moving: tuple[int, ...], n: int) -> tuple[bool, ...]:
        return tuple(entries_read(pull, reads, 2, n + 1))

    add_row(
        function,
        kind="general",
        name=name,
        formulas=formulas,
        operands=operands,
        keywords=(),
        pull=pull_row,
        push=push_row,
        reads=read_by,
    )


def composite(
    function: Callable[..., Any], definition: Callable[..., Any], *, name: str = ""
) -> None:
    """Add a row for a function that is defined by others of the table."""
    add_row(
        function,
        kind="composite",
        name=name,
        evaluate=definition,
        **_NEVER,
    )


def constant(function: Callable[..., Any], *, name: str = "") -> None:
    """Add a row for a function whose value does not change with a small change of its input.

    Comparisons, rounding and questions about the shape: the value leaves the graph,
    and its derivative is zero.
    """
    add_row(
        function,
        kind="constant",
        name=name,
        formulas=("0",),
        keywords=(),
        **_NEVER,
    )


def _never(*_: Any) -> Any:
    raise AssertionError("composite and constant rules are not recorded")


_NEVER: Any = {"pull": _never, "push": _never, "reads": _never}
