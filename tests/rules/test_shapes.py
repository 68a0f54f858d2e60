"""Every row that moves entries about, and indexing in all its forms."""

import numpy as np
import pytest
import torch
from cases import CLAIMS, case, numbers
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import grad, hessian, jacobian, jvp, value_and_grad
from mcalc.rules._shapes import astype, getitem, join, scatter

x, y, v = numbers(2, 3), numbers(2, 3, seed=1), numbers(3, seed=2)
box = numbers(2, 3, 4)
MASK = np.array([[True, False, True], [False, False, True]])


def placed(g):
    zeros = torch.zeros(4, dtype=g.dtype)
    return zeros.index_put((torch.tensor([0, 2, 2]),), g, accumulate=True)


CASES = [
    # Its keyword has another name before NumPy 2.1.
    case(np.reshape, x, like=lambda x: x.reshape(3, 2), call=lambda x: np.reshape(x, (3, 2))),
    case(np.reshape, x, like=lambda x: x.reshape(-1), call=lambda x: np.reshape(x, -1)),
    case(np.reshape, numbers(), like=lambda x: x.reshape(1, 1), call=lambda x: x.reshape(1, 1)),
    case(np.ravel, x, like=torch.ravel),
    case(
        np.reshape,
        box,
        like=lambda x: x.permute(2, 1, 0).reshape(6, 4).T,
        shape=(4, 6),
        order="F",
    ),
    case(np.ravel, x, like=lambda x: x.T.ravel(), order="F"),
    case(np.squeeze, numbers(1, 3, 1), like=torch.squeeze),
    case(np.squeeze, numbers(1, 3, 1), like=lambda x: x.squeeze(-1), axis=-1),
    case(np.expand_dims, x, like=lambda x: x[:, None], axis=1),
    case(np.expand_dims, x, like=lambda x: x[None, :, None], axis=(0, 2)),
    case(np.transpose, box, like=lambda x: x.permute(2, 1, 0)),
    case(np.transpose, box, like=lambda x: x.permute(1, 2, 0), axes=(1, -1, 0)),
    case(np.transpose, v, like=torch.clone),
    case(np.broadcast_to, v, like=lambda x: x.expand(2, 3), shape=(2, 3)),
    case(np.broadcast_to, numbers(2, 1), like=lambda x: x.expand(4, 2, 3), shape=(4, 2, 3)),
    case(np.broadcast_to, numbers(), like=lambda x: x.expand(2), shape=(2,)),
    case(np.flip, x, like=lambda x: x.flip(0, 1)),
    case(np.flip, box, like=lambda x: x.flip(0, 2), axis=(0, -1)),
    case(np.roll, x, like=lambda x: x.roll(2), shift=2),
    case(np.roll, box, like=lambda x: x.roll((1, -2), (0, 2)), shift=(1, -2), axis=(0, 2)),
    case(np.roll, x, like=lambda x: x.roll((1, 2), (0, 1)), shift=[1, 2], axis=[0, 1]),
    case(np.copy, x, like=torch.clone),
    case(astype, x, like=lambda x: x.to(torch.float64), dtype=np.float64),
    case(getitem, x, like=lambda x: x[1], index=1),
    case(scatter, v, like=placed, index=np.array([0, 2, 2]), shape=(4,)),
    case(join, x, y, like=lambda *xs: torch.cat(xs, 1), axis=1),
    case(
        np.concatenate,
        *(x, numbers(1, 3)),
        call=lambda *xs: np.concatenate(xs),
        like=lambda *xs: torch.cat(xs),
    ),
    case(
        np.concatenate,
        *(x, v),
        call=lambda *xs: np.concatenate(xs, axis=None),
        like=lambda *xs: torch.cat([x.ravel() for x in xs]),
        id="axis=None",
    ),
    case(
        np.stack,
        *(x, y),
        call=lambda *xs: np.stack(xs, axis=-1),
        like=lambda *xs: torch.stack(xs, -1),
    ),
    case(
        np.stack,
        *(numbers(), numbers(seed=1)),
        call=lambda a, b: np.stack([b, a, b, 1.0]),
        like=lambda a, b: torch.stack([b, a, b, torch.ones(())]),
    ),
    case(np.hstack, x, y, call=lambda *xs: np.hstack(xs), like=lambda *xs: torch.hstack(xs)),
    case(
        np.hstack,
        *(numbers(), v),
        call=lambda a, v: np.hstack([[1.0, 2.0], v, a]),
        like=lambda a, v: torch.hstack([torch.tensor([1.0, 2.0]), v, a]),
        id="vectors",
    ),
    case(np.vstack, v, x, call=lambda *xs: np.vstack(xs), like=lambda *xs: torch.vstack(xs)),
    case(
        np.column_stack,
        *(numbers(2), x),
        call=lambda *xs: np.column_stack(xs),
        like=lambda *xs: torch.column_stack(xs),
    ),
    case(np.atleast_1d, numbers(), like=torch.atleast_1d),
    case(np.atleast_1d, x, like=torch.atleast_1d),
    case(np.atleast_2d, v, like=torch.atleast_2d),
    case(np.swapaxes, box, like=lambda x: x.swapaxes(0, -1), axis1=0, axis2=-1),
    case(np.moveaxis, box, like=lambda x: x.movedim(0, -1), source=0, destination=-1),
    case(np.moveaxis, box, like=lambda x: x.permute(2, 0, 1), source=(2, 0), destination=(0, -2)),
    case(np.matrix_transpose, box, like=lambda x: x.mT),
    case(
        np.full_like,
        numbers(),
        call=lambda a: np.full_like(np.stack([a, a]), a),
        like=lambda a: torch.stack([a, a]),
    ),
]  # fmt: skip


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_row(case, claim):
    claim(case)


