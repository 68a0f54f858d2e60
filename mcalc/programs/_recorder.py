"""What is computed, each thing once: constants and variables, without a number of the user's.

The shape and the dtype of a result come from NumPy itself: a function is evaluated on stand-ins
of its arguments, once for arguments of the same shapes and dtypes.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from mcalc.engine.messages import OUTLIVED
from mcalc.engine.record import without_rule
from mcalc.programs._simplify import simplified
from mcalc.programs._variable import OPERATORS, Abstract, Variable, is_plain, rebuild, variables
from mcalc.rules import TABLE, getitem
from mcalc.rules._shapes import scatter
from mcalc.rules._table import require

OF_SHAPES = {np.shape, np.ndim, np.size, np.zeros_like, np.ones_like}
OF_SHAPES |= {np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj}
OF_SHAPES |= {np.diag_indices_from, np.tril_indices_from, np.triu_indices_from}
SELECTION = (
    "how many entries are selected depends on numbers (x[mask], np.nonzero, np.where with one "
    "argument), and a program has one shape for all numbers; write np.where(mask, x, 0.0) for "
    "x[mask] and np.sum(mask) for its length, or use grad"
)
STATIC = (
    "the shape of a result depends on a number (the bound of a slice, a count, an axis), and a "
    "program has one shape for all numbers; pass it as a Python int, which is part of the program, "
    "or use grad"
)


@dataclass(frozen=True, eq=False)
class Constant:
    """An array that the function uses and that is not an argument: a copy nobody can write to."""

    array: Any
    digest: str
    uniform: Any  # the number that all entries are; None if they differ

    shape = property(lambda self: self.array.shape)


class Recorder:
    """The variables of one program, in the order of computation."""

    def __init__(self) -> None:
        self.is_open = True
        self.variables: list[Variable] = []
        self._known: dict[Any, Any] = {}
        self._outcomes: dict[Any, Any] = {}
        self._constants: dict[str, Constant] = {}

    def variable(self, abstract: Any, *how: Any, name: str = "") -> Variable:
        """Return a new variable, which has a name if it is an argument."""
        made = Variable(self, len(self.variables), abstract, *how)
        made.labels += [name] * bool(name)
        self.variables.append(made)
        return made

    def record(
        self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Any = None
    ) -> Any:
        """Return the variable that a function of variables is, simplified, and the same as before.

        Raises:
            TypeError: for a function that is not known to give the same whenever it is called,
                or whose shape depends on numbers.
        """
        if not self.is_open:
            raise TypeError(OUTLIVED)
        if function in OF_SHAPES:
            return function(*rebuild(args, blank), **rebuild(kwargs or {}, blank))
        rule, outputs = TABLE.get(function), getattr(function, "nout", 0)  # of a ufunc
        if not (rule or function is require or outputs == 1):
            raise without_rule(function)
        kwargs = dict(kwargs or {})
        given = args, dict(kwargs)
        if function in (getitem, scatter):  # whose arguments are written by position
            args = (*args, *[kwargs.pop(k) for k in ("index", "shape") if k in kwargs])
        if outputs:
            args = tuple([np.asarray(a) if isinstance(a, list | tuple) else a for a in args])
        args, kwargs = rebuild((args, kwargs), self._own)
        key = function, _key((args, kwargs), "index")
        if key not in self._known:
            abstract = self._outcome(function, args, kwargs)
            if isinstance(abstract, list):
                if rule is None or rule.kind != "composite":
                    raise TypeError(SELECTION)
                return rule.evaluate(*given[0], **given[1])  # each of several results by itself
            found = simplified(self.record, function, args, kwargs, abstract)
            if found is None:
                found = self.variable(abstract, function, args, kwargs)
            self._known[key] = found
        return self._known[key]

    def _outcome(self, function: Any, args: Any, kwargs: Any) -> Any:
        if function is require:
            return Abstract.of(True)
        key = function, _key((args, kwargs), "abstract")
        if key not in self._outcomes:
            self._outcomes[key] = _outcome(function, args, kwargs)
        return self._outcomes[key]

    def _own(self, x: Any) -> Any:
        if isinstance(x, Variable | type) or not hasattr(x, "__array__"):
            return x
        if isinstance(x, np.ndarray) and x.dtype.hasobject and ... in x.tolist():
            return x.tolist()  # what einsum takes beside an array
        if not is_plain(x):
            kind = f"{type(x).__module__}.{type(x).__name__}"
            raise TypeError(
                f"a program is of NumPy arrays of numbers, and f uses a {kind}; pass np.array(x)"
            )
        return self.constant(x) if x.ndim else x[()]

    def constant(self, x: Any) -> Constant:
        """Return the constant of the entries of `x` now."""
        name = digest(x)
        if name not in self._constants:
            same = x.size and x.tobytes() == x.flat[0].tobytes() * x.size
            self._constants[name] = Constant(x.copy(order="K"), name, x.flat[0] if same else None)
        return self._constants[name]


def _outcome(function: Any, args: Any, kwargs: Any) -> Any:
    """Return the abstract value of a function of variables and constants, as a program calls it.

    Raises:
        TypeError: if it is of another shape for other numbers.
    """
    if isinstance(kwargs.get("axis"), Variable):
        raise TypeError(STATIC)

    def evaluated(second: bool) -> Any:
        values, named = rebuild((args, kwargs), partial(blank, second=second))
        call = function if named or function not in OPERATORS else OPERATORS[function][2]
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            return Abstract.of(call(*values, **named))

    kinds = {x.dtype.kind for x in variables((args, kwargs))}
    found, problem = [], None
    for second in (False, True)[: 1 if isinstance(function, np.ufunc) else 2]:
        try:
            found.append(evaluated(second))
        except (np.linalg.LinAlgError, IndexError, ZeroDivisionError) as error:
            problem = problem or error  # such as the inverse of 0
        except (TypeError, ValueError) as error:
            if "i" in kinds and not isinstance(function, np.ufunc):  # such as a step of 0
                raise TypeError(STATIC) from error
            raise
    if problem and not found:
        raise problem
    if found[0] == found[-1]:
        return found[0]
    selects = "b" in kinds or function in (np.nonzero, np.flatnonzero, np.argwhere, np.where)
    raise TypeError(SELECTION if selects else STATIC)


def blank(x: Any, second: bool = True) -> Any:
    """Return the stand-in of a variable, and the array of a constant; anything else as it is."""
    if isinstance(x, Constant):
        return x.array
    return x.abstract.stand_in(second) if isinstance(x, Variable) else x


def digest(x: Any) -> str:
    """Return what tells the entries, the shape, the dtype and the layout of an array."""
    layout = (x.shape, x.dtype.str, x.flags.c_contiguous, x.flags.f_contiguous)
    return hashlib.blake2b(repr(layout).encode() + x.tobytes(), digest_size=16).hexdigest()


def _key(x: Any, of: str) -> Any:
    """Return something that is equal for arguments that are the same, -0.0 and nan included.

    Args:
        x: arguments.
        of: the attribute by which variables are the same.
    """
    kind = type(x)
    if kind is Variable:
        return (Variable, getattr(x, of))
    if kind in (tuple, list, slice):
        parts = (x.start, x.stop, x.step) if kind is slice else x
        return (kind, *[_key(y, of) for y in parts])
    if kind is dict:
        return tuple([(k, _key(x[k], of)) for k in sorted(x)])
    if isinstance(x, np.generic):
        return (x.dtype, x.tobytes())
    return (float, x.hex()) if kind is float else (kind, x)
