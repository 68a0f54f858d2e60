"""How a program is written: what has a name, what is bound, and what is left to NumPy."""

import numpy as np
import pytest
from test_program import agree

from mcalc import named, program
from mcalc.programs import _write

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


def test_a_long_expression_has_a_line_of_its_own():
    f = lambda x, n: np.exp(np.sin(x) + n)  # noqa: E731
    for n, has_line in ((10**31, False), (10**32, True)):
        source = program(f, 2.0, n).source
        assert (f"np.exp(np.sin(x) + {n})" in source) != has_line
        assert (f"t1 = np.sin(x) + {n}" in source) == has_line


def test_memory_is_written_to_again_from_where_that_is_faster():
    f = lambda x: np.log(np.sum(np.exp(x)))  # noqa: E731
    for size, again in ((2**15 - 1, False), (2**15, True), (2**16, True)):
        source = program(f, np.ones(size)).source
        assert ("out=t1" in source) == again


def test_numpy_repeats_what_a_broadcast_repeats():
    y = np.arange(6.0).reshape(2, 3)
    f = lambda x, y: np.sum(np.sin(y) * np.exp(np.broadcast_to(x, (2, 3))))  # noqa: E731
    made = program(f, ONES, y)
    assert "np.exp(x)" in made.source
    agree(f, 0, made, (np.arange(3.0), y + 1))
    assert "(a == f)" in program(np.max, ONES).source  # and not f in the shape (1,)
    for shape in ((1, 3), (3, 1)):
        f = lambda x, y: np.sum(np.sin(y) * np.exp(np.reshape(x, shape).T))  # noqa: B023, E731
        there = np.arange(9.0).reshape(3, 3)
        agree(f, 0, program(f, ONES, there + 1), (np.arange(3.0), there))


def test_a_transposition_that_changes_nothing_is_not_written():
    for f, times in (
        (lambda A: A.T, 1),
        (lambda A: A.T.T, 0),
        (lambda A: np.transpose(A, (1, 0)), 1),
        (lambda A: np.transpose(A, (-1, -2)), 1),
        (lambda A: np.transpose(A, (0, 1)), 0),
        (lambda A: np.transpose(A, (-2, -1)), 0),
        (lambda A: np.transpose(A, axes=(-2, 1)), 0),
        (lambda A: np.swapaxes(A, 0, 1), 1),
        (lambda A: np.swapaxes(A, 1, -2), 1),
        (lambda A: np.swapaxes(A, 1, -1), 0),
        (lambda A: np.swapaxes(A, axis1=0, axis2=-2), 0),
        (lambda A: np.matrix_transpose(A), 1),
        (lambda A: np.matrix_transpose(A.T), 0),
    ):
        made = program(lambda x, A: x * np.sum(np.exp(f(A))[0]), 2.0, TWOS)  # noqa: B023
        assert made.source.count("transpose") == made.source.count("swapaxes") == 0
        assert made.source.count("A.T") == times


def test_a_square_is_a_product():
    for f in (lambda x: np.square(x), lambda x: x**2, lambda x: np.power(x, 2.0)):
        assert "f = x * x" in program(f, 3.0).source
        agree(f, 0, program(f, 3.0), (-2.0,))
    assert "x ** 3" in program(lambda x: x**3, 3.0).source


def test_a_number_of_numpys_is_written_as_pythons_where_the_dtype_stays():
    f = lambda x: np.sum(np.float64(0.25) * np.sin(x))  # noqa: E731
    assert "0.25 * np.sin(x)" in program(f, np.ones(3)).source
    assert "np.float64" not in program(f, np.ones(3)).source
    assert "np.float64(0.25) * np.sin(x)" in program(f, np.ones(3, np.float32)).source


def test_numbers_of_numpy_that_python_has_not_are_bound():
    single = program(lambda x, y: np.sum(np.where(x > 0, y, np.float32(0.5))) * x, 2.0, ONES > 0)
    assert not single.constants
    assert "np.float32(0.5)" in single.source
    for number in (np.bool_(True), np.longdouble(0.5)):
        bound = program(lambda x, y, z=number: np.sum(np.where(y, 1, z)) * x, 2.0, ONES > 0)
        assert number in [x for x in bound.constants.values() if not callable(x)]


def test_a_name_is_as_close_to_what_is_wished_as_can_be():
    names = {"a b": "a_b", "%": "_", "2x": "_2x", "x²": "x_", "lambda": "lambda_2"}
    for wish, name in names.items():
        f = lambda x: np.exp(named(wish, np.sin(x)))  # noqa: B023, E731
        assert f"    {name} = np.sin(x)" in program(f, 2.0).source


