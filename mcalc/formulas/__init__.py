"""TeX that runs: a displayed formula is read, evaluated on both sides, and tried with slips."""

from mcalc.formulas.formula import Formula
from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.scope import numbered
from mcalc.formulas.verdict import Verdict, WrongError

__all__ = ["Formula", "FormulaError", "Verdict", "WrongError", "numbered"]
