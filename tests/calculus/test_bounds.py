"""What a solver, a model, a layout or a figure does at its bounds and by default."""

import re

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import classify, gradient_descent, linear_model, newton, plotting, quadratic_model
from mcalc.layout import arrange

STOPS = {
    "at the tolerance": ({"tol": 2.0}, 0, True,
                         "the norm of the gradient is 2.0e+00, at most 2.0e+00"),
    "above it": ({"tol": 1.99, "max_iter": 0}, 0, False,
                 "0 steps were taken, and the norm of the gradient is 2.0e+00"),
    "after a step": ({"tol": 1.0}, 1, True, "the norm of the gradient is 1.0e+00, at most 1.0e+00"),
    "after the last step": ({"tol": 1.0, "max_iter": 1}, 1, True,
                            "the norm of the gradient is 1.0e+00"),
    "a step too few": ({"tol": 0.5, "max_iter": 1}, 1, False,
                       "1 steps were taken, and the norm of the gradient is 1.0e+00"),
    "exactly": ({"tol": 0.0, "max_iter": 9}, 9, False, "9 steps were taken"),
}  # fmt: skip


@pytest.mark.parametrize(("options", "nit", "success", "message"), STOPS.values(), ids=STOPS)
def test_descent_stops_as_soon_as_it_may(options, nit, success, message):
    """On w² from 1, by a rate that halves the gradient 2 at each step."""
    result = gradient_descent(lambda w: w * w, 1.0, learning_rate=0.25, **options)
    assert (result.nit, result.success) == (nit, success)
    assert result.message.startswith(message)
    assert_allclose(result.path, 0.5 ** np.arange(nit + 1))
    assert_allclose([result.x, result.fun, result.jac], [0.5**nit, 0.25**nit, 2 * 0.5**nit])


def test_solvers_have_defaults():
    slow = gradient_descent(lambda w: w * w, 1.0, learning_rate=1e-9)
    assert (slow.nit, slow.success) == (1000, False)
    exact = gradient_descent(lambda w: w * w, 1.0, learning_rate=0.25)
    assert (exact.nit, exact.success) == (21, True)  # 2 · 2⁻²¹ is the first below 1e-6
    root = newton(lambda w: w**4, 1.0)  # each step leaves two thirds
    assert root.success
    assert root.nit == 21  # the first n for which 4 (2/3)**(3 n) is at most 1e-10
    forever = newton(lambda w: w**4, 1.0, tol=0.0)
    assert (forever.nit, forever.success) == (50, False)


@pytest.mark.parametrize("name", ["learning_rate"])
@pytest.mark.parametrize("value", [0.0, -0.1, np.inf, np.nan])
def test_a_rate_is_positive_and_finite(name, value):
    with pytest.raises(ValueError, match=f"{name} is {value}; it must be positive and finite"):
        gradient_descent(lambda w: w * w, 1.0, **{name: value})


@pytest.mark.parametrize(
    "solve", [newton, lambda f, x, **o: gradient_descent(f, x, learning_rate=0.1, **o)]
)
def test_bounds_that_mean_nothing_are_refused(solve):
    for options, text in (
        ({"tol": -1e-9}, "tol is -1e-09; it must not be negative"),
        ({"tol": np.nan}, "tol is nan"),
        ({"max_iter": -1}, "max_iter is -1; give a number of steps"),
        ({"max_iter": 2.0}, "max_iter is 2.0"),
    ):
        with pytest.raises(ValueError, match=re.escape(text)):
            solve(lambda w: w * w, 1.0, **options)


def test_a_step_of_fixed_length_is_that_long_in_any_shape():
    f = lambda X: np.sum(X**2) / 2  # noqa: E731
    start = np.array([[3.0, 0.0], [0.0, -4.0]])
    found = gradient_descent(f, start, learning_rate=0.5, fixed_length=True, max_iter=3)
    assert_allclose(
        [np.linalg.norm(x - y) for x, y in zip(found.path, found.path[1:], strict=False)], 0.5
    )
    assert_allclose(found.x, start * (1 - 1.5 / 5))