WRAPPED = {
    "a product": lambda x, k: np.sum(x * -(2 * k)),
    "a ratio of products": lambda x, k: np.sum(x / -(2 * k * k)),
    "a sum": lambda x, k: np.sum(x - (-k)) * np.sum(x + -k) * x[0] * np.sum(-k),
    "a matrix": lambda x, k: np.sum(np.outer(x, x) @ -k) * np.sum(-k @ np.outer(x, x)),
    "one number": lambda x, k: x[0] * -(2 * k[0]) * -k[1],
}


@pytest.mark.parametrize("name", WRAPPED)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint64, np.int8])
def test_the_sign_of_an_integer_stays_where_it_is(name, dtype):
    """An unsigned -1 is the largest number, and -(-128) is -128 again in eight bits."""
    f, smallest = WRAPPED[name], np.iinfo(dtype).min
    made = program(f, ONES, np.array([3, 1, 2], dtype))
    there = np.array([smallest, 5, 60], dtype) + dtype(smallest == 0)
    for k in (np.array([3, 1, 2], dtype), there):
        with np.errstate(all="ignore"):
            agree(f, 0, made, (np.arange(1.0, 4.0), k), 1e-13)


PARTS = [np.s_[1:], np.s_[:-1], np.s_[:2], [0, 0, 2], [2, 0], np.s_[::-1]]


def random_parts(rng):
    """Return a function of two vectors that adds up parts of them, and of what it makes of these.

    Little else is used, so that many an adjoint is a sum of parts alone.
    """
    steps = rng.integers([0, 0, 0, 0], [9, 4, 4, len(PARTS)], (12, 4))

    def f(x, y):
        made, total = [x, y], 0.0
        for kind, i, j, k in steps:
            a, b = made[i % len(made)], made[j % len(made)][PARTS[k]]
            part = a if kind == 6 else a[PARTS[k]]
            if part.shape == b.shape:
                part = [part + b, part - b, part * b, named("u", part), part + b][kind % 5]
            made += [part] * (len(part) == 3)
            total += np.sum(np.sin(part) if kind % 2 else part**2)
        return total

    return f


@pytest.mark.parametrize("large", [_write.LARGE, 0])
def test_random_parts(large, monkeypatch):
    """What is added to parts of adjoints that are read elsewhere, named, or parts themselves."""
    monkeypatch.setattr(_write, "LARGE", large)
    for seed in range(150):
        rng = np.random.default_rng(seed)
        f, here, there = random_parts(rng), *rng.uniform(-1, 1, (2, 2, 3))
        made = program(f, *here, argnums=(0, 1))
        for points in (here, there):
            agree(f, (0, 1), made, tuple(points), 1e-11)


def test_a_part_is_added_to_one_sum_and_begins_another():
    def f(x, y):
        a, b, c = x[:2], y[1:], y[:2]
        return np.sum(np.sin(a + c)) + np.sum(b**2) + np.sum(x**3)

    made = program(f, ONES, 2 * ONES, argnums=(0, 1))
    agree(f, (0, 1), made, (np.arange(3.0), np.array([3.0, 1.0, 2.0])))
    assert "df_dx[:2] += t3" in made.source
    assert "df_dy[:2] = t3" in made.source


def test_a_part_is_added_to_a_copy_of_what_is_somebody_elses():
    def named_adjoint(x, w):
        a, u = x[:2], named("u", x + w)
        return np.sum(u**3) + np.sum(a**2)

    def argument(x, w):
        a = x[:2]
        return np.sum(a**2) + x @ w

    for f, copy in ((named_adjoint, "df_dx = df_du.copy()"), (argument, "df_dx = w.copy()")):
        made = program(f, ONES, 2 * ONES)
        assert copy in made.source
        agree(f, 0, made, (np.arange(3.0), ONES))


def test_a_part_is_not_added_to_a_view_of_another_adjoint():
    def f(x, y):
        a, u = x[:2], np.reshape(x, (3, 1)) + y
        return np.sum(u**3) + np.sum(a**2)

    points = ONES, np.ones((3, 1))
    agree(f, (0, 1), program(f, *points, argnums=(0, 1)), points)


def test_a_part_that_comes_first_needs_no_array_of_its_own():
    made = program(lambda x: np.sum(x**3) + np.sum(x[:2] ** 2), ONES)
    assert "df_dx = 3.0 * (x * x)" in made.source
    assert "df_dx[:2] += 2.0 * t" in made.source


def test_a_mask_may_lie_transposed_in_memory():
    mask = np.array([[True, False], [True, True]], order="F")
    f = lambda x, A: x * np.sum(A[mask] ** 3)  # noqa: E731
    agree(f, 0, program(f, 2.0, TWOS), (3.0, TWOS + 1.0))
