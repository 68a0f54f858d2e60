"""How a program is written: what has a name, what is bound, and what is left to NumPy."""

import numpy as np
from test_program import agree

from mcalc import named, program

ONES, TWOS = np.ones(3), np.array([[2.0, 0.5], [0.5, 1.0]])


def test_results_of_a_function_that_gives_several():
    for f in (lambda x, y: x * np.linalg.svd(y).S[1], lambda x, y: x * np.modf(y)[0][0, 1]):
        made = program(f, 2.0, TWOS)
        for y in (TWOS, TWOS @ TWOS):
            agree(f, 0, made, (3.0, y))


def test_one_of_several_results_is_used_twice():
    f = lambda x, y: x * (np.linalg.svd(y)[1][0] - np.linalg.svd(y)[1][1])  # noqa: E731
    agree(f, 0, program(f, 2.0, TWOS), (3.0, TWOS @ TWOS))


def test_nothing_is_added_where_nothing_is_selected():
    made = program(lambda x: np.sum(np.cos(x) * x) + np.sum(np.exp(x[3:])), ONES)
    assert "np.add.at" not in made.source
    made = program(lambda x: np.sum(np.exp(x[3:])), ONES)
    assert "np.add.at" not in made.source


def layered(inner):
    """Return a function with a named value inside another."""

    def f(x):
        u = named("u", np.exp(x))
        return np.sum(named("v", np.sin(inner(u))) ** 3)

    return f


def test_a_local_derivative_has_the_name_of_what_it_is_by():
    for inner in (lambda u: 1.0 + u, lambda u: u + 1.0, lambda u: u - 1.0):
        assert "dv_du = np.cos(" in program(layered(inner), 2.0).source
    assert "dv_du" not in program(layered(lambda u: 1.0 - u), 2.0).source  # it has a sign


def test_a_large_local_derivative_has_no_name_to_keep_it():
    for size, has_name in ((2**15 - 1, True), (2**15, False)):
        source = program(layered(lambda u: u), np.ones(size)).source
        assert ("dv_du = np.cos(" in source) == has_name


def test_numbers_of_numpy_that_python_has_not_are_bound():
    single = program(lambda x, y: np.sum(np.where(x > 0, y, np.float32(0.5))) * x, 2.0, ONES > 0)
    assert not single.constants
    assert "np.float32(0.5)" in single.source
    for number in (np.bool_(True), np.longdouble(0.5)):
        bound = program(lambda x, y, z=number: np.sum(np.where(y, 1, z)) * x, 2.0, ONES > 0)
        assert number in [x for x in bound.constants.values() if not callable(x)]
