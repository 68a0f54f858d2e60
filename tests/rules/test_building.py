"""Every row that builds an array of others, against torch, and in NumPy's many forms."""

import numpy as np
import pytest
import torch
from cases import CLAIMS, case, numbers
from numpy.testing import assert_allclose, assert_array_equal

from mcalc import grad, jacobian, value_and_grad

x, y, v, w = numbers(2, 3), numbers(2, 3, seed=1), numbers(3, seed=2), numbers(3, seed=3)
box, a, b = numbers(2, 3, 4), numbers(1), numbers(1, seed=1)
F = torch.nn.functional
views = np.lib.stride_tricks.sliding_window_view


def rotation(a, b):
    return np.array([[np.cos(a), -np.sin(b)], [np.sin(a), 1.0 * b]], like=a + b)[..., 0]


def like_rotation(a, b):
    return torch.stack([torch.cat([a.cos(), -b.sin()]), torch.cat([a.sin(), b])])


def ramp(a, b, n, end=True):
    """Return `n` numbers from a to b, which torch does not differentiate."""
    t = torch.arange(n, dtype=torch.float64) / (n - 1 if end else n)
    return a + (b - a) * t.reshape(-1, *(1,) * a.ndim)


def parts(f):
    """Return a function of several results that tells each from the others."""
    return lambda *xs: sum((k + 1.0) * part**2 for k, part in enumerate(f(*xs)))


