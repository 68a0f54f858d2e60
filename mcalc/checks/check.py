"""Checks: a formula of the book against an independent computation.

A check passes when both sides agree *and* every wrong variant of the formula is told apart;
a point where a sign error is as good as the truth is refused.
The record of a check carries its data in the metadata of the notebook cell that shows it,
which is where the ledger of the book is read from.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcalc.backends.arrays import as_point
from mcalc.backends.typing import Array, VectorField
from mcalc.checks.numerical import observed_order
from mcalc.checks.sides import (
    argument_tuples,
    directions_of,
    distance_of,
    largest,
    require_positive,
    require_shapes,
    require_wrong,
    shown,
    values_of,
)

MARGIN = 1000.0
"""A wrong variant must miss by this many tolerances, so that rounding cannot reject it."""

ORDER_SLACK = 0.1
"""How far below the claimed order of convergence a measured one may lie."""


class CheckError(AssertionError):
    """A formula is wrong, or its check could not have told."""


@dataclass(frozen=True)
class Check:
    """What a check found; its ``repr`` is one line.

    Attributes:
        label: label of the equation that was checked.
        residual: largest difference of two entries, relative to the larger of 1 and the left
            one; None for a check of order.
        points: number of points compared; for a check of order, of directions gone.
        rejected: for each wrong variant its largest distance from the truth; for a check of
            order, by how much its order of convergence falls short.
        order: smallest observed order of convergence; None for an equality.
        tex: what was evaluated, if the display itself was; None if code stands beside it.
        refused: how many slips of the display shapes or the grammar refused.
        equivalent: slips of the display that are other true formulas.
        proved: the sizes for which SymPy proved the equality; None where it did not.
        examples: letters that stand for every function, and were bound to one.
        beside: expressions of the display that were bound as a whole.
        failure: why the display does not hold, or cannot be evaluated; None if it holds.
        refuted: whether it was evaluated and does not hold.
        uses: labels of the definitions of the page that were used.
        slips: some of the slips that were rejected, as TeX, which a reader may try.
    """

    label: str
    residual: float | None
    points: int
    rejected: Mapping[str, float] = field(default_factory=dict)
    order: float | None = None
    tex: str | None = None
    refused: int = 0
    equivalent: tuple[str, ...] = ()
    proved: str | None = None
    examples: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    failure: str | None = None
    refuted: bool = False
    uses: tuple[str, ...] = ()
    slips: Mapping[str, str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Tell whether the formula holds."""
        return self.failure is None

    def __repr__(self) -> str:
        """Return the check as one line."""
        if self.failure is not None:
            return f"✗ {self.label}: {self.failure}"
        found, where = f"residual {self.residual or 0:.2g}", f"at {self.points} point"
        if self.order is not None:
            found, where = f"order {self.order:.2f}", f"in {self.points} direction"
        where += "s" if self.points != 1 else ""
        if self.tex is not None:
            return f"✓ {self.label}: {found} {where}; {len(self.rejected)} slips rejected"
        wrong = ", ".join(f"{name} (off by {d:.2g})" for name, d in self.rejected.items())
        return f"✓ {self.label}: {found} {where}; rejected: {wrong}"

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        """Return text for the page and, as metadata, the record for the ledger."""
        return {"text/plain": repr(self)}, {"mcalc": dataclasses.asdict(self)}


