"""Every row that works entry by entry: its domain, torch's counterpart, its special points."""

import itertools

import numpy as np
import pytest
import torch
from cases import CLAIMS, by_torch, case, numbers
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import (
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jvp,
    numerical_jacobian,
    rules,
    vjp,
)
from mcalc.rules._elementwise import broken, clamp, expit, one_minus_square

ANY, POSITIVE, UNIT, ABOVE_ONE = (-2.0, 2.0), (0.3, 3.0), (-0.9, 0.9), (1.2, 3.0)
SIDES = (-3.0, -1.5), (0.5, 1.5)  # below and above, so that no bounds cross


def _clamp(*arrays):
    return torch.clamp(*torch.broadcast_tensors(*arrays))  # torch fails on bounds that are wider


# Each row: torch's counterpart, then the range of each argument.
ROWS = {
    np.add: (torch.add, ANY, ANY),
    np.subtract: (torch.subtract, ANY, ANY),
    np.multiply: (torch.multiply, ANY, ANY),
    np.divide: (torch.divide, ANY, POSITIVE),
    np.power: (torch.pow, POSITIVE, ANY),
    np.float_power: (torch.float_power, POSITIVE, ANY),
    np.remainder: (torch.remainder, ANY, POSITIVE),
    np.fmod: (torch.fmod, ANY, (0.3, 0.9)),
    np.copysign: (torch.copysign, ANY, ANY),
    np.fmax: (torch.fmax, ANY, ANY),
    np.fmin: (torch.fmin, ANY, ANY),
    np.negative: (torch.neg, ANY),
    np.positive: (torch.positive, ANY),
    np.conjugate: (torch.clone, ANY),
    np.reciprocal: (torch.reciprocal, POSITIVE),
    np.square: (torch.square, ANY),
    np.sqrt: (torch.sqrt, POSITIVE),
    np.cbrt: (lambda x: x.sign() * x.abs() ** (1 / 3), (-3.0, -0.3)),
    np.absolute: (torch.abs, ANY),
    np.fabs: (torch.abs, ANY),
    np.exp: (torch.exp, ANY),
    np.exp2: (torch.exp2, ANY),
    np.expm1: (torch.expm1, ANY),
    np.log: (torch.log, POSITIVE),
    np.log2: (torch.log2, POSITIVE),
    np.log10: (torch.log10, POSITIVE),
    np.log1p: (torch.log1p, UNIT),
    np.logaddexp: (torch.logaddexp, ANY, ANY),
    np.logaddexp2: (torch.logaddexp2, ANY, ANY),
    np.sin: (torch.sin, ANY),
    np.cos: (torch.cos, ANY),
    np.tan: (torch.tan, UNIT),
    np.arcsin: (torch.asin, UNIT),
    np.arccos: (torch.acos, UNIT),
    np.arctan: (torch.atan, ANY),
    np.arctan2: (torch.atan2, ANY, (-2.0, -0.5)),
    np.hypot: (torch.hypot, ANY, POSITIVE),
    np.deg2rad: (torch.deg2rad, ANY),
    np.radians: (torch.deg2rad, ANY),
    np.rad2deg: (torch.rad2deg, ANY),
    np.degrees: (torch.rad2deg, ANY),
    np.sinh: (torch.sinh, ANY),
    np.cosh: (torch.cosh, ANY),
    np.tanh: (torch.tanh, ANY),
    np.arcsinh: (torch.asinh, ANY),
    np.arccosh: (torch.acosh, ABOVE_ONE),
    np.arctanh: (torch.atanh, UNIT),
    np.maximum: (torch.maximum, ANY, ANY),
    np.minimum: (torch.minimum, ANY, ANY),
    clamp: (_clamp, (-4.0, 2.0), *SIDES),
    np.clip: (_clamp, (-4.0, 2.0), *SIDES),
    broken: (lambda slope, x: slope + 0.0 * x, ANY, ANY),
    expit: (torch.sigmoid, ANY),
    one_minus_square: (lambda x: 1 - x * x, ANY),
}
SHAPES = {
    1: [((),), ((3,),), ((2, 3),)],
    2: [((3,), (3,)), ((), ()), ((), (2, 3)), ((2, 3), (3,)), ((2, 1), (3,)), ((2, 1), (1, 3))],
    3: [((4,), (4,), (4,)), ((2, 3), (3,), ()), ((3,), (2, 1), (1, 3)), ((), (2,), ())],
}
EMPTY = {1: [((0,),), ((2, 0),)], 2: [((0,), ()), ((2, 0), (1, 0))], 3: [((2, 0), (), (0,))]}


