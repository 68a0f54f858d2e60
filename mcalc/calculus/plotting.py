"""The figures of `mcalc.plotting`, one function each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from mcalc.backends.typing import ScalarField

BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
# Neither end is light or dark, so that low and high curves show on white and on black.
LEVELS = LinearSegmentedColormap.from_list("levels", [BLUE, "0.5", ORANGE])
STYLE: Any = {
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.prop_cycle": cycler(
        color=[BLUE, ORANGE, GREEN, PURPLE], linestyle=["-", "--", "-.", ":"]
    ),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",  # the page's own background shows, light or dark
    "figure.figsize": (6.4, 4.0),
    "font.size": 11,
    "grid.alpha": 0.35,
    "lines.linewidth": 2.0,
    "svg.fonttype": "path",
    "svg.hashsalt": "mcalc",  # ids would differ from build to build
}


def use_style() -> None:
    """Use the book's style sheet for all figures that follow, drawn as SVG in a notebook."""
    mpl.rcParams.update(STYLE)
    try:
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:
        return  # outside a notebook there is nothing to set
    set_matplotlib_formats("svg", metadata={"Date": None})  # type: ignore[no-untyped-call]


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
    """Draw the graph z = f(x, y) over a rectangle.

    Args:
        ax: Axes with ``projection="3d"``.
        f: scalar function of a point, shape ``(2,)``.
        xlim: ends of the first axis.
        ylim: ends of the second axis.
        n: points along each axis.
        clip: lowest and highest z that is drawn.
        options: passed to Matplotlib's ``plot_surface``.

    Returns:
        The Axes.
    """
    X, Y, Z = grid_values(f, xlim, ylim, n)
    if clip is not None:
        Z = np.where((clip[0] > Z) | (clip[1] < Z), np.nan, Z)
        ax.set_zlim(*clip)
    ax.plot_surface(X, Y, Z, **{"linewidth": 0, "antialiased": True, **options})
    return ax


def level_curves(
    ax: Axes,
    f: ScalarField,
    xlim: tuple[float, float],
    ylim: tuple[float, float],
    *,
    n: int = 101,
    levels: int | Sequence[float] = 12,
) -> Axes:
    """Draw the curves on which `f` is constant.

    Args:
        ax: Axes to draw on.
        f: scalar function of a point, shape ``(2,)``.
        xlim: ends of the first axis.
        ylim: ends of the second axis.
        n: points along each axis.
        levels: how many curves, or their values.

    Returns:
        The Axes.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> ax = plt.figure().subplots()
        >>> ax = level_curves(ax, lambda x: x @ x, (-1.0, 1.0), (-1.0, 1.0))
        >>> plt.close()
    """
    X, Y, Z = grid_values(f, xlim, ylim, n)
    ax.contour(X, Y, Z, levels=levels, cmap=LEVELS, linewidths=1.5)
    ax.set_aspect("equal")
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
        ax.loglog(h, line, color="0.5", linewidth=1, linestyle=":", label=f"slope {p:g}")
    ax.set(xlabel="step", ylabel="error")
    ax.legend()
    return ax
