"""Cases that test a row of the table of rules, and what every one of them must satisfy."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import (
    backward,
    forward,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    numerical_jacobian,
    trace,
    vjp,
)


@dataclass(frozen=True)
class Case:
    """One use of a row: a NumPy function of arrays, and the same in torch."""

    row: Callable[..., Any]
    f: Callable[..., Any]
    arrays: tuple[Any, ...]
    torch: Callable[..., Any]
    id: str

    def __str__(self):
        return self.id


def case(row, *arrays, like, call=None, id="", **kwargs):
    """Make a case of ``row(*arrays, **kwargs)``, or of ``call(*arrays)`` where that differs."""
    shapes = ",".join(str(np.shape(a)).replace(" ", "") for a in arrays)
    options = ",".join(f"{k}={v}".replace(" ", "") for k, v in kwargs.items())
    name = "-".join(s for s in (row.__name__, id, shapes, options) if s)
    return Case(row, call or (lambda *xs: row(*xs, **kwargs)), arrays, like, name)


def numbers(*shape, low=-2.0, high=2.0, seed=0):
    """Return generic numbers: no two are equal, and none is a special point."""
    return np.random.default_rng((seed, *shape)).uniform(low, high, shape)


def tensors(arrays):
    return [torch.from_numpy(np.array(a)) for a in arrays]


def by_torch(case, weights, arrays=None):
    """Return torch's cotangents of the arrays."""
    primals = [t.requires_grad_() for t in tensors(case.arrays if arrays is None else arrays)]
    value = case.torch(*primals)
    if not value.requires_grad:
        return [np.zeros(a.shape) for a in primals]
    found = torch.autograd.grad(value, primals, torch.as_tensor(weights), allow_unused=True)
    return [np.zeros(a.shape) if g is None else g for g, a in zip(found, primals, strict=True)]


def argument(case, i):
    """Return the function of argument i alone."""
    return lambda x: case.f(*case.arrays[:i], x, *case.arrays[i + 1 :])


def value_is_unchanged(case):
    value, _ = vjp(case.f, *case.arrays)
    assert_allclose(value, case.f(*case.arrays), rtol=1e-14, atol=1e-15, strict=True)
    assert_allclose(value, case.torch(*tensors(case.arrays)), rtol=1e-13, atol=1e-15)


def reverse_agrees(case):
    value, pullback = vjp(case.f, *case.arrays)
    weights = numbers(*value.shape, seed=1)
    theirs = by_torch(case, weights)
    for i, (x, ours) in enumerate(zip(case.arrays, pullback(weights), strict=True)):
        assert ours.shape == np.shape(x)
        assert_allclose(ours, theirs[i], rtol=1e-11, atol=1e-13)
        J = numerical_jacobian(argument(case, i), x)
        assert_allclose(ours, np.tensordot(weights, J, weights.ndim), rtol=1e-6, atol=1e-7)


def forward_agrees(case):
    value, pullback = vjp(case.f, *case.arrays)
    weights = numbers(*value.shape, seed=1)
    ways = tuple(numbers(*np.shape(x), seed=2 + i) for i, x in enumerate(case.arrays))
    _, moved = jvp(case.f, case.arrays, ways)
    assert moved.shape == value.shape
    along = sum(np.sum(g * v) for g, v in zip(pullback(weights), ways, strict=True))
    assert_allclose(np.sum(weights * moved), along, rtol=1e-11, atol=1e-13)
    for i, (x, v) in enumerate(zip(case.arrays, ways, strict=True)):
        J = numerical_jacobian(argument(case, i), x)
        _, alone = jvp(argument(case, i), (x,), (v,))
        assert_allclose(alone, np.tensordot(J, v, np.ndim(x)), rtol=1e-6, atol=1e-7)


def second_derivatives_agree(case):
    weights = numbers(*np.shape(case.f(*case.arrays)), seed=1)
    every = tuple(range(len(case.arrays)))

    def g(*xs):  # the sine makes the second derivative of a linear function show
        return np.sum(weights * np.sin(case.f(*xs)))

    def g_torch(*xs):
        return (torch.as_tensor(weights) * torch.sin(case.torch(*xs))).sum()

    theirs = torch.autograd.functional.hessian(g_torch, tuple(tensors(case.arrays)))
    ours = hessian(g, every)(*case.arrays)
    for row, expected in zip(ours, theirs, strict=True):
        for block, wanted in zip(row, expected, strict=True):
            assert_allclose(block, wanted, rtol=1e-9, atol=1e-11)
    for i, x in enumerate(case.arrays):
        v = numbers(*np.shape(x), seed=3)
        along = np.tensordot(ours[i][i], v, np.ndim(x))
        pushed = hvp(g, i)(*case.arrays, v)
        only = lambda y, i=i: g(*case.arrays[:i], y, *case.arrays[i + 1 :])  # noqa: E731
        slope = grad(lambda y, only=only, v=v: jvp(only, (y,), (v,))[1])
        assert_allclose(pushed, along, rtol=1e-9, atol=1e-11)
        assert_allclose(slope(x), along, rtol=1e-9, atol=1e-11)