def of_shapes(row, shapes):
    like, *ranges = ROWS[row]
    arrays = [
        numbers(*shape, low=low, high=high, seed=i)
        for i, (shape, (low, high)) in enumerate(zip(shapes, ranges, strict=True))
    ]
    return case(row, *arrays, like=like)


def on(condition, f):
    return lambda x, y: f(condition, x, y)


MASK = np.array([[True], [False]])
WHERE = [
    case(np.where, *arrays, call=on(MASK, np.where), like=on(torch.from_numpy(MASK), torch.where))
    for arrays in [(numbers(2, 3), numbers(3)), (numbers(), numbers(2, 1)), (numbers(1), numbers())]
]
SIGNS = [lambda x: x < -0.5, lambda x: x < 1.0]
OTHERS = [
    case(np.nan_to_num, numbers(2, 3), like=torch.nan_to_num),
    case(
        np.select,
        *(numbers(2, 3), numbers(3, seed=1), numbers(seed=2)),
        call=lambda x, y, z: np.select([c(x) for c in SIGNS], [y, x * z], z),
        like=lambda x, y, z: torch.where(x < -0.5, y, torch.where(x < 1.0, x * z, z)),
    ),
]
POWERS = torch.tensor([2.0, 0.25, 8.0])
WIDE = [((3,), (3,)), ((), ()), ((2, 3), (3,)), ((2, 3), (2, 1))]  # as a slope is, and its kink
CASES = [
    of_shapes(row, s)
    for row in ROWS
    for s in (WIDE if row is broken else SHAPES[len(ROWS[row]) - 1])
]
CASES += WHERE + OTHERS


def outer(f):
    return lambda x, y: f(*torch.broadcast_tensors(x.reshape(*x.shape, *(1,) * y.ndim), y))


