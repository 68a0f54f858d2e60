"""How close is close enough: each tolerance from within and from without."""

import numpy as np
import pytest
from trials import V, fails, holds, refused, verdict

from mcalc.formulas import Formula

H = {"small": ["h"], "at": {"h": 1.0}}
X = {"at": {"x": 0.5}}
VECTOR = {"at": {"x": V}}


def steps(slope):
    """Return x and a stair of that slope, which is level for mcalc and not for its values."""
    return lambda x: x + slope * np.floor(1e12 * x) / 1e12


RESIDUALS = [
    holds("x = x + 10^{-10}", **X),
    fails("x = x + 10^{-8}", **X),
    holds("x = x + 10^{-4}", tol=1e-3, **X),
    fails("x = x + 10^{-2}", tol=1e-3, **X),
    holds("x = x", tol=0.0, **X),
    holds("10^6 x = 10^6 x + 10^{-4}", **X),  # relative to the left side
    fails("10^6 x = 10^6 x + 10^{-2}", **X),
    fails("10^{-6} x = 10^{-6} x + 10^{-8}", **X),  # but to 1 at least
    holds(r"x \le x - 10^{-10}", **X),
    fails(r"x \le x - 10^{-8}", **X),
    holds(r"x \ge x + 10^{-10}", **X),
    fails(r"x \ge x + 10^{-8}", **X),
    holds("x < x + 10^{-12}", **X),
    fails("x < x", **X),
    holds("x > x - 10^{-12}", **X),
    fails("x > x", **X),
    fails("x > x + 2", **X),
    fails(r"x \ne x + 10^{-10}", **X),
    holds(r"x \ne x + 10^{-8}", **X),
]
DIGITS = [
    holds(r"0.55 \approx 0.555", **X),
    fails(r"0.55 \approx 0.5551", **X),
    fails(r"0.55 \approx 0.5449", **X),
    holds(r"0.5 \approx 0.55", **X),
    holds(r"7 \approx 7.5"),
    fails(r"7 \approx 7.6"),
    fails(r"0.55 \le 0.549"),
    fails(r"0.55 \ge 0.551"),
    holds(r"(0.2, 0.9) \approx (0.23, 0.94)"),
    fails(r"(0.2, 0.9) \approx (0.23, 0.96)"),
    holds(r"-1.2 \approx -1.23"),
    fails(r"-1.2 \approx -1.27"),
    holds(r"1.23 \approx -(-1.23456)"),
    holds(r"1.5 \cdot 10^{-3} \approx 0.00154"),
    fails(r"1.5 \cdot 10^{-3} \approx 0.00156"),
    fails(r"1.5 \cdot 3^{-3} \approx 0.0601"),
    holds(r"1.5 \cdot 10^{n} \approx 1500", n=3),  # as far as the digits of one side say
    fails(r"1.5 \cdot 10^{n} \approx 1502", n=3),
    fails(r"1.5 \cdot 10^{-3} \cdot 1 \approx 0.00156"),
    fails(r"1.5 \cdot 10^{3 - 2} \approx 60"),
    fails(r"\sqrt{2} \approx 1.3"),
    holds(r"(0.2, 0.9)\T \approx (0.23, 0.94)\T"),
    fails(r"(0.2, 0.9)\T \approx (0.23, 0.96)\T"),
]
LIMITS = [
    holds(r"\lim_{h\to0} \frac{\sin h}{h} = 1 + 5\cdot 10^{-7}"),
    fails(r"\lim_{h\to0} \frac{\sin h}{h} = 1 + 2\cdot 10^{-6}"),
    holds(r"1 + 5\cdot 10^{-7} = \lim_{h\to0} \frac{\sin h}{h}"),
]
ORDERS = [
    holds(r"h^{1.95} \approx 0", **H),
    fails(r"h^{1.85} \approx 0", **H),
    holds(r"h^{2.9} \approx 0", order=3, **H),
    fails(r"h^{1.95} \approx 0", order=3, **H),
    fails(r"h^{1.95} \approx 0", order=2.1, **H),
    holds(r"h^{1.95} = 0 + O(h^2)", **H),
    fails(r"h^{1.85} = 0 + O(h^2)", order=1, **H),
    holds(r"h^{2.4} = 0 + O(h^2)", **H),
    refused(r"h^{2.6} = 0 + O(h^2)", **H),
    holds(r"h^{2.6} = 0 + o(h^2)", **H),
    fails(r"h^{2.4} = 0 + o(h^2)", **H),
    holds(r"h^{3.4} = 0 + o(h^2)", **H),
    refused(r"h^{3.6} = 0 + o(h^2)", **H),
    holds(r"h^{0.6} = 0 + o(1)", order=0.5, **H),
    fails(r"e^h \approx 1 + h, \qquad 2h = 2h + 10^{-8}", **H),
    holds(r"e^h \approx 1 + h, \qquad 2h = 2h + 10^{-10}", **H),
    holds(r"e^h \approx 1 + h, \qquad 2h = 2h + 10^{-4}", tol=1e-3, **H),
    holds(r"e^h \approx 1 + h, \qquad h \le h - 10^{-4}", tol=1e-3, **H),
    fails(r"e^h \approx 1 + h, \qquad h \le h - 10^{-2}", tol=1e-3, **H),
    holds(r"e^h \approx 1 + h, \qquad 2h = h + h", tol=0.0, **H),
    holds(r"\cos\varepsilon \approx 1", at={"varepsilon": 0.5}),
    holds(r"\cos h_1 \approx 1", at={"h_1": 0.5}),
]
PLACES = [
    holds("x_{1 + 10^{-10}} = x_1", **VECTOR),
    refused("x_{1 + 10^{-8}} = x_1", **VECTOR),
    holds("f'(x) = 1 + 10^{-10}", f=steps(1e-5), **X),
    refused("f'(x) = 1", f=steps(1e-4), **X),
    holds("g(x) + f'(x) = 10^9 + x", f=lambda x: 1e9 * x, g=steps(0.0), **X),
]
EVERY = RESIDUALS + DIGITS + LIMITS + ORDERS + PLACES