def float32_is_kept(case):
    single = tuple(np.float32(x) for x in case.arrays)
    value, pullback = vjp(case.f, *single)
    assert_allclose(value, case.f(*single), rtol=1e-5, atol=1e-6, strict=True)
    weights = numbers(*value.shape, seed=1).astype(value.dtype)
    _, moved = jvp(case.f, single, single)
    assert moved.dtype == value.dtype
    for ours, theirs in zip(pullback(weights), by_torch(case, np.float64(weights)), strict=True):
        assert ours.dtype == np.float32
        assert_allclose(ours, theirs, rtol=2e-4, atol=2e-4)


def memory_does_not_matter(case):
    """Views, Fortran order and read-only arrays are as good, and are left as they were."""
    value, pullback = vjp(case.f, *case.arrays)
    weights = numbers(*value.shape, seed=1)
    plain = pullback(weights)
    for disguise in (_strided, _fortran):
        arrays = tuple(disguise(x) for x in case.arrays)
        for x in arrays:
            x.flags.writeable = False
        weights.flags.writeable = False
        _, pullback = vjp(case.f, *arrays)
        for x, y, g, expected in zip(arrays, case.arrays, pullback(weights), plain, strict=True):
            assert_allclose(g, expected, rtol=1e-13, atol=1e-15)
            assert_array_equal(x, y)
            g += 1.0  # the caller's own, to write to
            assert_array_equal(x, y)
        assert_array_equal(weights, numbers(*value.shape, seed=1))


def sweeps_change_nothing(case):
    """All values of the graph are as they were after sweeps both ways, which can be repeated."""
    graph = trace(case.f, *case.arrays)
    held = [graph.output.value, *(a for node in graph.tape for a in (node.value, *node.operands))]
    held = [a for a in held if isinstance(a, np.ndarray)]
    before = [a.copy() for a in held]
    _, pullback = vjp(case.f, *case.arrays)
    weights = numbers(*graph.output.shape, seed=1)
    first, second = pullback(weights), pullback(weights)
    swept = backward(graph, weights)
    forward(graph, tuple(numbers(*np.shape(x), seed=2) for x in case.arrays))
    for mine, again, node in zip(first, second, graph.inputs, strict=True):
        assert_array_equal(mine, again)
        assert_allclose(mine, swept.get(node, np.zeros(node.shape)), rtol=1e-13, atol=1e-15)
    for now, then in zip(held, before, strict=True):
        assert_array_equal(now, then)


def a_batch_is_as_good_as_a_loop(case):
    value, pullback = vjp(case.f, *case.arrays)
    every = tuple(range(len(case.arrays)))
    basis = np.eye(np.size(value)).reshape(-1, *value.shape)
    loop = [pullback(e) for e in basis]
    by_rows, by_columns = (take(case.f, every)(*case.arrays) for take in (jacrev, jacfwd))
    for i, x in enumerate(case.arrays):
        J = np.reshape([shares[i] for shares in loop], value.shape + np.shape(x))
        assert_allclose(by_rows[i], J, rtol=1e-12, atol=1e-14, strict=True)
        assert_allclose(by_columns[i], J, rtol=1e-11, atol=1e-13, strict=True)


NOT_ANALYTIC = {
    *("conjugate", "vdot", "vecdot", "correlate", "pinv", "slogdet", "cholesky", "factor"),
    *("eigh", "eigenvectors", "svd", "singular_vectors", "astype", "maximum", "minimum"),
    *("max", "min", "amax", "amin", "sort", "clip", "clamp", "fmax", "fmin", "copysign"),
    *("insert", "ediff1d", "bincount", "median", "percentile", "quantile", "cov", "corrcoef"),
    *("nanmax", "nanmin", "nanmedian", "nanpercentile", "nanquantile", "interp", "qr"),
    *(
        "orthogonal",
        "real",
        "imag",
        "real_if_close",
        "lstsq",
        "p_norm",
        "vecmat",
        "cond",
        "isrealobj",
        "iscomplexobj",
    ),
}
"""What NumPy does with complex numbers, but by conjugates, by order, or by the real part."""


def the_complex_step_agrees(case):
    """Exact to rounding, for all functions that have complex values for complex arguments."""
    if case.row.__name__ in NOT_ANALYTIC:
        return
    for i, x in enumerate(case.arrays):
        f = argument(case, i)
        try:
            J = numerical_jacobian(f, x, method="complex")
        except (TypeError, ValueError) as error:  # of NumPy, or because a value is not complex
            assert re.search("not supported|not analytic|complex", str(error))  # noqa: PT017
            return
        assert_allclose(jacobian(f)(x), J, rtol=1e-10, atol=1e-12)


def _strided(x):
    holder = np.full((*np.shape(x), 2), np.nan)
    holder[..., 1] = x
    return holder[..., 1]


def _fortran(x):
    return np.array(x, order="F")  # np.asfortranarray gives 0-d arrays an axis


CLAIMS = [
    value_is_unchanged,
    reverse_agrees,
    forward_agrees,
    second_derivatives_agree,
    float32_is_kept,
    memory_does_not_matter,
    sweeps_change_nothing,
    a_batch_is_as_good_as_a_loop,
    the_complex_step_agrees,
]
