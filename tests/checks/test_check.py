"""Checks: what passes, what fails, and what is refused because it could not have told."""

import dataclasses
import json
import re

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from mcalc import Check, CheckError, check, check_order, grad, linear_model

A = np.array([[1.0, 2.0], [0.0, 3.0]])
P, Q = np.array([1.0, 1.0]), np.array([0.5, -2.0])
WRONG = {"transpose": lambda x: 2 * A @ x}


def left(x):
    return (A + A.T) @ x


right = grad(lambda x: x @ A @ x)


def test_a_check_that_passes():
    found = check("eq-form", left, right, at=[P, Q], wrong=WRONG)
    assert (found.label, found.points, found.order) == ("eq-form", 2, None)
    assert 0.0 <= found.residual < 1e-15
    gap = max(np.max(np.abs((2 * A @ x - left(x)) / left(x))) for x in (P, Q))
    assert_allclose(found.rejected["transpose"], gap)
    assert repr(found).startswith("✓ eq-form: residual ")
    assert repr(found).endswith(f" at 2 points; rejected: transpose (off by {gap:.2g})")
    assert "\n" not in repr(found)


def test_a_check_that_fails():
    with pytest.raises(CheckError, match="check 'eq-form' fails at ") as failure:
        check("eq-form", left, WRONG["transpose"], at=[P, Q], wrong={"sign": lambda x: -left(x)})
    text = str(failure.value)
    assert "fails at [1. 1.]: the left side is [4. 8.], the right side is [6. 6.]" in text
    assert text.endswith("they differ by 0.5, and 1e-09 is allowed")
    assert isinstance(failure.value, AssertionError)


def test_it_fails_at_the_point_where_the_sides_differ():
    with pytest.raises(CheckError, match=re.escape("fails at 2.0: the left side is 4.")):
        check("eq", lambda t: t * t, lambda t: t, at=[1.0, 0.0, 2.0], wrong={"a": lambda t: -t})


def test_a_wrong_variant_that_survives():
    """At the point (1, 1) of a symmetric form, both look the same."""
    with pytest.raises(CheckError, match=r"cannot tell the wrong variant 'half' from the truth"):
        check("eq", left, right, at=[P], wrong=WRONG | {"half": lambda x: left(x) + 1e-8})
    with pytest.raises(CheckError, match="they differ by 0 at most; add a point where they do not"):
        check("eq", lambda t: t, lambda t: t, at=[0.0], wrong={"sign": lambda t: -t})


def test_one_point_of_several_is_enough_to_reject():
    found = check("eq", lambda t: t, lambda t: t, at=[0.0, 3.0], wrong={"sign": lambda t: -t})
    assert found.rejected == {"sign": 2.0}


def test_residuals_are_relative_to_large_values_only():
    big = check("eq", lambda t: t, lambda t: t + 1e-3, at=[1e9], wrong={"a": lambda t: 2 * t})
    assert_allclose(big.residual, 1e-12, rtol=1e-4)
    with pytest.raises(CheckError, match="they differ by 1e-08"):
        check("eq", lambda t: t, lambda t: t + 1e-8, at=[1e-9], wrong={"a": lambda t: t + 1})
    assert check("eq", left, lambda x: left(x) + 1e-4, at=[P], wrong=WRONG, tol=1e-4).residual > 0


def test_functions_of_several_arguments_and_several_values():
    found = check(
        "eq-product",
        grad(lambda a, b: a * a * b, (0, 1)),
        lambda a, b: (2 * a * b, a * a),
        at=[(2.0, 3.0), (1.0, -1.0)],
        wrong={"swapped": lambda a, b: (a * a, 2 * a * b)},
    )
    assert found.points == 2
    with pytest.raises(CheckError, match=r"the left side is \(12., 4.\)"):
        check(
            "eq",
            grad(lambda a, b: a * a * b, (0, 1)),
            lambda a, b: (2 * a * b, a),
            at=[(2.0, 3.0)],
            wrong={"none": lambda a, b: (0.0, 0.0)},
        )


def test_torch_against_numpy():
    x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    f = grad(lambda x: x @ torch.from_numpy(A) @ x)
    assert (
        check("eq", f, lambda x: left(x.numpy()), at=[x], wrong={"a": lambda x: x}).residual < 1e-15
    )


