"""TeX that runs: a displayed formula is read, evaluated on both sides, and tried with slips.

What is here comes when it is asked for, so that the command can say that it lacks a grammar.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcalc.formulas.formula import Formula
    from mcalc.formulas.lexer import FormulaError
    from mcalc.formulas.scope import numbered
    from mcalc.formulas.verdict import Verdict, WrongError

__all__ = ["Formula", "FormulaError", "Verdict", "WrongError", "numbered"]
_PLACES = {"Formula": "formula", "FormulaError": "lexer", "numbered": "scope"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES.get(name, 'verdict')}"), name)
