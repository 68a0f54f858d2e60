"""Every row that chooses entries by their places, against torch and against plain NumPy."""

import numpy as np
import pytest
import torch
from cases import CLAIMS, case, numbers
from numpy.testing import assert_array_equal

from mcalc import grad, jacobian

x, v, box, square = numbers(2, 3), numbers(3, seed=2), numbers(2, 3, 4), numbers(2, 4, 2)
PLACES = np.array([[2, 0, 0], [1, 1, 2]])
F = torch.nn.functional


def pieces(split):
    """Return a function of pieces that tells each from the others."""
    return lambda x: sum((k + 1.0) * p.sum() ** 2 for k, p in enumerate(split(x)))


def of_pieces(row, like, array, *args):
    return case(
        row,
        array,
        call=pieces(lambda x: row(x, *args)),
        like=pieces(lambda x: like(x, *args)),
        id=str(args).replace(" ", ""),
    )


def padded(mode, *widths):
    """Return torch's padding of the last axes, which it takes with a leading axis alone."""
    return lambda x: F.pad(x[None], widths, mode)[0]


CASES = [
    case(np.take, x, like=lambda x: x.ravel()[[5, 0, 0]], indices=[5, 0, 0]),
    case(np.take, x, like=lambda x: x[:, [[0, 2], [2, 2]]], indices=[[0, 2], [2, 2]], axis=-1),
    case(np.repeat, x, like=lambda x: x.repeat_interleave(2), repeats=2),
    case(np.repeat, x, like=lambda x: x[:, [0, 2, 2]], repeats=[1, 0, 2], axis=1),
    case(np.tile, x, like=lambda x: x.tile((2, 1, 2)), reps=(2, 1, 2)),
    case(np.tile, v, like=lambda x: x.tile(2), reps=2),
    case(
        np.split,
        x,
        call=lambda x: np.split(x, [1, 2], axis=1)[1] * np.split(x, 3, axis=-1)[2],
        like=lambda x: x[:, 1:2] * x[:, 2:],
    ),
    case(np.diff, v, like=torch.diff),
    case(np.diff, box, like=lambda x: x.diff(n=2, dim=1), n=2, axis=1),
    case(
        np.diff,
        *(x, numbers(2, 1)),
        call=lambda x, a: np.diff(x, prepend=a, append=1.0),
        like=lambda x, a: torch.diff(torch.cat([a, x, torch.ones(2, 1)], 1)),
        id="ends",
    ),
    case(np.diff, box, like=lambda x: x.diff(dim=1, prepend=0 * x[:, :1]), axis=1, prepend=0),
    case(np.sort, box, like=lambda x: x.ravel().sort()[0], axis=None, kind="quicksort"),
    case(np.sort, v, like=lambda x: x.sort()[0], stable=True),
    case(np.sort, box, like=lambda x: x.sort()[0]),
    case(np.sort, box, like=lambda x: x.sort(0)[0], axis=0),
    case(np.diagonal, x, like=torch.diagonal),
    case(np.diagonal, box, like=lambda x: x.diagonal(1, 2, 0), offset=1, axis1=2, axis2=0),
    case(np.diag, x, like=lambda x: x.diag(-1), k=-1),
    case(np.diag, v, like=torch.diag),
    case(np.diag, v, like=lambda x: x.diag(2), k=2),
    case(np.diag, v, like=lambda x: x.diag(-1), k=-1),
    case(np.trace, x, like=lambda x: x.diagonal().sum()),
    case(np.trace, box, like=lambda x: x.diagonal(-1, 1, 2).sum(-1), offset=-1, axis1=1, axis2=2),
    case(np.tril, box, like=torch.tril),
    case(np.tril, x, like=lambda x: x.tril(-1), k=-1),
    case(np.triu, x, like=lambda x: x.triu(1), k=1),
    case(
        np.take_along_axis,
        x,
        like=lambda x: x.gather(1, torch.tensor(PLACES)),
        indices=PLACES,
        axis=1,
    ),
    case(
        np.take_along_axis,
        *(box,),
        call=lambda x: np.take_along_axis(x, np.array([[[1], [0], [1]]]), 0),
        like=lambda x: x[torch.tensor([[1, 0, 1]]), torch.arange(3)],
        id="broadcast",
    ),
    case(
        np.take_along_axis,
        *(x,),
        call=lambda x: np.take_along_axis(x, np.array([5, 5, 0]), None),
        like=lambda x: x.ravel()[[5, 5, 0]],
        id="axis=None",
    ),
    case(np.pad, v, like=lambda x: F.pad(x, (1, 2)), pad_width=(1, 2)),
    case(
        np.pad, x, like=lambda x: F.pad(x, (1, 1, 1, 1), value=3.0), pad_width=1, constant_values=3
    ),
    case(
        np.pad,
        v,
        like=lambda x: torch.cat([torch.full((1,), 3.0), x, torch.full((2,), 4.0)]),
        pad_width=(1, 2),
        constant_values=(3.0, 4.0),
    ),
    case(
        np.pad,
        x,
        call=lambda x: np.pad(x, 1, constant_values=x[:, :2]),
        like=lambda x: torch.cat(  # of the columns, which come last
            [
                x[1, :1].expand(4, 1),
                torch.cat([x[0, :1].expand(1, 3), x, x[0, 1:2].expand(1, 3)]),
                x[1, 1:2].expand(4, 1),
            ],
            1,
        ),
        id="constants",
    ),
    case(np.pad, x, like=padded("replicate", 2, 1), pad_width=((0, 0), (2, 1)), mode="edge"),
    case(np.pad, x, like=padded("reflect", 2, 1), pad_width=((0, 0), (2, 1)), mode="reflect"),
    case(np.pad, x, like=padded("circular", 2, 1), pad_width=((0, 0), (2, 1)), mode="wrap"),
    case(
        np.pad,
        v,
        like=lambda x: torch.cat([x.flip(0), x, x[2:]]),
        pad_width=(3, 1),
        mode="symmetric",
    ),
    case(np.rollaxis, box, like=lambda x: x.permute(2, 0, 1), axis=2),
    case(np.rollaxis, box, like=lambda x: x.permute(1, 0, 2), axis=-3, start=2),
    case(np.rot90, x, like=torch.rot90),
    case(np.rot90, box, like=lambda x: torch.rot90(x, 3, (2, 0)), k=3, axes=(2, 0)),
    case(np.flipud, box, like=torch.flipud),
    case(np.fliplr, box, like=torch.fliplr),
    of_pieces(np.array_split, torch.tensor_split, v, 2),
    of_pieces(np.array_split, lambda x, k, axis: torch.tensor_split(x, k, axis), box, [1, 2], 1),
    of_pieces(np.hsplit, torch.hsplit, square, 2),
    of_pieces(np.vsplit, torch.vsplit, square, 2),
    of_pieces(np.dsplit, torch.dsplit, square, [1]),
]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_row(case, claim):
    claim(case)


