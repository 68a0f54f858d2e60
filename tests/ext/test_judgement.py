"""What is said of a formula: the warnings of the judge, and the account behind a mark."""

import re
from dataclasses import replace

import pytest
from _ext.ledger.collect import Check, Equation, Page, Row
from _ext.ledger.judge import claims_something, faults
from _ext.ledger.marks import account, class_of, verdict
from _ext.ledger.picture import TOP, picture

READ = Check("eq-a", 0.0, 3, {"sign": 0.5, "factor": 2.0}, tex="a = b", line=7)
SLIPS = " Of the slips made of it, 2 were told from the truth."
BOTH = "Both sides were read as you see them; at 3 points they"
EXACT = f"{BOTH} agree to the last digit.{SLIPS}"


@pytest.mark.parametrize(
    ("label", "change", "said"),
    [
        ("eq-a", {}, EXACT),
        ("eq-a", {"residual": 2.6e-12}, f"{BOTH} differ by 3e-12 at most.{SLIPS}"),
        ("eq-a", {"points": 1}, EXACT.replace("3 points", "1 point")),
        ("eq-a", {"points": 2}, EXACT.replace("3 p", "2 p")),
        ("eq-a", {"points": 0}, EXACT.replace("3 p", "0 p")),
        ("eq-a", {"proved": "numbers"}, EXACT + " SymPy proved it."),
        ("eq-a", {"proved": "2"}, EXACT + " SymPy proved it for arrays of the sizes 2."),
        ("eq-a", {"examples": ["f"]}, EXACT + " It speaks of every function; this is an example."),
        ("def-a", {"examples": ["f"]}, EXACT),
        ("eq-a", {"residual": None, "order": 1.996},
         f"The formula was read as you see it: its error falls with the order 2.00.{SLIPS}"),
        ("eq-a", {"failure": "it is off"}, "This does not hold: it is off."),
        ("eq-a", {"tex": None}, "Code beside the formula was compared: exact; rejected: "
         "sign\N{NO-BREAK SPACE}(0.5), factor\N{NO-BREAK SPACE}(2)."),
    ],
)  # fmt: skip
def test_the_account_of_an_equation(label: str, change: dict, said: str) -> None:
    assert account(Row("page", label, 1, [replace(READ, **change)])) == said


@pytest.mark.parametrize(
    ("nearest", "shown"), [(0.4, "0.4"), (0.0023, "0.002"), (1.04e-3, "0.001"), (9e-4, "9.0·10⁻⁴")]
)
def test_the_caption_writes_a_small_distance_as_a_power(nearest: float, shown: str) -> None:
    rows = [Row("page", "eq-a", 1, [replace(READ, rejected={"near": nearest, "far": 3.0})])]
    assert f"off by at least {shown}." in picture(rows).astext()
    assert "at most 0." in picture(rows).astext()


@pytest.mark.parametrize(("distance", "top"), [(1.0, False), (10.0, True), (1000.0, True)])
def test_the_picture_reaches_to_ten_or_to_what_is_farther_off(distance: float, top: bool) -> None:
    rows = [Row("page", "eq-a", 1, [replace(READ, rejected={"far": distance})])]
    (y,) = re.findall(r'<path class="wrong" d="M[\d.]+ ([\d.]+)l', picture(rows).astext())
    assert (float(y) + 3 == TOP) == top
    assert float(y) + 3 >= TOP


def test_a_dotted_line_begins_each_page_but_the_first() -> None:
    rows = [Row(page, "eq-a", 1, [READ]) for page in "one one two three three".split()]  # noqa: SIM905
    assert picture(rows).astext().count('<line class="page"') == 2


@pytest.mark.parametrize(
    ("label", "checks", "name"),
    [
        ("eq-a", [replace(READ, examples=["f"])], "tried"),
        ("def-a", [READ], "defined"),
        ("eq-a", [READ], "evaluated"),
    ],
)
def test_the_class_of_a_mark_is_one_word(label: str, checks: list[Check], name: str) -> None:
    assert class_of(Row("page", label, 1, checks)) == name


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        ([READ], "✓ evaluated"),
        ([replace(READ, examples=["f"])], "✓ tried on 3 examples"),
        ([replace(READ, examples=["f"], points=1)], "✓ tried on 1 example"),
        ([replace(READ, examples=["f"], points=0)], "✓ tried on 0 examples"),
        ([replace(READ, examples=["f"]), replace(READ, examples=["f"])], "✓ tried on 6 examples"),
        ([replace(READ, examples=["f"], proved="numbers")], "✓ proved"),
        ([READ, replace(READ, failure="it is off")], "✗ fails"),
    ],
)
def test_a_mark_says_on_how_many_examples_a_formula_was_tried(
    checks: list[Check], words: str
) -> None:
    assert verdict(Row("page", "eq-a", 1, checks)) == words


