"""The parts by themselves: what no formula of the other files shows."""

import importlib
import pkgutil

import numpy as np
import sympy

from mcalc import formulas
from mcalc.formulas import prove
from mcalc.formulas.points import shown
from mcalc.formulas.slips import slips
from mcalc.formulas.sources import displays_in
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


def test_a_row_that_has_a_label_is_a_display_and_several_rows_with_one_are():
    several = r"""\begin{align}
        a &= b \label{eq-a} \\
        c &= d \label{eq-b} \\[2pt]
        e &= f \end{align}"""
    assert [(d.label, d.tex) for d in displays_in(several, "paper")] == [
        ("eq-a", "a &= b"),
        ("eq-b", "c &= d"),
    ]
    (one,) = displays_in(several.replace(r"\label{eq-b}", ""), "paper")
    assert (one.label, one.tex) == ("eq-a", r"a &= b \\ c &= d \\[2pt] e &= f")


def test_a_value_is_shown_in_four_digits_and_in_twelve_entries_at_most():
    assert shown(1 / 3) == "0.3333"
    assert shown(np.eye(2)) == "[[1., 0.], [0., 1.]]"
    assert "..." not in shown(np.arange(12.0))
    assert "..." in shown(np.arange(13.0))


def test_a_letter_that_is_bound_does_not_vary_where_a_bar_or_a_limit_gives_it_a_value():
    assert formulas.Formula(r"\left. x^2 \right|_{x=3} = 9", x=1.0).variables() == {}
    assert formulas.Formula(r"\lim_{x\to3} x^2 = 9", x=1.0).variables() == {}


def test_both_letters_of_a_sum_over_pairs_are_no_variables():
    assert formulas.Formula(r"\sum_{i<j} ij = 2", n=2).variables() == {}


def test_a_function_that_stands_as_a_value_is_no_example():
    bound = {"f": lambda x: x, "g": lambda x: x}
    assert formulas.Formula(r"\frac{f}{2} + g = g + \frac{f}{2}", **bound).examples() == []
    assert formulas.Formula(r"f(x) + H_g = g'' + x", **bound).examples() == ["f", "g"]


def test_what_other_fences_hold_is_no_display():
    text = "```{note}\n$$1 = 2$$ (eq-a)\n```\n```{math}\n:label: eq-b\nx\n```\n"
    assert [d.label for d in displays_in(text, "page")] == ["eq-b"]


def test_a_display_stands_on_the_line_where_it_begins():
    text = "$$a$$ (eq-a)\n$$b$$ (eq-b)\n\n$$\nc$$ (eq-c)\n"
    assert [d.line for d in displays_in(text, "page")] == [1, 2, 4]


def test_no_part_of_a_subscript_is_dropped():
    (clause,) = parse("a_{ij,k} = a_{i,k}")
    kinds = [[part.kind for part in side.args[2:]] for side in clause.sides]
    assert kinds == [["product", "symbol"], ["symbol", "symbol"]]
