"""Parameters in containers, on both kinds of arrays, against JAX; and what f returns beside."""

import collections
import re
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from mcalc import (
    directional_derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from mcalc.engine.containers import leaves, rebuilt

Layer = collections.namedtuple("Layer", "W b")
KINDS = {"numpy": (np, np.array), "torch": (torch, lambda x: torch.tensor(x, dtype=torch.float64))}


@pytest.fixture(autouse=True, scope="module")
def double():
    jax.config.update("jax_enable_x64", True)


@pytest.fixture(params=KINDS)
def library(request):
    """Return a namespace, and what makes an array for it."""
    return KINDS[request.param]


def loss(xp):
    """Return a function of nested parameters and a number, each of which changes the value."""

    def f(p, scale):
        first, second = p["layers"]
        hidden = xp.tanh(first.W @ second + first.b)
        return xp.sum(hidden**2) * p["last"][0] * scale + xp.sum(xp.sin(second)) * p["last"][1]

    return f


def parameters(make, shift=0.0):
    """Return the parameters of `loss`: all four containers, and one that is empty."""
    layers = [Layer(make([[1.0, 2.0 + shift], [0.5, -1.0]]), make([0.1, 0.2])), make([0.3, -0.4])]
    return {"layers": layers, "last": (make(2.0), make(-0.5 + shift)), "none": None}


def values(tree):
    """Return the leaves as NumPy's arrays, ordered as JAX orders them."""
    return [np.asarray(leaf) for leaf in jax.tree.leaves(tree)]


def require_same(found, expected, rtol=1e-12):
    """Compare two containers: first their structure, as JAX sees it, then their leaves."""
    assert jax.tree.structure(found) == jax.tree.structure(expected)
    for a, b in zip(values(found), values(expected), strict=True):
        assert a.shape == b.shape
        assert_allclose(a, b, rtol=rtol, atol=1e-14)


def test_gradients(library):
    xp, make = library
    p, q = parameters(make), parameters(jnp.array)
    require_same(grad(loss(xp))(p, 1.5), jax.grad(loss(jnp))(q, 1.5))
    value, gradient = value_and_grad(loss(xp))(p, 1.5)
    assert_allclose(float(value), loss(jnp)(q, 1.5))
    require_same(gradient, jax.grad(loss(jnp))(q, 1.5))
    both = grad(loss(xp), (1, 0))(p, make(1.5))
    require_same(both, jax.grad(loss(jnp), (1, 0))(q, 1.5))


def test_products_with_jacobians(library):
    xp, make = library
    p, v, q, w = (parameters(m, s) for m in (make, jnp.array) for s in (0.0, 0.25))
    f, g = (lambda p, s, x=x: x.stack([loss(x)(p, s), s * p["last"][1]]) for x in (xp, jnp))
    value, moved = jvp(f, (p, make(1.5)), (v, make(0.5)))
    require_same((value, moved), jax.jvp(g, (q, 1.5), (w, 0.5)))
    value, pullback = vjp(f, p, make(1.5))
    expected, theirs = jax.vjp(g, q, 1.5)
    require_same(value, expected)
    require_same(pullback(make([1.0, -2.0])), theirs(jnp.array([1.0, -2.0])))
    slope = directional_derivative(f)(p, make(1.5), v)
    require_same(slope, jax.jvp(lambda q: g(q, 1.5), (q,), (w,))[1])


def test_second_derivatives(library):
    xp, make = library
    p, v, q, w = (parameters(m, s) for m in (make, jnp.array) for s in (0.0, 0.25))
    expected = jax.jit(lambda q, w: jax.jvp(lambda q: jax.grad(loss(jnp))(q, 1.5), (q,), (w,)))(
        q, w
    )[1]
    require_same(hvp(loss(xp))(p, 1.5, v), expected)
    require_same(hessian(loss(xp))(p, 1.5), jax.jit(jax.hessian(loss(jnp)))(q, 1.5))


@pytest.mark.parametrize("accumulate", [jacobian, jacfwd])
def test_jacobians_are_containers_of_blocks(library, accumulate):
    xp, make = library
    f = lambda p: p["a"] * p["c"][0] + xp.sum(p["b"])  # noqa: E731
    tree = lambda m: {"a": m([1.0, 2.0]), "b": m([[1.0, 3.0]]), "c": [m(3.0)]}  # noqa: E731
    expected = jax.jacobian(lambda p: p["a"] * p["c"][0] + jnp.sum(p["b"]))(tree(jnp.array))
    require_same(accumulate(f)(tree(make)), expected)


def test_blocks_of_containers_and_arrays_together():
    f = lambda p, x: np.sum(p["a"] ** 2 * x) + p["b"] * x[0]  # noqa: E731
    g = lambda p, x: jnp.sum(p["a"] ** 2 * x) + p["b"] * x[0]  # noqa: E731
    at = {"a": np.array([1.0, 2.0]), "b": 3.0}, np.array([4.0, 5.0])
    require_same(hessian(f, (0, 1))(*at), jax.jit(jax.hessian(g, (0, 1)))(*at))


@pytest.mark.parametrize(
    "make",
    [
        collections.OrderedDict,
        lambda d: collections.defaultdict(float, d),
        lambda d: dict(reversed(d.items())),
    ],
    ids=["ordered", "default", "reversed"],
)
def test_kinds_of_dictionaries(make):
    p = make({"w": np.array([1.0, 2.0]), "b": 3.0})
    gradient = grad(lambda p: np.sum(p["w"] ** 2) * p["b"])(p)
    assert type(gradient) is type(p)
    assert list(gradient) == list(p)
    assert_allclose(gradient["w"], [6.0, 12.0])
    assert gradient["b"] == 5.0
    if isinstance(p, collections.defaultdict):
        assert gradient["absent"] == 0.0


def test_dictionaries_are_matched_by_key():
    p, v = {"a": 2.0, 1: 3.0}, {1: 1.0, "a": 10.0}  # keys that cannot be sorted, too
    f = lambda p: p["a"] ** 2 * p[1]  # noqa: E731
    assert jvp(f, (p,), (v,))[1] == 2 * 2.0 * 3.0 * 10.0 + 4.0
    assert hvp(f)(p, v) == {"a": 6.0 * 10 + 4.0 * 1, 1: 4.0 * 10}


def test_every_part_keeps_its_dtype_and_floats_go_with_tensors():
    p = {"half": np.ones(2, np.float32), "whole": np.ones(3), "float": 2.0}
    f = lambda p: np.sum(p["half"] ** 2) * np.sum(p["whole"]) * p["float"]  # noqa: E731
    for found in (grad(f)(p), hvp(f)(p, p)):
        assert [np.asarray(found[k]).dtype for k in p] == [np.float32, float, float]
        assert type(found["float"]) is np.float64
    t = {"w": torch.ones(2), "b": 3.0}
    gradient = grad(lambda p: (p["w"] ** 2).sum() * p["b"])(t)
    assert (gradient["w"].tolist(), gradient["b"].item()) == ([6.0, 6.0], 2.0)
    assert gradient["b"].dtype == torch.float32


def test_containers_within_nested_derivatives():
    """The inner gradient is a container of traced values, which the outer one differentiates."""

    def outer(x):
        inner = grad(lambda p: p["a"] ** 2 * p["b"][0])({"a": x, "b": (x * x,)})
        return inner["a"] + inner["b"][0]  # 2 x³ + x²

    assert_allclose(grad(outer)(3.0), 6 * 9.0 + 2 * 3.0)
    along = lambda x: hvp(lambda p: p["a"] ** 2 * p["b"])({"a": x, "b": x}, {"a": x, "b": x})["a"]  # noqa: E731
    assert_allclose(grad(along)(3.0), 8 * 3.0)  # 2 b v_a + 2 a v_b = 4 x²


def test_the_containers_of_the_caller_are_left_alone():
    p = {"w": [np.array([1.0, 2.0])]}

    def f(p):
        w = p["w"].pop()
        p["new"] = w
        return np.sum(w**2)

    _, pullback = vjp(f, p)
    p["w"].append("something else")
    p["more"] = 1.0
    (share,) = pullback(1.0)
    assert list(share) == ["w"]
    assert_allclose(share["w"][0], [2.0, 4.0])
    share["w"][0][0] = 7.0
    assert p["w"][0].tolist() == [1.0, 2.0]


def test_leaves_have_names_and_go_back():
    tree = {"a": [1, (2, None)], "b": Layer(3, {})}
    found = leaves(tree, "p")
    assert found == [("p['a'][0]", 1), ("p['a'][1][0]", 2), ("p['b'].W", 3)]
    assert rebuilt(tree, iter(leaf for _, leaf in found)) == tree


def test_what_f_returns_beside_its_value(library):
    xp, make = library

    def f(p, k):
        y = p["w"] ** 2
        return xp.sum(y) * p["b"], {"y": y, "parts": (y[0], p["b"]), "k": k, "text": "as it is"}

    p = {"w": make([1.0, 2.0]), "b": make(3.0)}
    gradient, aux = grad(f, has_aux=True)(p, 7)
    (value, same), again = value_and_grad(f, has_aux=True)(p, 7)
    assert float(value) == 15.0
    for found in (aux, same):
        assert (found["k"], found["text"]) == (7, "as it is")
        assert_allclose(found["y"], [1.0, 4.0])
        assert [float(x) for x in found["parts"]] == [1.0, 3.0]
        assert type(found["y"]) is type(make([1.0]))
        assert not getattr(found["y"], "requires_grad", False)
    for found in (gradient, again):
        assert_allclose(found["w"], [6.0, 12.0])
        assert float(found["b"]) == 5.0
    aux["y"][0] = 9.0  # the caller's own
    assert f(p, 7)[1]["y"][0] == 1.0
    (by_w, by_b), _ = grad(lambda w, b: (xp.sum(w) * b, None), (0, 1), has_aux=True)(p["w"], p["b"])
    assert (by_w.tolist(), float(by_b)) == ([3.0, 3.0], 3.0)


def test_vjp_and_jvp_return_what_stands_beside_the_value(library):
    _, make = library
    p = {"w": make([1.0, 2.0]), "b": make(3.0)}

    def f(p):
        y = p["w"] ** 2
        return y * p["b"], {"y": y, "k": 7, "none": None}

    value, pullback, aux = vjp(f, p, has_aux=True)
    (back,) = pullback(make([1.0, 0.0]))
    same, tangent, again = jvp(f, (p,), (p,), has_aux=True)
    for v, a in ((value, aux), (same, again)):
        assert v.tolist() == [3.0, 12.0]
        assert (a["y"].tolist(), a["k"], a["none"]) == ([1.0, 4.0], 7, None)
    assert (back["w"].tolist(), float(back["b"])) == ([6.0, 0.0], 1.0)
    assert tangent.tolist() == [9.0, 36.0]


def test_what_is_returned_beside_the_value_may_be_differentiated_further_out(library):
    _, make = library

    def outer(x):
        gradient, aux = grad(lambda y: (y * y * x, (y * x, x)), has_aux=True)(x)
        return gradient * aux[0] * aux[1]  # 2 x² · x² · x

    assert_allclose(float(grad(outer)(make(1.5))), 10 * 1.5**4)


def test_an_argument_that_is_returned_beside_the_value_is_not_the_callers(library):
    xp, make = library
    w = make([1.0, 2.0])
    _, aux = grad(lambda w: (xp.sum(w), [w]), has_aux=True)(w)
    aux[0][0] = 7.0
    assert w.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("returned", "text"),
    [
        (lambda x: x, "with has_aux f returns a pair (value, aux), but it returned one array"),
        (
            lambda x: (x, 1, 2),
            "with has_aux f returns a pair (value, aux), but it returned 3 values",
        ),
        (lambda x: ([x], 1), "f returned a list"),
    ],
    ids=["value", "three", "list"],
)
def test_has_aux_wants_a_pair(returned, text):
    with pytest.raises(TypeError, match=re.escape(text)):
        grad(returned, has_aux=True)(1.0)


