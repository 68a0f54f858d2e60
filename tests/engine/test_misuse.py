"""Wrong uses of NumPy functions: each is an error that names the value and the way out."""

import fractions
import math
import numbers
import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from mcalc import (
    directional_derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jvp,
    linear_model,
    numerical_grad,
    trace,
    value_and_grad,
    vjp,
)

x, X = np.array([1.0, 2.0, 3.0]), np.ones((2, 3))
T = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
held = []  # where the functions below keep values that they should return


def raises(error, text):
    return pytest.raises(error, match=re.escape(text))


REAL = "needs real floating-point input, but"
INPUTS = {
    "int": (3, "is the int 3; write 3.0"),
    "bool": (True, "is the bool True; write 1.0"),
    "complex": (1j, "is the complex number 1j; differentiate by its parts"),
    "str": ("a", "is a str; pass a float, an array or a tensor"),
    "int-array": (np.arange(3), "has dtype int64; use x.astype(float)"),
    "bool-array": (np.array([True]), "has dtype bool; use x.astype(float)"),
    "numpy-int": (np.int64(3), "has dtype int64; use x.astype(float)"),
    "numpy-bool": (np.bool_(True), "has dtype bool; use x.astype(float)"),
    "object-array": (np.array([1.0], object), "has dtype object; use x.astype(float)"),
    "str-array": (np.array(["1"]), "has dtype <U1; use x.astype(float)"),
    "date-array": (np.array(["2020"], "M8[D]"), "has dtype datetime64[D]; use x.astype(float)"),
    "complex-array": (x * 1j, "has dtype complex128; differentiate by real and imaginary parts"),
    "numpy-complex": (np.complex128(1), "has dtype complex128; differentiate by real and"),
    "masked": (np.ma.array(x), "is a MaskedArray, which has its own rules; use np.array(x)"),
    "tensor-int": (torch.tensor([1]), "is a tensor of torch.int64; use x.double()"),
    "tensor-bool": (torch.tensor([True]), "is a tensor of torch.bool; use x.double()"),
    "tensor-complex": (torch.tensor([1j]), "is a tensor of torch.complex64; differentiate by"),
}
CALLERS = {
    "grad": lambda v: grad(np.sum)(v),
    "value_and_grad": lambda v: value_and_grad(np.sum)(v),
    "jacobian": lambda v: jacobian(np.exp)(v),
    "jacfwd": lambda v: jacfwd(np.exp)(v),
    "hessian": lambda v: hessian(np.sum)(v),
    "hvp": lambda v: hvp(np.sum)(v, v),
    "directional_derivative": lambda v: directional_derivative(np.exp)(v, v),
    "vjp": lambda v: vjp(np.exp, v),
    "jvp": lambda v: jvp(np.exp, (v,), (v,)),
    "trace": lambda v: trace(np.exp, v),
    "numerical_grad": lambda v: numerical_grad(np.sum, v),
    "linear_model": lambda v: linear_model(np.sum, v),
}


@pytest.mark.parametrize("call", CALLERS.values(), ids=CALLERS)
@pytest.mark.parametrize(("value", "text"), INPUTS.values(), ids=INPUTS)
def test_input_that_cannot_be_differentiated_at(call, value, text):
    with pytest.raises(TypeError, match=rf"{REAL} (argument 0|x|x0) {re.escape(text)}"):
        call(value)


CONTAINERS = {
    "list": ([1.0, 2.0], "is a list; use np.array(x, dtype=float)"),
    "tuple": ((1.0, 2.0), "is a tuple; use np.array(x, dtype=float)"),
    "dict": ({"a": 1.0}, "is a dict; pass a float, an array or a tensor"),
    "none": (None, "is a NoneType; pass a float, an array or a tensor"),
}