def check(
    label: str,
    left: VectorField | None = None,
    right: VectorField | None = None,
    *,
    at: Any = None,
    wrong: Mapping[str, Any] | None = None,
    tol: float = 1e-9,
    **bindings: Any,
) -> Check:
    r"""Check a display as it is displayed, or that two functions are equal.

    With a label alone, the TeX of the display is read, and both of its sides are evaluated: see
    `mcalc.formulas`. `bindings` say what its letters mean, where the page does not define them;
    letters that mean nothing vary. Options among them: `small` names the letters that go to 0 in
    an approximation and `order` its claimed order; `given` are further definitions, by label or as
    TeX; `named` binds whole expressions by their TeX. A display that does not hold is a record
    that says so, and that fails the build of the book.

    With two functions, they are compared at points that tell each wrong variant apart.

    Args:
        label: the label of the equation that is checked, such as ``"eq-gradient"``.
        left: one side, as a function; where both could share a mistake, an independent oracle.
        right: the other side, as the page prints it.
        at: the points, a list; a tuple in it holds the arguments of a function of several. For a
            display: dicts from letters to values, or how many random points.
        wrong: named wrong variants of the right side, at least one; TeX for a display, whose slips
            are made without it.
        tol: largest difference of two entries allowed, relative to the larger of 1 and the left.
        bindings: what letters of a display mean, and `small`, `order`, `given`, `named`.

    Returns:
        The record of the check.

    Raises:
        CheckError: if the sides differ, or a wrong variant survives.
        ValueError: if there is no point or no wrong variant, both sides are one function, the
            shapes differ, or a value is NaN or infinite.
        TypeError: if a side or a variant is no function, or gives no numbers.

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
        ✓ eq-quadratic-form: residual 0 at 1 point; rejected: transpose (off by 0.5)
    """
    if left is None or right is None:
        from mcalc.formulas.displays import check_displayed  # needs a grammar, which few do

        return check_displayed(label, at=at, wrong=wrong, tol=tol, **bindings)
    if left is right:
        raise ValueError(
            f"check: both sides of {label!r} are the same function, which says nothing; give the "
            "formula for one, and an independent way to compute it for the other"
        )
    points = argument_tuples(label, at)
    wrong = {} if wrong is None else wrong
    require_wrong(label, wrong)
    require_positive(label, tol=tol)
    truths = [values_of(label, "left side", left, point) for point in points]
    residual = 0.0
    for a, point in zip(truths, points, strict=True):
        b = values_of(label, "right side", right, point)
        distance = distance_of(label, a, b, "right side", point)
        if distance > tol:
            raise CheckError(
                f"check {label!r} fails at {shown(point)}: the left side is {shown(a)}, "
                f"the right side is {shown(b)}; they differ by {distance:.3g}, "
                f"and {tol:.1g} is allowed"
            )
        residual = max(residual, distance)
    rejected = {}
    for name, variant in wrong.items():
        side = f"wrong variant {name!r}"
        rejected[name] = max(
            distance_of(label, a, values_of(label, side, variant, point), side, point)
            for a, point in zip(truths, points, strict=True)
        )
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
        at: the point around which it approximates, in double precision.
        order: the claimed p, such as 2 for a linear model.
        wrong: named wrong variants of the model, at least one; each must show a smaller p.
        step: the first step, in the units of `at`.
        directions: unit vectors to go along; by default three random ones (seeded),
            for a 0-d point forward and backward.

    Returns:
        The record of the check; its ``order`` is the smallest p observed.

    Raises:
        CheckError: if the error falls too slowly, or a wrong variant is as good.
        ValueError: if the model is exact (use `check`), `at` is in single precision, a direction
            is zero or has not the shape of `at`, or a value is NaN or infinite.

    Examples:
        >>> import numpy as np
        >>> check_order(
        ...     "eq-exp", np.exp, lambda x: 1 + x, at=0.0, order=2,
        ...     wrong={"slope": lambda x: 1 + 2 * x},
        ... )
        ✓ eq-exp: order 2.00 in 2 directions; rejected: slope (off by 1)
    """
    x0 = as_point(at, caller=f"check_order {label!r}", name="at")
    argument_tuples(label, [x0])
    require_wrong(label, wrong)
    require_positive(label, order=order, step=step)
    ways = directions_of(label, x0, directions)

    def smallest_order(side: str, m: VectorField) -> float:
        def error(way: Any, h: float) -> float:
            point = (x0 + h * way,)
            a, b = values_of(label, "f", f, point), values_of(label, side, m, point)
            require_shapes(label, a, b, side, point)
            return largest(map(operator.sub, a, b))

        size = max(1.0, largest(values_of(label, "f", f, (x0,))))
        return min(
            observed_order(functools.partial(error, way), step=step, floor=1e-11 * size)
            for way in ways
        )

    found = smallest_order("model", model)
    if math.isinf(found):
        raise ValueError(f"check_order {label!r}: the model is exact here; use check")
    if found < order - ORDER_SLACK:
        raise CheckError(
            f"check {label!r} fails at {shown((x0,))}: the error falls like h^{found:z.2f}, "
            f"not like h^{order:g}"
        )
    rejected = {}
    for name, variant in wrong.items():
        other = smallest_order(f"wrong variant {name!r}", variant)
        rejected[name] = order - other
        if other > order - 0.5:
            raise CheckError(
                f"check {label!r} cannot tell the wrong variant {name!r} from the truth: "
                f"its error falls like h^{other:z.2f}, too; choose another point"
            )
    return Check(label, None, len(ways), rejected, found)
