"""What holds for every shape, every index and every expression.

The shapes come from hypothesis, always the same; the number of random expressions is taken from
MCALC_EXPRESSIONS, so that a nightly run can try more than the 500 of every run.
"""

import os

import numpy as np
import pytest
import torch
from cases import numbers
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import grad, hvp, jacobian, jvp, vjp

EXPRESSIONS = int(os.environ.get("MCALC_EXPRESSIONS", "500"))
BATCH = 50
always = settings(derandomize=True, deadline=None, database=None, max_examples=80)


def agree(f, f_torch, *shapes, low=-2.0, high=2.0):
    """Compare both directions with torch, at generic numbers of the shapes."""
    xs = [numbers(*shape, low=low, high=high, seed=i) for i, shape in enumerate(shapes)]
    vs = [numbers(*shape, seed=10 + i) for i, shape in enumerate(shapes)]
    value, pullback = vjp(f, *xs)
    assert_array_equal(value, f(*xs), strict=True)
    u = numbers(*value.shape, seed=20)
    theirs = [torch.tensor(x, requires_grad=True) for x in xs]
    expected = torch.autograd.grad(f_torch(*theirs), theirs, torch.tensor(u))
    ours = pullback(u)
    for g, wanted in zip(ours, expected, strict=True):
        assert_allclose(g, wanted, rtol=1e-10, atol=1e-12, strict=False)
        assert g.shape == tuple(wanted.shape)
    _, moved = jvp(f, tuple(xs), tuple(vs))
    assert moved.shape == value.shape
    along = sum(np.sum(g * v) for g, v in zip(ours, vs, strict=True))
    assert_allclose(np.sum(u * moved), along, rtol=1e-9, atol=1e-11)


BINARY = {
    np.add: torch.add,
    np.subtract: torch.sub,
    np.multiply: torch.mul,
    np.divide: torch.div,
    np.power: torch.pow,
    np.maximum: torch.maximum,
    np.hypot: torch.hypot,
    np.logaddexp: torch.logaddexp,
}


@always
@given(
    st.sampled_from(list(BINARY)),
    npst.mutually_broadcastable_shapes(num_shapes=2, min_side=0, max_side=3, max_dims=4),
)
def test_broadcasting(row, shapes):
    agree(row, BINARY[row], *shapes.input_shapes, low=0.5)


@always
@given(npst.mutually_broadcastable_shapes(num_shapes=3, min_side=1, max_side=3, max_dims=3))
def test_choosing_broadcasts_all_three(shapes):
    condition, *rest = shapes.input_shapes
    chosen = numbers(*condition, seed=5) > 0
    theirs = torch.tensor(chosen)
    agree(lambda x, y: np.where(chosen, x, y), lambda x, y: torch.where(theirs, x, y), *rest)


@always
@given(npst.mutually_broadcastable_shapes(signature=np.matmul.signature, max_dims=2, max_side=3))
def test_matmul(shapes):
    agree(np.matmul, torch.matmul, *shapes.input_shapes)


REDUCTIONS = {
    np.sum: torch.sum,
    np.mean: torch.mean,
    np.max: torch.amax,
    np.min: torch.amin,
    np.var: lambda x, dim, keepdim: torch.var(x, dim, correction=0, keepdim=keepdim),
}


@always
@given(st.data(), st.sampled_from(list(REDUCTIONS)), st.booleans())
def test_reductions_over_any_axes(data, row, keepdims):
    shape = data.draw(npst.array_shapes(max_dims=4, max_side=3))
    axis = data.draw(npst.valid_tuple_axes(len(shape), min_size=1))
    agree(
        lambda x: row(x, axis=axis, keepdims=keepdims),
        lambda x: REDUCTIONS[row](x, dim=axis, keepdim=keepdims),
        shape,
    )


@always
@given(st.data())
def test_products_over_any_axes(data):
    """Whatever entries are zero, against the product of the others."""
    shape = data.draw(npst.array_shapes(max_dims=3, max_side=3))
    axis = data.draw(npst.valid_tuple_axes(len(shape), min_size=1))
    zeros = data.draw(npst.arrays(bool, shape))
    x = np.where(zeros, 0.0, numbers(*shape))
    expected = np.empty(shape)
    for place in np.ndindex(shape):
        one = x.copy()
        one[place] = 1.0
        expected[place] = np.prod(one, axis=axis, keepdims=True)[
            tuple(0 if a in {b % len(shape) for b in axis} else i for a, i in enumerate(place))
        ]
    assert_allclose(grad(lambda x: np.sum(np.prod(x, axis=axis)))(x), expected, rtol=1e-13)


@always
@given(st.data())
def test_any_index(data):
    shape = data.draw(npst.array_shapes(min_dims=1, max_dims=3, max_side=3))
    index = data.draw(
        npst.basic_indices(shape, allow_newaxis=True)
        | npst.integer_array_indices(shape, result_shape=npst.array_shapes(max_dims=2, max_side=3))
        | npst.arrays(bool, shape)
    )
    places = np.arange(np.prod(shape)).reshape(shape)[index]
    J = jacobian(lambda x: x[index])(numbers(*shape))
    one_hot = np.eye(int(np.prod(shape)))[places]
    assert_array_equal(J, one_hot.reshape((*np.shape(places), *shape)))


@always
@given(st.data())
def test_any_einsum(data):
    sizes = {"i": 2, "j": 3, "k": 1, "l": 2}
    letters = st.text("ijkl", max_size=3)
    terms = data.draw(st.lists(letters, min_size=1, max_size=3))
    used = sorted(set("".join(terms)))
    out = data.draw(st.permutations(used))[: data.draw(st.integers(0, len(used)))]
    formula = ",".join(terms) + "->" + "".join(out)
    agree(
        lambda *xs: np.einsum(formula, *xs),
        lambda *xs: torch.einsum(formula, *xs),
        *([sizes[letter] for letter in term] for term in terms),
    )


