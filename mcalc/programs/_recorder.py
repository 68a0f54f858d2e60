"""What is computed, each thing once: constants and variables, without a number of the user's.

The shape and the dtype of a result come from NumPy itself: a function is evaluated on stand-ins
of its arguments, once for arguments of the same shapes and dtypes.
"""

from __future__ import annotations

import hashlib
import warnings
from functools import partial
from typing import Any

import numpy as np

from mcalc.engine.messages import OUTLIVED, SHAPE, without_rule
from mcalc.programs._simplify import simplified
from mcalc.programs._variable import OPERATORS, Abstract, Variable, described, is_plain, rebuild
from mcalc.rules import TABLE
from mcalc.rules._elementwise import broken, one_minus_square
from mcalc.rules._shapes import plus_part
from mcalc.rules._table import require

OF_SHAPES = {np.shape, np.ndim, np.size, np.zeros_like, np.ones_like}
OF_SHAPES |= {np.result_type, np.can_cast, np.iscomplexobj, np.isrealobj}
OF_SHAPES |= {np.diag_indices_from, np.tril_indices_from, np.triu_indices_from}
_OWN = {require, plus_part}
_OF_SLOPES = {broken, one_minus_square}  # which differ in their derivatives from what they say


class Recorder:
    """The variables of one program, in the order of computation."""

    def __init__(self) -> None:
        self.is_open = True
        self.variables: list[Variable] = []
        self._known: dict[Any, Any] = {}
        self._outcomes: dict[Any, Any] = {}
        self._constants: dict[str, Any] = {}

    def variable(self, abstract: Abstract, labels: list[str], *how: Any) -> Variable:
        """Return a new variable."""
        self.variables.append(Variable(self, abstract, labels, *how))
        return self.variables[-1]

    def record(self, function: Any, args: tuple[Any, ...], kwargs: Any = None) -> Any:
        """Return the variable that a function of variables is, simplified, and the same as before.

        Raises:
            TypeError: for a function that is not known to give the same whenever it is called,
                or whose shape depends on numbers.
        """
        if not self.is_open:
            raise TypeError(OUTLIVED)
        kwargs = kwargs or {}
        if function in _OF_SLOPES:
            return function.__wrapped__(*args, **kwargs)
        if function in OF_SHAPES:
            return function(*rebuild(args, blank), **rebuild(kwargs, blank))
        rule, outputs = TABLE.get(function), getattr(function, "nout", 0)  # of a ufunc
        if not (rule or function in _OWN or outputs == 1):
            raise TypeError(without_rule(function))
        if outputs:
            args = tuple([np.asarray(a) if isinstance(a, list | tuple) else a for a in args])
        own, named = how = rebuild((args, kwargs), self._own)
        key = function, _key(how)
        if key not in self._known:
            abstract = self._abstract(function, how)
            if isinstance(abstract, list):
                if rule is None or rule.kind != "composite":
                    raise TypeError(SHAPE)
                return rule.evaluate(*args, **kwargs)  # each of several results by itself
            y = simplified(self.record, function, own, named, abstract)
            self._known[key] = self.variable(abstract, [], function, *how) if y is None else y
        return self._known[key]

    def _abstract(self, function: Any, how: Any) -> Any:
        if function is require:
            return Abstract.of(True)
        kinds = rebuild(how, lambda x: x.abstract if isinstance(x, Variable) else x)
        key = function, _key(kinds)
        if key not in self._outcomes:
            self._outcomes[key] = _outcome(function, *how)
        return self._outcomes[key]

    def _own(self, x: Any) -> Any:
        if isinstance(x, Variable | type) or not hasattr(x, "__array__"):
            return x
        if isinstance(x, np.ndarray) and x.dtype.hasobject and ... in x.tolist():
            return x.tolist()  # what einsum takes beside an array
        if not is_plain(x):
            raise TypeError(f"a program is of numbers, and f uses {described(x)}; pass np.array(x)")
        if x.ndim == 2 and x.dtype.kind == "f" and x.flags.f_contiguous > x.flags.c_contiguous:
            return self.record(np.transpose, (x.T.copy(),))  # as U.T, of an array that has a name
        return self._constants.setdefault(digest(x), x.copy(order="K")) if x.ndim else x[()]


def _outcome(function: Any, args: Any, kwargs: Any) -> Any:
    """Return the abstract value of a function of variables and constants, as a program calls it.

    Raises:
        TypeError: if it is of another shape for other numbers.
    """
    if isinstance(kwargs.get("axis"), Variable):
        raise TypeError(SHAPE)
    call = function if kwargs or function not in OPERATORS else OPERATORS[function][1]
    found, failed = [], []
    for second in (False, True)[: 1 if isinstance(function, np.ufunc) else 2]:
        try:
            values, named = rebuild((args, kwargs), partial(blank, second=second))
            with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
                found.append(Abstract.of(call(*values, **named)))
        except Exception as error:
            failed.append(error)
    if not found:
        raise failed[0]
    # One of them may have no inverse, or be no place in an array; a step of 0 is another matter.
    harmless = {np.linalg.LinAlgError, IndexError, ZeroDivisionError}
    if found[0] != found[-1] or not set(map(type, failed)) <= harmless:
        raise TypeError(SHAPE)
    return found[0]


def blank(x: Any, second: bool = True) -> Any:
    """Return the stand-in of a variable, and anything else as it is."""
    return x.abstract.stand_in(second) if isinstance(x, Variable) else x


def digest(x: Any) -> str:
    """Return what tells the entries, the shape, the dtype and the layout of an array."""
    layout = (x.shape, x.dtype.str, x.flags.c_contiguous, x.flags.f_contiguous)
    return hashlib.blake2b(repr(layout).encode() + x.tobytes(), digest_size=16).hexdigest()


def _key(x: Any) -> Any:
    """Return something that is equal for arguments that are the same, -0.0 and nan included."""
    kind = type(x)
    if kind in (tuple, list, slice):
        parts = (x.start, x.stop, x.step) if kind is slice else x
        return (kind, *map(_key, parts))
    if kind is dict:
        return tuple([(k, _key(x[k])) for k in sorted(x)])
    if isinstance(x, np.generic):
        return (x.dtype, x.tobytes())
    return (float, x.hex()) if kind is float else (kind, id(x) if kind is np.ndarray else x)
