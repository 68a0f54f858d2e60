r"""Judge an answer to a question: right, a known slip, or wrong, and where.

A question asks for the value of some TeX, or for a function. An answer is TeX or plain text, as
`2xy` or `(x^2, 1/3)`; an answer to a question about a function is one of NumPy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mcalc.formulas.formula import Formula
from mcalc.formulas.lexer import FormulaError
from mcalc.formulas.points import FAULTS, shown, shown_point
from mcalc.formulas.tree import parse, within
from mcalc.formulas.verdict import WrongError

LEVELS = ("easy", "medium", "hard")
TOLERANCE = 1e-6
ROUNDED = 5e-4
"""How far a number may be off that a reader has rounded, relative to the larger of 1 and it."""

DERIVED = {"gradient", "partial", "prime", "map"}
FUNCTIONS = "arcsin|arccos|arctan|sinh|cosh|tanh|sin|cos|tan|exp|log|ln|max|min"
GREEK = "alpha|beta|gamma|delta|epsilon|eta|theta|lambda|mu|nu|pi|rho|sigma|tau|phi|psi|omega"
POWERS = {"⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4"}


@dataclass(frozen=True)
class Grade:
    """What an answer is: ``right``, ``slip``, ``wrong`` or ``unread``, and what to tell."""

    kind: str
    said: str


@dataclass(frozen=True)
class Question:
    r"""A question with its answer and the slips that one makes.

    Args:
        level: ``"easy"``, ``"medium"`` or ``"hard"``.
        asks: TeX of what is sought.
        answer: TeX of a right answer.
        given: TeX of definitions.
        function: instead of the three, a function of NumPy in Python.
        at: points for it: each an argument, or a tuple of them, in Python.
        wrong: answers that a slip leads to, with what to tell.

    Examples:
        >>> question = Question(
        ...     asks=r"\grad f(x,y)", given=["f(x,y) = x^2 y"], answer="(2xy, x^2)",
        ...     wrong={"(x^2, 2xy)": "These are swapped."},
        ... )
        >>> question.grade("(2*x*y, x**2)").kind
        'right'
        >>> question.grade("(x^2, 2xy)")
        Grade(kind='slip', said='These are swapped.')
        >>> question.grade("(2x, x^2)").said
        'At x = 0.1257, y = -0.1321 it is [[0.2515], [0.0158]], and not right.'
    """

    level: str = "easy"
    asks: str = ""
    answer: str = ""
    given: Sequence[str] = ()
    function: str = ""
    at: Sequence[str] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a question that nobody can answer."""
        if self.level not in LEVELS:
            raise ValueError(f"level is {self.level!r}; it is easy, medium or hard")
        if bool(self.asks and self.answer) == bool(self.function and self.at):
            raise ValueError("a question has `asks` and `answer`, or `function` and `at`")

    def grade(self, text: str, names: Mapping[str, Any] | None = None) -> Grade:
        """Judge an answer; `names` are what the code of a page has bound."""
        if not text.strip():
            return Grade("unread", "Write an answer first.")
        return self._grade_code(text, names or {}) if self.function else self._grade_tex(text)

    def _grade_tex(self, text: str) -> Grade:
        tex = as_tex(text, {f for g in self.given for f in Formula.defined_by(g, functions=True)})
        try:
            self._refuse(tex)
            for slip, told in self.wrong.items():
                if self.same(tex, slip):
                    return Grade("slip", told)
            point, value = self._fails(self._equal(self.asks, tex))
        except FormulaError as error:
            return Grade("unread", f"{str(error)[:1].upper()}{str(error)[1:]}.")
        if point is None:
            return Grade("right", "Right.")
        if not point:
            return Grade("wrong", "That is not it.")
        return Grade("wrong", f"At {shown_point(point)} it is {shown(value)}, and not right.")

    def _refuse(self, tex: str) -> None:
        """Refuse an answer that repeats the question, or that has letters of its own."""
        nodes = list(within(parse(f"{tex} = 0", self._functions, self._functions)))
        calls = {n.args[0].key for n in nodes if n.kind == "call"} & self._functions
        if calls or DERIVED & {node.kind for node in nodes}:
            raise FormulaError("this repeats the question; work it out")
        asked = self._equal(self.asks, self.answer).variables()
        own = self._equal(tex, tex).variables()
        if strange := sorted(own.keys() - asked.keys()):
            raise FormulaError(f"{', '.join(strange)} is no letter of the answer")

    @property
    def _functions(self) -> set[str]:
        return {name for text in self.given for name in Formula.defined_by(text, functions=True)}

    def _equal(self, left: str, right: str) -> Formula:
        return Formula(f"{left} = {right}", given=self.given)

    def _fails(self, formula: Formula) -> tuple[Mapping[str, Any] | None, Any]:
        """Return a point at which the two sides differ, and the right one there; None if nowhere.

        A number may be rounded.
        """
        close = ROUNDED if formula.is_number else TOLERANCE
        for point in formula.random_points(4):
            for _, gap, _, right in formula.distances(point, both=False):
                if not gap <= close:
                    return point, right
        return None, None

    def same(self, tex: str, other: str) -> bool:
        """Tell whether two answers are equal everywhere."""
        try:
            return self._fails(self._equal(tex, other))[0] is None
        except FormulaError:
            return False

    def _grade_code(self, text: str, names: Mapping[str, Any]) -> Grade:
        try:
            function = evaluated(text, names)
        except Exception as error:
            return Grade("unread", f"Python says: {type(error).__name__}: {error}.")
        if not callable(function):
            letters = ", ".join(parameters(self.function))
            return Grade("unread", f"Write a function, as lambda {letters}: ….")
        for point, right in self._values(self.function, names):
            try:
                value = function(*point)
            except Exception as error:
                said = f"At {arguments(point)} it raises {type(error).__name__}: {error}."
                return Grade("unread", said)
            if not close_to(value, right):
                break
        else:
            return Grade("right", "Right.")
        for slip, told in self.wrong.items():
            if agree(function, evaluated(slip, names), self._points(names)):
                return Grade("slip", told)
        return Grade("wrong", f"At {arguments(point)} it is {shown(value)}, and not right.")

    def _points(self, names: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        found = [evaluated(source, names) for source in self.at]
        return [point if isinstance(point, tuple) else (point,) for point in found]

    def _values(
        self, source: str, names: Mapping[str, Any]
    ) -> Iterator[tuple[tuple[Any, ...], Any]]:
        function = evaluated(source, names)
        for point in self._points(names):
            yield point, function(*point)

    def numbers(self) -> dict[str, Any] | None:
        """Return the value and those of the slips, if all are numbers; else None."""
        if self.function or not self._equal(self.asks, self.answer).is_number:
            return None
        found = {}
        for tex in (self.answer, *self.wrong):
            ((_, _, _, value),) = self._equal(self.asks, tex).distances({}, both=False)
            if np.ndim(value):
                return None
            found[tex] = float(value)
        return {"answer": found.pop(self.answer), "wrong": found}

    def verify(self, names: Mapping[str, Any]) -> None:
        """See that the answer is right, and that every slip is wrong and told from the others.

        Raises:
            AssertionError: if not; it says which.
        """
        right = self.function or self.answer
        if not self.function:
            try:  # each derivative twice
                self._equal(self.asks, self.answer).check(search=False)
            except (WrongError, *FAULTS) as error:
                raise AssertionError(f"the answer {right!r}: {error}") from error
        if (grade := self.grade(right, names)).kind != "right":
            raise AssertionError(f"the answer {right!r} is graded {grade.kind}: {grade.said}")
        for slip, told in self.wrong.items():
            if (grade := self.grade(slip, names)) != Grade("slip", told):
                raise AssertionError(f"the slip {slip!r} is graded {grade.kind}: {grade.said}")


def as_tex(text: str, functions: set[str] | None = None) -> str:
    r"""Return plain text as TeX; what holds a backslash is TeX already.

    Examples:
        >>> as_tex("2*x**2 + sqrt(y)/3")
        '2 x^{2} + \\sqrt{y}/3'
        >>> as_tex("[x(x+y), e^(2t)]")
        '(x\\,(x+y), e^{2t})'
    """
    text = text.strip().strip("$").replace("−", "-").replace("·", "*")
    if "\\" in text:
        return text
    text = re.sub("|".join(POWERS), lambda m: f"^{POWERS[m[0]]}", text)
    text = text.replace("**", "^").replace("[", "(").replace("]", ")")
    text = re.sub(r"\s*\*\s*", " ", text)
    text = re.sub(r"\bnp\.", "", text)
    text = _bracketed(r"\^\(", "^{", text)
    text = re.sub(r"\^(-?\d+(?:\.\d+)?)", r"^{\1}", text)
    text = _bracketed(r"\bsqrt\(", r"\\sqrt{", text)
    called = "".join(sorted(f for f in functions or () if len(f) == 1))
    text = re.sub(rf"(?<![A-Za-z\\])([A-Za-z])\((?<![{called} ]\()", r"\1\\,(", text)
    text = re.sub(rf"\b({FUNCTIONS}|{GREEK})\b", r"\\\1 ", text)
    return re.sub(r" +(?=[(}])", "", text)


def _bracketed(opening: str, new: str, text: str) -> str:
    """Write what an opening and its closing parenthesis enclose with braces."""
    while match := re.search(opening, text):
        depth, end = 1, match.end()
        while end < len(text) and depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        inside = text[match.end() : end - (not depth)]
        text = f"{text[: match.start()]}{new.replace(chr(92) * 2, chr(92))}{inside}}}{text[end:]}"
    return text


def evaluated(source: str, names: Mapping[str, Any]) -> Any:
    """Return the value of an expression of Python, which knows NumPy and the names of a page."""
    return eval(source.strip(), {**names, "np": np})


def parameters(source: str) -> list[str]:
    """Return the names of the parameters of a function of Python."""
    code = evaluated(source, {}).__code__
    return list(code.co_varnames[: code.co_argcount])


def arguments(point: Sequence[Any]) -> str:
    """Return arguments as they are shown."""
    return ", ".join(map(shown, point))


def close_to(value: Any, right: Any) -> bool:
    """Tell whether two values have the same shape and entries."""
    return np.shape(value) == np.shape(right) and np.allclose(value, right, TOLERANCE, TOLERANCE)


def agree(one: Any, other: Any, points: Sequence[tuple[Any, ...]]) -> bool:
    """Tell whether two functions have the same values at some points."""
    return all(close_to(one(*point), other(*point)) for point in points)


class Answers:
    """What became of the questions of a page; its record goes to the page."""

    def __init__(self, found: Sequence[Mapping[str, Any]]) -> None:
        self.found = found

    def __repr__(self) -> str:
        """Return how many questions there are."""
        return f"{len(self.found)} questions"

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        return {"text/plain": repr(self)}, {"questions": {"found": self.found}}


def check_answers(questions: Sequence[Mapping[str, Any]], names: Mapping[str, Any]) -> Answers:
    """Verify the questions of a page; the record holds for each its fault, if any, and numbers."""
    found = []
    for fields in questions:
        fault, numbers = None, None
        try:
            question = Question(**fields)
            question.verify(names)
            numbers = question.numbers()
        except (*FAULTS, AssertionError, SyntaxError) as error:
            fault = str(error) or type(error).__name__
        found.append({"fault": fault, "numbers": numbers})
    return Answers(found)