OUTER = [row for row in ROWS if isinstance(row, np.ufunc) and row.outer in rules.TABLE]
CASES += [
    case(
        row.outer,
        *(numbers(2, low=ROWS[row][1][0], high=ROWS[row][1][1]),),
        *(numbers(1, 2, low=ROWS[row][2][0], high=ROWS[row][2][1], seed=1),),
        like=outer(ROWS[row][0]),
        id=row.__name__,
    )
    for row in OUTER
]
x = numbers(2, 3)
CASES += [
    case(
        np.modf,
        x,
        call=lambda x: np.modf(x)[0] * (1.0 + np.modf(x)[1]),
        like=lambda x: torch.frac(x) * (1.0 + torch.trunc(x)),
    ),
    case(
        np.divmod,
        *(x, numbers(3, low=0.4, high=0.7)),
        call=lambda x, y: divmod(x, y)[1] + divmod(x, y)[0] * y * y,
        like=lambda x, y: torch.remainder(x, y) + torch.floor(x / y) * y * y,
    ),
    case(np.ldexp, x, call=lambda x: np.ldexp(x, [1, -2, 3]), like=lambda x: x * POWERS),
    case(np.isrealobj, x, call=lambda x: x if np.isrealobj(x) else 0 * x, like=torch.clone),
    case(np.iscomplexobj, x, call=lambda x: 0 * x if np.iscomplexobj(x) else x, like=torch.clone),
    case(np.real, x, like=torch.clone),
    case(np.imag, x, call=lambda x: np.imag(x) + x, like=torch.clone),
    case(np.real_if_close, x, like=torch.clone),
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_row(case, claim):
    claim(case)


@pytest.mark.parametrize(
    "case", [of_shapes(row, s) for row in ROWS for s in EMPTY[len(ROWS[row]) - 1]], ids=str
)
def test_empty_arrays_have_empty_gradients(case):
    value, pullback = vjp(case.f, *case.arrays)
    for ours, theirs in zip(pullback(value), by_torch(case, value), strict=True):
        assert_array_equal(ours, theirs)  # zeros for what was broadcast to nothing


@pytest.mark.parametrize("row", [row for row in ROWS if rules.TABLE[row].kind == "elementwise"])
def test_each_argument_has_its_formula(row):
    rule = rules.TABLE[row]
    assert len(rule.formulas) == len(rule.operands) == len(ROWS[row]) - 1


SPECIAL = [
    (np.absolute, torch.abs, (0.0,)),
    (np.absolute, torch.abs, (-0.0,)),
    (np.fabs, torch.abs, (0.0,)),
    (np.maximum, torch.maximum, (1.0, 1.0)),
    (np.minimum, torch.minimum, (1.0, 1.0)),
    (np.maximum, torch.maximum, (0.0, -0.0)),
    (np.sqrt, torch.sqrt, (0.0,)),
    (np.log, torch.log, (0.0,)),
    (np.reciprocal, torch.reciprocal, (0.0,)),
    (np.divide, torch.divide, (1.0, 0.0)),
    (np.arcsin, torch.asin, (1.0,)),
    (np.arccos, torch.acos, (-1.0,)),
    (np.arctanh, torch.atanh, (1.0,)),
    (np.arccosh, torch.acosh, (1.0,)),
    (np.arctan2, torch.atan2, (0.0, -1.0)),
    (np.hypot, torch.hypot, (0.0, 0.0)),
    (np.logaddexp, torch.logaddexp, (1000.0, 1000.0)),
    (np.logaddexp, torch.logaddexp, (-1000.0, 1000.0)),
    (np.remainder, torch.remainder, (4.0, 2.0)),
    (np.remainder, torch.remainder, (-5.0, 3.0)),
    (np.tanh, torch.tanh, (1000.0,)),
    *[(np.power, torch.pow, (x, p)) for x in (0.0, 2.0) for p in (0.0, 1.0, 2.0, 3.0)],
    (np.power, torch.pow, (0.0, 0.5)),
    *[(clamp, torch.clamp, (x, 1.0, 3.0)) for x in (0.0, 1.0, 2.0, 3.0, 4.0)],
    (clamp, torch.clamp, (1.0, 1.0, 1.0)),
]


@pytest.mark.parametrize("shape", [(), (2,)])
@pytest.mark.parametrize(
    ("row", "like", "at"), SPECIAL, ids=[f"{r.__name__}{at}" for r, _, at in SPECIAL]
)
def test_special_points_are_as_in_torch(row, like, at, shape):
    here = case(row, *(np.full(shape, x) for x in at), like=like)
    with np.errstate(all="ignore"):
        _, pullback = vjp(here.f, *here.arrays)
        ours = pullback(np.ones(shape))
    for g, theirs in zip(ours, by_torch(here, np.ones(shape)), strict=True):
        assert_allclose(g, theirs, rtol=1e-12)


POINTS = [np.nan, 0.0, -0.0, 1.0, -1.0, np.inf, -np.inf]


@pytest.mark.parametrize(
    "row", [r for r in ROWS if len(ROWS[r]) == 3 and r is not broken], ids=lambda r: r.__name__
)
@pytest.mark.parametrize("number", [0.6, 2])
def test_pythons_numbers_do_not_widen_float32(row, number):
    x = np.array([0.5, 0.7], np.float32)
    for f in (lambda x: row(x, number), lambda x: row(number, x)):
        value, moved = jvp(f, (x,), (x,))
        assert value.dtype == f(x).dtype
        if row is not np.float_power:  # which computes in float64
            assert moved.dtype == jvp(grad(lambda x, f=f: np.sum(f(x))), (x,), (x,))[1].dtype
            assert moved.dtype == np.float32


DIFFERS = {  # where torch gives a number, and mcalc NaN, which is seen
    np.cbrt: lambda x: x == 0,  # torch has no cube root; ours has slope infinity
    np.absolute: np.isnan,
    np.fabs: np.isnan,
    np.arccosh: lambda x: x < 1,
    np.arctan2: lambda y, x: x == y == 0,
    np.copysign: lambda x, y: np.isnan(y) or not np.isfinite(x),  # torch divides by x
    np.fmod: lambda x, y: not np.isfinite(x) or y == 0 or np.isnan(y),
    broken: lambda slope, x: x == 0 or not np.isfinite(x),  # ours does not depend on x
}


@pytest.mark.parametrize("row", [r for r in ROWS if len(ROWS[r]) < 4], ids=lambda r: r.__name__)
def test_signs_infinities_and_nan_are_as_in_torch(row):
    """At all combinations; the exceptions are documented conventions."""
    like, *ranges = ROWS[row]
    for at in itertools.product(POINTS, repeat=len(ranges)):
        if row in (np.fmax, np.fmin) and (at[0] == at[1] or np.isnan(at).all()):
            continue  # they share it, as by maximum; torch takes the first
        here = case(row, *map(np.array, at), like=like)
        with np.errstate(all="ignore"):
            ours = [float(g) for g in vjp(row, *here.arrays)[1](1.0)]
        theirs = [float(g) for g in by_torch(here, np.ones(()))]
        if row in DIFFERS and DIFFERS[row](*at):
            infinite = row is np.cbrt and ours == [np.inf]
            exact = row in (broken, np.copysign) and ours[1] == 0.0
            assert np.isnan(ours).any() or infinite or exact
        else:
            assert_allclose(ours, theirs, rtol=1e-15, err_msg=str(at))


ABSOLUTE = {  # functions with a slope that jumps at 0, and composites that are smooth there
    "abs": abs,
    "fabs": np.fabs,
    "square": lambda x: np.abs(x) ** 2,
    "softplus": lambda x: np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x))),
}


