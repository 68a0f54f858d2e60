"""The derivative as a program: equal to the derivative itself, readable, and strict at call."""

import textwrap
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import test_decompositions
import test_elementwise
import test_entries
import test_expressions
import test_linalg
import test_products
import test_reductions
import test_shapes
from cases import numbers
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import grad, named, program, value_and_grad
from mcalc.programs import _write
from mcalc.rules._linalg import cofactors

MATRICES = [*test_linalg.CASES, *test_decompositions.CASES]  # some are to stay symmetric
KINDS = test_elementwise, test_entries, test_products, test_reductions, test_shapes
CASES = [*MATRICES, *(case for module in KINDS for case in module.CASES)]
CASES = [case for case in CASES if case.row is not cofactors]  # whose own derivative branches
BATCH, EXPRESSIONS = test_expressions.BATCH, test_expressions.EXPRESSIONS


def agree(f, argnums, made, points, tolerance=1e-12):
    """Compare a program with the derivative that it was made from, in numbers and in types."""
    with np.errstate(all="ignore"):  # a point may be outside of the domain of f
        ours, theirs = made(*points), value_and_grad(f, argnums)(*points)
    assert isinstance(ours[1], tuple) == isinstance(argnums, tuple)
    flat = [[y, *(g if isinstance(g, tuple) else (g,))] for y, g in (ours, theirs)]
    for found, wanted in zip(*flat, strict=True):
        assert type(found) is type(wanted)
        scale = tolerance * np.max(np.abs(wanted), initial=1.0)
        assert_allclose(found, wanted, rtol=tolerance, atol=scale, strict=True)
        for other in points:
            assert not np.ndim(found) or not np.shares_memory(found, other)


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 2e-4)])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_row(case, dtype, tolerance):
    """At the point of the trace, and at another, where other entries are the largest."""
    arrays = tuple(np.array(x, dtype)[()] for x in case.arrays)
    weights = numbers(*np.shape(case.f(*case.arrays)), seed=1).astype(dtype)
    f = lambda *xs: np.sum(weights * np.sin(case.f(*xs)))  # noqa: E731
    argnums = tuple(range(len(arrays)))
    made = program(f, *arrays, argnums=argnums)
    near = case in MATRICES
    other = tuple(x * dtype(1.01) if near else np.flip(x) if np.ndim(x) else x for x in arrays)
    for points in (arrays, other):
        for x in points:
            if isinstance(x, np.ndarray):
                x.flags.writeable = False
        agree(f, argnums, made, points, tolerance)


@pytest.mark.parametrize(
    ("first", "reuse"),
    [(k, False) for k in range(0, EXPRESSIONS, BATCH)]
    + [(k, True) for k in range(0, EXPRESSIONS, 5 * BATCH)],
)
def test_random_expressions(first, reuse, monkeypatch):
    """Also as if the arrays were large, so that memory is written to again."""
    if reuse:
        monkeypatch.setattr(_write, "LARGE", 0)
    reused = 0
    for seed in range(first, min(first + BATCH, EXPRESSIONS)):
        rng = np.random.default_rng(seed)
        shapes = [[(), (3,), (2, 3), (3, 3)][k] for k in rng.integers(4, size=3)]
        here, there = ([rng.uniform(-1.5, 1.5, s) for s in shapes] for _ in range(2))
        steps = test_expressions.random_program(rng, here)
        f = test_expressions.in_numpys_words(steps, np)
        made = program(f, *here, argnums=(0, 1, 2))
        agree(f, (0, 1, 2), made, here, 1e-11)
        try:
            with np.errstate(all="ignore"):
                f(*there)
        except ValueError as error:  # a value there is too large, or singular values are equal
            if isinstance(error, np.linalg.LinAlgError):
                with np.errstate(all="ignore"), pytest.raises(np.linalg.LinAlgError):
                    made(*there)
        else:
            agree(f, (0, 1, 2), made, there, 1e-11)
        reused += made.source.count("out=")
    assert (reused > 0) == reuse


def composite(w, x, y, z):
    a = named("a", (w + x + y + z) ** 2)
    b = named("b", (w + x - y - z) ** 2)
    u = named("u", (a + b) ** 2)
    v = named("v", (a - b) ** 2)
    return named("f", (u + v) ** 2)


def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def test_the_source_has_the_names_of_the_chapter():
    made = program(composite, 1.0, 2.0, 0.0, -1.0, argnums=(0, 1, 2, 3))
    assert made.source == textwrap.dedent("""\
        def composite(w, x, y, z):
            # w, x, y, z: float64 of shape ()
            t1 = w + x
            t2 = t1 + y + z
            a = t2 * t2
            t3 = t1 - y - z
            b = t3 * t3
            t4 = a + b
            u = t4 * t4
            t5 = a - b
            v = t5 * t5
            t6 = u + v
            f = t6 * t6
            df_du = df_dv = 2 * t6
            t7 = df_du * (2 * t5)
            t8 = df_du * (2 * t4)
            df_da = t7 + t8
            df_db = t8 - t7
            t9 = df_db * (2 * t3)
            t10 = df_da * (2 * t2)
            df_dy = df_dz = t10 - t9
            df_dw = df_dx = t9 + t10
            return f, (df_dw, df_dx, df_dy, df_dz)""")
    assert str(made) == made.source
    assert not made.constants


