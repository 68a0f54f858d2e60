"""What one does with derivatives: layouts, models, extrema, solvers, figures, identities."""
