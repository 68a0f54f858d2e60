"""The replacement that an error names is the same function, of a matrix too."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special

from mcalc import grad


@pytest.mark.parametrize("name", ["logsumexp", "softmax", "log_softmax"])
def test_advice_for_scipy_holds_for_a_matrix(name: str) -> None:
    x = np.array([[1.0, 2.0], [0.5, -1.0]])
    with pytest.raises(TypeError) as raised:
        grad(lambda x: np.sum(getattr(special, name)(x)))(x)
    advice = str(raised.value).split("; write ")[1]
    assert_allclose(eval(advice, {"np": np, "x": x}), getattr(special, name)(x))
