"""Exact derivatives of NumPy and torch functions, and checks for the formulas about them."""

from mcalc import identities, layout, rules
from mcalc._node import Node
from mcalc.accumulation import Multiplications, backward, forward, multiplications
from mcalc.autodiff import jvp, vjp
from mcalc.check import Check, CheckError, check, check_order
from mcalc.check_rule import check_rule
from mcalc.critical import CriticalPoint, classify
from mcalc.derivatives import (
    directional_derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    value_and_grad,
)
from mcalc.graph import Edge, Graph, named
from mcalc.layout import derivative
from mcalc.numerical import check_grad, numerical_grad, numerical_jacobian, observed_order
from mcalc.optimize import Result, gradient_descent, newton
from mcalc.programs import Program, program
from mcalc.taylor import Model, linear_model, quadratic_model
from mcalc.tracing import trace

__all__ = [
    "Check",
    "CheckError",
    "CriticalPoint",
    "Edge",
    "Graph",
    "Model",
    "Multiplications",
    "Node",
    "Program",
    "Result",
    "backward",
    "check",
    "check_grad",
    "check_order",
    "check_rule",
    "classify",
    "derivative",
    "directional_derivative",
    "forward",
    "grad",
    "gradient_descent",
    "hessian",
    "hvp",
    "identities",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "layout",
    "linear_model",
    "multiplications",
    "named",
    "newton",
    "numerical_grad",
    "numerical_jacobian",
    "observed_order",
    "program",
    "quadratic_model",
    "rules",
    "trace",
    "value_and_grad",
    "vjp",
]
