"""The rows of scipy.special, which the caller has loaded: against torch, and by differences."""

import functools
import subprocess
import sys

import numpy as np
import pytest
import torch
from cases import CLAIMS, case, numbers
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import check_rule, grad, hessian, rules
from mcalc.rules._scipy import late_row, polygamma

special = pytest.importorskip("scipy.special")
linalg, optimize = (pytest.importorskip(f"scipy.{name}") for name in ("linalg", "optimize"))
T = torch.special
POSITIVE, UNIT, ANY = (0.3, 3.0), (0.1, 0.9), (-2.0, 2.0)
BY_TORCH = {
    "expit": (T.expit, ANY),
    "log_expit": (torch.nn.functional.logsigmoid, ANY),
    "logit": (T.logit, UNIT),
    "erf": (T.erf, ANY),
    "erfc": (T.erfc, ANY),
    "erfinv": (T.erfinv, (-0.9, 0.9)),
    "erfcx": (T.erfcx, ANY),
    "ndtr": (T.ndtr, ANY),
    "ndtri": (T.ndtri, UNIT),
    "log_ndtr": (T.log_ndtr, ANY),
    "xlogy": (T.xlogy, ANY, POSITIVE),
    "xlog1py": (T.xlog1py, ANY, (-0.5, 2.0)),
    "entr": (T.entr, POSITIVE),
    "expm1": (T.expm1, ANY),
    "log1p": (T.log1p, (-0.5, 2.0)),
    "exp2": (T.exp2, ANY),
    "gammaln": (T.gammaln, POSITIVE),
    "i0": (T.i0, ANY),
    "i0e": (T.i0e, ANY),
    "i1": (T.i1, ANY),
    "i1e": (T.i1e, ANY),
}
BY_DIFFERENCES = {  # torch has none, or one with fewer digits
    **dict.fromkeys(["erfi", "dawsn", "cosm1", "exp10", "j0", "j1"], (ANY,)),
    **dict.fromkeys(["erfcinv"], ((0.2, 1.8),)),
    **dict.fromkeys(
        ["exp1", "expi", "gamma", "psi", "rgamma", "loggamma", "y0", "y1"], (POSITIVE,)
    ),
    **dict.fromkeys(["k0", "k1", "k0e", "k1e", "cbrt"], (POSITIVE,)),
    **dict.fromkeys(["rel_entr", "kl_div", "beta", "betaln", "poch"], (POSITIVE, POSITIVE)),
}
HELD = {  # the arguments by which there is no derivative, and the range of the last one
    **dict.fromkeys(["gammainc", "gammaincc"], ((1.7,), POSITIVE)),
    "betainc": ((1.7, 2.4), UNIT),
    **dict.fromkeys(["jv", "yv", "iv", "kv", "ive", "kve"], ((1.3,), POSITIVE)),
    "yn": ((2,), POSITIVE),
}


def arrays(ranges, *shapes):
    return [
        numbers(*shape, low=low, high=high, seed=i)
        for i, (shape, (low, high)) in enumerate(zip(shapes, ranges, strict=False))
    ]


