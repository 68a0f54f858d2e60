"""What a type checker, and so an editor, says of the derivatives of annotated functions."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BEGIN = """\
import numpy as np
import numpy.typing as npt
from mcalc import Node, directional_derivative, grad, hvp, jvp, value_and_grad, vjp

Vector = npt.NDArray[np.float64]


def loss(w: Vector, power: int = 2, *, scale: float = 1.0) -> float:
    return float(scale * np.sum(w**power))


def model(p: dict[str, Vector], x: Vector) -> tuple[float, int]:
    return float(np.sum(p["w"] * x)), 1


def after(node: Node) -> int:
    node.mean()
    return "text"


w = np.ones(2)
"""
ARRAY = "numpy.ndarray[tuple[Any, ...], numpy.dtype[numpy.float64]]"
DICT = f"dict[str, {ARRAY}]"
REVEALED = {
    "grad(loss)": f"def ({ARRAY}, power: int =, *, scale: float =) -> {ARRAY}",
    "grad(grad(lambda x: x**3))(2.0)": "Any",
    "grad(loss, 0)": f"def (w: {ARRAY}, power: int =, *, scale: float =) -> Any",
    "grad(model, has_aux=True)": f"def ({DICT}, x: {ARRAY}) -> tuple[{DICT}, int]",
    "grad(lambda x: x * x)(3.0)": "Any",
    "grad(np.sin)(3.0)": "Any",
    "value_and_grad(loss)(w)": f"tuple[float, {ARRAY}]",
    "value_and_grad(model, has_aux=True)({'w': w}, w)": f"tuple[tuple[float, int], {DICT}]",
    "value_and_grad(loss, (0,))(w)": "tuple[float, Any]",
    "hvp(loss)(w, w)": ARRAY,
    "directional_derivative(loss)(w, w)": "float",
    "vjp(loss, w)": "tuple[float, def (Any) -> tuple[Any, ...]]",
    "jvp(loss, (w,), (w,))": "tuple[float, float]",
}
WRONG = {
    "grad(loss)('text')": 'Argument 1 has incompatible type "str"',
    "grad(lambda: 1.0)": "Cannot infer type of lambda",
    "grad(loss)(w, colour=1)": 'Unexpected keyword argument "colour"',
}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Return what mypy says of each line, in strict mode."""
    pytest.importorskip("mypy")
    path = tmp_path_factory.mktemp("types") / "derivatives.py"
    lines = [*(f"reveal_type({code})" for code in REVEALED), *WRONG]
    path.write_text(BEGIN + "\n".join(lines), encoding="utf-8")
    settings = ["--config-file", str(ROOT / "pyproject.toml"), "--no-error-summary"]
    run = subprocess.run(
        [sys.executable, "-m", "mypy", *settings, str(path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    found = re.findall(
        r"derivatives\.py:(\d+): (\w+: .*?)(?:  \[[\w-]+\])?$", run.stdout, re.MULTILINE
    )
    assert found, run.stdout + run.stderr
    start = BEGIN.count("\n") + 1
    return {
        code: [text for n, text in found if int(n) == start + i]
        for i, code in enumerate([*REVEALED, *WRONG])
    } | {"": [t for n, t in found if int(n) < start]}


@pytest.mark.parametrize(("code", "kind"), REVEALED.items(), ids=REVEALED)
def test_the_type_of_a_derivative(said, code, kind):
    assert said[code] == [f'note: Revealed type is "{kind}"']


@pytest.mark.parametrize(("code", "text"), WRONG.items(), ids=WRONG)
def test_a_wrong_call_is_found(said, code, text):
    assert any(text in line for line in said[code])


def test_a_fault_is_found_behind_a_method_of_a_traced_value(said):
    """And nothing else is wrong."""
    assert said[""] == ['error: Incompatible return value type (got "str", expected "int")']
