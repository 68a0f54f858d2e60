"""The figures of `mcalc.plotting`, one function each."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator

from mcalc.backends.typing import ScalarField

BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
GRAY = "0.5"  # as far from white as from black: axes, helping lines
# No color is light or dark, so that low and high show on white and on black, where the site turns
# lightness over and keeps hues: what is blue stays blue, and no shading says the opposite.
LEVELS = LinearSegmentedColormap.from_list("levels", [BLUE, "#8a8a8a", ORANGE])
STYLE: Any = {
    "axes.axisbelow": True,
    "axes.edgecolor": GRAY,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelsize": 11,
    "axes.linewidth": 0.8,
    "axes.prop_cycle": cycler(
        color=[BLUE, ORANGE, GREEN, PURPLE], linestyle=["-", "--", "-.", ":"]
    ),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 11,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",  # the page's own background shows, light or dark
    "figure.figsize": (5.6, 3.5),  # as wide as the text; the site shows letters in its size
    "figure.hooks": [f"{__name__}:steady_layout"],
    "font.size": 10.5,
    "grid.alpha": 0.25,
    "grid.color": GRAY,
    "grid.linewidth": 0.6,
    "legend.fontsize": 10.5,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "lines.markersize": 6.5,
    "mathtext.fontset": "cm",  # as formulas are set
    "svg.fonttype": "path",
    "svg.hashsalt": "mcalc",  # ids would differ from build to build
    "xtick.color": GRAY,
    "xtick.labelcolor": "black",
    "ytick.color": GRAY,
    "ytick.labelcolor": "black",
}


class SteadyLayout(ConstrainedLayoutEngine):
    """Matplotlib's constrained layout, without digits that differ from run to run.

    Its solver goes through what it places in the order of addresses in memory, which leaves its
    mark in the last digit of a place, and in all of the SVG's names that are hashes of one.
    """

    def execute(self, fig: Figure) -> None:
        """Place the axes of `fig`."""
        super().execute(fig)
        for ax in fig.axes:
            if ax.get_in_layout():
                ax.set_position(np.round(ax.get_position(original=True).bounds, 9), "original")
                ax.set_in_layout(True)  # from which axes with a place of their own are taken


def steady_layout(figure: Figure) -> None:
    """Lay a new figure out steadily where it would have Matplotlib's constrained layout."""
    if isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):
        figure.set_layout_engine(SteadyLayout())


def use_style() -> None:
    """Use the book's style sheet for all figures that follow, drawn as SVG in a notebook.

    The letters are those of the fonts whose files the variable ``MCALC_FONTS`` names, such as the
    typeface of the book; without it, Matplotlib's own.
    """
    mpl.rcParams.update(STYLE)
    if files := [path for path in os.environ.get("MCALC_FONTS", "").split(os.pathsep) if path]:
        for file in files:
            if all(file != font.fname for font in fontManager.ttflist):
                fontManager.addfont(file)
        # What a font lacks comes from the last one, which has every sign.
        names = [FontProperties(fname=file).get_name() for file in files]
        mpl.rcParams["font.family"] = [*dict.fromkeys(names), "DejaVu Sans"]
    try:
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return  # outside a notebook there is nothing to set
    # A figure keeps the width that it is given, so that all have the edges of the text.
    options: Any = {"bbox_inches": None, "metadata": {"Date": None}}
    set_matplotlib_formats("svg", **options)  # type: ignore[no-untyped-call]


def grid_values(
    f: ScalarField, xlim: tuple[float, float], ylim: tuple[float, float], n: int
) -> tuple[Any, Any, Any]:
    """Return the grid X, Y and the values of `f` on it, each of shape ``(n, n)``.

    Examples:
        >>> X, Y, Z = grid_values(lambda x: x[0] * x[1], (0.0, 2.0), (0.0, 3.0), 2)
        >>> Z
        array([[0., 0.],
               [0., 6.]])
    """
    X, Y = np.meshgrid(np.linspace(*xlim, n), np.linspace(*ylim, n))
    points = np.stack([X.ravel(), Y.ravel()], axis=1)
    return X, Y, np.array([float(f(p)) for p in points]).reshape(n, n)


