"""Exact derivatives of NumPy and torch functions, and checks for the formulas about them."""

from mcalc.check import Check, CheckError, check, check_order
from mcalc.numerical import check_grad, numerical_grad, numerical_jacobian, observed_order