@pytest.mark.parametrize("f", ABSOLUTE.values(), ids=ABSOLUTE)
def test_where_a_slope_jumps_the_second_derivative_is_nan(f):
    """It was 0, which is wrong of the square by 2, and of softplus by a quarter."""
    assert_array_equal(hessian(f)(0.0), np.nan)
    assert_array_equal(hvp(f)(0.0, 1.0), np.nan)
    assert_array_equal(jacfwd(grad(f))(0.0), np.nan)
    assert np.isfinite(grad(f)(0.0))
    assert_allclose(hessian(f)(0.3), numerical_jacobian(grad(f), 0.3), rtol=1e-7, atol=1e-9)


def test_at_a_tie_of_maximum_the_second_derivative_is_that_of_both_sides():
    """The shift by the largest, in log-sum-exp, stays right at a tie."""
    f = lambda x, y: (m := np.maximum(x, y)) + np.log(np.exp(x - m) + np.exp(y - m))  # noqa: E731
    assert_allclose(hessian(f, (0, 1))(0.7, 0.7), [[0.25, -0.25], [-0.25, 0.25]], rtol=1e-14)


@pytest.mark.parametrize("scale", [1.0, 1e15, 1e16, 1e300])
@pytest.mark.parametrize("row", [np.logaddexp, np.logaddexp2], ids=lambda row: row.__name__)
def test_equals_share_the_slope_of_logaddexp_at_every_size(row, scale):
    assert grad(row, (0, 1))(scale, scale) == (0.5, 0.5)


@pytest.mark.parametrize("x", [-700.0, -36.0, -1.0, 0.5, 36.0, 700.0])
def test_all_derivatives_of_softplus_keep_their_digits_in_the_tails(x):
    """With q = e^-|x|, the second derivative is q / (1 + q)²."""
    f, q = lambda x: np.logaddexp(0.0, x), np.exp(-abs(x))
    assert_allclose(grad(f)(x), (1.0 if x > 0 else q) / (1 + q), rtol=1e-15)
    assert_allclose(hessian(f)(x), q / (1 + q) ** 2, rtol=1e-14)
    assert_allclose(grad(hessian(f))(x), -np.sign(x) * q * (1 - q) / (1 + q) ** 3, rtol=1e-13)
    two = lambda x: np.logaddexp2(x, 0.0)  # noqa: E731
    q = np.exp2(-abs(x))
    assert_allclose(hessian(two)(x), np.log(2) * q / (1 + q) ** 2, rtol=2e-13)


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (np.expm1, -40.0, np.exp(-40.0)),
        (np.arctanh, 1 - 2**-50, 2**49 / (1 - 2**-51)),
        (np.arcsin, 1 - 2**-50, 2**24.5 / np.sqrt(1 - 2**-51)),
        (np.arccos, 2**-50 - 1, -(2**24.5) / np.sqrt(1 - 2**-51)),
        (np.arcsinh, 1e200, 1e-200),
    ],
    ids=lambda part: getattr(part, "__name__", None),
)
def test_slopes_keep_their_digits_where_a_difference_would_cancel(f, x, slope):
    assert_allclose(grad(f)(x), slope, rtol=1e-15)


