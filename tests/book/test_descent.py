"""What the page on descent says of speeds and of noise, found in another way than on the page."""

from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from test_pages import cells

PAGE = Path(__file__).parents[2] / "docs" / "theory" / "descent.md"


@pytest.fixture(scope="module")
def page():
    """Run the cells of the page that check no formula; return what they have named."""
    namespace = {"__name__": "descent"}
    with mpl.rc_context({"backend": "agg"}):
        for code, _ in cells(PAGE):
            if 'check("' not in code:
                exec(compile(code, str(PAGE), "exec"), namespace)
        plt.close("all")
    return namespace


def size(bend, eta, mu):
    """Return the spectral radius of a step of momentum, as a matrix on two errors in a row."""
    step = np.array([[1 + mu - eta * bend, -mu], [1.0, 0.0]])
    return max(abs(np.linalg.eigvals(step)))


def test_all_directions_are_equally_fast_and_a_smaller_momentum_is_slower(page):
    factor, root = page["ball_factor"], page["root"]
    eta = 4 / (1 + root) ** 2
    for bend in np.linspace(1.1, 19.9, 30):
        assert size(bend, eta, factor**2) == pytest.approx(factor)
    for mu in (factor**2 - 0.05, factor**2 + 0.05):
        # Whatever the rate: the best of many is slower than the best momentum.
        rates = np.linspace(0.01, 0.25, 241)
        assert min(max(size(1, eta, mu), size(20, eta, mu)) for eta in rates) > factor + 0.01


def test_the_best_rate_is_the_best_of_many(page):
    rates = np.linspace(0.01, 0.0999, 2000)
    worst = np.maximum(abs(1 - rates), abs(1 - 20 * rates))
    assert rates[np.argmin(worst)] == pytest.approx(2 / 21, abs=1e-4)
    assert min(worst) == pytest.approx(page["plain_factor"], abs=1e-3)


@pytest.mark.parametrize("rate", [0.02, 0.4, 1.2])
def test_the_noise_ball_has_the_radius_of_the_formula(page, rate):
    seen = page["noisy"](4, steps=40_000, rate=rate, seed=1)[1000:].std()
    assert seen == pytest.approx(np.sqrt(rate / (4 * (2 - rate))), rel=0.06)


def test_the_variances_of_the_two_ways_are_those_of_the_moments_of_the_bell(page):
    sigma, mean_of = 0.1, page["mean_of"]
    expected = {"score": 14 + 1 / sigma**2 + 15 * sigma**2, "baseline": 8 + 10 * sigma**2}
    expected["path"] = 4 * sigma**2
    for way, values in page["slopes"].items():
        assert mean_of((values - 2) ** 2) == pytest.approx(expected.pop(way))
    assert not expected


def test_the_score_is_right_on_average_over_many_draws(page):
    rng = np.random.default_rng(5)
    drawn = rng.choice(3, 400_000, p=page["p"])
    slopes = (page["losses"][drawn, None] - 2.0) * page["score"][drawn]
    error = slopes.std(axis=0) / np.sqrt(len(drawn))
    assert np.all(abs(slopes.mean(axis=0) - page["by_score"]) < 4 * error)
    unweighed = page["losses"][:, None] * page["score"]  # of all choices alike: the slip
    assert np.any(abs(unweighed.mean(axis=0) - page["by_score"]) > 100 * error)