@pytest.mark.parametrize("call", ["trace", "numerical_grad", "linear_model"])
@pytest.mark.parametrize(("value", "text"), CONTAINERS.values(), ids=CONTAINERS)
def test_containers_where_one_array_is_meant(call, value, text):
    with pytest.raises(TypeError, match=rf"{REAL} (argument 0|x|x0) {re.escape(text)}"):
        CALLERS[call](value)


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_matrices_of_the_old_class_are_refused():
    with raises(TypeError, "argument 0 is a matrix, which has its own rules; use np.array(x)"):
        grad(np.sum)(np.matrix([[1.0, 2.0]]))


def in_place(x):
    x += 1.0
    return np.sum(x)


def into_a_buffer(x):
    out = np.zeros(3)
    out[0] = x[0]
    return out.sum()


def added_to_a_buffer(x):
    out = np.zeros(3)
    out += x
    return out.sum()


def into_a_row(x):
    out = np.zeros(3)
    out[:] = x
    return out.sum()


def assigned(x):
    x[0] = 1.0
    return np.sum(x)


def branching(x):
    return x if x > 0 else -x


BRANCH = "f branches on an array, as in `if x > 0`"
WRITE = "f writes into an array in place (x[i] = v, x += v, out=x)"
ARRAY = "np.array or np.asarray of a traced value drops its derivative; use np.stack([...])"
FLOAT = "float(x), and with it the functions of math, drop the derivative; leave float out"
MIXED = "was given a torch tensor and a NumPy value together; convert the tensor with .numpy()"
DTYPE = "mcalc differentiates real floating-point functions: convert constants with"
RETURN = "return one array, such as np.stack([...])"
ATTRIBUTE = "; call NumPy's functions, as np.sum(x)"
BODIES = {
    "float": (lambda x: float(x[0]), FLOAT),
    "int": (lambda x: int(x[0]), FLOAT),
    "complex": (lambda x: complex(x[0]), FLOAT),
    "round": (lambda x: round(x[0], 2), FLOAT),
    "math.log": (lambda x: math.log(x[0]), FLOAT),
    "math.hypot": (lambda x: math.hypot(*x), FLOAT),
    "math.floor": (lambda x: math.floor(x[0]), FLOAT),
    "math.trunc": (lambda x: math.trunc(x[0]), FLOAT),
    "item": (lambda x: x[0].item(), FLOAT),
    "tolist": (lambda x: sum(x.tolist()), FLOAT),
    "range": (lambda x: sum(range(x[0])), FLOAT),
    "array": (lambda x: np.array([x[0], x[1]]).sum(), ARRAY),
    "object-array": (lambda x: np.array([x[0], x[1]], object).sum(), ARRAY),
    "matrix-of-nodes": (lambda x: np.array([[x[0], 0.0], [0.0, x[1]]]).sum(), ARRAY),
    "asarray": (lambda x: np.asarray(x).sum(), ARRAY),
    "float64": (lambda x: np.float64(x[0]), ARRAY),
    "list-in": (lambda x: np.sum([x[0], x[1]]), ARRAY),
    "exp-of-list": (lambda x: np.sum(np.exp([x[0], x[1]])), ARRAY),
    "dot-of-list": (lambda x: np.dot([x[0], x[1]], [1.0, 2.0]), ARRAY),
    "full": (lambda x: np.full(3, x[0]).sum(), ARRAY),
    "vectorize": (lambda x: np.vectorize(math.exp)(x).sum(), ARRAY),
    "random": (lambda x: np.random.default_rng(0).normal(x).sum(), ARRAY),
    "index": (lambda y: x[y], ARRAY),
    "setitem": (assigned, WRITE),
    "iadd": (in_place, WRITE),
    "buffer": (into_a_buffer, WRITE),
    "buffer-iadd": (added_to_a_buffer, WRITE),
    "buffer-row": (into_a_row, ARRAY),
    "out": (lambda x: np.exp(x, out=np.zeros(3)).sum(), WRITE),
    "out-node": (lambda x: np.exp(x, out=x).sum(), WRITE),
    "if": (branching, BRANCH),
    "chain": (lambda x: 1.0 if 0 < x < 2 else 0.0, BRANCH),
    "and": (lambda x: x and x, BRANCH),
    "not": (lambda x: 1.0 if not x else 0.0, BRANCH),
    "max": (lambda x: max(np.stack([x, x])), BRANCH),
    "index-by-node": (lambda x: x[x[0]], "an index must be plain integers or a mask"),
    "len-of-number": (lambda x: len(x[0]), "a 0-d traced value is one number; it has no len"),
    "iterate-number": (lambda x: list(x[0]), "a 0-d traced value is one number; it has no len"),
    "unknown": (lambda x: np.nextafter(x, 1).sum(), "mcalc has no rule for np.nextafter; write it"),
    "unknown-fft": (lambda x: np.fft.fft(x), "mcalc has no rule for np.fft.fft; write it with"),
    "how-to-add": (lambda x: np.sinc(x), "add a row: mcalc.rules.elementwise(np.sinc, derivative)"),
    "reduce": (lambda x: np.greater.reduce(x), "np.greater.reduce has no rule; use np.sum"),
    "where=": (lambda x: np.exp(x, where=x > 1), "the rule for exp does not take where;"),
    "dtype=": (lambda x: np.exp(x, dtype=np.float32), "exp does not take dtype; keyword arguments"),
    "initial=": (lambda x: np.nansum(x, initial=1.0), "keepdims, x; pass arrays by position; for"),
    "histogram": (lambda x: np.histogram(x)[1], "no rule for np.histogram;"),
    "complex-constant": (lambda x: np.abs(x * 1j).sum(), "multiply gives values of dtype complex"),
    "complex-array": (lambda x: np.sum(x + X[0] * 1j), DTYPE),
    "object-constant": (lambda x: np.sum(x * np.array([1, 2, 3], object)), DTYPE),
    "tensor": (lambda x: np.sum(x * T), MIXED),
    "tensor-left": (lambda x: np.sum(T * x), MIXED),
    "tensor-matmul": (lambda x: T @ x, MIXED),
    "tensor-dot": (lambda x: np.dot(T, x), MIXED),
    "tensor-concatenate": (lambda x: np.concatenate([T, x]).sum(), MIXED),
    "returns-tensor": (lambda x: T.sum(), MIXED),
    "torch.exp": (
        lambda x: torch.exp(x).sum(),
        "torch's exp was given a value of a NumPy function",
    ),
    "torch.stack": (lambda x: torch.stack([x[0]]), "torch's stack was given a value of a NumPy"),
    "torch.tensor": (lambda x: torch.tensor(x).sum(), "a 0-d traced value is one number"),
    "returns-none": (lambda x: None, "f returned None; does it end with return?"),
    "returns-tuple": (lambda x: (x, x), f"f returned a tuple; {RETURN}"),
    "returns-list": (lambda x: [x[0], x[1]], f"f returned a list; {RETURN}"),
    "returns-dict": (lambda x: {"x": x}, f"f returned a dict; {RETURN}"),
    "returns-str": (str, "f returned a str"),
    "returns-bool": (lambda x: x[0] > 0, "f returned values of dtype bool; return floats"),
    "returns-complex": (lambda x: 1j, "f returned values of dtype complex128; return floats"),
    "returns-function": (lambda x: lambda: x, "f returned a function; return one array of floats"),
    "returns-generator": (lambda x: (v for v in x), "f returned a generator; return one array"),
    "keeps": (lambda x: held.append(x) or held[0] @ x, "a traced value has outlived its function"),
    "returns-kept": (lambda x: held[0], "a traced value has outlived its function: return it"),
}