def test_parts_are_written_into_one_array():
    made = program(rosenbrock, np.zeros(1000))
    assert made.source.splitlines()[-4:] == [
        "    df_dx = np.zeros(1000)",
        "    df_dx[:-1] = -2.0 * t3 - t4 * (2.0 * t1)",
        "    df_dx[1:] += t4",
        "    return f, df_dx",
    ]
    agree(rosenbrock, 0, made, (numbers(1000),), 0.0)


U, X = numbers(3, 2), numbers(3, 4)


def factor_loss(V):
    return np.sum((X - U @ V) ** 2)


def test_constants_have_their_names():
    made = program(factor_loss, numbers(2, 4))
    assert "df_dV = U.T @ (-2.0 * t1)" in made.source
    assert set(made.constants) == {"U", "X"}
    assert not made.constants["U"].flags.writeable


def test_the_source_stands_by_itself():
    for f, point in ((factor_loss, numbers(2, 4)), (rosenbrock, numbers(5))):
        made = program(f, point)
        names = {"np": np, **made.constants}
        exec(made.source, names)
        for ours, theirs in zip(names[f.__name__](point), made(point), strict=True):
            assert_array_equal(ours, theirs)
        assert program(f, point).source == made.source


def test_an_array_that_changes_later_does_not_change_the_program():
    weights = np.array([1.0, 2.0])
    made = program(lambda x: np.sum(weights * x * x), np.ones(2))
    weights[:] = 0.0
    assert_array_equal(made(np.ones(2))[1], [2.0, 4.0])


def test_results_are_the_callers_own():
    c = np.array([1.0, 2.0])
    f = lambda x, y: x @ y + x @ c + y @ c  # noqa: E731
    x, y = np.array([3.0, 4.0]), np.array([5.0, 6.0])
    made = program(lambda x, y: f(x, y) * 1.0, x, y, argnums=(0, 1))
    _, (by_x, by_y) = made(x, y)
    by_x += 100.0
    by_y += 100.0
    _, again = made(x, y)
    assert_array_equal(again[0], [6.0, 8.0])
    assert_array_equal(again[1], [4.0, 6.0])
    same = program(lambda x, y: np.sum(x) + np.sum(y), x, y, argnums=(0, 1))(x, y)[1]
    equal = program(lambda x, y: np.sum(np.exp(x + y)), x, y, argnums=(0, 1))(x, y)[1]
    for a, b in (same, equal):
        a += 1.0
        assert_array_equal(a, b + 1.0)
    assert not np.shares_memory(program(lambda x: 0.5 * x @ x, x)(x)[1], x)


HERE, THERE = np.array([1.0, -2.0, 3.0]), np.array([-1.5, 2.5, 2.5])
DEPENDENT = {
    "where": lambda x: np.sum(np.where(x > 0, x**3, -x)),
    "abs": lambda x: np.sum(np.abs(x) * x),
    "ties of max": lambda x: np.max(x) ** 2,
    "maximum": lambda x: np.sum(np.maximum(x, np.flip(x)) ** 2),
    "argmax": lambda x: x[np.argmax(x)] ** 3,
    "argsort": lambda x: x[np.argsort(x)] @ np.arange(3.0),
    "sort": lambda x: np.sort(x) @ np.arange(3.0),
    "floor": lambda x: np.sum(np.floor(x) * x),
    "remainder": lambda x: np.sum(x % 0.7 * x),
    "clip": lambda x: np.sum(np.clip(x, -1.7, 2.7) ** 2),
    "count": lambda x: np.sum(x) * np.count_nonzero(x > 0),
    "astype": lambda x: np.sum((x > 0).astype(float) * x),
    "norm": lambda x: np.linalg.norm(x, 1) + np.linalg.norm(x),
    "inner derivative": lambda x: np.sum(grad(lambda y: np.sum(np.abs(y) * y))(x) * x),
}


@pytest.mark.parametrize("name", DEPENDENT)
@pytest.mark.parametrize(("here", "there"), [(HERE, THERE), (THERE, HERE)])
def test_what_depends_on_values_is_computed_at_each_call(name, here, there):
    made = program(DEPENDENT[name], here)
    agree(DEPENDENT[name], 0, made, (here,))
    agree(DEPENDENT[name], 0, made, (there,))


def test_arguments_that_do_not_move():
    def f(x, labels, rate, n, act):
        return rate * np.sum(act(x[np.arange(n), labels]))

    x, labels = numbers(4, 3), np.array([0, 2, 1, 1])
    made = program(f, x, labels, 0.5, 4, np.tanh)
    agree(f, 0, made, (numbers(4, 3, seed=3), np.array([2, 2, 0, 1]), 0.25, 4, np.tanh))
    with pytest.raises(TypeError, match=r"traced with n = 4, and was given 3"):
        made(x, labels, 0.5, 3, np.tanh)
    with pytest.raises(TypeError, match=r"act = .*, and was given"):
        made(x, labels, 0.5, 4, np.sin)
    single = program(lambda x, rate: rate * np.sum(x * x), np.ones(2, np.float32), 0.5)
    assert single(np.ones(2, np.float32), 0.5)[1].dtype == np.float32


def test_threads_run_one_program():
    made = program(rosenbrock, np.ones(1000))
    points = [numbers(1000, seed=k) for k in range(200)]
    with ThreadPoolExecutor(4) as pool:
        for x, found in zip(points, pool.map(made, points), strict=True):
            assert_array_equal(found[1], made(x)[1])
