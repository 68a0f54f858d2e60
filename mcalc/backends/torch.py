"""`vjp` and `jvp` of torch functions, by ``torch.func``; imported when a tensor comes in.

While the user's function runs, what would drop the derivative in silence is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from mcalc.backends.arrays import basis

_DROPS = {
    torch.Tensor.__float__: "float(x), and with it the functions of math, drop",
    torch.Tensor.__int__: "int(x) drops",
    torch.Tensor.__complex__: "complex(x) drops",
    torch.Tensor.item: "x.item() drops",
    torch.Tensor.tolist: "x.tolist() drops",
    torch.Tensor.numpy: "x.numpy() drops",
    torch.Tensor.__array__: "a NumPy function of a torch tensor drops",
}
_FACTORIES = {  # and how many of their arguments do not become entries
    torch.tensor: 0,
    torch.as_tensor: 0,
    torch.asarray: 0,
    torch.Tensor.new_tensor: 1,
    torch.full: 1,
    torch.full_like: 1,
    torch.Tensor.new_full: 2,
    torch.arange: 0,
    torch.linspace: 0,
    torch.logspace: 0,
}
_PASSING_ON = torch.as_tensor, torch.asarray  # these return a tensor as it is
_NUMPY = "f calls a NumPy function on a torch tensor; use torch's own functions"

_INSTEAD = "use torch.stack([...]) to collect values, and x.expand(n) to repeat one"

_EXPLAINED = {
    "Boolean value of Tensor": "f branches on a tensor, as in `if x > 0`, which is true of some "
    "entries and false of others; choose entry by entry with torch.where(x > 0, a, b)",
    "numpy.ndarray": "f brings torch tensors and NumPy arrays together; "
    "convert the array with torch.from_numpy(x)",
    "unexpected keyword argument 'axis'": _NUMPY,
    "must be int, not NoneType": _NUMPY,
    "dtype=NoneType, out=NoneType": _NUMPY,
    "arange() received an invalid": f"torch.arange of a tensor drops the derivative; {_INSTEAD}",
    "must be Number, not Tensor": f"torch.full of a tensor drops the derivative; {_INSTEAD}",
}


class _KeepGraph(TorchFunctionMode):  # type: ignore[misc]
    """Refuse the calls that take a value out of the graph."""

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if function in _DROPS:
            raise TypeError(f"{_DROPS[function]} the derivative; use torch's own functions")
        name = function.__name__
        if function in _FACTORIES:
            entries = [*args[_FACTORIES[function] :], *(kwargs or {}).values()]
            if _collects(entries if function not in _PASSING_ON else entries[0]):
                raise TypeError(f"torch's {name} of tensors drops the derivative; {_INSTEAD}")
        writes = name.startswith("__i") if name.endswith("__") else name.endswith("_")
        if writes and any(a is args[0] for a in args[1:]):  # torch's forward mode errs there
            raise TypeError(f"torch's {name} of a tensor with itself; make a new one: x = x * x")
        return function(*args, **(kwargs or {}))


def _collects(data: Any) -> bool:
    """Tell whether `data`, a list or a tuple, has tensors in it."""
    return isinstance(data, list | tuple) and any(
        isinstance(part, torch.Tensor) or _collects(part) for part in data
    )


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return the value of `f` and its pullback."""
    value, pullback = torch.func.vjp(_guarded(f, primals), *primals)
    return value, pullback


def vjp_and_aux(f: Callable[..., Any], aux: Callable[[], list[Any]], *primals: Any) -> Any:
    """Return the value of `f`, its pullback, and the tensors that `aux` lists after the call."""
    guarded = _guarded(f, primals)
    return torch.func.vjp(lambda *args: (guarded(*args), aux()), *primals, has_aux=True)


def jvp(f: Callable[..., Any], primals: Any, tangents: Any) -> tuple[Any, Any]:
    """Return the value of `f` and its derivative along the tangents."""
    value, tangent = torch.func.jvp(_guarded(f, primals), primals, tangents)
    return value, tangent


def jvp_and_aux(
    f: Callable[..., Any], aux: Callable[[], list[Any]], primals: Any, tangents: Any
) -> Any:
    """Return the value of `f`, its derivative along the tangents, and the tensors of `aux`."""
    guarded = _guarded(f, primals)
    return torch.func.jvp(lambda *args: (guarded(*args), aux()), primals, tangents, has_aux=True)


def jacobian_by_rows(f: Callable[..., Any], points: list[Any]) -> list[Any]:
    """Return the Jacobian by each argument: one sweep back for each entry of the value."""
    value, pullback = vjp(f, *points)
    found = [pullback(e) for e in basis(value)]
    shapes = [value.shape + x.shape for x in points]
    return [
        torch.stack([row[i] for row in found]).reshape(shape) if found else x.new_zeros(shape)
        for i, (x, shape) in enumerate(zip(points, shapes, strict=True))
    ]


def jacobian_by_columns(f: Callable[..., Any], points: list[Any]) -> list[Any]:
    """Return the Jacobian by each argument: one sweep forward for each of its entries."""
    blocks = []
    for i, x in enumerate(points):

        def only(x: Any, i: int = i) -> Any:
            return f(*points[:i], x, *points[i + 1 :])

        found = [jvp(only, (x,), (e,))[1] for e in basis(x)]
        shape = found[0].shape if found else vjp(only, x)[0].shape
        flat = torch.stack(found) if found else x.new_zeros((0, *shape))
        blocks.append(flat.moveaxis(0, -1).reshape((*shape, *x.shape)))
    return blocks


def _guarded(f: Callable[..., Any], primals: Any) -> Callable[..., Any]:
    def guarded(*args: Any) -> Any:
        try:
            with _KeepGraph():
                value = f(*(x.clone() for x in args))  # f may write into its own
        except (RuntimeError, TypeError) as error:
            # torch's own words say nothing of derivatives.
            for said, meaning in _EXPLAINED.items():
                if said in str(error):
                    raise TypeError(meaning) from error
            raise
        if isinstance(value, int | float) and not isinstance(value, bool):
            return torch.as_tensor(float(value), dtype=primals[0].dtype, device=primals[0].device)
        if not isinstance(value, torch.Tensor):
            raise TypeError(
                f"f of torch tensors returned a {type(value).__name__}; return one tensor, "
                "such as torch.stack([...])"
            )
        if not value.is_floating_point():
            raise TypeError(f"f returned a tensor of {value.dtype}; return floating-point values")
        return value

    return guarded
