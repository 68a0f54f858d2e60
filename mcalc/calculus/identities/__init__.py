"""The rows of the table `mcalc.identities`, by what one differentiates, and their test."""

from mcalc.calculus.identities._identity import Identity, Verified, verify
from mcalc.calculus.identities._matrices import MATRICES
from mcalc.calculus.identities._vectors import VECTORS

IDENTITIES: tuple[Identity, ...] = (*VECTORS, *MATRICES)
"""Every row of the table."""

__all__ = ["IDENTITIES", "Identity", "Verified", "verify"]
