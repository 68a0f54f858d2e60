"""The table of rules as a whole: no row without a case, and the rows that users add."""

import dataclasses

import numpy as np
import pytest
import test_building
import test_decompositions
import test_elementwise
import test_entries
import test_linalg
import test_products
import test_reductions
import test_shapes
import test_statistics
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import check_grad, grad, hessian, jacobian, jvp, rules, vjp
from mcalc.rules import TABLE

CASES = [
    case
    for module in (
        test_building,
        test_decompositions,
        test_elementwise,
        test_entries,
        test_linalg,
        test_products,
        test_reductions,
        test_shapes,
        test_statistics,
    )
    for case in module.CASES
]
A = np.array([[1.0, -2.0, 0.5], [0.0, 3.0, np.inf]])
v = np.array([-1.5, 0.0, 2.5])
CONSTANT = {
    **dict.fromkeys([np.greater, np.greater_equal, np.less, np.less_equal], (A, v)),
    **dict.fromkeys([np.equal, np.not_equal, np.logical_and, np.logical_or], (A, v)),
    **dict.fromkeys([np.logical_xor, np.isclose, np.allclose, np.array_equal], (A, v)),
    **dict.fromkeys([np.logical_not, np.isnan, np.isinf, np.isfinite, np.signbit], (A,)),
    **dict.fromkeys([np.sign, np.floor, np.ceil, np.rint, np.trunc, np.round], (v,)),
    **dict.fromkeys([np.fix, np.around], (v,)),
    **dict.fromkeys([np.argmax, np.argmin, np.argsort, np.any, np.all], (v,)),
    **dict.fromkeys([np.count_nonzero, np.nonzero, np.flatnonzero, np.argwhere], (A,)),
    **dict.fromkeys([np.shape, np.ndim, np.size], (A,)),
    **dict.fromkeys([np.zeros_like, np.ones_like], (A,)),
    **dict.fromkeys([np.isposinf, np.isneginf, np.isreal, np.iscomplex], (A,)),
    **dict.fromkeys([np.angle, np.spacing], (A,)),
    **dict.fromkeys([np.nanargmax, np.nanargmin], (v,)),
    **{
        ufunc.outer: (v, A[:, :1] + 2.0)
        for ufunc in (
            *(np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal),
            *(np.logical_and, np.logical_or, np.logical_xor, np.floor_divide, np.heaviside),
        )
    },
    **{u.reduce: (A,) for u in (np.logical_and, np.logical_or, np.logical_xor)},
    np.array_equiv: (A, v),
    np.isin: (v, [0.0, 2.0]),
    np.digitize: (v, [0.0, 1.0]),
    np.lexsort: (A,),
    np.argpartition: (v, 1),
    **dict.fromkeys(
        [np.tril_indices_from, np.triu_indices_from, np.diag_indices_from], (A[:, :2],)
    ),
    np.empty_like: (A,),
    np.floor_divide: (v, 2.0),
    np.heaviside: (v, 0.5),
    np.searchsorted: (v, 1.0),
    np.linalg.matrix_rank: (A[:, :2],),
    test_linalg.inner.sign_of_det: (A[:, :2],),
}


ANSWERS = {  # what is asked about an array, and answered by no number
    np.result_type: lambda x: np.result_type(x, np.float32),
    np.common_type: np.common_type,
    np.min_scalar_type: lambda x: np.min_scalar_type(x[0, 0]),
    np.einsum_path: lambda x: np.einsum_path("ij->i", x),
    np.array_str: np.array_str,
    np.array_repr: np.array_repr,
    np.array2string: np.array2string,
}
MADE = {np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri}  # in test_building


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.__name__)
def test_every_row_has_a_case(row):
    constants = {*CONSTANT, *ANSWERS, *MADE}
    cases = constants if TABLE[row].kind == "constant" else {case.row for case in CASES}
    assert row in cases, f"{row.__name__} has a rule, but no case tests it"


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_case_uses_its_row(case, monkeypatch):
    used = []

    def evaluate(*args, **kwargs):
        used.append(case.row)
        return rule.evaluate(*args, **kwargs)

    rule = TABLE[case.row]
    monkeypatch.setitem(TABLE, case.row, dataclasses.replace(rule, evaluate=evaluate))
    vjp(case.f, *case.arrays)
    assert used


