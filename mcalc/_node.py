"""A value that remembers where it came from: NumPy's protocols, recorded.

A `Node` stands in for an array while a function runs. What NumPy is asked to do with it is
looked up in the table of rules, done, and written down; what would lose the derivative in
silence is refused with an explanation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

import numpy as np

from mcalc._arrays import is_torch
from mcalc._messages import ARRAY, BRANCH, NUMBER, OUTLIVED, WRITE, mixed
from mcalc._run import Run
from mcalc.rules import TABLE, Rule, astype, getitem


class Node(np.lib.mixins.NDArrayOperatorsMixin):
    """A value of a traced function: an array that remembers where it came from.

    Nodes are made by `trace` and by NumPy functions of nodes, never by hand.

    Attributes:
        value: the array, or a node of an enclosing differentiation.
        label: the name that it was given, such as that of an input; None if none.
        parents: pairs (position, node) of the arguments that are nodes.
        operands: the values of all arguments.
        index: place in the order of computation.
    """

    __slots__ = ("index", "kwargs", "label", "operands", "parents", "rule", "run", "value")
    __hash__ = object.__hash__  # the mixin defines ==, which would drop it

    def __init__(
        self,
        run: Run,
        value: Any,
        label: str | None = None,
        rule: Rule | None = None,
        operands: tuple[Any, ...] = (),
        parents: tuple[tuple[int, Node], ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        self.run, self.value, self.label, self.rule = run, value, label, rule
        self.operands, self.parents, self.kwargs = operands, parents, kwargs or {}
        self.index = run.size
        run.size += 1

    @property
    def name(self) -> str:
        """The label, or else the function that made the node."""
        return self.label or (self.rule.name if self.rule else "constant")

    shape = property(lambda self: self.value.shape)
    ndim = property(lambda self: self.value.ndim)
    size = property(lambda self: self.value.size)
    dtype = property(lambda self: self.value.dtype)
    T = property(lambda self: np.transpose(self))
    mT = property(lambda self: np.matrix_transpose(self))  # noqa: N815  (NumPy's name)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__":
            raise TypeError(
                f"np.{ufunc.__name__}.{method} has no rule; use np.sum, np.prod, np.max, np.cumsum"
            )
        # For numbers x += 1 makes a new number, as in Python; arrays would be overwritten.
        if not all(isinstance(t, Node) and t.ndim == 0 for t in kwargs.pop("out", ())):
            _refuse_write()
        return apply(ufunc, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return apply(function, args, kwargs)

    @classmethod
    def __torch_function__(cls, function: Any, *_: Any) -> NoReturn:
        name = getattr(function, "__name__", function)
        raise TypeError(
            f"torch's {name} was given a value of a NumPy function; "
            f"call NumPy's own function, or pass torch tensors to begin with"
        )

    def __array__(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(ARRAY)

    def __float__(self, *_: Any) -> NoReturn:
        raise TypeError(NUMBER)

    __int__ = __index__ = __complex__ = __round__ = __trunc__ = item = tolist = __float__

    def __copy__(self, *_: Any) -> Node:
        return self  # nothing changes a node, and a second one would not be known to the graph

    __deepcopy__ = __copy__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a traced value cannot be pickled; it belongs to the run of its function")

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a traced value has no {name}; call NumPy's functions, as np.sum(x)")

    def __bool__(self) -> bool:
        if self.size != 1:
            raise TypeError(BRANCH)
        return bool(plain(self))

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        _refuse_write()

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        if any(isinstance(p, Node) for p in parts):
            raise TypeError("an index must be plain integers or a mask, not a traced value")
        return getitem(self, index)

    def __len__(self) -> int:
        if self.ndim == 0:
            raise TypeError("a 0-d traced value is one number; it has no len and no parts")
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"Node({self.name}={plain(self)})"

    def __format__(self, spec: str) -> str:
        return format(plain(self), spec)

    def pull(self, position: int, cotangent: Any) -> Any:
        """Return the cotangent of the argument at `position`, from one of this node."""
        assert self.rule is not None
        return self.rule.pull(position, cotangent, self.value, self.operands, self.kwargs)

    def push(self, tangents: Mapping[int, Any]) -> Any:
        """Return the tangent of this node, from those of its arguments by position."""
        assert self.rule is not None
        return self.rule.push(tangents, self.value, self.operands, self.kwargs)

    def astype(self, dtype: Any) -> Any:
        """Return the node with another floating-point dtype."""
        return astype(self, dtype)

    def reshape(self, *shape: Any) -> Any:
        """Return the node in another shape."""
        return np.reshape(self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes: Any) -> Any:
        """Return the node with its axes permuted."""
        return np.transpose(self, (axes[0] if len(axes) == 1 else axes) if axes else None)


def _method(function: Any) -> Any:
    return lambda self, *args, **kwargs: function(self, *args, **kwargs)


def _add_methods() -> None:
    """Give Node the methods of arrays that are NumPy functions of the same name."""
    names = "sum mean prod max min var std dot ravel squeeze clip cumsum diagonal trace round"
    names += " swapaxes repeat take copy any all argmax argmin argsort nonzero"
    for name in names.split():
        setattr(Node, name, _method(getattr(np, name)))
    Node.flatten = Node.ravel  # type: ignore[attr-defined]


_add_methods()


def _refuse_write() -> NoReturn:
    raise TypeError(WRITE)


def plain(x: Any) -> Any:
    """Return the array behind a node, of whatever depth; anything else as it is."""
    while isinstance(x, Node):
        x = x.value
    return x


def apply(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Apply a NumPy function, or a `primitive`, to arguments among which there are nodes.

    Raises:
        TypeError: if the function or one of its keyword arguments has no rule.
    """
    rule = TABLE.get(function)
    if rule is None:
        module = getattr(function, "__module__", None) or "numpy"
        name = f"{module}.{getattr(function, '__name__', function)}".replace("numpy", "np")
        raise TypeError(
            f"mcalc has no rule for {name}; write it with functions that have one, or add a row: "
            f"mcalc.rules.elementwise({name}, derivative), or linear, multilinear, composite"
        )
    if rule.kind == "constant":
        return function(*map(plain, args), **{k: plain(v) for k, v in kwargs.items()})
    if kwargs:
        kwargs = {k: v for k, v in kwargs.items() if k in rule.keywords or v is not None}
        if not kwargs.keys() <= rule.keywords:
            extra = ", ".join(sorted(kwargs.keys() - rule.keywords))
            known = ", ".join(sorted(rule.keywords)) or "none"
            raise TypeError(
                f"the rule for {rule.name} does not take {extra}; keyword arguments it knows: "
                f"{known}; pass arrays by position"
            )
    if rule.most is not None and len(args) > rule.most:
        raise TypeError(
            f"the rule for {rule.name} takes {rule.most} argument{'s' * (rule.most != 1)} by "
            f"position, not {len(args)}; leave out {', '.join(map(repr, args[rule.most :]))}"
        )
    if rule.kind == "composite":
        return rule.evaluate(*args, **kwargs)
    return _record(rule, args, kwargs)


def _record(rule: Rule, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Node:
    run = max((a.run for a in args if isinstance(a, Node)), key=lambda t: t.id, default=None)
    if run is None:
        raise TypeError(f"pass arrays to {rule.name} by position, so that it can be differentiated")
    if not run.is_open:
        raise TypeError(OUTLIVED)
    operands, parents = [], []
    for i, a in enumerate(args):
        moves = rule.operands is None or i in rule.operands
        if isinstance(a, Node) and a.run is run:
            if not moves:
                raise TypeError(f"argument {i} of {rule.name} must not depend on the input")
            parents.append((i, a))
            operands.append(a.value)
        elif is_torch(a):
            raise TypeError(mixed(rule.name))
        else:
            a = np.array(a) if moves and isinstance(a, list | tuple) else a
            operands.append(run.keep(a))
    value = rule.evaluate(*operands, **kwargs)
    if value.dtype.kind != "f":
        raise TypeError(
            f"{rule.name} gives values of dtype {value.dtype}; mcalc differentiates real "
            "floating-point functions: convert constants with .astype(float), split complex ones"
        )
    return Node(run, value, None, rule, tuple(operands), tuple(parents), kwargs)
