"""Every row of a decomposition, and what it does at repeated and vanishing values."""

import numpy as np
import pytest
import torch
from cases import CLAIMS, case, numbers
from numpy.testing import assert_allclose

from mcalc import grad, hessian, jacfwd, jacobian
from mcalc.rules import _decompositions as inner

L, T = np.linalg, torch.linalg
X, TALL, WIDE = numbers(3, 3) + 2 * np.eye(3), numbers(4, 2), numbers(2, 4)
BATCH, BOX = numbers(2, 3, 3) + 2 * np.eye(3), numbers(2, 2, 3)
K = numbers(3, 3, seed=5) / 4 + np.eye(3)


def sym(x):
    return (x + x.mT) / 2


def gram(x):
    return x @ x.mT


def of(inside, f, g):
    """Return the keyword arguments of a case of a function after `inside`."""
    return {"call": lambda x: f(inside(x)), "like": lambda x: g(inside(x))}


def of_sym(f, g):
    return of(sym, f, g)


def both(values, vectors):
    """Return a function of eigenvalues and vectors that does not depend on the vectors' signs."""
    return (vectors * values[..., None, :]) @ vectors.mT + vectors * vectors[..., :1, :]


def product(u, s, vt):
    """Return a function of singular values and vectors that does not depend on the signs."""
    return (u * np.pi ** (s / (1 + s))[..., None, :]) @ vt + (u * u[..., :1, :]) @ (u.mT @ u)[
        ..., :1
    ]


def stacked(f):
    """Return a function of the singular vectors as mcalc has them, above each other."""
    return lambda x: torch.cat([(r := f(x))[0], r[2].mT], -2) ** 2


def thin(svd):
    return lambda x: product(*svd(x, full_matrices=False))


def of_triangle(f, x):
    """Return a function of what is computed from the upper triangle."""
    found = f(x, "U") if f in (L.eigvalsh, L.eigh) else f(x, UPLO="U")
    return found if f in (L.eigvalsh, T.eigvalsh) else both(*found)


def times(q, r):
    return (q * np.pi ** (0.1 * q)) @ (r * r)


