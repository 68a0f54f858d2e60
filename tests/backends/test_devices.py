"""torch tensors stay on their device and keep their dtype.

The meta device has shapes and no numbers: what reads a number on the way fails there.
"""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from mcalc import (
    directional_derivative,
    grad,
    gradient_descent,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jvp,
    linear_model,
    newton,
    quadratic_model,
    value_and_grad,
    vjp,
)

DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


def f(x):
    return (torch.sin(x) * x).sum()


def derivatives(x, v):
    """Return one of each kind of derivative, with the shape that it should have."""
    n = tuple(x.shape)
    value, pullback = vjp(torch.sin, x)
    return [
        (grad(f)(x), n),
        *zip(value_and_grad(f)(x), ((), n), strict=True),
        *((g, n) for g in grad(lambda x, y: f(x * y), (0, 1))(x, v)),
        (value, n),
        (pullback(v)[0], n),
        *((t, n) for t in jvp(torch.sin, (x,), (v,))),
        (jacobian(torch.sin)(x), n + n),
        (jacfwd(torch.sin)(x), n + n),
        (hessian(f)(x), n + n),
        (hvp(f)(x, v), n),
        (directional_derivative(f)(x, v), ()),
        (directional_derivative(torch.sin)(x, v), n),
        (linear_model(f, x)(x + v), ()),
        (quadratic_model(f, x)(x + v), ()),
        (grad(lambda x: 3.0)(x), n),
    ]


def require_kept(x, v):
    for found, shape in derivatives(x, v):
        assert (found.device.type, found.dtype) == (x.device.type, x.dtype)
        assert tuple(found.shape) == shape


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_device_dtype_and_shape_are_kept(device, dtype):
    require_kept(*torch.full((2, 3), 0.5, device=device, dtype=dtype))
    require_kept(*torch.full((2, 2, 2), 0.5, device=device, dtype=dtype))


@pytest.mark.parametrize("solve", [newton, lambda f, x: gradient_descent(f, x, learning_rate=0.1)])
def test_a_solver_needs_numbers(solve):
    """It compares the norm of the gradient with its tolerance."""
    with pytest.raises(TypeError, match=r"meta device has a shape and no numbers.*device='cpu'"):
        solve(f, torch.ones(3, device="meta"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device here")
def test_the_gpu():
    x, v = torch.linspace(0.5, 1.0, 6, dtype=torch.float64).reshape(2, 3)
    require_kept(x.cuda(), v.cuda())
    for (there, _), (here, _) in zip(
        derivatives(x.cuda(), v.cuda()), derivatives(x, v), strict=True
    ):
        assert_allclose(there.cpu(), here, rtol=1e-12)
    for solve in newton, lambda f, x: gradient_descent(f, x, learning_rate=0.1):
        found, expected = solve(f, x.cuda()), solve(f, x)
        assert found.path.device.type == "cuda"
        assert_allclose(found.path.cpu(), expected.path, rtol=1e-9)


def test_float32_descends_in_float32():
    found = gradient_descent(f, torch.ones(3), learning_rate=0.1)
    assert {found.x.dtype, found.jac.dtype, found.path.dtype, found.fun.dtype} == {torch.float32}
    assert found.success
    assert_allclose(found.x, np.zeros(3), atol=1e-5)
