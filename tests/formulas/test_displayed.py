"""A check of a display: what a page shows is what is evaluated, with what it defines above."""

import dataclasses
import json
import math

import numpy as np
import pytest
from trials import A

from mcalc import check
from mcalc.formulas import Verdict, displays
from mcalc.formulas.sources import displays_in

BEFORE = r"""
$$x = 3$$ (def-x)
{claim}`x = 3`
"""
PAGE = r"""
$$f(x) = x^2$$ (def-square)
$$\foo = 1$$ (def-unreadable)
$$h(x) = f(x) + 1$$ (def-more)
$$h(3) = 10$$ (eq-more)
$$f'(x) = 2x$$ (eq-slope)
$$f'(x) = 3x$$ (eq-wrong-slope)
$$f(x) = \foo x$$ (eq-unreadable)
$$y = x$$ (eq-too-early)
$$\vec g = 2\mat A\vec x$$ (def-g)
$$\norm{\vec g}^2 = 4\vec x\T\mat A\T\mat A\vec x$$ (eq-g)
{claim}`f(3) = 9`, {claim}`f(3) = 8`, {wrong}`f(3) = 6`, {wrong}`f(2) = 4`, {claim}`f(3) + = 9`,
{claim}`a \approx 0.33`, {claim}`a \approx 0.34`, {claim}`b = 1`, {wrong}`\bar x = 1`
$$f(x) = x^3$$ (def-cube)
$$f'(x) = 3x^2$$ (eq-cube-slope)
"""
OTHER = r"""
$$f'(x) = 2x$$ (eq-elsewhere)
$$h_k = a x_k + b$$ (notation-skip)
"""


@pytest.fixture(autouse=True)
def page(tmp_path, monkeypatch):
    """Let the environment name what two small pages display."""
    pages = {"before": BEFORE, "small": PAGE, "other": OTHER}
    shown = [display for name, text in pages.items() for display in displays_in(text, name)]
    path = tmp_path / "displays.json"
    path.write_text(json.dumps([vars(d) for d in shown]), "utf-8")
    monkeypatch.setenv(displays.VARIABLE, str(path))
    displays.everything.cache_clear()
    yield
    displays.everything.cache_clear()


def test_a_display_that_holds_by_the_definition_above_it():
    found = check("eq-slope")
    assert found
    assert (found.label, found.tex, found.points) == ("eq-slope", "f'(x) = 2x", 3)
    assert found.proved == "numbers"
    assert found.failure is None
    assert len(found.rejected) > 4
    assert len(found.slips) == 4
    assert found.uses == ("def-square",)


def test_a_display_that_fails_is_a_record_and_no_exception():
    found = check("eq-wrong-slope")
    assert not found
    assert found.failure.startswith("it does not hold at x = ")
    assert repr(found).startswith("✗ eq-wrong-slope: it does not hold")
    record = json.loads(json.dumps(found._repr_mimebundle_()[1]["mcalc"], allow_nan=False))
    assert record["failure"] == found.failure
    assert record["tex"] == "f'(x) = 3x"


@pytest.mark.parametrize(
    ("label", "bindings", "said"),
    [
        ("eq-unreadable", {}, "is not in the grammar, at column 8, before"),
        ("eq-elsewhere", {}, "f(…) reads in two ways, at column 1, before"),
        ("eq-slope", {"at": []}, "at is empty"),
        ("eq-slope", {"wrong": {"same": "x + x"}}, "cannot tell the slip 'same'"),
        ("eq-slope", {"wrong": {"none": "foo +"}}, "the variant 'none' cannot be evaluated"),
    ],
)
def test_whatever_is_wrong_is_in_the_record(label, bindings, said):
    found = check(label, **bindings)
    assert not found
    assert said in found.failure
    assert (found.residual, found.points) == (None, 0)


def test_a_definition_in_a_circle_is_a_record_too():
    assert not check("eq-elsewhere", given=["f(x) = f(x - 1) + 1"])


def test_a_later_definition_of_a_letter_holds_from_there_on():
    assert check("eq-cube-slope")
    assert check("eq-cube-slope", f=lambda x: x**3)  # and is not held against the earlier one
    assert not check("eq-wrong-slope")


def test_a_page_does_not_see_the_definitions_of_another_unless_it_says_so():
    assert not check("eq-elsewhere")
    assert check("eq-elsewhere", given=["def-square"])
    assert check("eq-elsewhere", given=["f(x) = x^2"])
    assert not check("eq-elsewhere", given=["def-cube"])


def test_code_that_is_what_a_display_defines_may_be_bound():
    found = check("eq-slope", f=lambda x: x * x)
    assert found
    assert found.examples == ()  # it is a function that the page displays, no example


def test_what_is_displayed_of_bound_code_may_use_another_definition():
    assert check("eq-more", h=lambda x: x * x + 1)
    assert not check("eq-more", h=lambda x: x * x + 1 + (x != 3))