@pytest.mark.parametrize("row", CONSTANT, ids=lambda row: row.__name__)
def test_constants_have_numpys_value_and_no_derivative(row):
    args = CONSTANT[row]
    seen = []

    def f(x):
        seen.append(row(x, *args[1:]))
        return np.sum(x) * 0.0 if row is np.empty_like else np.sum(np.asarray(seen[0], float))

    with np.errstate(invalid="ignore"):
        assert_array_equal(grad(f)(args[0]), np.zeros_like(args[0]))
    if row is not np.empty_like:
        assert_array_equal(np.asarray(seen[0]), np.asarray(row(*args)))


@pytest.mark.parametrize("ask", ANSWERS.values(), ids=[row.__name__ for row in ANSWERS])
def test_what_is_asked_about_an_array_is_answered(ask):
    def f(x):
        assert ask(x) == ask(A)
        return np.sum(x)

    assert_array_equal(grad(f)(A), np.ones_like(A))


def test_a_user_adds_an_elementwise_row():
    @rules.primitive
    def softplus(x):
        return np.logaddexp(0.0, x)

    x = np.array([-1.0, 0.5])
    try:
        rules.elementwise(softplus, lambda f, x: 1 / (1 + np.exp(-x)), formulas=["σ(x)"])
        assert TABLE[softplus].name == "softplus"
        s = 1 / (1 + np.exp(-x))
        f = lambda x: np.sum(softplus(x))  # noqa: E731
        assert_allclose(grad(f)(x), s)
        assert_allclose(hessian(f)(x), np.diag(s * (1 - s)))
        assert check_grad(f, grad(f), x) < 1e-8
    finally:
        TABLE.pop(softplus, None)
    assert_array_equal(softplus(x), np.logaddexp(0.0, x))  # without a trace, as it was


@pytest.mark.parametrize(
    "call",
    [
        lambda f, x: f(x=x),
        lambda f, x: f(a=x),
        lambda f, x: f([x[0], x[1]]),
        lambda f, x: f(([1.0, x[0]], 2.0)),
        lambda f, x: f(x, [x[0]]),
    ],
)
def test_a_primitive_finds_traced_values_wherever_they_are(call):
    """Else its own row would be passed by in silence, and round has no slope."""
    rounded = rules.primitive(lambda x, *_: np.round(x))
    try:
        rules.elementwise(rounded, lambda y, x: 1.0, name="rounded")
        assert_array_equal(grad(lambda x: np.sum(rounded(x)))(np.ones(2)), [1.0, 1.0])
        with pytest.raises(TypeError, match=r"rounded.*by position"):
            grad(lambda x: np.sum(call(rounded, x)))(np.ones(2))
    finally:
        TABLE.pop(rounded, None)


def test_a_row_says_what_its_derivative_reads():
    product = rules.primitive(np.multiply)
    try:
        rules.elementwise(product, lambda f, x, y: y, lambda f, x, y: x, reads=("y", "x"))
        read = TABLE[product].reads
        assert [read((0,), 2), read((1,), 2)] == [(False, False, True), (False, True, False)]
        assert read((0, 1), 2) == (False, True, True)
        rules.elementwise(product, lambda f, x, y: y, None)
        assert TABLE[product].reads((0,), 2) == (True, True, True)  # if it says nothing
        with pytest.raises(TypeError, match=r"argument 1 of multiply must not depend"):
            TABLE[product].reads((1,), 2)
        with pytest.raises(TypeError, match=r"reads='f z' names z, which is none of f, x, y"):
            rules.elementwise(product, lambda f, x, y: y, lambda f, x, y: x, reads="f z")
        with pytest.raises(ValueError, match="zip"):
            rules.elementwise(product, lambda f, x, y: y, lambda f, x, y: x, reads=("y",))
    finally:
        TABLE.pop(product, None)


def test_a_user_adds_a_linear_and_a_multilinear_row():
    @rules.primitive
    def spread(x, n):
        return np.outer(x, np.ones(n))

    @rules.primitive
    def scaled(a, x):
        return a * x

    try:
        rules.linear(spread, lambda i, g, x, n: np.sum(g, axis=1))
        rules.multilinear(scaled, lambda i, g, a, x: np.sum(g * x) if i == 0 else g * a)
        x, w = np.array([1.0, 2.0]), np.arange(6.0).reshape(2, 3)
        assert_array_equal(grad(lambda x: np.sum(w * spread(x, 3)))(x), [3.0, 12.0])
        assert_array_equal(jvp(lambda x: spread(x, 2), (x,), (x,))[1], [[1.0, 1.0], [2.0, 2.0]])
        assert_array_equal(jacobian(scaled)(3.0, x), x)
        assert_array_equal(jacobian(scaled, 1)(3.0, x), 3 * np.eye(2))
    finally:
        TABLE.pop(spread), TABLE.pop(scaled)
