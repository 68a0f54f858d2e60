"""What HIPS autograd differentiates and mcalc does not stands on the page of the table."""

import ast
import re
from pathlib import Path

import autograd.numpy.fft
import autograd.numpy.linalg  # noqa: F401
import numpy as np
import pytest
from autograd.core import primitive_jvps, primitive_vjps
from cases import numbers
from numpy.testing import assert_allclose

from mcalc import grad
from mcalc.rules import TABLE

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rules.md"
SECTION = PAGE.read_text("utf-8").split("## Left out")[1].split("\n## ")[0]
ROWS = [[cell.strip() for cell in row.split("|")[1:-1]] for row in SECTION.splitlines()[7:] if row]
CALLS = [call for row in ROWS for call in re.findall(r"`([^`]*\(.*?)`", row[0])]
POINT = {"np": np, "x": numbers(3), "y": numbers(3, seed=1), "a": 0.5, "b": 2.0}
POINT["A"] = np.array([[2.0, 1.0], [1.0, 3.0]])
INSTEAD = [(re.findall("`(.*?)`", row[0])[0], row[2].strip("`")) for row in ROWS if row[2]]


def function_of(call):
    """Return the function that an expression calls first."""
    node = ast.parse(call, mode="eval").body
    while not isinstance(node, ast.Call):
        node = node.value
    return eval(ast.unparse(node.func), {"np": np})


def of_autograd():
    """Return the functions of NumPy that autograd has a rule for, by their names."""
    functions = {getattr(p, "fun", p) for p in {**primitive_vjps, **primitive_jvps}}
    return {f.__name__: f for f in functions if is_numpys(f)}


def is_numpys(f):
    places = np, np.linalg, np.fft
    return any(getattr(place, f.__name__, None) is f for place in places)


def test_the_list_is_complete():
    listed = {function_of(call) for call in CALLS}
    missing = {
        name
        for name, f in of_autograd().items()
        if f not in TABLE and f not in listed and f.__module__ != "numpy.fft"
    }
    assert not missing


@pytest.mark.parametrize("call", CALLS)
def test_what_is_listed_is_left_out(call):
    assert function_of(call) not in TABLE


@pytest.mark.parametrize(("call", "instead"), INSTEAD)
def test_what_to_write_instead_is_as_good(call, instead):
    for left, right in zip(values(call), values(instead), strict=True):
        assert_allclose(left, right, rtol=1e-14)
    names = sorted(set(re.findall(r"\b[abxyA]\b", instead)))

    def total(*xs):
        found = eval(instead, {**POINT, **dict(zip(names, xs, strict=True))})
        return sum(np.sum(part) for part in (found if isinstance(found, tuple) else [found]))

    gradients = grad(total, tuple(range(len(names))))(*(POINT[name] for name in names))
    assert [np.shape(g) for g in gradients] == [np.shape(POINT[name]) for name in names]


def values(expression):
    found = eval(expression, dict(POINT))
    if isinstance(found, tuple):  # of eigenvalues and vectors, up to their order and signs
        return [np.sort(np.abs(part), axis=None) for part in found]
    return [found]