def test_newton_goes_to_a_maximum_and_to_a_saddle_as_readily():
    for signs in ([1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]):
        d = np.array(signs)
        found = newton(
            lambda x, d=d: np.sum(d * (x - 1) ** 2) + 0.25 * x[0] * x[1], np.array([3.0, -2.0])
        )
        assert (found.nit, found.success) == (1, True)
        assert_allclose(found.jac, 0.0, atol=1e-12)


def test_newton_says_at_which_step_its_hessian_is_singular():
    found = newton(lambda w: w**3 / 3 + w, 1.0)  # the next point is 0, where it bends no more
    assert (found.nit, found.success) == (1, False)
    assert found.message == "the Hessian is singular at step 1"
    assert_array_equal(found.path, [1.0, 0.0])


@pytest.mark.parametrize(("slope", "critical"), [(0.0, True), (0.9e-6, True), (1.1e-6, False)])
def test_a_gradient_is_zero_up_to_the_tolerance(slope, critical):
    def f(x):
        return x[0] ** 2 / 2 - x[1] ** 2 / 2 + slope * x[1]

    if critical:
        assert classify(f, np.zeros(2)).kind == "saddle point"
    else:
        with pytest.raises(ValueError, match="needs a critical point"):
            classify(f, np.zeros(2))
        assert classify(f, np.zeros(2), tol=1e-5).kind == "saddle point"


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6])
def test_the_tolerance_of_an_eigenvalue_grows_with_the_largest_one(scale):
    zero = 1e-6 * max(1.0, scale)
    for factor, kind in ((0.9, "undecided"), (1.1, "local minimum")):
        small = factor * zero
        found = classify(lambda x, s=small: (scale * x[0] ** 2 + s * x[1] ** 2) / 2, np.zeros(2))
        assert found.kind == kind
        assert_allclose(found.eigenvalues, [small, scale], rtol=1e-6)
        found = classify(lambda x, s=small: (-scale * x[0] ** 2 - s * x[1] ** 2) / 2, np.zeros(2))
        assert found.kind == ("undecided" if factor < 1 else "local maximum")
        found = classify(lambda x, s=small: (scale * x[0] ** 2 - s * x[1] ** 2) / 2, np.zeros(2))
        assert found.kind == ("undecided" if factor < 1 else "saddle point")


def test_a_critical_point_is_that_of_the_caller_and_shows_its_kind():
    x = np.zeros((1, 2))
    found = classify(lambda x: x[0, 0] ** 2 - 3 * x[0, 1] ** 2, x)
    assert_array_equal(found.x, x)
    assert repr(found) == "CriticalPoint(kind='saddle point', eigenvalues=array([-6.,  2.]))"


def test_a_model_is_a_value_a_slope_and_half_a_curvature():
    f = lambda x: 2.0 + 3.0 * x[0] - x[1] + 2 * x[0] ** 2 + x[0] * x[1]  # noqa: E731
    at = np.array([1.0, 2.0])
    d = np.array([1.0, 2.0])
    linear, quadratic = linear_model(f, at), quadratic_model(f, at)
    assert (linear.value, quadratic.value) == (7.0, 7.0)
    assert_array_equal(linear.gradient, [9.0, 0.0])
    assert_array_equal(quadratic.hessian, [[4.0, 1.0], [1.0, 0.0]])
    assert linear(at + d) == 16.0
    assert quadratic(at + d) == f(at + d) == 20.0
    third = quadratic_model(lambda t: t**3, 2.0)
    assert (third(2.0), third(3.0), third(1.0)) == (8.0, 26.0, 2.0)
    assert_array_equal(third(np.array([[3.0, 1.0]])), [[26.0, 2.0]])


