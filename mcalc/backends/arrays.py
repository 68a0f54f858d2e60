"""What NumPy arrays and torch tensors have in common, and the checks at the door.

The one module besides `engine.autodiff` that knows torch exists; it never imports it.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np

from mcalc.backends.dask import broadcast_like, chunks_of, is_dask, require_known


def is_torch(x: object) -> bool:
    """Tell whether `x` is a torch tensor, without importing torch."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(x, torch.Tensor)


def namespace(*arrays: object, caller: str = "mcalc") -> ModuleType:
    """Return the module, ``numpy`` or ``torch``, whose functions take all of `arrays`.

    Python's numbers go with either.
    """
    if all(type(x) in (np.float64, np.ndarray) for x in arrays):
        return np
    kinds = {is_torch(x) for x in arrays if not issubclass(type(x), float | int)}
    if kinds == {True, False}:
        raise TypeError(
            f"{caller} was given torch tensors and NumPy arrays together; "
            "convert one kind: torch.from_numpy(x), or x.detach().numpy()"
        )
    return sys.modules["torch"] if True in kinds else np


def require_function(f: Any, *, caller: str) -> None:
    """Raise a TypeError unless `f` can be called."""
    if not callable(f):
        raise TypeError(f"{caller} needs a function, not {f!r}; pass f, not f(x)")


_FOREIGN = {  # by the package of its class: what it is called, and the way to NumPy
    "cupy": ("a CuPy array", "x.get(), or PyTorch on the GPU"),
    "jax": ("a JAX array", "np.asarray(x), or jax.grad"),
    "jaxlib": ("a JAX array", "np.asarray(x), or jax.grad"),
    "pandas": ("a pandas {kind}", "x.to_numpy(dtype=float)"),
    "polars": ("a Polars {kind}", "x.to_numpy()"),
    "scipy": ("a SciPy {kind}", "x.toarray()"),
    "tensorflow": ("a TensorFlow {kind}", "x.numpy()"),
    "xarray": ("an xarray {kind}", "x.to_numpy()"),
}


def as_point(x: Any, *, caller: str, name: str | int = "x") -> Any:
    """Return `x` as a real floating-point array, or say why it cannot be differentiated at.

    Python floats become ``np.float64``. Torch tensors and objects that speak NumPy's
    protocols pass through unchanged.

    Raises:
        TypeError: for integers, Booleans, complex numbers, objects, lists and the like, and for
            the arrays of other libraries.
    """
    if type(x) is float:
        return np.float64(x)
    if type(x) is np.float64 or (type(x) is np.ndarray and x.dtype.kind == "f"):
        return x
    name = f"argument {name}" if issubclass(type(name), int) else name
    need = f"{caller} needs real floating-point input, but {name}"
    if is_torch(x):
        if not x.is_floating_point():
            way = (
                "differentiate by real and imaginary parts" if x.is_complex() else "use x.double()"
            )
            raise TypeError(f"{need} is a tensor of {x.dtype}; {way}")
        return x
    if (package := type(x).__module__.partition(".")[0]) in _FOREIGN:
        what, way = _FOREIGN[package]
        raise TypeError(f"{need} is {what.format(kind=type(x).__name__)}; use {way}")
    if issubclass(type(x), bool | int):
        raise TypeError(f"{need} is the {type(x).__name__} {x}; write {float(x)}")
    if issubclass(type(x), complex) and not issubclass(type(x), np.generic):
        raise TypeError(f"{need} is the complex number {x}; differentiate by its parts")
    if isinstance(x, list | tuple):
        raise TypeError(f"{need} is a {type(x).__name__}; use np.array(x, dtype=float)")
    if has_own_rules(x):
        raise TypeError(f"{need} is a {type(x).__name__}, which has its own rules; use np.array(x)")
    dtype = getattr(x, "dtype", None)
    if not issubclass(type(x), np.generic) and (
        dtype is None or not hasattr(x, "__array_function__")
    ):
        raise TypeError(f"{need} is a {type(x).__name__}; pass a float, an array or a tensor")
    kind = np.dtype(dtype).kind
    if kind == "f":
        require_known(x, f"{caller}: {name}")
        return x
    if kind == "c":
        raise TypeError(f"{need} has dtype {dtype}; differentiate by real and imaginary parts")
    raise TypeError(f"{need} has dtype {dtype}; use x.astype(float)")


