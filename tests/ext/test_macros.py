"""The macros of the book, written out."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "docs/_ext/notebook/macros.py"
SPEC = importlib.util.spec_from_file_location("macros", PATH)
assert SPEC is not None
assert SPEC.loader is not None
macros = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(macros)

BOOK = {
    r"\grad": r"\nabla",
    r"\T": r"^{\mathsf{T}}",
    r"\pd": r"\frac{\partial #1}{\partial #2}",
    r"\vec": r"\mathbf{#1}",
}


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\vec{x}\T", r"\mathbf{x}^{\mathsf{T}}"),
        (r"\vec x", r"\mathbf{x}"),
        (r"\vec\theta", r"\mathbf{\theta}"),
        (r"\grad f", r"\nabla f"),
        (r"\grad\,f", r"\nabla\,f"),
        (r"\pd{f}{\vec{x}_{i}}", r"\frac{\partial f}{\partial \mathbf{x}_{i}}"),
        (r"\vector \Theta", r"\vector \Theta"),
    ],
)
def test_expand(tex: str, expected: str) -> None:
    assert macros.expand(tex, BOOK) == expected
