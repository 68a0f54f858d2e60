"""The types that signatures speak in.

`ArrayT` is one array type, NumPy's or torch's, that goes in and comes out again.
No array library is imported at run time, so that ``import mcalc`` stays light.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeAlias, TypeVar

if TYPE_CHECKING:
    import numpy as np
    import torch

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]] | torch.Tensor | float"
"""A NumPy array, a torch tensor, or a float where a 0-d array is meant."""

ArrayT = TypeVar("ArrayT", bound="Array")

T = TypeVar("T")
X = TypeVar("X")

P = ParamSpec("P")
"""The parameters of a function: its derivative takes the same, and editors show them."""

ScalarField: TypeAlias = Callable[..., Any]
"""A function of arrays whose value is one number, shape ``()``."""

VectorField: TypeAlias = Callable[..., Any]
"""A function of arrays whose value is an array of any shape."""
