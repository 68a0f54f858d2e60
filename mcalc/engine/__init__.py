"""Exact derivatives: a function is run and recorded, and its records are swept."""
