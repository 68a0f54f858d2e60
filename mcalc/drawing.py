"""Computational graphs as pictures, drawn from the traced function itself."""

from mcalc.graphs.drawing import draw_graph

__all__ = ["draw_graph"]