@pytest.mark.parametrize(
    "f",
    [
        np.rot90,
        np.flipud,
        np.sort,
        np.diff,
        np.tril,
        lambda x: np.tile(x, 2),
        lambda x: np.pad(x, 1),
        lambda x: np.repeat(x, 2, 0),
        lambda x: np.take_along_axis(x, np.zeros(x.shape, int), 0),
        lambda x: np.array_split(x, 2)[0],
        lambda x: np.diagonal(x),
    ],
)
@pytest.mark.parametrize("shape", [(0, 3), (0, 0)])
def test_empty_arrays_have_empty_derivatives(f, shape):
    x = np.zeros(shape)
    assert_array_equal(jacobian(f)(x), np.zeros((*np.shape(f(x)), *shape)), strict=True)


def test_arguments_by_name():
    """As plain NumPy takes them."""

    def f(x):
        turned = np.rot90(m=np.swapaxes(a=np.tile(A=x, reps=2), axis2=1, axis1=0), k=2)
        assert turned.shape == (6, 2)
        return turned[0] @ np.array([3.0, 5.0])

    assert_array_equal(grad(f)(x), [[0.0, 0.0, 5.0], [0.0, 0.0, 3.0]])


@pytest.mark.parametrize(
    ("f", "text"),
    [
        *(
            (lambda x, mode=mode: np.pad(x, 1, mode), f"no rule for np.pad in mode '{mode}'; it")
            for mode in ("linear_ramp", "maximum", "mean", "median", "minimum", "empty")
        ),
        (lambda x: np.pad(x, 1, "edge", stat_length=1), "does not take stat_length"),
    ],
)
def test_other_modes_are_refused(f, text):
    with pytest.raises(TypeError, match=text):
        jacobian(f)(x)
