"""Every way to call a function of NumPy: keywords, positions, axes, and what NumPy refuses."""

import numpy as np
import pytest
from cases import numbers
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import jacfwd, jacobian, numerical_jacobian, program, value_and_grad, vjp

x = numbers(2, 3, 4)
v = numbers(5, seed=1)
S = numbers(3, 3, seed=2)
MASK = np.arange(24).reshape(2, 3, 4) % 5 > 0
SOME = np.array([True, False, True])
ENDS = {"left": 0.5, "right": 0.7}
KNOTS = np.array([0.0, 1.5, 2.0])

CALLS = {
    "array-by-name": (lambda x: np.sum(a=x, axis=1), x),
    "axis-by-name": (lambda x: np.take(a=x, indices=[2, 0], axis=1), x),
    "order-by-name": (lambda x: np.ravel(a=x, order="F"), x),
    "gap": (lambda x: np.diff(a=x, axis=0), x),
    "none-by-position": (lambda x: np.sum(x, 0, None), x),
    "keepdims-by-position": (lambda x: np.sum(x, 1, None, None, True), x),
    "ddof-by-position": (lambda x: np.std(x, 0, None, None, 1), x),
    "clip-by-name": (lambda x: np.clip(a=x, a_min=-1.0, a_max=1.0), x),
    "defaults": (lambda x: np.add(x, 1.0, where=True, casting="same_kind", order="F"), x),
    "sum-where": (lambda x: np.sum(x, axis=1, where=MASK), x),
    "sum-where-initial": (lambda x: np.sum(x, axis=(0, 2), initial=2.0, where=SOME[:, None]), x),
    "prod-where": (lambda x: np.prod(x, axis=2, where=MASK, keepdims=True), x),
    "prod-initial": (lambda x: np.prod(x, initial=3.0), x),
    "max-initial": (lambda x: np.max(x, axis=(0, 2), initial=0.5), x),
    "max-where": (lambda x: np.max(x, axis=1, where=MASK, initial=-5.0, keepdims=True), x),
    "min-initial": (lambda x: np.min(x, initial=-0.5, axis=2), x),
    "max-of-nothing": (lambda x: np.max(x[:, :, :0], axis=2, initial=1.0) * np.sum(x), x),
    "mean-where": (lambda x: np.mean(x, axis=1, where=MASK), x),
    "mean-where-keepdims": (lambda x: np.mean(x, axis=(0, 1), where=MASK, keepdims=True), x),
    "var-where": (lambda x: np.var(x, axis=1, where=MASK, ddof=1), x),
    "std-where": (lambda x: np.std(x, axis=(0, 1), where=MASK, keepdims=True), x),
    "var-correction": (lambda x: np.var(x, correction=1), x),
    "std-mean": (lambda x: np.std(x, axis=1, mean=np.mean(x, axis=1, keepdims=True)), x),
    "var-mean": (lambda x: np.var(x, mean=np.sum(x)), x),
    "reduce-where": (lambda x: np.add.reduce(x, axis=1, where=MASK, initial=1.0), x),
    "reduce-in-turn": (lambda x: np.hypot.reduce(x, axis=(0, 1), keepdims=True), x),
    "accumulate": (lambda x: np.maximum.accumulate(x, axis=-1), x),
    "reduceat": (lambda x: np.multiply.reduceat(x, [1, 0], axis=-1), x),
    "reduceat-by-name": (lambda x: np.add.reduceat(x, indices=[1, 0]), x),
    "take-mode": (lambda x: np.take(x, [0, 7, -1], axis=1, mode="wrap"), x),
    "take-clip": (lambda x: np.take(x, [0, 7, -1], axis=1, mode="clip"), x),
    "take-mask": (lambda x: np.take(x, np.array([True, False, True]), axis=0), x),
    "take-nothing": (lambda x: np.take(x, [], axis=0), x),
    "tril-of-a-vector": (lambda x: np.tril(x[0, 0]), x),
    "triu-of-a-vector": (lambda x: np.triu(x[0, 0], 1), x),
    "atleast": (lambda x: np.atleast_2d(x[0, 0], x[0])[0] + np.atleast_3d(x[0, 0], x)[1], x),
    "stack-dtype": (lambda x: np.stack([x, x], 1, dtype=float, casting="unsafe"), x),
    "full-like": (lambda x: np.full_like(x, x[0, 0, 0], shape=(2, 2), dtype=float), x),
    "methods": (lambda x: x.view().compress([True, False], axis=0) * x.flat[3] * x.nbytes, x),
    "places": (lambda x: x * x[0, 0].searchsorted(0.0) * x[0, 0].argpartition(1)[0], x),
    "astype-bool": (lambda x: x * x.astype(bool) * x.astype("bool"), x),
    "astype-int": (lambda x: x * (4 * x).astype(int) + (x**2 > 1).astype(float), x),
    "piecewise": (lambda x: np.piecewise(x, x < 0, [np.square, lambda t: t]), v),
    "interp-period": (lambda t: np.interp(t, KNOTS, [1.0, 3.0, -1.0], period=2.5), v),
    "interp-period-knots": (lambda t: np.interp([0.1, 4.2], KNOTS, t[:3], period=2.5, **ENDS), v),
    "cov-weights": (lambda x: np.cov(x, fweights=[1, 3, 2], aweights=[0.5, 1.0, 2.0], ddof=1), S),
    "cov-aweights": (lambda x: np.cov(x, aweights=[0.5, 1.0, 2.0], bias=True), S),
    "correlate-same": (lambda x: np.correlate(x[:2], x, "same"), v),
    "norm-of-a-numpy-int": (lambda x: np.linalg.norm(x, np.int64(3)), v),
    "norm-of-one-matrix": (lambda x: np.linalg.norm(x[None, :], 2, axis=(1, 2)), S),
    "choose-wrap": (lambda x: np.choose([0, 5, -2, 1], [x[0, 0], x[1, 0]], mode="wrap"), x),
    "norm-0": (lambda x: np.linalg.norm(x, 0) * x, v),
    "pinv-cut-off": (lambda x: np.linalg.pinv(x, rcond=1e-10), S),
    "eigh-upper": (lambda x: np.linalg.eigh(x + x.T, UPLO="U")[1], numbers(3, 3, seed=4)),
    "cumsum-dtype": (lambda x: np.cumsum(x, 1, float) + np.cumprod(x, axis=1, dtype=float), x),
    "trace-dtype": (lambda x: np.trace(x, dtype=float), S),
    "hyndman-fan": (lambda x: np.quantile(x, [0.05, 0.3, 0.9], axis=1, method="hazen"), x),
}
if hasattr(np, "unstack"):  # since NumPy 2.1
    CALLS |= {
        "reshape-copy": (
            lambda x: x.reshape(4, 6, copy=True) + np.reshape(x, (4, 6), copy=True),
            x,
        ),
        "average-axes": (
            lambda x: np.average(x, axis=(1, 0), weights=np.arange(6.0).reshape(3, 2)),
            x,
        ),
    }
