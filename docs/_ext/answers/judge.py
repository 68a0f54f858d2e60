"""Judge what a reader writes: an answer to an exercise, or another version of a display.

Plain functions, which the build calls to verify the exercises, the tests call, and a worker in the
reader's browser calls: there this file stands alone, beside mcalc and NumPy. Each takes the names
of the page first, and returns what JSON can hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise, zip_longest
from typing import Any

import numpy as np

import mcalc
from mcalc.formulas import Formula, FormulaError
from mcalc.formulas.definitions import names_in
from mcalc.formulas.points import FAULTS, Point
from mcalc.formulas.tree import parse

TOLERANCE = 1e-9
NEAR = 1e-7
"""How far two arrays may be apart that a reader's line and the reference compute."""

NICE = ((1.0, 2.0, 3.0, 0.5, 4.0, 1.5), (2.0, 1.0, 0.5, 3.0, 1.5, 4.0))
"""Numbers that a reader can follow, for the letters of a formula in their order."""

Exercise = Mapping[str, Any]


def answer(namespace: Mapping[str, Any], exercise: Exercise, typed: str) -> dict[str, Any]:
    """Judge an answer: `verdict` is right, slip, wrong or unread, and the rest says why."""
    with np.errstate(all="ignore"):  # what is not finite is told
        if "function" in exercise:
            return answer_function(exercise, typed)
        return answer_formula(exercise, typed)


def formula_of(exercise: Exercise, side: str, asks: str | None = None) -> Formula:
    """Return the claim that a side is what is asked for."""
    asked = exercise["asks"] if asks is None else asks
    return Formula(f"{asked} = {side}", given=exercise.get("given", ()), strict=False)


def sides(formula: Formula, point: Point) -> list[Any]:
    """Return the values of the two sides of each relation at a point, whatever their shapes."""
    from mcalc.formulas.algebra import Numbers

    with np.errstate(all="ignore"):
        found = formula.values(point, Numbers(both=False))
        return [side for _, *sides in found for side in sides]


def gap(left: Any, right: Any) -> float:
    """Return how far two values are apart; infinity if they are of unlike shapes."""
    a, b = (np.asarray(v, float) for v in (left, right))
    a, b = (v.reshape(()) if v.size == 1 else v for v in (a, b))
    if a.shape != b.shape or not np.all(np.isfinite(b)):
        return float("inf")
    return float(np.max(np.abs(a - b) / np.maximum(1.0, np.abs(a)), initial=0.0))


def points_of(truth: Formula) -> list[Point]:
    """Return points at which the truth has a value: easy ones first, then random ones."""
    letters = truth.variables()
    easy: list[Point] = []
    for numbers in NICE if not any(letters.values()) else ():
        point = dict(zip(letters, numbers, strict=False))
        try:
            if gap(*sides(truth, point)) <= TOLERANCE:
                easy.append(point)
        except FAULTS:  # there are more letters than numbers, say
            continue
    return [*easy, *truth.random_points(3)] if letters else [{}]


def answer_formula(exercise: Exercise, typed: str) -> dict[str, Any]:
    """Judge TeX by its values at points, against what is asked for."""
    truth = formula_of(exercise, exercise["answer"])
    points = points_of(truth)
    try:
        theirs = formula_of(exercise, typed)
        if strange := sorted(set(theirs.variables()) - set(truth.variables())):
            known = ", ".join(sorted(truth.variables()))
            return unread(
                f"the answer has no {', '.join(strange)}; its letters are {known}"
                if known
                else f"the answer is a number, without {', '.join(strange)}"
            )
        values = [(point, *sides(theirs, point)) for point in points]
        gaps = [gap(asked, given) for _, asked, given in values]
    except FAULTS as error:
        return unread(plainly(str(error)))
    if max(gaps) <= TOLERANCE:
        return {"verdict": "right"}
    for number, tex in enumerate(exercise.get("wrong", {})):
        try:
            slip = formula_of(exercise, tex, asks=typed)
            if all(gap(*sides(slip, point)) <= TOLERANCE for point in points):
                return {"verdict": "slip", "slip": number}
        except FAULTS:
            continue
    point, asked, given = values[next(k for k, g in enumerate(gaps) if g > TOLERANCE)]
    found = {"verdict": "wrong", "at": written(point), "yours": shown(given)}
    if np.size(asked) != np.size(given):
        return found | {"entries": [int(np.size(given)), int(np.size(asked))]}
    if all(gap(np.ravel(a), np.ravel(g)) <= TOLERANCE for _, a, g in values):
        return found | {"shapes": [form(given), form(asked)]}
    if is_constant(truth):  # the value at a point would be the solution
        return found | {"off": places_off(asked, given)}
    return found | {"asked": shown(asked)}


