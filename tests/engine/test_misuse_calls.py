"""Wrong calls of the derivatives: argnums, shapes, and what is no function at all."""

import re

import numpy as np
import pytest
import torch

from mcalc import (
    directional_derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jvp,
    numerical_jacobian,
    trace,
    value_and_grad,
    vjp,
)

x, X = np.array([1.0, 2.0, 3.0]), np.ones((2, 3))
T = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)


def f(x, y=1.0):
    return x @ x * y


def raises(error, text):
    return pytest.raises(error, match=re.escape(text))


ARGNUMS = {
    "above": (2, ValueError, "argnums is 2, but f was called with 2 positional arguments"),
    "below": (-3, ValueError, "argnums is -3, but f was called with 2 positional arguments"),
    "one-of-two": ((0, 5), ValueError, "argnums is (0, 5), but f was called with 2"),
    "str": ("x", TypeError, "argnums is 'x'; give an integer or a tuple of them"),
    "float": (1.0, TypeError, "argnums is 1.0; give an integer or a tuple of them"),
    "bool": (True, TypeError, "argnums is True; give an integer or a tuple of them"),
    "list": ([0], TypeError, "argnums is [0]; give an integer or a tuple of them"),
    "none": (None, TypeError, "argnums is None; give an integer or a tuple of them"),
    "empty": ((), ValueError, "argnums is (); name each argument once"),
    "twice": ((0, 0), ValueError, "argnums is (0, 0); name each argument once"),
    "same": ((0, -2), ValueError, "argnums is (0, -2); name each argument once"),
}


@pytest.mark.parametrize("take", [grad, value_and_grad, jacobian, jacfwd, hessian])
@pytest.mark.parametrize(("argnums", "error", "text"), ARGNUMS.values(), ids=ARGNUMS)
def test_argnums(take, argnums, error, text):
    with raises(error, text):
        take(f, argnums)(x, 2.0)


@pytest.mark.parametrize("take", [hvp, directional_derivative])
def test_argnums_of_directions(take):
    with raises(TypeError, f"{take.__name__}: argnums is (0, 1); give one integer"):
        take(f, (0, 1))(x, 2.0, x)
    with raises(ValueError, f"{take.__name__}: argnums is 2, but f"):
        take(f, 2)(x, 2.0, x)


@pytest.mark.parametrize("take", [grad, jacobian, jacfwd, hvp, directional_derivative])
@pytest.mark.parametrize("wrong", [3.0, x, None, "f"], ids=["float", "array", "None", "str"])
def test_what_is_no_function(take, wrong):
    """As after grad(f(x)), where grad(f)(x) was meant."""
    with raises(TypeError, f"needs a function, not {wrong!r}; pass f, not f(x)"):
        take(wrong)(x, x)
    for name, call in (("trace", trace), ("vjp", vjp)):
        with raises(TypeError, f"{name} needs a function, not {wrong!r}; pass f, not f(x)"):
            call(wrong, x)
    with raises(TypeError, f"jvp needs a function, not {wrong!r}; pass f, not f(x)"):
        jvp(wrong, (x,), (x,))


def test_arguments_by_keyword_only():
    with raises(ValueError, "grad: argnums is 0, but f was called with 0 positional arguments"):
        grad(f)(x=x)
    with raises(ValueError, "argnums is 1, but f was called with 1 positional argument"):
        grad(f, 1)(x, y=2.0)


@pytest.mark.parametrize("kind", [np.array, torch.tensor], ids=["numpy", "torch"])
@pytest.mark.parametrize("take", [grad, value_and_grad, hessian, hvp])
def test_functions_that_are_not_scalar(take, kind):
    at = kind([1.0, 2.0])
    with raises(TypeError, "grad needs a scalar f, but f(x) has shape (2,); use jacobian"):
        take(lambda x, *_: 2 * x)(at, *([at] if take is hvp else []))
    with raises(TypeError, "grad needs a scalar f, but f(x) has shape (1,); use jacobian"):
        take(lambda x, *_: x[:1])(at, *([at] if take is hvp else []))


def pulled(value, cotangent):
    return vjp(lambda x: x**2, value)[1](cotangent)


def pushed(primals, tangents):
    return jvp(lambda *xs: xs[0] ** 2, primals, tangents)


def along(v):
    return directional_derivative(lambda x: x**2)(x, v)


