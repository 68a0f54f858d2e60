"""The numbers that a check reports, held to their digits; defaults, bounds and kinks of oracles."""

import math
import re

import numpy as np
import pytest
import torch

from mcalc import (
    Check,
    CheckError,
    check,
    check_grad,
    check_order,
    check_rule,
    numerical_grad,
    observed_order,
    rules,
)
from mcalc.checks.rule import DIFFERENCES, ROUNDING
from mcalc.checks.sides import directions_of, distance_of, shown
from mcalc.rules import TABLE

WRONG = {"half": lambda x: x / 2}


def same(x):
    return 1.0 * x


SHOWN = {
    "one point": (Check("eq", 1.26e-12, 1, {"a": 0.126}),
                  "residual 1.3e-12 at 1 point; rejected: a (off by 0.13)"),
    "exact": (Check("eq", 0.0, 2, {"a": 2.0}), "residual 0 at 2 points; rejected: a (off by 2)"),
    "several": (Check("eq", 0.0, 2, {"a": 1.0, "b": 3.0}),
                "residual 0 at 2 points; rejected: a (off by 1), b (off by 3)"),
    "an order": (Check("eq", None, 1, {"a": 1.0}, 1.994),
                 "order 1.99 in 1 direction; rejected: a (off by 1)"),
    "directions": (Check("eq", None, 3, {"a": 1.0}, 2.006),
                   "order 2.01 in 3 directions; rejected: a (off by 1)"),
    "a display": (Check("eq", 0.0, 3, {"a": 1.0, "b": 1.0}, tex="x"),
                  "residual 0 at 3 points; 2 slips rejected"),
    "none": (Check("eq", 0.0, 0, {}, tex="x"), "residual 0 at 0 points; 0 slips rejected"),
    "an order of a display": (Check("eq", None, 2, {}, 2.0, tex="x"),
                              "order 2.00 in 2 directions; 0 slips rejected"),
}  # fmt: skip


@pytest.mark.parametrize(("record", "line"), SHOWN.values(), ids=SHOWN)
def test_a_record_is_one_line(record, line):
    assert repr(record) == f"✓ eq: {line}"
    assert bool(record)


def test_a_record_that_fails_says_why_and_is_false():
    record = Check("eq", 0.0, 2, {"a": 1.0}, failure="it is off")
    assert repr(record) == "✗ eq: it is off"
    assert not record


def test_the_tolerance_is_a_billionth_and_wrong_variants_miss_by_a_millionth():
    with pytest.raises(CheckError, match="1e-09 is allowed"):
        check("eq", same, lambda x: x + 1.01e-9, at=[1.0], wrong=WRONG)
    assert check("eq", same, lambda x: x + 0.99e-9, at=[1.0], wrong=WRONG).residual > 9e-10
    near = {"near": lambda x: x + 1.01e-6}
    assert check("eq", same, lambda x: +x, at=[1.0], wrong=near).rejected["near"] < 1.02e-6
    with pytest.raises(CheckError, match=r"by 9\.9e-07 at most"):
        check("eq", same, lambda x: +x, at=[1.0], wrong={"near": lambda x: x + 0.99e-6})


def test_the_worst_entry_of_the_worst_value_counts():
    a = [np.array([1.0, 4.0]), np.array([[0.5, -8.0]])]
    for part, place, off in ((0, 1, 4e-3), (1, (0, 1), 8e-3), (1, (0, 0), 1e-3), (0, 0, -1e-3)):
        b = [x.copy() for x in a]
        b[part][place] += off
        assert distance_of("eq", a, b, "side", (0.0,)) == pytest.approx(1e-3)
    assert distance_of("eq", [np.zeros(0)], [np.zeros(0)], "side", (0.0,)) == 0.0


@pytest.mark.parametrize(
    ("left", "right", "distance"),
    [(2.0, 3.0, 0.5), (3.0, 2.0, 1 / 3), (0.5, 0.0, 0.5), (-4.0, 4.0, 2.0), (1e-3, -1e-3, 2e-3)],
)
def test_a_distance_is_relative_to_the_left_side_where_it_is_large(left, right, distance):
    found = distance_of("eq", [np.array(left)], [np.array(right)], "side", (0.0,))
    assert found == pytest.approx(distance)


