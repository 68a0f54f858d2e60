"""`python -m mcalc.formulas`: the displays of a file by their labels, a line for each."""

import re
import subprocess
import sys

import pytest

from mcalc.formulas import displays
from mcalc.formulas.__main__ import judged, main
from mcalc.formulas.sources import Display

NOTES = r"""# Notes

$$f(x) = x^2$$ (def-f)

$$f'(x) = 2x$$ (eq-slope)

$$\grad(\vec{x}\T\mat{A}\vec{x}) = (\mat{A} + \mat{A}\T)\vec{x}$$ (eq-form)

```text
$$1 = 2$$ (eq-in-code)
```

$$\norm{\vec{g}} = 5$$ (eq-length)

$$f(1 + h) \approx 1 + 2h$$ (eq-model)

$$z$$ (notation-z)

$$1 = 2$$

So {claim}`f(3) = 9`.
"""
SLIPS = {
    "f'(x) = 2x": ("f'(x) = 3x", 5, "✗ eq-slope: it does not hold at x = "),
    r"+ \mat{A}\T": (r"+ \mat{A}", 7, "✗ eq-form: it does not hold at x = "),
    r"\vec{g}": (r"\vec{A}", 13, "✗ eq-length: "),
    "= 5": (r"\oplus 5", 13, r"✗ eq-length: the sign '\\oplus' is not in the grammar, at column"),
    "1 + 2h": ("1 + 3h", 15, "✗ eq-model: the error falls like h^1.00, not like h^2"),
    "f(3) = 9": ("f(3) = 6", 21, "✗ claim: it does not hold: 9 = 6 is off by"),
}
BIND = """\
import numpy as np

A = np.array([[1.0, 2.0], [0.0, 3.0]])
g = np.array([3.0, 4.0])
CHECK = {"eq-slope": {"at": [{"x": 2.0}], "wrong": {"half": "x"}}}
"""
PAPER = r"""\documentclass{article}
\begin{document}
\begin{equation}\label{def-f} f(x) = x^3 \end{equation}
Text, and $1 = 2$.
\begin{align}
f'(x) &= x^2 + 2x^2 \\
      &= 3x^2 \label{eq-slope}
\end{align}
\begin{equation}
  f''(x) = 6x \label{eq:curvature}
\end{equation}
\begin{equation} 1 = 2 \end{equation}
\end{document}
"""


@pytest.fixture(autouse=True)
def no_displays(monkeypatch):
    """Let no display be left over, here or for the tests that follow."""
    monkeypatch.delenv(displays.VARIABLE, raising=False)
    displays.everything.cache_clear()
    yield
    displays.everything.cache_clear()


@pytest.fixture
def checked(tmp_path, capsys, monkeypatch):
    """Return a function that checks a text, and returns the status and the lines."""
    monkeypatch.chdir(tmp_path)

    def run(name, text, bind=""):
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / "notes.py").write_text(bind, encoding="utf-8")
        status = main([name, *(["--bind", "notes.py"] if bind else [])])
        return status, capsys.readouterr().out.splitlines()

    return run


def test_displays_that_hold(checked):
    status, lines = checked("notes.md", NOTES, BIND)
    assert status == 0
    assert [line.partition(": ")[0] for line in lines] == [
        "notes.md:5",
        "notes.md:7",
        "notes.md:13",
        "notes.md:15",
        "notes.md:21",
    ]
    assert all(": ✓ " in line for line in lines)
    assert lines[0].startswith("notes.md:5: ✓ eq-slope: residual 0 at 1 point; ")
    assert re.search(r"✓ eq-model: order 2\.00 in \d directions; \d+ slips rejected$", lines[3])


@pytest.mark.parametrize("right", SLIPS)
def test_a_slip_is_one_line_and_the_others_still_hold(checked, right):
    wrong, line, message = SLIPS[right]
    assert NOTES.count(right) == 1
    status, lines = checked("notes.md", NOTES.replace(right, wrong), BIND)
    assert status == 1
    (failed,) = (said for said in lines if ": ✗ " in said)
    assert failed.startswith(f"notes.md:{line}: {message}")
    assert len(lines) == 5


def test_further_arguments_come_from_the_bindings(checked):
    status, lines = checked("notes.md", NOTES, BIND.replace('"half": "x"', '"same": "x + x"'))
    assert status == 1
    assert "cannot tell the slip 'same'" in lines[0]


