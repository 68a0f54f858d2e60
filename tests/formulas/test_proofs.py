"""What SymPy proves from the tree of a formula, for which sizes, and what it does not."""

import numpy as np
import pytest
from trials import A, B, R, V

from mcalc.formulas import Formula

S = np.array([[2.0, 0.5], [0.5, 1.0]])
PROVED = [
    (r"\lim_{h\to0} \frac{(x+h)^2 - x^2}{h} = 2x", {}, "numbers"),
    (r"\lim_{h\to1} \frac{h^2 - 1}{h - 1} = 2", {}, "numbers"),
    (r"\frac{\mathrm{d}}{\mathrm{d} x}\sin(x) = \cos(x)", {}, "numbers"),
    (r"e^{x+y} = e^x e^y", {}, "numbers"),
    ("f'(x) = 2x", {"given": ["f(x) = x^2"], "f": lambda x: x * x}, "numbers"),
    (r"\grad(x^2 y) = (2xy, x^2)", {}, "numbers"),
    (r"2 = 1 + 1", {}, "numbers"),
    (r"\sum_{k=1}^{n} k = \frac{n(n+1)}{2}", {"n": 5}, "numbers"),
    (r"\grad\norm{\vec x}^2 = 2\vec x", {}, "3"),
    (r"J_{\norm{\cdot}}(\vec x) = \frac{\vec x\T}{\norm{\vec x}}", {}, "3"),
    (r"\vec x\T\vec y = \vec y\T\vec x", {"at": {"x": V, "y": V[::-1]}}, "3"),
    (r"\norm{\vec x}_1 = \abs{x_1} + \abs{x_2} + \abs{x_3}", {"at": {"x": V}}, "3"),
    (r"(\mat R\vec x)\T = \vec x\T\mat R\T", {"R": R}, "2×3, 3"),
    (r"\mat A^{-1}\mat A = \mat I", {"A": A, "n": 2}, "2×2"),
    (r"\det(\mat A\mat B) = \det(\mat A)\det(\mat B)", {"A": A, "B": B}, "2×2"),
    (r"\mat S\T = \mat S", {"S": S}, "2×2"),  # for a symmetric matrix
    (r"\frac{x}{x} = 1 \text{if } x \ne 0", {}, "numbers"),
    (r"2x = x + x \text{if } x > 0", {}, "numbers"),
]
NOT_PROVED = [
    (r"\mat D\mat E = \mat E\mat D", {"D": A, "E": A @ A}),  # they commute, as others do not
    (r"\abs{x} = x", {"at": {"x": 2.0}}),
    (r"2x = x + x \text{if } 0 < x = 1", {"at": {"x": 1.0}}),  # what is equal is not assumed
    (r"x = 0.3", {"at": {"x": 0.3}}),
    (r"f(x) = x^2", {"f": lambda x: x * x}),
    (r"\operatorname{twice}(x) = 2x", {"twice": lambda x: 2 * x}),
    (
        r"g(x) = 2x + 0",
        {"twice": lambda x: 2 * x, "given": [r"g(x) = \operatorname{twice}(x)"]},
    ),
    (r"\norm{\mat A}_2 = \norm{\mat A\T}_2", {"A": A}),  # SymPy finds no such norm
    (r"x \le x", {}),
    ("0.3 < 0.1 + 0.2", {}),  # which rounding makes true
    (r"x^2 = x^2", {"named": {"x^2": lambda x: x * x}}),
    (r"\cos x \approx 1", {"small": ["x"]}),
]


def proved(tex, options):
    """Return what the verdict says of a proof."""
    how = {name: options[name] for name in ("at", "small") if name in options}
    symbols = {name: value for name, value in options.items() if name not in how}
    return Formula(tex, **symbols).check(search=False, prove=True, **how).proved


@pytest.mark.parametrize(("tex", "options", "sizes"), PROVED)
def test_what_is_true_for_all_is_proved(tex, options, sizes):
    assert proved(tex, options) == sizes


@pytest.mark.parametrize(("tex", "options"), NOT_PROVED)
def test_what_holds_at_the_point_alone_or_is_code_is_not(tex, options):
    assert proved(tex, options) is None
