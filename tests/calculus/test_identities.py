"""The table of identities: each row agrees with two oracles, and no wrong variant does."""

import dataclasses

import numpy as np
import pytest
import torch

from mcalc import grad, hessian, jacobian
from mcalc.identities import IDENTITIES, Verified, verify

BY_NAME = {row.name: row for row in IDENTITIES}
each_row = pytest.mark.parametrize("row", IDENTITIES, ids=lambda row: row.name)


@each_row
@pytest.mark.parametrize("seed", range(5))
def test_the_closed_form_agrees_and_its_wrong_variants_do_not(row, seed):
    found = verify(row, np.random.default_rng(seed))
    assert found.autodiff < 1e-12
    assert found.numerical < 5e-6
    assert min(found.rejected.values()) > 0.01
    assert found.rejected.keys() == {"sign", "factor 2", *row.wrong}
    assert found.holds


@each_row
def test_a_broken_closed_form_does_not_hold(row):
    variants = {"sign": lambda *args: -row.closed(*args), **row.wrong}
    for variant in variants.values():
        found = verify(dataclasses.replace(row, closed=variant), np.random.default_rng(0))
        assert found.autodiff > 0.01
        assert found.numerical > 0.01
        assert not found.holds


@each_row
def test_a_wrong_variant_that_is_right_is_noticed(row):
    found = verify(dataclasses.replace(row, wrong={"right": row.closed}), np.random.default_rng(0))
    assert not found.holds


@pytest.mark.parametrize(
    ("found", "holds"),
    [
        ((9e-11, 9e-6, {"sign": 2.0, "half": 0.011}, 9e-11), True),
        ((2e-10, 0.0, {"sign": 2.0}, 0.0), False),
        ((0.0, 2e-5, {"sign": 2.0}, 0.0), False),
        ((0.0, 0.0, {"sign": 2.0, "half": 0.009}, 0.0), False),
        ((0.0, 0.0, {"sign": 2.0}, 2e-10), False),
    ],
    ids=["all", "autodiff", "numerical", "rejected", "displayed"],
)
def test_an_identity_holds_where_all_agree_and_each_wrong_variant_is_told(found, holds):
    assert Verified(*found).holds is holds


def test_a_wrong_shape_is_an_error():
    row = dataclasses.replace(BY_NAME["length"], closed=lambda x: x[:, None])
    with pytest.raises(ValueError, match="shape"):
        verify(row, np.random.default_rng(0))


def test_the_table():
    assert len(IDENTITIES) >= 28
    assert len(BY_NAME) == len(IDENTITIES)
    assert {row.kind for row in IDENTITIES} == {
        *("gradient", "denominator", "jacobian", "hessian", "differential")
    }
    assert not any("|" in row.formula + row.derivative for row in IDENTITIES)  # ends a table's cell


@each_row
def test_examples_hide_nothing(row):
    args, again = (row.example(np.random.default_rng(0)) for _ in range(2))
    other = row.example(np.random.default_rng(1))
    for x, same, different in zip(args, again, other, strict=True):
        assert np.array_equal(x, same)
        assert not np.any(x == different)
        if x.ndim == 2:
            assert np.linalg.cond(x) < 30
            assert x.shape[0] != x.shape[1] or np.max(np.abs(x - x.T)) > 0.1


def test_numbers_of_the_book():
    """The point of the text, where the sign of the factorization's gradient matters."""
    X, U, V = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0], [2.0]]), np.array([[1.0, 1.0]])
    right, left = (BY_NAME[f"factorization, by the {side} factor"] for side in ("right", "left"))
    assert np.isclose(right.f(V, U, X), 6.0)
    assert np.allclose(right.closed(V, U, X), [[-4.0, -10.0]])
    assert np.allclose(left.closed(U, V, X), [[-2.0], [-6.0]])
    assert np.isclose(right.f(V - 0.05 * right.closed(V, U, X), U, X), 1.65)
    assert np.isclose(right.f(V + 0.05 * right.closed(V, U, X), U, X), 13.25)
    A, x = np.array([[1.0, 2.0], [0.0, 3.0]]), np.ones(2)
    assert np.allclose(BY_NAME["quadratic form"].closed(x, A), [4.0, 8.0])


def by_torch(operator, f, args):
    return operator(lambda x: f(x, *map(torch.tensor, args[1:])))(torch.tensor(args[0])).numpy()


@pytest.mark.parametrize(
    ("name", "f"),
    [
        ("length", torch.linalg.norm),
        ("log-sum-exp", lambda x: torch.logsumexp(x, 0)),
        ("determinant", torch.linalg.det),
        ("log-determinant", lambda X: torch.linalg.slogdet(X).logabsdet),
        ("Hessian of the log-determinant", lambda X: torch.linalg.slogdet(X).logabsdet),
        ("trace of the inverse", lambda X, A: torch.trace(torch.linalg.inv(X) @ A)),
        ("spectral norm", lambda X: torch.linalg.matrix_norm(X, 2)),
        ("softmax", lambda x: torch.softmax(x, 0)),
        (
            "logistic loss",
            lambda w, A, y: torch.nn.functional.binary_cross_entropy_with_logits(
                A @ w, y, reduction="sum"
            ),
        ),
    ],
)
def test_torch_agrees(name, f):
    row = BY_NAME[name]
    args = row.example(np.random.default_rng(0))
    operator, twice = {
        "gradient": (torch.func.grad, grad),
        "jacobian": (torch.func.jacrev, jacobian),
        "hessian": (lambda f: torch.func.jacrev(torch.func.grad(f)), hessian),
    }[row.kind]
    assert np.allclose(row.closed(*args), by_torch(operator, f, args), atol=1e-11)
    assert np.allclose(twice(row.f)(*args), row.closed(*args), atol=1e-11)