INDICES = {
    "int": 1,
    "negative": (0, -1),
    "numpy-int": np.int64(1),
    "slice": slice(1, None),
    "backwards": (slice(None), slice(None, None, -2)),
    "nothing": (),
    "ellipsis": (..., 0),
    "newaxis": (slice(None), None, 1),
    "empty-slice": slice(2, None),
    "empty-list": [],
    "list": [0, 1, 0, 0],
    "tuple-in-tuple": ((1, 1, 0),),
    "range": (slice(None), range(2)),
    "array": np.array([[0, 1], [1, 1]]),
    "negative-array": (0, np.array([-1, 2, 0])),
    "pairs": ([0, 1, 1], [2, 0, 0]),
    "array-after-newaxis": (None, slice(None), [0, 0]),
    "apart": (np.array([1, 1]), None, np.array([0, 0])),
    "broadcast": (np.array([[0], [1]]), np.array([2, 2])),
    "mask": MASK,
    "mask-of-rows": np.array([False, True]),
    "mask-list": [True, False],
    "mask-of-columns": (..., np.array([True, False, True])),
    "mask-and-int": (1, np.array([True, False, True])),
    "mask-and-array": (np.array([True, True]), np.array([0, 0])),
    "nothing-true": np.zeros((2, 3), bool),
    "true": True,
    "nonzero": np.nonzero(MASK),
}


@pytest.mark.parametrize("index", INDICES.values(), ids=INDICES)
def test_getitem_picks_the_same_entries(index):
    """Against the place of each entry, which plain NumPy indexing gives."""
    x = numbers(2, 3)
    places = np.arange(6).reshape(2, 3)[index]
    expected = np.eye(6)[places].reshape((*np.shape(places), 2, 3))
    assert_array_equal(jacobian(lambda x: x[index])(x), expected)
    weights = numbers(*places.shape, seed=1)
    f = lambda x: np.sum(weights * x[index] ** 3)  # noqa: E731
    rows = expected.reshape(-1, 6)
    second = rows.T @ np.diag(np.ravel(6 * weights * x[index])) @ rows
    assert_allclose(hessian(f)(x).reshape(6, 6), second, rtol=1e-14)
    _, moved = jvp(lambda x: x[index], (x,), (weights_of(x),))
    assert_array_equal(moved, weights_of(x)[index])


