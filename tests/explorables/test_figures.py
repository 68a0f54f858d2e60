"""What the explorables hand to the scripts: where each begins, its sliders, and its words."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mcalc import explore, trace
from mcalc.explorables.figures import _shown

SQUARE = {"xlim": (-1, 1), "ylim": (-2, 2), "levels": [0.5, 1]}


def bowl(p):
    return p[0] ** 2 + 3 * p[1] ** 2


def test_each_begins_as_it_is_told_to():
    point = {"limits": [[-1, 1], [-2, 2]], "names": ["x", "y"], "levels": [0.5, 1]}
    plane = explore.tangent_plane(bowl, **SQUARE, start=(0.5, 0.25), scale=0.1)
    assert plane.data == point | {"first": {"p": [0.5, 0.25]}, "scale": 0.1}
    assert explore.newton(bowl, **SQUARE, start=(1, 0)).data == point | {"first": {"p": [1, 0]}}
    losses = {"bowl": bowl, "other": bowl}
    path = explore.descent(
        losses, **SQUARE, start=(1, 0), rates=(0.001, 10), rate=0.1, momentum=0.5, steps=7
    )
    assert path.data == point | {
        "names": ["w₁", "w₂"],
        "first": {"p": [1, 0], "exponent": -1, "beta": 0, "name": "bowl"},
        "exponents": [-3, 1],
        "momentum": 0.5,
        "steps": 7,
        "scale": 0,
    }
    assert list(path.functions) == ["bowl", "other"]
    turned = explore.unit_balls({"1": (bowl, bowl), "2": (bowl, bowl)}, gradient=(0, 2)).data
    assert (turned["first"], turned["length"]) == ({"turn": 90}, 2)
    assert turned["norms"] == ["1", "2"]
    assert turned["limits"] == [[-1.6, 1.6], [-1.6, 1.6]]
    quadratic = explore.eigen_directions(eigenvalues=(1, -4), angle=30, largest=5).data
    assert quadratic["first"] == {"first": 1, "second": -4, "turn": 30}
    assert quadratic["largest"] == 5
    assert quadratic["limits"] == [[-2, 2], [-2, 2]]
    assert quadratic["levels"] == [-8, -4, -2, -1, -0.5, 0.5, 1, 2, 4, 8]  # of either sign


def test_a_graph_is_told_step_by_step_forward_and_backward():
    data = explore.sweeps(trace(lambda x, y: x * y - x, -2.0, 3.0)).data
    assert [step["says"] for step in data["steps"]] == [
        "Forward first: press Next",
        "Forward: x = −2, y = 3",
        "Forward: multiply = −6, ∂multiply/∂x = 3, ∂multiply/∂y = −2",
        "Forward: subtract = −4, ∂subtract/∂x = −1, ∂subtract/∂multiply = 1",
        "Backward: ∂subtract/∂subtract = 1",
        "Backward: ∂subtract/∂multiply = 1·1 = 1",
        "Backward: ∂subtract/∂y = (−2)·1 = −2",
        "Backward: ∂subtract/∂x = 3·1 + (−1)·1 = 2",
    ]
    assert [step.get("back", False) for step in data["steps"]] == [False] * 4 + [True] * 4
    assert [(node["value"], node["adjoint"]) for node in data["nodes"]] == [
        ("−2", "2"), ("3", "−2"), ("−6", "1"), ("−4", "1")
    ]  # fmt: skip
    json.dumps(data, allow_nan=False)
    with pytest.raises(ValueError, match="but x is an array"):
        explore.sweeps(trace(lambda x: np.sum(x), np.ones(2)))


def test_a_graph_stands_in_its_frame_and_what_has_no_say_has_slope_0():
    data = explore.sweeps(trace(lambda x, y, z: x * y, 2.0, 3.0, 5.0)).data
    assert data["limits"] == [[-0.4, 1.4], [-1.6, 1.6]]
    assert [node["name"] for node in data["nodes"]] == ["x", "y", "z", "multiply"]
    assert [node["at"] for node in data["nodes"]] == [(0, 1), (0, 0), (0, -1), (1, 0)]
    assert [node["adjoint"] for node in data["nodes"]] == ["3", "2", "0", "1"]
    assert data["edges"] == [(0, 3, "3"), (1, 3, "2")]
    assert data["steps"][-3]["says"] == "Backward: ∂multiply/∂z = 0"


@pytest.mark.parametrize(
    ("number", "text"),
    [(2.0, "2"), (-1234567.0, "−1234567"), (0.12345, "0.123"), (-0.5, "−0.5"), (3e-17, "0"),
     (-2e-10, "0"), (1e-4, "0.0001"), (1234.5678, "1230")],
)  # fmt: skip
def test_a_number_has_three_digits_and_an_integer_all(number, text):
    assert _shown(number) == text


def test_the_figure_of_the_cell_is_shown_once(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda figure, metadata: shown.append(metadata))
    made = explore.newton(bowl, **SQUARE, start=(1, 0))
    with pytest.raises(RuntimeError, match="no figure to take the place of newton"):
        made._ipython_display_()
    plt.figure()
    made._ipython_display_()
    assert [metadata["explorable"]["kind"] for metadata in shown] == ["newton"]
    assert plt.get_fignums() == []