PIECES = [lambda z: z * z, lambda z: 3.0 * z, 0.5]
CASES = [
    case(np.array, a, b, call=rotation, like=like_rotation, id="nested"),
    case(
        np.array,
        *(v, w),
        call=lambda v, w: np.array([v, (1.0, 2.0, 3.0), w], like=v + w),
        like=lambda v, w: torch.stack([v, torch.tensor([1.0, 2.0, 3.0], dtype=v.dtype), w]),
        id="rows",
    ),
    case(
        np.array,
        v,
        call=lambda v: np.array(v, ndmin=3, like=v),
        like=lambda v: v[None, None],
        id="ndmin",
    ),
    case(np.asarray, v, call=lambda v: np.asarray(v, like=v) * 1.0, like=torch.clone),
    case(
        np.asanyarray,
        *(v,),
        call=lambda v: np.asanyarray([v, 2 * v], like=v),
        like=lambda v: torch.stack([v, 2 * v]),
    ),
    case(
        np.block,
        *(x, y, v),
        call=lambda x, y, v: np.block([[x, y[:, :1]], [v, np.full((1,), 2.0, v.dtype)]]),
        like=lambda x, y, v: torch.cat(
            [torch.cat([x, y[:, :1]], 1), torch.cat([v, torch.full((1,), 2.0)])[None]]
        ),
    ),
    case(np.block, v, w, call=lambda v, w: np.block([v, w]), like=lambda v, w: torch.cat([v, w])),
    case(
        np.append,
        x,
        v,
        like=lambda x, v: torch.cat([x.ravel(), v]),
        call=lambda x, v: np.append(x, v),
    ),
    case(np.append, x, y, like=lambda x, y: torch.cat([x, y], 1), axis=1),
    case(
        np.insert,
        *(x, v),
        call=lambda x, v: np.insert(x, 1, v, axis=0),
        like=lambda x, v: torch.stack([x[0], v, x[1]]),
    ),
    case(
        np.insert,
        *(v, numbers(2)),
        call=lambda v, a: np.insert(v, [0, 2], a),
        like=lambda v, a: torch.cat([a[:1], v[:2], a[1:], v[2:]]),
        id="vector",
    ),
    case(np.delete, x, like=lambda x: x[:, [0, 2]], obj=1, axis=1),
    case(np.delete, x, like=lambda x: x.ravel()[[0, 2, 3, 4]], obj=[1, -1]),
    case(np.resize, v, like=lambda v: v[[0, 1, 2, 0, 1, 2, 0, 1]].reshape(2, 4), new_shape=(2, 4)),
    case(
        np.compress,
        x,
        call=lambda x: np.compress([True, False, True], x, axis=1),
        like=lambda x: x[:, [0, 2]],
    ),
    case(np.extract, x, call=lambda x: np.extract(x > 0, x), like=lambda x: x[x > 0]),
    case(
        np.choose,
        *(v, w),
        call=lambda v, w: np.choose([1, 0, 1], [v, w]),
        like=lambda v, w: torch.stack([w[0], v[1], w[2]]),
    ),
    case(
        np.ediff1d,
        *(v, a),
        call=lambda v, a: np.ediff1d(v, to_end=2 * a, to_begin=a),
        like=lambda v, a: torch.cat([a, v.diff(), 2 * a]),
    ),
    case(np.ediff1d, x, like=lambda x: x.ravel().diff()),
    case(np.diagflat, numbers(2, 2), like=lambda x: torch.diag(x.ravel(), 1), k=1),
    case(
        np.meshgrid,
        *(v, numbers(2)),
        call=parts(np.meshgrid),
        like=parts(lambda *xs: torch.meshgrid(*xs, indexing="xy")),
    ),
    case(
        np.meshgrid,
        *(v, numbers(2)),
        call=parts(lambda *xs: np.meshgrid(*xs, indexing="ij", sparse=True)),
        like=parts(lambda v, a: (v[:, None], a[None])),
        id="sparse",
    ),
    case(
        np.broadcast_arrays,
        *(x, v),
        call=parts(np.broadcast_arrays),
        like=parts(torch.broadcast_tensors),
    ),
    *(case(np.atleast_3d, z, like=lambda z: torch.atleast_3d(z)) for z in (v, x, box)),
    case(np.atleast_3d, numbers(), like=torch.atleast_3d),
    case(np.dstack, x, y, call=lambda *xs: np.dstack(xs), like=lambda *xs: torch.dstack(xs)),
    case(np.dstack, v, w, call=lambda *xs: np.dstack(xs), like=lambda *xs: torch.dstack(xs)),
    case(
        np.full,
        v,
        call=lambda v: np.full((2, 3), v, like=v) * 1.0,
        like=lambda v: v.expand(2, 3),
    ),
    case(np.linspace, numbers(), numbers(seed=1), like=lambda a, b: ramp(a, b, 50)),
    case(np.linspace, v, w, like=lambda a, b: a[None], num=1),
    case(np.linspace, v, w, like=lambda a, b: ramp(a, b, 4).movedim(0, -1), num=4, axis=-1),
    case(
        np.linspace,
        *(v, w),
        call=lambda v, w: parts(lambda *p: p)(*np.linspace(v, w, 3, endpoint=False, retstep=True)),
        like=lambda v, w: ramp(v, w, 3, end=False) ** 2 + 2 * ((w - v) / 3) ** 2,
        id="step",
    ),
    case(np.logspace, v, w, like=lambda a, b: 3.0 ** ramp(a, b, 4), num=4, base=3.0),
    case(np.vander, v, like=lambda v: torch.stack([v**2, v, v**0], -1)),
    case(
        np.vander,
        v,
        like=lambda v: torch.stack([v**k for k in range(4)], -1),
        N=4,
        increasing=True,
    ),
    case(
        np.piecewise,
        x,
        call=lambda x: np.piecewise(x, [x < -0.5, x > 0.5], PIECES),
        like=lambda x: torch.where(x < -0.5, x * x, torch.where(x > 0.5, 3 * x, 0.5)),
    ),
    case(
        np.apply_along_axis,
        box,
        call=lambda x: np.apply_along_axis(lambda r: r[:2] * r[-1], 1, x),
        like=lambda x: x[:, :2] * x[:, -1:],
    ),
    case(
        np.apply_over_axes,
        box,
        call=lambda x: np.apply_over_axes(np.sum, x, [0, 2]),
        like=lambda x: x.sum((0, 2), keepdim=True),
    ),
    case(
        np.bincount,
        v,
        call=lambda v: np.bincount([2, 0, 2], v, minlength=4),
        like=lambda v: torch.stack([v[1], 0 * v[0], v[0] + v[2], 0 * v[0]]),
    ),
    case(views, x, like=lambda x: x.unfold(1, 2, 1), window_shape=2, axis=1),
    case(views, v, like=lambda x: x.unfold(0, 2, 1), window_shape=2),
]
if hasattr(np, "unstack"):
    CASES += [
        case(
            np.unstack,
            box,
            call=parts(lambda x: np.unstack(x, axis=1)),
            like=parts(lambda x: torch.unbind(x, 1)),
        ),
    ]