DEF, USE, SECOND = (
    Equation("def-f", 1, "f(x) = x"),
    Equation("eq-a", 5, "a = b"),
    Equation("eq-b", 9, "a = b"),
)
FAILS = replace(READ, failure="it is off", refuted=True)
USING = replace(FAILS, uses=["def-f"])


def of(label: str, check: Check) -> Check:
    return replace(check, label=label)


def that(failure: str, check: Check = FAILS) -> Check:
    return replace(check, failure=failure)


CLAIM = replace(READ, label="claim", tex="1 = 1")
ONE = Equation("claim", 11, "1 = 1")
ALL = "fails in all 2 formulas that use it; eq-a: it is off"
JUDGED = {
    "all is right": ([DEF, USE], [READ], [], None, []),
    "a failure": ([DEF, USE], [FAILS], [], None,
                  [(5, "equation 'eq-a' fails as displayed: it is off")]),
    "the second check fails": ([USE], [READ, FAILS], [], None,
                               [(5, "equation 'eq-a' fails as displayed: it is off")]),
    "a definition is wrong": ([DEF, USE, SECOND], [USING, of("eq-b", USING)], [], None,
                              [(1, f"definition 'def-f' {ALL}")]),
    "a definition that nothing else speaks for": (
        [USE, Equation("eq-c", 3, "a = b"), Equation("eq-z", 2, "a = b"), DEF, SECOND],
        [of("eq-z", READ), that("second", of("eq-b", USING)), that("third", USING),
         that("fourth", of("claim", USING)), of("eq-c", READ)],
        [ONE], None,
        [(1, "definition 'def-f' fails in all 3 formulas that use it; eq-b: second"),
         (11, "nothing evaluated the claim '$1 = 1$'; does its page have a kernel?")],
    ),
    "a claim alone": (
        [DEF], [replace(USING, label="claim", tex="1 = 1")], [ONE], None,
        [(11, "the claim '$1 = 1$' fails: it is off")],
    ),
    "two definitions that fail": (
        [Equation("def-a", 1, "f(x) = x"), DEF, USE],
        [of("def-a", FAILS), of("def-f", that("other")), READ], [], None,
        [(1, "equation 'def-a' fails as displayed: it is off"),
         (1, "equation 'def-f' fails as displayed: other")],
    ),
    "of several failures the first": (
        [USE], [that("first"), that("second"), replace(CLAIM, failure="third"),
                replace(CLAIM, failure="fourth")], [ONE], None,
        [(5, "equation 'eq-a' fails as displayed: first"),
         (11, "the claim '$1 = 1$' fails: third")],
    ),
    "a failure of the one before": ([USE, SECOND], [FAILS, of("eq-b", READ)], [], None,
                                    [(5, "equation 'eq-a' fails as displayed: it is off")]),
    "a failure of the one after": ([USE, SECOND], [READ, of("eq-b", FAILS)], [], None,
                                   [(9, "equation 'eq-b' fails as displayed: it is off")]),
    "what stands below one that is checked": (
        [USE, SECOND], [READ], [], None,
        [(9, "equation 'eq-b' is neither a definition nor checked…")],
    ),
    "one formula alone": ([DEF, USE], [USING], [], None,
                          [(5, "equation 'eq-a' fails as displayed: it is off")]),
    "another holds": (
        [DEF, USE, SECOND],
        [USING, of("eq-b", USING), replace(READ, label="eq-c", uses=["def-f"])],
        [], None,
        [(5, "equation 'eq-a' fails as displayed: it is off"),
         (9, "equation 'eq-b' fails as displayed: it is off"),
         (7, "check of 'eq-c', but no equation of this page has that label")],
    ),
    "the definition fails itself": (
        [DEF, USE],
        [of("def-f", FAILS), USING],
        [], None,
        [(1, "equation 'def-f' fails as displayed: it is off; 1 more formulas use it")],
    ),
    "a definition that uses itself": (
        [DEF, USE],
        [of("def-f", USING)],
        [], None,
        [(1, "equation 'def-f' fails as displayed: it is off"),
         (5, "equation 'eq-a' is neither a definition nor checked…")],
    ),
    "another TeX": ([USE], [replace(READ, tex="a = c")], [], None,
                    [(5, "what was evaluated as 'eq-a' is not what is displayed")]),
    "beside the TeX": ([USE], [replace(READ, tex=None)], [], None, []),
    "the run ended": ([DEF, USE, SECOND], [], [Equation("claim", 11, "1 = 1")], 3,
                      [(3, "the run of this page ended here, before it checked 'eq-a', 'eq-b'")]),
    "the run ended at its end": ([USE], [READ], [], 12, [(12, "the run of this page ended here")]),
    "a claim": ([], [replace(READ, label="claim", tex="1 = 1")],
                [Equation("claim", 11, "1 = 1"), Equation("claim", 12, "1 = 2")], None,
                [(12, "nothing evaluated the claim '$1 = 2$'; does its page have a kernel?")]),
    "a claim between others": (
        [], [replace(CLAIM, tex=tex, failure=f"{tex} is off") for tex in ("0 = 1", "1 = 2")]
        + [CLAIM, of("wrong", CLAIM)], [ONE], None, [],
    ),
    "a claim that fails": ([], [replace(FAILS, label="wrong", tex="1 = 1")],
                           [Equation("wrong", 11, "1 = 1")], None,
                           [(11, "the claim '$1 = 1$' fails: it is off")]),
    "a stray check": ([USE], [READ, replace(READ, label="eq-z")], [], None,
                      [(7, "check of 'eq-z', but no equation of this page has that label")]),
    "no label": ([Equation(None, 2, "a")], [], [], None, [(2, "this equation has no label…")]),
    "another label": ([Equation("thm-a", 2, "a")], [], [], None,
                      [(2, "the label of equation 'thm-a' must begin with def-, eq- or…")]),
    "a definition twice": ([DEF, Equation("def-g", 2, "f(x) = 2x")], [], [], None,
                           [(2, "definition 'def-g' defines f, as 'def-f' above does…")]),
    "a definition compared": ([DEF, Equation("def-g", 2, "f(x) = x")],
                              [replace(READ, label="def-g", tex="f(x) = x")], [], None, []),
    "a notation": ([Equation("notation-a", 2, "h_k")], [], [], None, []),
    "a definition that claims more": (
        [Equation("def-f", 2, "f(x) = x = 2x")], [], [], None,
        [(2, "definition 'def-f' claims more than it defines; let a…")],
    ),
    "a definition that cannot be read": (
        [Equation("def-f", 2, r"1 + 1 = 2")], [], [], None,
        [(2, "definition 'def-f' cannot be computed: a definition has a new symbol on its left…")],
    ),
    "a notation that cannot be read": (
        [Equation("notation-a", 2, r"a \oplus b = c"),
         Equation("notation-b", 2, r"\lim_{h \to 0} \frac{a}{h} = c")], [], [], None, [],
    ),
    "a claim of letters that may be functions": (
        [Equation("notation-a", 2, "f(x+h) - f(x) = a + b")], [], [], None,
        [(2, "'notation-a' introduces no notation: it claims something…")],
    ),
    "a claim as notation": ([Equation("notation-a", 2, "a + b = c")], [], [], None,
                            [(2, "'notation-a' introduces no notation: it claims something…")]),
}  # fmt: skip


