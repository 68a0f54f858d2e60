"""The table of local derivatives.

A row says what one function does to a small change of its arguments, once.
Both directions follow from it: `Rule.pull` carries a cotangent back to an argument
(reverse accumulation), `Rule.push` carries tangents forward.
Rules are NumPy expressions, so that they can be differentiated themselves.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np

F = TypeVar("F", bound=Callable[..., Any])
Kind = Literal[
    "elementwise", "reduction", "linear", "multilinear", "general", "composite", "constant"
]
Pull = Callable[[int, Any, Any, tuple[Any, ...], dict[str, Any]], Any]
Push = Callable[[Mapping[int, Any], Any, tuple[Any, ...], dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table.

    Attributes:
        function: the function that is differentiated, such as ``np.exp``.
        name: how it is shown in a graph.
        kind: which of the shapes below the row has.
        formulas: TeX of the local derivative, one for each argument that has one.
        evaluate: computes the value; takes only what the rule supports.
        operands: positions that may hold a traced value; None for all.
        keywords: the keyword arguments that are supported.
        most: how many arguments by position are supported; None for any number.
        pull: ``pull(i, g, y, args, kwargs)``, the cotangent of argument i.
        push: ``push({i: t_i}, y, args, kwargs)``, the tangent of the value.
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


TABLE: dict[Callable[..., Any], Rule] = {}
"""Every function that mcalc can differentiate, or passes through."""


def primitive(function: F) -> F:
    """Let `function` be traced, as NumPy's own functions are.

    The arguments' ``__array_function__`` is asked first (NumPy enhancement proposal 18).

    Examples:
        >>> import numpy as np
        >>> from mcalc import grad, rules
        >>> @rules.primitive
        ... def softplus(x):
        ...     return np.log1p(np.exp(x))
        >>> rules.elementwise(softplus, lambda y, x: 1 / (1 + np.exp(-x)), formulas=["σ(x)"])
        >>> round(float(grad(softplus)(0.0)), 3)
        0.5
    """

    @functools.wraps(function)
    def dispatching(*args: Any, **kwargs: Any) -> Any:
        for x in args:
            if hasattr(x, "__array_function__") and not isinstance(x, np.ndarray | np.generic):
                return x.__array_function__(dispatching, (type(x),), args, kwargs)
        return function(*args, **kwargs)

    return dispatching  # type: ignore[return-value]
