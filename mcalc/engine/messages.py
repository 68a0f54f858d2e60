"""The explanations that several modules give."""

BRANCH = (
    "f branches on an array, as in `if x > 0`, which is true of some entries and false of "
    "others; choose entry by entry with np.where(x > 0, a, b)"
)
WRITE = (
    "f writes into an array in place (x[i] = v, x += v, out=x), which would lose values that the "
    "derivative needs; make a new array: x = x + v, np.where, np.stack, np.concatenate"
)
ARRAY = (
    "np.array or np.asarray of a traced value drops its derivative; "
    "use np.stack([...]) to collect values, or np.array([[a, b], [c, d]], like=x) with x an array, "
    "np.concatenate to join them; SciPy, masked arrays and data frames make arrays, too: pass "
    "np.array(x)"
)
NUMBER = (
    "float(x), and with it the functions of math, drop the derivative; "
    "leave float out, and use np.log(x) for math.log(x)"
)
OUTLIVED = (
    "a traced value has outlived its function: return it from f, instead of keeping it "
    "in a variable outside"
)

INSTEAD = {
    "where": "for where, choose with np.where(mask, x, 0)",
    "dtype": "for dtype, convert with x.astype(dtype)",
    "out": "for out, use what the function returns",
    "initial": "for initial, add it outside",
    "order": "for order, transpose before and after",
}


def mixed(where: str) -> str:
    """Return the explanation for a torch tensor where NumPy's arrays are recorded."""
    return (
        f"{where} was given a torch tensor and a NumPy value together; "
        "convert the tensor with .numpy(), or use torch throughout"
    )
