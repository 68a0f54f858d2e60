"""Every row of np.linalg but the decompositions, and what it does at singular matrices."""

import numpy as np
import pytest
import torch
from cases import CLAIMS, case, numbers
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import grad, hessian, jacfwd, jacobian, numerical_jacobian
from mcalc.rules import _linalg as inner
from mcalc.rules._norms import norm, p_norm

L, T = np.linalg, torch.linalg
X, TALL, WIDE, ROW = numbers(3, 3) + 2 * np.eye(3), numbers(4, 3), numbers(2, 4), numbers(1, 4)
BATCH, BOX = numbers(2, 3, 3) + 2 * np.eye(3), numbers(2, 3, 4)
v, B = numbers(3), numbers(3, 2)
CUBE = (numbers(6, 6) + 3 * np.eye(6)).reshape(2, 3, 6)
AXES = {"axis": (2, 0), "keepdims": True}


def sym(x):
    return (x + x.mT) / 2


def absolute(x):
    return T.vector_norm(x.ravel())


def signed(sign, value):
    return sign * value


def solve(a, b):
    return (torch.inverse(a) @ b[:, None])[..., 0] if b.ndim == 1 else torch.inverse(a) @ b


CASES = [
    case(norm, v, like=absolute),
    case(L.norm, v, like=absolute),
    case(L.norm, numbers(), like=torch.abs),
    case(L.norm, BOX, like=absolute),
    case(L.norm, BOX, like=lambda x: T.vector_norm(x, dim=1), axis=1),
    case(
        L.norm, BOX, like=lambda x: T.vector_norm(x, dim=-1, keepdim=True), axis=-1, keepdims=True
    ),
    case(L.norm, BOX, like=T.matrix_norm, axis=(1, 2)),
    *(case(L.norm, v, like=lambda x, p=p: T.norm(x, p), ord=p) for p in (1, 2, np.inf, -np.inf)),
    *(
        case(L.norm, x, like=lambda x, p=p: T.norm(x, p), ord=p)
        for x in (TALL, WIDE)
        for p in ("fro", "nuc", 1, -1, 2, np.inf, -np.inf)
    ),
    *(
        case(L.norm, BOX, like=lambda x, p=p: T.matrix_norm(x, p, (2, 0), True), ord=p, **AXES)
        for p in ("fro", 1, 2, np.inf)
    ),
    case(p_norm, BOX, like=lambda x: T.vector_norm(x, 3, 1), axis=1, ord=3),
    *(case(L.norm, v, like=lambda x, p=p: T.vector_norm(x, p), ord=p) for p in (3, 1.5, 0.5, -1)),
    case(L.norm, BOX, like=lambda x: T.vector_norm(x, 3, 2, True), ord=3, axis=2, keepdims=True),
    case(L.vector_norm, BOX, like=absolute, axis=(0, 1, 2)),
    *(case(L.norm, x, like=lambda x: T.svdvals(x)[-1], ord=-2) for x in (TALL, X)),
    case(L.cond, X, like=T.cond),
    case(L.cond, TALL, like=lambda x: 1 / T.cond(x), p=-2),
    *(
        case(L.cond, X, like=lambda x, p=p: T.norm(x, p) * T.norm(torch.inverse(x), p), p=p)
        for p in (1, "fro")
    ),
    *(
        case(
            L.lstsq,
            *(TALL, b),
            call=lambda a, b: L.lstsq(a, b)[0] * L.lstsq(a, b)[3][0] + L.lstsq(a, b, None)[1],
            like=lambda a, b: (
                T.lstsq(a, b.reshape(4, -1))[0].reshape(3, *b.shape[1:]) * T.svdvals(a)[0]
                + ((a @ (T.pinv(a) @ b) - b) ** 2).sum(0)
            ),
        )
        for b in (numbers(4), numbers(4, 2))
    ),
    case(L.tensorsolve, CUBE, numbers(2, 3), like=T.tensorsolve),
    case(
        L.tensorsolve,
        *(np.moveaxis(CUBE, 2, 0), numbers(2, 3)),
        like=lambda a, b: T.tensorsolve(a.movedim(0, -1), b),
        call=lambda a, b: L.tensorsolve(a, b, axes=[0]),
    ),
    case(L.tensorinv, CUBE, like=T.tensorinv),
    case(L.tensorinv, CUBE.reshape(6, 3, 2), like=lambda a: T.tensorinv(a, 1), ind=1),
    case(L.norm, ROW, like=absolute, ord=2),
    case(L.vector_norm, TALL, like=T.vector_norm),
    case(L.vector_norm, BOX, like=lambda x: T.vector_norm(x, 1, (2, 0), True), ord=1, **AXES),
    case(L.matrix_norm, BATCH, like=lambda x: T.matrix_norm(x, keepdim=True), keepdims=True),
    case(L.matrix_norm, BATCH, like=lambda x: T.matrix_norm(x, 2), ord=2),
    case(inner.inv, X, like=torch.inverse),
    case(L.inv, BATCH, like=torch.inverse),
    *(
        case(row, x, like=T.pinv)
        for row, x in ((inner.pinv, TALL), (L.pinv, X), (L.pinv, WIDE), (L.pinv, BOX))
    ),
    case(inner.solve, X, B, like=solve),
    case(L.solve, X, v, like=solve),
    case(L.solve, X, B, like=solve),
    case(L.solve, BATCH, v, like=solve),
    case(L.solve, BATCH, B, like=solve),
    case(L.solve, X, numbers(2, 3, 1), like=solve),
    case(inner.det, X, like=torch.det, call=lambda x: inner.det(x, axis=inner.LAST)),
    case(L.det, X, like=torch.det),
    case(L.det, -BATCH, like=torch.det),
    case(L.det, X[:1, :1], like=torch.det),
    case(
        inner.cofactors,
        X,
        like=lambda x: torch.linalg.det(x) * torch.linalg.inv(x).mT,
        call=lambda x: inner.cofactors(np.linalg.det(x), x),
    ),
    case(inner.logabsdet, X, like=torch.logdet, call=lambda x: inner.logabsdet(x, axis=inner.LAST)),
    case(L.slogdet, -X, like=lambda x: T.slogdet(x)[1], call=lambda x: L.slogdet(x)[1]),
    case(
        L.slogdet,
        -BATCH,
        like=lambda x: signed(*T.slogdet(x)),
        call=lambda x: signed(*L.slogdet(x)),
    ),
    *(
        case(L.matrix_power, BATCH, like=lambda x, n=n: T.matrix_power(x, n), n=n)
        for n in (3, 1, -2)
    ),
    case(L.matrix_power, X, like=torch.clone, call=lambda x: L.matrix_power(x, 0) @ x, id="n=0"),
    case(
        L.multi_dot,
        *(v, TALL.T, TALL, v),
        call=lambda *xs: L.multi_dot(xs),
        like=lambda a, b, c, d: a @ b @ c @ d,
    ),
    case(L.trace, BOX, like=lambda x: torch.diagonal(x, 1, -2, -1).sum(-1), offset=1),
    case(L.diagonal, BOX, like=lambda x: torch.diagonal(x, -1, -2, -1), offset=-1),
    case(L.matrix_transpose, BOX, like=lambda x: x.mT),
    case(L.matmul, X, B, like=torch.matmul),
    case(L.outer, v, numbers(2), like=torch.outer),
    case(L.vecdot, TALL, v, like=T.vecdot),
    case(L.vecdot, TALL, TALL[::-1], like=lambda a, b: (a * b).sum(0), axis=0),
    case(L.tensordot, BOX, B, like=lambda a, b: torch.tensordot(a, b, ([1], [0])), axes=([1], [0])),
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_row(case, claim):
    claim(case)


@pytest.mark.parametrize(
    "f", [L.inv, L.det, lambda a: L.solve(a, v), lambda a: L.matrix_power(a, 3)]
)
def test_complex_step(f):
    J = jacobian(f)(X)
    assert_allclose(J, numerical_jacobian(f, X, method="complex"), rtol=1e-11, atol=1e-13)


def test_right_sides_may_be_lists():
    ours, theirs = (jacobian(lambda a, b=b: L.solve(a, b))(X) for b in (list(v), v))
    assert_array_equal(ours, theirs)


@pytest.mark.parametrize("x", [TALL, WIDE])
def test_the_pseudoinverse_by_the_normal_equations(x):
    f = lambda a: L.solve(a.T @ a, a.T) if a.shape[0] > 2 else a.T @ L.inv(a @ a.T)  # noqa: E731
    assert_allclose(L.pinv(x), f(x), rtol=1e-12, atol=1e-14)
    assert_allclose(jacobian(L.pinv)(x), jacobian(f)(x), rtol=1e-11, atol=1e-12)


def test_the_pseudoinverse_moves_smoothly_where_the_rank_stays():
    """Along A(t) = u(t) v(t)ᵀ, of rank 1, it is v uᵀ / (‖u‖² ‖v‖²)."""
    ends = numbers(2, 3), numbers(2, 2, seed=1)

    def halves(t):
        return [a[0] + np.sin(t) * a[1] for a in ends]

    def closed(t):
        u, v = halves(t)
        return np.outer(v, u) / ((u @ u) * (v @ v))

    f = lambda t: L.pinv(np.outer(*halves(t)))  # noqa: E731
    assert_allclose(f(0.3), closed(0.3))
    assert_allclose(jacobian(f)(0.3), jacobian(closed)(0.3), rtol=1e-11)
    assert_allclose(jacfwd(jacfwd(f))(0.3), jacfwd(jacfwd(closed))(0.3), rtol=1e-10)


def test_the_norm_has_slope_zero_at_zero_as_torch_has_it():
    zero = np.zeros(3)
    assert_array_equal(grad(L.norm)(zero), torch.func.grad(T.norm)(torch.tensor(zero)))
    assert_array_equal(grad(L.norm)(zero), zero)
    rows = np.array([[3.0, 4.0], [0.0, 0.0]])
    assert_allclose(grad(lambda x: np.sum(L.norm(x, axis=1)))(rows), [[0.6, 0.8], [0, 0]])


@pytest.mark.parametrize(
    "f", [L.norm, lambda x: L.norm(x) ** 2, lambda x: L.norm(x.reshape(3, 1), 2), L.vector_norm]
)
def test_the_norm_has_no_second_derivative_at_zero(f):
    """It was 0, and so was that of the square, which is 2I."""
    assert np.isnan(hessian(f)(np.zeros(3))).all()
    assert np.isnan(jacfwd(grad(f))(np.zeros(3))).all()
    assert np.isfinite(hessian(f)(np.array([0.0, 1.0, 0.0]))).all()


def test_a_norm_of_any_power_is_flat_at_zero_and_where_an_entry_is_zero():
    assert_array_equal(grad(lambda x: L.norm(x, 3))(np.zeros(3)), np.zeros(3))
    assert np.isnan(hessian(lambda x: L.norm(x, 3) ** 2)(np.zeros(3))).all()
    at = np.array([2.0, 0.0, -1.0])
    f, g = (lambda x: L.norm(x, 3)), (lambda x: np.sum(np.abs(x) ** 3) ** (1 / 3))
    assert_allclose(grad(f)(at), grad(g)(at))
    assert_allclose(hessian(f)(at), numerical_jacobian(grad(f), at), atol=1e-5)


SINGULAR = [
    np.zeros((1, 1)),
    np.array([[1.0, 2.0], [2.0, 4.0]]),
    np.arange(1.0, 10.0).reshape(3, 3),  # LU finds a determinant of rounding size
    np.outer([1.0, 2.0, 3.0], [1.0, -1.0, 2.0]),  # rank 1: all minors vanish
    np.zeros((3, 3)),
    np.stack([np.eye(3), np.diag([1.0, 2.0, 0.0])]),
]


def leibniz(a):
    """Return the determinant of at most three rows, written out."""
    if a.shape[-1] == 1:
        return a[..., 0, 0]
    if a.shape[-1] == 2:
        return a[..., 0, 0] * a[..., 1, 1] - a[..., 0, 1] * a[..., 1, 0]
    r, s, t = (a[..., i, :] for i in range(3))
    pairs = [(0, 1, 2), (1, 2, 0), (2, 0, 1)]
    return sum(r[..., i] * (s[..., j] * t[..., k] - s[..., k] * t[..., j]) for i, j, k in pairs)


@pytest.mark.parametrize("a", SINGULAR)
def test_det_has_all_derivatives_at_singular_matrices(a):
    f, g = L.det, leibniz
    for _ in range(3 if a.ndim == 2 else 2):
        f, g = jacobian(f), jacobian(g)
        assert np.allclose(f(a), g(a), atol=1e-12)
    assert np.allclose(jacfwd(jacfwd(L.det))(a), jacobian(jacobian(leibniz))(a), atol=1e-12)


@pytest.mark.parametrize("off", [1e-5, 1e-7, 1e-9, 1e-12])
def test_the_second_derivatives_of_det_are_accurate_close_to_singular_matrices(off):
    a = np.arange(1.0, 10.0).reshape(3, 3) + off * np.eye(3)
    assert_allclose(hessian(L.det)(a), hessian(leibniz)(a), atol=1e-11)


@pytest.mark.parametrize("f", [L.inv, lambda a: L.solve(a, np.ones(2)), lambda a: L.slogdet(a)[1]])
@pytest.mark.parametrize("a", [np.zeros((2, 2)), np.array([[1.0, 2.0], [2.0, 4.0]])])
def test_singular_matrices_are_refused(f, a):
    with pytest.raises(L.LinAlgError, match=r"singular matrix.*regularize"):
        jacobian(f)(a)


@pytest.mark.parametrize("name", ["inv", "solve"])
def test_singular_matrices_are_refused_where_numpy_answers_nan(name, monkeypatch):
    """In a browser, NumPy raises no error, since nothing watches the processor's flags."""
    monkeypatch.setattr(L, name, lambda *args: np.full(args[-1].shape, np.nan))
    args = (np.ones((2, 2)), np.ones((2, 1)))[: 1 + (name == "solve")]
    with pytest.raises(L.LinAlgError, match=r"singular matrix.*regularize"):
        getattr(inner, name)(*args)
    assert np.isnan(getattr(inner, name)(args[0] * np.nan, *args[1:])).all()  # it says so itself


def test_other_errors_are_numpys():
    with pytest.raises(L.LinAlgError, match="square"):
        jacobian(L.inv)(TALL)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: L.norm(x, 3), X),
        (lambda x: L.norm(x, "fro"), v),
        (lambda x: L.pinv(x, hermitian=True), X),
        (lambda x: L.qr(x, "raw")[1], X),
        (lambda x: L.norm(x, 1), BATCH),
    ],
)
def test_what_has_no_rule_is_refused(f, x):
    with pytest.raises((TypeError, ValueError), match=r"no rule for|leave it out|1 or 2 axes"):
        jacobian(f)(x)


@pytest.mark.parametrize("f", [L.inv, L.det, lambda a: L.slogdet(a)[1], L.pinv])
def test_empty_matrices(f):
    empty = np.zeros((0, 0))
    assert jacobian(f)(empty).shape == jacfwd(f)(empty).shape == (*np.shape(f(empty)), 0, 0)


@pytest.mark.filterwarnings("ignore:invalid value encountered in det:RuntimeWarning")
def test_the_determinant_of_nan_has_its_cofactors():
    assert_allclose(grad(L.det)(np.array([[np.nan, 2.0], [3.0, 5.0]]))[0], [5.0, -3.0])
    assert np.isnan(grad(L.det)(np.full((3, 3), np.nan))).all()


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
@pytest.mark.parametrize("f", [L.norm, np.std, lambda x: L.norm(x, 3)])
def test_a_size_that_overflows_has_no_slope(f):
    assert np.isnan(grad(f)(np.array([1e300, -1e300]))).all()
