"""Figures to take hold of: each function returns one, the last line of a cell.

They are computed in the reader's browser by the programs of `mcalc.program`, in JavaScript. It
needs Matplotlib, with which the figure is drawn that takes their place on paper.
"""

from mcalc.explorables.figures import (
    Explorable,
    descent,
    eigen_directions,
    newton,
    sweeps,
    tangent_plane,
    unit_balls,
)

__all__ = [
    "Explorable",
    "descent",
    "eigen_directions",
    "newton",
    "sweeps",
    "tangent_plane",
    "unit_balls",
]
