"""Every row that multiplies: vectors, matrices and batches of them in all combinations."""

import numpy as np
import pytest
import torch
from cases import CLAIMS, case, numbers
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import grad, jacobian, vjp
from mcalc.rules._products import convolution

PAIRS = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 2)),
    ((2, 3), (3, 4)),
    ((2, 2, 3), (3, 4)),
    ((2, 3), (2, 3, 1)),
    ((2, 1, 2, 3), (2, 3, 2)),
    ((2, 2, 3), (3,)),
    ((3,), (2, 3, 2)),
]
FORMULAS = [
    ("ij,jk->ik", (2, 3), (3, 4)),
    ("ij,jk", (2, 3), (3, 4)),
    ("ji,j", (2, 3), (2,)),
    (" i j , k j -> k i ", (2, 3), (4, 3)),
    ("ij->ji", (2, 3)),
    ("ba", (2, 3)),
    ("ij->", (2, 3)),
    ("ij->j", (2, 3)),
    ("ii", (3, 3)),
    ("ii->i", (3, 3)),
    ("iii->i", (2, 2, 2)),
    ("iij->j", (2, 2, 3)),
    ("iji->ij", (2, 3, 2)),
    ("ii,jj->ij", (2, 2), (3, 3)),
    ("ij,jj->i", (2, 3), (3, 3)),
    ("i,i", (3,), (3,)),
    ("i,j->ij", (2,), (3,)),
    ("i,j->i", (2,), (3,)),
    ("ij,k->i", (2, 3), (2,)),
    ("ij,ij->ij", (2, 3), (2, 3)),
    ("i,ij,j->", (2,), (2, 3), (3,)),
    ("i,i,i->i", (2,), (2,), (2,)),
    ("...i,...i->...", (2, 3), (2, 3)),
    ("...i,...i->...", (2, 1, 3), (4, 3)),
    ("...i,...i", (2, 1, 3), (3,)),
    ("...ij,...jk", (2, 2, 3), (3, 2)),
    ("i...->...", (2, 3)),
    ("...->...", (2, 3)),
    ("...ii->...", (2, 3, 3)),
    ("i...,j->j...i", (2, 3), (2,)),
    ("a,...->...a", (2,), (3, 2)),
    (",i->i", (), (3,)),
    ("Zi,iA->AZ", (2, 3), (3, 2)),
]


def several(shapes):
    return [numbers(*shape, seed=i) for i, shape in enumerate(shapes)]


def convolved(a, v):
    """Return the full convolution, in torch's words."""
    pad = len(v) - 1
    return torch.nn.functional.conv1d(a[None, None], v.flip(0)[None, None], padding=pad)[0, 0]