def surface(
    ax: Any,
    f: ScalarField,
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    *,
    n: int = 41,
    clip: tuple[float, float] | None = None,
    **options: Any,
) -> Any:
    """Draw the graph z = f(x, y) over a rectangle, with bare axes and without a box.

    Args:
        ax: Axes with ``projection="3d"``.
        f: scalar function of a point, shape ``(2,)``.
        xlim: ends of the first axis.
        ylim: ends of the second axis.
        n: points along each axis.
        clip: lowest and highest z that is drawn.
        options: passed to Matplotlib's ``plot_surface``; without a color, height is colored from
            blue to orange as level curves are.

    Returns:
        The Axes.
    """
    X, Y, Z = grid_values(f, xlim, ylim, n)
    if clip is not None:
        Z = np.where((clip[0] > Z) | (clip[1] < Z), np.nan, Z)
        ax.set_zlim(*clip)
    look = {} if "color" in options else {"cmap": LEVELS}
    # A mesh shows the form in place of light and shade, which would turn over in the dark.
    mesh = {"shade": False, "edgecolor": GRAY, "linewidth": 0.4, "rcount": 24, "ccount": 24}
    ax.plot_surface(X, Y, Z, **{**look, **mesh, "alpha": 0.85, **options})
    ax.grid(False)
    ax.set_box_aspect(None, zoom=1.2)  # room is left for a box otherwise
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color((0.0, 0.0, 0.0, 0.0))
        axis.line.set_color(GRAY)
        axis.set_major_locator(MaxNLocator(4))
    return ax


def level_curves(
    ax: Axes,
    f: ScalarField,
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    *,
    n: int = 101,
    levels: int | Sequence[float] = 8,
    values: bool = True,
) -> Axes:
    """Draw the curves on which `f` is constant, from blue where it is low to orange.

    Args:
        ax: Axes to draw on.
        f: scalar function of a point, shape ``(2,)``.
        xlim: ends of the first axis.
        ylim: ends of the second axis.
        n: points along each axis.
        levels: how many curves, or their values.
        values: write the value of `f` on each curve.

    Returns:
        The Axes.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> ax = plt.figure().subplots()
        >>> ax = level_curves(ax, lambda x: x @ x, (-2.0, 2.0), (-2.0, 2.0), levels=[0.25, 1.0])
        >>> [text.get_text() for text in ax.texts]
        ['0.25', '1']
        >>> plt.close()
    """
    X, Y, Z = grid_values(f, xlim, ylim, n)
    curves = ax.contour(X, Y, Z, levels=levels, cmap=LEVELS, linewidths=1.5)
    ax.set_aspect("equal")
    ax.grid(False)
    if values:
        ax.clabel(curves, fmt=lambda value: f"{value:.3g}", fontsize=9)
    return ax


def arrow(ax: Axes, start: Any, vector: Any, *, color: str = ORANGE, label: str = "") -> Axes:
    """Draw a vector from a point, such as a gradient on level curves.

    Args:
        ax: Axes to draw on; both axes should have the same scale.
        start: where it starts, shape ``(2,)``.
        vector: the vector, shape ``(2,)``.
        color: of the arrow and of its label.
        label: text beyond the tip.

    Returns:
        The Axes.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> ax = plt.figure().subplots()
        >>> ax = arrow(ax, (1.0, 0.0), (0.0, 2.0), label="gradient")
        >>> ax.texts[-1].xy
        (1.0, 2.0)
        >>> plt.close()
    """
    x, y = (float(c) for c in start)
    dx, dy = (float(c) for c in vector)
    style = {"arrowstyle": "-|>,head_length=0.5,head_width=0.25", "color": color, "linewidth": 2}
    style |= {"shrinkA": 0, "shrinkB": 0}
    ax.annotate("", (x + dx, y + dy), (x, y), arrowprops=style, zorder=5)
    ax.update_datalim([(x, y), (x + dx, y + dy)])
    ax.autoscale_view()
    if label:
        length = float(np.hypot(dx, dy)) or 1.0
        ax.annotate(
            label,
            (x + dx, y + dy),
            (10 * dx / length, 10 * dy / length),
            textcoords="offset points",
            color=color,
            ha="left" if dx > 0.3 * length else "right" if dx < -0.3 * length else "center",
            va="bottom" if dy > 0.3 * length else "top" if dy < -0.3 * length else "center",
        )
    return ax


def convergence(
    ax: Axes, steps: Any, errors: Mapping[str, Any], *, slopes: Sequence[float] = ()
) -> Axes:
    """Draw errors against steps, both on logarithmic axes, beside lines of given slope.

    Args:
        ax: Axes to draw on.
        steps: the steps, shape ``(k,)``.
        errors: named errors, each of shape ``(k,)``.
        slopes: exponents p for which a thin line proportional to step**p is drawn, through
            the first error.

    Returns:
        The Axes.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> import numpy as np
        >>> h = np.array([0.1, 0.05, 0.025])
        >>> ax = convergence(plt.figure().subplots(), h, {"model": h**2}, slopes=[2])
        >>> ax.get_xscale(), ax.get_yscale()
        ('log', 'log')
        >>> plt.close()
    """
    h = np.asarray(steps)
    for (name, error), marker in zip(errors.items(), "osD^v" * len(errors), strict=False):
        ax.loglog(h, error, marker=marker, label=name)
    first = float(np.asarray(next(iter(errors.values())))[0])
    for p in slopes:
        line = first * (h / h[0]) ** p
        ax.loglog(h, line, color=GRAY, linewidth=1, linestyle=":", label=f"slope {p:g}")
    ax.set(xlabel="step", ylabel="error")
    ax.legend()
    return ax
