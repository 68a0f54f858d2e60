"""Random expressions, whose derivatives mcalc, torch and JAX have to agree on.

A run tries 500, or as many as the environment variable MCALC_EXPRESSIONS says. JAX compiles each
expression for half a second, so it is asked about one in twenty.
"""

import os

os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")  # it compiles faster

import jax
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from mcalc import hvp, jvp, value_and_grad

jax.config.update("jax_enable_x64", True)
EXPRESSIONS = int(os.environ.get("MCALC_EXPRESSIONS", "500"))
BATCH = 50
EVERY = 20
SHAPES = (), (3,), (2, 3), (3, 3), (1, 3)


def same(name):
    """Return a function that NumPy, JAX and torch have under one name."""
    return (lambda xp, *xs: getattr(xp, name)(*xs)), getattr(torch, name)


def regular(x):
    """Return a positive definite matrix of any square one."""
    eye = torch.eye(x.shape[-1], dtype=x.dtype) if torch.is_tensor(x) else np.eye(x.shape[-1])
    return x @ x.mT / 4 + eye


def of_axes(x, n):
    """Return an array, if it has n axes; a step that raises is not taken."""
    if x.ndim != n:
        raise ValueError
    return x


def distinct(x):
    """Return a matrix, if its singular values are distinct and positive."""
    if isinstance(x, np.ndarray):
        s = np.linalg.svd(of_axes(x, 2), compute_uv=False)
        if min(-np.diff(s, append=0.0)) < 1e-3:
            raise ValueError
    return x


def threes(x):
    if x.shape[-1:] != (3,):
        raise ValueError
    return x


def cross(x, y):
    return torch.linalg.cross(*torch.broadcast_tensors(x, y))


# Each step: for NumPy and JAX, given the module; and for torch.
STEPS = {
    1: [
        *map(same, ["sin", "cos", "tanh", "arctan", "square", "arcsinh"]),
        *map(same, ["negative", "abs", "exp2", "expm1"]),
        (lambda xp, x: xp.sqrt(1 + x * x), lambda x: torch.sqrt(1 + x * x)),
        (lambda xp, x: xp.log1p(x**2), lambda x: torch.log1p(x**2)),
        (lambda xp, x: xp.exp(-(x**2)), lambda x: torch.exp(-(x**2))),
        (lambda xp, x: x**3 - 2 / (3 + x), lambda x: x**3 - 2 / (3 + x)),
        (lambda xp, x: xp.clip(x, -1.0, 0.5), lambda x: x.clip(-1.0, 0.5)),
        (lambda xp, x: xp.sum(x[:], axis=0, keepdims=True), lambda x: x.sum(0, keepdim=True)),
        (lambda xp, x: xp.mean(x[:], axis=-1), lambda x: x.mean(-1)),
        (lambda xp, x: xp.max(x[:], axis=0), lambda x: x.amax(0)),
        (lambda xp, x: xp.var(x[:], axis=-1), lambda x: x.var(-1, correction=0)),
        (lambda xp, x: xp.prod(x[:], axis=0), lambda x: x.prod(0)),
        (lambda xp, x: xp.cumsum(x[:], axis=-1), lambda x: x.cumsum(-1)),
        (lambda xp, x: xp.cumprod(x[:], axis=0), lambda x: x.cumprod(0)),
        (lambda xp, x: xp.transpose(x), lambda x: x.permute(tuple(range(x.ndim)[::-1]))),
        (lambda xp, x: x[..., ::-1], lambda x: x.flip(-1)),
        (lambda xp, x: x[np.array([0, -1])], lambda x: x[[0, -1]]),
        (lambda xp, x: xp.sort(x[:], axis=0), lambda x: x.sort(0)[0]),
        (lambda xp, x: xp.roll(x, 1), lambda x: x.roll(1)),
        (lambda xp, x: xp.pad(x, 1)[1:], lambda x: torch.nn.functional.pad(x, (1, 1) * x.ndim)[1:]),
        (lambda xp, x: xp.diff(x, axis=-1), lambda x: x.diff(dim=-1)),
        (lambda xp, x: xp.tril(of_axes(x, 2)), torch.tril),
        (lambda xp, x: xp.trace(of_axes(x, 2)), torch.trace),
        (lambda xp, x: xp.linalg.norm(x), lambda x: torch.linalg.vector_norm(x)),
        (lambda xp, x: xp.linalg.inv(regular(x)), lambda x: torch.linalg.inv(regular(x))),
        (lambda xp, x: xp.linalg.det(regular(x)), lambda x: torch.linalg.det(regular(x))),
        (lambda xp, x: xp.linalg.cholesky(regular(x)), lambda x: torch.linalg.cholesky(regular(x))),
        (
            lambda xp, x: xp.linalg.svd(distinct(x), compute_uv=False),
            torch.linalg.svdvals,
        ),
    ],
    2: [
        *map(same, ["add", "subtract", "multiply", "maximum", "minimum", "logaddexp", "hypot"]),
        (lambda xp, x, y: x / (1 + y * y), lambda x, y: x / (1 + y * y)),
        (lambda xp, x, y: xp.where(x > y, x, 2 * y), lambda x, y: torch.where(x > y, x, 2 * y)),
        (lambda xp, x, y: xp.arctan2(x, 1 + y * y), lambda x, y: torch.arctan2(x, 1 + y * y)),
        (lambda xp, x, y: (1 + x * x) ** xp.tanh(y), lambda x, y: (1 + x * x) ** torch.tanh(y)),
        (lambda xp, x, y: xp.matmul(x, y), torch.matmul),
        (lambda xp, x, y: xp.stack([x, y]), lambda x, y: torch.stack([x, y])),
        (lambda xp, x, y: xp.concatenate([x, y]), lambda x, y: torch.cat([x, y])),
        (lambda xp, x, y: xp.tensordot(x, y, 1), lambda x, y: torch.tensordot(x, y, 1)),
        (
            lambda xp, x, y: xp.einsum("ij,kj->ik", x, y),
            lambda x, y: torch.einsum("ij,kj->ik", x, y),
        ),
        (lambda xp, x, y: xp.outer(x, y), lambda x, y: torch.outer(x.ravel(), y.ravel())),
        (lambda xp, x, y: xp.cross(threes(x), threes(y)), cross),
        (
            lambda xp, x, y: xp.linalg.solve(regular(of_axes(x, 2)), y),
            lambda x, y: torch.linalg.solve(regular(x), y),
        ),
    ],
}  # fmt: skip


