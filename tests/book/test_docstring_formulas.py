"""The formulas of the docstrings: those that claim something are evaluated, the rest are named.

An editor shows a docstring as it stands in the code, so its TeX is not read by the build.
"""

import ast
import re
from pathlib import Path

import numpy as np
import pytest

import mcalc
from mcalc.formulas import Formula

PACKAGE = Path(mcalc.__file__).parent
ROLE = re.compile(r":math:`([^`]+)`")
RELATION = re.compile(r"[=<>]|\\(?:approx|leq?|geq?|neq?|leftarrow|to)(?![A-Za-z])")

J = np.array([[1.0, -2.0, 0.5], [0.3, 3.0, -1.0]])
LINEAR = (
    r"f(\vec p + \varepsilon\vec d) \approx f(\vec p) + \varepsilon\,\grad f(\vec p)\cdot\vec d"
)
CLAIMS = {  # a formula with a relation, as a claim in the grammar of the book, and what it means
    r"\langle g, Jv\rangle = \langle J^{\mathsf T}g, v\rangle": (
        r"\langle \vec g, \mat J\vec v\rangle = \langle \mat J\T\vec g, \vec v\rangle",
        [{"g": np.array([0.7, -1.2]), "v": np.array([2.0, 0.4, -0.3])}],
        {"J": J},
        {},
    ),
}
SETTINGS = {  # formulas with a relation that claim nothing which could be computed
    r"|f-m| = O(h^p)": "p is what `check_order` measures",
    r"x \leftarrow x - \eta \nabla f(x)": "a step of an algorithm, which test_optimize runs",
    r"d = x - x_0": "a name for a difference",
    r"\lim (f(x+hv)-f(x))/h": "the definition of a directional derivative",
}
MODELS = {  # formulas without a relation that are values; what they have to be equal to
    r"(f(x+he_j)-f(x-he_j))/2h": (
        r"\pd{f(x)}{x} \approx \frac{f(x+h)-f(x-h)}{2h}",
        [{"x": 0.4, "h": 1.0}],
        {"f": np.exp},
        {"small": ["h"], "order": 2},
    ),
    r"f(x_0) + \nabla f(x_0)\cdot(x-x_0)": (
        LINEAR,
        [{"p": np.array([0.2, -0.5]), "d": np.array([0.6, 0.8]), "varepsilon": 1.0}],
        {"f": lambda x: np.log(np.sum(np.exp(x)))},
        {"small": ["varepsilon"], "order": 2},
    ),
    r"f(x_0) + \nabla f(x_0)\cdot d + \tfrac12 d^{\mathsf T} H d": (
        LINEAR + r" + \tfrac12\varepsilon^2\vec d\T\mat H_f(\vec p)\,\vec d",
        [{"p": np.array([0.2, -0.5]), "d": np.array([0.6, 0.8]), "varepsilon": 1.0}],
        {"f": lambda x: np.log(np.sum(np.exp(x)))},
        {"small": ["varepsilon"], "order": 3},
    ),
}


def docstring_formulas():
    """Return the formulas of all docstrings."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                found += ROLE.findall(ast.get_docstring(node) or "")
    return [" ".join(tex.split()) for tex in found]


def test_every_relation_is_evaluated_or_named():
    related = {tex for tex in docstring_formulas() if RELATION.search(tex)}
    assert related <= {*CLAIMS, *SETTINGS}
    assert {*CLAIMS, *SETTINGS, *MODELS} <= set(docstring_formulas())  # none is left over


@pytest.mark.parametrize("tex", [*CLAIMS, *MODELS])
def test_a_docstring_claims_what_is_so(tex):
    claim, points, symbols, options = (CLAIMS | MODELS)[tex]
    found = Formula(claim, **symbols).check(at=points, **options)
    assert len(found.rejected) >= 2