@pytest.mark.parametrize(("tex", "options", "expected"), EVERY)
def test_a_formula_is_judged_within_its_tolerance(tex, options, expected):
    assert verdict(tex, **options) == expected


def test_a_slip_that_misses_by_less_than_a_thousand_tolerances_is_not_rejected():
    formula = Formula("x + 10^{-8} y = 10^{-8} y + x")
    slip = "sign of 10^{-8} y"
    assert any(said.startswith(f"{slip}:") for said in formula.check().equivalent)
    assert slip in formula.check(tol=1e-12).rejected


def test_a_slip_that_holds_to_the_last_bit_is_another_true_formula():
    assert Formula(r"\cos(-x) = \cos x").check(tol=0.0).equivalent


@pytest.mark.parametrize("tex", [r"e^h \approx 1 + h", "e^h = 1 + h + O(h^2)"])
def test_a_slip_of_an_approximation_falls_short_by_its_order_at_most(tex):
    found = Formula(tex).check(small=["h"])
    assert found.residual == 0.0
    assert max(found.rejected.values()) == pytest.approx(2.0)


def test_the_residual_is_the_largest_one():
    points = [{"x": 1.0}, {"x": 3.0}, {"x": 2.0}]
    found = Formula("x = x + 10^{-10} x").check(at=points, search=False)
    assert found.residual == pytest.approx(1e-10, rel=1e-4)
    found = Formula(r"0 = 10^{-10} x").check(at=points, search=False)
    assert found.residual == pytest.approx(3e-10)


def test_the_order_is_the_smallest_one_and_the_residual_that_of_the_exact_parts():
    formula = Formula(r"e^h \approx 1 + h + a h^2, \qquad 2h = 2h + 10^{-10}")
    found = formula.check(
        at=[{"h": 0.5, "a": 0.5}, {"h": 0.5, "a": 0.0}], search=False, small=["h"]
    )
    assert found.order == pytest.approx(2.0, abs=0.02)
    assert found.residual == pytest.approx(1e-10, rel=1e-3)
    assert (found.points, found.relations) == (2, 2)
