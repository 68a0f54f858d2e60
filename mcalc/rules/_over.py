"""Partial derivatives that are quotients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Over(NamedTuple):
    """A partial derivative that is a quotient, ``times(y, *args) / by(y, *args)``.

    A cotangent is divided first: 1/x would lose in its own derivative, 1/x², what is left of an
    x that is large, as a sum of exponentials is.
    """

    by: Callable[..., Any]
    times: Callable[..., Any] | None = None

    def applied(self, g: Any, y: Any, args: tuple[Any, ...]) -> Any:
        """Return a cotangent or a tangent times the partial derivative."""
        by = self.by(y, *args)
        g = g * _one_over(by) if type(by) in (float, int) else g / by
        return g if self.times is None else g * self.times(y, *args)


def _one_over(y: float) -> float:
    """Return 1 / y; of 0 what NumPy answers, which is no error."""
    return 1 / y if y else float(np.divide(1.0, y))
