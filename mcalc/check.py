"""Checks: a formula of the book against an independent computation.

A check passes when both sides agree *and* every wrong variant of the formula is told apart;
a point where a sign error is as good as the truth is refused.
The record of a check carries its data in the metadata of the notebook cell that shows it,
which is where the ledger of the book is read from.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mcalc._arrays import as_point, is_torch, namespace, to_numpy
from mcalc._typing import Array, VectorField
from mcalc.numerical import observed_order

MARGIN = 1000.0
"""A wrong variant must miss by this many tolerances, so that rounding cannot reject it."""

ORDER_SLACK = 0.1
"""How far below the claimed order of convergence a measured one may lie."""


class CheckError(AssertionError):
    """A formula is wrong, or its check could not have told."""


@dataclass(frozen=True)
class Check:
    """What a passed check found; its ``repr`` is one line.

    Attributes:
        label: label of the equation that was checked.
        residual: largest difference of the sides, relative to the larger of 1 and the value;
            None for a check of order.
        points: number of points compared.
        rejected: for each wrong variant its largest distance from the truth; for a check of
            order, by how much its order of convergence falls short.
        order: smallest observed order of convergence; None for an equality.
    """

    label: str
    residual: float | None
    points: int
    rejected: Mapping[str, float] = field(default_factory=dict)
    order: float | None = None

    def __repr__(self) -> str:
        """Return the check as one line."""
        found = (
            f"residual {self.residual:.1e}" if self.order is None else f"order {self.order:.2f}"
        )
        points = f"{self.points} point" + ("s" if self.points != 1 else "")
        wrong = ", ".join(f"{name} (off by {d:.2g})" for name, d in self.rejected.items())
        return f"✓ {self.label}: {found} at {points}; rejected: {wrong}"

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        """Return text for the page and, as metadata, the record for the ledger."""
        record = {
            "label": self.label,
            "residual": self.residual,
            "points": self.points,
            "rejected": dict(self.rejected),
            "order": self.order,
        }
        return {"text/plain": repr(self)}, {"mcalc": record}


def check(
    label: str,
    left: VectorField,
    right: VectorField,
    *,
    at: Sequence[Any],
    wrong: Mapping[str, VectorField],
    tol: float = 1e-9,
) -> Check:
    """Check that two functions are equal, at points that tell each wrong variant apart.

    Args:
        label: the label of the equation that is checked, such as ``"eq-gradient"``.
        left: one side, as a function; where both could share a mistake, an independent oracle.
        right: the other side, as the page prints it.
        at: the points, a list; a tuple in it holds the arguments of a function of several.
        wrong: named wrong variants of the right side, at least one.
        tol: largest difference allowed, relative to the larger of 1 and the value.

    Returns:
        The record of the check.

    Raises:
        CheckError: if the sides differ, or a wrong variant survives.
        ValueError: if there is no point or no wrong variant, the shapes differ,
            or a value is NaN or infinite.

    Examples:
        >>> import numpy as np
        >>> from mcalc import grad
        >>> A = np.array([[1.0, 2.0], [0.0, 3.0]])
        >>> check(
        ...     "eq-quadratic-form",
        ...     grad(lambda x: x @ A @ x),
        ...     lambda x: (A + A.T) @ x,
        ...     at=[np.array([1.0, 1.0])],
        ...     wrong={"transpose": lambda x: 2 * A @ x},
        ... )
        ✓ eq-quadratic-form: residual 0.0e+00 at 1 point; rejected: transpose (off by 0.25)
    """
    points = _points(label, at)
    _require_wrong(label, wrong)
    residual = 0.0
    for point in points:
        a = _values(label, "left side", left, point)
        b = _values(label, "right side", right, point)
        distance = _distance(label, a, b, "right side", point)
        if distance > tol:
            raise CheckError(
                f"check {label!r} fails at {_show(point)}: the left side is {_show(a)}, "
                f"the right side is {_show(b)}; they differ by {distance:.3g}, "
                f"and {tol:.1g} is allowed"
            )
        residual = max(residual, distance)
    rejected = {}
    for name, variant in wrong.items():
        side = f"wrong variant {name!r}"
        distances = [
            _distance(
                label,
                _values(label, "left side", left, point),
                _values(label, side, variant, point),
                side,
                point,
            )
            for point in points
        ]
        rejected[name] = max(distances)
        if rejected[name] <= MARGIN * tol:
            raise CheckError(
                f"check {label!r} cannot tell the {side} from the truth: they differ by "
                f"{rejected[name]:.3g} at most; add a point where they do not agree"
            )
    return Check(label, residual, len(points), rejected)


def check_order(
    label: str,
    f: VectorField,
    model: VectorField,
    *,
    at: Array,
    order: float,
    wrong: Mapping[str, VectorField],
    step: float = 0.1,
    directions: Sequence[Array] | None = None,
) -> Check:
    r"""Check an approximation by how fast its error falls: :math:`|f-m| = O(h^p)`.

    The step is halved along each direction, and the exponent p is measured.

    Args:
        label: the label of the equation that is checked.
        f: what is approximated.
        model: the approximation, as the page prints it.
        at: the point around which it approximates.
        order: the claimed p, such as 2 for a linear model.
        wrong: named wrong variants of the model, at least one; each must show a smaller p.
        step: the first step, in the units of `at`.
        directions: unit vectors to go along; by default three random ones (seeded),
            for a 0-d point forward and backward.

    Returns:
        The record of the check; its ``order`` is the smallest p observed.

    Raises:
        CheckError: if the error falls too slowly, or a wrong variant is as good.
        ValueError: if the model is exact (use `check`), or a value is NaN or infinite.

    Examples:
        >>> import numpy as np
        >>> check_order(
        ...     "eq-exp", np.exp, lambda x: 1 + x, at=0.0, order=2,
        ...     wrong={"slope": lambda x: 1 + 2 * x},
        ... )
        ✓ eq-exp: order 2.00 at 2 points; rejected: slope (off by 1)
    """
    x0 = as_point(at, caller=f"check_order {label!r}", name="at")
    _points(label, [x0])
    _require_wrong(label, wrong)
    ways = _directions(x0) if directions is None else list(directions)
    if not ways:
        raise ValueError(f"check_order {label!r}: directions is empty; give at least one")

    def smallest_order(side: str, m: VectorField) -> float:
        def error(way: Any, h: float) -> float:
            point = (x0 + h * way,)
            a, b = _values(label, "f", f, point), _values(label, side, m, point)
            _require_shapes(label, a, b, side, point)
            return max(float(np.max(np.abs(p - q), initial=0.0)) for p, q in zip(a, b, strict=True))

        size = max(1.0, *(float(np.max(np.abs(v), initial=0.0)) for v in _values(label, "f", f, (x0,))))
        return min(
            observed_order(lambda h, way=way: error(way, h), step=step, floor=1e-11 * size)
            for way in ways
        )

    found = smallest_order("model", model)
    if math.isinf(found):
        raise ValueError(f"check_order {label!r}: the model is exact here; use check")
    if found < order - ORDER_SLACK:
        raise CheckError(
            f"check {label!r} fails at {_show((x0,))}: the error falls like h^{found:.2f}, "
            f"not like h^{order:g}"
        )
    rejected = {}
    for name, variant in wrong.items():
        other = smallest_order(f"wrong variant {name!r}", variant)
        rejected[name] = order - other
        if other > order - 0.5:
            raise CheckError(
                f"check {label!r} cannot tell the wrong variant {name!r} from the truth: "
                f"its error falls like h^{other:.2f}, too; choose another point"
            )
    return Check(label, None, len(ways), rejected, found)


def _points(label: str, at: Sequence[Any]) -> list[tuple[Any, ...]]:
    if not isinstance(label, str) or not label:
        raise ValueError(f"a check needs the label of an equation, not {label!r}")
    if not isinstance(at, list | tuple):
        raise ValueError(f"check {label!r}: at is a list of points; write at=[{_show(at)}]")
    if not at:
        raise ValueError(f"check {label!r}: at is empty; give at least one point")
    points = [p if isinstance(p, tuple) else (p,) for p in at]
    for point in points:
        if not all(np.all(np.isfinite(to_numpy(x))) for x in point):
            raise ValueError(f"check {label!r}: the point {_show(point)} is not finite")
    return points


def _require_wrong(label: str, wrong: Mapping[str, VectorField]) -> None:
    if not wrong:
        raise ValueError(
            f"check {label!r}: wrong is empty; name at least one wrong variant, "
            "or nobody knows what the check can see"
        )


def _values(label: str, side: str, f: VectorField, point: tuple[Any, ...]) -> list[Any]:
    """Return the value of one side as a list of finite NumPy arrays."""
    value = f(*point)
    parts = [to_numpy(v) for v in (value if isinstance(value, tuple) else (value,))]
    for part in parts:
        if not np.all(np.isfinite(part)):
            raise ValueError(
                f"check {label!r}: the {side} is {_show(parts)} at {_show(point)}; "
                "choose points where it is finite"
            )
    return parts


def _require_shapes(label: str, a: list[Any], b: list[Any], side: str, point: Any) -> None:
    have, need = [p.shape for p in b], [p.shape for p in a]
    if have != need:
        raise ValueError(
            f"check {label!r}: the {side} has shape {_show(have)} at {_show(point)}, "
            f"but the left side has shape {_show(need)}"
        )


def _distance(label: str, a: list[Any], b: list[Any], side: str, point: Any) -> float:
    """Return the largest difference of `a` and `b`, relative to the larger of 1 and `a`."""
    _require_shapes(label, a, b, side, point)
    size = max(1.0, *(float(np.max(np.abs(p), initial=0.0)) for p in a))
    gaps = [float(np.max(np.abs(p - q), initial=0.0)) for p, q in zip(a, b, strict=True)]
    return max(gaps) / size


def _directions(x0: Any) -> list[Any]:
    if x0.ndim == 0:
        return [1.0, -1.0]
    rng = np.random.default_rng(0)
    vectors = [rng.standard_normal(tuple(x0.shape)) for _ in range(3)]
    units = [v / np.linalg.norm(v) for v in vectors]
    xp = namespace(x0)
    return [xp.asarray(u, dtype=x0.dtype, device=x0.device) for u in units] if is_torch(x0) else units


def _show(value: Any) -> str:
    """Return `value` short enough for a message; a sequence of one stands for its element."""
    if isinstance(value, list | tuple):
        shown = ", ".join(_show(v) for v in value)
        return shown if len(value) == 1 else f"({shown})"
    text = np.array2string(value, precision=6, threshold=12) if isinstance(value, np.ndarray) else f"{value}"
    return " ".join(text.split())
