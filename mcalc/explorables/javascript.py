"""A program written in JavaScript, so that a page computes it where it is read.

The source is walked as Python reads it. What has no certain counterpart is refused by its name;
arithmetic is kept as it is, and so is the order in which terms are added up.
"""

from __future__ import annotations

import ast
import json
from typing import NoReturn

import numpy as np

from mcalc.programs import Program

_SAME = "cos cosh cbrt exp expm1 hypot log log10 log1p log2 sign sin sinh sqrt tan tanh"
_OTHER = {"abs": "abs", "arccos": "acos", "arcsin": "asin", "arctan": "atan", "arctan2": "atan2"}
_OTHER |= {"arccosh": "acosh", "arcsinh": "asinh", "arctanh": "atanh"}
FUNCTIONS = {name: name for name in _SAME.split()} | _OTHER | {"maximum": "max", "minimum": "min"}
OPERATORS: dict[type[ast.AST], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
OPERATORS |= {ast.Pow: "**", ast.USub: "-", ast.UAdd: "+", ast.Lt: "<", ast.LtE: "<="}
OPERATORS |= {ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}
OPERATORS |= {ast.BitAnd: "&", ast.BitOr: "|"}  # of truth values alone, since floats have none
# Names of Python that mean something else in JavaScript; none of Python's ends with a dollar sign.
RESERVED = """Array Math NaN Infinity arguments case catch const debugger default delete do enum
eval export extends function implements in instanceof interface let new null package private
protected public static super switch this throw true false typeof undefined var void yield"""


def jscode(made: Program) -> str:
    """Return a program as the text of a JavaScript function.

    The function takes a number for each number and an array for each vector, and returns
    ``[value, gradient]``, the gradient as a number, an array, or an array of these. It needs no
    library, and its values are those of the program but for the rounding of functions such as
    exp. (SymPy has a function of this name for its expressions.)

    Args:
        made: from `program`, of numbers and vectors whose entries are used one by one.

    Returns:
        The text, which begins with ``function``.

    Raises:
        TypeError: for what a line of the program does with whole arrays, and for each function
            and each kind of expression without a counterpart, by its name.

    Examples:
        >>> import numpy as np
        >>> from mcalc import program
        >>> print(jscode(program(lambda x: x[0] * np.exp(x[1]), np.zeros(2))))
        function f(x) {
          const t1 = Math.exp(x[1]);
          const f = (x[0] * t1);
          const df_dx = Array(2).fill(0);
          df_dx[1] = f;
          df_dx[0] += t1;
          return [f, df_dx];
        }
    """
    return _Translator(made).function()


class _Translator:
    """Writes the lines of one program."""

    def __init__(self, made: Program) -> None:
        (function,) = ast.parse(made.source).body
        assert isinstance(function, ast.FunctionDef)
        self.made, self.tree = made, function
        self.known: set[str] = set()
        self.lengths: dict[str, int] = {}  # of the vectors
        for x in vars(made)["_inputs"]:
            self.known.add(x.name)
            if x.is_static:
                continue
            if x.at.dtype != np.float64 or len(x.at.shape) > 1:
                raise TypeError(f"jscode takes float64 numbers and vectors, not {x.name}: {x}")
            if x.at.shape:
                self.lengths[x.name] = x.at.shape[0]

    def function(self) -> str:
        """Return the function."""
        lines = [f"  {line};" for statement in self.tree.body for line in self.lines(statement)]
        names = ", ".join(self.name(x.arg) for x in self.tree.args.args)
        return "\n".join([f"function {self.name(self.tree.name)}({names}) {{", *lines, "}"])

    def refuse(self, node: ast.AST, what: str = "") -> NoReturn:
        text = ast.unparse(node)
        kind = type(getattr(node, "op", node)).__name__
        what = what or f"{kind} has no counterpart"
        raise TypeError(
            f"jscode: {what}, in `{text}`; write f with numbers, such as x[0] ** 2 + x[1] ** 2"
        )

    def name(self, name: str) -> str:
        return f"{name}$" if name in RESERVED.split() else name

    def lines(self, node: ast.stmt) -> list[str]:
        """Return a statement: an assignment or the return."""
        match node:
            case ast.Return(ast.expr() as x):
                return [f"return {self.result(x)}"]
            case ast.AugAssign(target, ast.Add() | ast.Sub() as op, x):
                return [f"{self.entry(target)} {OPERATORS[type(op)]}= {self.value(x)}"]
            case ast.Assign([ast.Subscript() as target], x):
                return [f"{self.entry(target)} = {self.value(x)}"]
            case ast.Assign([ast.Name(), *_] as targets, x):
                return self.named([self.identifier(target) for target in targets], x)
        self.refuse(node)

    def identifier(self, node: ast.expr) -> str:
        """Return the name that is assigned to."""
        if not isinstance(node, ast.Name):
            self.refuse(node)
        return node.id

    def named(self, names: list[str], x: ast.expr) -> list[str]:
        """Return the definitions of names that all mean one value, a number or a new vector."""
        match x:
            case ast.Call(
                ast.Attribute(ast.Name("np"), "empty" | "zeros"), [ast.Constant(int(length))], []
            ):
                text = f"Array({length}).fill(0)"
                self.lengths |= dict.fromkeys(names, length)
            case _:
                text = self.value(x)
        self.known |= set(names)
        texts = [text, *map(self.name, names)]
        return [f"const {made} = {text}" for made, text in zip(texts[1:], texts, strict=False)]

    def result(self, node: ast.expr) -> str:
        """Return what is handed out: a number, a vector, or a tuple of them."""
        if isinstance(node, ast.Tuple):
            return f"[{', '.join(map(self.result, node.elts))}]"
        match node:
            case ast.Name(name) if name in self.lengths:
                return self.name(name)
            case ast.Call(ast.Attribute(ast.Name("np"), "full"), [n, x]):
                return f"Array({self.value(n)}).fill({self.value(x)})"
            case ast.Call(ast.Attribute(ast.Name(name), "copy"), []) if name not in self.lengths:
                array = self.made.constants[name]  # as the gradient is, a vector of float64
                return json.dumps(array.tolist(), allow_nan=False)
        return self.value(node)

    def entry(self, node: ast.AST) -> str:
        """Return an entry of a vector."""
        match node:
            case ast.Subscript(ast.Name(name)) if name in self.lengths:
                try:
                    index = range(self.lengths[name])[ast.literal_eval(node.slice)]
                except (ValueError, TypeError, IndexError):
                    self.refuse(node, "an index is a number")
                if isinstance(index, int):
                    return f"{self.name(name)}[{index}]"
        self.refuse(node)

    def value(self, node: ast.expr) -> str:
        """Return an expression whose value is a number or a truth value."""
        match node:
            case ast.Constant(value=bool() | float() as x):
                return str(x).lower()
            case ast.Constant(value=int(x)) if abs(x) < 2**53:
                return str(x)
            case ast.Name(name) if name in self.lengths:
                self.refuse(node, f"{name} is used as a whole array")
            case ast.Name(name) if name in self.known:
                return self.name(name)
            case ast.Name(name):
                self.refuse(node, f"{name} is a {type(self.made.constants.get(name)).__name__}")
            case ast.Subscript():
                return self.entry(node)
            case ast.UnaryOp(op, x) if type(op) in OPERATORS:
                return f"({OPERATORS[type(op)]}{self.value(x)})"
            case ast.BinOp(a, op, b) | ast.Compare(a, [op], [b]) if type(op) in OPERATORS:
                return f"({self.value(a)} {OPERATORS[type(op)]} {self.value(b)})"
            case ast.Call(function, arguments, []):
                return self.call(node, function, [self.value(x) for x in arguments])
        self.refuse(node)

    def call(self, node: ast.Call, function: ast.expr, given: list[str]) -> str:
        """Return a call of a function of numbers."""
        match function:
            case ast.Attribute(ast.Name("np"), name) if name in FUNCTIONS:
                return f"Math.{FUNCTIONS[name]}({', '.join(given)})"
            case ast.Attribute(ast.Name("np"), "where") if len(given) == 3:
                return f"({given[0]} ? {given[1]} : {given[2]})"
            case ast.Attribute(ast.Name("np"), "float64") if len(given) == 1:
                return given[0]
        self.refuse(node, f"{ast.unparse(function)} has no counterpart")
