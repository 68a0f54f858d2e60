"""Figures: each draws what it is given on the Axes it is given, and returns them."""

import io

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.font_manager import fontManager
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import plotting


def saddle(x):
    return x[0] ** 2 - x[1] ** 2


@pytest.fixture
def figure():
    """Return a figure that is closed after the test."""
    yield plt.figure()
    plt.close("all")


def test_grid_values_are_at_their_points():
    X, Y, Z = plotting.grid_values(saddle, (-1.0, 1.0), (0.0, 2.0), 5)
    assert X.shape == Y.shape == Z.shape == (5, 5)
    assert_array_equal(Z, X**2 - Y**2)
    assert (X[0, 0], X[0, -1], Y[0, 0], Y[-1, 0]) == (-1.0, 1.0, 0.0, 2.0)


def test_the_surface(figure):
    ax = figure.add_subplot(projection="3d")
    assert plotting.surface(ax, saddle, (-1, 1), (-1, 1), n=5, clip=(-0.5, 0.5)) is ax
    assert_allclose(ax.get_zlim(), (-0.5, 0.5), atol=0.05)
    assert len(ax.collections) == 1


def test_a_surface_is_drawn_between_its_bounds_alone(figure, monkeypatch):
    ax, drawn = figure.add_subplot(projection="3d"), []
    monkeypatch.setattr(ax, "plot_surface", lambda X, Y, Z, **look: drawn.extend([Z, look]))
    plotting.surface(ax, saddle, (-1, 1), (-1, 1), n=5, clip=(-0.5, 0.5))
    _, _, Z = plotting.grid_values(saddle, (-1, 1), (-1, 1), 5)
    assert_array_equal(drawn[0], np.where(np.abs(Z) <= 0.5, Z, np.nan))
    assert drawn[1]["cmap"] is plotting.LEVELS
    plotting.surface(ax, saddle, (-1, 1), (-1, 1), n=5, color="red", alpha=0.5)
    assert_array_equal(drawn[2], Z)
    assert "cmap" not in drawn[3]
    assert (drawn[3]["color"], drawn[3]["alpha"]) == ("red", 0.5)


def test_the_level_curves(figure):
    ax = figure.subplots()
    assert plotting.level_curves(ax, saddle, (-1, 1), (-1, 1), n=21, levels=[-0.5, 0.0, 0.5]) is ax
    (curves,) = ax.collections
    assert_array_equal(curves.levels, [-0.5, 0.0, 0.5])
    for level, path in zip(curves.levels, curves.get_paths(), strict=True):
        x, y = path.vertices.T
        assert_allclose(x**2 - y**2, level, atol=0.02)
    assert ax.get_aspect() == 1.0
    assert {text.get_text() for text in ax.texts} == {"-0.5", "0", "0.5"}


def test_the_level_curves_may_be_without_their_values(figure):
    ax = plotting.level_curves(figure.subplots(), saddle, (-1, 1), (-1, 1), n=21, values=False)
    assert not ax.texts


def test_an_arrow_is_in_view_with_its_label_beyond_its_tip(figure):
    ax = figure.subplots()
    assert plotting.arrow(ax, (1.0, 2.0), (3.0, -4.0), label="here") is ax
    arrow, label = ax.texts
    assert (arrow.xy, arrow.xyann) == ((4.0, -2.0), (1.0, 2.0))
    assert label.xy == (4.0, -2.0)
    assert label.xyann == (6.0, -8.0)
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
    assert left <= 1
    assert right >= 4
    assert low <= -2
    assert high >= 2


@pytest.mark.parametrize(
    ("vector", "stands"),
    [
        ((1, 0), ("left", "center")),
        ((-1, 0), ("right", "center")),
        ((0, 1), ("center", "bottom")),
        ((0, -1), ("center", "top")),
        ((1, 1), ("left", "bottom")),
        ((-1, -1), ("right", "top")),
        ((0, 0), ("center", "center")),
    ],
)
def test_the_label_of_an_arrow_grows_away_from_it(figure, vector, stands):
    ax = plotting.arrow(figure.subplots(), (1.0, 2.0), vector, label="here", color="red")
    label = ax.texts[-1]
    assert (label.get_ha(), label.get_va()) == stands
    assert label.get_color() == "red"


