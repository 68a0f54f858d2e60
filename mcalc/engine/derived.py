"""The functions that `grad` and its like return."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import MethodType
from typing import Any


class Derivative:
    """A function made from another: it has f's name, docstring and parameters.

    It is an object, and not a function within a function, so that it can be pickled when f can,
    as processes and clusters need it.
    """

    def __init__(
        self, make: Callable[..., Any], f: Any, options: tuple[Any, ...], along: str = ""
    ) -> None:
        self.__wrapped__ = f
        self.__doc__ = f.__doc__
        self.__module__ = getattr(f, "__module__", "")
        self._make = make
        self._options = options
        self._along = along

    def __getattr__(self, name: str) -> Any:
        if name in ("__name__", "__qualname__"):  # which are seldom asked for
            return getattr(self.__wrapped__, name)
        raise AttributeError(f"a derivative has no attribute {name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the derivative there."""
        return self._make(self.__wrapped__, *self._options, args, kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """Be a method in the body of a class, as functions are."""
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        f = self.__wrapped__
        return f"{self._make.__name__.lstrip('_')}({getattr(f, '__name__', repr(f))})"

    @property
    def __signature__(self) -> inspect.Signature:
        try:
            signature = inspect.signature(self.__wrapped__)
        except (TypeError, ValueError) as error:  # as of some functions that are written in C
            raise AttributeError(f"{self!r} has no signature: {error}") from error
        parameters = list(signature.parameters.values())
        if self._along:
            parameters = _with_last(self._along, parameters)
        return inspect.Signature(parameters)


def _with_last(name: str, parameters: list[inspect.Parameter]) -> list[inspect.Parameter]:
    """Return parameters among which `name` is the last without a default."""
    kinds = inspect.Parameter
    if any(p.kind is kinds.VAR_POSITIONAL for p in parameters):
        raise AttributeError("the last of any number of arguments cannot be named")
    first = [p for p in parameters if p.kind <= kinds.POSITIONAL_OR_KEYWORD]
    rest = parameters[len(first) :]
    while any(p.name == name for p in parameters):
        name = f"{name}_"
    optional = [p.replace(kind=kinds.KEYWORD_ONLY) for p in first if p.default is not p.empty]
    needed = [p for p in first if p.default is p.empty]
    kind = needed[-1].kind if needed else kinds.POSITIONAL_ONLY
    return [*needed, kinds(name, kind), *optional, *rest]
