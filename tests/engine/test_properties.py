"""What holds for every shape and every index; hypothesis draws them, always the same."""

import numpy as np
import torch
from cases import numbers
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import grad, jacobian, jvp, vjp

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