def test_the_value_that_something_stands_beside_is_one_number(library):
    _, make = library
    with pytest.raises(
        TypeError, match=re.escape("grad needs a scalar f, but f(x) has shape (2,)")
    ):
        grad(lambda x: (x, 1), has_aux=True)(make([1.0, 2.0]))


def first_layer(params):
    return params["layers"][0]["W"] * 1.0


class Model:
    def first_layer(self, params):
        return first_layer(params)


MISUSES = {
    "int": (
        lambda: grad(first_layer)({"layers": [{"W": 3}]}),
        "grad needs real floating-point input, but params['layers'][0]['W'] is the int 3; write",
    ),
    "method": (
        lambda: grad(Model().first_layer)({"layers": ({"W": np.arange(3)},)}),
        "params['layers'][0]['W'] has dtype int64; use x.astype(float)",
    ),
    "second": (
        lambda: grad(lambda x, p: x * p[0], (0, 1))(1.0, ["a"]),
        "p[0] is a str; pass a float, an array or a tensor",
    ),
    "unnamed": (lambda: grad(np.sum)([None, 3]), "[1] is the int 3; write 3.0"),
    "object": (
        lambda: grad(first_layer)({"a": SimpleNamespace(W=1.0)}),
        "params['a'] is a SimpleNamespace; pass a float, an array or a tensor",
    ),
    "none": (lambda: grad(first_layer)(None), "params is None, with none in it; pass a float"),
    "empty": (lambda: hessian(first_layer)({}), "params is {}, with none in it; pass a float"),
    "mixed": (
        lambda: grad(first_layer)({"a": np.ones(2), "b": torch.ones(2)}),
        "grad was given torch tensors and NumPy arrays together",
    ),
    "numbers": (lambda: grad(np.sum)([1.0, 2.0]), "np.array or np.asarray of a traced value"),
    "other-kind": (
        lambda: jvp(first_layer, ({"a": 1.0},), ([1.0],)),
        "jvp: tangent 0 is a list, but primal 0 is a dict; they must have the same parts",
    ),
    "no-container": (
        lambda: hvp(first_layer)({"a": 1.0}, 1.0),
        "hvp: v is a float, but x is a dict; they must have the same parts",
    ),
    "part-missing": (
        lambda: hvp(first_layer)({"a": {"b": 1.0, "c": 2.0}}, {"a": {"b": 1.0}}),
        "hvp: there is x['a']['c'], but no v['a']['c']; give both or neither",
    ),
    "part-too-many": (
        lambda: jvp(first_layer, ((1.0,),), ((1.0, 2.0),)),
        "jvp: there is tangent 0[1], but no primal 0[1]; give both or neither",
    ),
    "none-for-a-part": (
        lambda: hvp(first_layer)([1.0, 2.0], [1.0, None]),
        "v[1] is a NoneType; pass a float, an array or a tensor",
    ),
    "shape-of-a-part": (
        lambda: hvp(first_layer)([np.ones(2)], [np.ones(3)]),
        "hvp: v[0] has shape (3,), but x[0] has shape (2,); they must be equal",
    ),
}


@pytest.mark.parametrize(("call", "text"), MISUSES.values(), ids=MISUSES)
def test_misuse_is_named(call, text):
    with pytest.raises((TypeError, ValueError), match=re.escape(text)):
        call()