def test_a_complex_value_is_compared_by_its_modulus():
    off = lambda z: z + 3e-10 + 4e-10j  # noqa: E731
    found = check("eq", same, off, at=[1j], wrong={"conjugate": np.conj})
    assert found.residual == pytest.approx(5e-10)
    assert found.rejected == {"conjugate": 2.0}


def test_the_order_is_that_of_the_worst_direction_and_value():
    f = lambda x: np.array([x[0] ** 2 + x[1] ** 4, np.abs(x[0]) ** 3])  # noqa: E731
    model = lambda x: np.zeros(2)  # noqa: E731
    options = {"at": np.zeros(2), "wrong": {"one": lambda x: np.ones(2) + x}}
    ways = {"x": np.array([1.0, 0.0]), "y": np.array([0.0, 1.0])}
    for names, order in (("y", 4), ("x", 2), ("xy", 2), ("yx", 2)):
        given = [ways[name] for name in names]
        found = check_order("eq", f, model, order=order, directions=given, **options)
        assert found.order == pytest.approx(order, abs=1e-6)
        assert found.points == len(names)
        assert found.rejected == {"one": pytest.approx(order, abs=0.5)}


def test_an_order_is_measured_down_to_the_rounding_of_the_values():
    wrong = {"one": lambda x: 1.0 + x}
    bent = check_order(
        "eq", lambda x: x**2 + 30 * x**3, lambda x: 0 * x, at=0.0, order=2, wrong=wrong
    )
    assert bent.order == pytest.approx(2, abs=0.005)
    wrong = {"off": lambda x: 1e8 + x}
    large = check_order(
        "eq", lambda x: 1e8 + x**2, lambda x: 1e8 + 0 * x, at=0.0, order=2, wrong=wrong
    )
    assert large.order == pytest.approx(2, abs=1e-4)


def test_errors_below_the_rounding_of_1_count_for_nothing_where_the_values_are_small():
    wrong = {"one": lambda x: 1.0 + x}
    model = lambda x: x + x**2 / 2 + x**3 / 6  # noqa: E731
    small = check_order("eq", lambda x: np.exp(x) - 1, model, at=0.0, order=4, wrong=wrong)
    assert small.order == pytest.approx(4, abs=0.02)


def test_of_several_values_the_one_that_is_most_off_has_the_order():
    f = lambda x: (x**4, x**2, x**3)  # noqa: E731
    wrong = {"one": lambda x: (0 * x, 0 * x, x)}
    found = check_order("eq", f, lambda x: (0 * x,) * 3, at=0.0, order=2, wrong=wrong)
    assert found.order == pytest.approx(2, abs=1e-6)
    assert found.rejected == {"one": pytest.approx(1, abs=0.01)}


def test_the_first_step_is_a_tenth_and_may_be_given():
    steps = []

    def model(x):
        steps.append(float(x))
        return 0.0 * x

    def f(x):
        return x * x

    wrong = {"one": lambda x: 1.0 + x}
    check_order("eq", f, model, at=0.0, order=2, wrong=wrong)
    assert steps[0] == 0.1
    assert steps[1] == 0.05
    assert min(steps) == -0.1
    steps.clear()
    check_order("eq", f, model, at=0.0, order=2, wrong=wrong, step=0.4)
    assert steps[0] == 0.4


def test_random_directions_are_unit_vectors_and_the_same_each_time():
    at = np.zeros((2, 3))
    ways = directions_of("eq", at, None)
    assert len(ways) == 3
    assert [way.shape for way in ways] == [(2, 3)] * 3
    np.testing.assert_allclose([np.linalg.norm(way) for way in ways], 1.0)
    assert abs(np.sum(ways[0] * ways[1])) < 0.99
    np.testing.assert_array_equal(ways, directions_of("eq", at, None))
    assert [float(way) for way in directions_of("eq", np.array(0.0), None)] == [1.0, -1.0]
    (way, *_) = directions_of("eq", torch.zeros(2, dtype=torch.float64), None)
    assert way.dtype == torch.float64


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.arange(12.0), "[ 0. 1. 2. 3. 4. 5. 6. 7. 8. 9. 10. 11.]"),
        (np.arange(13.0), "[ 0. 1. 2. ... 10. 11. 12.]"),
        (np.array(1 / 3), "0.333333"),
        ([1.0], "1.0"),
        ([], "()"),
        ((1.0, 2.0), "(1.0, 2.0)"),
        ("a\n b", "a b"),
    ],
)
def test_a_value_is_short_enough_for_a_message(value, text):
    assert shown(value) == text


