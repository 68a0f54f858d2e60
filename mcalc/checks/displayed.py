r"""The TeX of the table of rules, evaluated: what a row displays must be the derivative.

The letters are those of the page of the table: the arguments are x and y, the value is f, and a
condition in brackets is 1 where it holds and 0 elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from mcalc.rules import astype
from mcalc.rules._table import Rule

if TYPE_CHECKING:
    from mcalc.formulas import Formula

Says = tuple[str, list[dict[str, Any]], dict[str, Any]]
"""What a formula is the value of, as TeX; the points; what its letters mean besides."""

NAMES = {1: "x", 2: "xy", 3: "xab"}
K = 2  # which entry an index means
ENTRY = K - 1  # the same, as Python counts


def claims(rule: Rule) -> Iterator[tuple[str, Formula, list[dict[str, Any]]]]:
    """Yield of each formula of a row its TeX, the relation that it claims, and points for it.

    What a row says in words, as "flip", is left out.
    """
    from mcalc.formulas import Formula, numbered  # needs a grammar, which few do

    for position, tex in enumerate(rule.formulas):
        if not tex.startswith(r"\text"):
            left, points, symbols = _says(rule, position)
            sequences: dict[str, Any] = {
                n: numbered(symbols[n]) for n in ("u", "v", "lam") if n in symbols
            }
            right = re.sub(
                r"\[(.+?)\]", r"\\begin{cases}1 & \1 \\\\ 0 & \\text{otherwise}\\end{cases}", tex
            )
            yield tex, Formula(f"{left} = {right}", **(symbols | sequences)), points


def check_formulas(rule: Rule) -> None:
    r"""Evaluate the TeX of a row, and compare it with the derivative by `mcalc` and from values.

    Args:
        rule: a row of the table of `mcalc`.

    Raises:
        AssertionError: if a formula is wrong or cannot be read; it names the row.

    Examples:
        >>> import dataclasses, numpy as np
        >>> from mcalc.rules import TABLE
        >>> check_formulas(TABLE[np.tan])
        >>> check_formulas(dataclasses.replace(TABLE[np.tan], formulas=(r"1-\tan^2x",)))
        Traceback (most recent call last):
        AssertionError: the row of tan, 1-\tan^2x: it does not hold at x = ...
    """
    tex = " and ".join(rule.formulas)
    try:
        for tex, formula, points in claims(rule):  # noqa: B007
            formula.check(at=points, search=False)
    except (AssertionError, ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise AssertionError(f"the row of {rule.name}, {tex}: {error}") from error


def _says(rule: Rule, position: int) -> Says:
    if rule.kind == "elementwise":
        return _by_entries(rule, position)
    if rule.name in SPECIAL:
        return SPECIAL[rule.name][position]
    if rule.kind == "reduction":
        x = np.array([0.7, -1.2, 0.4, 2.0])
        symbols = {
            "f": lambda x: rule.function(x),
            "i": K,
            "n": x.size,
            "mu": np.mean(x),
            "j": _others,
        }
        return r"\pd{f}{x_i}", [{"x": np.roll(x, k)} for k in range(x.size)], symbols
    raise ValueError(f"the row of {rule.name} displays a formula that nothing evaluates")


def _by_entries(rule: Rule, position: int) -> Says:
    """Go to random numbers at which the function has a value, with bounds in their order."""
    rng = np.random.default_rng(0)
    points: list[dict[str, Any]] = []
    names = NAMES[rule.most or 1]
    while len(points) < 12:
        numbers = rng.uniform(-2.0, 2.0, len(names))
        numbers[1:] = np.sort(numbers[1:])
        with np.errstate(invalid="ignore"):
            if np.isfinite(rule.function(*numbers)):
                points.append(dict(zip(names, map(float, numbers), strict=True)))
    called = {
        1: lambda x: rule.function(x),
        2: lambda x, y: rule.function(x, y),
        3: lambda x, a, b: rule.function(x, a, b),
    }
    return (
        rf"\pd{{f}}{{{names[position]}}}",
        points,
        {
            "f": called[len(names)],
            "floor": np.floor,
            "trunc": np.trunc,
        },
    )


def _others() -> list[int]:
    return [1, 3, 4]  # all but the index K


def _eigenvector(k: int, A: Any) -> Any:
    v = np.linalg.eigh((A + A.T) / 2).eigenvectors[:, k - 1]
    return v * np.sign(v[0])


def _eigenvalue(k: int, A: Any) -> Any:
    return np.linalg.eigvalsh((A + A.T) / 2)[k - 1]


def _low(A: Any) -> Any:
    return np.tril(A) - np.diag(np.diag(A)) / 2


def _skew(A: Any) -> Any:
    return np.tril(A, -1) - np.tril(A, -1).T


_A = np.array([[2.0, -0.3, 0.5], [0.4, 1.5, -0.7], [-0.2, 0.8, 3.0]])
_D = np.array([[0.3, -1.0, 0.6], [2.0, 0.7, -0.4], [0.1, 0.9, -0.8]])
_S, _DS = _A @ _A.T, _D + _D.T  # symmetric, for the decompositions
_B, _DB = _A[:, :2] + 1, _D[:, 1:]
_G = np.array([[0.7, -1.2], [0.4, 2.0], [-0.5, 0.9]])
_VECTORS = {"a": _A[0], "v": _D[1, :2], "g": np.array([0.7, -1.2, 0.4, 2.0])}
_INNER = r"\langle\mat G, f(\mat A, \mat B)\rangle"
_CONVOLVED = {"f": lambda a, v: np.convolve(a, v), "i": K}
SPECIAL: dict[str, list[Says]] = {
    "astype": [(r"\pd{f}{x}", [{"x": 0.7}], {"f": lambda x: astype(x + _A[0], float)[0]})],
    "concatenate": [
        (r"\pd{f}{x_i}", [{"x": _A[0]}], {"f": lambda x: np.concatenate([x, x])[ENTRY], "i": K})
    ],
    "where": [
        (rf"\pd{{f}}{{{by}}}", [{"x": 0.7, "y": -1.2, "c": c} for c in (0, 1)],
         {"f": lambda x, y, c: np.where(c, x, y)})
        for by in "xy"
    ],
    "cumsum": [
        (r"\pd{f}{x_i}", [{"x": _A[0], "i": i} for i in (1, 2, 3)],
         {"f": lambda x: np.cumsum(x)[ENTRY], "k": K})
    ],
    "det": [(r"\grad_{\mat A}f", [{"A": _A}], {"f": lambda A: np.linalg.det(A)})],
    "logabsdet": [
        (r"\grad_{\mat A}f", [{"A": _A}], {"f": lambda A: np.linalg.slogdet(A).logabsdet})
    ],
    "inv": [(r"\mathrm{d}f(\mat A)", [{"A": _A, "dA": _D}], {"f": lambda A: np.linalg.inv(A)})],
    "pinv": [
        (r"\mathrm{d}\mat P", [{"A": A, "dA": dA} for A, dA in ((_B, _DB), (_B.T, _DB.T))],
         {"P": lambda A: np.linalg.pinv(A)})
    ],
    "solve": [
        (r"\mathrm{d}\mat X", [{"A": _A, "B": _B, **moving}],
         {"X": lambda A, B: np.linalg.solve(A, B)})
        for moving in ({"dA": _D}, {"dB": _DB})
    ],
    "matmul": [
        (rf"\grad_{{\mat {by}}}{_INNER}", [{"A": _A, "B": _B, "G": _G}], {"f": lambda A, B: A @ B})
        for by in "AB"
    ],
    "convolution": [
        (rf"\pd{{\langle \vec g, f(\vec a, \vec v)\rangle}}{{{by}_i}}", [_VECTORS], _CONVOLVED)
        for by in "av"
    ],
    "eigvalsh": [
        (r"\grad_{\mat A}f", [{"A": _S}],
         {"f": lambda A: _eigenvalue(K, A), "v": _eigenvector, "k": K})
    ],
    "eigh": [
        (r"\mathrm{d}\vec v_k", [{"A": _S, "dA": _DS}],
         {"v": _eigenvector, "lam": _eigenvalue, "k": K, "n": 3, "i": lambda: [1, 3]})
    ],
    "svdvals": [
        (r"\grad_{\mat A}f", [{"A": _B}],
         {"f": lambda A: np.linalg.svdvals(A)[ENTRY], "k": K,
          "u": lambda k, A: np.linalg.svd(A).U[:, k - 1],
          "v": lambda k, A: np.linalg.svd(A).Vh[k - 1]})
    ],
    "qr": [
        (r"\mathrm{d}\mat Q", [{"A": _A, "dA": _D}, {"A": _B, "dA": _DB}],
         {"Q": lambda A: np.linalg.qr(A).Q, "R": lambda A: np.linalg.qr(A).R, "skew": _skew})
    ],
    "p_norm": [
        (r"\pd{f}{x_i}", [{"x": _D[0], "p": 3.0}, {"x": _D[1], "p": 1.5}],
         {"f": lambda x, p: np.sum(np.abs(x) ** p) ** (1 / p), "i": K})
    ],
    "cholesky": [
        (r"\mathrm{d}\mat L", [{"A": _S, "dA": _DS}],
         {"L": lambda A: np.linalg.cholesky((A + A.T) / 2), "low": _low})
    ],
}  # fmt: skip
"""What the rows claim that have no common shape: for each formula, in their order."""