CASES = [case(np.matmul, *several(p), like=torch.matmul) for p in PAIRS]
CASES += [
    case(
        np.einsum,
        *several(shapes),
        call=lambda *xs, formula=formula: np.einsum(formula, *xs),
        like=lambda *xs, formula=formula: torch.einsum(formula, *xs),
        id=formula.replace(" ", ""),
    )
    for formula, *shapes in FORMULAS
]
CASES += [
    case(
        np.einsum,
        *several([(2, 3), (3, 2), (2,)]),
        call=lambda *xs, optimize=optimize: np.einsum("ij,jk,k->i", *xs, optimize=optimize),
        like=lambda *xs: torch.einsum("ij,jk,k->i", *xs),
        id=f"optimize={optimize}",
    )
    for optimize in (True, "greedy", "optimal")
]
CASES += [
    case(
        np.tensordot,
        *several(shapes),
        call=lambda a, b, axes=axes: np.tensordot(a, b, axes),
        like=lambda a, b, dims=dims: torch.tensordot(a, b, dims),
        id=str(axes).replace(" ", ""),
    )
    for axes, dims, shapes in [
        (2, 2, [(4, 2, 3), (2, 3, 2)]),
        (0, 0, [(2,), (3,)]),
        (1, 1, [(2, 3), (3, 2)]),
        ((0, 1), ([0], [1]), [(3, 2), (2, 3)]),
        (([0, -1], [1, 0]), ([0, 2], [1, 0]), [(2, 4, 3), (3, 2, 2)]),
    ]
]
CASES += [
    case(np.dot, *several([(3,), (3,)]), like=torch.dot),
    case(np.dot, *several([(2, 3), (3,)]), like=torch.matmul),
    case(np.dot, *several([(2, 3), (3, 2)]), like=torch.matmul),
    case(np.dot, *several([(), (2, 3)]), like=torch.multiply),
    case(np.dot, *several([(2,), ()]), like=torch.multiply),
    case(np.dot, *several([(2, 2, 3), (3,)]), like=torch.matmul),
    case(
        np.dot,
        *several([(2, 2, 3), (2, 3, 2)]),
        like=lambda a, b: torch.tensordot(a, b, ([2], [1])),
    ),
    case(np.inner, *several([(3,), (3,)]), like=torch.inner),
    case(np.inner, *several([(2, 3), (4, 3)]), like=torch.inner),
    case(np.inner, *several([(2, 3), ()]), like=torch.multiply),
    case(np.vdot, *several([(2, 3), (2, 3)]), like=lambda a, b: torch.sum(a * b)),
    case(np.vecdot, *several([(2, 3), (3,)]), like=torch.linalg.vecdot),
    case(np.vecdot, *several([(3, 2), (3, 1)]), like=lambda a, b: (a * b).sum(0), axis=0),
    case(np.outer, *several([(2,), (3,)]), like=torch.outer),
    case(
        np.outer, *several([(2, 2), (3,)]), like=lambda a, b: torch.outer(a.ravel(), b)
    ),
    case(np.kron, *several([(2,), (3,)]), like=torch.kron),
    case(np.kron, *several([(2, 2), (3, 1)]), like=torch.kron),
    case(np.kron, *several([(2,), (2, 3)]), like=torch.kron),
    case(np.kron, *several([(2, 2), ()]), like=torch.kron),
    case(convolution, *several([(4,), (3,)]), like=convolved),
    case(np.cross, *several([(3,), (3,)]), like=torch.linalg.cross),
    case(np.cross, *several([(2, 1, 3), (1, 4, 3)]), like=torch.linalg.cross),
    case(np.linalg.cross, *several([(2, 3), (3,)]), like=lambda a, b: torch.cross(a, b[None], -1)),
    *(
        case(row, *several([(3, 2), (3, 2)]), like=lambda a, b: torch.cross(a, b, 0), axis=0)
        for row in (np.cross, np.linalg.cross)
    ),
    case(
        np.cross,
        *several([(3, 2), (2, 3)]),
        like=lambda a, b: torch.cross(a, b.T, 0),
        axisa=0,
        axisc=0,
    ),
]  # fmt: skip
if hasattr(np, "matvec"):
    CASES += [
        case(np.matvec, *several([(2, 2, 3), (3,)]), like=torch.matmul),
        case(np.vecmat, *several([(2, 3), (3, 2)]), like=torch.matmul),
        case(np.vecmat, *several([(3,), (2, 3, 2)]), like=torch.matmul),
    ]