@pytest.mark.parametrize("differentiate", [grad, jacfwd], ids=["reverse", "forward"])
@pytest.mark.parametrize(("f", "text"), BODIES.values(), ids=BODIES)
def test_functions_that_lose_the_derivative(f, text, differentiate):
    held[:] = trace(lambda x: x * 2, x).nodes
    point = x.copy()
    with raises(TypeError, text):
        differentiate(f)(point)
    assert_array_equal(point, x)


EMPTY = "truth value of an empty array is ambiguous. Returning False"  # NumPy's word before 2.2


@pytest.mark.parametrize("f", [branching, lambda x: 1.0 if x else 0.0])
def test_branching_on_an_empty_array(f):
    with pytest.raises((TypeError, DeprecationWarning), match=f"{BRANCH}|{EMPTY}"):
        grad(f)(np.zeros(0))


@pytest.mark.parametrize("name", ["strides", "tobytes", "numpy", "no_such_method"])
def test_attributes_that_only_arrays_have(name):
    with raises(AttributeError, f"a traced value has no {name}{ATTRIBUTE}"):
        grad(lambda x: getattr(x, name))(x)


@pytest.mark.parametrize("name", ["sort", "fill", "put", "partition", "resize"])
def test_methods_that_write(name):
    with raises(TypeError, WRITE):
        grad(lambda x: getattr(x, name)(0))(x)