CASES = [
    case(getattr(special, name), *arrays(ranges, (2, 3), (3,)), like=like)
    for name, (like, *ranges) in BY_TORCH.items()
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_row(case, claim):
    claim(case)


@pytest.mark.parametrize("name", [*BY_TORCH, *BY_DIFFERENCES])
def test_row_by_differences(name):
    ranges = BY_TORCH[name][1:] if name in BY_TORCH else BY_DIFFERENCES[name]
    check_rule(getattr(special, name), *arrays(ranges, (3,), (2, 1)))


@pytest.mark.parametrize("name", HELD)
def test_row_of_the_last_argument_by_differences(name):
    held, last = HELD[name]
    function = getattr(special, name)
    x = numbers(3, low=last[0], high=last[1])
    check_rule(function, *held, x)
    for i in range(len(held)):
        with pytest.raises(TypeError, match=f"argument {i} of {name} must not depend on the input"):
            grad(lambda a, i=i: np.sum(function(*held[:i], a, *held[i + 1 :], x)))(2.0)


def test_the_derivatives_of_the_digamma_function_have_each_the_next():
    check_rule(polygamma, 2, np.array([0.5, 1.7]))
    assert_allclose(grad(special.psi)(1.0), np.pi**2 / 6)
    assert polygamma(1, np.ones(1, np.float32)).dtype == np.float32


def test_every_row_has_a_test():
    late_row(special.expit)
    added = {f.__name__ for f in rules.TABLE if getattr(special, f.__name__, None) is f}
    numpys = {name for name in added if getattr(np, name, None) is getattr(special, name)}
    assert added - numpys == {*BY_TORCH, *BY_DIFFERENCES, *HELD, "gammasgn"}


@pytest.mark.parametrize("x", [-40.0, -5.0, 0.0, 5.0, 40.0])
def test_the_logistic_function_keeps_its_digits_in_the_tails(x):
    q = np.exp(-abs(x))
    assert_allclose(grad(special.expit)(x), q / (1 + q) ** 2, rtol=1e-15)
    assert_allclose(hessian(special.expit)(x), -np.sign(x) * q * (1 - q) / (1 + q) ** 3, rtol=1e-13)


def test_a_product_with_a_logarithm_is_flat_where_both_are_zero():
    with np.errstate(divide="ignore"):
        assert grad(special.xlogy, 1)(0.0, 0.0) == 0.0
        assert grad(special.xlog1py, 1)(0.0, -1.0) == 0.0
    (_, mixed), _ = hessian(special.xlogy, (0, 1))(0.0, 2.0)
    assert mixed == 0.5


def test_a_scaled_bessel_function_has_a_kink_at_zero():
    assert grad(special.i0e)(0.0) == 0.0
    assert np.isnan(hessian(special.i0e)(0.0))
    assert_array_equal(
        grad(lambda x: np.sum(special.gammasgn(x) * x))(np.array([2.0, -0.5])), [1, -1]
    )


def test_functions_in_python_say_what_to_write():
    with pytest.raises(TypeError, match=r"special.logsumexp .*np\.logaddexp\.reduce\(x, axis"):
        grad(special.logsumexp)(np.ones(3))
    with pytest.raises(TypeError, match=r"scipy.special.softmax .*np\.exp\(x - np.logaddexp"):
        grad(lambda x: special.softmax(x)[0])(np.ones(3))
    with pytest.raises(TypeError, match=r"scipy.linalg.expm makes an array of a traced value"):
        grad(lambda x: np.sum(linalg.expm(x)))(np.ones((2, 2)))


def test_a_solver_of_scipys_is_not_blamed_for_what_its_function_does():
    slope = grad(lambda x: np.sum(np.array([x[0], x[1]])))
    with pytest.raises(TypeError, match=r"^np.array or np.asarray of a traced value drops"):
        optimize.minimize(np.sum, np.ones(2), jac=slope)


def test_what_they_are_told_to_write_is_as_good():
    x = numbers(3)
    assert_allclose(np.logaddexp.reduce(x), special.logsumexp(x))
    assert_allclose(np.exp(x - np.logaddexp.reduce(x)), special.softmax(x))
    assert_allclose(x - np.logaddexp.reduce(x), special.log_softmax(x))


def test_mcalc_does_not_load_scipy():
    code = (
        "import sys, numpy as np, mcalc;"
        "mcalc.hessian(lambda x: np.linalg.norm(np.exp(x)))(np.ones(2));"
        "print('scipy' in sys.modules);"
        "from scipy.special import erf; print(mcalc.jvp(erf, (0.0,), (1.0,))[1])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded, slope = run.stdout.split()
    assert loaded == "False"
    assert_allclose(float(slope), 2 / np.sqrt(np.pi))


@pytest.mark.parametrize("x", [-6.0, -20.0, -30.0, -45.0])
def test_the_slope_of_a_logarithm_of_a_tail_has_all_its_digits(x):
    """It is a continued fraction: y + 1/(y + 2/(y + 3/(y + …))), with y = -x."""
    slope = functools.reduce(lambda rest, k: -x + k / rest, range(200, 0, -1), -x)
    assert_allclose(grad(special.log_ndtr)(x), slope, rtol=2e-15)


TAILS = {  # at x, and what the first two derivatives are there, by 60 digits of mpmath
    "log_ndtr": (-200.0, 200.00499975003123, -0.999975003749219),
    "erfcx": (200.0, -1.4104210694014423e-05, 1.4103681832387139e-07),
    "dawsn": (-200.0, -1.2500468779299438e-05, -1.2500937587898e-07),
}


@pytest.mark.parametrize("name", TAILS)
def test_slopes_in_the_tails_do_not_cancel(name):
    f, (x, first, second) = getattr(special, name), TAILS[name]
    assert_allclose(grad(f)(x), first, rtol=1e-13)
    assert_allclose(hessian(f)(x), second, rtol=1e-8)
    for near in (-5.0, -20.0, 20.0):  # where the series begin
        for x in (near * (1 - 1e-9), near * (1 + 1e-9)):
            if np.isfinite(f(x)) and np.isfinite(grad(f)(x)):
                assert_allclose(hessian(f)(x), hessian(f)(near), rtol=1e-6)