def form(value: Any) -> str:
    """Return in words in which shape a value is written."""
    rows, columns = (*np.shape(value), 1, 1)[:2]
    if columns == 1:
        return "a column"
    return "a row" if rows == 1 else f"a matrix of {rows} by {columns}"


def is_constant(truth: Formula) -> bool:
    """Tell whether the answer is a number, or an array of numbers."""
    return not names_in([truth.clauses[-1].sides[-1]]) - {"e", "pi"}


def places_off(asked: Any, given: Any) -> list[int]:
    """Return which entries are off, counted from 1; none for a number."""
    a, b = np.ravel(np.asarray(asked, float)), np.ravel(np.asarray(given, float))
    off = np.abs(a - b) > TOLERANCE * np.maximum(1.0, np.abs(a))
    return [int(k) + 1 for k in np.flatnonzero(off)] if a.size > 1 else []


def answer_function(exercise: Exercise, typed: str) -> dict[str, Any]:
    """Judge a line of NumPy by what it gives at the points."""
    reference = function(exercise["function"])
    names = reference.__code__.co_varnames[: reference.__code__.co_argcount]
    try:
        lone = not typed.lstrip().startswith("lambda")
        theirs = function(f"lambda {', '.join(names)}: ({typed}\n)" if lone else typed)
    except SyntaxError as error:
        return unread(f"{error.msg}; write one expression, with * in each product, and no = sign")
    except Exception as error:
        return unread(f"{type(error).__name__}: {error}")
    slips = [function(source) for source in exercise.get("wrong", {})]
    places = [(text, arguments(text)) for text in exercise["at"]]
    for text, place in places:
        asked = reference(*copies(place))
        try:
            given = theirs(*copies(place))
            off = gap_of_arrays(asked, given)
        except Exception as error:
            return {"verdict": "fails", "message": failure(error, text, names)}
        if off <= NEAR:
            continue
        for number, slip in enumerate(slips):
            if all(gap_of_arrays(slip(*copies(p)), theirs(*copies(p))) <= NEAR for _, p in places):
                return {"verdict": "slip", "slip": number}
        at = ", ".join(f"{n} = {shown(v)}" for n, v in zip(names, place, strict=False))
        return {"verdict": "wrong", "at": at, "yours": shown(given), "asked": shown(asked)}
    return {"verdict": "right"}


def failure(error: Exception, place: str, names: Sequence[str]) -> str:
    """Return why a line does not run, with a way out where it is a known one."""
    name = getattr(error, "name", None)
    if isinstance(error, NameError) and name is not None:
        way = f"NumPy has np.{name}" if hasattr(np, name) else f"the line has {', '.join(names)}"
        return f"{name} is not defined; {way}"
    if "truth value of an array" in str(error):
        return (
            "max, min, if and and take one number; np.maximum, np.minimum and np.where take arrays"
        )
    return f"{type(error).__name__} at {place}: {error}"


def function(source: str) -> Any:
    """Return the function that a line of NumPy writes."""
    known = {name: getattr(mcalc, name) for name in ("grad", "jacobian", "hessian", "vjp", "jvp")}
    found = eval(source, {"np": np, **known})
    if not callable(found):
        raise TypeError("this is no function; write lambda …: …")
    return found


def arguments(text: str) -> tuple[Any, ...]:
    """Return the arguments that stand at a point: a tuple holds several."""
    found = eval(text, {"np": np})
    return found if isinstance(found, tuple) else (found,)


def copies(place: tuple[Any, ...]) -> list[Any]:
    """Return arguments that a function may overwrite."""
    return [np.array(v) if isinstance(v, np.ndarray) else v for v in place]