def steps_of(f, x, **options):
    """Return how far from x a numerical derivative goes."""
    seen = []
    numerical_grad(lambda t: seen.append(float(t)) or f(t), x, **options)
    return [t - x for t in seen]


@pytest.mark.parametrize(("x", "scale"), [(0.0, 1.0), (0.5, 1.0), (-3.0, 3.0), (100.0, 100.0)])
def test_the_default_step_is_the_cube_root_of_the_precision(x, scale):
    up, down = steps_of(np.sin, x)
    assert up == pytest.approx(np.cbrt(np.finfo(float).eps) * scale, rel=1e-6)
    assert down == pytest.approx(-up, rel=1e-6)
    assert steps_of(np.sin, x, step=0.25) == [0.25, -0.25]


def test_a_complex_step_is_tiny_unless_it_is_given():
    seen = []
    f = lambda z: seen.append(complex(z).imag) or z * z  # noqa: E731
    numerical_grad(f, 1.0, method="complex")
    assert seen == [0.0, 1e-30]
    numerical_grad(f, 1.0, method="complex", step=1e-10)
    assert seen[2:] == [0.0, 1e-10]


def test_an_order_is_that_of_the_last_two_errors_above_the_floor():
    steps = []

    def error(h):
        steps.append(h)
        return h**2 if h > 0.02 else h**3

    assert observed_order(error) == pytest.approx(3.0)
    assert steps[:2] == [0.1, 0.05]
    steps.clear()
    assert observed_order(lambda h: steps.append(h) or h) == pytest.approx(1.0)
    assert steps == [0.1 / 2**k for k in range(12)]  # however slowly it falls
    assert observed_order(error, floor=0.03**2) == pytest.approx(2.0)
    assert observed_order(lambda h: h, floor=0.05) == math.inf  # one error alone
    assert observed_order(lambda h: h, floor=0.04) == pytest.approx(1.0)
    assert observed_order(lambda h: 1e-12) == math.inf  # at the floor is rounding
    assert observed_order(lambda h: 1.1e-12) == pytest.approx(0.0)


def test_the_distance_of_a_gradient_is_euclidean():
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    off = np.array([[1.0, -2.0], [2.0, 4.0]])
    assert check_grad(np.sum, lambda x: np.ones((2, 2)) + off, x) == pytest.approx(5.0)


@rules.primitive
def own(x):
    """Stands for a user's function; each test gives it its slope."""
    return own.slope * x


@pytest.mark.parametrize("slope", [3.0, 0.3])
@pytest.mark.parametrize(("off", "fails"), [(0.9 * DIFFERENCES, False), (1.1 * DIFFERENCES, True)])
def test_a_pull_may_be_off_by_what_differences_are(off, fails, slope):
    """Relative to the larger of 1 and the largest entry: the slope times the cotangent."""
    assert (DIFFERENCES, ROUNDING) == (1e-6, 1e-10)
    at = np.array([1.0, 2.0, -1.0])
    own.slope = slope
    size = slope * np.max(np.abs(np.random.default_rng(0).normal(size=3)))
    scale = max(1.0, size) / size
    rules.elementwise(own, lambda y, x: slope * (1.0 + off * scale) + 0.0 * x)
    try:
        if fails:
            with pytest.raises(CheckError, match="own, pull of argument 0, entry"):
                check_rule(own, at)
        else:
            check_rule(own, at)
    finally:
        TABLE.pop(own)


@pytest.mark.parametrize(
    ("place", "off"), [(0, [6.0, 0.1, 1.0]), (1, [0.1, 4.0, 0.1]), (2, [3.0, 3.0, 1.0])]
)
def test_the_message_of_a_wrong_row_names_the_worst_entry(place, off):
    """By the difference: in the last case the others are wrong by the larger factor."""
    own.slope = 3.0
    rules.elementwise(own, lambda y, x: 3.0 + np.interp(x, [1.0, 2.0, 3.0], off))
    try:
        with pytest.raises(
            CheckError, match=re.escape(f"own, pull of argument 0, entry ({place},): it is")
        ):
            check_rule(own, np.array([1.0, 2.0, 3.0]))
    finally:
        TABLE.pop(own)
