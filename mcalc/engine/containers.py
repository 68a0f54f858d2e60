"""Parameters in containers: dictionaries, lists, tuples and named tuples, nested.

They are JAX's pytrees. A list of numbers is a list of parameters, not an array; None is a
container with nothing in it. Whatever is none of these is a leaf, as is an object of a class of
one's own, which nobody but its class knows how to take apart.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

CONTAINERS = (dict, list, tuple, type(None))
"""The classes of all containers, and of a few leaves that derive from them, as a tensor's shape."""


def leaves(tree: Any, name: str = "") -> list[tuple[str, Any]]:
    """Return the leaves of a container, each with what one writes to get at it.

    Examples:
        >>> leaves({"layers": [(1.0, 2.0), None], "scale": 3.0}, "params")[1:]
        [("params['layers'][0][1]", 2.0), ("params['scale']", 3.0)]
    """
    parts = _parts(tree)
    if parts is None:
        return [(name, tree)]
    return [leaf for key, part in parts.items() for leaf in leaves(part, _at(tree, name, key))]


def rebuilt(like: Any, new: Iterator[Any]) -> Any:
    """Return a container of the shape of `like`, with the next leaves of `new` in their order.

    Examples:
        >>> rebuilt({"b": [1.0, 2.0], "a": None}, iter("xy"))
        {'b': ['x', 'y'], 'a': None}
    """
    parts = _parts(like)
    if parts is None:
        return next(new)
    made = [rebuilt(part, new) for part in parts.values()]
    if isinstance(like, dict):
        filled = copy.copy(like)  # of its own class, and a defaultdict's default goes with it
        filled.update(zip(like, made, strict=True))
        return filled
    if like is None:
        return None
    return type(like)(*made) if hasattr(like, "_fields") else type(like)(made)


def aligned(given: Any, like: Any, *, caller: str, name: str, of: str) -> list[tuple[str, Any]]:
    """Return the leaves of `given` in the order of those of `like`, each with its name.

    Dictionaries are compared by their keys, whatever the order of these.

    Raises:
        TypeError: if a container of the one is no container of that kind in the other.
        ValueError: if one has parts that the other has not.
    """
    parts, own = _parts(like), _parts(given)
    if parts is None:
        return [(name, given)]
    if type(given) is not type(like) and not (isinstance(given, dict) and isinstance(like, dict)):
        raise TypeError(
            f"{caller}: {name} is a {type(given).__name__}, but {of} is a "
            f"{type(like).__name__}; they must have the same parts"
        )
    assert own is not None
    for here, keys, there, others in ((of, parts, name, own), (name, own, of, parts)):
        for key in keys:
            if key not in others:
                has, lacks = _at(like, here, key), _at(like, there, key)
                raise ValueError(f"{caller}: there is {has}, but no {lacks}; give both or neither")
    found = []
    for key, part in parts.items():
        names = {"name": _at(like, name, key), "of": _at(like, of, key)}
        found += aligned(own[key], part, caller=caller, **names)
    return found


def _parts(x: Any) -> dict[Any, Any] | None:
    """Return the parts of a container by their keys; None for a leaf."""
    if x is None:
        return {}
    if isinstance(x, dict):
        return x
    if type(x) in (list, tuple):
        return dict(enumerate(x))
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return dict(zip(x._fields, x, strict=True))
    return None


def _at(tree: Any, name: str, key: Any) -> str:
    """Return what one writes for the part of a container."""
    return f"{name}.{key}" if hasattr(tree, "_fields") else f"{name}[{key!r}]"
