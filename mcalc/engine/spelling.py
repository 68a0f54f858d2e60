"""The arguments of NumPy's functions, which may come by position or by name."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from mcalc.engine.messages import INSTEAD
from mcalc.rules import Rule

Arguments = tuple[tuple[Any, ...], dict[str, Any]]
_OF_MEMORY = {"casting", "copy", "order", "overwrite_input", "subok"}  # no entry depends on them


def spelled(rule: Rule, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Rule, Any, Any]:
    """Return the row, or a wider one, and the arguments as it takes them.

    Raises:
        TypeError: if it does not take them.
    """
    args, kwargs = _placed(rule, args, kwargs)
    if rule.wider is not None and not kwargs.keys() <= rule.keywords:
        rule = rule.wider
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
    return rule, args, kwargs


def _placed(rule: Rule, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Arguments:
    """Return arrays by position, and no defaults.

    NumPy takes most arguments by position and by name; which is which, its signature tells.
    """
    try:
        bound = inspect.signature(rule.function).bind(*args, **kwargs)
    except (TypeError, ValueError):  # as of ufuncs before NumPy 2.4
        kept = {k: v for k, v in kwargs.items() if k not in _OF_MEMORY}
        return args, {k: v for k, v in kept.items() if k != "where" or v is not True}
    parameters = bound.signature.parameters
    kinds = {p.kind for p in parameters.values()}
    if inspect.Parameter.VAR_POSITIONAL in kinds:
        return args, kwargs
    given: dict[str, Any] = {}
    for name, x in bound.arguments.items():
        if parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            given.update(x)
        elif x is not parameters[name].default:
            given[name] = x
    first = [name for name, p in parameters.items() if p.kind <= p.POSITIONAL_OR_KEYWORD]
    first = first[: rule.most]
    given = {k: v for k, v in given.items() if k in rule.keywords or k not in _OF_MEMORY}
    count = max((k + 1 for k, name in enumerate(first) if name in given), default=0)
    places = []
    for name in first[:count]:
        x = given.pop(name, parameters[name].default)
        places.append(None if x is np._NoValue else x)
    return tuple(places), given
