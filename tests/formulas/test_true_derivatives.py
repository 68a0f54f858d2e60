"""Derivatives, limits and approximations: what holds, what fails, and what is refused."""

import itertools

import numpy as np
import pytest
from trials import A, V, fails, holds, refused, verdict

FORM = {"f": lambda x: x @ A @ x, "A": A}
SQUARE = {"given": [r"f(x) = x^2"]}
TWO = {"given": [r"f(x, y) = x^2 y + y^3"]}
INNER = {"f": lambda y: A @ y, "g": lambda x: x**2}
GRAPH = {"given": [r"u = x^2, \qquad v = ux"]}


def SQUARES(x):  # noqa: N802 - as a letter of the formulas
    return np.stack([np.stack([x, x**2]), np.stack([x**3, x**4])])


BOWL = {"P": A.T @ A, "b": np.array([1.0, -2.0]), "c": np.array([0.5, 4.0])}
LEAST = {**BOWL, "x_star": np.linalg.solve(BOWL["P"], BOWL["b"])}
HIDDEN = [  # what a part of a formula depends on without naming it
    holds(r"\pd{(y f)}{x} = 3x^2 y", f=lambda x: x**3),
    fails(r"\pd{(y f)}{x} = 2x^2 y", f=lambda x: x**3),
    holds(r"\pd{(y u)}{x} = 3x^2 y", given=["u = v x", "v = x^2"]),
    holds(r"\pd{(u + w_2)}{x} = 2x + 4x^3", given=["u = x^2", "w_k = u^k"]),
    holds(r"\pd{(2 \pd{f}{x})}{y} = 4x", given=["f(x, y) = x^2 y + y^2"]),
    holds(r"\sum_{k=1}^{3} \pd{(a x^k)}{x} = a + 2ax + 3ax^2", a=0.7),
]
SEARCHES = [
    holds(r"\vec x^* = \argmin_{\vec x} (\tfrac12\vec x\T\mat P\vec x - \vec b\T\vec x)", **LEAST),
    holds(r"\vec{x}_* = \operatorname*{argmin}_{\vec y} \norm{\mat P\vec y - \vec b}^2", **LEAST),
    fails(r"\vec x^* = \argmin_{\vec x} (\tfrac12\vec x\T\mat P\vec x - \vec c\T\vec x)", **LEAST),
    fails(r"\vec x^* = \argmax_{\vec x} (\tfrac12\vec x\T\mat P\vec x - \vec b\T\vec x)", **LEAST),
    holds(r"\argmin_x (x - 3)^2 = 3"),
    holds(r"\argmin_x (x^4 + 1) = 0"),  # as flat as rounding near by
    holds(r"\argmin_x (10^5 + x^4 - 4x^3 + 6x^2 - 4x) = 1"),  # which may fall below it
    fails(r"\argmin_x (x^4 + 1) = 0.1"),
    fails(r"\argmin_x (x - 3)^2 = 3 + 10^{-6}"),
    fails(r"\argmin_x x^2 (x^2 - 4)(x + 5) = 0"),  # a lowest point nearby alone
    fails(r"\argmin_x (x^3 - x) = \frac{1}{\sqrt{3}}"),  # another
    fails(r"\argmin_x (\sin^2(x) + 0.1\cos(x) - 0.1) = 0"),  # a lowest point nearby, by a little
    fails(r"\argmin_x (-x^2) = 0"),
    holds(r"\argmax_x \frac{x}{1 + x^2} = 1"),
    holds(r"\argmin_x (0x) = 3"),  # as any other place is
    refused(r"\argmin_{x < 1} x^2 = 0"),
    refused(r"x^\infty = 0"),
]
PARTIALS = [
    holds(r"f'(x) = 2x", **SQUARE),
    fails(r"f'(x) = 2x + 1", **SQUARE),
    holds(r"2x = \frac{\partial f}{\partial x}", **SQUARE),
    holds(r"f''(x) = 2", **SQUARE),
    holds(r"\pd{f}{x} = 2xy", **TWO),
    fails(r"\pd{f}{y} = 2xy", **TWO),
    holds(r"\frac{\partial^2 f}{\partial x\,\partial y} = 2x", **TWO),
    holds(r"\frac{\partial^2 f}{\partial x^2} = 2y", **TWO),
    fails(r"\frac{\partial^2 f}{\partial x^2} = 2x + y", **TWO),
    refused(r"\frac{\partial^2 f}{\partial x} = 2x", **TWO),
    holds(r"\pd{f}{x}(1, 2) = 4", **TWO),
    fails(r"\pd{f}{x}(2, 1) = 1", **TWO),
    holds(r"\left. \pd{f}{x} \right|_{x=3} = 6", **SQUARE),
    fails(r"\left. \pd{f}{x} \right|_{x=2} = 6", **SQUARE),
    holds(r"\pd{}{x}(x^3 + y) = 3x^2"),
    fails(r"\pd{}{x}(x^3 + y) = 3x^2 + 1"),
    holds(r"\nabla f(x, y) = (2xy, x^2 + 3y^2)", **TWO),
    fails(r"\nabla f(x, y) = (x^2 + 3y^2, 2xy)", **TWO),
    refused(r"\nabla f(x, y) = (2xy, x^2 + 3y^2)\T", **TWO),
    holds(r"\grad(\vec x\T\mat A\vec x) = (\mat A + \mat A\T)\vec x", A=A),
    fails(r"\grad(\vec x\T\mat A\vec x) = 2\mat A\vec x", A=A),
    refused(r"\grad\vec x\T\vec x = 2\vec x"),
    holds(r"\grad_{\vec x}(\vec x\T\vec y) = \vec y"),
    fails(r"\grad_{\vec y}(\vec x\T\vec y) = \vec y"),
    refused(r"\grad(\vec x\T\vec y) = \vec y"),
    holds(r"\grad\norm{\vec x}_2^2 = 2\vec x", at={"x": np.zeros(2)}),  # smooth, as a square
    holds(r"\grad\norm{\vec x} = \frac{\vec x}{\norm{\vec x}}"),
    holds(r"H_f(\vec x) = \mat A + \mat A\T", **FORM),
    fails(r"H_f(\vec x) = 2\mat A", **FORM),
    holds(r"J_f(\vec x) = \mat A", f=lambda x: A @ x, A=A),
    fails(r"J_f(\vec x) = \mat A\T", f=lambda x: A @ x, A=A),
    holds(r"\pd{\mat A\vec x}{\vec x} = \mat A\T", A=A),
    fails(r"\pd{\mat A\vec x}{\vec x} = \mat A", A=A),
    holds(r"\pd{\mat A\vec x}{\vec x} = \mat A \text{in numerator layout}", A=A),
    fails(r"\pd{\mat A\vec x}{\vec x} = \mat A\T \text{in numerator layout}", A=A),
    holds(r"\pd{\mat A\vec x}{\vec x} = \mat A\T \text{in denominator layout}", A=A),
    holds(r"\pd{(\vec{\beta}\T\vec x)}{\vec x} = \vec{\beta}", beta=V),
    refused(r"\pd{(\vec{\beta}\T\vec x)}{\vec x} = \vec{\beta}\T", beta=V),
    refused(r"\pd{x^2}{z} = 2x", at={"x": 1.0}),
    refused(r"\frac{\mathrm{d} f}{\partial x} = 2x", **SQUARE),
    fails(r"\sum_{k=1}^{2} \pd{(kx_1)}{x_1} = 2", at={"x": V}),
    fails(r"\sum_{k=1}^{2} \pd{v_1}{x_1} = 2", given=[r"\vec v = k\vec x"], at={"x": V}),
    refused(r"\left. x^2 \right|_{x<2} = 4"),
    refused(r"\left. x^2 \right|_{x\ne2} = 4"),
    holds(r"H_f(x) = 2", **SQUARE),
    holds(r"J_f(\vec x) = (\grad f(\vec x))\T", **FORM),
    refused(r"J_f(\vec x) = \grad f(\vec x)", at={"x": V[:2]}, **FORM),
    holds(r"J_f(x) = 2x", **SQUARE),
    refused(r"H_1 = 3"),
    refused(r"\pd{x^2}{x_1} = 2", at={"x": 1.0}),
    refused(r"J_f = \mat A", f=lambda x: A @ x, A=A),
    holds(r"J_f(x, y) = (2xy, x^2 + 3y^2)\T", **TWO),
    holds(r"J_f(x, y) = (2x, 1)\T", f=lambda x, y: x**2 + y),
    holds(r"J_f(x, y) = \begin{bmatrix} y & x \\ 1 & 0 \end{bmatrix}", f=lambda x, y: (x * y, x)),
    refused(r"J_f(\vec x, \vec y) = 2\vec x\T", f=lambda x, y: x @ x + y @ y),
    refused("H_{f,g}(x) = 2", f=lambda x: x**2, g=lambda x: x),
    refused("J_{f,g}(x) = 2x", f=lambda x: x**2, g=lambda x: x),
    holds(r"f' = 2x", f=lambda x: x * x),
    holds(r"f' = 2x + 0y", **SQUARE),
    fails(r"f' = x", f=lambda x: x * x),
    holds(r"f'' = 6x", f=lambda x: x**3),
    holds(r"\grad\log\det\mat M = \mat M^{-\mathsf{T}}", at={"M": A}),
    fails(r"\grad\log\det\mat M = \mat M^{-1}", at={"M": A}),
    holds(r"\grad\operatorname{half}(\vec x) = \vec x", half=lambda x: x @ x / 2),
    holds(r"\grad\log\det\mat M = \mat M^{-\mathsf{T}}", M=A),
    holds(
        r"\grad\log\det\begin{bmatrix} h & j \\ k & l \end{bmatrix}"
        r" = \frac{1}{hl - jk} \begin{bmatrix} l & -k \\ -j & h \end{bmatrix}",
        at={"h": 2.0, "j": 0.5, "k": -1.0, "l": 3.0},
    ),
    holds(r"\grad(\det\mat M) + 0\mat X = \det(\mat M) \mat M^{-\mathsf{T}}", M=A, at={"X": A}),
    fails(r"\grad(\det\mat M) + \mat X = \mat X", M=A, at={"X": A}),  # X is not in it
    holds(r"\grad(w_1^2 w_2) = (2w_1 w_2, w_1^2)", at={"w_1": 2.0, "w_2": 3.0}),
    holds(
        r"H_{\norm{\cdot}}(\vec v) = \frac{\mat I}{\norm{\vec v}}"
        r" - \frac{\vec v\vec v\T}{\norm{\vec v}^3}"
    ),
    holds(r"J_{f \circ g}(\vec x) = J_f(g(\vec x)) J_g(\vec x)", at={"x": V[:2]}, **INNER),
    fails(r"J_{f \circ g}(\vec x) = J_g(\vec x) J_f(g(\vec x))", at={"x": V[:2]}, **INNER),
    holds(r"\pd{\operatorname{tr}(\mat X\mat X)}{x_{12}} = 2x_{21}", at={"X": A}),
    holds(r"\norm{\pd{(x_1^2\vec y)}{x_1}} = 2\abs{x_1} \norm{\vec y}", at={"x": V, "y": V[::-1]}),
    holds(r"\pd{a_{12}}{x} = 2x", A=SQUARES, a=lambda x: np.stack([x, x])),  # an entry of A
    holds(r"\pd{a_1}{x} = 1 + 0x", A=SQUARES, a=lambda x: np.stack([x, x])),  # and one of a
    holds(r"\td{(t^2\vec v)}{t} = 2t\vec v"),
    holds(r"\pd{(t^2\vec v)}{t} = 2t\vec v\T"),
    holds(r"\pd{(t^2\vec v)}{t} = 2t\vec v \text{in numerator layout}"),
    holds(r"\frac{\partial^2 f}{\partial x^2}(1, 2) = 4", **TWO),
    fails(r"\frac{\partial^2 f}{\partial x^2}(1, 2) = 2", **TWO),
    refused(r"\frac{\partial f}{\mathrm{d} x} = 2x", **SQUARE),
    *(
        holds(rf"\grad\norm{{\mat X}}{kind}^2 = 2\mat X", at={"X": np.zeros((2, 2))})
        for kind in ("", "_F")
    ),
    holds(r"\frac{\partial(\vec x\T\vec x)}{\partial\vec x} = 2\vec x"),
    holds(r"\abs{x}' = \grad\abs{x}", at={"x": -2.0}),
    holds(r"J_{\vec f} = \mat A", f=lambda x: A @ x, A=A, at={"x": V[:2]}),
    holds(r"\pd{f}{x}(2) + y = 4 + y", f=lambda *a: a[0] ** 2),
    holds(r"\pd{w_2}{x} = 2x", given=["w_k = x^k"]),
    holds(r"\pd{(2\pd{v_1}{x})}{x} = 12x", given=[r"\vec v = (x^3, x)"]),
    holds(r"\pd{\vec a_1}{x} = (1, 2x)\T", A=lambda x: np.stack([np.stack([x, x**2])] * 2)),
    holds(
        r"\pd{\mat A\T_2}{x} = (2x, 2x)\T",
        A=lambda x: np.stack([np.stack([x, x**2])] * 2),
    ),
    holds(r"\pd{\pi}{x} = 0"),
    holds(r"\pd{\operatorname{tr}(\mat X\mat X)}{\vec x_1} = 2(x_{11}, x_{21})", at={"X": A}),
]
IN_ORDER = [  # the letters are those of the function, in its order: y stands first in the formula
    holds(r"\grad f = (y^2, 2xy)", given=["f(x, y) = x y^2"]),
    holds(r"\grad f = (y^2, 2xy)", f=lambda x, y: x * y**2),
    fails(r"\grad f = (y, 1 + 0x)", given=["f(x, y) = x + \\frac{y^2}{2}"]),  # these are swapped
    holds(r"H_f = \begin{bmatrix} 2y & 2x \\ 2x & 6y \end{bmatrix}", **TWO),
    holds(r"H_f(x, y) = \begin{bmatrix} 2y & 2x \\ 2x & 6y \end{bmatrix}", **TWO),
    holds(r"f' = 2\lambda x", f=lambda x, lam: lam * x**2, lam=3.0),
    holds(r"H_f = 2", f=lambda x: x**2, x=3.0),
    holds(r"\pd{f}{x}(1, 2) + xy = 4 + xy", f=lambda v: v[0] ** 2 * v[1]),
    holds(r"\pd{f}{x}(x + 1) = 2x + 2", f=lambda t: t * t),
    fails(r"\pd{f}{x}(x + 1) = 2x", f=lambda t: t * t),
    holds(r"\pd{f}{x}(x + 1) + y = 2x + 2 + y", **SQUARE),
]
GRAPHS = [
    holds(r"\pd{v}{x} = 3x^2", **GRAPH),
    fails(r"\pd{v}{x} = u", **GRAPH),
    holds(r"\partial_{x \to v} = u", **GRAPH),
    fails(r"\partial_{x \to v} = 3x^2", **GRAPH),
    holds(r"\partial_{u \to v} = x", **GRAPH),
    holds(r"\pd{v}{x} = \partial_{x \to v} + \partial_{u \to v}\partial_{x \to u}", **GRAPH),
    fails(r"\pd{v}{x} = \partial_{u \to v}\partial_{x \to u}", **GRAPH),
    holds(r"\frac{\partial_{x \to v}}{2} = \frac{u}{2}", **GRAPH),
    refused(r"\partial_{v \to u} = x", **GRAPH),
    refused(r"\partial_{x \to w} = x", **GRAPH),
]
DIFFERENTIALS = [
    holds(r"\mathrm{d}(\vec x\T\vec x) = 2\vec x\T\mathrm{d}\vec x"),
    fails(r"\mathrm{d}(\vec x\T\vec x) = \vec x\T\mathrm{d}\vec x"),
    holds(
        r"\mathrm{d}(\mat X^{-1}) = -\mat X^{-1}\,\mathrm{d}\mat X\,\mat X^{-1}",
        at={"X": A, "dX": A @ A},
    ),
    fails(r"\mathrm{d}(\mat X^{-1}) = -\mathrm{d}\mat X\,\mat X^{-2}", at={"X": A, "dX": A.T}),
    refused(r"\mathrm{d}(x^2) = 2x", at={"x": 1.0}),
]
LIMITS = [
    holds(r"\lim_{h\to0} \frac{\sin h}{h} = 1"),
    fails(r"\lim_{h\to0} \frac{\sin h}{h} = 0"),
    refused(r"\lim_{h\to0} \frac{\abs{h}}{h} = 1"),
    refused(r"\lim_{h\to0} \frac1h = 0"),
    refused(r"\lim_{h\to0} \frac{1}{h^2} = 1"),
    holds(r"\lim_{h\to0} \frac{f(x+h) - f(x)}{h} = 2x", **SQUARE),
    fails(r"\lim_{h\to0} \frac{f(x+h) - f(x)}{h} = 3x", **SQUARE),
    refused(r"\lim_{h\to0} \sin\frac1h = 0"),
    refused(r"\lim_{h\to0} \cos(\frac{2\pi}{h}) = 1"),
    refused(r"\lim_{h\to0} \sin(\frac{\pi}{h}) = 0"),
    refused(r"\lim_{h\to0} \frac{1}{h^2} = 2666496", tol=1e-3),
]
SMALL = {"small": ["h"]}
APPROXIMATIONS = [
    holds(r"e^h \approx 1 + h", **SMALL),
    fails(r"e^h \approx 1 + 2h", **SMALL),
    fails(r"e^h \approx 1 + h", order=3, **SMALL),
    holds(r"e^h \approx 1 + h + \frac{h^2}{2}", order=3, **SMALL),
    fails(r"x \approx y"),
    fails(r"h \approx h"),
    fails(r"e^h \approx 1 + h = 1 + 2h", **SMALL),
    fails(r"e^h \approx 1 + h, \qquad x = x + h^2", **SMALL),
    holds(r"e^h = 1 + h + O(h^2)", **SMALL),
    refused(r"e^h = 1 + h + O(h)", **SMALL),
    fails(r"e^h = 1 + h + O(h^3)", **SMALL),
    holds(r"e^h = 1 + h + O(h^2), \qquad h \le h + 1", **SMALL),
    holds(r"e^h = 1 + h + o(h)", **SMALL),
    fails(r"e^h = 1 + h + o(h^2)", **SMALL),
    refused(r"\sin h = h + o(h)", **SMALL),
    holds(r"\sin h = h + o(h^2)", **SMALL),
    fails(r"\sin h = h + O(h^4)", **SMALL),
    fails(r"\sin h = h + o(h^3)", **SMALL),
    fails(r"e^h = 1 + h + O(h^3)", order=1, **SMALL),
    fails(r"e^h \approx 1 + h \approx 1", **SMALL),
    holds(r"e^h \approx 1 + h, \quad \abs{h} = h", at={"h": 0.3}, **SMALL),
    fails(r"e^h \approx 1 + h, \quad 2h = h + 0.3", at={"h": 0.31}, **SMALL),
]
DIGITS = [
    holds(r"\pi \approx 3.14"),
    fails(r"\pi \approx 3.15"),
    holds(r"\pi \approx 3.1416"),
    fails(r"\pi \approx 3.1415"),
    fails(r"\pi = 3.14"),
    holds(r"3.14 \approx \pi"),
    fails(r"10\pi \approx 30"),
    holds(r"2.0\cdot 10^{3} \approx 2010"),
    fails(r"2.0\cdot 10^{3} \approx 2060"),
    fails(r"\vec x \approx (1.2, 1000.0)", at={"x": np.array([1.9, 1000.0])}),
    fails(r"\vec x \approx (0.001, 1000.0)", at={"x": np.array([0.002, 1000.0])}),
    fails(r"0.0014 \approx 0.002"),
    fails(r"\vec x \approx (1.2, 1000)", at={"x": np.array([1.26, 1000.4])}),
]
RELATIONS = [
    holds(r"x^2 \ge 0"),
    fails(r"x^2 \le 0"),
    fails(r"x^2 < 0"),
    holds(r"x \le x"),
    fails(r"x < x"),
    fails(r"x \ne x"),
    fails(r"x + 10^{-10} < x", at={"x": 1.0}),
    holds(r"x^2 \ne -1"),
    fails(r"(x+1)^2 = x^2 + 2x + 1 = x\,(x+2) + 2"),
    fails(r"(x+1)^2 = x^2 + 2x + 2 = x\,(x+2) + 2"),
    fails(r"x \le x + 1 \le x"),
    fails(r"x = x, \qquad y = y + 1"),
    holds(r"y = x^2, \qquad y + 1 = x^2 + 1"),
    fails(r"y = x^2, \qquad y + 1 = x^2 + 2"),
    holds(r"y = x^2, \qquad y = x^2"),
    holds(r"f(x) = x^2, \qquad f'(x) = 2x"),
    fails(r"f(x) = x^2, \qquad f'(x) = 3x"),
    holds(r"x = x, \quad \\ y = y"),
    holds(r"\begin{aligned} 3x &= 3x & 3y &= 3y \\ 2x &= 2x & 2y &= 2y & 2z &= 2z \end{aligned}"),
    holds(r"\begin{aligned} \vec x &= \vec x & \vec y &= \vec y \end{aligned}"),
    fails(r"x \leftarrow x + 1"),
]
WORDS = [
    holds(r"\abs{x} = x \quad\text{for all } x > 0"),
    fails(r"\abs{x} = x \quad\text{for all } x < 0"),
    fails(r"\abs{x} = x \quad\text{for all } x"),
    holds(r"\frac{x}{x} = 1 \quad\text{if } x \ne 0"),
    refused(r"x + 1 = 2 \text{if } x = 1", at={"x": 2.0}),
    refused(r"x = 3 \text{if } x < x"),
    holds(r"x + 1 = y \text{where } y = x + 1"),
    holds(r"x + 1 = 3 \text{where } x = 2", at={"x": 2.0}),
    refused(r"x + 1 = 3 \text{where } x = 2", at={"x": 3.0}),
    holds(r"z + w = 3x \text{where } z = x \text{where } w = 2x"),
    *(
        holds(rf"\pd{{\mat A\vec x}}{{\vec x}} + z\mat A = 2\mat A {one} {other}", A=A)
        for one, other in itertools.permutations(
            (r"\text{where } z = 1", r"\text{in numerator layout}")
        )
    ),
    holds(r"\abs{x} = x, \quad \text{for all } x > 0"),
    holds(r"\abs{x} = x, \text{for all } x > 0"),
    fails(r"x + 1 = y \text{where } y = x + 2"),
    holds(r"s^2 \ge 0 \text{for } s = w, x, y"),
    fails(r"s = w \text{for } s = w, x"),
    fails(r"s = z \text{for } s = w, x"),
    holds(r"\abs{x} = x \text{if}(x + x) > 0", at={"x": 1.0}),
    refused(r"x = x \text{unless } x = 1"),
    holds(r"x = x \text{(the rule of products)}"),
    holds(r"\abs{x} = -x \text{where } x < 0"),
    refused(r"x = x \text{if } x \approx 1"),
]
CONDITIONS = [
    (holds if x in fulfilled else refused)(rf"2x = x + x \text{{if }} x {sign} 1", at={"x": x})
    for sign, fulfilled in {
        "=": [1.0],
        "<": [0.0],
        ">": [2.0],
        r"\le": [0.0, 1.0],
        r"\ge": [1.0, 2.0],
        r"\ne": [0.0, 2.0],
    }.items()
    for x in (0.0, 1.0, 2.0)
]
EVERY = (
    HIDDEN
    + SEARCHES
    + PARTIALS
    + IN_ORDER
    + GRAPHS
    + DIFFERENTIALS
    + LIMITS
    + APPROXIMATIONS
    + DIGITS
    + RELATIONS
    + WORDS
    + CONDITIONS
)


@pytest.mark.parametrize(("tex", "options", "expected"), EVERY)
def test_a_formula_of_calculus_is_judged_as_a_reader_would(tex, options, expected):
    assert verdict(tex, **options) == expected