METHODS = ("weibull", "median_unbiased", "normal_unbiased", "interpolated_inverted_cdf")
CALLS |= {"median": (np.median, v), "interp": (lambda x: np.interp(x, KNOTS, [1.0, 3.0, -1.0]), v)}
CALLS |= {m: (lambda x, m=m: np.quantile(x, [0.1, 0.6], axis=1, method=m), x) for m in METHODS}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_has_numpys_value_and_its_derivative(name):
    f, at = CALLS[name]
    value = vjp(f, at)[0]
    assert_allclose(value, f(at), rtol=1e-12, atol=1e-14, strict=True)
    assert_allclose(jacobian(f)(at), numerical_jacobian(f, at), rtol=1e-6, atol=1e-8)
    assert_allclose(jacfwd(f)(at), jacobian(f)(at), atol=1e-13)


@pytest.mark.parametrize("name", [name for name in CALLS if name != "piecewise"])
def test_a_program_of_a_call_is_right_at_another_point(name):
    """But for np.piecewise, whose pieces have as many entries as the numbers say."""
    f, at = CALLS[name]
    total, new = lambda x: np.sum(np.sin(f(x))), 1.01 * at + 0.003
    for ours, wanted in zip(program(total, at)(new), value_and_grad(total)(new), strict=True):
        assert_allclose(ours, wanted, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.take(x, [0], axis=5),
        lambda x: np.diff(x, axis=3),
        lambda x: np.diff(x, n=-1),
        lambda x: np.quantile(x, 0.5, axis=3),
        lambda x: np.quantile(x, -0.1),
        lambda x: np.quantile(x, np.nan),
        lambda x: np.tensordot(x, x, ([5], [5])),
        lambda x: np.tensordot(x, x, ([0, 1], [1, 0])),  # of as many entries
        lambda x: np.vander(x),
        lambda x: np.diag(x[0, 0, 0]),
        lambda x: np.polyder(x[0, 0], -1),
        lambda x: np.bincount([0, -1], x[0, 0, :2]),
        lambda x: np.convolve(x[0, 0], x[0, 0], "most"),
        lambda x: np.linalg.eigh(x[0, :, :3] + x[0, :, :3].T, UPLO="Q")[1],
    ],
)
def test_what_numpy_refuses_is_refused(f):
    for g in (f, jacobian(f)):
        with pytest.raises((ValueError, IndexError, TypeError)):
            g(x)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # as NumPy warns of its own value
@pytest.mark.parametrize("f", [np.var, np.std])
def test_a_variance_with_no_freedom_has_no_derivative(f):
    jacobians = [by(lambda x: f(x, ddof=7))(v) for by in (jacobian, jacfwd)]
    assert np.isnan(jacobians).all()
    some = np.arange(v.size) > 0
    for ddof in (some.sum(), v.size + 1):
        value = vjp(lambda x: f(x, ddof=ddof, where=some), v)[0]  # noqa: B023
        assert_array_equal(value, f(v, ddof=ddof, where=some))


@pytest.mark.parametrize("f", [np.linalg.pinv, lambda a, r: np.linalg.lstsq(a, a[0], r)[0]])
def test_a_cut_off_that_takes_more_than_rounding_for_0_is_refused(f):
    with pytest.raises(np.linalg.LinAlgError, match="leave rcond and rtol out"):
        jacobian(lambda x: f(x, 0.9))(S)


def test_float32_stays_or_goes_as_numpy_has_it():
    x = v.astype(np.float32)
    for f in (
        lambda x: np.ediff1d(x, to_end=1.0),
        lambda x: np.insert(x, 1, [2.0]),
        lambda x: np.full_like(x, x[0], dtype=np.float64),
        lambda x: np.linspace(x[0], 1, 3),
        lambda x: np.polyval([1.0, 2.0], x),
        lambda x: np.quantile(x, [0.3]),
        lambda x: np.sum(x, dtype=np.float64),
        lambda x: np.mean(x, where=x > 0),
        lambda x: np.max(x, initial=0.0),
    ):
        assert vjp(f, x)[0].dtype == f(x).dtype
