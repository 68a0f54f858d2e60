"""The table of matrix identities: each a formula, its closed form as code, and a way to verify it.

Gradients and derivatives of vectors are in denominator layout; Jacobians have the shape
(outputs, inputs). The formulas are those of Petersen and Pedersen, *The Matrix Cookbook*
(version of 15 November 2012), and of Magnus and Neudecker, *Matrix Differential Calculus*.
"""

from mcalc.calculus.identities import IDENTITIES, Identity, Verified, verify

__all__ = ["IDENTITIES", "Identity", "Verified", "verify"]
