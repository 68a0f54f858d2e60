"""The backward passes of the page on a layer: with a slip in one, a comparison there must fail."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from test_pages import DOCS, cells

PAGE = DOCS / "theory" / "layer.md"
SKIPPED = ("one_step(layers, rng", "tested", "maps[step]")  # training, and its figures

SLIPS = {
    "the scores of all classes": ("np.sum(y * z, axis=-1)", "np.sum(z, axis=-1)"),
    "no mean over the batch": ("(softmax(X @ W.T + b) - Y) / len(Y)", "softmax(X @ W.T + b) - Y"),
    "the weights transposed": ("by_hand = D.T @ X,", "by_hand = X.T @ D,"),
    "no gate": ("D = (D @ W) * (H > 0)", "D = D @ W"),
    "no mean over the batch of the network": ("(softmax(Z) - Y) / len(Y)", "softmax(Z) - Y"),
    "the filter not reversed": ("np.convolve(delta, c)", "np.convolve(delta, c[::-1])"),
    "what came back reversed": ("np.correlate(a, delta)", "np.correlate(a, delta[::-1])"),
    "layer norm without the mean": ("g - np.mean(g) - np.mean(u * g)", "g - np.mean(u * g)"),
    "layer norm without the spread": ("- np.mean(g) - np.mean(u * g) * u)", "- np.mean(g))"),
    "softmax without the mean of a row": (
        "P * (R - np.sum(P * R, axis=1, keepdims=True))",
        "P * R",
    ),
    "queries and keys exchanged": (
        "scale * S_back @ K, scale * S_back.T @ Q",
        "scale * S_back.T @ Q, scale * S_back @ K",
    ),
    "no scale": ("return scale * S_back @ K", "return S_back @ K"),
}


@pytest.fixture
def run(monkeypatch):
    """Return a function that runs what the page compares, with a part of its code replaced."""
    monkeypatch.setattr("mcalc.check", lambda *_, **__: None)  # formulas have tests of their own

    def run_with(slip):
        namespace = {"__name__": "layer"}
        for code, _ in cells(PAGE):
            if not any(part in code for part in SKIPPED):
                exec(compile(code.replace(*slip), str(PAGE), "exec"), namespace)
        return namespace

    with mpl.rc_context({"backend": "agg"}):
        yield run_with
        plt.close("all")


def test_the_comparisons_hold(run):
    assert len(run(("", ""))["by_hand"]) == 3


@pytest.mark.parametrize("slip", SLIPS.values(), ids=SLIPS)
def test_a_slip_does_not_pass(slip, run):
    assert any(slip[0] in code for code, _ in cells(PAGE))
    with pytest.raises((AssertionError, ValueError)):
        run(slip)
