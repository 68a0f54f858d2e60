"""Ways in which a wrong formula once passed, or could: each is closed, or said to be open."""

import numpy as np
import pytest
from trials import A, B, C, R, V, fails, holds, refused, verdict

from mcalc.formulas import Formula, FormulaError
from mcalc.formulas.tree import parse

X = np.array([1.0, 1.0])
SUBSCRIPTS = [
    refused(r"x_{q} = x_1", at={"x": X}),
    refused(r"x_{\text{foo}} = x_1", at={"x": X}),
    refused(r"x_* = x_1", at={"x": X}),
    refused(r"x_{\infty} = x_1", at={"x": X}),
    refused(r"x_+ = x_1", at={"x": X}),
    refused(r"x_{foo} = 1", x=1.0),
    refused(r"x_3 = x", x=1.0),
    refused(r"x_{1,2} = x_1", at={"x": X}),
    refused(r"f_q(x) = x", f=lambda x: x),
    refused(r"\vec{x}_{q} = \vec x", x=X),
    refused(r"x_{1 \circ 2} = 2", x=A),
]
READINGS = [
    refused(r"{x^2}^3 = x^6"),
    holds(r"(x^2)^3 = x^6"),
    refused(r"f'''''(x) = 0", given=["f(x) = x^2"]),
    holds(r"f''''(x) = 0", given=["f(x) = x^2"]),
    refused(r"\mat A^{+\mathsf{T}} = \mat A\T", A=A),
    refused(r"\lim_{h\to0} \lim_{k\to0} (h + k) = 0"),
    refused(r"\pd{}{\vec x}\,\vec x\T\mat A\vec x = (\mat A + \mat A\T)\vec x", A=A),
    refused(r"\frac{\partial}{\partial x} x^2 y = 2xy"),
    refused(r"2 \pd{}{x} x^2 y = 4xy"),
    refused(r"\pd{}{x}(x^2) y = 2xy"),
    refused("x / y z = x / (y z)"),
    refused("x y / z = x (y / z)"),
    refused(r"x \cdot y / z = \frac{xy}{z}"),
    refused("x 2 = 2x"),
    refused("2 3 = 6"),
    refused("y x^2 3 = 3 x^2 y"),
    fails(r"\sin x\cos x = \sin(x\cos x)"),
    holds(r"\sin x\cos x = \frac12\sin(2x)"),
    holds(r"\log\det\mat C = \log(\det(\mat C))", C=C),
    fails(r"\log\det\mat C = \log(\det\mat C) + 1", C=C),
    holds(r"\log\sum_i x_i = \log(x_1 + x_2)", at={"x": X}),
    holds(r"\sin 2x = \sin(2x)"),
    fails(r"\sin 2x = x\sin(2)"),
    refused(r"\frac{\mathrm{d}}{\mathrm{d} x}\sin x\,y = y\cos(xy)"),
    refused(r"\sin^2 x\,y = \sin(x)^2 y"),
    refused(r"\sin\frac{x + y}{2}\,z = z\sin(\frac{x + y}{2})"),
    holds(r"\sin x\,\cos y = \cos(y) \sin(x)"),
    holds(r"2\,\sin\,x = \sin x + \sin(x)"),
    refused(r"\sin\,(x) y = \sin(x y)"),
    holds(r"\sin(x) / 2 = \frac{\sin x}{2}"),
]
BOLD = [
    refused("A B = A B", A=A, B=B),
    refused("x = x", at={"x": X}),
    refused(r"\norm{x} = \norm{x}", at={"x": X}),
    refused(r"\vec c = \vec c", c=2.0),
    refused(r"\grad f = 2x", f=lambda x: x @ x, at={"x": X}),
    refused(r"f(x) = x", f=lambda x: x, at={"x": X}),
    refused(r"\vec A\mat B = \mat A\mat B", A=A, B=B),
    refused(r"\mat x = \vec x", at={"x": X}),
    refused(r"\vec x = \vec x", x=R.T),
    holds(r"\vec x = \mat x", x=np.ones((3, 1))),
]
COLUMNS = [
    holds(r"f(\mat X) = \mat X", f=lambda X: X if X.ndim == 2 else None, X=np.ones((3, 1))),
    holds("f = 3", f=lambda X_1: len(X_1) * (X_1.ndim == 2), X_1=np.ones((3, 1))),
    refused(r"\mat X\mat X = \mat X", X=np.ones((3, 1))),
    refused(r"\mat X = \mat X\T", X=np.ones((3, 1))),
    holds(r"f(\vec x) = 3", f=lambda x: x.shape[0] * x.ndim, x=np.ones(3)),
]
SWALLOWED = [
    refused(r"f(x) = x^2"),
    fails(r"f'(x) = 3x, \qquad x^2 = x\cdot x", given=[r"f(x) = x^2"]),
    fails(r"\pd{f}{x}(x) = 3x, \qquad x^2 = x\cdot x", given=[r"f(x) = x^2"]),
    fails(r"f(x) = x^3, \qquad f(x) + 1 = x^2 + 1", given=[r"f(x) = x^2"]),
    fails(r"f(x) = x^2, \qquad f(1) = 5, \qquad f(2) = 4"),
    refused(r"x = 5, \qquad x + 1 = 6", at={"x": 4.0}),
    refused(r"x = 5, \qquad x + 1 = x + 1", at={"x": 4.0}),
    refused(r"y = y + 1, \qquad 2y = 2y", at={"y": 4.0}),
    fails(r"x = 5, \qquad x + 1 = 6", x=4.0),
    fails(r"x_1 = 5, \qquad x_1 + 1 = 6", x=X),
    fails(r"a_{11} = 7, \qquad a_{11} + 1 = 8", A=A),
    fails(r"y = x^2 = x^3, \qquad y + 1 = x^2 + 1"),
    fails(r"y = x^2 \le -5, \qquad y + 1 = x^2 + 1"),
    fails(r"f(x) = x^2 = x^3, \qquad f'(2) = 4"),
    refused(r"x + 1 = y \text{where } y = x + 1 = x + 2"),
    fails(r"\pi = 3, \qquad 2\pi = 6"),
    fails(r"e = 3, \qquad e + 1 = 4"),
    refused(r"y = y + 1, \qquad 2y = 2y"),
    refused(r"u = 1", given=["u = v + 1", "v = u - 1"]),
    refused(r"f(1) = 1", given=["f(x) = f(x - 1) + 1"]),
]
WITNESSES = [
    refused(r"f'(x) = 1", f=lambda x: x if x > 0.5 else x + 1e-3, at={"x": 0.5}),
    refused(r"\grad\norm{\vec x} = \vec x", at={"x": np.zeros(2)}),
    refused(r"f'(x) = 0", f=lambda x: np.where(x > 1.0, 1.0, 0.0), at={"x": 1.0}),
    refused(r"f'(x) = 1", f=lambda x: x + 0 * np.sqrt(x), at={"x": 0.0}),
]
UNBOUND = [
    refused("f'(x) = x"),
    refused("f'(x) = 0", f=2.0),
    refused("f'(x) f(y) = f(x) f'(y)"),
    refused("f(x + y) = f(x) + f(y)"),
]
EVERY = UNBOUND + SUBSCRIPTS + READINGS + BOLD + COLUMNS + SWALLOWED + WITNESSES