@always
@given(st.data())
def test_any_rearrangement(data):
    shape = data.draw(npst.array_shapes(max_dims=4, max_side=3))
    axes = data.draw(st.permutations(range(len(shape))))
    flipped = data.draw(npst.valid_tuple_axes(len(shape)))
    agree(
        lambda x: np.reshape(np.flip(np.transpose(x, axes), flipped), (-1,)),
        lambda x: x.permute(axes).flip([a % len(shape) for a in flipped]).reshape(-1),
        shape,
    )


def smooth(name):
    return getattr(np, name), getattr(torch, name)


STEPS = {
    1: [
        *map(smooth, ["sin", "cos", "tanh", "arctan", "square", "arcsinh", "negative", "abs"]),
        (lambda x: np.sqrt(1 + x * x), lambda x: torch.sqrt(1 + x * x)),
        (lambda x: np.log1p(x**2), lambda x: torch.log1p(x**2)),
        (lambda x: np.exp(-(x**2)), lambda x: torch.exp(-(x**2))),
        (lambda x: np.sum(x, axis=0, keepdims=True), lambda x: x.sum(0, keepdim=True)),
        (lambda x: np.mean(x, axis=-1), lambda x: x.mean(-1)),
        (lambda x: np.max(x, axis=0), lambda x: x.amax(0)),
        (lambda x: np.var(x, axis=-1), lambda x: x.var(-1, correction=0)),
        (lambda x: np.prod(x, axis=0), lambda x: x.prod(0)),
        (lambda x: np.cumsum(x[:], axis=-1), lambda x: x.cumsum(-1)),
        (np.transpose, lambda x: x.permute(tuple(range(x.ndim)[::-1]))),
        (lambda x: x[..., ::-1], lambda x: x.flip(-1)),
        (lambda x: x[[0, -1]], lambda x: x[[0, -1]]),
        (lambda x: np.sort(x, axis=0), lambda x: x.sort(0)[0]),
    ],
    2: [
        *map(smooth, ["add", "subtract", "multiply", "maximum", "minimum", "logaddexp"]),
        (lambda x, y: x / (1 + y * y), lambda x, y: x / (1 + y * y)),
        (lambda x, y: np.where(x > y, x, 2 * y), lambda x, y: torch.where(x > y, x, 2 * y)),
        (lambda x, y: np.arctan2(x, 1 + y * y), lambda x, y: torch.arctan2(x, 1 + y * y)),
        (lambda x, y: (1 + x * x) ** np.tanh(y), lambda x, y: (1 + x * x) ** torch.tanh(y)),
        (np.matmul, torch.matmul),
        (lambda x, y: np.stack([x, y]), lambda x, y: torch.stack([x, y])),
        (lambda x, y: np.tensordot(x, y, 1), lambda x, y: torch.tensordot(x, y, 1)),
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
            value = step[0](*arguments)
        except (ValueError, IndexError):  # the shapes do not fit
            continue
        entries = np.concatenate([np.ravel(a) for a in arguments])
        gaps = np.abs(entries[:, None] - entries) + np.eye(entries.size)
        kinky = min(gaps.min(), np.abs(entries).min()) < 1e-6
        if value.size and value.size < 40 and np.abs(value).max() < 50 and not kinky:
            values.append(value)
            steps.append((step, chosen))
    return steps


def run(steps, which, inputs):
    values = list(inputs)
    for step, chosen in steps:
        values.append(step[which](*(values[k] for k in chosen)))
    return sum((value * value).sum() for value in values[len(inputs) :])


@pytest.mark.parametrize("first", range(0, EXPRESSIONS, BATCH))
def test_random_expressions_agree_with_torch(first):
    """Values, gradients by every input, and Hessian-vector products."""
    for seed in range(first, min(first + BATCH, EXPRESSIONS)):
        rng = np.random.default_rng(seed)
        shapes = [[(), (3,), (2, 3), (3, 3)][k] for k in rng.integers(4, size=3)]
        xs = [rng.uniform(-1.5, 1.5, shape) for shape in shapes]
        v = rng.normal(size=shapes[0])
        steps = random_program(rng, xs)
        tensors = [torch.tensor(x, requires_grad=True) for x in xs]
        value = run(steps, 1, tensors)
        expected = torch.autograd.grad(value, tensors, create_graph=True, materialize_grads=True)
        assert_allclose(run(steps, 0, xs), value.detach(), rtol=1e-11, err_msg=f"seed {seed}")
        ours = grad(lambda *xs, steps=steps: run(steps, 0, xs), (0, 1, 2))(*xs)
        for g, wanted in zip(ours, (g.detach() for g in expected), strict=True):
            scale = 1e-10 * max(1.0, float(wanted.abs().max()))
            assert_allclose(g, wanted, atol=scale, err_msg=f"seed {seed}")
        along = (expected[0] * torch.tensor(v)).sum()
        Hv = torch.zeros(shapes[0])
        if along.requires_grad:
            Hv = Hv + torch.autograd.grad(along, tensors[0], materialize_grads=True)[0]
        scale = 1e-8 * max(1.0, float(Hv.abs().max()))
        found = hvp(lambda *xs, steps=steps: run(steps, 0, xs))(*xs, v)
        assert_allclose(found, Hv, atol=scale, err_msg=f"seed {seed}")