BOTH = "was given torch tensors and NumPy arrays together; convert one kind: torch.from_numpy(x)"
REAL = "needs real floating-point input, but"
CALLS = {
    "tangent-shape": (
        lambda: pushed((x,), (X,)),
        ValueError,
        "jvp: tangent 0 has shape (2, 3), but primal 0 has shape (3,); they must be equal",
    ),
    "tangent-of-second": (
        lambda: pushed((x, X), (x, x)),
        ValueError,
        "jvp: tangent 1 has shape (3,), but primal 1 has shape (2, 3)",
    ),
    "tangent-number": (lambda: pushed((x,), (1.0,)), ValueError, "tangent 0 has shape ()"),
    "tangent-count": (
        lambda: pushed((x, x), (x,)),
        ValueError,
        "jvp was given 2 primals and 1 tangents; give one each",
    ),
    "bare": (lambda: pushed(x, x), TypeError, "as tuples: jvp(f, (x,), (v,))"),
    "lists": (lambda: pushed([x], [x]), TypeError, "as tuples: jvp(f, (x,), (v,))"),
    "tangent-list": (lambda: pushed((x,), ([1.0, 2.0, 3.0],)), TypeError, "tangent 0 is a list"),
    "tangent-none": (lambda: pushed((2.0,), (None,)), TypeError, "tangent 0 is a NoneType"),
    "tangent-complex": (
        lambda: pushed((x,), (1j * x,)),
        TypeError,
        f"jvp {REAL} tangent 0 has dtype complex128; differentiate by real and imaginary parts",
    ),
    "tangent-bool": (
        lambda: pushed((x,), (x > 0,)),
        TypeError,
        f"jvp {REAL} tangent 0 has dtype bool; use x.astype(float)",
    ),
    "tangent-tensor": (lambda: pushed((x,), (T,)), TypeError, f"jvp {BOTH}"),
    "tangent-array": (lambda: pushed((T,), (x,)), TypeError, f"jvp {BOTH}"),
    "primals-mixed": (lambda: pushed((x, T), (x, T)), TypeError, f"jvp {BOTH}"),
    "cotangent-shape": (
        lambda: pulled(x, X),
        ValueError,
        "vjp: the cotangent has shape (2, 3), but f(x) has shape (3,); they must be equal",
    ),
    "cotangent-number": (lambda: pulled(x, 1.0), ValueError, "the cotangent has shape ()"),
    "cotangent-torch": (
        lambda: pulled(T, T[:2]),
        ValueError,
        "the cotangent has shape (2,), but f(x) has shape (3,)",
    ),
    "cotangent-complex": (lambda: pulled(x, 1j * x), TypeError, "cotangent has dtype complex128"),
    "cotangent-none": (lambda: pulled(2.0, None), TypeError, "the cotangent is a NoneType"),
    "cotangent-list": (lambda: pulled(x, [1.0] * 3), TypeError, "the cotangent is a list"),
    "cotangent-tensor": (lambda: pulled(x, T), TypeError, f"vjp {BOTH}"),
    "cotangent-array": (lambda: pulled(T, x), TypeError, f"vjp {BOTH}"),
    "arguments-mixed": (lambda: grad(f, (0, 1))(x, T), TypeError, f"grad {BOTH}"),
    "arguments-used": (
        lambda: grad(lambda x, t: (x * t).sum())(x, T),
        TypeError,
        "multiply was given a torch tensor and a NumPy value together",
    ),
    "v-shape": (
        lambda: along(X),
        ValueError,
        "directional_derivative: v has shape (2, 3), but x has shape (3,); they must be equal",
    ),
    "v-number": (lambda: along(1.0), ValueError, "v has shape (), but x has shape (3,)"),
    "v-complex": (lambda: along(1j * x), TypeError, "v has dtype complex128"),
    "v-missing": (
        lambda: directional_derivative(f)(x),
        TypeError,
        "directional_derivative is called with f's arguments and then the vector: (x, v)",
    ),
    "v-by-name": (lambda: hvp(f)(x, v=x), TypeError, "hvp is called with f's arguments and then"),
    "hvp-shape": (
        lambda: hvp(f)(x, X),
        ValueError,
        "hvp: v has shape (2, 3), but x has shape (3,)",
    ),
    "numerical-list": (
        lambda: numerical_jacobian(lambda x: [x[0]], x),
        TypeError,
        "return one array of real numbers, as np.stack([...])",
    ),
    "numerical-none": (lambda: numerical_jacobian(lambda x: None, x), TypeError, "f returned None"),
    "numerical-bool": (
        lambda: numerical_jacobian(lambda x: x > 0, x),
        TypeError,
        "f returned values of dtype bool; return one array of real numbers",
    ),
    "numerical-complex": (
        lambda: numerical_jacobian(lambda x: 1j * x, x),
        TypeError,
        "f returned values of dtype complex128",
    ),
}


@pytest.mark.parametrize(("call", "error", "text"), CALLS.values(), ids=CALLS)
def test_wrong_calls(call, error, text):
    with raises(error, text):
        call()


def test_the_number_2_is_as_good_as_2_0_for_a_direction():
    """Only where one differentiates must it be a float; a weight or a direction is a number."""
    assert pulled(2.0, 2)[0] == pulled(2.0, 2.0)[0] == 8.0
    assert pushed((2.0,), (2,))[1] == 8.0
