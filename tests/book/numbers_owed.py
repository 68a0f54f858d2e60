"""The numbers that each page owes its reader, as they must stand in an output of a cell.

A number is written with the digits that are claimed: the output must show one that rounds to it.
What a display or an inline claim says is not owed here, since the build evaluates it: so the ½ of
the counterexample to the gradient is gone, and what a removed cell of backpropagation printed.
"""

NUMBERS = {
    "theory/gradients": """
        1.0819456 1.0821242 1.785599e-4 4.0087 4.0044 4.0022
    """,
    "theory/numerics": "709.78 709.79 88.72 88.73 710",
    "theory/steepest_descent": "-5 -7 -4 9.9 8 100 144",
    "theory/critical_points": "-1 0 2 -5 -32 36 -24 72 -92",
    "theory/jacobians": "2 -1 3 1 0 5 -2 9216 1088 128",
    "theory/chain_rule": "9 14 4 51 24 0.5 7 8 3 2 111 73 108 181 72 1 253",
    "theory/backpropagation": """
        4 0 16 1024 -4096 400 144 295936 17408 69632 626688 -487424
        12 24 32 1148928
    """,
    "theory/hessians": """
        -1 1 0 -0.36787944117144233 -0.400372 -0.400989 -0.397310
        -0.5 -0.7 -0.707072 -0.707107 -0.42888194248 2.6 -2.502
    """,
    "theory/matrix_calculus": "4 8 6 5 5.828 -4 -10 -2 -6 1.65 13.25",
    "exercises": "0.33333 0.66667 0 -2 1.33333",
}