FIELDS = {
    "order": None,
    "tex": None,  # what was evaluated, where a display was
    "refused": 0,
    "equivalent": [],
    "proved": None,
    "examples": [],
    "beside": [],
    "failure": None,
    "refuted": False,
    "uses": [],
    "slips": {},
}


def test_the_record_is_json_for_the_ledger():
    found = check("eq-form", left, right, at=[P, Q], wrong=WRONG)
    data, metadata = found._repr_mimebundle_(include=None, exclude=None)
    assert data == {"text/plain": repr(found)}
    record = json.loads(json.dumps(metadata["mcalc"], allow_nan=False))
    told = {"label": "eq-form", "residual": found.residual, "points": 2, "rejected": found.rejected}
    assert record == FIELDS | told
    assert Check(**record) == dataclasses.replace(
        found, equivalent=[], examples=[], beside=[], uses=[]
    )


def test_a_record_is_frozen():
    found = check("eq-form", left, right, at=[P], wrong=WRONG)
    with pytest.raises(AttributeError):
        found.residual = 0.0
    assert found == Check("eq-form", found.residual, 1, found.rejected)


MODEL = linear_model(np.exp, 0.0)
SLOPE = {"slope": lambda x: 1 + 2 * x}


def test_an_order_that_is_right():
    found = check_order("eq-exp", np.exp, MODEL, at=0.0, order=2, wrong=SLOPE)
    assert_allclose(found.order, 2.0, atol=0.01)
    assert_allclose(found.rejected["slope"], 1.0, atol=0.01)
    assert (found.residual, found.points) == (None, 2)
    assert repr(found) == "✓ eq-exp: order 2.00 in 2 directions; rejected: slope (off by 1)"
    record = json.loads(json.dumps(found._repr_mimebundle_()[1]["mcalc"], allow_nan=False))
    assert set(record) == {"label", "residual", "points", "rejected", *FIELDS}


def test_orders_in_several_dimensions():
    f = lambda x: np.exp(x[0]) * np.sin(x[1])  # noqa: E731
    model = linear_model(f, P)
    options = {"order": 2, "wrong": {"constant": lambda x: f(P) + 0 * x[0]}}
    assert check_order("eq", f, model, at=P, **options).points == 3
    one_way = check_order("eq", f, model, at=P, directions=[np.array([0.6, 0.8])], **options)
    assert one_way.points == 1
    f_torch = lambda x: torch.exp(x[0]) * torch.sin(x[1])  # noqa: E731
    at = torch.from_numpy(P)
    theirs = linear_model(f_torch, at)
    wrong = {"constant": lambda x: f_torch(at) + 0 * x[0]}
    assert check_order("eq", f_torch, theirs, at=at, order=2, wrong=wrong).points == 3


def test_orders_that_are_wrong():
    with pytest.raises(CheckError, match=re.escape("falls like h^2.00, not like h^3")):
        check_order("eq", np.exp, MODEL, at=0.0, order=3, wrong=SLOPE)
    with pytest.raises(CheckError, match=r"cannot tell .* 'same' .* falls like h\^2.00, too"):
        check_order("eq", np.exp, MODEL, at=0.0, order=2, wrong={"same": MODEL})
    with pytest.raises(ValueError, match="the model is exact here; use check"):
        check_order("eq", MODEL, MODEL, at=0.0, order=2, wrong=SLOPE)


def test_an_order_that_fails_on_one_side_only():
    """The smallest order over all directions counts."""
    f = lambda t: np.where(t > 0, t, 0.0) + t * t  # noqa: E731
    with pytest.raises(CheckError, match=re.escape("falls like h^1.00, not like h^2")):
        check_order("eq", f, lambda t: 0.0 * t, at=0.0, order=2, wrong={"a": lambda t: t + 1})