LISTS = {
    "ij,jk->ik": ((2, 3), (3, 4), lambda f, a, b: f(a, [0, 1], b, [1, 2], [0, 2])),
    "i,i": ((3,), (3,), lambda f, a, b: f(a, [7], b, [7])),
    "ii,j->ji": ((2, 2), (3,), lambda f, a, b: f(a, (5, 5), b, (2,), [2, 5])),
}
CASES += [
    case(
        np.einsum,
        *several(shapes),
        call=lambda a, b, f=f: f(np.einsum, a, b),
        like=lambda a, b, letters=letters: torch.einsum(letters, a, b),
        id=f"lists-{letters}",
    )
    for letters, (*shapes, f) in LISTS.items()
]
SLICES = {"full": slice(None), "same": slice(1, -1), "valid": slice(2, -2)}
CASES += [
    case(row, *several(shapes), like=lambda a, v, k=k, s=s: convolved(a, v.flip(k))[s], mode=mode)
    for mode, s in SLICES.items()
    for row, k in ((np.convolve, []), (np.correlate, [0]))
    for shapes in ([(4,), (3,)], [(3,), (5,)])
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_row(case, claim):
    claim(case)


def test_an_ellipsis_may_stand_in_a_list():
    a, b = several([(2, 1, 3), (4, 3)])
    ours = jacobian(lambda a, b: np.einsum(a, [..., 0], b, [..., 0], [...]), (0, 1))(a, b)
    theirs = jacobian(lambda a, b: np.einsum("...i,...i->...", a, b), (0, 1))(a, b)
    for mine, wanted in zip(ours, theirs, strict=True):
        assert_allclose(mine, wanted, rtol=1e-14)


EMPTY = [
    (np.matmul, (2, 0), (0, 3)),
    (np.matmul, (0,), (0,)),
    (np.matmul, (0, 3), (3,)),
    (np.dot, (2, 0), (0,)),
    (np.outer, (0,), (2,)),
    (np.cross, (0, 3), (3,)),
    (np.kron, (0,), (2, 2)),
    (np.tensordot, (2, 0, 3), (0, 3)),
    (lambda a, b: np.einsum("ij,jk->ik", a, b), (2, 0), (0, 3)),
    (lambda a, b: np.einsum("ij,k->j", a, b), (2, 3), (0,)),
]


@pytest.mark.parametrize(("row", "a", "b"), EMPTY)
def test_empty_factors(row, a, b):
    value, pullback = vjp(row, np.ones(a), np.ones(b))
    assert_array_equal(value, row(np.ones(a), np.ones(b)), strict=True)
    for g, shape in zip(pullback(np.ones(np.shape(value))), (a, b), strict=True):
        assert_array_equal(g, np.zeros(shape), strict=True)


def test_a_letter_stretches_over_axes_of_length_one():
    a, b = numbers(1, 3), numbers(2, 3, seed=1)
    by_a, by_b = grad(lambda a, b: np.einsum("ij,ij->", a, b), (0, 1))(a, b)
    assert_allclose(by_a, b.sum(0, keepdims=True))
    assert_allclose(by_b, np.broadcast_to(a, (2, 3)))


def test_the_same_array_may_be_every_factor():
    x, A = numbers(3), numbers(3, 3, seed=1)
    S = A + A.T
    assert_allclose(grad(lambda x: x @ A @ x)(x), S @ x)
    assert_allclose(grad(lambda x: np.einsum("i,ij,j", x, A, x))(x), S @ x)
    assert_allclose(grad(lambda x: np.trace(np.outer(x, x) @ A))(x), S @ x)
    assert_allclose(grad(lambda A: np.trace(A @ A @ A))(A), 3 * (A @ A).T)


@pytest.mark.parametrize(
    "product",
    [
        lambda x: [1.0, 2.0, 3.0] @ x,
        lambda x: x @ (1, 2, 3),
        lambda x: np.dot([1.0, 2.0, 3.0], x),
        lambda x: x.dot([1, 2, 3]),
        lambda x: np.inner([1.0, 2.0, 3.0], x),
        lambda x: np.tensordot([1.0, 2.0, 3.0], x, 1),
        lambda x: np.vdot([1.0, 2.0, 3.0], x),
        lambda x: np.sum([1.0, 2.0, 3.0] * x),
        lambda x: np.einsum("i,i", x, [1, 2, 3]),
    ],
)
def test_constant_factors_may_be_lists(product):
    assert_array_equal(jacobian(product)(np.ones(3)), [1.0, 2.0, 3.0])


@pytest.mark.parametrize("shapes", [((2,), (2,)), ((3,), (2,)), ((), (3,))])
def test_cross_takes_vectors_of_three_entries(shapes):
    with pytest.raises(ValueError, match=r"np\.cross takes vectors of 3 entries, not shapes"):
        grad(lambda a, b: np.sum(np.cross(a, b)))(*several(shapes))
