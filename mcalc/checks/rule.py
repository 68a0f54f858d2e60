"""A check of one row of the table of rules, against values of its function alone.

What a row states is what nothing else in the library corrects, so it is held against central
differences, and its two directions against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from mcalc.checks.check import CheckError
from mcalc.checks.numerical import numerical_jacobian
from mcalc.engine.autodiff import jvp, vjp
from mcalc.engine.derivatives import grad
from mcalc.rules import TABLE, Rule

DIFFERENCES = 1e-6
"""How far central differences may be off, relative to the larger of 1 and the largest entry."""

ROUNDING = 1e-10
"""The same for two exact ways to one number."""


def check_rule(function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    r"""Raise an error unless the rule of `function` is right at a point.

    For random g and v, the pull of each argument has to be :math:`J^{\mathsf T}g` and the push
    :math:`Jv`, with the Jacobian J from central differences, and
    :math:`\langle g, Jv\rangle = \langle J^{\mathsf T}g, v\rangle` has to hold for both
    together. The same is asked of the second derivatives, for which the pull and the push are
    differentiated themselves. Neither may write into what it was given, nor return an argument,
    the value, or a view of them.

    Args:
        function: a function that has a row in the table.
        args: its arguments, at a generic point: without symmetry, and not at a kink. The floats
            and the arrays of floats among them move, if the row lets them.
        kwargs: keyword arguments that the row supports.

    Raises:
        CheckError: if the rule is wrong; the message names the argument and the entry.
        TypeError: if the function has no row, or none of its arguments can move.

    Examples:
        >>> import numpy as np
        >>> from mcalc import rules
        >>> check_rule(np.hypot, np.array([1.0, 2.0]), np.array([[3.0], [0.5]]))
        >>> @rules.primitive
        ... def cube(x):
        ...     return x**3
        >>> rules.elementwise(cube, lambda y, x: 3 * x)
        >>> check_rule(cube, 2.0)
        Traceback (most recent call last):
            ...
        mcalc.checks.check.CheckError: cube, pull of argument 0: it is 0.754..., not 1.508...
    """
    name = getattr(function, "__name__", repr(function))
    rule = TABLE.get(function)
    if rule is None:
        raise TypeError(f"{name} has no row in the table; add one, as with rules.elementwise")
    allowed = range(len(args)) if rule.operands is None else rule.operands
    places = [i for i, x in enumerate(args) if i in allowed and _is_floating(x)]
    if rule.kind == "constant" or not places:
        raise TypeError(f"{name} has no derivative by any of {args}; pass floats or arrays of them")

    def f(*moving: Any) -> Any:
        full = list(args)
        for i, x in zip(places, moving, strict=True):
            full[i] = x
        return function(*full, **kwargs)

    xs = [np.array(args[i], dtype=float)[()] for i in places]
    random = np.random.default_rng(0)
    g, *vs = (random.normal(size=np.shape(x)) for x in (f(*xs), *xs))
    if rule.kind != "composite":
        held = [xs[places.index(i)] if i in places else x for i, x in enumerate(args)]
        _check_hygiene(name, rule, held, kwargs, g, dict(zip(places, vs, strict=True)))
    pulled = vjp(f, *xs)[1](g)
    along = 0.0
    for k, i in enumerate(places):
        fk = _of_one(f, xs, k)
        J = numerical_jacobian(fk, xs[k])
        _compare(f"{name}, pull of argument {i}", pulled[k], np.tensordot(g, J, g.ndim))
        Jv = np.tensordot(J, vs[k], vs[k].ndim)
        _compare(f"{name}, push of argument {i}", jvp(fk, (xs[k],), (vs[k],))[1], Jv)
        along = along + np.sum(pulled[k] * vs[k])
    pushed = np.sum(g * jvp(f, tuple(xs), tuple(vs))[1])
    _compare(f"{name}, ⟨g, Jv⟩ against ⟨Jᵀg, v⟩", pushed, np.asarray(along), ROUNDING)
    for k, i in enumerate(places):
        for m, j in enumerate(places):
            _check_second(f"{name}, derivative by argument {j} of", f, xs, vs, g, k, m, i)


def _check_second(
    what: str, f: Any, xs: list[Any], vs: list[Any], g: Any, k: int, m: int, i: int
) -> None:
    """Differentiate the pull and the push by x_k again, by x_m, in both directions."""
    x, u, v = xs[m], vs[k], vs[m]

    def pull(x: Any) -> Any:
        return grad(lambda z: np.sum(g * _of_one(f, with_(x), k)(z)))(with_(x)[k])

    def push(x: Any) -> Any:
        return np.sum(g * jvp(_of_one(f, with_(x), k), (with_(x)[k],), (u,))[1])

    def with_(x: Any) -> list[Any]:
        return [*xs[:m], x, *xs[m + 1 :]]

    D = numerical_jacobian(pull, x)
    uD = np.tensordot(u, D, u.ndim)
    (back,) = vjp(pull, x)[1](u)
    _compare(f"{what} the pull of argument {i}", back, uD)
    forward = jvp(pull, (x,), (v,))[1]
    _compare(f"{what} the pull of argument {i}, forward", forward, np.tensordot(D, v, v.ndim))
    _compare(f"{what} the push of argument {i}", grad(push)(x), uD)
    forward = jvp(push, (x,), (v,))[1]
    _compare(f"{what} the push of argument {i}, forward", forward, np.sum(uD * v))


def _check_hygiene(
    name: str, rule: Rule, args: list[Any], kwargs: dict[str, Any], g: Any, ways: dict[int, Any]
) -> None:
    """Refuse a pull or a push of another shape, that writes, or that gives operands away."""
    y = rule.function(*args, **kwargs)
    point = tuple(args)
    calls = [
        *(
            (f"pull of argument {i}", args[i], partial(rule.pull, i, g, y, point, kwargs))
            for i in ways
        ),
        *(
            (f"push of argument {i}", y, partial(rule.push, {i: t}, y, point, kwargs))
            for i, t in ways.items()
        ),
    ]
    operands = [x for x in (*args, y) if isinstance(x, np.ndarray)]
    given = [*operands, *(x for x in (g, *ways.values()) if isinstance(x, np.ndarray))]
    before = [x.copy() for x in given]
    for what, like, call in calls:
        result = call()
        if np.shape(result) != np.shape(like):
            raise CheckError(
                f"{name}, {what}: it has shape {np.shape(result)}, not {np.shape(like)}"
            )
        if not all(map(np.array_equal, given, before)):
            raise CheckError(f"{name}, {what}: it writes into what it was given; make a new array")
        if any(np.shares_memory(result, x) for x in operands):
            raise CheckError(f"{name}, {what}: it returns an operand or a view of it; copy it")


def _is_floating(x: Any) -> bool:
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") == "f"


def _of_one(f: Any, xs: list[Any], k: int) -> Any:
    """Return `f` as a function of its argument k."""
    return lambda x: f(*xs[:k], x, *xs[k + 1 :])


def _compare(what: str, ours: Any, wanted: Any, tolerance: float = DIFFERENCES) -> None:
    ours, wanted = np.asarray(ours), np.asarray(wanted)
    close = tolerance * np.max(np.abs(wanted), initial=1.0)

    def is_near(value: Any) -> bool:
        return value.shape == wanted.shape and bool(np.all(np.abs(value - wanted) <= close))

    if is_near(ours):
        return
    gaps = np.nan_to_num(np.abs(ours - wanted), nan=np.inf)
    place = np.unravel_index(np.argmax(gaps), gaps.shape)
    hint = ""
    if is_near(-ours):
        hint = "; its sign is wrong"
    elif is_near(ours.T):
        hint = "; it lacks a transpose"
    entry = f", entry {tuple(map(int, place))}" if place else ""
    raise CheckError(f"{what}{entry}: it is {ours[place]:.6g}, not {wanted[place]:.6g}{hint}")
