"""Figures to take hold of, for pages: what they show and the programs that they compute it with."""
