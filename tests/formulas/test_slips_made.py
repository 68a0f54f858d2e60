"""The slips that are made of a display: which ones, what each is called, and its TeX."""

import pytest

from mcalc.formulas.slips import slips
from mcalc.formulas.tree import parse

MADE = [
    (
        r"x \le y + 1",
        "",
        "xy",
        {
            "relation turned": r"x \ge y + 1",
            "sign of a side": r"-x \le y + 1",
            "y for x": r"y \le y + 1",
            "sign of y": r"x \le -y + 1",
            "sign of 1": r"x \le y - 1",
            "no 1": r"x \le y ",
            "x for y": r"x \le x + 1",
            "2 for 1": r"x \le y + 2",
        },
    ),
    (
        r"x \ge 0",
        "",
        "x",
        {
            "relation turned": r"x \le 0",
            "1 for 0": r"x \ge 1",
        },
    ),
    (r"\vec x = \vec 0", "", "", {}),
    (
        "f(x) = 0",
        "f",
        "x",
        {
            "1 for 0": "f(x) = 1",
        },
    ),
    (
        r"\vec x + \dots + \vec y = \vec z",
        "",
        "",
        {
            "sign of a side": r"\vec x + \dots + \vec y = -\vec z",
            r"sign of \vec x": r"-\vec x + \dots + \vec y = \vec z",
            r"sign of \vec y": r"\vec x + \dots - \vec y = \vec z",
            r"no \vec y": r"\vec x + \dots  = \vec z",
        },
    ),
    (
        "a_{ji} = f(x, y, z)",
        "f",
        "",
        {
            "sign of a side": "-a_{ji} = f(x, y, z)",
            "sign of a side (2)": "a_{ji} = -f(x, y, z)",
            "indices of a_{ji} swapped": "a_{ij} = f(x, y, z)",
        },
    ),
    (
        r"\mat X_0 = x_i t_{ijk}",
        "",
        "",
        {
            "sign of a side": r"-\mat X_0 = x_i t_{ijk}",
            "sign of a side (2)": r"\mat X_0 = -x_i t_{ijk}",
            r"index of \mat X_0": r"\mat X_1 = x_i t_{ijk}",
            "transpose of X": r"\mat X\T_0 = x_i t_{ijk}",
            "no factor x_i": r"\mat X_0 =  t_{ijk}",
            "no factor t_{ijk}": r"\mat X_0 = x_i ",
        },
    ),
    (
        r"\vec x\odot\vec y = a \cdot b",
        "",
        "ab",
        {
            "sign of a side": r"-\vec x\odot\vec y = a \cdot b",
            "sign of a side (2)": r"\vec x\odot\vec y = -a \cdot b",
            r"no \vec x": r"1\odot\vec y = a \cdot b",
            r"no \vec y": r"\vec x\odot1 = a \cdot b",
            "no a": r"\vec x\odot\vec y = 1 \cdot b",
            "no b": r"\vec x\odot\vec y = a \cdot 1",
            "b for a": r"\vec x\odot\vec y = b \cdot b",
            "a for b": r"\vec x\odot\vec y = a \cdot a",
        },
    ),
    (
        "a_{ij} = b_{11} + x_2",
        "",
        "",
        {
            "sign of a side": "-a_{ij} = b_{11} + x_2",
            "indices of a_{ij} swapped": "a_{ji} = b_{11} + x_2",
            "sign of b_{11}": "a_{ij} = -b_{11} + x_2",
            "sign of x_2": "a_{ij} = b_{11} - x_2",
            "no x_2": "a_{ij} = b_{11} ",
            "2 for 1": "a_{ij} = b_{21} + x_2",
            "2 for 1 (2)": "a_{ij} = b_{12} + x_2",
            "index of x_2": "a_{ij} = b_{11} + x_1",
            "3 for 2": "a_{ij} = b_{11} + x_3",
        },
    ),
    (
        r"\norm{\vec x}_1 = \norm{\vec x}_\infty",
        "",
        "",
        {
            "sign of a side": r"-\norm{\vec x}_1 = \norm{\vec x}_\infty",
            "sign of a side (2)": r"\norm{\vec x}_1 = -\norm{\vec x}_\infty",
            r"another norm for \norm{\vec x}_1": r"\norm{\vec x}_2 = \norm{\vec x}_\infty",
            r"another norm for \norm{\vec x}_\infty": r"\norm{\vec x}_1 = \norm{\vec x}_1",
        },
    ),
    (
        r"\begin{bmatrix} 1 & x \\ y & 2 \end{bmatrix} = \mat A",
        "",
        "",
        {
            "sign of a side": r"-\begin{bmatrix} 1 & x \\ y & 2 \end{bmatrix} = \mat A",
            "sign of a side (2)": r"\begin{bmatrix} 1 & x \\ y & 2 \end{bmatrix} = -\mat A",
            "rows swapped": r"\begin{bmatrix} y & 2 \\ 1 & x \end{bmatrix} = \mat A",
            "columns swapped": r"\begin{bmatrix} x & 1 \\ y & 2 \end{bmatrix} = \mat A",
            "columns swapped (2)": r"\begin{bmatrix} 1 & x \\ 2 & y \end{bmatrix} = \mat A",
            "2 for 1": r"\begin{bmatrix} 2 & x \\ y & 2 \end{bmatrix} = \mat A",
            "3 for 2": r"\begin{bmatrix} 1 & x \\ y & 3 \end{bmatrix} = \mat A",
            "transpose of A": r"\begin{bmatrix} 1 & x \\ y & 2 \end{bmatrix} = \mat A\T",
        },
    ),
    (
        r"\sin x = \max(x, y)",
        "",
        "",
        {
            "sign of a side": r"-\sin x = \max(x, y)",
            "sign of a side (2)": r"\sin x = -\max(x, y)",
            "cos for sin": r"\cos  x = \max(x, y)",
            "min for max": r"\sin x = \min (x, y)",
        },
    ),
    (
        r"e^h = 1 + h + \dots + O(h^2)",
        "O",
        "h",
        {
            "sign of a side": r"-e^h = 1 + h + \dots + O(h^2)",
            "no exponent of e": r"e = 1 + h + \dots + O(h^2)",
            "sign of 1": r"e^h = -1 + h + \dots + O(h^2)",
            "sign of h": r"e^h = 1 - h + \dots + O(h^2)",
            "no h": r"e^h = 1  + \dots + O(h^2)",
            "2 for 1": r"e^h = 2 + h + \dots + O(h^2)",
            "no exponent of h": r"e^h = 1 + h + \dots + O(h)",
            "3 for 2": r"e^h = 1 + h + \dots + O(h^3)",
        },
    ),
    (
        r"\mat A\T\mat A^{-1} = \mat I",
        "",
        "",
        {
            "sign of a side": r"-\mat A\T\mat A^{-1} = \mat I",
            "sign of a side (2)": r"\mat A\T\mat A^{-1} = -\mat I",
            r"no factor \mat A\T": r"\mat A^{-1} = \mat I",
            r"no factor \mat A^{-1}": r"\mat A\T = \mat I",
            r"\mat A\T and \mat A^{-1} swapped": r"\mat A^{-1}\mat A\T = \mat I",
            r"no transpose of \mat A": r"\mat A\mat A^{-1} = \mat I",
            "transpose of A": r"\mat A\T\T\mat A^{-1} = \mat I",
            r"no exponent of \mat A": r"\mat A\T\mat A = \mat I",
            "transpose of A (2)": r"\mat A\T\mat A\T^{-1} = \mat I",
            "sign of 1": r"\mat A\T\mat A^{+1} = \mat I",
            "2 for 1": r"\mat A\T\mat A^{-2} = \mat I",
        },
    ),
    (
        r"\mat A^{-\mathsf{T}} = x^2",
        "",
        "",
        {
            "sign of a side": r"-\mat A^{-\mathsf{T}} = x^2",
            "sign of a side (2)": r"\mat A^{-\mathsf{T}} = -x^2",
            r"no transpose of \mat A": r"\mat A^{-1} = x^2",
            "transpose of A": r"\mat A\T^{-\mathsf{T}} = x^2",
            "no exponent of x": r"\mat A^{-\mathsf{T}} = x",
            "3 for 2": r"\mat A^{-\mathsf{T}} = x^3",
        },
    ),
    (
        r"\frac{a}{2.5} = Xyx {+} 1",
        "",
        "Xyx",
        {
            "sign of a side": r"-\frac{a}{2.5} = Xyx {+} 1",
            r"\frac{a}{2.5} turned over": r"\frac{2.5}{a} = Xyx {+} 1",
            "3 for 2.5": r"\frac{a}{3} = Xyx {+} 1",
            "sign of Xyx": r"\frac{a}{2.5} = -Xyx {+} 1",
            "sign of 1": r"\frac{a}{2.5} = Xyx - 1",
            "no 1": r"\frac{a}{2.5} = Xyx ",
            "no factor X": r"\frac{a}{2.5} = yx {+} 1",
            "no factor y": r"\frac{a}{2.5} = Xx {+} 1",
            "no factor x": r"\frac{a}{2.5} = Xy {+} 1",
            "x for y": r"\frac{a}{2.5} = Xxx {+} 1",
            "y for x": r"\frac{a}{2.5} = Xyy {+} 1",
            "2 for 1": r"\frac{a}{2.5} = Xyx {+} 2",
        },
    ),
    (
        r"\pd{x^2}{x} = 2x",
        "",
        "xy",
        {
            "sign of a side": r"-\pd{x^2}{x} = 2x",
            "sign of a side (2)": r"\pd{x^2}{x} = -2x",
            "no exponent of x": r"\pd{x}{x} = 2x",
            "y for x": r"\pd{y^2}{x} = 2x",
            "3 for 2": r"\pd{x^3}{x} = 2x",
            "no factor 2": r"\pd{x^2}{x} = x",
            "no factor x": r"\pd{x^2}{x} = 2",
            "3 for 2 (2)": r"\pd{x^2}{x} = 3x",
            "y for x (2)": r"\pd{x^2}{x} = 2y",
        },
    ),
    (
        r"f(x, y) = f(x, \dots, y)",
        "f",
        "",
        {
            "sign of a side": r"-f(x, y) = f(x, \dots, y)",
            "sign of a side (2)": r"f(x, y) = -f(x, \dots, y)",
            "arguments swapped": r"f(y, x) = f(x, \dots, y)",
        },
    ),
    (
        r"\mat A\vec b\abs{c} = 1",
        "",
        "",
        {
            "sign of a side": r"-\mat A\vec b\abs{c} = 1",
            "sign of a side (2)": r"\mat A\vec b\abs{c} = -1",
            r"no factor \mat A": r"\vec b\abs{c} = 1",
            r"no factor \vec b": r"\mat A\abs{c} = 1",
            r"no factor \abs{c}": r"\mat A\vec b = 1",
            r"\mat A and \vec b swapped": r"\vec b\mat A\abs{c} = 1",
            "transpose of A": r"\mat A\T\vec b\abs{c} = 1",
            "2 for 1": r"\mat A\vec b\abs{c} = 2",
        },
    ),
    (
        "(u + u + u + u + u + u + u)(a) = 0",
        "",
        "",
        {
            "1 for 0": "(u + u + u + u + u + u + u)(a) = 1",
            "no factor (u + u + u + u + u + u…": "(a) = 0",
            "no factor (a)": "(u + u + u + u + u + u + u) = 0",
            "(u + u + u + u + u + u… and (a) swapped": "(a)(u + u + u + u + u + u + u) = 0",
            "sign of u": "(-u + u + u + u + u + u + u)(a) = 0",
            "sign of u (2)": "(u - u + u + u + u + u + u)(a) = 0",
            "no u": "(u  + u + u + u + u + u)(a) = 0",
            "sign of u (3)": "(u + u - u + u + u + u + u)(a) = 0",
            "no u (2)": "(u + u  + u + u + u + u)(a) = 0",
            "sign of u (4)": "(u + u + u - u + u + u + u)(a) = 0",
            "no u (3)": "(u + u + u  + u + u + u)(a) = 0",
            "sign of u (5)": "(u + u + u + u - u + u + u)(a) = 0",
            "no u (4)": "(u + u + u + u  + u + u)(a) = 0",
            "sign of u (6)": "(u + u + u + u + u - u + u)(a) = 0",
            "no u (5)": "(u + u + u + u + u  + u)(a) = 0",
            "sign of u (7)": "(u + u + u + u + u + u - u)(a) = 0",
            "no u (6)": "(u + u + u + u + u + u )(a) = 0",
        },
    ),
    (
        "x_{12} = x_{11}",
        "",
        "",
        {
            "sign of a side": "-x_{12} = x_{11}",
            "sign of a side (2)": "x_{12} = -x_{11}",
            "indices of x_{12} swapped": "x_{21} = x_{11}",
            "2 for 1": "x_{22} = x_{11}",
            "3 for 2": "x_{13} = x_{11}",
            "2 for 1 (2)": "x_{12} = x_{21}",
            "2 for 1 (3)": "x_{12} = x_{12}",
        },
    ),
]
"""A display, the letters that are functions, those that stand for numbers, and its slips."""


@pytest.mark.parametrize(("many", "shown"), [(18, "x" * 18 + "}"), (19, "x" * 17 + "…")])
def test_what_a_slip_is_called_is_short(many, shown):
    tex = rf"\abs{{{'x' * many}}} y = 1"
    assert rf"no factor \abs{{{shown}" in {slip.what for slip in slips(tex, parse(tex), set())}


@pytest.mark.parametrize(("tex", "functions", "numbers", "expected"), MADE)
def test_the_slips_of_a_display(tex, functions, numbers, expected):
    made = slips(tex, parse(tex, set(functions)), set(numbers))
    assert {slip.what: slip.tex for slip in made} == expected
    assert len({slip.what for slip in made}) == len(made)