def gap_of_arrays(asked: Any, given: Any) -> float:
    """Return how far two results are apart, relative to the largest entry of the first.

    So a line that loses its digits where the result is small is told from one that keeps them.
    """
    a, b = (np.asarray(v, float) for v in (asked, given))
    if a.shape != b.shape:
        return float("inf")
    if np.array_equal(a, b, equal_nan=True):
        return 0.0
    with np.errstate(all="ignore"):
        far = np.max(np.abs(a - b)) / (np.max(np.abs(a)) or 1.0)
    return float(far) if np.isfinite(far) else float("inf")


def unread(message: str) -> dict[str, Any]:
    """Return that something cannot be read or evaluated, and why."""
    return {"verdict": "unread", "message": message}


PLAINLY = {  # messages about formulas, for one who does not know the grammar
    r"it cannot be evaluated: ": "",
    r"the sign (['\"])(.*)\1 is not in the grammar.*": r"the sign \2 is not known here",
    r"not in the grammar at its end": "something is missing at its end",
    r"not in the grammar at column \d+, before (['\"])(.*)\1": "something is missing before “\\2”",
    r"a number stands first in a product.*": "before a number stands a sign, such as + or a comma",
    r"int too large.*": "a number is too large",
    r"write \\frac or parentheses": "write (1/2)x or 1/(2x), not 1/2x",
    r"the (?:symbol|function) '(.*)' is not bound": r"\1 has no meaning in this formula",
    r"(.*) is an array, and not bold": r"\1 is an array here; write \\vec{\1} or \\mat{\1}",
    r"a (sum|product) of shapes (.*)": r"there is no \1 of the shapes \2; () is a number's",
    r"it does not claim as much, .*": "it has more or fewer relations, such as =, than the book's",
}


def plainly(message: str) -> str:
    """Return why a formula is refused, in words for its reader."""
    for pattern, words in PLAINLY.items():
        message = re.sub(pattern, words, message)
    return message.replace("\\\\", "\\")  # a sign was shown as Python writes it


def shown(value: Any) -> str:
    """Return a value as a reader writes it, with four digits."""
    array = np.asarray(value, float)
    if array.size == 1:
        return f"{array.reshape(-1)[0]:.4g}".replace("nan", "undefined")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim == 1:
        return f"({', '.join(map(shown, array))})"
    return f"({'; '.join(', '.join(map(shown, row)) for row in array)})"


def written(point: Point) -> str:
    """Return a point as a reader writes it."""
    return ", ".join(f"{name} = {shown(value)}" for name, value in point.items())


def verify(exercise: Exercise) -> list[str]:
    """Return what is wrong with an exercise: an answer that fails, a slip that does not."""
    faults = []
    try:
        if "function" in exercise:
            own = answer({}, exercise, exercise["function"])
        else:
            formula_of(exercise, exercise["answer"]).check(search=False)
            own = answer_formula(exercise, exercise["answer"])
    except Exception as error:
        return [f"its answer fails: {error}"]
    if own["verdict"] != "right":
        faults.append(f"its answer fails: {own}")
    for number, source in enumerate(exercise.get("wrong", {})):
        found = answer({}, exercise, source)
        if found.get("slip") != number:
            said = {"right": "is right", "slip": "is the same as another one"}
            why = said.get(found["verdict"]) or found.get("message") or "is not found again"
            faults.append(f"its slip {source!r} {why}")
    return faults


def value(exercise: Exercise, side: str) -> list[float] | None:
    """Return a number or the entries of a column, if a side is no more than that."""
    try:
        (clause,) = parse(f"{exercise['asks']} = {side}", strict=False)
        if names_in([clause.sides[-1]]) - {"e", "pi"}:
            return None
        found = np.asarray(sides(formula_of(exercise, side), {})[1], float)
    except FAULTS:
        return None
    if found.ndim == 2 and found.shape[1] != 1:
        return None
    return [float(v) for v in np.ravel(found)]