@pytest.mark.parametrize(("tex", "options", "expected"), EVERY)
def test_a_hole_is_closed(tex, options, expected):
    assert verdict(tex, **options) == expected


@pytest.mark.parametrize(
    "tex", [r"f(x) x^2 + 1", r"\grad f(x,y) \frac{1}{2}", r"a_{ij} b_{jk} c_{ik}", "x + 1 2"]
)
def test_a_deleted_equals_sign_is_refused(tex):
    with pytest.raises(FormulaError):
        parse(tex, {"f"})


def test_two_witnesses_that_disagree_are_both_named():
    formula = Formula("f'(x) = 0", f=lambda x: np.where(x > 1.0, 1.0, 0.0))
    with pytest.raises(FormulaError, match=r"by mcalc and .* from values; choose a point"):
        formula.check(at={"x": 1.0}, search=False)


def test_a_limit_names_what_it_is_from_either_side():
    with pytest.raises(FormulaError, match=r"there is no limit: .*\(1\.0\), .*\(-1\.0\)"):
        Formula(r"\lim_{h\to0} \frac{\abs{h}}{h} = 1").check(search=False)


def test_what_a_letter_is_defined_as_twice_is_refused():
    with pytest.raises(FormulaError, match="f is defined twice"):
        Formula("f(x) = x^2", given=[r"f(x) = x^2, \qquad f(x) = x^3"])


def test_the_shape_of_a_sum_over_a_vector_and_a_row_is_named():
    with pytest.raises(FormulaError, match=r"a sum of shapes \(3, 1\) and \(1, 3\)"):
        Formula(r"\vec x + \vec x\T = \vec x").check(at={"x": V}, search=False)


def test_an_index_that_stands_three_times_in_a_product_is_named():
    with pytest.raises(FormulaError, match="the index 'i' stands more than twice in a product"):
        Formula("a_{ij}b_{ij}x_i = 1", A=A, B=B, x=X).check(search=False)


def test_a_derivative_with_respect_to_a_function_leaves_later_ones_alone():
    first, second = r"\grad_{\vec g} L = 2\vec g", r"\grad_{\mat B} L = 2\vec g\vec x\T"
    meaning = {"g": lambda B: B @ X, "x": X, "given": [r"L = \norm{\vec g}^2"]}
    verdict = Formula(rf"{first} \\ {second}", **meaning).check(at={"B": B}, search=False)
    assert verdict.relations == 2  # the second was 0: by then, L was taken not to depend on B