ARRANGED = {
    "a number": ((), (), (), ()),
    "a gradient": ((3,), (3,), (3,), (1, 3)),
    "the gradient by a matrix": ((2, 3), (2, 3), (2, 3), (3, 2)),
    "a curve": ((3,), (), (1, 3), (3,)),
    "a Jacobian": ((2, 3), (3,), (3, 2), (2, 3)),
    "a matrix of functions": ((2, 3), (), (3, 2), (2, 3)),
}


@pytest.mark.parametrize(("J", "x", "denominator", "numerator"), ARRANGED.values(), ids=ARRANGED)
def test_the_shape_of_each_layout(J, x, denominator, numerator):
    numbers = np.arange(float(np.prod(J, dtype=int))).reshape(J)
    for layout, shape in (("denominator", denominator), ("numerator", numerator)):
        for partials in (numbers, torch.tensor(numbers)):
            found = arrange(partials, np.zeros(x), layout=layout)
            assert tuple(found.shape) == shape
            flat = numbers.T if shape == J[::-1] and len(J) == 2 and shape != J else numbers
            assert_array_equal(np.ravel(found), np.ravel(flat))


@pytest.fixture
def ax():
    """Return Axes of a figure that is closed after the test."""
    yield plt.figure().subplots()
    plt.close("all")


def bowl(x):
    return x @ x


def test_a_surface_ends_at_the_bounds_of_what_is_drawn():
    ax = plt.figure().add_subplot(projection="3d")
    drawn = []
    ax.plot_surface = lambda X, Y, Z, **options: drawn.append((Z, options))
    for clip in ((1.0, 1.5), (0.5, 1.0)):
        plotting.surface(ax, bowl, (-1, 1), (-1, 1), n=3, clip=clip, alpha=0.5, linewidth=2)
        Z, options = drawn.pop()
        assert_array_equal(Z, [[np.nan, 1.0, np.nan], [1.0, np.nan, 1.0], [np.nan, 1.0, np.nan]])
        assert (options["linewidth"], options["alpha"]) == (2, 0.5)
    plotting.surface(ax, bowl, (-1, 1), (-1, 1))
    ((Z, options),) = drawn
    assert Z.shape == (41, 41)
    assert np.isfinite(Z).all()
    plt.close("all")


def test_level_curves_by_default(ax):
    seen = []

    def counted(x):
        seen.append(x)
        return float(x @ x)

    plotting.level_curves(ax, counted, (-1, 1), (-2, 2))
    assert len(seen) == 101**2
    (curves,) = ax.collections
    assert 9 <= len(curves.levels) <= 14
    assert_array_equal(np.unique(curves.get_linewidths()), [1.5])


def test_a_line_of_a_slope_goes_through_the_first_error_of_the_first(ax):
    h = np.array([0.2, 0.1, 0.05])
    plotting.convergence(ax, h, {"a": 7 * h, "b": h**2, "c": h**3, "d": h}, slopes=[1.5])
    line = ax.lines[-1]
    assert line.get_label() == "slope 1.5"
    assert_allclose(line.get_ydata(), 1.4 * np.array([1.0, 0.5, 0.25]) ** 1.5)
    assert [line.get_marker() for line in ax.lines[:4]] == ["o", "s", "D", "^"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "error")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "a",
        "b",
        "c",
        "d",
        "slope 1.5",
    ]


def test_figures_are_drawn_for_a_page_and_are_the_same_in_every_build():
    with mpl.rc_context():
        plotting.use_style()
        for name in ("figure.facecolor", "axes.facecolor"):
            assert mpl.rcParams[name] == "none"
        assert mpl.rcParams["svg.hashsalt"] == "mcalc"
        assert mpl.rcParams["svg.fonttype"] == "path"
        assert not mpl.rcParams["axes.spines.top"]
        assert not mpl.rcParams["axes.spines.right"]
        assert mpl.rcParams["axes.grid"]
