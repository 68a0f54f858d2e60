"""What a reader writes is judged as the build judges: answers, and other versions of a display."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mcalc
from mcalc.formulas import displays
from mcalc.formulas.sources import Display

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "docs"))

from _ext.answers import data, judge  # noqa: E402
from _ext.answers.exercises import read, unlike  # noqa: E402
from _ext.assets.npm import NODE  # noqa: E402

GRADIENT = {
    "given": ["f(x,y) = x^2 y"],
    "asks": r"\grad f(x,y)",
    "answer": "(2xy, x^2)",
    "wrong": {"(x^2, 2xy)": "swapped", "2xy + x^2": "added"},
}
NUMBER = {"given": ["f(x) = x^2"], "asks": "f'(3)", "answer": "6", "wrong": {"9": "the value"}}
LINE = {
    "function": "lambda w: 2 * w",
    "at": ["np.array([1.0, 2.0])", "np.array([-0.5, 3.0])"],
    "wrong": {"lambda w: w": "the 2 is lost"},
}
LABEL = "eq-small"
TEX = r"\grad(\vec{x}\T\mat{A}\vec{x}) = (\mat{A} + \mat{A}\T)\,\vec{x}"
SOURCE = f'check("{LABEL}", A=A, wrong={{"2Ax": r"2\\mat{{A}}\\vec{{x}}"}})'


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ("(2xy, x^2)", "right"),
        (r"\begin{bmatrix} 2xy \\ x^2 \end{bmatrix}", "right"),
        (r"x\,(2y, x)", "right"),
        ("(x^2, 2yx)", "slip"),
        ("x^2 + 2xy", "slip"),
        ("(2xy, x)", "wrong"),
        ("2xy", "wrong"),
        ("(2xy, z)", "unread"),
        ("(2xy, ", "unread"),
        ("10^{400}", "unread"),
    ],
)
def test_a_formula_is_judged_by_its_values(typed, verdict):
    assert judge.answer({}, GRADIENT, typed)["verdict"] == verdict


def test_a_point_where_it_fails_is_shown_with_both_values():
    found = judge.answer({}, GRADIENT, "(2xy, x)")
    assert found == {
        "verdict": "wrong",
        "at": "x = 2, y = 1",
        "yours": "(4, 2)",
        "asked": "(4, 4)",
    }


def test_the_solution_is_never_told_where_it_is_a_number():
    found = judge.answer({}, NUMBER, "7")
    assert found == {"verdict": "wrong", "at": "", "yours": "7", "off": []}
    assert judge.answer({}, NUMBER, "9")["slip"] == 0
    assert judge.answer({}, NUMBER, r"\frac{12}{2}")["verdict"] == "right"


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [
        ("lambda w: w + w", "right"),
        ("2 * w", "right"),
        (" lambda w: 2 * w", "right"),
        ("2.00000001 * w", "right"),  # as near as another way to compute it
        ("2.000001 * w", "wrong"),
        ("lambda u: 1.0 * u", "slip"),
        ("3 * w", "wrong"),
        ("w @ w", "wrong"),
        ("w +", "unread"),
        ("v", "fails"),
    ],
)
def test_a_line_of_numpy_is_judged_at_the_points(typed, verdict):
    assert judge.answer({}, LINE, typed)["verdict"] == verdict


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("2 * sqrt(w * w)", "NumPy has np.sqrt"),
        ("max(w, 2 * w)", "np.maximum"),
        ("w @ np.eye(3)", "ValueError at np.array([1.0, 2.0])"),
    ],
)
def test_a_line_that_does_not_run_is_told_the_way_out(typed, says):
    found = judge.answer({}, LINE, typed)
    assert found["verdict"] == "fails"
    assert says in found["message"]


@pytest.mark.parametrize(
    ("exercise", "typed"),
    [
        (GRADIENT, "(2.0001xy, x^2)"),
        (NUMBER, "6.0001"),
        (LINE, "2.0001 * w"),
        (LINE, "w + 1.001 * w"),
    ],
)
def test_what_is_off_by_little_is_not_right(exercise, typed):
    assert judge.answer({}, exercise, typed)["verdict"] == "wrong"


@pytest.mark.parametrize(
    ("left", "right", "gap"),
    [(0.5, 0.25, 0.25), (-8.0, 8.0, 2.0), ([[1.0]], 1.0, 0.0), ([1.0, 2.0], [1.0], np.inf),
     (1.0, np.nan, np.inf)],
)  # fmt: skip
def test_a_gap_is_relative_where_the_first_value_is_large(left, right, gap):
    assert judge.gap(left, right) == gap


def test_a_gap_of_arrays_is_relative_to_the_largest_entry_of_the_reference():
    assert judge.gap_of_arrays([1.0, -4.0], [3.0, -4.0]) == 0.5
    assert judge.gap_of_arrays([0.0], [0.25]) == 0.25
    assert judge.gap_of_arrays([1.0], [np.inf]) == np.inf


def test_a_number_with_pi_is_a_solution_too_and_is_not_told():
    circle = {"given": ["f(x) = \\pi x^2"], "asks": "f(1)", "answer": "\\pi"}
    assert "asked" not in judge.answer({}, circle, "3")


def test_the_entries_that_are_off_are_counted_from_1_and_too_few_are_told():
    three = {"given": ["f(x) = (1, x, x^2)"], "asks": "f(2)", "answer": "(1, 2, 4)"}
    assert judge.answer({}, three, "(1, 3, 5)")["off"] == [2, 3]
    assert judge.answer({}, three, "(1, 2)")["entries"] == [2, 3]


def test_a_slip_is_one_at_all_points_and_values_have_four_digits():
    found = judge.answer({}, GRADIENT, "(x^2, 4x)")  # the slip where y is 2
    assert (found["verdict"], found["asked"]) == ("wrong", "(4, 1)")
    assert judge.answer({}, LINE, "np.abs(w)")["verdict"] == "wrong"
    assert judge.answer({}, NUMBER, "1.23456")["yours"] == "1.235"


@pytest.mark.parametrize(
    ("side", "value"),
    [("6", [6.0]), (r"\frac{\pi}{2}", [np.pi / 2]), ("(1, 2)", [1.0, 2.0]), ("x", None),
     ("(", None), (r"\begin{bmatrix} 1 & 2 \end{bmatrix}", None)],
)  # fmt: skip
def test_only_a_number_or_a_column_is_judged_the_quick_way(side, value):
    assert judge.value(NUMBER, side) == value


@pytest.mark.parametrize("name", ["grad", "jacobian", "hessian", "vjp", "jvp"])
def test_a_line_may_differentiate(name):
    assert judge.function(f"lambda: {name}")() is getattr(mcalc, name)


def test_a_line_that_writes_into_its_argument_is_judged_at_the_points_all_the_same():
    found = judge.answer({}, LINE, "w.fill(0.0) or w")
    assert (found["at"], found["asked"]) == ("w = (1, 2)", "(2, 4)")
    assert judge.answer({}, LINE, "np.add(w, w, out=w)")["verdict"] == "right"


def test_nan_is_right_where_the_reference_gives_it():
    root = {"function": "lambda x: np.sqrt(x)", "at": ["np.array([4.0, -1.0])"]}
    assert judge.answer({}, root, "x ** 0.5")["verdict"] == "right"
    assert judge.answer({}, root, "np.sqrt(np.abs(x))")["verdict"] == "wrong"


def test_right_numbers_in_another_shape_are_told_so():
    found = judge.answer({}, GRADIENT, r"\begin{bmatrix} 2xy & x^2 \end{bmatrix}")
    assert (found["verdict"], found["shapes"]) == ("wrong", ["a row", "a column"])


@pytest.mark.parametrize(
    ("shape", "words"),
    [((), "a column"), ((3,), "a column"), ((3, 1), "a column"), ((1, 3), "a row"),
     ((2, 3), "a matrix of 2 by 3")],
)  # fmt: skip
def test_a_shape_is_told_in_words(shape, words):
    assert judge.form(np.ones(shape)) == words


def test_slips_keep_their_order_in_a_script():
    """JavaScript puts the keys 4 and 16 of an object in the order of the numbers."""
    exercise = {**NUMBER, "wrong": {"16": "one", "4": "another"}}
    found = json.loads(json.dumps(data.public(exercise, None)))
    assert (found["wrong"], found["said"]) == (["16", "4"], ["one", "another"])
    assert found["values"] == [[6.0], [16.0], [4.0]]  # the answer's first
    assert judge.answer({}, found, "16")["slip"] == 0


@pytest.mark.parametrize("exercise", [GRADIENT, NUMBER, LINE])
def test_an_exercise_is_verified(exercise):
    assert judge.verify(exercise) == []


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("(2xy, z)", "the answer has no z; its letters are x, y"),
        ("(2xy; x^2)", "the sign ; is not known here"),
        (r"\foo{x}", r"the sign \foo is not known here"),
        ("(2xy, x^)", "something is missing before “)”"),
        ("(2xy, ", "something is missing at its end"),
        (
            "(1/2x, 1)",
            "a slash beside a product reads in two ways; write (1/2)x or 1/(2x), not 1/2x",
        ),
        ("(1, 2) + 1", "there is no sum of the shapes (2, 1) and (); () is a number's"),
        ("(2 3, 1)", "before a number stands a sign, such as + or a comma"),
        ("10^{400}", "a number is too large"),
    ],
)
def test_what_is_refused_is_told_in_plain_words(typed, message):
    assert judge.answer({}, GRADIENT, typed) == {"verdict": "unread", "message": message}
    assert judge.answer({}, NUMBER, "x")["message"] == "the answer is a number, without x"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("2 * u", "u is not defined; the line has w"),
        ("sqrt(w)", "sqrt is not defined; NumPy has np.sqrt"),
        ("2w", "write one expression, with * in each product, and no = sign"),
        ("return w", "write one expression"),
    ],
)
def test_a_line_that_does_not_run_says_the_way_out(typed, message):
    assert message in judge.answer({}, LINE, typed)["message"]


def test_a_line_may_hold_commas():
    assert judge.answer({}, LINE, "2 * w[0], 2 * w[1]")["verdict"] == "right"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"answer": "(2xy, x)"}, "its answer fails: it does not hold"),
        ({"answer": "(2xy"}, "its answer fails"),
        ({"wrong": {"(2yx, x^2)": "no slip"}}, "its slip '(2yx, x^2)' is right"),
        ({"wrong": {"(x,y)": "a", "(x, y)": "b"}}, "is the same as another one"),
        ({"wrong": {"(x,": "a"}}, "its slip '(x,'"),
    ],
)
def test_each_fault_of_an_exercise_is_found(change, says):
    (fault,) = judge.verify({**GRADIENT, **change})
    assert says in fault


def test_a_question_is_held_against_what_is_given():
    head = "---\nlevel: easy\ngiven: ['f(x) = x^2']\nasks: \"f'(3)\"\nanswer: 6\n---\n"
    exercise, body = read(head + "What?\n")
    assert body == "What?\n"
    assert unlike("f(x) = x^2", exercise) is None
    assert unlike("f(t) = t^3", exercise) is None  # of another letter it says nothing
    assert "says otherwise" in unlike("f(x) = x^3", exercise)
    constant = {"given": ["a = 3", "f(x) = a x"]}
    assert "says otherwise" in unlike("a = 4", constant)
    assert unlike("a = 3", constant) is unlike("b = 4", constant) is unlike("a +", constant) is None
    with pytest.raises(ValueError, match="a formula has no anwser"):
        read(head.replace("level", "anwser: 1\nlevel") + "What?")
    with pytest.raises(ValueError, match="a formula has no at"):  # a function has it
        read(head.replace("level", "at: [3]\nlevel") + "What?")
    numbers, _ = read(head.replace("answer: 6", "answer: 6\nwrong:\n  9: the value") + "What?\n")
    assert (numbers["answer"], numbers["wrong"]) == (
        "6",
        {"9": "the value"},
    )  # as YAML has them not
    assert data.public(numbers, None)["values"] == [[6.0], [9.0]]
    with pytest.raises(ValueError, match="no question"):
        read(head)
    with pytest.raises(ValueError, match="its level is 'brutal', and none of easy, medium, hard"):
        read(head.replace("easy", "brutal") + "What?")


@pytest.fixture
def shown(monkeypatch):
    found = [Display(LABEL, TEX, "small", 1)]
    monkeypatch.setattr(displays, "everything", lambda: found)
    from mcalc import check

    return {"check": check, "A": np.array([[1.0, 2.0], [0.0, 3.0]])}


def test_a_display_is_judged_with_the_arguments_of_its_check(shown):
    def say(tex):
        return judge.display(shown, LABEL, SOURCE, tex)

    found = say(TEX)
    assert (found["verdict"], found["same"]) == ("right", True)
    assert found["residual"] < 1e-12
    turned = say(r"\grad(\vec{x}\T\mat{A}\vec{x}) = (\mat{A}\T + \mat{A})\,\vec{x}")
    assert (turned["verdict"], turned["same"]) == ("right", False)
    assert say(r"2\mat{A}\vec{x}")["slip"] == "This is the slip “2Ax”"
    for same in (r"2 \cdot (\mat{A}\vec{x})", r"\mat{A}\vec{x} + \mat{A}\vec{x}"):  # in other words
        assert say(same)["slip"] == "It has the values of the slip “2Ax”"
    assert "slip" not in say(r"2.001\,\mat{A}\vec{x}")
    assert "slip" not in say(r"\vec{x}\T\vec{x}")  # of another shape
    lost = say(TEX.replace(r"\mat{A}\T)", r"\mat{A})"))
    assert lost["verdict"] == "wrong"
    assert lost["off"] > 0.1
    assert len(lost["sides"]) == 2
    lost = say(TEX.replace(r"(\mat{A} +", r"(\mat{A} -"))
    assert lost["slip"].startswith("This is the formula with")
    for tex, message in {
        r"\grad(": "something is missing at its end",
        TEX.replace("=", "=="): "something is missing before “= (",
        r"2\mat{B}\vec{x}": "B has no meaning in this formula",
        "2x": r"x is an array here; write \vec{x} or \mat{x}",
        f"{TEX} = 0": "it has more or fewer relations",
    }.items():
        found = say(tex)
        assert found["verdict"] == "unread"
        assert message in found["message"]
    twice = r"\mat{A}\vec{x} = \mat{A}\vec{x}"
    for empty, lost in {"1=1": ["A", "x"], r"\vec{x} = \vec{x}": ["A"], twice: []}.items():
        assert say(empty) == {"verdict": "other", "lost": lost}
    unlike = say(TEX.replace("=", r"\ne"))
    assert (unlike["verdict"], "sides" in unlike, "slip" in unlike) == ("wrong", False, False)
    assert "both sides are (" in unlike["message"]


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("no transpose of A", "with the transpose of A lost"),
        ("transpose of A", "with A transposed"),
        ("sign of x (2)", "with the sign of x turned"),
        ("no factor 2", "without the factor 2"),
        ("no exponent of x", "without the exponent of x"),
        ("no f(x)", "without f(x)"),
        ("index of x", "with another index at x"),
        ("indices of A", "with the indices of A"),
        ("another norm for x", "with another norm for x"),
        ("y for x", "with y in place of x"),
        ("f(y) for f(x) (3)", "with f(y) in place of f(x)"),
        ("a half", "with a half"),
    ],
)
def test_a_slip_is_told_in_a_clause(what, words):
    assert judge.in_words(what) == f"the formula {words}"


@pytest.mark.parametrize("option", ["search=False", "prove=False", "tol=1e-6"])
def test_what_a_check_says_of_itself_is_no_letter_of_its_display(shown, option):
    source = SOURCE.replace(", A=A", f", A=A, {option}")
    assert judge.display(shown, LABEL, source, TEX)["verdict"] == "right"


@pytest.mark.parametrize(("tol", "verdict"), [("1e-3", "right"), ("1e-6", "wrong")])
def test_a_reader_may_be_off_by_as_much_as_the_display(shown, tol, verdict):
    source = SOURCE.replace(", A=A", f", A=A, tol={tol}")
    near = TEX.replace("= (", r"= 1.0001\,(")
    assert judge.display(shown, LABEL, source, near)["verdict"] == verdict


def test_easy_points_come_first_if_there_are_numbers_for_all_letters():
    def points(letters):
        sum_of = " + ".join(letters)
        given = [f"f({', '.join(letters)}) = {sum_of}"]
        exercise = {"given": given, "asks": f"f({', '.join(letters)})", "answer": sum_of}
        return judge.points_of(judge.formula_of(exercise, sum_of))

    assert points("xy")[:2] == [{"x": 1.0, "y": 2.0}, {"x": 2.0, "y": 1.0}]
    assert [len(points(letters)) for letters in ("xy", "abcdghk")] == [5, 3]
    assert judge.points_of(judge.formula_of(NUMBER, "6")) == [{}]


def test_each_slip_that_is_offered_is_rejected(shown):
    found = displays.check_displayed(LABEL, A=shown["A"], wrong={"2Ax": r"2\mat{A}\vec{x}"})
    assert 3 <= len(found.slips) <= 5
    assert next(iter(found.slips)) == "2Ax"
    for tex in found.slips.values():
        assert judge.display(shown, LABEL, SOURCE, tex)["verdict"] == "wrong"


TYPED = {
    "2*x*y": r"2 \cdot x \cdot y",
    "x**2": "x^{2}",
    "x^10": "x^{10}",
    "sqrt(2)/2": r"\sqrt{2}/2",
    "[1, x]": "(1, x)",
    "e^(-x/2)": "e^{-x/2}",
    "[[1, 2], [3, 4]]": r"\begin{bmatrix} 1 &  2 \\ 3 &  4 \end{bmatrix}",
    r"\frac{1}{2}\sin x": r"\frac{1}{2}\sin x",
    "lambda*sin(x)": r"\lambda  \cdot \sin (x)",
    "x(1+y)": r"x\,(1+y)",
    "2xy, x^2": "(2xy, x^{2})",
    "((1, 2), (3, 4))": r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}",
    "((3+h)^2-9)/h": "((3+h)^{2}-9)/h",
    "75%": r"\frac{75}{100}",
    "√10": r"\sqrt{10}",
    "(-rsin(t), xlog x)": r"(-r \sin (t), x \log x)",
    r"\arcsin x": r"\arcsin x",
    "2x/(x^2+y^2), 2y/3": "((2x)/(x^{2}+y^{2}),(2y)/3)",
    "a*b/c - 2xy/(3x)": r"(a \cdot b)/c -(2xy)/(3x)",
    "x sin(y)/2": r"(x \sin (y))/2",
    "r sin t/2": r"r \sin t/2",  # of t or of t/2: the grammar refuses it
    "1/2x": "1/2x",
    "[1, 2; 3, 4]": r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}",
    "x; 3": "(x, 3)",
    "$(x, 2).$": "(x, 2)",
    "[x, y]^T": r"(x, y)\T",
    r"\left[x, y\right]": "(x, y)",
    r"\begin{pmatrix} 1 \\ x \end{pmatrix}": r"\begin{bmatrix} 1 \\ x \end{bmatrix}",
    "math.exp(x)": r"\exp (x)",
    "½x²y³": r"\frac{1}{2}x^{2}y^{3}",
    "(⅓, ¾ x)": r"(\frac{1}{3}, \frac{3}{4} x)",
    "2½": r"(2+\frac{1}{2})",
    "x⁻¹²": "x^{-12}",
    "[x, y]ᵀ": r"(x, y)\T",
}
REFUSED = {
    "(x, 2": "the ( is never closed",
    "x, 2)": "a ) closes what was never opened",
    "x=1, y=2": "type the values alone",
    "lambda x: (x, 1)": "without lambda",
    "<x, 2>": "stands in parentheses",
    "{x, 2}": "stands in parentheses",
    r"\begin{bmatrix} 1 \\ \{x\} \end{bmatrix}": "",
    "2xy, x^2": "",
}
NUMBERS = {
    "1/3": [[1 / 3]],
    "-2.5": [[-2.5]],
    "(1, -2)": [[1, -2]],
    "1, -2": [[1, -2]],
    "½": [[0.5]],
    "(-⅔, ⅛)": [[-2 / 3, 0.125]],
    "x": None,
    "(1, y)": None,
}


def test_plain_text_is_read_as_tex(tmp_path):
    module = ROOT / "docs/_static/answers/plain.js"
    (tmp_path / "plain.mjs").write_text(module.read_text("utf-8"), "utf-8")
    script = (
        'import { toTex, numbers, refused, same } from "./plain.mjs";'
        f"const typed = {json.dumps([*TYPED])}, plain = {json.dumps([*NUMBERS])};"
        "console.log(JSON.stringify([typed.map(toTex),"
        "plain.map((t) => numbers(t) && [numbers(t).map(({ value }) => value)]),"
        f"{json.dumps([*REFUSED])}.map(refused),"
        '[same(numbers("0.333"), [1 / 3]), same(numbers("3.16"), [10 ** 0.5]), '
        'same(numbers("0.33"), [1 / 3]), same(numbers("0.001"), [0.0013]), '
        'same(numbers("3"), [3, 3])]]))'
    )
    (tmp_path / "try.mjs").write_text(script, "utf-8")
    done = subprocess.run([NODE, tmp_path / "try.mjs"], capture_output=True, text=True, check=True)
    texts, found, refused, same = json.loads(done.stdout)
    assert [" ".join(t.split()) for t in texts] == [" ".join(t.split()) for t in TYPED.values()]
    assert found == [*NUMBERS.values()]
    for said, words in zip(refused, REFUSED.values(), strict=True):
        assert words in said
        assert bool(words) == bool(said)
    assert same == [True, True, False, False, False]