GOOD = {"label": "eq", "left": left, "right": right, "at": [P], "wrong": WRONG}
REFUSED = {
    "no-label": ({"label": ""}, ValueError, "needs the label of an equation, not ''"),
    "label-is-a-number": ({"label": 3}, ValueError, "needs the label of an equation, not 3"),
    "no-points": ({"at": []}, ValueError, "check 'eq': at is empty; give at least one point"),
    "text-point": ({"at": ["a"]}, TypeError, "the point a is not made of numbers"),
    "empty-tuple": (
        {"left": lambda x: ()},
        ValueError,
        "the left side gives an empty tuple at [1.",
    ),
    "bare-point": ({"at": P}, ValueError, "at is a list of points; write at=[[1. 1.]]"),
    "nan-point": ({"at": [P * np.nan]}, ValueError, "the point [nan nan] is not finite"),
    "inf-point": ({"at": [(P, np.inf)]}, ValueError, "the point ([1. 1.], inf) is not finite"),
    "no-wrong": ({"wrong": {}}, ValueError, "wrong is empty; name at least one wrong variant"),
    "wrong-list": (
        {"wrong": [left]},
        TypeError,
        "wrong is a dict of named variants, not <function",
    ),
    "nan-left": (
        {"left": lambda x: x * np.nan},
        ValueError,
        "the left side is [nan nan] at [1. 1.]",
    ),
    "inf-right": (
        {"right": lambda x: np.inf},
        ValueError,
        "the right side is inf at [1. 1.]; choose",
    ),
    "nan-wrong": ({"wrong": {"a": lambda x: np.nan}}, ValueError, "the wrong variant 'a' is nan"),
    "shape": ({"right": lambda x: x[0]}, ValueError, "the right side has shape () at [1. 1.], but"),
    "wrong-shape": (
        {"wrong": {"a": lambda x: x[0]}},
        ValueError,
        "the wrong variant 'a' has shape ()",
    ),
    "count": (
        {"right": lambda x: (x, x)},
        ValueError,
        "the right side has shape (2,), (2,) at [1. 1.], but the left side has shape (2,)",
    ),
    "value": ({"left": A @ P}, TypeError, "the left side is a function of the point, not [3. 3.]"),
    "wrong-value": ({"wrong": {"a": 1.0}}, TypeError, "the wrong variant 'a' is a function of the"),
    "none": ({"left": lambda x: None}, TypeError, "the left side gives object, not numbers"),
    "bool": ({"right": lambda x: x > 0}, TypeError, "the right side gives bool, not numbers"),
    "tol-nan": ({"tol": np.nan}, ValueError, "tol is nan; it must be positive and finite"),
    "tol-negative": ({"tol": -1.0}, ValueError, "tol is -1.0; it must be positive and finite"),
    "tol-zero": ({"tol": 0.0}, ValueError, "tol is 0.0; it must be positive and finite"),
}


@pytest.mark.parametrize(("change", "error", "text"), REFUSED.values(), ids=REFUSED)
def test_checks_that_mean_nothing_are_refused(change, error, text):
    with pytest.raises(error, match=re.escape(text)):
        check(**(GOOD | change))


ORDERS = {
    "zero-direction": ({"directions": [0.0]}, ValueError, "a direction is 0., and leads nowhere"),
    "shape-of-direction": (
        {"directions": [P]},
        ValueError,
        "a direction has shape (2,), but at has",
    ),
    "single-precision": ({"at": np.float32(0)}, ValueError, "at has dtype float32, whose rounding"),
    "nan-order": ({"order": np.nan}, ValueError, "order is nan; it must be positive and finite"),
    "zero-step": ({"step": 0.0}, ValueError, "step is 0.0; it must be positive and finite"),
    "no-directions": ({"directions": []}, ValueError, "directions is empty; give at least one"),
    "no-wrong": ({"wrong": {}}, ValueError, "check 'eq': wrong is empty"),
    "int": (
        {"at": 0},
        TypeError,
        "check_order 'eq' needs real floating-point input, but at is the",
    ),
    "nan": ({"at": np.nan}, ValueError, "the point nan is not finite"),
    "nan-model": ({"model": lambda t: t * np.nan}, ValueError, "the model is nan"),
    "shape": ({"model": lambda t: np.ones(2)}, ValueError, "the model has shape (2,)"),
}


@pytest.mark.parametrize(("change", "error", "text"), ORDERS.values(), ids=ORDERS)
def test_orders_that_mean_nothing_are_refused(change, error, text):
    given = {"label": "eq", "f": np.exp, "model": MODEL, "at": 0.0, "order": 2, "wrong": SLOPE}
    with pytest.raises(error, match=re.escape(text)):
        check_order(**(given | change))