def test_the_slope_of_a_zero_power_by_both_is_not_known():
    with np.errstate(divide="ignore", invalid="ignore"):
        (_, by_base), (by_exponent, alone) = hessian(lambda x, p: x**p, (0, 1))(0.0, 0.5)
    assert not np.isfinite([by_base, by_exponent]).any()
    assert alone == 0.0
    assert np.isnan(hessian(lambda x, p: x**p, (0, 1))(0.0, 1.0)[1][0])
    (_, by_base), (by_exponent, _) = hessian(lambda x, p: x**p, (0, 1))(0.0, 2.0)
    assert by_base == by_exponent == 0.0


@pytest.mark.parametrize("zero", [0, 0.0, -0.0])
def test_a_division_by_pythons_zero_is_numpys(zero):
    expected = np.copysign(np.inf, zero)
    with np.errstate(divide="ignore", invalid="ignore"):
        assert grad(lambda x: x / zero)(2.0) == expected
        assert_array_equal(grad(lambda x: np.sum(x / zero))(np.ones(2, np.float32)), [expected] * 2)
        assert jvp(lambda x: x / zero, (2.0,), (1.0,)) == (expected, expected)
        single = np.ones(2, np.float32)
        assert jvp(lambda x: x / zero, (single,), (single,))[1].dtype == np.float32
        value, pullback = vjp(lambda x: np.sum(x) / len(x), np.zeros(0))
        assert np.isnan(value)
        assert pullback(1.0)[0].shape == (0,)


@pytest.mark.parametrize("options", [{}, {"nan": 5.0, "posinf": 6.0, "neginf": -7.0}], ids=str)
def test_numbers_that_replace_others_have_no_slope(options):
    x = np.array([1.0, np.nan, np.inf, -np.inf])
    f = lambda x: np.nan_to_num(x, **options)  # noqa: E731
    assert_array_equal(jacobian(f)(x), np.diag([1.0, 0.0, 0.0, 0.0]))
    assert_array_equal(vjp(f, x)[0], f(x))


@pytest.mark.parametrize("p", [0, 0.0, 1, 2, 2.0, 3, np.float32(2), np.array(2.0), np.array(2)])
@pytest.mark.parametrize("x", [0.0, -1.5])
def test_a_power_is_exact_at_zero_and_below(x, p):
    f = lambda x: x**p  # noqa: E731
    n = int(p)
    assert grad(f)(x) == (n * x ** (n - 1) if n else 0.0)
    assert hessian(f)(x) == (n * (n - 1) * x ** (n - 2) if n > 1 else 0.0)
    assert grad(hessian(f))(x) == (6.0 if n == 3 else 0.0)


@pytest.mark.parametrize("p", [0.0, 1.0, 2.5])
def test_the_mixed_derivative_of_a_power_does_not_depend_on_the_order(p):
    (_, by_exponent), (by_base, _) = hessian(lambda x, p: x**p, argnums=(0, 1))(2.0, p)
    assert_allclose([by_exponent, by_base], (1 + p * np.log(2.0)) * 2.0 ** (p - 1), rtol=1e-14)


def test_the_remainder_counts_as_many_multiples_as_it_takes_away():
    assert np.remainder(1.0, 0.1) > 0.0  # 1.0 / 0.1 rounds to 10, but 0.1 is a bit too large
    assert grad(np.remainder, 1)(1.0, 0.1) == -9.0


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_an_angle_has_its_derivatives_at_every_scale(scale):
    gradient = grad(np.arctan2, (0, 1))(3 * scale, 4 * scale)
    assert_allclose(gradient, [0.16 / scale, -0.12 / scale], rtol=1e-14)


def test_a_branch_not_taken_cannot_spoil_the_derivative():
    """The safe form replaces the argument first; the bare one gives NaN, as in torch."""
    x = np.array([0.0, 4.0])
    safe = lambda x: np.sum(np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0))  # noqa: E731
    assert_array_equal(grad(safe)(x), [0.0, 0.25])
    with np.errstate(divide="ignore", invalid="ignore"):
        bare = grad(lambda x: np.sum(np.where(x > 0, np.sqrt(x), 0.0)))(x)
    assert_array_equal(bare, [np.nan, 0.25])


MIN_AND_MAX = pytest.mark.skipif(
    np.lib.NumpyVersion(np.__version__) < "2.1.0", reason="np.clip has no keyword min"
)


