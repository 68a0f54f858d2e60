"""What a row of the table holds, and how it is verified: its code and its TeX, by two oracles."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from mcalc.checks.numerical import numerical_jacobian
from mcalc.checks.sides import distance_of
from mcalc.engine.derivatives import directional_derivative, grad, hessian, jacobian

DerivativeKind = Literal["gradient", "denominator", "jacobian", "hessian", "differential"]
SIZES = {"n": 3, "m": 4, "r": 2}  # all different, so that a wrong transpose has a wrong shape


@dataclass(frozen=True)
class Identity:
    r"""A row of the table: a function, and the closed form of its derivative.

    Attributes:
        name: what the function is called.
        formula: TeX of the function, in the macros of the book: ``\vec``, ``\mat``, ``\T``.
        derivative: TeX of the closed form.
        shapes: the arguments with their shapes, such as ``"x(n) A(m,n)"``; the derivative is by
            the first. The last of a differential is the direction.
        f: the function, in NumPy.
        closed: the closed form, in NumPy, of the same arguments.
        wrong: named wrong variants of `closed`; a wrong sign and a factor 2 come by themselves.
        kind: ``"gradient"``, of the shape of the argument; ``"denominator"``, a vector by a
            vector with shape (inputs, outputs); ``"jacobian"``, (outputs, inputs);
            ``"hessian"``; ``"differential"``, the derivative along a direction.
        letters: what the TeX uses besides the arguments, by name: functions, or vectors that
            depend on the argument of the same name.
    """

    name: str
    formula: str
    derivative: str
    shapes: str
    f: Callable[..., Any]
    closed: Callable[..., Any]
    wrong: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    kind: DerivativeKind = "gradient"
    letters: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    @property
    def claim(self) -> str:
        r"""The TeX of what the row says: that f is the formula, and what its derivative is.

        Examples:
            >>> from mcalc.identities import IDENTITIES
            >>> next(row for row in IDENTITIES if row.name == "squared length").claim
            'f(\\vec{x}) = \\vec x\\T\\vec x \\quad \\grad_{\\vec{x}}(\\vec x\\T\\vec x) = 2\\vec x'
        """
        names = [name for name in self.names if name != "dX"]
        letters = [rf"\mat{{{n}}}" if n.isupper() else rf"\vec{{{n}}}" for n in names]
        given = ", ".join(letters).replace("beta", r"\beta")
        name, by = names[0].lower(), letters[0]
        whole, *said = self.formula.split(" = ")[::-1]  # as in p = softmax(x)
        closed, *more = self.derivative.split(r",\ ")
        f = rf"({whole})" if not said else said[0]
        if self.kind == "denominator" and whole.startswith(r"\vec x\T"):
            f = whole = rf"(({whole})\T)"  # a row, as the column with its entries
        left = {
            "gradient": rf"\grad_{{{by}}}{f}",
            "differential": rf"\mathrm{{d}}{f}",
            "hessian": rf"\grad_{{{by}}}(\grad_{{{by}}}{f})"
            if self.names[0].islower()
            else rf"\frac{{\partial^2 {f}}}{{\partial {name}_{{ij}}\,\partial {name}_{{kl}}}}",
        }.get(self.kind, rf"\pd{{{f}}}{{{by}}}")
        layouts = {"denominator": "denominator", "jacobian": "numerator"}
        layout = rf" \text{{in {layouts[self.kind]} layout}}" if self.kind in layouts else ""
        defined = [self.formula] if said else []
        clauses = [f"f({given}) = {whole}", f"{left} = {closed}{layout}", *defined, *more]
        return r" \quad ".join(clauses)

    @property
    def names(self) -> list[str]:
        """The names of the arguments in the TeX."""
        return re.findall(r"(\w+)\(", self.shapes.replace("β", "beta"))

    def example(self, rng: np.random.Generator) -> tuple[Any, ...]:
        """Return random arguments; square matrices are far from symmetric and from singular.

        Examples:
            >>> import numpy as np
            >>> from mcalc.identities import IDENTITIES
            >>> row = next(row for row in IDENTITIES if row.name == "least squares")
            >>> row.shapes, [x.shape for x in row.example(np.random.default_rng(0))]
            ('x(n) A(m,n) b(m)', [(3,), (4, 3), (4,)])
        """
        arrays = []
        for letters in re.findall(r"\((.*?)\)", self.shapes):
            shape = tuple(SIZES[k] for k in letters.split(","))
            x = rng.standard_normal(shape)
            arrays.append(x - 3 * np.eye(SIZES["n"]) if letters == "n,n" else x)
        return tuple(arrays)


@dataclass(frozen=True)
class Verified:
    """How far the closed form of an identity is from two oracles, at one random point.

    Distances are relative to the larger of 1 and the value; of the TeX, they are the largest.

    Attributes:
        autodiff: distance from automatic differentiation.
        numerical: distance from central differences.
        rejected: for each wrong variant, its distance from automatic differentiation.
        displayed: by how much the two sides of what is displayed differ, with the derivative
            taken of the function's TeX, and that TeX from the function in code.
    """

    autodiff: float
    numerical: float
    rejected: Mapping[str, float]
    displayed: float

    @property
    def holds(self) -> bool:
        """Whether code and TeX agree with their oracles, and each wrong variant with none."""
        told = min(self.rejected.values()) > 0.01
        return told and max(self.autodiff, self.displayed) < 1e-10 and self.numerical < 1e-5


def verify(identity: Identity, rng: np.random.Generator) -> Verified:
    """Compare the closed form of an identity, as code and as TeX, with two oracles.

    Args:
        identity: a row of the table.
        rng: draws the point.

    Returns:
        The residuals, and the distances of the wrong variants.

    Raises:
        ValueError: if the closed form, or a wrong variant, has not the shape of the derivative,
            or the TeX cannot be evaluated.

    Examples:
        >>> import numpy as np
        >>> from mcalc.identities import IDENTITIES
        >>> row = next(row for row in IDENTITIES if row.name == "quadratic form")
        >>> found = verify(row, np.random.default_rng(0))
        >>> found.holds, list(found.rejected)
        (True, ['sign', 'factor 2', '2Ax', '2Aᵀx'])
    """
    args = identity.example(rng)
    truth = _by_autodiff(identity, args)

    def distance(side: str, value: Any) -> float:
        return distance_of(identity.name, [np.asarray(truth)], [np.asarray(value)], side, args)

    closed = identity.closed(*args)
    numerical = _by_differences(identity, args)
    variants = {name: variant(*args) for name, variant in identity.wrong.items()}
    rejected = {"sign": -closed, "factor 2": 2 * closed, **variants}
    return Verified(
        distance("closed form", closed),
        distance_of(identity.name, [np.asarray(closed)], [numerical], "difference", args),
        {name: distance(f"wrong variant {name!r}", value) for name, value in rejected.items()},
        _displayed(identity, args),
    )


def _displayed(identity: Identity, args: tuple[Any, ...]) -> float:
    from mcalc.formulas import Formula  # needs a grammar, which few do

    try:
        symbols: dict[str, Any] = {"f": identity.f, **identity.letters}
        formula = Formula(identity.claim, **symbols)
        return formula.off([dict(zip(identity.names, args, strict=True))])
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"{identity.name}, {identity.claim}: {error}") from error


def _by_autodiff(identity: Identity, args: tuple[Any, ...]) -> Any:
    operators: dict[DerivativeKind, Callable[..., Any]] = {
        "gradient": grad,
        "denominator": jacobian,
        "jacobian": jacobian,
        "hessian": hessian,
        "differential": directional_derivative,
    }
    value = operators[identity.kind](identity.f)(*args)
    return value.T if identity.kind == "denominator" else value


def _by_differences(identity: Identity, args: tuple[Any, ...]) -> Any:
    x, *rest = args

    def f(x: Any) -> Any:
        return identity.f(x, *rest)

    if identity.kind == "differential":
        *rest, direction = rest
        return numerical_jacobian(lambda t: f(x + t * direction), 0.0)
    if identity.kind == "hessian":
        h = 1e-4  # the fourth root of the rounding: h² of truncation and ε/h² of rounding meet
        return numerical_jacobian(lambda x: numerical_jacobian(f, x, step=h), x, step=h)
    J = numerical_jacobian(f, x)
    return J.T if identity.kind == "denominator" else J