if hasattr(np, "astype"):
    CASES += [case(np.astype, x, call=lambda x: np.astype(x, x.dtype), like=torch.clone)]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: c.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_row(case, claim):
    claim(case)


def test_an_array_like_a_traced_one_is_numpys():
    """Of any nesting, dtype and kind of sequence, and of numbers alone, too."""

    def f(x):
        for nested in ([[x, 1], (2, x)], [], [x], x, [[x[None]], [[3.0]]], [(1, 2.5)]):
            built = np.array(nested, like=x)
            plain = np.array(without(nested))
            assert built.shape == plain.shape
            assert built.dtype == plain.dtype
        weights = np.array([[1.0, 2.0]], like=x)
        weights[0, 0] = 3.0  # of numbers alone it is an array, to be written to
        return np.sum(weights) * x

    def without(nested):
        if isinstance(nested, list | tuple):
            return [without(part) for part in nested]
        return np.ones(np.shape(nested), getattr(nested, "dtype", type(nested)))

    assert grad(f)(np.array(2.0)) == 5.0


def test_parts_of_several_shapes_are_refused():
    with pytest.raises(ValueError, match=r"parts of one shape, not \[\(\), \(2,\)\]; join them"):
        grad(lambda x: np.sum(np.array([x[0], x], like=x)))(np.ones(2))


@pytest.mark.parametrize(
    "make", [np.zeros, np.ones, np.empty, np.eye, np.identity, np.tri], ids=lambda f: f.__name__
)
def test_arrays_of_constants_may_be_made_like_a_traced_one(make):
    def f(x):
        c = make(3, like=x)
        c[...] = 2.0
        return np.sum(c * x)

    value, gradient = value_and_grad(f)(np.ones(3))
    assert gradient.shape == (3,)
    assert value == np.sum(gradient)


def test_full_takes_a_traced_value_like_an_array():
    f = lambda x: np.sum(np.full((2, 2), x[0], like=x) * np.full(2, 3.0, like=x))  # noqa: E731
    assert_array_equal(grad(f)(np.ones(2)), [12.0, 0.0])


def test_a_matrix_of_columns_may_be_given_whole():
    x = numbers(2, 3)
    assert_array_equal(jacobian(np.column_stack)(x), jacobian(np.transpose)(x))
    assert_array_equal(jacobian(np.column_stack)(x[0]), jacobian(lambda x: x[None])(x[0]))


@pytest.mark.parametrize("row", [np.add, np.subtract, np.hypot, np.maximum, np.logaddexp])
def test_outer_is_each_with_each(row):
    x, y = numbers(2, 2), numbers(3, seed=1)
    ours = jacobian(row.outer, (0, 1))(x, y)
    theirs = jacobian(lambda x, y: row(x[:, :, None], y), (0, 1))(x, y)
    for mine, wanted in zip(ours, theirs, strict=True):
        assert_allclose(mine, wanted)


TOLD = {
    "compress": lambda x: np.compress(x, x),
    "extract": lambda x: np.extract(x, x),
    "delete": lambda x: np.delete(x, x[0]),
    "insert": lambda x: np.insert(x, x[0], 1.0),
    "choose": lambda x: np.choose(x, [x, x, x]),
    "repeat": lambda x: np.repeat(x, x[0]),
    "tile": lambda x: np.tile(x, x[0]),
    "split": lambda x: np.split(x, x)[0],
    "array_split": lambda x: np.array_split(x, x)[0],
}


@pytest.mark.parametrize("name", TOLD)
def test_places_that_depend_on_the_input_are_refused(name):
    """And not asked for again and again, to the bottom of the stack."""
    with pytest.raises(TypeError, match=rf"places that np\.{name} is told must not depend"):
        grad(lambda x: np.sum(TOLD[name](x)))(np.array([1.0, 2.0]))
