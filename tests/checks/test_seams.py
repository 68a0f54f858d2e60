"""The last number that a check reports, and the bounds between right and wrong."""

import numpy as np
import pytest

from mcalc import CheckError, check, check_order, classify
from mcalc.checks.check import MARGIN, ORDER_SLACK

WRONG = {"half": lambda x: x / 2}


def off(amounts):
    """Return x plus an amount that depends on the place of x among the points 1, 2, 3."""
    return lambda x: x + amounts[int(np.round(x)) - 1]


@pytest.mark.parametrize("amounts", [(1e-10, 0, 0), (0, 1e-10, 0), (0, 0, 1e-10)])
def test_the_residual_is_that_of_the_worst_point(amounts):
    found = check("eq", off((0, 0, 0)), off(amounts), at=[1.0, 2.0, 3.0], wrong=WRONG)
    place = amounts.index(1e-10) + 1
    assert found.residual == pytest.approx(1e-10 / place, rel=1e-4)
    assert found.points == 3


def test_a_wrong_variant_is_off_by_what_it_is_where_it_is_most():
    found = check("eq", lambda x: x, lambda x: 1.0 * x, at=[1.0, 4.0], wrong={"w": np.sqrt})
    assert found.rejected == {"w": pytest.approx(0.5)}


@pytest.mark.parametrize(("factor", "passes"), [(0.5, True), (0.99, True), (1.01, False)])
def test_the_tolerance_is_kept_to_the_digit(factor, passes):
    def given():
        return check(
            "eq", lambda x: x, lambda x: x + factor * 1e-6, at=[1.0], wrong=WRONG, tol=1e-6
        )

    if passes:
        assert given().residual == pytest.approx(factor * 1e-6, rel=1e-6)
    else:
        with pytest.raises(CheckError, match="fails at"):
            given()


@pytest.mark.parametrize(("factor", "told"), [(0.9, False), (1.1, True)])
def test_a_wrong_variant_must_be_off_by_a_margin(factor, told):
    wrong = {"near": lambda x: x + factor * MARGIN * 1e-9}
    if told:
        check("eq", lambda x: x, lambda x: 1.0 * x, at=[1.0], wrong=wrong)
    else:
        with pytest.raises(CheckError, match="cannot tell"):
            check("eq", lambda x: x, lambda x: 1.0 * x, at=[1.0], wrong=wrong)


def test_at_the_bounds_themselves_sides_agree_and_a_wrong_variant_is_not_told():
    assert MARGIN == 1000
    plain = {"at": [1.0], "tol": 2.0**-10}
    right = {"wrong": {"far": lambda x: x + 2.0}}
    assert check("eq", lambda x: x, lambda x: x + 2.0**-10, **plain, **right).residual == 2.0**-10
    near = {"wrong": {"near": lambda x: x + 1000 * 2.0**-10}}
    with pytest.raises(CheckError, match="cannot tell"):
        check("eq", lambda x: x, lambda x: 1.0 * x, **plain, **near)


def test_a_function_is_not_compared_with_itself():
    with pytest.raises(ValueError, match="both sides of 'eq' are the same function"):
        check("eq", np.sin, np.sin, at=[1.0], wrong={"cos": np.cos})


def falling(power):
    """Return a function whose distance from 1 + x falls like a power of x."""
    return lambda x: 1 + x + np.abs(x) ** power


@pytest.mark.parametrize(
    ("power", "order", "passes"), [(2, 2 + 0.9 * 0.1, True), (2, 2 + 1.2 * 0.1, False)]
)
def test_an_order_may_fall_short_by_a_tenth(power, order, passes):
    assert ORDER_SLACK == 0.1
    options = {"at": 0.0, "order": order, "wrong": {"constant": lambda x: 1 + 0 * x}}
    if passes:
        check_order("eq", falling(power), lambda x: 1 + x, **options)
    else:
        with pytest.raises(CheckError, match="falls like"):
            check_order("eq", falling(power), lambda x: 1 + x, **options)


@pytest.mark.parametrize(("power", "told"), [(1.6, False), (1.45, True)])
def test_a_wrong_variant_must_fall_slower_by_half_an_order(power, told):
    wrong = {"near": lambda x: 1 + x + np.abs(x) ** power}
    model = {"at": 0.0, "order": 2, "wrong": wrong}
    if told:
        found = check_order("eq", falling(2), lambda x: 1 + x, **model)
        assert found.rejected["near"] == pytest.approx(2 - power, abs=0.1)
    else:
        with pytest.raises(CheckError, match="cannot tell the wrong variant"):
            check_order("eq", falling(2), lambda x: 1 + x, **model)


def test_half_an_order_is_told():
    wrong = {"near": lambda x: np.abs(x) ** 1.5}
    found = check_order("eq", lambda x: 0.0 * x, lambda x: x * x, at=0.0, order=2, wrong=wrong)
    assert found.rejected == {"near": 0.5}


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [
        (1.0, 1.0, "local minimum"),
        (-1.0, -1.0, "local maximum"),
        (1.0, -1.0, "saddle point"),
        (1.0, 0.0, "undecided"),
        (-1.0, 0.0, "undecided"),
        (0.0, 0.0, "undecided"),
        (1.0, 1e-9, "undecided"),
        (1.0, -1e-9, "undecided"),
        (-1.0, 1e-9, "undecided"),
        (-1.0, -1e-9, "undecided"),
        (1e6, 1e-4, "undecided"),
        (1.0, 1e-4, "local minimum"),
        (1.0, -1e-4, "saddle point"),
    ],
)
def test_eigenvalues_within_rounding_decide_nothing(a, b, kind):
    found = classify(lambda x: (a * x[0] ** 2 + b * x[1] ** 2) / 2, np.zeros(2))
    assert found.kind == kind
    np.testing.assert_allclose(found.eigenvalues, sorted([a, b]))
