"""What NumPy has and mcalc does not stands on the page of the table, with the reason."""

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
LINES = [line for line in SECTION.splitlines() if line.startswith("| `")]
ROWS = [[cell.strip() for cell in line.split("|")[1:-1]] for line in LINES]
CALLS = [call for row in ROWS for call in re.findall(r"`(np\.[^`]+)`", row[0])]
POINT = {"np": np, "x": numbers(3), "y": numbers(3, seed=1), "a": 0.5, "b": 2.0}
POINT["A"] = np.array([[2.0, 1.0], [1.0, 3.0]])
INSTEAD = [(re.findall("`(.*?)`", row[0])[0], row[2].strip("`")) for row in ROWS if row[2]]


def function_of(call):
    """Return the function that an expression calls first."""
    node = ast.parse(call, mode="eval").body
    while "(" in ast.unparse(node):
        node = node.func if isinstance(node, ast.Call) else node.value
    return eval(ast.unparse(node), {"np": np})


def of_autograd():
    """Return the functions of NumPy that autograd has a rule for, by their names."""
    functions = {getattr(p, "fun", p) for p in {**primitive_vjps, **primitive_jvps}}
    return {f.__name__: f for f in functions if is_numpys(f)}


def is_numpys(f):
    places = np, np.linalg, np.fft
    return any(getattr(place, f.__name__, None) is f for place in places)


def of_numpy():
    """Return all public functions of NumPy, by their names."""
    places = np, np.linalg, np.lib.stride_tricks
    return {
        name: f
        for place in places
        for name, f in vars(place).items()
        if callable(f) and not name.startswith("_") and not isinstance(f, type)
    }


def asks(f):
    """Tell whether NumPy asks an array's class what a function shall do with it."""
    asked = isinstance(f, np.ufunc) or hasattr(f, "_implementation")
    return asked or "\n    like : array_like" in (f.__doc__ or "") or f is np.require


LISTED = {function_of(call) for call in CALLS if call != "np.fft"}


def test_every_function_of_numpy_has_a_row_or_a_reason():
    missing = [
        name for name, f in of_numpy().items() if asks(f) and f not in TABLE and f not in LISTED
    ]
    assert not missing
    assert sum(map(asks, of_numpy().values())) > 330  # so that the question is still the right one


def test_every_function_of_autograd_has_a_row_or_a_reason():
    missing = [
        name
        for name, f in of_autograd().items()
        if f not in TABLE and f not in LISTED and getattr(f, "__module__", "") != "numpy.fft"
    ]
    assert not missing


REFUSED = [f for f in LISTED if asks(f) and getattr(f, "__module__", "") != "numpy.fft"]


@pytest.mark.parametrize("f", REFUSED, ids=lambda f: f.__name__)
def test_what_is_left_out_is_refused_by_name(f):
    """And never computed in silence, with a derivative of 0."""
    count = f.nin if isinstance(f, np.ufunc) else 1
    tries = [lambda x: f(*[x] * count), lambda x: f(x, x), lambda x: f(x, x, x)]
    tries += [
        lambda x: f([x]),
        lambda x: f("x", x),
        lambda x: f(x, (2,), like=x),
        lambda x: f(x, like=x),
        lambda x: f(x, x, x, x),
    ]
    said = []
    for call in tries:
        try:
            grad(lambda x, call=call: np.sum(call(x)))(POINT["x"])
        except Exception as error:
            said.append(str(error))
        else:
            pytest.fail(f"np.{f.__name__} of a traced value gave a derivative")
    name = (
        rf"no rule for np\.(linalg\.)?{f.__name__};|writes into an array in place|drops its deriv"
    )
    assert any(re.search(name, text) for text in said), said


@pytest.mark.parametrize("call", [call for call in CALLS if call != "np.fft"])
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
