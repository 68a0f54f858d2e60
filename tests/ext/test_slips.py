"""Each kind of slip in what a reader sees fails the build, in one message with page and line."""

import functools
import re
import string
from dataclasses import dataclass

import books
import pytest


@dataclass(frozen=True)
class Case:
    """A passage as it should be and with one slip; where the message stands, and what it says."""

    right: str
    wrong: str
    at: str
    says: str


def cell(code: str) -> str:
    return f"\n\n```{{code-cell}} python\n{code}\n```"


def drawn(alt: str, caption: str, name: str) -> str:
    """Return a figure that a cell draws."""
    image = f'image: {{alt: "{alt}"}}'
    figure = f'figure: {{caption: "{caption}", name: {name}}}'
    return cell(f"---\nmystnb:\n  {image}\n  {figure}\n---\n_ = plt.plot([0, 1, 4])")


CUBE = cell('check("eq-cube", g=lambda x: x**3)')
USERS = "".join(
    f"\n\n$${tex}$$ ({label})" + cell(f'check("{label}")')
    for label, tex in (("eq-user", "w'(x) = 2x"), ("eq-other-user", "w(3) = 9"))
)
TAMPER = cell(
    "from mcalc.formulas import displays\n"
    "from mcalc.formulas.sources import Display\n"
    'displays.everything().append(Display("eq-shown", "2y = y + y", "other", 1))\n'
    'check("eq-shown")'
)
IMPORTS = cell(
    "import matplotlib.pyplot as plt\nfrom myst_nb import glue\n\nfrom mcalc import check"
)
FORMULAS = {
    "a claim that is said to be a notation": Case(
        r"$$\pd{F}{\vec{q}} = \begin{bmatrix} \vdots \end{bmatrix}$$ (notation-quotient)",
        r"$$(u/v)' = u'/v'$$ (notation-quotient)",
        "(notation-quotient)",
        "'notation-quotient' introduces no notation: it claims something; name it eq-",
    ),
    "the right side": Case(
        r"$$f'(x) = 2x$$ (eq-right)" + cell('check("eq-right")'),
        r"$$f'(x) = 3x$$ (eq-right)" + cell('check("eq-right")'),
        "(eq-right)",
        r"equation 'eq-right' fails as displayed: it does not hold at x = .* is off by",
    ),
    "the left side": Case(
        r"$$f(x + 1) - f(x) = 2x + 1$$ (eq-left)" + cell('check("eq-left")'),
        r"$$f(x + 1) + f(x) = 2x + 1$$ (eq-left)" + cell('check("eq-left")'),
        "(eq-left)",
        "equation 'eq-left' fails as displayed: it does not hold at x = ",
    ),
    "a member in the middle": Case(
        r"$$f(x + 1) = x^2 + 2x + 1 = (x + 1)^2$$ (eq-middle)" + cell('check("eq-middle")'),
        r"$$f(x + 1) = x^2 + x + 1 = (x + 1)^2$$ (eq-middle)" + cell('check("eq-middle")'),
        "(eq-middle)",
        "equation 'eq-middle' fails as displayed: it does not hold at x = ",
    ),
    "a line of several": Case(
        "$$\nf(2x) &= (2x)^2 \\\\\n      &= 4f(x)\n$$ (eq-lines)" + cell('check("eq-lines")'),
        "$$\nf(2x) &= (2x)^2 \\\\\n      &= 2f(x)\n$$ (eq-lines)" + cell('check("eq-lines")'),
        "$$\nf(2x)",
        "equation 'eq-lines' fails as displayed: it does not hold at x = ",
    ),
    "a model": Case(
        r"$$f(1 + h) \approx 1 + 2h$$ (eq-model)" + cell('check("eq-model")'),
        r"$$f(1 + h) \approx 1 + 3h$$ (eq-model)" + cell('check("eq-model")'),
        "(eq-model)",
        r"equation 'eq-model' fails as displayed: the error falls like h\^1\.00, not like h\^2",
    ),
    "a definition and its code": Case(
        "$$s(x) = x^3$$ (def-code)" + cell('check("def-code", s=lambda x: x**3)'),
        "$$s(x) = x^4$$ (def-code)" + cell('check("def-code", s=lambda x: x**3)'),
        "(def-code)",
        "'def-code' fails as displayed: it does not hold at x = ",
    ),
    "a definition and the code that others bind": Case(
        "$$g(x) = x^3$$ (def-cube)\n\n$$g'(x) = 3x^2$$ (eq-cube)" + CUBE,
        "$$g(x) = x^3 + 1$$ (def-cube)\n\n$$g'(x) = 3x^2$$ (eq-cube)" + CUBE,
        "(eq-cube)",
        "equation 'eq-cube' fails as displayed: what is bound to g is not def-cube: ",
    ),
    "a definition that several use": Case(
        "$$w(x) = x^2$$ (def-used)" + USERS,
        "$$w(x) = x^3$$ (def-used)" + USERS,
        "(def-used)",
        "definition 'def-used' fails in all 2 formulas that use it; eq-user: it does not hold",
    ),
    "an inline claim": Case(
        "So {claim}`f(3) = 9` holds.",
        "So {claim}`f(3) = 6` holds.",
        "f(3)",
        r"the claim '\$f\(3\) = 6\$' fails: it does not hold: 9 = 6 is off by",
    ),
    "a digit of an inline claim": Case(
        r"So {claim}`a \approx 0.33` here.",
        r"So {claim}`a \approx 0.34` here.",
        "approx 0.3",
        r"the claim '\$a \\approx 0.34\$' fails: it does not hold: 0.33",
    ),
    "a mistake that is none": Case(
        "Never {wrong}`f(5) = 10`.",
        "Never {wrong}`f(5) = 25`.",
        "f(5)",
        r"the claim '\$f\(5\) = 25\$' fails: this is said to be wrong, and it holds",
    ),
    "what cannot be read": Case(
        r"$$x + y = y + x$$ (eq-read)" + cell('check("eq-read")'),
        r"$$x \oplus y = y + x$$ (eq-read)" + cell('check("eq-read")'),
        "(eq-read)",
        r"equation 'eq-read' fails as displayed: .* at column 3, before '\\\\oplus y",
    ),
    "what is not what was evaluated": Case(
        "$$2y = y + y$$ (eq-shown)" + TAMPER,
        "$$2y = y + y + y$$ (eq-shown)" + TAMPER,
        "(eq-shown)",
        "what was evaluated as 'eq-shown' is not what is displayed",
    ),
    "a formula without a check": Case(
        "$$x = x$$ (eq-alone)" + cell('check("eq-alone")'),
        "$$x = x$$ (eq-alone)" + cell("None"),
        "(eq-alone)",
        "equation 'eq-alone' is neither a definition nor checked",
    ),
    "a check that is not shown": Case(
        r"$$4y = 2y + 2y$$ (eq-hidden)" + cell('check("eq-hidden")'),
        r"$$4y = 2y + 2y$$ (eq-hidden)" + cell(':tags: [remove-cell]\n\ncheck("eq-hidden")'),
        "```{code-cell}",
        "the check of 'eq-hidden' stands in a cell that no reader sees; let it be shown",
    ),
    "a number in an alt text": Case(
        drawn("A curve falls to {gap:.2f}", "A curve", "fig-alt"),
        drawn("A curve falls to 0.37", "A curve", "fig-alt"),
        "```{code-cell}",
        "the number 0.37 is typed in an alt text; glue it",
    ),
    "an alt text that pastes what nothing glued": Case(
        drawn("It starts at {gap:.1f}", "A curve", "fig-lost"),
        drawn("It starts at {lost:.1f}", "A curve", "fig-lost"),
        "```{code-cell}",
        "an alt text pastes 'lost', which no cell of this page has glued",
    ),
    "a number in a caption": Case(
        drawn("A curve", "It ends at {glue:text}`gap:.3f`", "fig-caption"),
        drawn("A curve", "It ends at 0.371", "fig-caption"),
        "```{code-cell}",
        "the number 0.371 is typed; paste the value of a cell",
    ),
}
PROSE = {
    "a claim that hides behind def-": Case(
        "$$u(t) = t^2$$ (def-hidden)",
        "$$(u/v)' = u'/v'$$ (def-hidden)",
        "(def-hidden)",
        "definition 'def-hidden' cannot be computed: a definition has a new symbol on its left",
    ),
    "a second definition of a letter": Case(
        "$$p(t) = t$$ (def-p)\n\n$$q(t) = t^2$$ (def-again)",
        "$$p(t) = t$$ (def-p)\n\n$$p(t) = t^2$$ (def-again)",
        "(def-again)",
        "definition 'def-again' defines p, as 'def-p' above does",
    ),
    "a definition that claims more": Case(
        "$$r(t) = (t + 1)^2$$ (def-more)",
        "$$r(t) = (t + 1)^2 = t^2 + 1$$ (def-more)",
        "(def-more)",
        "definition 'def-more' claims more than it defines",
    ),
    "a relation in dollars": Case(
        r"Here {let}`a = b` is set.",
        r"Here $a = b$ is set.",
        "is set",
        r"'\$a = b\$' claims something that nothing evaluates; write it as \{claim\}",
    ),
    "a bound in dollars": Case(
        r"Here {let}`a \le b` is bounded.",
        r"Here $a \le b$ is bounded.",
        "is bounded",
        r"'\$a \\le b\$' claims something that nothing evaluates",
    ),
    "a number in a sentence": Case(
        "The rate is {let}`0.25` here.",
        "The rate is 0.25 here.",
        "The rate",
        "the number 0.25 is typed; paste the value of a cell with glue",
    ),
    "a number in dollars": Case(
        "The size is {let}`128` now.",
        "The size is $128$ now.",
        "The size",
        "the number 128 is typed; paste the value of a cell with glue",
    ),
    "a number in a table": Case(
        "| A | B |\n|---|---|\n| step | {let}`0.75` |",
        "| A | B |\n|---|---|\n| step | 0.75 |",
        "| A | B |",
        "the number 0.75 is typed",
    ),
    "a number in a list": Case(
        "- it falls by {let}`0.125`",
        "- it falls by 0.125",
        "it falls",
        "the number 0.125 is typed",
    ),
    "a number in the caption of a picture": Case(
        "```{figure} picture.svg\n:alt: A curve\n\nIt ends at zero.\n```",
        "```{figure} picture.svg\n:alt: A curve\n\nIt ends at 0.625.\n```",
        "It ends",
        "the number 0.625 is typed; paste",
    ),
    "a number in the alt text of a picture": Case(
        "![It rises](picture.svg)",
        "![It rises to 0.875](picture.svg)",
        "![It rises",
        "the number 0.875 is typed in an alt text",
    ),
    "a setting that sets no letter": Case(
        r"A rate of {let}`r = 2`.",
        r"A rate of {let}`1 + 1 = 3`.",
        "A rate of",
        r"'\$1 \+ 1 = 3\$' has no letter to set",
    ),
    "a claim that no kernel evaluates": Case(
        "{let}`c = 2`",
        "{claim}`1 + 1 = 2`",
        "1 + 1 = 2",
        r"nothing evaluated the claim '\$1 \+ 1 = 2\$'; does its page have a kernel\?",
    ),
}
CASES = FORMULAS | PROSE


