"""The solvers against closed forms, on both kinds of arrays."""

import numpy as np
import pytest
import torch

from mcalc import classify, grad, gradient_descent, newton


def bump(x):
    exp = torch.exp if isinstance(x, torch.Tensor) else np.exp
    return x[0] * exp(-(x[0] ** 2) - x[1] ** 2)


def square(w):
    return w**2


@pytest.mark.parametrize(
    ("fixed_length", "rate", "expected"),
    [(False, 0.1, 8.0), (True, 0.1, 9.9), (False, 1.1, -12.0), (True, 1.1, 8.9)],
)
def test_one_step_of_each_kind(fixed_length, rate, expected):
    result = gradient_descent(
        square, 10.0, learning_rate=rate, fixed_length=fixed_length, max_iter=1
    )
    assert np.isclose(result.x, expected)
    assert result.nit == 1
    assert not result.success
    assert "1 steps were taken" in result.message


def test_descent_converges_at_its_known_rate():
    result = gradient_descent(square, 10.0, learning_rate=0.25, tol=1e-8)
    assert result.success
    assert np.allclose(result.path, 10.0 * 0.5 ** np.arange(result.nit + 1))


def test_a_step_too_long_diverges_and_says_so():
    with np.errstate(all="ignore"):
        result = gradient_descent(square, 10.0, learning_rate=1.5, max_iter=10**4)
    assert not result.success
    assert "diverged" in result.message


@pytest.mark.parametrize("array", [np.array, lambda x: torch.tensor(x, dtype=torch.float64)])
@pytest.mark.parametrize(("start", "limit"), [(-1.0, -(0.5**0.5)), (1.0, 0.5**0.5)])
def test_newton_goes_to_the_stationary_point_on_its_side(array, start, limit):
    result = newton(bump, array([start, 0.0]))
    assert result.success
    assert np.allclose(result.x, [limit, 0.0])
    assert np.allclose(result.path[1:3, 0], [start / 2, 0.7 * start])


def test_newton_solves_a_quadratic_of_any_shape_in_one_step():
    target = np.arange(6.0).reshape(2, 3)
    result = newton(lambda X: np.sum((X - target) ** 2), np.zeros((2, 3)))
    assert (result.nit, result.success) == (1, True)
    assert np.allclose(result.x, target)


def test_newton_reports_a_singular_hessian():
    result = newton(lambda x: x[0] ** 3 + 0.0 * x[1], np.array([1.0, 1.0]))
    assert not result.success
    assert "the Hessian is singular at step 0" in result.message


@pytest.mark.parametrize("answer", [np.nan, np.inf])
def test_newton_looks_itself_whether_the_system_was_solved(monkeypatch, answer):
    """NumPy in a browser gives NaN for a singular matrix, where LAPACK here is an error."""
    monkeypatch.setattr(np.linalg, "solve", lambda H, g: np.full_like(g, answer))
    result = newton(lambda x: x[0] ** 3 + 0.0 * x[1], np.array([1.0, 1.0]))
    assert not result.success
    assert "the Hessian is singular at step 0" in result.message
    assert result.x.tolist() == [1.0, 1.0]


def test_newton_tells_a_hessian_that_is_not_finite_from_a_singular_one():
    def f(x):
        return x[0] ** 2 + np.where(x[1] > 0, x[1] ** 1.5, 0.0) + x[0] * x[1]

    with np.errstate(all="ignore"):
        result = newton(f, np.array([1.0, 0.0]))
    assert not result.success
    assert "the Hessian is not finite at step 0" in result.message


def test_newton_does_not_take_an_error_of_f_for_a_singular_hessian():
    def f(x):
        return np.sum(np.linalg.eigvalsh(np.diag(x)) ** 2)

    assert np.allclose(grad(f)(np.ones(2)), 2.0)
    with pytest.raises(np.linalg.LinAlgError, match="repeated eigenvalue"):
        newton(f, np.ones(2))


def test_a_value_that_is_not_finite_is_no_success():
    wall = lambda x: np.where(x > 1.0, np.inf, x * x)  # noqa: E731
    result = gradient_descent(wall, 2.0, learning_rate=0.1)
    assert not result.success
    assert "diverged" in result.message


def test_a_gradient_too_long_to_be_measured_diverges_and_nothing_warns():
    result = gradient_descent(lambda w: 1e200 * np.sum(w), np.zeros(2), learning_rate=0.1)
    assert (result.success, result.nit) == (False, 0)
    assert result.message == "diverged: the value or the gradient is not finite at step 0"


def test_the_start_is_not_changed_and_the_path_is_a_copy():
    start = np.array([3.0, 4.0])
    result = gradient_descent(lambda x: x @ x, start, learning_rate=0.1, max_iter=3)
    result.path[0] = 0.0
    assert np.array_equal(start, [3.0, 4.0])
    stopped = gradient_descent(lambda x: x @ x, start, learning_rate=0.1, max_iter=0)
    start[:] = 0.0
    assert np.array_equal(stopped.x, [3.0, 4.0])


