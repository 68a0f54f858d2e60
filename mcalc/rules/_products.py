"""Rows for products of vectors and matrices: linear in each factor while the others are held."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from mcalc.rules._broadcasting import unbroadcast, unbroadcast_to
from mcalc.rules._rows import composite, multilinear
from mcalc.rules._table import primitive


@primitive
def convolution(a: Any, v: Any) -> Any:
    """Return the full discrete convolution of two vectors."""
    return np.convolve(a, v)


def _convolution_transposed(i: int, g: Any, a: Any, v: Any) -> Any:
    x, other = (a, v)[i], (v, a)[i]
    return convolution(g, np.flip(other))[other.size - 1 :][: x.size]


def _flipped(x: Any) -> Any:
    return np.swapaxes(x, -1, -2)


def _matmul_transposed(i: int, g: Any, a: Any, b: Any) -> Any:
    # A vector is a row on the left and a column on the right, as np.matmul has it.
    row, column = a.ndim == 1, b.ndim == 1
    if row and column:
        return g * (b, a)[i]
    if row:
        g = np.expand_dims(g, -2)
    if column:
        g = np.expand_dims(g, -1)
    if i == 0:
        back = np.matmul(g, _flipped(np.expand_dims(b, -1) if column else b))
        lifted = (1, *a.shape) if row else a.shape
    else:
        back = np.matmul(_flipped(np.expand_dims(a, 0) if row else a), g)
        lifted = (*b.shape, 1) if column else b.shape
    back, shape = unbroadcast_to(back, lifted), (a, b)[i].shape
    return back if back.shape == shape else np.reshape(back, shape)  # a view would be copied


def _subscripts(subscripts: str, operands: tuple[Any, ...]) -> tuple[list[str], str]:
    """Return the letters of each operand and of the output, ellipses and output spelled out."""
    text = subscripts.replace(" ", "")
    inputs, arrow, output = text.partition("->")
    terms = inputs.split(",")
    spare = [c for c in map(chr, range(ord("A"), ord("z") + 1)) if c.isalpha() and c not in text]
    widths = [
        np.ndim(x) - len(term.replace("...", "")) if "..." in term else 0
        for term, x in zip(terms, operands, strict=True)
    ]
    dots = "".join(spare[: max(widths)])
    terms = [t.replace("...", dots[len(dots) - w :]) for t, w in zip(terms, widths, strict=True)]
    if arrow:
        output = output.replace("...", dots)
    else:
        letters = "".join(terms)
        output = dots + "".join(
            c for c in sorted(set(letters)) if letters.count(c) == 1 and c not in dots
        )
    return terms, output


def _in_letters(args: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """Return np.einsum(a, [0, 1], b, [1], [0]) as its letters and the operands."""
    lists = [*args[1::2], *([args[-1]] if len(args) % 2 else [])]
    letters = [c for c in map(chr, range(ord("A"), ord("z") + 1)) if c.isalpha()]
    terms = ["".join("..." if k is ... else letters[k] for k in term) for term in lists]
    operands = args[: len(args) // 2 * 2 : 2]
    inputs = ",".join(terms[: len(operands)])
    return inputs + "->" + terms[-1] if len(args) % 2 else inputs, operands


def _einsum_transposed(i: int, g: Any, *args: Any, **options: Any) -> Any:
    if isinstance(args[0], str):
        subscripts, operands, at = args[0], args[1:], i - 1
    else:
        (subscripts, operands), at = _in_letters(args), i // 2
    terms, output = _subscripts(subscripts, operands)
    x, term = operands[at], terms[at]
    others = [k for k in range(len(terms)) if k != at]
    factors = [(output, g), *((terms[k], operands[k]) for k in others)]
    wanted = ""
    for axis, letter in enumerate(term):
        if letter in wanted:  # a diagonal was read: only its entries get something back
            fresh = next(
                c
                for c in map(chr, range(ord("A"), ord("z") + 1))
                if c.isalpha() and c not in "".join(terms) + output + wanted
            )
            factors.append((letter + fresh, np.eye(x.shape[axis], dtype=x.dtype)))
            wanted += fresh
        else:
            lengths = [a.shape[ls.index(letter)] for ls, a in factors if letter in ls]
            if x.shape[axis] not in lengths:  # summed by itself, or the others have length 1
                factors.append((letter, np.ones(x.shape[axis], dtype=x.dtype)))
            wanted += letter
    formula = ",".join(letters for letters, _ in factors) + "->" + wanted
    back = np.einsum(formula, *(array for _, array in factors), **options)
    return unbroadcast(back, x)


multilinear(
    np.matmul, _matmul_transposed, operands=(0, 1), formulas=[r"\mat G\mat B\T", r"\mat A\T\mat G"]
)
multilinear(
    np.einsum,
    _einsum_transposed,
    operands=range(64),
    keywords=["optimize"],
    formulas=[r"\text{einsum of } \mat G \text{ and the others}"],
)


multilinear(
    convolution,
    _convolution_transposed,
    formulas=[r"\sum_k g_{i+k-1}\,v_k", r"\sum_k g_{i+k-1}\,a_k"],
)


def _arrays(*operands: Any) -> list[Any]:
    """Return the operands with lists and numbers as arrays."""
    return [x if hasattr(x, "ndim") else np.asarray(x) for x in operands]


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    a, b = _arrays(a, b)
    if isinstance(axes, int):
        left, right = list(range(a.ndim - axes, a.ndim)), list(range(axes))
    else:
        left, right = ([int(k) for k in np.atleast_1d(part)] for part in axes)
    left = [*normalize_axis_tuple(left, a.ndim)]
    right = [*normalize_axis_tuple(right, b.ndim)]
    if [a.shape[k] for k in left] != [b.shape[k] for k in right]:
        raise ValueError(f"np.tensordot: shapes {a.shape} and {b.shape} do not match on {axes}")
    rows = [k for k in range(a.ndim) if k not in left]
    columns = [k for k in range(b.ndim) if k not in right]
    n = math.prod(a.shape[k] for k in left)
    tall, wide = [a.shape[k] for k in rows], [b.shape[k] for k in columns]
    matrix = np.matmul(
        np.reshape(np.transpose(a, (*rows, *left)), (math.prod(tall), n)),
        np.reshape(np.transpose(b, (*right, *columns)), (n, math.prod(wide))),
    )
    return np.reshape(matrix, (*tall, *wide))


def _dot(a: Any, b: Any) -> Any:
    a, b = _arrays(a, b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    if a.ndim <= 2 and b.ndim <= 2:
        return np.matmul(a, b)
    return _tensordot(a, b, (-1, -1 if b.ndim == 1 else -2))


def _inner(a: Any, b: Any) -> Any:
    a, b = _arrays(a, b)
    if a.ndim == 0 or b.ndim == 0:
        return a * b
    return _tensordot(a, b, (-1, -1))


def _outer(a: Any, b: Any) -> Any:
    return np.reshape(a, (-1, 1)) * np.reshape(b, (1, -1))


def _kron(a: Any, b: Any) -> Any:
    n = max(np.ndim(a), np.ndim(b))
    tall = (1,) * (n - np.ndim(a)) + np.shape(a)
    wide = (1,) * (n - np.ndim(b)) + np.shape(b)
    spread = np.reshape(a, [k for m in tall for k in (m, 1)]) * np.reshape(
        b, [k for m in wide for k in (1, m)]
    )
    return np.reshape(spread, [p * q for p, q in zip(tall, wide, strict=True)])


def _cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Any:
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    a, b = _arrays(a, b)
    if not all(x.ndim and x.shape[k] == 3 for x, k in ((a, axisa), (b, axisb))):
        raise ValueError(
            f"np.cross takes vectors of 3 entries, not shapes {a.shape} and {b.shape}; in the "
            "plane, write a[0] * b[1] - a[1] * b[0]"
        )
    a, b = np.moveaxis(a, axisa, -1), np.moveaxis(b, axisb, -1)
    turned = [np.roll(x, -k, axis=-1) for x in (a, b) for k in (1, 2)]
    return np.moveaxis(turned[0] * turned[3] - turned[1] * turned[2], -1, axisc)


def _vecdot(a: Any, b: Any, *, axis: int = -1) -> Any:
    a, b = (np.moveaxis(x, axis, -1) for x in _arrays(a, b))
    return np.sum(a * b, axis=-1)


def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    a, v = _arrays(a, v)
    full, n, m = convolution(a, v), max(a.size, v.size), min(a.size, v.size)
    starts = {"full": (0, n + m - 1), "same": ((m - 1) // 2, n), "valid": (m - 1, n - m + 1)}
    if mode not in starts:
        raise ValueError(f"the mode of a convolution is one of {', '.join(starts)}, not {mode!r}")
    start, length = starts[mode]
    return full[start : start + length]


def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    a, v = _arrays(a, v)
    if a.size < v.size:  # the places of "same" are counted in the longer one
        return np.flip(_correlate(v, a, mode))
    return _convolve(a, np.flip(v), mode)


composite(np.tensordot, _tensordot)
composite(np.dot, _dot)
composite(np.inner, _inner)
composite(np.vdot, lambda a, b: np.matmul(np.ravel(a), np.ravel(b)))
composite(np.vecdot, _vecdot)
composite(np.linalg.vecdot, _vecdot)
composite(np.outer, _outer)
composite(np.cross, _cross)
composite(np.linalg.cross, lambda x, y, *, axis=-1: _cross(x, y, axis=axis))
composite(np.convolve, _convolve)
composite(np.correlate, _correlate)
composite(np.kron, _kron)
if hasattr(np, "matvec"):  # since NumPy 2.2
    composite(np.matvec, lambda a, b: np.matmul(a, np.expand_dims(b, -1))[..., 0])
    composite(np.vecmat, lambda a, b: np.matmul(np.expand_dims(a, -2), b)[..., 0, :])