def test_a_paper_in_latex(checked):
    status, lines = checked("paper.tex", PAPER)
    assert status == 0
    assert [re.match(r"paper\.tex:\d+: ✓ [\w:-]+(?=: )", line)[0] for line in lines] == [
        "paper.tex:5: ✓ eq-slope",
        "paper.tex:9: ✓ eq:curvature",
    ]
    status, lines = checked("paper.tex", PAPER.replace("+ 2x^2", "+ x^2").replace("6x", "5x"))
    assert status == 1
    assert [line.split(":")[1] for line in lines if "✗" in line] == ["5", "9"]


def test_a_file_without_labels(checked):
    assert checked("notes.md", "# Nothing\n\n$$1 = 1$$\n") == (
        1,
        ["notes.md: no display has a label"],
    )


def test_a_file_that_is_not_there_is_named(checked, capsys):
    checked("notes.md", NOTES)
    for arguments, missing in (
        (["other.md"], "other.md"),
        (["notes.md", "--bind", "b.py"], "b.py"),
    ):
        with pytest.raises(SystemExit, match="2"):
            main(arguments)
        assert f"there is no file {missing}" in capsys.readouterr().err


def test_a_definition_is_compared_with_the_code_of_its_name(checked):
    for body, failed, sign in (("x * x", 0, "✓"), ("x", 1, "✗")):
        code = f"def f(x):\n    return {body}\n"
        status, (line,) = checked("notes.md", "$$f(x) = x^2$$ (def-f)\n", code)
        assert status == failed
        assert line.startswith(f"notes.md:1: {sign} def-f: ")


def test_what_the_chain_of_a_definition_says_more_is_a_claim(checked):
    status, (line,) = checked("notes.md", "$$y = x = 3x$$ (def-y)\n")
    assert status == 1
    assert "✗ def-y: it does not hold at y = " in line


def test_definitions_alone_claim_nothing(checked):
    assert checked("notes.md", "$$f(x) = x^2$$ (def-f)\n") == (0, [])


@pytest.mark.parametrize(("tex", "residual"), [("f(x) = x^2", 0.0), ("(u/v)' = u'/v'", None)])
def test_what_defines_is_evaluated_at_no_point(tex, residual):
    found = judged(Display("def-f", tex, "notes", 1), {}, {})
    assert (found.points, found.residual) == (0, residual)


def test_what_is_said_to_be_wrong_has_to_fail(checked):
    assert checked("notes.md", "{claim}`1 + 1 = 2`, {wrong}`1 + 1 = 3`\n")[0] == 0


def test_a_claim_that_hides_behind_a_definition_is_named(checked):
    status, (line,) = checked("notes.md", "$$(u/v)' = u'/v'$$ (def-quotient)\n")
    assert status == 1
    assert "✗ def-quotient: it defines nothing: a definition has a new symbol" in line


def test_a_display_after_a_fence_of_mathematics_is_read(checked):
    fence = "```{math}\n:label: eq-a\n2x = x + x\n```\n\n```text\n1\n```\n\n"
    status, lines = checked("notes.md", f"{fence}$$y = 2y$$ (eq-b)\n\n{fence}")
    assert status == 1
    assert "✗ eq-b" in lines[1]


def test_without_a_grammar_the_command_says_what_to_install():
    hidden = "import runpy, sys; sys.modules['lark'] = None; sys.argv = ['-m', 'notes.md'];"
    run = f"{hidden} runpy.run_module('mcalc.formulas', run_name='__main__', alter_sys=True)"
    done = subprocess.run(
        [sys.executable, "-c", run], capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 2
    assert done.stdout == ""
    says = "mcalc reads formulas with the package lark; run python3 -m pip install lark\n"
    assert done.stderr == says


def test_the_command(tmp_path):
    (tmp_path / "notes.md").write_text(NOTES.replace("2x", "3x"), encoding="utf-8")
    (tmp_path / "notes.py").write_text(BIND, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mcalc.formulas", "notes.md", "--bind", "notes.py"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout.startswith("notes.md:5: ✗ eq-slope: it does not hold at x = 2.: 4. = 6.")
    assert done.stderr == ""