def test_code_that_is_not_what_a_display_defines_is_refused():
    found = check("eq-slope", f=lambda x: x * x + 1)  # its slope is the same
    assert not found
    assert found.failure.startswith("what is bound to f is not def-square: ")


def test_a_vector_that_is_not_what_a_display_defines_is_refused():
    x = np.array([1.0, -0.5])
    assert check("eq-g", A=A, at={"x": x})
    assert check("eq-g", A=A, x=x, g=2 * A @ x)
    found = check("eq-g", A=A, x=x, g=-2 * A @ x)  # of the same norm
    assert "what is bound to g is not def-g" in found.failure


def test_an_unknown_label_is_said_at_once():
    with pytest.raises(ValueError, match="no display has the label 'eq-nowhere'"):
        check("eq-nowhere")


def test_inline_claims_hold_fail_and_are_said_to_be_wrong():
    found = displays.evaluate_claims("small", {"a": 1 / 3, "check": check, "np": np})
    by_tex = {c.tex: c for c in found.found}
    assert [c.tex for c in found.found if c] == ["f(3) = 9", "f(3) = 6", r"a \approx 0.33"]
    assert "it does not hold: 9 = 8 is off by" in by_tex["f(3) = 8"].failure
    assert by_tex["f(2) = 4"].failure == "this is said to be wrong, and it holds"
    assert "not in the grammar" in by_tex["f(3) + = 9"].failure
    assert "off by" in by_tex[r"a \approx 0.34"].failure
    assert by_tex["b = 1"].failure  # nothing has bound b
    assert by_tex[r"\bar x = 1"].failure  # what cannot be read is not shown to be wrong
    assert (by_tex[r"\bar x = 1"].residual, by_tex[r"\bar x = 1"].points) == (None, 0)
    assert by_tex["f(3) = 9"].proved is None  # nobody asks
    assert (by_tex["f(3) = 6"].residual, by_tex["f(3) = 6"].points) == (0.0, 1)
    assert repr(found).endswith("9 claims, 6 fail")
    assert len(found._repr_mimebundle_()[1]["mcalc"]["claims"]) == 9


def test_a_claim_is_evaluated_with_what_the_code_has_bound_last():
    by_tex = {c.tex: c for c in displays.evaluate_claims("small", {"a": 0.34, "b": 1}).found}
    assert by_tex[r"a \approx 0.34"]
    assert by_tex["b = 1"]
    assert not by_tex[r"a \approx 0.33"]


@pytest.mark.parametrize("value", [int, math])
def test_a_class_or_a_module_is_no_value_of_a_letter(value):
    (claim,) = displays_in("{claim}`b = b + 1`", "small")
    displays.everything().append(claim)
    found = displays.evaluate_claim(claim, {"b": value, "n": 1})
    assert found.failure.startswith("it does not hold at b = ")


def test_a_function_of_the_code_is_meant_where_it_is_called():
    (claim,) = displays_in("{claim}`4 = q(2)`", "small")
    displays.everything().append(claim)
    assert displays.evaluate_claim(claim, {"q": lambda x: x * x})


def test_what_code_calls_e_or_pi_is_not_meant():
    (claim,) = displays_in(r"{claim}`e + \pi \approx 5.8599`", "small")
    displays.everything().append(claim)
    assert displays.evaluate_claim(claim, {"e": 1.0, "pi": 3.0})


def test_a_page_without_claims_has_none():
    assert displays.evaluate_claims("other", {}).found == []


def test_a_record_is_json_even_where_an_order_is_observed(tmp_path, monkeypatch):
    shown = list(displays_in(r"$$e^h \approx 1 + h$$ (eq-e)", "e"))
    path = tmp_path / "e.json"
    path.write_text(json.dumps([vars(d) for d in shown]), "utf-8")
    monkeypatch.setenv(displays.VARIABLE, str(path))
    displays.everything.cache_clear()
    found = check("eq-e")
    assert math.isclose(found.order, 2.0, abs_tol=0.1)
    assert found.residual is None
    json.dumps(found._repr_mimebundle_()[1], allow_nan=False)


def test_slips_of_many_kinds_are_offered_first():
    what = ["sign of x", "sign of y", "2 for 1", "no factor x"]
    found = Verdict(0.0, 1, 1, rejected=dict.fromkeys(what, 1.0), texts={w: w for w in what})
    assert list(displays.offered(found, 3)) == ["sign of x", "2 for 1", "no factor x"]
    named = dataclasses.replace(found, named=("sign of y",))
    assert list(displays.offered(named, 2)) == ["sign of y", "sign of x"]
    what = ["no x", "no factor y", "sign of z"]
    found = Verdict(0.0, 1, 1, rejected=dict.fromkeys(what, 1.0), texts={w: w for w in what})
    assert list(displays.offered(found, 2)) == ["no x", "sign of z"]