def lightness(color):
    """Return the relative luminance of a color, between 0 and 1."""
    channels = np.asarray(mpl.colors.to_rgb(color))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_neither_low_nor_high_is_light_or_dark():
    """In the dark the site turns lightness over: a ramp of lightness would say the opposite."""
    along = [lightness(plotting.LEVELS(t)) for t in np.linspace(0, 1, 9)]
    assert min(along) > 0.1
    assert max(along) < 0.3
    assert max(along) - min(along) < 0.15  # cividis has 0.7


def test_letters_are_in_the_fonts_that_are_named(monkeypatch):
    named = [font.fname for font in fontManager.ttflist if font.name == "DejaVu Serif"][:1]
    monkeypatch.setenv("MCALC_FONTS", named[0])
    with mpl.rc_context():
        plotting.use_style()
        assert mpl.rcParams["font.family"] == ["DejaVu Serif", "DejaVu Sans"]


def test_convergence_is_drawn_beside_its_slopes(figure):
    ax, h = figure.subplots(), np.array([0.1, 0.05, 0.025])
    assert plotting.convergence(ax, h, {"linear": h**2, "cubic": h**3}, slopes=[2, 3]) is ax
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    lines = {line.get_label(): line for line in ax.lines}
    assert list(lines) == ["linear", "cubic", "slope 2", "slope 3"]
    assert_allclose(lines["slope 2"].get_ydata(), h**2)
    assert_allclose(lines["slope 3"].get_ydata(), 0.01 * (h / 0.1) ** 3)
    assert lines["linear"].get_marker() != lines["cubic"].get_marker()
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    assert ax.get_legend()


def drawn():
    with mpl.rc_context():
        plotting.use_style()
        figure, axes = plt.subplots(1, 3, width_ratios=[1.3, 1, 1])
        plotting.level_curves(axes[0], saddle, (-1, 1), (-1, 1), n=21)
        axes[1].set(xlabel="x", title="a cut")
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
        plt.close(figure)
        return file.getvalue()


def test_a_figure_is_the_same_in_every_build():
    # Where objects lie in memory changes from one to the next, as from build to build.
    assert len({drawn() for _ in range(12)}) == 1


@pytest.mark.parametrize(("layout", "steady"), [(None, True), ("tight", False)])
def test_a_constrained_layout_has_no_digits_that_differ_from_run_to_run(layout, steady):
    with mpl.rc_context():
        plotting.use_style()
        figure, axes = plt.subplots(1, 3, width_ratios=[1.3, 1, 1], layout=layout)
        figure.draw_without_rendering()
        places = np.array([ax.get_position(original=True).min for ax in axes])
        plt.close(figure)
    assert np.array_equal(places, np.round(places, 9)) == steady


def test_axes_with_a_place_of_their_own_keep_it():
    with mpl.rc_context():
        plotting.use_style()
        figure, _ = plt.subplots()
        inset = figure.add_axes((0.2, 0.3, 0.4, 0.5))
        inset.set_position((0.12345678912, 0.3, 0.4, 0.5))
        for _ in range(2):
            figure.draw_without_rendering()
        place = inset.get_position().bounds
        plt.close(figure)
    assert_allclose(place, (0.12345678912, 0.3, 0.4, 0.5), rtol=1e-13)


def test_the_style_is_legible_without_color():
    with mpl.rc_context():
        plotting.use_style()
        cycle = list(mpl.rcParams["axes.prop_cycle"])
        assert mpl.rcParams["figure.facecolor"] == "none"  # light or dark as the page
    assert len({style["linestyle"] for style in cycle}) == len(cycle)
    assert len({style["color"] for style in cycle}) == len(cycle)
