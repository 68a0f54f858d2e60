"""The two sides of a check, evaluated at its points and compared.

Everything that would make a comparison mean nothing is refused here: no points, no wrong
variant, values that are not finite, shapes that differ.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from mcalc.backends.arrays import is_torch, namespace, own, require_shape, to_numpy
from mcalc.backends.typing import VectorField


def argument_tuples(label: str, at: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return each point as the tuple of its arguments, or say what is wrong with the points."""
    if not isinstance(label, str) or not label:
        raise ValueError(f"a check needs the label of an equation, not {label!r}")
    if not isinstance(at, list | tuple):
        raise ValueError(f"check {label!r}: at is a list of points; write at=[{shown(at)}]")
    if not at:
        raise ValueError(f"check {label!r}: at is empty; give at least one point")
    points = [p if isinstance(p, tuple) else (p,) for p in at]
    for point in points:
        if not all(to_numpy(x).dtype.kind in "fiuc" for x in point):
            raise TypeError(f"check {label!r}: the point {shown(point)} is not made of numbers")
        if not all(np.all(np.isfinite(to_numpy(x))) for x in point):
            raise ValueError(f"check {label!r}: the point {shown(point)} is not finite")
    return points


def require_wrong(label: str, wrong: Mapping[str, VectorField]) -> None:
    """Raise an error unless `wrong` names wrong variants."""
    if not isinstance(wrong, Mapping):
        raise TypeError(f"check {label!r}: wrong is a dict of named variants, not {shown(wrong)}")
    if not wrong:
        raise ValueError(
            f"check {label!r}: wrong is empty; name at least one wrong variant, "
            "or nobody knows what the check can see"
        )


def require_positive(label: str, **given: float) -> None:
    """Raise a ValueError unless each number given is positive and finite."""
    for name, value in given.items():
        if not (value > 0 and math.isfinite(value)):
            raise ValueError(f"check {label!r}: {name} is {value}; it must be positive and finite")


def values_of(label: str, side: str, f: VectorField, point: tuple[Any, ...]) -> list[Any]:
    """Return the value of one side as a list of finite NumPy arrays."""
    if not callable(f):
        raise TypeError(f"check {label!r}: the {side} is a function of the point, not {shown(f)}")
    try:
        value = f(*map(own, point))  # the function may write into its own
    except Exception as error:
        error.add_note(f"raised in check {label!r} by the {side} at {shown(point)}")
        raise
    parts = [np.array(to_numpy(v)) for v in (value if isinstance(value, tuple) else (value,))]
    if not parts:
        raise ValueError(f"check {label!r}: the {side} gives an empty tuple at {shown(point)}")
    for part in parts:
        if part.dtype.kind not in "fiuc":
            raise TypeError(f"check {label!r}: the {side} gives {part.dtype}, not numbers")
        if not np.all(np.isfinite(part)):
            raise ValueError(
                f"check {label!r}: the {side} is {shown(parts)} at {shown(point)}; "
                "choose points where it is finite"
            )
    # Differences of integers could wrap around.
    return [part.astype(float) if part.dtype.kind in "iu" else part for part in parts]


def require_shapes(label: str, a: list[Any], b: list[Any], side: str, point: Any) -> None:
    """Raise a ValueError unless the values `b` of a side have the shapes of `a`, the left's."""
    have, need = [p.shape for p in b], [p.shape for p in a]
    if have != need:
        raise ValueError(
            f"check {label!r}: the {side} has shape {', '.join(map(str, have))} at "
            f"{shown(point)}, but the left side has shape {', '.join(map(str, need))}"
        )


def distance_of(label: str, a: list[Any], b: list[Any], side: str, point: Any) -> float:
    """Return the largest difference of entries, each relative to the larger of 1 and `a`'s.

    A scale for all entries together would let a large one hide that a small one is wrong.
    """
    require_shapes(label, a, b, side, point)
    return largest([(p - q) / np.maximum(1.0, np.abs(p)) for p, q in zip(a, b, strict=True)])


def largest(values: Iterable[Any]) -> float:
    """Return the largest modulus of an entry of some arrays; of empty ones, 0."""
    return max(float(np.max(np.abs(v), initial=0.0)) for v in values)


def directions_of(label: str, x0: Any, given: Sequence[Any] | None) -> list[Any]:
    """Return the directions of a check of order; unit vectors drawn at random if none are given."""
    caller = f"check_order {label!r}"
    xp = namespace(x0)
    if xp.finfo(x0.dtype).eps > 1e-15:
        raise ValueError(
            f"{caller}: at has dtype {x0.dtype}, whose rounding drowns small errors; "
            "give it in double precision"
        )
    if given is None:
        rng = np.random.default_rng(0)
        vectors = [rng.standard_normal(tuple(x0.shape)) for _ in range(3)]
        units = [v / np.linalg.norm(v) for v in vectors] if x0.ndim else [1.0, -1.0]
        options = {"dtype": x0.dtype, "device": x0.device} if is_torch(x0) else {}
        return [xp.asarray(u, **options) for u in units]
    if not given:
        raise ValueError(f"{caller}: directions is empty; give at least one")
    for way in given:
        require_shape(way, x0, caller=caller, name="a direction", of="at")
        if not np.any(to_numpy(way)):
            raise ValueError(f"{caller}: a direction is {shown(to_numpy(way))}, and leads nowhere")
    return list(given)


def shown(value: Any) -> str:
    """Return `value` short enough for a message; a sequence of one stands for its element."""
    if isinstance(value, list | tuple):
        parts = ", ".join(shown(v) for v in value)
        return parts if len(value) == 1 else f"({parts})"
    text = (
        np.array2string(value, precision=6, threshold=12)
        if isinstance(value, np.ndarray)
        else f"{value}"
    )
    return " ".join(text.split())