def has_own_rules(x: Any) -> bool:
    """Tell whether `x` is of a class, as of data frames, whose operators are not NumPy's usual."""
    masked = sys.modules.get("numpy.ma")  # imported only when somebody uses it
    if isinstance(x, np.matrix) or (masked is not None and isinstance(x, masked.MaskedArray)):
        return True
    return hasattr(x, "__array_ufunc__") and not hasattr(x, "__array_function__")


def as_number(x: Any) -> Any:
    """Return a 0-d NumPy array as a NumPy scalar, as NumPy's own functions do."""
    return x[()] if issubclass(type(x), np.ndarray) and x.ndim == 0 else x


def is_fresh(x: Any) -> bool:
    """Tell whether the caller's variable is all that holds the NumPy array `x` and its memory.

    An array that something else holds, be it a view of it, has more references than that.
    """
    return type(x) is np.ndarray and x.base is None and sys.getrefcount(x) <= _REFERENCES


def _references(x: Any) -> int:
    return sys.getrefcount(x)


def _held_once() -> int:
    x = np.empty(0)
    count = _references(x)
    return count if x.base is None else 0


_REFERENCES = _held_once()


def own(x: Any) -> Any:
    """Return `x` for the caller to write to, a 0-d NumPy array as a number.

    It is copied, unless the call is all that holds it, as in ``own(found.pop(key))``.
    """
    if issubclass(type(x), np.ndarray):
        return as_number(x if is_fresh(x) else x.copy())
    return x.clone() if is_torch(x) else x.copy() if is_dask(x) else x


def one_like(x: Any) -> Any:
    """Return the number 1 in the kind and the dtype of the 0-d `x`."""
    if is_torch(x):
        return x.new_ones(())
    return x.dtype.type(1) if chunks_of(x) is None else np.ones_like(x)


def basis(x: Any) -> Iterator[Any]:
    """Yield the arrays of the shape and dtype of `x` that are 1 in one place and 0 elsewhere."""
    if is_torch(x):
        eye = sys.modules["torch"].eye(x.numel(), dtype=x.dtype, device=x.device)
    else:
        eye = np.eye(math.prod(x.shape), dtype=x.dtype)
    for row in eye:
        yield row.reshape(x.shape)


def to_numpy(x: Any) -> Any:
    """Return `x`, a number, an array or a tensor, as a NumPy array.

    Raises:
        TypeError: for a tensor of torch's meta device, which has no numbers.
    """
    if is_torch(x) and x.is_meta:
        raise TypeError(
            "a tensor on torch's meta device has a shape and no numbers, and here numbers are "
            "needed; make it on another device, such as torch.ones(3, device='cpu')"
        )
    return x.detach().cpu().numpy() if is_torch(x) else np.asarray(x)


def as_direction(x: Any, wanted: Any, *, caller: str, name: str, of: str) -> Any:
    """Return `x`, a tangent or cotangent, in the kind, the dtype and the shape of `wanted`.

    It may hold integers: nothing is differentiated by it, and solvers probe with them.
    """
    if issubclass(type(x), int):
        x = float(x)
    elif _holds_integers(x):
        x = x.double() if is_torch(x) else x.astype(float)
    x = as_point(x, caller=caller, name=name)
    xp = namespace(x, wanted, caller=caller)
    require_shape(x, wanted, caller=caller, name=name, of=of)
    if is_torch(wanted):
        return xp.as_tensor(x, dtype=wanted.dtype, device=wanted.device)
    if chunks_of(wanted) is not None and not is_dask(x):
        x = broadcast_like(x, wanted)
    return x if x.dtype == wanted.dtype else x.astype(wanted.dtype)


def _holds_integers(x: Any) -> bool:
    if is_torch(x):
        return not (x.is_floating_point() or x.is_complex() or x.dtype == sys.modules["torch"].bool)
    return getattr(getattr(x, "dtype", None), "kind", "") in ("i", "u")


def require_shape(given: Any, wanted: Any, *, caller: str, name: str, of: str) -> None:
    """Raise a ValueError unless `given` has the shape of `wanted`."""
    have, need = (tuple(getattr(x, "shape", ())) for x in (given, wanted))
    if have != need:
        raise ValueError(
            f"{caller}: {name} has shape {have}, but {of} has shape {need}; they must be equal"
        )
