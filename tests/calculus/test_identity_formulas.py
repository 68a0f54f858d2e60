"""The TeX of the identities: evaluated, it holds, and a slip of it does not."""

import dataclasses

import numpy as np
import pytest

from mcalc.formulas import Formula
from mcalc.identities import IDENTITIES, verify

BY_NAME = {row.name: row for row in IDENTITIES}
each_row = pytest.mark.parametrize("row", IDENTITIES, ids=lambda row: row.name)


@each_row
@pytest.mark.parametrize("seed", range(2))
def test_what_is_displayed_is_the_derivative_of_what_is_displayed(row, seed):
    assert verify(row, np.random.default_rng(seed)).displayed < 1e-12


@each_row
def test_slips_of_it_fail(row):
    point = dict(zip(row.names, row.example(np.random.default_rng(0)), strict=True))
    with np.errstate(all="ignore"):  # a slip may leave where a function has values
        found = Formula(row.claim, f=row.f, **row.letters).check(at=[point])
    assert len(found.rejected) >= 2
    assert found.residual < 1e-9


BROKEN = {
    "sign": ("factorization, by the right factor", "derivative", "-2", "2"),
    "factor": ("squared length", "derivative", "2", ""),
    "transpose": ("trace of a product", "derivative", r"\T", ""),
    "letter": ("quadratic form of a product", "derivative", r"\vec b\T", r"\vec a\T"),
    "index": ("Hessian of the log-determinant", "derivative", "jk", "kj"),
    "function": ("log-determinant", "formula", r"\log", ""),
    "both, as the function is another one": ("squared Frobenius norm", "formula", "_F", "_2"),
}


@pytest.mark.parametrize("slip", BROKEN)
def test_a_slip_is_noticed(slip):
    name, field, right, wrong = BROKEN[slip]
    tex = getattr(BY_NAME[name], field)
    assert right in tex
    row = dataclasses.replace(BY_NAME[name], **{field: tex.replace(right, wrong, 1)})
    assert not verify(row, np.random.default_rng(0)).holds


def test_formula_and_derivative_of_another_function_do_not_hold():
    """They fit each other, and not the code."""
    row = dataclasses.replace(
        BY_NAME["squared length"], formula=r"3\vec x\T\vec x", derivative=r"6\vec x"
    )
    found = verify(row, np.random.default_rng(0))
    assert found.displayed > 0.01
    assert not found.holds


def test_what_cannot_be_read_names_the_row():
    row = dataclasses.replace(BY_NAME["trace"], derivative=r"\mat I\qed")
    with pytest.raises(ValueError, match=r"trace, .*\\qed"):
        verify(row, np.random.default_rng(0))


def test_a_wrong_shape_names_the_row():
    row = dataclasses.replace(BY_NAME["linear map"], derivative=r"\vec x")
    with pytest.raises(ValueError, match="linear map"):
        verify(row, np.random.default_rng(0))
