"""The rows of the benchmark: which derivative of which function, how large, and how fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

import numpy as np

from bench import functions as fn
from bench.measuring import figures

Generator = np.random.Generator


@dataclass(frozen=True)
class Bar:
    """How fast mcalc should be: ``who ≤ factor × against + plus``, `plus` in seconds."""

    against: str
    factor: float | Fraction = 1
    who: str = "mcalc"
    plus: float = 0.0

    def __str__(self) -> str:
        """Write the bar as a reader of the table sees it."""
        return f"{self.who} ≤ {self._measure(str(self.factor), self.plus)}"

    def judge(self, times: Mapping[str, float]) -> dict[str, Any]:
        """Hold the bar against times in seconds.

        Returns:
            The bar and what was found, as text; and whether it is met, None if one of the two
            was not measured.
        """
        if not {self.who, self.against} <= times.keys():
            return {"bar": str(self), "found": "", "met": None}
        time, other = times[self.who], times[self.against]
        ratio, late = figures(time / other), time - other
        found = self._measure("1", late) if self.plus else self._measure(ratio, 0.0)
        return {"bar": str(self), "found": found, "met": time <= self.factor * other + self.plus}

    def _measure(self, factor: str, plus: float) -> str:
        if plus:
            return f"{self.against} {'+' if plus > 0 else '−'} {abs(plus) * 1e3:.0f} ms"
        return f"{factor} × {self.against}" if factor != "1" else self.against


@dataclass(frozen=True)
class Problem:
    """A function with its arguments: those of `argnums` move, the others are data.

    Attributes:
        f: takes the array library, then the arguments.
        args: arrays and floats of NumPy.
        argnums: the arguments by which it is differentiated.
        direction: of the Hessian-vector product.
    """

    f: Callable[..., Any]
    args: tuple[Any, ...]
    argnums: tuple[int, ...] = (0,)
    direction: Any = None


@dataclass(frozen=True)
class Workload:
    """One row of the table.

    Attributes:
        name: short, for the record.
        title: for a reader.
        kind: which derivative.
        make: draws a problem of the given size.
        size: of the problem that is timed.
        small: of the problem on which the tests compare all libraries.
        by_hand: the derivative as one writes it with NumPy, of the problem's arguments.
        bars: how fast mcalc should be.
        differences: whether differences of values take a reasonable time.
    """

    name: str
    title: str
    kind: Literal["gradient", "hessian", "hvp"]
    make: Callable[..., Problem]
    size: tuple[int, ...]
    small: tuple[int, ...]
    by_hand: Callable[..., Any]
    bars: tuple[Bar, ...]
    differences: bool = False


def _composite(rng: Generator) -> Problem:
    args = tuple(rng.uniform(0.5, 1.5, 4).tolist())  # floats, as the chapter gives them
    return Problem(fn.composite, args, argnums=(0, 1, 2, 3))


def _of_vector(f: Callable[..., Any]) -> Callable[..., Problem]:
    return lambda rng, n: Problem(f, (rng.standard_normal(n),))


def _factorization(rng: Generator, m: int, n: int, rank: int) -> Problem:
    shapes = (rank, n), (m, rank), (m, n)
    return Problem(fn.factorization, tuple(rng.standard_normal(shape) for shape in shapes))


def _network(rng: Generator, batch: int, inputs: int, hidden: int, outputs: int) -> Problem:
    W = rng.standard_normal((inputs, hidden)) / np.sqrt(inputs)
    V = rng.standard_normal((hidden, outputs)) / np.sqrt(hidden)
    Y = np.eye(outputs)[rng.integers(outputs, size=batch)]
    return Problem(fn.network, (W, V, rng.standard_normal((batch, inputs)), Y), argnums=(0, 1))


def _packed(rng: Generator, *size: int) -> Problem:
    W, V, *data = _network(rng, *size).args
    w = np.concatenate([W.ravel(), V.ravel()])
    return Problem(fn.packed_network, (w, *data), direction=rng.standard_normal(w.shape))


WORKLOADS = (
    Workload(
        name="composite",
        title="composite of four scalars, gradient",
        kind="gradient",
        make=_composite,
        size=(),
        small=(),
        by_hand=fn.composite_gradient,
        bars=(Bar("torch", Fraction(1, 2)), Bar("jax.jit", 1.5, who="program")),
        differences=True,
    ),
    Workload(
        name="logsumexp",
        title="log-sum-exp, n = 10⁶, gradient",
        kind="gradient",
        make=_of_vector(fn.logsumexp),
        size=(1_000_000,),
        small=(7,),
        by_hand=fn.softmax,
        bars=(Bar("f", 2),),
    ),
    Workload(
        name="factorization",
        title="‖X − UV‖² as a function of V, 1000 × 1000, rank 50",
        kind="gradient",
        make=_factorization,
        size=(1000, 1000, 50),
        small=(5, 4, 2),
        by_hand=fn.factorization_gradient,
        bars=(Bar("f", 2), Bar("by hand", 1.2)),
    ),
    Workload(
        name="rosenbrock",
        title="Rosenbrock, n = 1000, gradient",
        kind="gradient",
        make=_of_vector(fn.rosenbrock),
        size=(1000,),
        small=(6,),
        by_hand=fn.rosenbrock_gradient,
        bars=(Bar("torch", Fraction(2, 3)), Bar("jax.jit", 1.5, who="program")),
        differences=True,
    ),
    Workload(
        name="hessian",
        title="Rosenbrock, n = 200, Hessian",
        kind="hessian",
        make=_of_vector(fn.rosenbrock),
        size=(200,),
        small=(5,),
        by_hand=fn.rosenbrock_hessian,
        bars=(Bar("torch.func"),),
    ),
    Workload(
        name="network",
        title="network 784-256-10, batch of 128, gradient with respect to both weights",
        kind="gradient",
        make=_network,
        size=(128, 784, 256, 10),
        small=(6, 5, 4, 3),
        by_hand=fn.network_gradient,
        bars=(Bar("f", 2),),
    ),
    Workload(
        name="hvp",
        title="the same network, Hessian-vector product",
        kind="hvp",
        make=_packed,
        size=(128, 784, 256, 10),
        small=(6, 5, 4, 3),
        by_hand=fn.network_hvp,
        bars=(Bar("f", 6),),
    ),
)

# The last row is no function: what it costs to have the library at all.
IMPORT_TITLE = "import, in a fresh interpreter"
IMPORTS = {  # what is timed: the module that a user of the library imports
    "numpy": "numpy",
    "autograd": "autograd.numpy",
    "torch": "torch",
    "jax": "jax.numpy",
    "numdifftools": "numdifftools",
    "mcalc": "mcalc",
}
IMPORT_BARS = (Bar("numpy", plus=0.030),)
