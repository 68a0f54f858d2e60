"""Exact derivatives of NumPy and torch functions, and checks for the formulas about them."""

from mcalc import identities, layout, rules
from mcalc.calculus.critical import CriticalPoint, classify
from mcalc.calculus.layout import derivative
from mcalc.calculus.optimize import Result, gradient_descent, newton
from mcalc.calculus.taylor import Model, linear_model, quadratic_model
from mcalc.checks.check import Check, CheckError, check, check_order
from mcalc.checks.numerical import check_grad, numerical_grad, numerical_jacobian, observed_order
from mcalc.checks.rule import check_rule
from mcalc.engine.autodiff import jvp, vjp
from mcalc.engine.derivatives import (
    directional_derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    value_and_grad,
)
from mcalc.engine.node import Node
from mcalc.explorables.javascript import jscode
from mcalc.graphs.graph import (
    Edge,
    Graph,
    Multiplications,
    backward,
    forward,
    multiplications,
    named,
    trace,
)
from mcalc.programs import Program, program

__version__ = "0.1.0"

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
    "jscode",
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