def display(namespace: Mapping[str, Any], label: str, source: str, tex: str) -> dict[str, Any]:
    """Judge another version of a display as the build judged the display.

    The cell of its check runs, for what it binds, with the names of the page; what it hands to
    `check` is what the reader's version is evaluated with, at the points of the display.
    """
    from mcalc.formulas import displays
    from mcalc.formulas.verdict import WrongError

    kept: dict[str, dict[str, Any]] = {}
    own = displays.check_displayed
    displays.check_displayed = lambda name, **options: kept.setdefault(name, options)  # type: ignore[assignment]
    try:
        exec(source, dict(namespace))
    finally:
        displays.check_displayed = own
    if label not in kept:
        raise ValueError(f"the cell does not check {label!r}")
    bound = dict(kept[label])
    how = {name: bound.pop(name) for name in ("small", "order", "tol") if name in bound}
    at, wrong, *_ = (bound.pop(name, None) for name in ("at", "wrong", "search", "prove"))
    truth = displays.read_display(displays.display(label), **bound)
    points = truth.points(at)
    named = {name: whole(truth, side) for name, side in (wrong or {}).items()}
    try:
        other = truth.like(whole(truth, tex))
        found = other.check(at=points, search=False, **how)
    except WrongError as error:
        said: dict[str, Any] = {"verdict": "wrong", "message": str(error)}
        if error.found:
            point, left, right, off = error.found
            if gap(left, right) <= TOLERANCE:  # it claims that they are unlike
                return said | {"message": f"at {written(point)} both sides are {shown(left)}"}
            said |= {"at": written(point), "sides": [shown(left), shown(right)], "off": off}
        if slip := known_slip(truth, other, named, points):
            said |= {"slip": slip}
        return said
    except FAULTS as error:
        return unread(plainly(str(error)))
    lost, twice = truth.forgotten(other), (pairwise(clause.sides) for clause in other.clauses)
    if lost or (other.clauses != truth.clauses and any(a == b for p in twice for a, b in p)):
        return {"verdict": "other", "lost": lost}
    measured = {"residual": float(found.residual), "order": found.order, "points": found.points}
    return {"verdict": "right", "same": other.clauses == truth.clauses} | measured


def whole(truth: Formula, tex: str) -> str:
    """Return what a reader wrote as a whole formula: it may be the last side alone."""
    from mcalc.formulas.verdict import completed

    bound = set(truth.symbols)
    try:
        parse(tex, bound, bound, strict=False)
    except FormulaError as error:
        if not str(error).startswith("this claims nothing"):
            raise  # with its place in what was written
    return completed(truth, tex)


def known_slip(
    truth: Formula, other: Formula, named: Mapping[str, str], points: Sequence[Point]
) -> str | None:
    """Return which slip a formula is, by its tree or else by its values; None if none is known."""
    made = {slip.what: slip.tex for slip in truth.slips()}
    ways = (("This is", lambda slip: slip.clauses == other.clauses),
            ("It has the values of", lambda slip: alike(slip, other, points)))  # fmt: skip
    for begin, same in ways:
        for what, tex in {**named, **made}.items():
            try:
                found = same(truth.like(tex))
            except FAULTS:
                continue
            if found:
                return f"{begin} " + (f"the slip “{what}”" if what in named else in_words(what))
    return None


def alike(one: Formula, other: Formula, points: Sequence[Point]) -> bool:
    """Tell whether the sides of two formulas have the same values at points."""
    both = ([v for p in points for v in sides(f, p)] for f in (one, other))
    pairs = list(zip_longest(*both, fillvalue=np.nan))
    return bool(pairs) and all(gap(a, b) <= TOLERANCE for a, b in pairs)


def in_words(what: str) -> str:
    """Return in a clause what a slip is: `no transpose of A` is a formula without it."""
    kinds = {
        "no transpose of ": "with the transpose of {} lost",
        "transpose of ": "with {} transposed",
        "sign of ": "with the sign of {} turned",
        "no factor ": "without the factor {}",
        "no exponent of ": "without the exponent of {}",
        "no ": "without {}",
        "index of ": "with another index at {}",
        "indices of ": "with the indices of {}",
        "another norm for ": "with another norm for {}",
    }
    what = what.partition(" (")[0] if what.endswith(")") and what[-2].isdigit() else what
    for begin, clause in kinds.items():
        if what.startswith(begin):
            return "the formula " + clause.format(what[len(begin) :])
    one, word, other = what.partition(" for ")
    return f"the formula with {one} in place of {other}" if word else f"the formula with {what}"
