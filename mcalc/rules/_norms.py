"""Rows for the norms of vectors and matrices.

The Euclidean norm and Frobenius' have slope 0 at 0, as torch has it, and no second derivative
there: it is NaN, also of what is composed of them, such as the square.
The spectral norm has no derivative where its largest singular value is repeated, and the nuclear
norm where one is 0, which is an error.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mcalc.rules._decompositions import singular_values
from mcalc.rules._elementwise import broken
from mcalc.rules._linalg import LAST
from mcalc.rules._reductions import size_of
from mcalc.rules._rows import composite, reduction
from mcalc.rules._table import primitive


@primitive
def norm(x: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Return the Euclidean norm over `axis`."""
    return np.linalg.norm(x, axis=axis, keepdims=keepdims)


def _norm_weights(y: Any, x: Any, axis: Any) -> Any:
    return broken(x / size_of(y), y)


@primitive
def p_norm(x: Any, axis: Any = None, *, keepdims: bool = False, ord: Any) -> Any:
    """Return the p-norm over `axis`, with p the number `ord`, not 0."""
    return np.sum(np.abs(x) ** ord, axis=axis, keepdims=keepdims) ** (1 / ord)


def _p_norm_weights(y: Any, x: Any, axis: Any, ord: Any) -> Any:
    share = np.abs(x) / size_of(y)  # at most 1, so that no power overflows
    return broken(np.sign(x) * share ** (ord - 1), y)


reduction(norm, _norm_weights, formulas=["x_i/f"])
reduction(p_norm, _p_norm_weights, formulas=[r"\operatorname{sign}(x_i)\,(\abs{x_i}/f)^{p-1}"])


def _nonzero(x: Any, axis: Any, keepdims: bool) -> Any:
    return np.sum((x != 0).astype(x.dtype), axis=axis, keepdims=keepdims)


_FOLDS: dict[Any, Any] = {0: _nonzero, 1: np.sum, np.inf: np.max, -np.inf: np.min}


def _vector_norm(x: Any, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Any:
    if ord in (None, 2) and not (isinstance(axis, tuple) and len(axis) > 2):
        return norm(x, axis=axis, keepdims=keepdims)
    if ord not in _FOLDS:
        if not isinstance(ord, int | float | np.number | None):
            raise TypeError(
                f"mcalc has no rule for the norm of a vector with ord={ord!r}; give a number"
            )
        return p_norm(x, axis=axis, keepdims=keepdims, ord=2 if ord is None else ord)
    return _FOLDS[ord](np.abs(x), axis=axis, keepdims=keepdims)


def _matrix_norm(
    x: Any, *, keepdims: bool = False, ord: Any = "fro", axes: tuple[int, int] = LAST
) -> Any:
    if ord in ("fro", "f", None) or (ord == 2 and 1 in (x.shape[axes[0]], x.shape[axes[1]])):
        return norm(x, axis=axes, keepdims=keepdims)
    if ord in (2, -2, "nuc"):
        s = singular_values(np.moveaxis(x, axes, LAST))[..., None]
        if ord == "nuc":
            s = np.sum(s, axis=-2, keepdims=True)
        else:
            s = s[..., :1, :] if ord == 2 else s[..., -1:, :]
        largest = np.moveaxis(s, LAST, axes)
    elif ord in (1, -1, np.inf, -np.inf):
        rows, columns = axes if abs(ord) == 1 else axes[::-1]
        sums = np.sum(np.abs(x), axis=rows, keepdims=True)
        largest = (np.max if ord > 0 else np.min)(sums, axis=columns, keepdims=True)
    else:
        raise TypeError(
            f"mcalc has no rule for the norm of a matrix with ord={ord!r}, but for 'fro', "
            "'nuc', 2, -2, 1, -1, inf and -inf"
        )
    return largest if keepdims else np.squeeze(largest, axis=axes)


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if ord is None or len(axes) == 1:
        return _vector_norm(x, axis=axis, ord=ord, keepdims=keepdims)
    if len(axes) != 2:
        raise ValueError(f"np.linalg.norm with ord={ord!r} is of 1 or 2 axes, not {len(axes)}")
    return _matrix_norm(x, ord=ord, axes=axes, keepdims=keepdims)


composite(np.linalg.norm, _norm)
composite(np.linalg.vector_norm, _vector_norm)
composite(
    np.linalg.matrix_norm,
    lambda x, *, keepdims=False, ord="fro": _matrix_norm(x, keepdims=keepdims, ord=ord),
)