def copy(text: str | None) -> str | None:
    return text and "".join([*text])


@pytest.mark.parametrize("case", JUDGED)
def test_each_fault_is_said_once_at_its_line(case: str) -> None:
    """The texts of a check are copies, as they come from another process."""
    equations, checks, claims, stopped, said = JUDGED[case]
    checks = [replace(c, label=copy(c.label), tex=copy(c.tex), uses=[*map(copy, c.uses)])
              for c in checks]  # fmt: skip
    found = list(faults(Page(equations, claims, checks, stopped)))
    assert [line for line, _ in found] == [line for line, _ in said]
    for (_, message), (_, wanted) in zip(found, said, strict=True):
        start, is_open, _ = wanted.partition("…")
        assert message.startswith(start) if is_open else message == wanted


@pytest.mark.parametrize(
    ("tex", "claims"),
    [
        ("a + b = c", True),
        ("x y = c", True),
        (r"\vec{a} \cdot \vec{b} = c", True),
        (r"\vec{a} \odot \vec{b} = c", True),
        ("a / b = c", True),
        (r"\frac{a}{b} = c", True),
        ("x^n = c", True),
        ("2 = c", True),
        ("H_f(x) = c", False),
        (r"\vec{x}\T = c", False),
        (r"\lim_{h \to 0} \frac{a}{h} = c", False),
        ("h_k", False),
        (r"a \oplus b = c", False),
    ],
)
def test_a_notation_is_about_no_operation_that_is_known(tex, claims):
    assert claims_something(tex) == claims
