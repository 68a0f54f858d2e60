"""What is refused, in which words: each says what is wrong, so that an author can mend it."""

import pytest
from trials import A, B, C, R, V

from mcalc.formulas import Formula, FormulaError, numbered

ONE = {"at": {"x": 1.0}}


def square(x):
    return x * x


REFUSED = [
    ("y is what a display defines, and a point", r"y = 2, \quad y + x = 3", {"at": {"y": 1.0}}),
    ("y is what a display defines, and a point", "y = 3", {"given": ["y = x"], "at": {"y": 3.0}}),
    ("a prime, and several arguments", "f'(x, y) = 1", {"f": lambda x, y: x * y}),
    ("a prime of a function of a vector; write", r"f'(\vec x) = 1", {"f": lambda x: x @ x}),
    (r"write f'\(x\), not f\(x\)'", "f(x)' = 2x", {"f": square}),
    ("a prime of x, which is a number", "x' = 1", {}),
    ("a derivative of what names no letter", "(2 + 3)' = 1", {}),
    (r"the subscript \[1, 1\] of an array of shape \(3,\)", "x_{11} = 1", {"x": V}),
    ("with respect to which of x, y[?]", "f' = 2xy", {"f": lambda x, y: x * x * y}),
    ("with respect to which of x, y[?]", r"\grad(\vec x\T\vec y) = \vec y", {}),
    ("with respect to which of x, y[?]", r"H_f = \vec x\vec y\T", {"f": lambda x, y: x @ y}),
    (
        "of several vectors; say by which",
        r"\grad f(\vec x, \vec y) = \vec x",
        {"f": lambda x, y: x @ y},
    ),
    ("which arguments f takes is not known", r"\pd{f}{x}(1, 2, 3) = x", {"f": square}),
    ("a derivative goes by a symbol, or by an entry", r"\grad_{x+1} x^2 = 2x", {}),
    ("a derivative goes by a symbol, or by an entry", r"\pd{x^2}{2} = 2x", {}),
    ("a derivative goes by a symbol, or by an entry", r"\frac{\partial^2 y}{\partial x^n} = 1", {}),
    (
        "a derivative goes by a symbol, or by an entry",
        r"\frac{\partial^2 y}{\partial x^{2.5}} = 1",
        {},
    ),
    (
        "a derivative goes by a symbol, or by an entry",
        r"\frac{\partial^2 y}{\partial x^{\frac12}} = 1",
        {},
    ),
    (
        "a derivative of order 1 above, and of order 2 below",
        r"\frac{\partial y}{\partial x^2} = 1",
        {},
    ),
    ("a derivative of order 2.5 above", r"\frac{\partial^{2.5} y}{\partial x^2} = 1", {}),
    ("a derivative by 'y_1', which is not bound", r"\pd{x^2}{y_1} = 0", ONE),
    ("a derivative by 'z', which is not bound", r"\pd{x^2}{z} = 0", ONE),
    ("the symbol 'z' is not bound", r"\pd{z}{x} = 0", ONE),
    (
        "a derivative of a matrix, or by one",
        r"\pd{(\mat X\mat X)}{\mat X} = \mat X",
        {"at": {"X": A}},
    ),
    (
        "a derivative of a matrix, or by one",
        r"\pd{(\mat X\vec v)}{\mat X} = \mat X",
        {"at": {"X": A}, "v": V[:2]},
    ),
    ("a derivative of a matrix, or by one", r"\pd{(\vec x\vec x\T)}{\vec x} = \vec x", {}),
    ("this defines its symbols and claims nothing", r"y = z, \qquad z = y", {}),
    (
        "f is a function, and stands without its arguments",
        "f = 9",
        {"given": ["f(t) = t^2"], **ONE},
    ),
    (
        "f_2 is a function, and stands without its arg",
        "f_2 = 9",
        {"f_2": lambda a, b: a * b, **ONE},
    ),
    ("the symbol 'A' is not bound", r"\mat A\vec x = \vec x", {"at": {"x": V}}),
    ("the symbol 'q' is not bound", "x = q", ONE),
    ("the symbol 'q' is not bound", "q_1 = x", ONE),
    ("the symbol 'x_star' is not bound", "x_* = x", ONE),
    ("the subscript 'star' means nothing here", "(2x)_* = x", ONE),
    ("the function 'g' is not bound", "x + g(x, y) = 1", {}),
    ("the function 'g' is not bound", r"H_g(\vec x) = \mat I", {}),
    ("how large an identity or a zero is", r"\mat I = \mat I", {}),
    ("a derivative of what names no letter", r"\grad 2 = \vec 0", {}),
    ("i is already the index", r"\sum_i \sum_i x_i = 1", {}),
    ("how far the index 'k' runs is not known", r"\sum_k k = 3", {}),
    ("the function 'g' is not bound", r"\vec g(\vec x, \vec x) = \vec x", {}),
    ("the index 'i' counts 3 and 2", r"a_{ij} x_i = 1", {"A": A, "x": V}),
    ("the index 'i' counts 2 and 3", r"x_i a_{ij} = 1", {"A": A, "x": V}),
    ("the sign before dots is not the one after", r"x_1 + x_2 - \dots + x_n = 1", {"x": V, "n": 3}),
    ("the sign before dots is not the one after", r"x_1 + x_2 + \dots - x_n = 1", {"x": V, "n": 3}),
    ("dots stand where nothing says", r"x + y + \dots + z = 1", {}),
    ("dots stand where nothing says", r"x_1 + \dots = 1", {"x": V}),
    ("dots stand where nothing says", r"\dots + x_1 + x_n = 1", {"x": V, "n": 3}),
    ("dots stand where nothing says", r"x_1 + \dots + x_3 = 1", {"x": V}),
    ("dots stand where nothing says", r"x_k + \dots + x_n = 1", {"x": V, "k": 1, "n": 3}),
    ("dots stand where nothing says", r"x_1 + \dots + x_{n-1} = 1", {"x": V, "n": 3}),
    (
        "dots stand where nothing says",
        r"x_1 y_1 + \dots + x_m y_n = 1",
        {"x": V, "y": V, "m": 3, "n": 3},
    ),
    ("dots stand where nothing says", r"\dots = 3", {}),
    ("for no n, what", r"x_1 y_2 + \dots + x_n y_n = 1", {"x": V, "y": V, "n": 3}),
    ("for no n, what", r"(2 x_1, \dots, x_n) = \vec x", {"x": V, "n": 3}),
    ("log of an array", r"\log(\vec x) = 1", {}),
    ("the function 'twice' is not known", r"\operatorname{twice}(x) = 2x", {}),
    ("the function 'O' is not known", r"\operatorname{O}(x) = 2x", {}),
    (
        "the words 'unless' are none of",
        r"x = \begin{cases} x & \text{unless } x > 0 \end{cases}",
        {},
    ),
    (r"a power of an array of shape \(2, 3\)", r"\mat R^2 = \mat R", {"R": R}),
    (r"a power of an array of shape \(3, 2\)", r"\mat R^2 = \mat R", {"R": R.T}),
    (r"the power 0.5 of a matrix", r"\mat A^{0.5} = \mat A", {"A": A}),
    (r"the power -0.5 of a matrix", r"\mat A^{-0.5} = \mat A", {"A": A}),
    (r"a power of an array of shape \(2, 2\)", r"\mat A^{\mat A} = \mat A", {"A": A}),
    ("a transpose of a number", r"x\T = x", {}),
    ("a limit along a vector", r"\lim_{\vec h\to\vec x} \norm{\vec h} = 1", {}),
    ("a limit of a limit is not computed", r"\lim_{h\to0} \lim_{k\to0} (h + k) = 0", {}),
    ("argmin is not computed; bind what it finds", r"1 + \argmin_x x^2 = 1", ONE),
    ("sum over k < … is not computed", r"\sum_{k < 3} k = 3", {"n": 5}),
    ("argmin under a condition is not searched", r"\argmin_{x < 1} x^2 = 0", {}),
    ("no display defines 'w'", r"\partial_{x \to w} = x", {"given": ["u = x^2"]}),
    (
        "u does not use y",
        r"\partial_{y \to u} = x",
        {"given": ["u = x^2"], "at": {"x": 1.0, "y": 2.0}},
    ),
    ("a differential, and nothing that moves", r"\mathrm{d}(x^2) = 2x", ONE),
    ("a chain beside the word 'where'", r"x + 1 = y \text{where } y = x + 1 = x + 2", {}),
    ("a side lacks one of the indices i, k", r"a_{ij}b_{jk} = c_{ij}", {"A": A, "B": B, "C": C}),
    ("a side lacks one of the indices i", r"x_i = 1 + y", {"x": V, "y": 2.0}),
    ("x is an array, and not bold", r"x = x", {"at": {"x": V}}),
    ("A is an array, and not bold", r"x_{A\T} = 1", {"x": V, "A": A}),
    ("c is a number, and bold", r"\vec c = \vec c", {"c": 2.0}),
    (r"A is set as a vec, and has shape \(2, 2\)", r"\vec A = \vec A", {"A": A}),
    (r"x is set as a mat, and has shape \(3, 1\)", r"\mat x = \mat x", {"x": V}),
    ("the norm '12' is none of", r"\norm{\vec x}_1_2 = 1", {}),
    ("the norm '3' is none of", r"\norm{\vec x}_3 = 1", {}),
    (r"a product of shapes \(3, 1\) and \(3, 1\)", r"\vec x\vec y = 1", {}),
    (r"an entrywise product of shapes \(3, 1\) and \(1, 3\)", r"\vec x\odot\vec x\T = 1", {}),
    (r"an entrywise product of shapes \(1, 3\) and \(3, 1\)", r"\vec x\T\odot\vec x = 1", {}),
    (r"a product of shapes \(2, 3\) and \(2, 3\)", r"\mat R\mat R = 1", {"R": R}),
    (r"a sum of shapes \(1, 3\) and \(3, 1\)", r"\vec x\T + \vec x = 1", {}),
    (r"a quotient by an array of shape \(3, 1\)", r"\frac{1}{\vec x} = 1", {}),
    (r"the sides have shapes \(3, 1\) and \(1, 3\)", r"\vec x = \vec x\T", {"at": {"x": V}}),
    (r"the sides have shapes \(1, 3\) and \(3, 1\)", r"\vec x\T = \vec x", {"at": {"x": V}}),
    (r"the subscript \[1, 2\] of an array of shape \(2,\)", r"\mat X_{12} = 1", {"X": [A, B]}),
    (r"the subscript \[1\] of an array of shape \(\)", "a_1 = 1", {"a": 2.0}),
    (
        "the rows of a matrix have different lengths",
        r"\begin{bmatrix} 1 & 2 \\ 3 \end{bmatrix} = x",
        {},
    ),
    ("none of the cases holds", r"x = \begin{cases} x & x > 0 \end{cases}", {"at": {"x": -1.0}}),
    (
        "two of the cases hold, with different values",
        r"\begin{cases} 1 & x > 0 \\ 2 & x > 0 \end{cases} = 1",
        ONE,
    ),
    (r"the subscript \[4, 1\] of an array of shape \(3, 1\)", r"x_4 = 1", {"at": {"x": V}}),
    ("1.5 is no index", r"x_{1.5} = 1", {"at": {"x": V}}),
    ("is no index", r"\sum_{k=1}^{m} k = 1", {}),  # m varies
    ("a definition needs itself", "u = 1", {"given": ["u = v + 1", "v = u - 1"]}),
    (
        "a definition has a new symbol on its left",
        "f(1) = 1",
        {"given": [r"f(x) = x^2, \qquad f(\frac12) = 3"]},
    ),
    (
        "a definition has a new symbol on its left",
        "f(1) = 1",
        {"given": [r"f(x) = x^2, \qquad f(-1) = 3"]},
    ),
    ("f takes x, y", "f(x) = x", {"given": ["f(x, y) = x - y"]}),
    ("f takes x, y", "f(x, x, x) = x", {"given": ["f(x, y) = x - y"]}),
    ("a sequence of 2 terms has none with the number 2", "w_2 = 1", {"w": numbered([1.0, 2.0])}),
    (
        "a sequence of 2 terms has none with the number -1",
        "w_{k-1} = 1",
        {"w": numbered([1.0, 2.0]), "k": 0},
    ),
]


@pytest.mark.parametrize(("message", "tex", "options"), REFUSED)
def test_a_refusal_says_what_is_wrong(message, tex, options):
    options = dict(options)
    at = options.pop("at", None)
    with pytest.raises(FormulaError, match=message):
        Formula(tex, **options).check(at=at, search=False)
