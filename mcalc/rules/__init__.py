"""The table of local derivatives, and how to add a row to it.

Importing the modules below fills the table; each holds the rows of one kind of function.
"""

import numpy as np

from mcalc.rules import (  # noqa: F401
    _building,
    _decompositions,
    _elementwise,
    _entries,
    _linalg,
    _norms,
    _products,
    _reductions,
    _shapes,
    _statistics,
)
from mcalc.rules._rows import (
    composite,
    constant,
    elementwise,
    general,
    linear,
    multilinear,
    reduction,
)
from mcalc.rules._shapes import astype, getitem
from mcalc.rules._table import TABLE, WHOLE, Rule, primitive

# Dask has these not, or not for every chunking; it would compute the array where it is called.
WHOLE.update(  # a ufunc has no module before NumPy 2.2
    row
    for row in TABLE
    if str(getattr(row, "__module__", "")).endswith(("._linalg", "._decompositions"))
)
WHOLE |= {np.argsort, np.searchsorted, np.array_equal, np.size, np.linalg.matrix_rank}
WHOLE |= {np.extract, np.argpartition, np.lexsort, np.digitize, np.array_equiv, np.piecewise}
WHOLE |= {np.diag_indices_from, np.tril_indices_from, np.triu_indices_from}
WHOLE |= {np.logical_and.reduce, np.logical_or.reduce, np.logical_xor.reduce, np.heaviside.outer}
WHOLE.add(_products.convolution)

__all__ = [
    "TABLE",
    "Rule",
    "astype",
    "composite",
    "constant",
    "elementwise",
    "general",
    "getitem",
    "linear",
    "multilinear",
    "primitive",
    "reduction",
]