@pytest.mark.parametrize(
    "clip",
    [
        lambda x: np.clip(x, -1.0, 1.0),
        lambda x: x.clip(-1.0, 1.0),
        lambda x: np.clip(x, a_min=-1.0, a_max=1.0),
        pytest.param(lambda x: np.clip(x, min=-1.0, max=1.0), marks=MIN_AND_MAX),
        lambda x: np.clip(np.clip(x, -1.0, None), None, 1.0),
        pytest.param(lambda x: np.clip(np.clip(x, min=-1.0), max=1.0), marks=MIN_AND_MAX),
    ],
)
def test_clip_takes_its_bounds_in_every_way(clip):
    x = np.array([-2.0, -1.0, 0.5, 1.0, 2.0])
    assert_array_equal(jacobian(clip)(x), np.diag([0.0, 1.0, 1.0, 1.0, 0.0]))


@pytest.mark.parametrize(
    ("f", "by_x", "by_y"),
    [
        (lambda x, y: x + y - x * y / 2, 0.7, 0.15),
        (lambda x, y: 2 - x, -1.0, 0.0),
        (lambda x, y: 2 / x, -2 / 1.7**2, 0.0),
        (lambda x, y: 2**x, 2**1.7 * np.log(2), 0.0),
        (lambda x, y: -x + +y, -1.0, 1.0),
        (lambda x, y: abs(x) % y, 1.0, -2.0),
        (lambda x, y: 5 % x + pow(y, 3), -2.0, 3 * 0.6**2),
        (lambda x, y: x // y * y + (x > y) * x, 1.0, 2.0),
    ],
)
def test_operators_are_the_functions(f, by_x, by_y):
    assert_allclose(grad(f, (0, 1))(1.7, 0.6), (by_x, by_y), rtol=1e-14)


@pytest.mark.parametrize("by", [lambda f: hessian(f), lambda f: jacfwd(grad(f))], ids=["r", "f"])
def test_a_large_sum_of_exponentials_keeps_its_second_derivatives(by):
    """Its square would overflow, and what is divided by it vanish; that was lost in silence."""
    at = np.array([400.0, 400.0])
    H = by(lambda x: np.log(np.sum(np.exp(x))))(at)
    assert_allclose(H, [[0.25, -0.25], [-0.25, 0.25]], rtol=1e-13)
    assert_allclose(by(lambda x: (np.exp(x) / np.sum(np.exp(x)))[0])(at), 0.0, atol=1e-16)
    assert_allclose(by(lambda x: np.log(np.expm1(x)))(400.0), 0.0, atol=1e-16)
    assert_allclose(by(lambda x: np.log2(np.exp2(x)))(600.0), 0.0, atol=1e-16)
    assert_allclose(by(lambda x: np.log1p(np.exp(x)))(400.0), 0.0, atol=1e-16)


def test_slopes_of_inverse_functions_are_accurate_near_0_and_infinite_at_the_ends():
    for f, second in ((np.arcsin, 1e-20), (np.arccos, -1e-20), (np.arctanh, 2e-20)):
        assert_allclose(hessian(f)(1e-20), second, rtol=1e-15)
    with np.errstate(divide="ignore"):
        assert [hessian(np.arcsin)(x) for x in (-1.0, 1.0)] == [-np.inf, np.inf]


@pytest.mark.parametrize("y", [0.0, 1.0])
def test_a_power_of_0_has_no_mixed_derivative_where_its_slope_jumps(y):
    at = np.array([0.0, 2.0]), np.array([y, 2.5])
    (xx, xy), (yx, yy) = hessian(lambda x, y: np.sum(x**y), (0, 1))(*at)
    assert np.isnan([xy[0, 0], yx[0, 0]]).all()
    assert_array_equal([xx[0, 0], yy[0, 0]], [0.0, 0.0])
    assert_allclose(xy[1, 1], yx[1, 1])
    by_base = hessian(lambda x: np.sum(np.power(x, np.array([y, 2.5]))))(at[0])
    assert_allclose(by_base, [[0.0, 0.0], [0.0, 3.75 * 2**0.5]])


@pytest.mark.parametrize("zero", [0.0, -0.0, 0])
def test_a_quotient_by_a_number_that_is_zero_has_the_slope_that_numpy_has(zero):
    with np.errstate(divide="ignore"):
        assert grad(lambda x: x / zero)(1.0) == np.divide(1.0, zero)
        assert grad(lambda x: np.sum(x / zero))(np.ones(1)) == np.divide(1.0, zero)
    with pytest.warns(RuntimeWarning, match="divide by zero"):
        grad(lambda x: x / zero)(1.0)