def page(head: str, passages: list[str]) -> str:
    """Return a page with a section for each passage, so that they do not meet."""
    named = zip(string.ascii_letters, passages, strict=False)
    return "\n\n".join([head, *(f"## Part {name}\n\n{text}" for name, text in named)]) + "\n"


@functools.cache
def book(version: str) -> books.Book:
    """Return the book in which all is right, or each passage has its slip."""
    folder = books.new_folder()
    (folder / "src").mkdir()
    (folder / "src" / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    begun = "$$f(x) = x^2$$ (def-f)" + cell('a = 1 / 3\nglue("gap", 0.3712, display=False)')
    end = "$$f(2y) = 4y^2$$ (eq-end)" + cell('check("eq-end")')
    formulas = [begun, *(getattr(case, version) for case in FORMULAS.values())]
    prose = [getattr(case, version) for case in PROSE.values()]
    pages = {
        "index": books.index("formulas", "prose", "ledger"),
        "formulas": page(f"{books.NOTEBOOK}# Formulas{IMPORTS}", [*formulas, end]),
        "prose": page("# Prose", prose),
        "ledger": books.LEDGER,
    }
    return books.build(folder, pages)


def warnings(built: books.Book) -> list[str]:
    return [line for line in built.output.splitlines() if re.search("WARNING|ERROR", line)]


def line_of(case: Case, text: str) -> int:
    """Return the line of the message: the first that holds `at`, from where the passage begins."""
    start = text.index(case.wrong.strip())
    return text.count("\n", 0, text.index(case.at, start)) + 1


def test_a_book_in_which_all_is_right_builds_without_a_warning() -> None:
    assert warnings(book("right")) == []
    assert book("right").code == 0
    assert 'alt="A curve falls to 0.37"' in book("right").html("formulas")


@pytest.mark.parametrize("name", CASES)
def test_a_slip_is_one_warning_with_page_and_line(name: str) -> None:
    case, built = CASES[name], book("wrong")
    assert built.code == 1
    where = built.folder / "src" / f"{'formulas' if name in FORMULAS else 'prose'}.md"
    line = line_of(case, where.read_text("utf-8"))
    here = f"{where}:{line}: "
    found = [w for w in warnings(built) if w.startswith(here)]
    assert len(found) == 1, warnings(built)
    assert re.search(case.says, found[0]), found[0]


def test_no_slip_has_a_second_warning() -> None:
    assert len(warnings(book("wrong"))) == len(CASES), "\n".join(warnings(book("wrong")))


def test_what_is_right_beside_a_slip_is_evaluated_all_the_same() -> None:
    built = book("wrong")
    ledger = built.ledger()
    assert ledger["eq-end"]["kind"] == "proved"
    assert ledger["eq-right"]["kind"] == "fails"
    assert "✗ eq-right: it does not hold" in built.html("formulas")
    assert '<details class="equation-mark fails"><summary>✗ fails</summary>' in built.html(
        "formulas"
    )
    assert "1</strong> unchecked" in built.html("ledger")