@pytest.mark.parametrize("array", [np.array, lambda x: torch.tensor(x, dtype=torch.float64)])
@pytest.mark.parametrize("fixed_length", [False, True])
def test_descent_on_a_container_is_descent_on_all_its_numbers(array, fixed_length):
    def f(w, b):
        return (w[0] ** 2).sum() * 0.5 + (w[1] - b) ** 2

    options = {"learning_rate": 0.1, "fixed_length": fixed_length, "max_iter": 3}
    start = {"w": (array([3.0, -4.0]), array(2.0)), "b": array(1.0), "none": None}
    found = gradient_descent(lambda p: f(p["w"], p["b"]), start, **options)
    whole = array([3.0, -4.0, 2.0, 1.0])
    alone = gradient_descent(lambda x: f((x[:2], x[2]), x[3]), whole, **options)
    for field in ("x", "jac"):
        tree, flat = getattr(found, field), np.asarray(getattr(alone, field))
        assert tree.keys() == start.keys()
        assert type(tree["w"]) is tuple
        assert np.allclose(tree["w"][0], flat[:2], rtol=1e-14)
        assert np.allclose([tree["w"][1], tree["b"]], flat[2:], rtol=1e-14)
    assert np.allclose(found.path["w"][0], np.asarray(alone.path)[:, :2], rtol=1e-14)
    assert np.allclose(found.path["b"], np.asarray(alone.path)[:, 3], rtol=1e-14)
    assert found.path["w"][0].shape == (4, 2)
    assert (found.nit, found.message) == (alone.nit, alone.message)
    assert start["w"][0].tolist() == [3.0, -4.0]


def test_the_container_of_the_start_may_change_meanwhile():
    start = {"w": 1.0}

    def f(p):
        start["more"] = 1.0
        return p["w"] ** 2

    found = gradient_descent(f, start, learning_rate=0.25, max_iter=2)
    assert found.x == {"w": 0.25}
    assert found.path["w"].tolist() == [1.0, 0.5, 0.25]


def test_descent_names_the_part_that_is_wrong():
    with pytest.raises(TypeError, match=r"x0\['w'\]\[1\] is the int 2; write 2\.0"):
        gradient_descent(lambda p: p["w"][0], {"w": [1.0, 2]}, learning_rate=0.1)
    for nothing in (None, {}):
        with pytest.raises(TypeError, match=r"x0 is a \w+; pass a float"):
            gradient_descent(square, nothing, learning_rate=0.1)


def test_newton_takes_one_array():
    with pytest.raises(TypeError, match=r"newton needs .* but x0 is a dict; pass a float"):
        newton(lambda p: p["w"] ** 2, {"w": 1.0})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"learning_rate": 0.0}, "learning_rate is 0.0; it must be positive"),
        ({"learning_rate": -1.0}, "learning_rate is -1.0; it must be positive"),
        ({"learning_rate": float("nan")}, "learning_rate is nan"),
        ({"learning_rate": 0.1, "tol": -1.0}, "tol is -1.0"),
        ({"learning_rate": 0.1, "max_iter": -1}, "max_iter is -1"),
        ({"learning_rate": 0.1, "max_iter": 1.5}, "max_iter is 1.5"),
    ],
)
def test_options_out_of_range(options, message):
    with pytest.raises(ValueError, match=message):
        gradient_descent(square, 10.0, **options)


@pytest.mark.parametrize(
    ("f", "x", "kind"),
    [
        (lambda x: x @ x, [0.0, 0.0], "local minimum"),
        (lambda x: -x @ x, [0.0, 0.0], "local maximum"),
        (lambda x: x[0] * x[1], [0.0, 0.0], "saddle point"),
        (lambda x: x[0] ** 2 * x[1] + x[0] * x[1] ** 2, [0.0, 0.0], "undecided"),
        (lambda x: x[0] ** 2 + x[1] ** 4, [0.0, 0.0], "undecided"),
        (bump, [-(0.5**0.5), 0.0], "local minimum"),
        (lambda x: 3 * x**4 - 4 * x**3 - 12 * x**2, 0.0, "local maximum"),
        (lambda x: 3 * x**4 - 4 * x**3 - 12 * x**2, 2.0, "local minimum"),
    ],
)
def test_classify(f, x, kind):
    point = np.array(x) if isinstance(x, list) else x
    assert classify(f, point).kind == kind


def test_classify_takes_tensors():
    x = torch.tensor([0.5**0.5, 0.0], dtype=torch.float64)
    assert classify(bump, x).kind == "local maximum"


def test_classify_refuses_a_point_that_is_not_critical():
    with pytest.raises(ValueError, match=r"needs a critical point.*\[2\. 2\.\].*newton"):
        classify(lambda x: x @ x, np.ones(2))
    with pytest.raises(ValueError, match=r"needs a critical point.*\[nan nan\]"):
        classify(lambda x: np.nan * np.sum(x), np.ones(2))  # its Hessian is 0
