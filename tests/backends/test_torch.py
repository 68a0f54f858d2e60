"""Wrong uses of torch functions: each is an error that names the value and the way out."""

import math
import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from mcalc import directional_derivative, grad, hvp, jacobian

T = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
A = np.array([1.0, 2.0, 3.0])
DROPS = "the derivative; use torch's own functions"
FLOAT = f"float(x), and with it the functions of math, drop {DROPS}"
ARRAY = f"a NumPy function of a torch tensor drops {DROPS}"
CALLS = "f calls a NumPy function on a torch tensor; use torch's own functions"
MIXED = "f brings torch tensors and NumPy arrays together; convert the array with torch.from_numpy"
COPIES = "of tensors drops the derivative; use torch.stack([...])"
BRANCH = "f branches on a tensor, as in `if x > 0`"
RETURN = "return one tensor, such as torch.stack([...])"
BODIES = {
    "float": (lambda t: float(t[0]), FLOAT),
    "math.log": (lambda t: math.log(t[0]), FLOAT),
    "int": (lambda t: int(t[0]), f"int(x) drops {DROPS}"),
    "complex": (lambda t: complex(t[0]), f"complex(x) drops {DROPS}"),
    "item": (lambda t: t[0].item(), f"x.item() drops {DROPS}"),
    "tolist": (lambda t: sum(t.tolist()), f"x.tolist() drops {DROPS}"),
    "numpy": (lambda t: t.numpy().sum(), f"x.numpy() drops {DROPS}"),
    "np.exp": (lambda t: np.exp(t).sum(), ARRAY),
    "np.sqrt": (lambda t: np.sqrt(t), ARRAY),
    "np.stack": (lambda t: np.stack([t, t]).sum(), ARRAY),
    "np.sum": (lambda t: np.sum(t), CALLS),
    "np.mean": (lambda t: np.mean(t), CALLS),
    "np.max": (lambda t: np.max(t), CALLS),
    "np.prod": (lambda t: np.prod(t), CALLS),
    "np.std": (lambda t: np.std(t), CALLS),
    "array-left": (lambda t: (A * t).sum(), MIXED),
    "array-right": (lambda t: torch.add(t, A).sum(), MIXED),
    "tensor": (lambda t: torch.tensor(t).sum(), f"torch's tensor {COPIES}"),
    "tensor-of-parts": (lambda t: torch.tensor([t[0], t[1]]).sum(), f"torch's tensor {COPIES}"),
    "nested": (lambda t: torch.tensor([[1.0, t[0]]]).sum(), f"torch's tensor {COPIES}"),
    "as-tensor": (lambda t: torch.as_tensor([t[0], t[1]]).sum(), f"torch's as_tensor {COPIES}"),
    "new-tensor": (lambda t: t.new_tensor([t[0]]).sum(), f"torch's new_tensor {COPIES}"),
    "by-keyword": (lambda t: torch.tensor(data=[t[0]]).sum(), f"torch's tensor {COPIES}"),
    "linspace": (lambda t: torch.linspace(0.0, t[0], 3).sum(), f"torch's linspace {COPIES}"),
    "logspace": (lambda t: torch.logspace(0.0, t[0], 3).sum(), f"torch's logspace {COPIES}"),
    "arange": (lambda t: torch.arange(0.0, t[0]).sum(), "drops the derivative; use torch.stack"),
    "new-full": (lambda t: t.new_full((2,), t[0]).sum(), "drops the derivative; use torch.stack"),
    "full": (lambda t: torch.full((2,), t[0]).sum(), "drops the derivative; use torch.stack"),
    "full-like": (
        lambda t: torch.full_like(t, t[0]).sum(),
        "drops the derivative; use torch.stack",
    ),
    "if": (lambda t: t if t > 0 else -t, BRANCH),
    "with-itself": (lambda t: t.mul_(t).sum(), "torch's mul_ of a tensor with itself; make a new"),
    "returns-none": (lambda t: None, f"f of torch tensors returned a NoneType; {RETURN}"),
    "returns-tuple": (lambda t: (t, t), f"f of torch tensors returned a tuple; {RETURN}"),
    "returns-list": (lambda t: [t], f"f of torch tensors returned a list; {RETURN}"),
    "returns-array": (lambda t: A, f"f of torch tensors returned a ndarray; {RETURN}"),
    "returns-bool": (lambda t: True, f"f of torch tensors returned a bool; {RETURN}"),
    "returns-mask": (lambda t: t > 0, "f returned a tensor of torch.bool; return floating-point"),
    "returns-int": (lambda t: t.argmax(), "f returned a tensor of torch.int64; return floating"),
    "returns-complex": (lambda t: t * 1j, "f returned a tensor of torch.complex128; return"),
}


@pytest.mark.parametrize("forward", [False, True], ids=["reverse", "forward"])
@pytest.mark.parametrize(("f", "text"), BODIES.values(), ids=BODIES)
def test_functions_that_lose_the_derivative(f, text, forward):
    with pytest.raises(TypeError, match=re.escape(text)):
        directional_derivative(f)(T, T) if forward else grad(f)(T)
    assert T.tolist() == [1.0, 2.0, 3.0]


def test_errors_of_f_come_through_as_they_are():
    with pytest.raises(RuntimeError, match="size of tensor"):
        grad(lambda t: (t + torch.ones(4)).sum())(T)
    with pytest.raises(ZeroDivisionError):
        grad(lambda t: t.sum() / 0 if 1 / 0 else t)(T)
    with pytest.raises(TypeError, match="unsupported operand"):
        grad(lambda t: t.sum() + "a")(T)


def test_what_is_fine_stays_so():
    """Constants may be built, numbers branched on, buffers filled, and tensors detached."""

    def f(t):
        weights = torch.tensor([1.0, 2.0, 3.0])
        out = torch.zeros(3, dtype=t.dtype)
        for i in range(len(t)):
            out[i] = weights[i] * t[i] ** 2
        return out.sum() if t[0] > 0 else t.sum()

    assert_array_equal(grad(f)(T), [2.0, 8.0, 18.0])
    assert_array_equal(grad(lambda t: (t * t.detach()).sum())(T), T)
    assert_array_equal(jacobian(lambda t: torch.as_tensor(t) * np.float64(2))(T), 2 * torch.eye(3))
    assert_array_equal(grad(lambda t: t[torch.tensor([0, 0])].sum())(T), [2.0, 0.0, 0.0])


def test_a_product_in_place_with_itself():
    """torch's forward mode errs in it; Python then makes a new tensor."""

    def f(t):
        t = t * 1.0
        t *= t
        return t.sum()

    assert_array_equal(grad(f)(T), 2 * T)
    assert_array_equal(hvp(f)(T, T), 2 * T)
    assert directional_derivative(f)(T, T) == 28.0
