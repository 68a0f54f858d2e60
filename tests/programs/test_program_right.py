"""What a program gets right at other numbers than those of the trace, or says that it cannot."""

import copy
import functools
import inspect
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
import test_expressions
from numpy.testing import assert_allclose, assert_array_equal
from test_program import agree

from mcalc import grad, hessian, named, program, trace, value_and_grad
from mcalc.programs import _write

MASK = np.array([True, False, True])
ONES, MANY = np.ones(3), np.full(300, 2.0)
TWOS = np.array([[2.0, 0.5], [0.5, 1.0]])


def signed(f):
    return lambda x, y: np.sum(f(x, y))


# f, the arguments of the trace, and others.
RIGHT = {
    "sign of %": (lambda x: -(x % 2.0 * 3.0), (4.0,), (5.0,)),
    "sign of //": (lambda x, y: np.mod(x, y) * 2.0, (0.0, 0.4), (1.3, 0.4)),
    "empty slice": (lambda x: np.sum(x[300:] ** 2) + np.sum(np.cos(x)), (MANY,), (MANY / 3,)),
    "empty and whole": (lambda x: np.sum(np.cos(x)) + np.sum(x[3:]), (ONES,), (ONES / 3,)),
    "all but one": (lambda x: np.sum(x[1:] ** 2) - np.sum(x[2:] ** 3), (ONES,), (ONES / 3,)),
    "None": (lambda p: np.sum((p[:, None] - p[None]) ** 2), (ONES,), (np.arange(3.0),)),
    "None of a number": (lambda v: np.sum(np.sum(v)[None] * v), (ONES,), (np.arange(3.0),)),
    "... of a number": (lambda x: x[...] * x, (2.0,), (3.0,)),
    "... of a sum": (lambda x: np.sum(x[...] * np.sum(x)[...]), (ONES,), (np.arange(3.0),)),
    "() of a number": (lambda x: x[()] * x, (2.0,), (3.0,)),
    "float32": (
        lambda x: np.einsum("i,i", x, np.exp(x)),
        (np.float32(ONES),),
        (np.float32([1, 2, 0.5]),),
    ),
    "float32 where": (
        lambda x: np.sum(np.where(x > 0, np.float32(2), x) * x),
        (np.float32(ONES),),
        (np.float32([1, -2, 0.5]),),
    ),
    "a minimum": (lambda r: 4 * ((1 / r) ** 12 - (1 / r) ** 6), (2 ** (1 / 6),), (1.5,)),
    "a zero": (lambda r: 4 * ((1 / r) ** 12 - (1 / r) ** 6), (1.0,), (1.5,)),
    "a zero of rounding": (lambda x: np.sin(x) + np.cos(x + np.pi / 2), (np.pi,), (2.0,)),
    "a mean of none": (lambda x: np.sum(x[3:]) / (1 + len(x[3:])), (ONES,), (np.arange(3.0),)),
    "1 / 0.0": (lambda x, y: x / y, (1.0, np.float64(0.0)), (1.0, np.float64(2.0))),
    "root of a negative number": (lambda x: x**0.5, (1.0,), (-1.0,)),
    "largest": (lambda x: x[np.argmax(x)] ** 3, (np.arange(3.0),), (np.array([1.0, 9.0, 2.0]),)),
    "count": (lambda x: np.sum(x) * np.sum(x > 0), (ONES,), (np.array([1.0, -9.0, 2.0]),)),
    "table": (
        lambda x, table, i: np.sum(x * table[i]),
        (ONES, np.arange(9.0).reshape(3, 3), 1 + np.zeros((), int)),
        (ONES * 2, np.arange(9.0).reshape(3, 3), np.int64(2)),
    ),
    "eigenvalues": (lambda A: np.sum(np.linalg.eigvalsh(A) ** 2), (TWOS,), (TWOS + np.eye(2),)),
    "eigenvectors": (lambda A: np.sum(np.linalg.eigh(A)[1] ** 3), (TWOS,), (TWOS + np.eye(2),)),
    "several results": (
        lambda x, A: (
            x @ np.split(A, 2)[1][0] * np.linalg.slogdet(A)[1] + np.sum(np.divmod(A, 2)[1])
        ),
        (ONES[:2], TWOS),
        (ONES[:2], TWOS + np.eye(2)),
    ),
    "einsum in lists": (
        lambda A: np.sum(np.einsum(A, [..., 0], A, [..., 0], [...]) ** 2),
        (TWOS,),
        (TWOS + np.eye(2),),
    ),
    "places of a triangle": (
        lambda x, A: np.sum(x * A[np.tril_indices_from(A)]),
        (ONES, TWOS),
        (ONES, TWOS + np.eye(2)),
    ),
    "singular values": (
        lambda A: np.sum(np.linalg.svd(A, compute_uv=False) * np.arange(1.0, 3.0)),
        (TWOS,),
        (TWOS @ TWOS,),
    ),
    "singular det": (np.linalg.det, (TWOS,), (np.ones((2, 2)),)),
    "constant mask": (lambda x: np.sum(x[MASK] ** 2), (ONES,), (np.arange(3.0),)),
    "mask": (lambda x, m: np.sum(np.where(m, x, 0.0)), (ONES, MASK), (2 * ONES, ~MASK)),
    "indices": (lambda x, i: np.sum(x[i] ** 2), (ONES, MASK + 0), (np.arange(3.0), 2 - MASK)),
    "one index": (lambda x, i: np.sum(x[i] ** 2), (ONES[:1], MASK * 0), (ONES[:1] * 2, MASK * 0)),
    "loop over indices": (
        lambda x, y: sum(x[i] for i in np.argsort(y)[:2]),
        (np.arange(3.0), np.array([3.0, 1.0, 2.0])),
        (np.arange(3.0), np.array([1.0, 2.0, 0.0])),
    ),
    "matrix of integers": (
        lambda x, A: np.sum(x[:2] @ np.linalg.inv(A)),
        (ONES, np.array([[2, 1], [1, 3]])),
        (ONES, np.array([[4, 1], [1, 3]])),
    ),
    "average": (
        lambda x, w: x[0] * np.average(w, weights=w),
        (ONES, np.array([1, 2])),
        (ONES, np.array([5, 2])),
    ),
    "Python's floats": (
        lambda x, r: r * np.sum(x) / (1 + r) ** 2 - r // 0.3,
        (np.float32(ONES), 0.7),
        (np.float32(ONES), 0.9),
    ),
    "Hessian": (
        lambda x: np.trace(hessian(lambda y: np.sum(y**3 * y[0]))(x)),
        (ONES,),
        (np.arange(3.0),),
    ),
    "inner gradient": (
        lambda x: np.sum(grad(lambda y: np.sum(y**3))(x) ** 2),
        (ONES,),
        (2 * ONES,),
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_the_right_value_at_other_numbers(name):
    f, here, there = RIGHT[name]
    tolerance = 2e-6 if here[0].__class__ is np.ndarray and here[0].dtype == "f4" else 1e-13
    made = program(f, *here)
    for points in (here, there, here):
        with np.errstate(all="ignore"):
            agree(f, 0, made, points, tolerance)


W = np.arange(1.0, 7.0)
OPTIONS = {
    "ravel": lambda x, y: x * np.sum(np.ravel(y, order="F") * W),
    "ravel, order by position": lambda x, y: x * np.sum(np.ravel(y, "F") * W),
    "reshape": lambda x, y: x * np.sum(np.reshape(y, (6,), order="F") * W),
    "reshape, order by position": lambda x, y: x * np.sum(np.reshape(y, (6,), "F") * W),
    "reshape of it": lambda x, y: x * np.sum(np.reshape(np.reshape(y, (3, 2), "F"), (6,)) * W),
    "it of reshape": lambda x, y: (
        x * np.sum(np.reshape(np.reshape(y, (3, 2)), (6,), order="F") * W)
    ),
    "sum from": lambda x, y: x * np.sum(-y, initial=5.0),
    "sum where": lambda x, y: x * np.sum(-y, where=y > 2),
    "sum in float32": lambda x, y: x * np.sum(-y, 0, np.float32)[0],
    "mean in float32": lambda x, y: x * np.mean(y, dtype=np.float32),
    "mean where": lambda x, y: x * np.mean(y, where=y > 2),
    "max from": lambda x, y: x * np.max(y, initial=4.0),
    "std": lambda x, y: x * np.std(y, ddof=1),
    "transpose": lambda x, y: x * np.sum(np.transpose(y, axes=(-1, 0)) @ W[:2]),
    "swapaxes": lambda x, y: x * np.sum(np.swapaxes(y, axis2=0, axis1=1) @ W[:2]),
    "sort": lambda x, y: x * np.sum(np.sort(y, axis=None, kind="stable") * W),
    "clip": lambda x, y: x * np.sum(np.clip(y, min=1, max=3)),
    "bits": lambda x, y: x * np.sum(((y > 1) & ~(y > 4)) | ((y == 0) ^ (y > 2))),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_of_functions_that_do_not_move(name):
    f, A = OPTIONS[name], np.arange(6.0).reshape(2, 3)
    made = program(f, 2.0, A)
    for y in (A, A[::-1] ** 1.5, np.asfortranarray(A + 0.5)):
        agree(f, 0, made, (3.0, y))


def sum_of_logs(A):
    for jitter in (0.0, 1e-6):
        try:
            L = np.linalg.cholesky(A + jitter * np.eye(2))
            break
        except np.linalg.LinAlgError:
            continue
    return np.sum(np.log(np.diagonal(L)))


def test_what_fails_in_f_fails_in_the_program():
    """A trace sees no failure, so it takes the way without one; it does not freeze another."""
    singular = np.ones((2, 2))
    assert np.isfinite(sum_of_logs(singular))
    with pytest.raises(np.linalg.LinAlgError):
        program(sum_of_logs, singular)
    made = program(sum_of_logs, TWOS)
    agree(sum_of_logs, 0, made, (2 * TWOS,))
    with pytest.raises(np.linalg.LinAlgError):
        made(singular)


def test_where_a_derivative_does_not_exist_the_program_raises():
    f = lambda A: np.linalg.eigvalsh(A)[0]  # noqa: E731
    made = program(f, np.diag([1.0, 2.0]))
    assert "require(" in made.source
    for derivative in (made, value_and_grad(f)):
        with pytest.raises(np.linalg.LinAlgError, match="repeated eigenvalue"):
            derivative(np.eye(2))
    assert_array_equal(made(np.diag([1.0, 2.0]))[1], np.diag([1.0, 0.0]))
    kink = program(lambda A: np.linalg.norm(A, "nuc"), TWOS)
    with pytest.raises(np.linalg.LinAlgError, match="singular value 0"):
        kink(np.diag([1.0, 0.0]))


def test_memory_of_which_there_is_a_view_is_not_written_to(monkeypatch):
    monkeypatch.setattr(_write, "LARGE", 0)

    def f(x):
        t = x + 1.0
        view, floor = t[::-1], np.floor(t)
        return np.sum(view * floor) + np.sum(view * view) + np.sum(floor * x)

    made = program(f, np.array([0.3, 1.4, 2.6]))
    assert "= t1[::-1]" in made.source
    agree(f, 0, made, (np.array([2.3, -1.4, 0.6]),), 1e-15)


def test_numbers_are_joined_only_where_that_changes_no_digit():
    f = lambda x: x * 0.1 * 0.3  # noqa: E731
    made = program(f, 1.0)
    xs = np.random.default_rng(0).uniform(1.0, 2.0, 200)
    assert [made(x)[0] for x in xs] == [f(x) for x in xs]
    assert "2.0 * x" in program(lambda x: x * 4.0 * 0.5, 1.0).source


def test_values_at_the_trace_are_of_no_effect():
    """Programs of the same shapes are the same text, whatever the numbers."""
    f = lambda x: np.sum(np.sort(np.abs(x) ** x))  # noqa: E731
    assert program(f, np.zeros(3)).source == program(f, np.array([3.0, 1.0, -2.0])).source


def expression(rng, depth):
    """Return the text of a random expression in x, y, numbers and all of Python's operators."""
    if depth == 0:
        return str(rng.choice(["x", "y", "2.0", "0.5", "3", "-1.5"]))
    a, b = expression(rng, depth - 1), expression(rng, rng.integers(depth))
    sign = rng.choice(["+", "-", "*", "/", "%", "//", "**", "neg", "where"])
    if sign == "neg":
        return f"(-({a}))"
    if sign == "where":
        return f"np.where(({a}) > ({b}), {b}, {a})"
    return f"(abs({a}) ** 0.5)" if sign == "**" else f"(({a}) {sign} ({b}))"


FIRST = range(0, test_expressions.EXPRESSIONS, test_expressions.BATCH)


@pytest.mark.parametrize("first", FIRST)
def test_random_texts(first):
    """Precedence and signs, at a second point; numbers, arrays and mixtures, both precisions."""
    for seed in range(first, first + test_expressions.BATCH):
        rng = np.random.default_rng(seed)
        text = expression(rng, 4)
        f = eval(f"lambda x, y: np.sum(({text}) * x)", {"np": np})
        dtype = [np.float64, np.float32][rng.integers(2)]
        shapes = [[(), (3,), (2, 3)][k] for k in rng.integers(3, size=2)]
        here, there = ([dtype(rng.uniform(-3, 3, s))[()] for s in shapes] for _ in range(2))
        with np.errstate(all="ignore"):
            try:
                expected = [value_and_grad(f, (0, 1))(*points) for points in (here, there)]
            except ZeroDivisionError:  # of Python's numbers
                continue
            made = program(f, *here, argnums=(0, 1))
            for points, theirs in zip((here, there), expected, strict=True):
                ours = made(*points)
                for found, wanted in zip((ours[0], *ours[1]), (theirs[0], *theirs[1]), strict=True):
                    scale = np.max(np.abs(wanted), initial=1.0, where=np.isfinite(wanted))
                    digits = 64 * np.finfo(dtype).eps
                    assert_allclose(
                        found,
                        wanted,
                        digits,
                        digits * scale,
                        err_msg=f"{seed}: {text}",
                        strict=True,
                    )


def residuals(x, data, act):
    """Return half the sum of squares."""
    return 0.5 * np.sum((act(x) - data) ** 2)


def test_a_program_can_be_pickled():
    args = ONES, np.arange(3.0), np.tanh
    made = program(residuals, *args)
    for again in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made)):
        assert again.source == made.source
        assert again.arguments == made.arguments
        assert_array_equal(again(*args)[1], made(*args)[1])
        with pytest.raises(TypeError, match="trace again"):
            again(ONES, np.arange(3.0), np.sin)
    weights = np.arange(3.0)
    bound = program(lambda x: np.sum(weights * np.linalg.solve(np.diag(x), weights)), ONES)
    again = pickle.loads(pickle.dumps(bound))
    assert not again.constants["weights"].flags.writeable
    assert_array_equal(again(2 * ONES)[1], bound(2 * ONES)[1])
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        assert_array_equal(pool.submit(made, *args).result(timeout=60)[1], made(*args)[1])


def test_a_function_without_a_name_cannot_be_pickled():
    made = program(lambda x, act: np.sum(act(x)), ONES, lambda x: x * x)
    with pytest.raises((pickle.PicklingError, AttributeError), match=r"pickle .*lambda"):
        pickle.dumps(made)


def test_a_program_bears_the_name_of_its_function():
    made = program(residuals, ONES, np.arange(3.0), np.tanh)
    assert (made.__name__, made.__module__) == ("residuals", __name__)
    assert made.__doc__.splitlines() == [
        "The value and the gradient of residuals, as a program.",
        "",
        "Return half the sum of squares.",
    ]
    assert pickle.loads(pickle.dumps(made)).__doc__ == made.__doc__
    assert list(inspect.signature(made).parameters) == ["x", "data", "act"]

    @functools.wraps(made)
    def wrapper(*args):
        return made(*args)

    assert wrapper.__name__ == "residuals"
    assert program(functools.partial(residuals, act=np.tanh), ONES, ONES).__name__ == "f"


def test_a_notebook_shows_code():
    made = program(residuals, ONES, np.arange(3.0), np.tanh)
    shown = made._repr_mimebundle_(include=None, exclude=None)
    assert shown["text/plain"] == made.source == repr(made)
    assert shown["text/markdown"] == f"```python\n{made.source}\n```"


def test_a_notebook_shows_a_graph():
    graph = trace(lambda x, y: named("u", x * y) + np.exp(x), 2.0, 3.0)
    shown = graph._repr_mimebundle_(include=None, exclude=None)
    assert shown["text/plain"].splitlines() == [
        "x: 2",
        "y: 3",
        "u = multiply(x, y): 6",
        "exp = exp(x): 7.38906",
        "add = add(u, exp): 13.3891",
    ]
    assert shown["image/svg+xml"].startswith("<?xml")
    assert shown == graph._repr_mimebundle_()
    arrays = trace(lambda x: np.sum(x * x), ONES)._repr_mimebundle_()
    assert "x: float64 of shape (3,)" in arrays["text/plain"]
    assert "image/svg+xml" in arrays
    assert (
        "image/svg+xml" not in trace(lambda x: sum(x for _ in range(40)), 1.0)._repr_mimebundle_()
    )


def test_inputs_are_named_as_the_parameters_of_what_was_wrapped():
    @functools.wraps(residuals)
    def wrapper(*args, **kwargs):
        return np.sum(args[0] * args[1])

    assert [node.name for node in trace(wrapper, ONES, ONES).inputs] == ["x", "data"]
    assert program(wrapper, ONES, ONES).arguments[1] == "data: float64 of shape (3,)"


def steps(y, k, n):
    """Runge and Kutta's method of order four, for a pendulum."""

    def slope(y):
        return np.stack([y[1], -k * np.sin(y[0])])

    for _ in range(n):
        a = slope(y)
        b = slope(y + 0.005 * a)
        c = slope(y + 0.005 * b)
        y = y + 0.01 / 6 * (a + 2 * b + 2 * c + slope(y + 0.01 * c))
    return y @ y


def test_a_long_program_grows_as_its_function():
    """In lines, calls and checks; how long that takes is the benchmark's to say."""
    lengths = [len(program(steps, np.array([1.0, 0.0]), 2.0, n).source) for n in (20, 40, 80)]
    assert lengths[2] - lengths[1] < 2.2 * (lengths[1] - lengths[0])
    made = program(steps, np.array([1.0, 0.0]), 2.0, 40, argnums=(0, 1))
    agree(steps, (0, 1), made, (np.array([0.5, 1.0]), 3.0, 40))
