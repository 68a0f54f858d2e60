"""Each fault of a page fails the build, and the message names the page and the line."""

import re

import books
import pytest


def test_the_build_fails() -> None:
    assert books.bad().code == 1


def test_pages_are_read_by_several_processes() -> None:
    """An extension that could not be would have all pages read by one, and say so."""
    assert "parallel reading" not in books.bad().output


@pytest.mark.parametrize(
    ("page", "needle", "message"),
    [
        ("raises", "# here", "this cell raised ZeroDivisionError: division by zero"),
        ("fails", "check(", "this cell raised CheckError: check 'eq-fails' fails"),
        ("blind", "check(", "this cell raised CheckError: check 'eq-blind' cannot tell"),
        ("fails", "check(", "the run of this page ended here, before it checked 'eq-fails'"),
        ("raises", "# here", "the run of this page ended here"),
        ("plain", "(eq-unchecked)", "equation 'eq-unchecked' is neither"),
        ("plain", "no label", "this equation has no label"),
        (
            "plain",
            "(strange)",
            "the label of equation 'strange' must begin with def-, eq- or notation-",
        ),
        ("stray", "```{code-cell}", "check of 'eq-unchecked', but no equation of this page"),
        ("blind", "```{code-cell}", "this image has no alt text"),
        ("plain", "![]", "this image has no alt text"),
        ("plain", "<img", "this image has no alt text"),
        ("plain", "eq-nowhere", "equation not found: eq-nowhere"),
        ("plain", "{py:class}", "py:class reference target not found: No"),
        ("plain", "#nowhere", "'myst' cross-reference target not found: 'nowhere'"),
        ("plain", "frac", "bad TeX: \\frac{1}: KaTeX parse error"),
        ("plain", "undefinedcommand", "KaTeX parse error: Undefined control sequence"),
        ("plain", "href", "bad TeX: \\href{x}{y}: a command that is not allowed here"),
        ("folds", "{solution}", "this solution has no end on its level"),
        ("folds", "{endsolution}", "this end has no solution before it"),
    ],
)
def test_a_fault_is_named_with_page_and_line(page: str, needle: str, message: str) -> None:
    warnings = books.bad().warnings(page, needle)
    assert any(message in warning for warning in warnings), books.bad().output


def test_the_traceback_is_printed() -> None:
    assert "----> 2 a / 0  # here" in re.sub(r"\x1b\[[0-9;]*m", "", books.bad().output)
