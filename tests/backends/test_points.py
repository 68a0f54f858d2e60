"""What may be a point or a direction: integers that probe, the arrays of other libraries."""

import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from mcalc import directional_derivative, grad, hvp, jvp, numerical_grad, vjp

A = np.array([[2.0, 1.0], [1.0, 3.0]])
x, probe = np.array([0.5, -1.0]), np.array([1, 0], np.int8)
INTEGERS = {
    "int8": probe,
    "uint16": probe.astype(np.uint16),
    "int64": probe.astype(np.int64),
    "big-endian": probe.astype(">i4"),
}


def quadratic(x):
    return 0.5 * x @ (A @ x)


@pytest.mark.parametrize("v", INTEGERS.values(), ids=INTEGERS)
def test_directions_may_be_integers(v):
    found = hvp(quadratic)(x, v)
    assert found.dtype == float
    assert_allclose(found, A[0])
    assert_allclose(directional_derivative(quadratic)(x, v), (A @ x)[0])
    assert_allclose(jvp(quadratic, (x,), (v,))[1], (A @ x)[0])
    assert_allclose(vjp(lambda x: A @ x, x)[1](v)[0], A[0])
    single = hvp(lambda x: np.sum(x**3))(x.astype(np.float32), v)
    assert single.dtype == np.float32
    assert_allclose(single, [3.0, 0.0])
    assert v.dtype.kind in "iu"  # the caller's, as it was


def test_an_integer_of_numpy_is_a_direction():
    assert hvp(lambda x: x**3)(2.0, np.int8(2)) == 24.0
    assert vjp(lambda x: x**3, 2.0)[1](np.uint8(1)) == (12.0,)


@pytest.mark.parametrize("dtype", [torch.int8, torch.int64, torch.uint8])
def test_tensors_of_integers_are_directions(dtype):
    M, at = torch.from_numpy(A), torch.from_numpy(x)
    f = lambda x: 0.5 * x @ (M @ x)  # noqa: E731
    v = torch.tensor([1, 0], dtype=dtype)
    found = hvp(f)(at, v)
    assert found.dtype == torch.float64
    assert_allclose(found, A[0])
    assert_allclose(vjp(lambda x: M @ x, at)[1](v)[0], A[0])


@pytest.mark.parametrize(
    ("v", "text"),
    [
        (np.array([True, False]), "v has dtype bool; use x.astype(float)"),
        (torch.tensor([True, False]), "v is a tensor of torch.bool; use x.double()"),
        (np.array([1j, 0]), "v has dtype complex128"),
        (np.array(["1", "0"]), "v has dtype <U1"),
    ],
    ids=["mask", "tensor", "complex", "text"],
)
def test_what_is_no_direction(v, text):
    with pytest.raises(TypeError, match=re.escape(text)):
        hvp(quadratic)(x, v)


def test_points_are_no_integers_all_the_same():
    with pytest.raises(TypeError, match=r"argument 0 has dtype int8; use x\.astype"):
        grad(quadratic)(probe)


def test_a_dask_array_of_integers_is_a_direction():
    dask = pytest.importorskip("dask.array")
    at, v = dask.from_array(x, chunks=1), dask.from_array(probe, chunks=1)
    assert_allclose(hvp(lambda x: np.sum(x**3))(at, v).compute(), [3.0, 0.0])


def test_scipys_solvers_probe_with_integers():
    optimize = pytest.importorskip("scipy.optimize")
    linalg = pytest.importorskip("scipy.sparse.linalg")
    product = linalg.LinearOperator((2, 2), matvec=lambda v: hvp(quadratic)(x, v))
    assert_allclose(product @ probe, A[0])
    seen = []

    def along(x, v):
        seen.append(v.dtype.kind)
        return hvp(quadratic)(x, v)

    b = np.array([1.0, 2.0])
    found = optimize.minimize(
        lambda x: quadratic(x) - b @ x,
        np.zeros(2),
        method="trust-constr",
        jac=grad(lambda x: quadratic(x) - b @ x),
        hess=lambda x: linalg.LinearOperator((2, 2), matvec=lambda v: along(x, v)),
    )
    assert_allclose(found.x, np.linalg.solve(A, b), rtol=1e-6)
    assert "i" in seen  # or this test is of nothing


def of(package, kind, **attributes):
    """Return an object whose class says that it comes from a package."""
    return type(kind, (), {"__module__": f"{package}.core", **attributes})()


AS_ARRAYS = {"dtype": np.dtype(float), "__array_function__": None, "__array_ufunc__": None}
FOREIGN = {
    "cupy": (
        of("cupy", "ndarray", **AS_ARRAYS),
        "a CuPy array; use x.get(), or PyTorch on the GPU",
    ),
    "jaxlib": (of("jaxlib", "ArrayImpl"), "a JAX array; use np.asarray(x), or jax.grad"),
    "pandas": (of("pandas", "Series"), "a pandas Series; use x.to_numpy(dtype=float)"),
    "polars": (of("polars", "Series"), "a Polars Series; use x.to_numpy()"),
    "scipy": (of("scipy", "csr_array"), "a SciPy csr_array; use x.toarray()"),
    "tensorflow": (of("tensorflow", "EagerTensor"), "a TensorFlow EagerTensor; use x.numpy()"),
    "xarray": (of("xarray", "DataArray"), "an xarray DataArray; use x.to_numpy()"),
}


@pytest.mark.parametrize("call", [grad(np.sum), lambda v: numerical_grad(np.sum, v)])
@pytest.mark.parametrize(("point", "text"), FOREIGN.values(), ids=FOREIGN)
def test_the_library_of_a_foreign_array_is_named(point, text, call):
    with pytest.raises(TypeError, match=rf"(argument 0|x) is {re.escape(text)}"):
        call(point)


def test_arrays_of_the_libraries_that_are_here():
    jnp = pytest.importorskip("jax.numpy")
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match=r"argument 0 is a JAX array; use np\.asarray"):
        grad(np.sum)(jnp.ones(2))
    with pytest.raises(TypeError, match=r"v is a JAX array"):
        hvp(np.sum)(np.ones(2), jnp.ones(2))
    with pytest.raises(TypeError, match=r"p\['w'\] is a SciPy csr_array; use x\.toarray"):
        grad(lambda p: np.sum(p["w"]))({"w": sparse.csr_array(np.eye(2))})


def test_only_the_package_of_the_class_counts():
    with pytest.raises(TypeError, match="is a Series; pass a float"):
        grad(np.sum)(of("scipylike", "Series"))
