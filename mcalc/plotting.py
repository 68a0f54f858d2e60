"""Figures of the book: each function draws on the Axes it is given, and returns it.

It needs Matplotlib. Colors are those of Okabe and Ito (2008), which color-blind readers tell
apart; lines differ in dash or marker, too.
"""

from mcalc.calculus.plotting import (
    BLUE,
    GRAY,
    GREEN,
    LEVELS,
    ORANGE,
    PURPLE,
    STYLE,
    arrow,
    convergence,
    grid_values,
    level_curves,
    surface,
    use_style,
)

__all__ = [
    "BLUE",
    "GRAY",
    "GREEN",
    "LEVELS",
    "ORANGE",
    "PURPLE",
    "STYLE",
    "arrow",
    "convergence",
    "grid_values",
    "level_curves",
    "surface",
    "use_style",
]
