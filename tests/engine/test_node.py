"""Nodes: what they show, what they record, and what they let go."""

import copy
import gc
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from mcalc import Node, backward, grad, hessian, jvp, trace
from mcalc.rules._elementwise import expit

x = np.array([[1.0, -2.0], [0.5, 3.0]])


def seen(f, *args):
    """Return what `f` gives inside a trace, whatever it is."""
    found = []

    def traced(*nodes):
        found.append(f(*nodes))
        return nodes[0]

    trace(traced, *args)
    return found[0]


@pytest.mark.parametrize("attribute", ["shape", "ndim", "size", "dtype"])
def test_a_node_has_the_attributes_of_its_array(attribute):
    assert seen(lambda x: getattr(x, attribute), x) == getattr(x, attribute)


def test_length_iteration_and_formats_are_the_arrays():
    assert seen(len, x) == 2
    assert seen(lambda x: [float(row.value[0]) for row in x], x) == [1.0, 0.5]
    assert seen(lambda x: f"{x:.2f}", 2.0) == "2.00"
    assert seen(repr, 2.0) == "Node(x0=2.0)"
    assert repr(trace(lambda x: x * x, 3.0).output) == "Node(multiply=9.0)"
    assert str(trace(lambda x: 2 * x, np.ones(2)).output) == "Node(multiply=[2. 2.])"


@pytest.mark.parametrize(
    ("ask", "answer"),
    [
        (lambda x: x > 0, x > 0),
        (lambda x: x != x, np.zeros((2, 2), bool)),
        (lambda x: np.argsort(x), np.argsort(x)),
        (lambda x: x.argmax(), 3),
        (lambda x: x.any(), True),
        (lambda x: np.isfinite(x).all(), True),
        (lambda x: np.sign(x), np.sign(x)),
        (lambda x: x.round(), x.round()),
        (lambda x: np.floor(x), np.floor(x)),
        (lambda x: np.shape(x), (2, 2)),
    ],
)
def test_questions_are_answered_by_plain_values(ask, answer):
    found = seen(ask, x)
    assert not isinstance(found, Node)
    assert_array_equal(found, answer)


def test_numbers_can_be_compared_branched_on_and_hashed():
    f = lambda x: x * x if x > 1 else -x  # noqa: E731
    assert (grad(f)(3.0), grad(f)(0.5)) == (6.0, -1.0)
    assert grad(lambda x: {x: x * x}[x])(3.0) == 6.0
    assert grad(lambda x: sorted([x[0], x[1]])[0])(np.array([3.0, 1.0])).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_a_copy_of_a_node_is_the_node(copied):
    assert_array_equal(grad(lambda x: np.sum(copied(x) * x))(x), 2 * x)
    assert_array_equal(grad(lambda x: np.sum(copied([x, x])[1] * x))(x), 2 * x)


def test_a_node_cannot_be_pickled():
    with pytest.raises(TypeError, match="cannot be pickled; it belongs to the run"):
        trace(lambda x: pickle.loads(pickle.dumps(x)), 1.0)


def test_a_number_can_be_added_to_in_place():
    """As with Python's floats: the name is bound anew, and the old value stays."""

    def f(x):
        old = x
        x += 1.0
        x *= old
        return x + 0.0 * old

    assert grad(f)(3.0) == 7.0
    assert hessian(f)(3.0) == 2.0


def test_the_tape_is_in_order_and_holds_the_operands():
    graph = trace(lambda x, y: np.exp(x) * y + 2.0, 0.0, 2.0)
    assert [node.name for node in graph.nodes] == ["x", "y", "exp", "multiply", "add"]
    assert [node.index for node in graph.nodes] == sorted(node.index for node in graph.nodes)
    add = graph.output
    assert add.operands == (2.0, 2.0)
    assert [(i, parent.name) for i, parent in add.parents] == [(0, "multiply")]
    assert add.rule.function is np.add
    assert add.kwargs == {}
    assert float(add.pull(0, np.float64(3.0))) == 3.0
    assert float(add.push({0: 3.0})) == 3.0


def test_keyword_arguments_are_recorded_unless_they_are_none():
    graph = trace(lambda x: np.sum(x, axis=1, dtype=None, keepdims=True)[0, 0], x)
    assert graph.nodes[1].kwargs == {"axis": 1, "keepdims": True}


def alive():
    gc.collect()
    return sum(type(thing) is Node for thing in gc.get_objects())


@pytest.mark.parametrize("leave", [RuntimeError, KeyboardInterrupt, GeneratorExit, None])
def test_nothing_is_kept(leave):
    def f(x):
        values = (value * 2 for value in [x, np.sin(x)])
        y = next(values)
        if leave:
            raise leave
        return np.sum(y * next(values))

    before = alive()
    if leave:
        with pytest.raises(leave):
            grad(f)(x)
    else:
        grad(f)(x)
    assert alive() == before
    assert_array_equal(grad(lambda x: np.sum(x * x))(x), 2 * x)


def test_ten_thousand_times_ten_nodes_in_a_row():
    """Neither the sweep nor letting the graph go recurses."""

    def f(x):
        y = x
        for _ in range(50_000):
            y = y * 0.5 + x
        return y

    before = alive()
    graph = trace(f, 3.0)
    assert len(graph.nodes) == 100_001
    assert float(backward(graph)[graph.inputs[0]]) == 2.0
    assert float(grad(f)(3.0)) == 2.0
    output = graph.output
    del graph
    assert float(output.value) == 6.0
    del output
    assert alive() == before


def test_arguments_by_position_that_no_rule_takes():
    with pytest.raises(TypeError, match=r"expit takes 1 argument by position, not 2; leave out 2"):
        jvp(lambda x: expit(x, 2), (np.ones(3),), (np.ones(3),))