def weights_of(x):
    return numbers(*x.shape, seed=3)


def test_a_number_can_be_indexed_too():
    assert grad(lambda x: x[()] + x[...] + x[None][0])(2.0) == 3.0


def test_iteration_and_unpacking_give_parts():
    def f(A):
        (a, b), (c, d) = A
        return a * d - b * c

    assert_array_equal(grad(f)(np.array([[1.0, 2.0], [3.0, 4.0]])), [[4.0, -3.0], [-2.0, 1.0]])


@pytest.mark.parametrize(
    ("by_method", "by_function"),
    [
        (lambda x: x.T, np.transpose),
        (lambda x: x.mT, np.transpose),
        (lambda x: x.transpose(1, 0), np.transpose),
        (lambda x: x.transpose((1, 0)), np.transpose),
        (lambda x: x.reshape(3, 2), lambda x: np.reshape(x, (3, 2))),
        (lambda x: x.reshape((3, 2)), lambda x: np.reshape(x, (3, 2))),
        (lambda x: x.reshape(-1), np.ravel),
        (lambda x: x.ravel(), np.ravel),
        (lambda x: x.flatten(), np.ravel),
        (lambda x: x.swapaxes(0, 1), np.transpose),
        (lambda x: x[None].squeeze(0), np.copy),
        (lambda x: x.copy(), np.copy),
        (lambda x: x.repeat(2, axis=0), lambda x: np.repeat(x, 2, axis=0)),
        (lambda x: x.take([1, 0, 1], axis=1), lambda x: x[:, [1, 0, 1]]),
        (lambda x: x.diagonal(1), lambda x: np.diagonal(x, 1)),
        (lambda x: x.trace(), np.trace),
        (lambda x: x.astype(np.float64), np.copy),
        (lambda x: x.round(1) + x, np.copy),
        (lambda x: x.real + x.imag, np.copy),
        (lambda x: x.conj(), np.copy),
        (lambda x: x.cumprod(1), lambda x: np.cumprod(x, 1)),
        (lambda x: x.reshape(3, 2, order="F"), lambda x: np.reshape(x.T, (2, 3)).T),
    ],
)  # fmt: skip
def test_methods_are_the_functions(by_method, by_function):
    assert_array_equal(jacobian(by_method)(x), jacobian(by_function)(x), strict=True)


def test_astype_differentiates_in_the_precision_of_each_side():
    double = np.array([1.0, 2.0])
    f = lambda x: np.sum(x.astype(np.float32) ** 2)  # noqa: E731
    assert grad(f)(double).dtype == np.float64
    assert_array_equal(grad(f)(double), [2.0, 4.0])
    assert jvp(f, (double,), (double,))[1].dtype == np.float32


def test_an_array_filled_like_another_has_its_dtype_and_can_be_written_to():
    def f(x):
        weights = np.full_like(x, 2.0)
        weights[0] = 1.0
        return np.sum(weights * x)

    value, gradient = value_and_grad(f)(np.ones(3, dtype=np.float32))
    assert value.dtype == np.float32
    assert_array_equal(gradient, [1.0, 2.0, 2.0])


@pytest.mark.parametrize("f", [np.ravel, lambda x, order: np.reshape(x, -1, order=order)])
@pytest.mark.parametrize("order", ["A", "K"])
def test_an_order_of_memory_is_refused(f, order):
    with pytest.raises((TypeError, ValueError), match="order"):
        grad(lambda x: np.sum(f(x, order=order)))(numbers(2, 3))


def test_a_view_is_refused():
    with pytest.raises(TypeError, match=r"as float32 has other bits .* use x.astype\(dtype\)"):
        grad(lambda x: np.sum(x.view(np.float32)))(numbers(2))
