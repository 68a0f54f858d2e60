"""How each library computes a derivative, as its own documentation recommends.

A peer takes a workload and a problem and returns a `Contender`: a call without arguments that
does the work and nothing else, since arguments are converted and functions compiled before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import autograd
import autograd.numpy
import jax
import numdifftools
import numpy as np
import torch

import mcalc
from bench.workloads import Problem, Workload

jax.config.update("jax_enable_x64", True)
torch.set_num_threads(1)


@dataclass(frozen=True)
class Contender:
    """One library at one workload.

    Attributes:
        call: does the work.
        read: takes what `call` returns to the derivative, an array or a tuple of arrays.
        tolerance: relative, of the derivative; None where there is no derivative to compare.
    """

    call: Callable[[], Any]
    read: Callable[[Any], Any] = lambda found: found
    tolerance: float | None = 1e-9

    def derivative(self) -> list[Any]:
        """Do the work once and return the derivative as arrays of NumPy."""
        found = self.read(self.call())
        parts = found if isinstance(found, tuple | list) else (found,)
        return [np.asarray(part) for part in parts]


def contenders(
    workload: Workload, problem: Problem, names: Collection[str] | None = None
) -> dict[str, Contender]:
    """Return f itself and all who can do this workload, or those of the given names."""
    makers = {"f": _f, "by hand": _by_hand} | PEERS
    made = {n: make(workload, problem) for n, make in makers.items() if names is None or n in names}
    return {name: contender for name, contender in made.items() if contender is not None}


def require_equal(found: Mapping[str, Contender], what: str) -> None:
    """Compare the derivatives with the first of them.

    Raises:
        ValueError: naming the library that differs, and by how much.
    """
    (first, one), *others = ((n, c) for n, c in found.items() if c.tolerance is not None)
    expected = one.derivative()
    shapes = [part.shape for part in expected]
    scale = max(float(np.max(np.abs(part))) for part in expected)
    for name, other in others:
        parts = other.derivative()
        if (given := [part.shape for part in parts]) != shapes:
            raise ValueError(f"{what}: {name} gives the shapes {given}, {first} {shapes}")
        gaps = [np.max(np.abs(p - e)) for p, e in zip(parts, expected, strict=True)]
        if not (gap := float(np.max(gaps))) <= (other.tolerance or 0.0) * scale:
            raise ValueError(
                f"{what}: {name} differs from {first} by {gap / scale:.1e}, relatively"
            )


def _inputs(problem: Problem) -> tuple[Any, ...]:
    return problem.args if problem.direction is None else (*problem.args, problem.direction)


def _choose(workload: Workload, **makers: Callable[[], Any]) -> Callable[..., Any]:
    """Return the derivative of the workload's kind, and make none of the others."""
    made: Callable[..., Any] = makers[workload.kind]()
    return made


def _along(gradient: Callable[..., Any], jvp: Callable[..., Any]) -> Callable[..., Any]:
    """Return the Hessian-vector product, forward over reverse accumulation."""

    def product(x: Any, *data_and_direction: Any) -> Any:
        *data, v = data_and_direction
        return jvp(lambda x: gradient(x, *data), (x,), (v,))[1]

    return product


def _f(workload: Workload, problem: Problem) -> Contender:
    return Contender(partial(problem.f, np, *problem.args), tolerance=None)


def _by_hand(workload: Workload, problem: Problem) -> Contender:
    return Contender(partial(workload.by_hand, *_inputs(problem)))


def _autograd(workload: Workload, problem: Problem) -> Contender:
    f = partial(problem.f, autograd.numpy)
    derivative = _choose(
        workload,
        gradient=lambda: autograd.grad(f, problem.argnums),
        hessian=lambda: autograd.hessian(f),
        hvp=lambda: autograd.hessian_vector_product(f),
    )
    return Contender(partial(derivative, *_inputs(problem)))


def _tensors(problem: Problem) -> list[Any]:
    return [torch.tensor(x, dtype=torch.float64) for x in _inputs(problem)]


def _torch_eager(workload: Workload, problem: Problem) -> Contender:
    f, tensors = partial(problem.f, torch), _tensors(problem)
    if workload.kind == "gradient":
        moving = [tensors[i].requires_grad_() for i in problem.argnums]
        return Contender(lambda: torch.autograd.grad(f(*tensors), moving))
    x, *data = tensors
    if workload.kind == "hessian":
        return Contender(lambda: torch.autograd.functional.hessian(f, x))
    *data, v = data
    # The Hessian is symmetric, and torch's manual recommends vhp as the faster of the two.
    product = partial(torch.autograd.functional.vhp, lambda x: f(x, *data), x, v)
    return Contender(product, read=lambda found: found[1])


def _torch_func(workload: Workload, problem: Problem) -> Contender:
    f = partial(problem.f, torch)
    derivative = _choose(
        workload,
        gradient=lambda: torch.func.grad(f, problem.argnums),
        hessian=lambda: torch.func.hessian(f),
        hvp=lambda: _along(torch.func.grad(f), torch.func.jvp),
    )
    return Contender(partial(derivative, *_tensors(problem)))


def _jax_derivative(workload: Workload, problem: Problem) -> tuple[Callable[..., Any], list[Any]]:
    f = partial(problem.f, jax.numpy)
    derivative = _choose(
        workload,
        gradient=lambda: jax.grad(f, problem.argnums),
        hessian=lambda: jax.hessian(f),
        hvp=lambda: _along(jax.grad(f), jax.jvp),
    )
    return derivative, [jax.numpy.asarray(x, dtype=float) for x in _inputs(problem)]


def _jax(workload: Workload, problem: Problem) -> Contender:
    derivative, arrays = _jax_derivative(workload, problem)
    return Contender(lambda: jax.block_until_ready(derivative(*arrays)))


def _jit(workload: Workload, problem: Problem) -> Contender:
    derivative, arrays = _jax_derivative(workload, problem)
    compiled = jax.jit(derivative)
    return Contender(lambda: jax.block_until_ready(compiled(*arrays)))


def _differences(workload: Workload, problem: Problem) -> Contender | None:
    if not workload.differences:
        return None
    f = partial(problem.f, np)
    if len(problem.argnums) == 1:
        return Contender(partial(numdifftools.Gradient(f), *problem.args), tolerance=1e-6)
    # Several numbers are one vector to it.
    gradient = partial(numdifftools.Gradient(lambda v: f(*v)), np.array(problem.args))
    return Contender(gradient, read=tuple, tolerance=1e-6)


def _mcalc(workload: Workload, problem: Problem) -> Contender:
    f = partial(problem.f, np)
    derivative = _choose(
        workload,
        gradient=lambda: mcalc.grad(f, problem.argnums),
        hessian=lambda: mcalc.hessian(f),
        hvp=lambda: mcalc.hvp(f),
    )
    return Contender(partial(derivative, *_inputs(problem)))


def _program(workload: Workload, problem: Problem) -> Contender | None:
    if workload.kind != "gradient":
        return None
    f = partial(problem.f, np)
    program = mcalc.program(f, *problem.args, argnums=problem.argnums)
    return Contender(partial(program, *problem.args), read=lambda found: found[1])


PEERS: dict[str, Callable[[Workload, Problem], Contender | None]] = {
    "autograd": _autograd,
    "torch": _torch_eager,
    "torch.func": _torch_func,
    "jax": _jax,
    "jax.jit": _jit,
    "numdifftools": _differences,
    "mcalc": _mcalc,
    "program": _program,
}
