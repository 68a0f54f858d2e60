"""The sides of a check: what could make two that differ look equal."""

import re

import numpy as np
import pytest

from mcalc import CheckError, check

P = np.array([1.0, 2.0])
WRONG = {"five times": lambda x: 5 * x}


def test_a_large_entry_does_not_hide_that_a_small_one_is_wrong():
    wrong = {"sign": lambda t: np.array([-1e6, 1e-4])}
    with pytest.raises(CheckError, match=re.escape("they differ by 0.0004")):
        check("eq", lambda t: [1e6, 1e-4], lambda t: [1e6, 5e-4], at=[1.0], wrong=wrong)


def test_a_side_that_writes_into_the_point_deceives_nobody():
    with pytest.raises(CheckError, match=re.escape("the left side is [1. 2.]")):
        check("eq", lambda x: x, lambda x: np.multiply(x, 2, out=x), at=[P], wrong=WRONG)
    assert P.tolist() == [1.0, 2.0]


def test_differences_of_integers_do_not_wrap_around():
    big = np.int64(2**62)
    with pytest.raises(CheckError, match="they differ by 2, and"):
        check("eq", lambda t: big, lambda t: -big, at=[1.0], wrong={"a": lambda t: 0.0})


def test_a_variant_that_raises_is_named():
    with pytest.raises(ValueError, match="could not be broadcast") as failure:
        check("eq", np.sin, lambda x: np.sin(x), at=[P], wrong={"three": lambda x: x + np.ones(3)})
    assert failure.value.__notes__ == [
        "raised in check 'eq' by the wrong variant 'three' at [1. 2.]"
    ]