def random_program(rng, inputs, length=8):
    """Return steps that are defined at the inputs, stay small, and keep away from kinks."""
    values, steps = list(inputs), []
    while len(steps) < length:
        arity = int(rng.integers(1, 3))
        step = STEPS[arity][rng.integers(len(STEPS[arity]))]
        chosen = [int(k) for k in rng.integers(len(values), size=arity)]
        arguments = [values[k] for k in chosen]
        try:
            value = step[0](np, *arguments)
        except (ValueError, IndexError, AttributeError, TypeError):  # the shapes do not fit
            continue
        entries = np.concatenate([np.ravel(a) for a in arguments])
        gaps = np.abs(entries[:, None] - entries) + np.eye(entries.size)
        kinky = min(gaps.min(), np.abs(entries).min()) < 1e-6
        if value.size and value.size < 40 and np.abs(value).max() < 50 and not kinky:
            values.append(value)
            steps.append((step, chosen))
    return steps


def in_numpys_words(steps, xp):
    def f(*inputs):
        values = list(inputs)
        for step, chosen in steps:
            values.append(step[0](xp, *(values[k] for k in chosen)))
        return sum((value * value).sum() for value in values[len(inputs) :])

    return f


def in_torchs_words(steps):
    def f(*inputs):
        values = list(inputs)
        for step, chosen in steps:
            values.append(step[1](*(values[k] for k in chosen)))
        return sum((value * value).sum() for value in values[len(inputs) :])

    return f


def by_torch(f, xs, v):
    """Return the value, the gradients, and the Hessian by the first argument times v."""
    tensors = [torch.tensor(x, requires_grad=True) for x in xs]
    value = f(*tensors)
    gradients = torch.autograd.grad(value, tensors, create_graph=True, materialize_grads=True)
    along = (gradients[0] * torch.tensor(v)).sum()
    Hv = torch.zeros(v.shape)
    if along.requires_grad:
        Hv = torch.autograd.grad(along, tensors[0], materialize_grads=True)[0]
    return [x.detach().numpy() for x in (value, *gradients, Hv)]


def by_jax(f, xs, v):
    @jax.jit
    def found(xs, v):
        def gradient(x):
            value, gradients = jax.value_and_grad(f, (0, 1, 2))(x, *xs[1:])
            return gradients[0], (value, *gradients)

        _, Hv, first = jax.jvp(gradient, (xs[0],), (v,), has_aux=True)
        return *first, Hv

    return [np.asarray(x) for x in found(xs, v)]


def by_mcalc(f, xs, v):
    value, gradients = value_and_grad(f, (0, 1, 2))(*xs)
    _, along = jvp(f, tuple(xs), (v, *(np.zeros_like(x) for x in xs[1:])))
    assert_allclose(along, np.sum(gradients[0] * v), rtol=1e-9, atol=1e-9)
    return [value, *gradients, hvp(f)(*xs, v)]


@pytest.mark.parametrize("first", range(0, EXPRESSIONS, BATCH))
def test_random_expressions(first):
    """Values, gradients by every input, forward against reverse, Hessian-vector products."""
    for seed in range(first, min(first + BATCH, EXPRESSIONS)):
        rng = np.random.default_rng(seed)
        xs = [rng.uniform(-1.5, 1.5, SHAPES[k]) for k in rng.integers(len(SHAPES), size=3)]
        v = rng.normal(size=xs[0].shape)
        steps = random_program(rng, xs)
        ours = by_mcalc(in_numpys_words(steps, np), xs, v)
        others = [by_torch(in_torchs_words(steps), xs, v)]
        if seed % EVERY == 0:
            others.append(by_jax(in_numpys_words(steps, jax.numpy), xs, v))
        for theirs in others:
            for mine, wanted in zip(ours, theirs, strict=True):
                scale = 1e-9 * max(1.0, np.abs(wanted).max())
                assert_allclose(mine, wanted, rtol=0, atol=scale, err_msg=f"seed {seed}")
