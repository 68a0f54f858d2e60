"""The parts by themselves: what no formula of the other files shows."""

import importlib
import pkgutil

import sympy

from mcalc import formulas
from mcalc.formulas import prove
from mcalc.formulas.slips import slips
from mcalc.formulas.tree import _parser, parse

CHANGING = {"Scope"}  # a scope measures how far indices run


def records():
    """Return the dataclasses of the package, by their names."""
    names = [m.name for m in pkgutil.iter_modules(formulas.__path__) if m.name != "__main__"]
    parts = [vars(importlib.import_module(f"{formulas.__name__}.{name}")) for name in names]
    found = {n: kind for part in parts for n, kind in part.items() if isinstance(kind, type)}
    return {n: k for n, k in found.items() if "__dataclass_fields__" in vars(k)}


def test_a_record_cannot_be_changed():
    assert records().keys() > {"Node", "Clause", "Verdict", "Display", "Claim", *CHANGING}
    thawed = {n for n, kind in records().items() if not kind.__dataclass_params__.frozen}
    assert thawed == CHANGING


def test_sympy_is_asked_of_no_more_than_it_can_do_in_time(monkeypatch):
    x, y = sympy.symbols("x y")
    zero = (x + y) ** 2 - x**2 - 2 * x * y - y**2
    monkeypatch.setattr(prove, "LARGEST", zero.count_ops())
    assert prove.is_zero(zero)
    monkeypatch.setattr(prove, "LARGEST", zero.count_ops() - 1)
    assert not prove.is_zero(zero)


def test_an_edit_that_changes_nothing_is_no_slip():
    tex = r"\begin{bmatrix} 1 & 1 \\ 1 & 1 \end{bmatrix} = \mat A"
    assert not [slip for slip in slips(tex, parse(tex), set()) if "swapped" in slip.what]


def test_what_is_read_once_is_not_read_again():
    (one, other), (same, _) = parse(r"x = y \\ z = 1"), parse(r"x = y \\ z = 1")
    assert one is same
    assert parse(r"x = 2 \\ z = 1", placed=False)[1] is parse(r"x = 3 \\ z = 1", placed=False)[1]
    assert other is not parse("z = 1")[0]  # which stands elsewhere
    assert _parser() is _parser()