CASES = [
    case(inner.eigenvalues, X, **of_sym(inner.eigenvalues, T.eigvalsh)),
    case(
        inner.eigenvectors,
        X,
        **of_sym(lambda x: inner.eigenvectors(x) ** 2, lambda x: T.eigh(x)[1] ** 2),
    ),
    case(L.eigvalsh, BATCH, **of_sym(L.eigvalsh, T.eigvalsh)),
    case(L.eigh, X, **of_sym(lambda x: both(*L.eigh(x)), lambda x: both(*T.eigh(x)))),
    case(L.eigh, BATCH, **of_sym(lambda x: both(*L.eigh(x)), lambda x: both(*T.eigh(x)))),
    *(case(inner.singular_values, x, like=T.svdvals) for x in (X, TALL, WIDE)),
    *(case(L.svdvals, x, like=T.svdvals) for x in (BATCH, BOX)),
    *(
        case(
            inner.singular_vectors,
            x,
            call=lambda x: inner.singular_vectors(x) ** 2,
            like=stacked(lambda x: T.svd(x, full_matrices=False)),
        )
        for x in (TALL, WIDE)
    ),
    *(case(L.svd, x, call=thin(L.svd), like=thin(T.svd)) for x in (X, TALL, WIDE, BOX)),
    case(L.svd, X, call=lambda x: product(*L.svd(x)), like=lambda x: product(*T.svd(x)), id="full"),
    case(L.svd, TALL, like=T.svdvals, compute_uv=False),
    case(
        L.svd,
        TALL,
        call=lambda x: L.svd(x)[2] ** 2 * L.svd(x).S,
        like=lambda x: T.svd(x, full_matrices=False)[2] ** 2 * T.svdvals(x),
        id="full",
    ),
    case(
        L.svd,
        WIDE,
        call=lambda x: L.svd(x)[0] ** 2 * L.svd(x).S,
        like=lambda x: T.svd(x, full_matrices=False)[0] ** 2 * T.svdvals(x),
        id="full",
    ),
    *(
        case(f, BATCH, **of_sym(lambda x, f=f: of_triangle(f, x), lambda x, g=g: of_triangle(g, x)))
        for f, g in ((L.eigvalsh, T.eigvalsh), (L.eigh, T.eigh))
    ),
    case(inner.orthogonal, TALL, like=lambda x: T.qr(x)[0]),
    *(
        case(L.qr, x, call=lambda x: times(*L.qr(x)), like=lambda x: times(*T.qr(x)))
        for x in (X, TALL, WIDE, BATCH)
    ),
    case(L.qr, WIDE, call=lambda x: L.qr(x, mode="r"), like=lambda x: T.qr(x)[1], id="r"),
    case(L.qr, X, call=lambda x: L.qr(x, "complete").Q, like=lambda x: T.qr(x)[0], id="complete"),
    case(inner.factor, K, **of(gram, inner.factor, T.cholesky)),
    case(L.cholesky, BATCH, **of(gram, L.cholesky, T.cholesky)),
    case(
        L.cholesky,
        K,
        **of(gram, lambda x: L.cholesky(x, upper=True), lambda x: T.cholesky(x).mT),
        id="upper",
    ),
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_row(case, claim):
    claim(case)


def test_cholesky_has_the_symmetric_derivative():
    a = K @ K.T
    by_entry = jacobian(L.cholesky)(a)
    assert_allclose(by_entry, by_entry.mT)
    assert_allclose(by_entry, jacobian(lambda a: L.cholesky(sym(a)))(a))
    assert_allclose(grad(lambda a: 2 * np.sum(np.log(np.diag(L.cholesky(a)))))(a), L.inv(a))


@pytest.mark.parametrize("f", [L.cholesky, lambda a: L.cholesky(a, upper=True)])
def test_cholesky_of_what_is_not_positive_definite(f):
    with pytest.raises(L.LinAlgError, match="positive definite"):
        jacobian(f)(np.diag([1.0, -1.0]))


def test_cholesky_is_refused_where_numpy_answers_nan(monkeypatch):
    monkeypatch.setattr(L, "cholesky", lambda a: np.full(a.shape, np.nan))
    with pytest.raises(L.LinAlgError, match="positive definite"):
        inner.factor(np.diag([1.0, -1.0]))


GRAM = numbers(6, 2) @ numbers(6, 2).T  # of rank 2


@pytest.mark.parametrize("ridge", [0.1, 1e-3, 1e-6])
def test_a_sum_over_eigenvalues_is_smooth_at_repeated_ones(ridge):
    """Rounding makes of equal eigenvalues nearly equal ones, and of their cotangents, too."""
    a = GRAM + ridge * np.eye(6)
    ours = grad(lambda a: np.sum(np.log(L.eigvalsh(a))))(a)
    assert_allclose(ours @ a, np.eye(6), atol=1e-14 / ridge)
    assert_allclose(grad(lambda a: np.sum(L.eigvalsh(a) ** 3))(a), 3 * a @ a, atol=1e-12)
    assert_allclose(grad(lambda a: np.sum(np.exp(L.eigh(a)[0])))(GRAM)[0, 1], exp_of(GRAM)[0, 1])
    assert_allclose(grad(lambda a: np.sum(L.svdvals(a) ** 2))(GRAM), 2 * GRAM, atol=1e-13)


def exp_of(a):
    values, vectors = L.eigh(a)
    return (vectors * np.exp(values)) @ vectors.T


@pytest.mark.parametrize(
    "weights", [[1, 2, 3, 4, 5, 6], [1, 1, 1 + 1e-6, 1, 1, 1], [1, 0, 0, 0, 0, 0]]
)
@pytest.mark.parametrize("ridge", [0.1, 1e-3, 1e-6])
def test_single_ones_of_repeated_eigenvalues_stay_refused(weights, ridge):
    for f, a in ((L.eigvalsh, GRAM + ridge * np.eye(6)), (L.svdvals, GRAM + ridge * np.eye(6))):
        with pytest.raises(L.LinAlgError, match="repeated eigenvalue or singular value"):
            grad(lambda a, f=f: np.sum(f(a) * np.array(weights)[:: -1 if f is L.svdvals else 1]))(a)
    with pytest.raises(L.LinAlgError, match="repeated"):
        grad(lambda a: L.eigvalsh(a)[0])(GRAM)


@pytest.mark.parametrize("turn", [np.eye(3), L.qr(X)[0]], ids=["diagonal", "turned"])
def test_repeated_eigenvalues(turn):
    a = sym(turn @ np.diag([1.0, 1.0, 3.0]) @ turn.T)
    for f in (L.eigvalsh, lambda a: L.eigh(a)[1], lambda a: L.eigvalsh(a)[0]):
        with pytest.raises(L.LinAlgError, match=r"repeated eigenvalue.*np\.trace"):
            jacobian(f)(a)
        with pytest.raises(L.LinAlgError, match="repeated eigenvalue"):
            jacfwd(f)(a)
    # The largest is simple, and the sum does not ask which is which.
    assert np.allclose(grad(lambda a: L.eigvalsh(a)[2])(a), np.outer(turn[:, 2], turn[:, 2]))
    assert np.allclose(grad(lambda a: np.sum(L.eigvalsh(a)))(a), np.eye(3))
    with pytest.raises(L.LinAlgError, match="repeated eigenvalue"):
        hessian(lambda a: L.eigvalsh(a)[2])(a)


@pytest.mark.parametrize("f", [L.svdvals, lambda a: L.svd(a)[0], lambda a: L.norm(a, 2)])
def test_repeated_singular_values(f):
    a = L.qr(X)[0]
    for derivative in (jacobian(f), jacfwd(f)):
        with pytest.raises(L.LinAlgError, match=r"repeated eigenvalue or singular value.*norm"):
            derivative(a)
    assert_allclose(grad(lambda a: L.norm(a, "nuc"))(a), a)  # the sum does not ask which is which


@pytest.mark.parametrize("f", [L.svdvals, lambda a: L.svd(a)[2], lambda a: L.norm(a, "nuc")])
def test_vanishing_singular_values(f):
    a = np.array([[1.0, 2.0], [2.0, 4.0]])
    for derivative in (jacobian(f), jacfwd(f)):
        with pytest.raises(L.LinAlgError, match=r"a singular value 0, where it has a kink.*A\*\*2"):
            derivative(a)
    assert_allclose(grad(lambda a: L.svdvals(a)[0])(a), a / 5)  # the largest is another


def test_the_spectral_norm_of_zero_is_refused():
    with np.errstate(divide="ignore"), pytest.raises(L.LinAlgError, match="repeated"):
        grad(lambda a: L.norm(a, 2))(np.zeros((2, 3)))
    assert np.all(grad(lambda a: L.norm(a, 2))(np.zeros((2, 1))) == 0)


def test_symmetric_functions_refuse_other_matrices():
    for f in (L.eigvalsh, L.cholesky, lambda a: L.eigh(a).eigenvalues):
        with pytest.raises(ValueError, match=r"not symmetric; pass \(A \+ A\.T\) / 2"):
            jacobian(f)(X)
    assert np.allclose(jacobian(L.eigvalsh)(sym(X)), jacobian(L.eigvalsh)(sym(X)).mT)


@pytest.mark.parametrize(
    ("f", "text"),
    [
        (
            lambda x: L.svd(x)[0].T,
            r"svd of a matrix of shape \(4, 2\) .*; pass full_matrices=False",
        ),
        (lambda x: L.svd(x)[0] @ x, r"pass full_matrices=False"),
        (lambda x: x.T @ L.svd(x)[0], r"pass full_matrices=False"),
        (lambda x: np.sum(L.svd(x)[0]), r"pass full_matrices=False"),
        (lambda x: np.exp(L.svd(x.T)[2]), r"pass full_matrices=False"),
        (lambda x: L.svd(x)[0][:, 0], r"pass full_matrices=False"),
        (lambda x: L.qr(x, "complete")[0], r"qr of a matrix of shape \(4, 2\) .*; leave mode out"),
        (lambda x: L.qr(x, mode="raw")[0], r"np.linalg.qr in mode 'raw'; leave mode out"),
        (lambda x: L.svd(x, hermitian=True), "hermitian=True; leave it out"),
        (lambda x: L.eig(x)[0], "no rule for np.linalg.eig;"),
    ],
)
def test_what_has_no_rule_is_refused(f, text):
    with pytest.raises(TypeError, match=text):
        jacobian(f)(TALL)


@pytest.mark.parametrize("f", [L.eigvalsh, L.svdvals, L.cholesky])
def test_empty_matrices(f):
    empty = np.zeros((0, 0))
    assert jacobian(f)(empty).shape == jacfwd(f)(empty).shape == (*np.shape(f(empty)), 0, 0)


def test_results_are_numpys_named_tuples():
    def f(a):
        assert isinstance(L.slogdet(a), type(L.slogdet(X)))
        assert L.slogdet(-a).sign == -L.slogdet(a).sign
        assert isinstance(L.svd(a), type(L.svd(X)))
        return L.slogdet(a).logabsdet * L.eigh(a).eigenvalues[0] * L.svd(a).S[0]

    assert grad(f)(sym(X)).shape == (3, 3)
