"""The table of local derivatives.

A row says what one function does to a small change of its arguments, once.
Both directions follow from it: `Rule.pull` carries a cotangent back to an argument
(reverse accumulation), `Rule.push` carries tangents forward.
Rules are NumPy expressions, so that they can be differentiated themselves.
"""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np

from mcalc.backends.dask import is_dask

F = TypeVar("F", bound=Callable[..., Any])
Kind = Literal[
    "elementwise", "reduction", "linear", "multilinear", "general", "composite", "constant"
]
Pull = Callable[[int, Any, Any, tuple[Any, ...], dict[str, Any]], Any]
Push = Callable[[Mapping[int, Any], Any, tuple[Any, ...], dict[str, Any]], Any]
Reads = Callable[[tuple[int, ...], int], tuple[bool, ...]]


@dataclass(frozen=True, slots=True)
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
    """

    function: Callable[..., Any]
    name: str
    kind: Kind
    formulas: tuple[str, ...]
    evaluate: Callable[..., Any]
    operands: Collection[int] | None
    keywords: frozenset[str]
    most: int | None
    pull: Pull
    push: Push
    reads: Reads
    add: Callable[..., None] | None = None


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
            if not isinstance(x, _PLAIN) and hasattr(x, "__array_function__") and not is_dask(x):
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
    """Raise a LinAlgError with this message unless `holds` is true everywhere.

    A rule asks so for what its derivative needs; an ``if`` would ask a traced value for numbers.
    """
    if not np.all(holds):
        raise np.linalg.LinAlgError(message)


def names_read(function: Callable[..., Any], skip: int, n: int) -> tuple[bool, ...]:
    """Tell of `n` parameters, after `skip` others, whether their names begin otherwise than "_"."""
    names: tuple[str, ...] = ()
    if isinstance(function, types.FunctionType):  # of anything else, take it that it reads all
        code = function.__code__
        names = code.co_varnames[skip : code.co_argcount]
    return tuple(k >= len(names) or not names[k].startswith("_") for k in range(n))


def add_row(
    function: Callable[..., Any],
    name: str,
    kind: Kind,
    formulas: Collection[str],
    evaluate: Callable[..., Any],
    operands: Collection[int] | None,
    keywords: Collection[str] | None,
    pull: Pull,
    push: Push,
    reads: Reads,
    signature: Callable[..., Any] | None = None,
    add: Callable[..., None] | None = None,
    most: int | None = None,
) -> None:
    """Add a row to the table, with what can be read off the signature of its function."""
    if kind not in ("elementwise", "general", "constant"):  # a ufunc has no signature to read
        parameters = list(inspect.signature(signature or evaluate).parameters.values())
        # The first two parameters of a transpose are the position and the cotangent.
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
                    f"argument {i} of {name or function.__name__} must not depend on the input, "
                    "since nothing flows back through it; give a constant, or a comparison such "
                    "as x > 0"
                )
        return reads(moving, n)

    TABLE[function] = Rule(
        function,
        name or function.__name__,
        kind,
        tuple(formulas),
        evaluate,
        operands,
        frozenset(keywords or ()),
        most,
        pull,
        push,
        checked,
        add,
    )
