"""The table of local derivatives.

A row says what one function does to a small change of its arguments, once.
Both directions follow from it: `Rule.pull` carries a cotangent back to an argument
(reverse accumulation), `Rule.push` carries tangents forward.
Rules are NumPy expressions, so that they can be differentiated themselves.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np

from mcalc.backends.dask import is_dask

F = TypeVar("F", bound=Callable[..., Any])
RowKind = Literal[
    "elementwise", "reduction", "linear", "multilinear", "general", "composite", "constant"
]
Pull = Callable[[int, Any, Any, tuple[Any, ...], dict[str, Any]], Any]
Push = Callable[[Mapping[int, Any], Any, tuple[Any, ...], dict[str, Any]], Any]
Reads = Callable[[tuple[int, ...], int], tuple[bool, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table.

    Attributes:
        function: the function that is differentiated, such as ``np.exp``.
        name: how it is shown in a graph.
        kind: the name of the function that adds such rows, such as ``"elementwise"``.
        formulas: TeX of the local derivative, one for each argument that has one.
        evaluate: computes the value; takes only what the rule supports.
        operands: positions that may hold a traced value; None for all.
        keywords: the keyword arguments that are supported.
        most: how many arguments by position are supported; None for any number.
        pull: ``pull(i, g, y, args, kwargs)``, the cotangent of argument i.
        push: ``push({i: t_i}, y, args, kwargs)``, the tangent of the value.
        reads: ``reads(positions, n)``, of the value and then of each of the n arguments, whether
            `pull` and `push` read entries of it to differentiate by the arguments at
            `positions`; of the others they read shape and dtype alone. A TypeError if
            arguments at `positions` may not depend on the input.
        add: ``add(total, g, *args)``, adds what `pull` gives to an array in place; None where
            that saves nothing.
        wider: the row of the function with keyword arguments that this one lacks, if any.
    """

    function: Callable[..., Any]
    name: str
    kind: RowKind
    formulas: tuple[str, ...]
    evaluate: Callable[..., Any]
    operands: Collection[int] | None
    keywords: frozenset[str]
    most: int | None
    pull: Pull
    push: Push
    reads: Reads
    add: Callable[..., None] | None = None
    wider: Rule | None = None


TABLE: dict[Callable[..., Any], Rule] = {}
"""Every function that mcalc can differentiate, or passes through."""

WHOLE: set[Callable[..., Any]] = set()
"""The functions that need all of an array in one place, and so refuse Dask's."""


def primitive(function: F) -> F:
    """Let `function` be traced, as NumPy's own functions are.

    The arguments' ``__array_function__`` is asked first (NumPy enhancement proposal 18), but
    for Dask's, which computes the arrays of a function that it does not know.

    Examples:
        >>> import numpy as np
        >>> from mcalc import grad, rules
        >>> @rules.primitive
        ... def softplus(x):
        ...     return np.log1p(np.exp(x))
        >>> sigmoid = lambda y, x: 1 / (1 + np.exp(-x))
        >>> rules.elementwise(softplus, sigmoid, formulas=["σ(x)"])
        >>> round(float(grad(softplus)(0.0)), 3)
        0.5
    """

    @functools.wraps(function)
    def dispatching(*args: Any, **kwargs: Any) -> Any:
        for x in _leaves((*args, *kwargs.values()) if kwargs else args):
            is_plain = issubclass(type(x), _PLAIN) or is_dask(x)
            if not is_plain and hasattr(x, "__array_function__"):
                return x.__array_function__(dispatching, (type(x),), args, kwargs)
        return function(*args, **kwargs)

    return dispatching  # type: ignore[return-value]


_PLAIN = np.ndarray, np.generic, float, int, str


def _leaves(args: Iterable[Any]) -> Iterator[Any]:
    """Yield the arguments and what is in their lists and tuples; an index may be one."""
    for x in args:
        if isinstance(x, tuple | list):
            yield from _leaves(x)
        else:
            yield x


@primitive
def require(holds: Any, message: str) -> None:
    """Raise a LinAlgError, a ValueError, with this message unless `holds` is true everywhere.

    A rule asks so for what its derivative needs; an ``if`` would ask a traced value for numbers.
    """
    if not np.all(holds):
        raise np.linalg.LinAlgError(message)


def entries_read(function: Callable[..., Any], reads: str | None, skip: int, n: int) -> list[bool]:
    """Tell of `n` parameters of a function, after `skip` others, whether it reads entries of them.

    Args:
        function: a rule, or a part of one.
        reads: the names of those parameters whose entries it reads; None for all.
        skip: how many parameters stand before them.
        n: how many there are.
    """
    if reads is None:
        return [True] * n
    names, wanted = list(inspect.signature(function).parameters)[skip : skip + n], reads.split()
    for name in wanted:
        if name not in names:
            raise TypeError(f"reads={reads!r} names {name}, which is none of {', '.join(names)}")
    return [name in wanted for name in names]


def add_row(
    function: Callable[..., Any],
    *,
    kind: RowKind,
    pull: Pull,
    push: Push,
    reads: Reads,
    evaluate: Callable[..., Any] | None = None,
    name: str = "",
    formulas: Collection[str] = (),
    operands: Collection[int] | None = None,
    keywords: Collection[str] | None = None,
    most: int | None = None,
    signature: Callable[..., Any] | None = None,
    add: Callable[..., None] | None = None,
) -> None:
    """Add a row to the table, with what can be read off the signature of its function.

    The arguments are the attributes of a `Rule`, but for ``signature``: a transpose, of which the
    keyword arguments and how many others there may be are taken, after its first two parameters.
    """
    evaluate, name = evaluate or function, name or function.__name__
    if kind not in ("elementwise", "general", "constant"):  # a ufunc has no signature to read
        parameters = list(inspect.signature(signature or evaluate).parameters.values())
        kinds = {p.name: p.kind for p in parameters[2 if signature else 0 :]}
        places = [name for name, k in kinds.items() if k is inspect.Parameter.POSITIONAL_OR_KEYWORD]
        most = None if inspect.Parameter.VAR_POSITIONAL in kinds.values() else len(places)
        if keywords is None:
            only = [name for name, k in kinds.items() if k is inspect.Parameter.KEYWORD_ONLY]
            held = [n for i, n in enumerate(places) if operands is None or i not in operands]
            keywords = held + only

    @functools.cache
    def checked(moving: tuple[int, ...], n: int) -> tuple[bool, ...]:
        for i in moving:
            if operands is not None and i not in operands:
                raise TypeError(
                    f"argument {i} of {name} must not depend on the input, since nothing flows "
                    "back through it; give a constant, or a comparison such as x > 0"
                )
        return reads(moving, n)

    TABLE[function] = Rule(
        function=function,
        name=name,
        kind=kind,
        formulas=tuple(formulas),
        evaluate=evaluate,
        operands=operands,
        keywords=frozenset(keywords or ()),
        most=most,
        pull=pull,
        push=push,
        reads=checked,
        add=add,
    )
