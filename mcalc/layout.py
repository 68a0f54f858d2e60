"""Derivatives as matrices, in denominator or numerator layout.

A derivative between scalars, vectors and matrices is a matrix when the two have at most two axes
together; the layouts differ in which of them makes the rows. Arrays with one axis stand for
columns, and a row is an array of shape ``(1, n)``:

======================  ======================  ====================
derivative of … by …    denominator layout      numerator layout
======================  ======================  ====================
scalar by vector (n)    column, ``(n,)``        row, ``(1, n)``
scalar by matrix (m×n)  ``(m, n)``              ``(n, m)``
vector (m) by scalar    row, ``(1, m)``         column, ``(m,)``
vector (m) by (n)       ``(n, m)``              ``(m, n)``, Jacobian
matrix (m×n) by scalar  ``(n, m)``              ``(m, n)``
======================  ======================  ====================

One is always the transpose of the other.
"""

from mcalc.calculus.layout import arrange, derivative

__all__ = ["arrange", "derivative"]