def test_a_kept_value_is_refused_wherever_it_goes():
    grad(lambda x: held.append(x * 3) or x)(2.0)
    for use in (lambda: held[-1] * 2, lambda: np.exp(held[-1]), lambda: grad(np.sin)(held[-1])):
        with raises(TypeError, "a traced value has outlived its function"):
            use()


@pytest.mark.parametrize("name", ["optimize.rosen", "linalg.inv"])
def test_a_library_that_makes_an_array_is_named(name):
    """Also where it leaves that to a function of NumPy's, as linalg.inv does."""
    module, name = name.split(".")
    function = getattr(pytest.importorskip(f"scipy.{module}"), name)
    with raises(TypeError, f"scipy.{module}.{name} makes an array of a traced"):
        grad(lambda x: np.sum(function(x)[0]))(np.eye(3))


def test_a_buffer_that_f_overwrites_after_use_counts_as_it_was():
    e, rows = np.zeros(3), np.zeros(2, dtype=int)

    def f(x):
        total = 0.0
        for k in range(3):
            e[:] = 0.0
            e[k] = 1.0
            rows[:] = k
            total = total + k * (x @ e) ** 2 + np.sum(x[rows]) + np.sum(x[(rows,)])
        return total

    assert_array_equal(grad(f)(x), 2 * np.arange(3) * x + 4)
    assert_array_equal(grad(lambda x: grad(f)(x) @ x)(x), 4 * np.arange(3) * x + 4)


def test_a_ragged_list_is_numpy_s_error_and_not_taken_for_a_write():
    with pytest.raises(ValueError, match="inhomogeneous shape"):
        grad(lambda t: np.sum(np.array([[1.0, 2.0], [3.0]])) * t)(1.0)


CLASS = {
    "float": (lambda x: x * x if isinstance(x, float) else 0.0 * x, 3.0),
    "scalar": (lambda x: x * x if np.isscalar(x) else 0.0 * x, 3.0),
    "number": (lambda x: x * x if isinstance(x, numbers.Real) else 0.0 * x, 3.0),
    "no-array": (lambda x: 0.0 * x if isinstance(x, np.ndarray) else x * x, 3.0),
    "no-length": (lambda x: 0.0 * x if hasattr(x, "__len__") else x * x, 3.0),
    "float32": (lambda x: x * x if isinstance(x, np.float32) else 0.0 * x, np.float32(3.0)),
    "array": (lambda x: x @ x if isinstance(x, np.ndarray) else 0.0 * x[0], x),
    "length": (lambda x: x @ x if hasattr(x, "__len__") else 0.0 * x[0], x),
    "no-float": (lambda x: 0.0 * x[0] if isinstance(x, float) else x @ x, x),
    "no-scalar": (lambda x: 0.0 * x[0] if np.isscalar(x) else x @ x, x),
}


@pytest.mark.parametrize("name", CLASS)
def test_what_asks_for_the_class_goes_the_same_way(name):
    f, at = CLASS[name]
    assert_array_equal(grad(f)(at), 2 * at)
    assert_array_equal(hvp(f)(at, at), 2 * at)
    assert_array_equal(jacfwd(f)(at), 2 * at)


def test_a_fraction_is_refused_as_objects_are():
    with raises(TypeError, "multiply gives values of dtype object"):
        grad(lambda x: x * fractions.Fraction(1, 2))(1.0)
