"""Many cotangents, or tangents, carried through the rules at once.

The plain linearization has a sweep for each row of a Jacobian; for a Hessian of 20 variables
11 ms, and 2.2 ms in batches. A `Batch` stands for several arrays of one shape. The rules are
NumPy expressions that are linear in the cotangent, so that one call on a batch does the work of
a call on each. What a batch does not know it refuses, and `over_batch` then takes its members
one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import numpy as np

from mcalc.backends.arrays import own
from mcalc.engine.linearize import Linearization
from mcalc.engine.methods import ArrayMethods
from mcalc.rules import TABLE, astype, getitem
from mcalc.rules._shapes import join, scatter


class UnbatchableError(TypeError):
    """Said by a batch that was asked for what it cannot do to all its members at once."""


class Batch(ArrayMethods):
    """Several arrays of one shape.

    Attributes:
        members: an array, or a node, whose first axis numbers them.
    """

    __slots__ = ("members",)
    holds_tracers = True  # perhaps, and so it is asked before they are

    def __init__(self, members: Any) -> None:
        self.members = members

    shape = property(lambda self: self.members.shape[1:])
    ndim = property(lambda self: self.members.ndim - 1)
    size = property(lambda self: self.members.size // max(1, len(self.members)))
    dtype = property(lambda self: self.members.dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            raise UnbatchableError
        if ufunc is np.matmul:
            return _matmul(*inputs)
        if ufunc.signature is not None:
            raise UnbatchableError
        return Batch(ufunc(*_aligned(inputs)))

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if function in _KNOWN:
            return _KNOWN[function](*args, **kwargs)
        rule = TABLE.get(function)
        if rule is None or rule.kind != "composite":
            raise UnbatchableError
        return rule.evaluate(*args, **kwargs)

    def __getitem__(self, index: Any) -> Any:
        return getitem(self, index)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise UnbatchableError

    __bool__ = __float__ = __int__ = __index__ = __iter__ = __len__ = __array__ = _refuse


def over_batch(rule: Callable[..., Any], *args: Any) -> Any:
    """Return ``rule(*args)``, the pull or the push of what may be batches."""
    among = [x for a in args for x in (a.values() if isinstance(a, dict) else [a])]
    counts = {len(x.members) for x in among if isinstance(x, Batch)}
    if not counts:
        return rule(*args)
    try:
        return rule(*args)
    except Exception:  # what is wrong with the rule itself comes up again below
        (count,) = counts
    return Batch(np.stack([rule(*(_member(a, k) for a in args)) for k in range(count)]))


def _member(x: Any, k: int) -> Any:
    if isinstance(x, dict):
        return {key: _member(value, k) for key, value in x.items()}
    return x.members[k] if isinstance(x, Batch) else x


def _aligned(args: Any) -> list[Any]:
    """Return arrays that broadcast as the arguments do, with the members along the first axis."""
    ndim = max([np.ndim(a) for a in args])
    return [_lifted(a, ndim) if isinstance(a, Batch) else a for a in args]


def _lifted(x: Batch, ndim: int) -> Any:
    """Return the members with axes put in front of theirs until each has `ndim`."""
    more = ndim - x.ndim
    if more <= 0:
        return x.members
    count, *shape = x.members.shape
    return np.reshape(x.members, (count, *(1,) * more, *shape))


def _axes(axis: Any, ndim: int) -> tuple[int, ...]:
    axes = range(ndim) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    return tuple([a % ndim + 1 for a in axes])


def _sum(x: Batch, axis: Any = None, *, keepdims: bool = False) -> Batch:
    if not x.ndim:
        return x
    return Batch(np.sum(x.members, axis=_axes(axis, x.ndim), keepdims=keepdims))


def _reshape(x: Batch, shape: Any) -> Batch:
    shape = (shape,) if issubclass(type(shape), int) else tuple(shape)
    if -1 in shape:
        others = -np.prod(shape, dtype=int)
        shape = tuple(x.size // max(1, int(others)) if n == -1 else n for n in shape)
    return Batch(np.reshape(x.members, (x.members.shape[0], *shape)))


def _transpose(x: Batch, axes: Any = None) -> Batch:
    axes = range(x.ndim)[::-1] if axes is None else axes
    return Batch(np.transpose(x.members, (0, *[a % x.ndim + 1 for a in axes])))


def _broadcast_to(x: Batch, shape: tuple[int, ...]) -> Batch:
    return Batch(np.broadcast_to(_lifted(x, len(shape)), (x.members.shape[0], *shape)))


def _expand_dims(x: Batch, axis: Any) -> Batch:
    count = len(axis) if isinstance(axis, tuple) else 1
    return Batch(np.expand_dims(x.members, _axes(axis, x.ndim + count)))


def _where(condition: Any, x: Any, y: Any) -> Batch:
    return Batch(np.where(*_aligned((condition, x, y))))


def _matmul(a: Any, b: Any) -> Batch:
    row, column = np.ndim(a) == 1, np.ndim(b) == 1
    a = np.expand_dims(a, -2) if row else a
    b = np.expand_dims(b, -1) if column else b
    product = np.matmul(*_aligned((a, b)))
    product = product[..., 0] if column else product
    return Batch(product[..., 0] if row and column else product[..., 0, :] if row else product)


def _einsum(subscripts: str, *operands: Any, **options: Any) -> Batch:
    if "..." in subscripts or "->" not in subscripts:
        raise UnbatchableError
    new = next(c for c in map(chr, range(ord("a"), ord("z") + 1)) if c not in subscripts)
    inputs, output = subscripts.split("->")
    terms = zip(inputs.split(","), operands, strict=True)
    letters = ",".join(new + term if isinstance(x, Batch) else term for term, x in terms)
    arrays = [x.members if isinstance(x, Batch) else x for x in operands]
    return Batch(np.einsum(f"{letters}->{new}{output}", *arrays, **options))


def _join(*arrays: Any, axis: int = 0) -> Batch:
    count = next(a.members.shape[0] for a in arrays if isinstance(a, Batch))
    members = [
        a.members if isinstance(a, Batch) else np.broadcast_to(a, (count, *np.shape(a)))
        for a in arrays
    ]
    return Batch(join(*members, axis=axis % np.ndim(arrays[0]) + 1))


def _behind(index: Any) -> tuple[Any, ...]:
    """Return an index into each member as one into all of them."""
    parts = index if isinstance(index, tuple) else (index,)
    plain = [isinstance(p, slice | type(None) | type(...)) for p in parts]
    numbers = [isinstance(p, int | np.integer) and not isinstance(p, bool) for p in parts]
    if not all(p or n for p, n in zip(plain, numbers, strict=True)):
        first, last = plain.index(False), len(plain) - plain[::-1].index(False)
        if any(plain[first:last]):  # arrays apart from each other: NumPy puts their axes in front
            raise UnbatchableError
    return (slice(None), *parts)


def _getitem(x: Any, index: Any) -> Batch:
    return Batch(getitem(x.members, _behind(index)))


def _scatter(x: Batch, index: Any, shape: tuple[int, ...], chunks: Any = None) -> Batch:
    if chunks is not None:
        raise UnbatchableError
    return Batch(scatter(x.members, _behind(index), (x.members.shape[0], *shape)))


def _flip(x: Batch, axis: Any = None) -> Batch:
    return Batch(np.flip(x.members, axis=_axes(axis, x.ndim)))


def _cumsum(x: Batch, axis: Any = None) -> Batch:
    if axis is None and x.ndim != 1:
        x = _reshape(x, (x.size,))
    return Batch(np.cumsum(x.members, axis=_axes(0 if axis is None else axis, x.ndim)[0]))


_KNOWN: dict[Any, Callable[..., Any]] = {
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x: x.size,
    np.zeros_like: lambda x: np.zeros(x.shape, x.dtype),
    np.copy: lambda x: x,
    np.sum: _sum,
    np.reshape: _reshape,
    np.ravel: lambda x: _reshape(x, (x.size,)),
    np.transpose: _transpose,
    np.broadcast_to: _broadcast_to,
    np.expand_dims: _expand_dims,
    np.where: _where,
    np.einsum: _einsum,
    np.flip: _flip,
    np.cumsum: _cumsum,
    astype: lambda x, dtype: Batch(astype(x.members, dtype)),
    getitem: _getitem,
    scatter: _scatter,
    join: _join,
}


ENTRIES = 2**21  # of one array of a batch, 16 MB: more rows at once would be no faster


class Batched(Linearization):
    """A linearization whose Jacobians take few sweeps."""

    def by_rows(self) -> list[Any]:
        """Return the Jacobian by each argument: many cotangents are pulled back at once."""
        self.add = _add_shares
        blocks = [_Blocks(self.value.size, x) for x in self._points]
        for batch in self._bases(self.value):
            shares = self.pull(batch)
            for block in blocks:
                block.add(shares.pop(0), len(batch.members))
        return [
            block.joined().reshape(self.value.shape + x.shape)
            for block, x in zip(blocks, self._points, strict=True)
        ]

    def by_columns(self, i: int) -> Any:
        """Return the Jacobian by argument `i`: many tangents are pushed forward at once."""
        self.push_through = _push_through
        x, y = self._points[i], self.value
        columns = _Blocks(x.size, y)
        for batch in self._bases(x):
            columns.add(self.push({i: batch}), len(batch.members))
        return np.moveaxis(columns.joined(), 0, -1).reshape(y.shape + x.shape)

    def _bases(self, x: Any) -> Iterator[Batch]:
        """Yield the arrays of the shape of `x` that are 1 in one place and 0 elsewhere."""
        widest = max(vertex.size for vertex in self._order)
        count = max(1, ENTRIES // max(1, widest))
        for start in range(0, x.size, count):
            rows = np.eye(min(count, x.size - start), x.size, start, dtype=x.dtype)
            yield Batch(rows.reshape(len(rows), *x.shape))


def _add_shares(known: Any, vertex: Any, position: int, cotangent: Any) -> Any:
    share = over_batch(vertex.pull, position, cotangent)
    return share if known is None else known + share


def _push_through(vertex: Any, tangents: dict[int, Any]) -> Any:
    return over_batch(vertex.push, tangents)


class _Blocks:
    """The rows of a Jacobian that come in blocks; there is room for all once the first is there."""

    def __init__(self, count: int, like: Any) -> None:
        self._shape, self._dtype = (count, *like.shape), like.dtype
        self._blocks: list[Any] = []
        self._room: Any = None

    def add(self, share: Any, count: int) -> None:
        """Add `count` rows; they are zero where the share is no batch."""
        is_batch = isinstance(share, Batch)
        block = share.members if is_batch else np.zeros((count, *self._shape[1:]), self._dtype)
        del share  # so that nothing but the block holds the array
        if count < self._shape[0] and issubclass(type(block), np.ndarray):
            if self._room is None:
                self._room = np.empty(self._shape, self._dtype)
            filled = sum(len(b) for b in self._blocks)
            self._room[filled : filled + count] = block
            block = self._room[filled : filled + count]
        self._blocks.append(block)

    def joined(self) -> Any:
        """Return all rows, which are the caller's own."""
        if not self._blocks:
            return np.zeros(self._shape, self._dtype)
        if self._room is not None and all(issubclass(type(b), np.ndarray) for b in self._blocks):
            return self._room
        if len(self._blocks) > 1:
            return np.concatenate(self._blocks)
        return np.reshape(own(self._blocks.pop()), self._shape)
