"""What runs in the browser: the names of a page, and its cells as the build's kernel ran them.

The worker of the page loads this file into the engine. It knows nothing of JavaScript, and gives
and takes JSON; the tests run it outside of a browser, too.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import importlib
import io
import json
import linecache
import logging
import os
import re
import sys
import traceback
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

ABSENT = {  # as they call themselves
    "IPython": "IPython",
    "bench": "the benchmark",
    "dask": "Dask",
    "distributed": "Dask",
    "jax": "JAX",
    "scipy": "SciPy",
    "torch": "PyTorch",
}
MOST = 200_000  # characters of a cell's output
WIDTH = 79  # of a line, as IPython has it
BRACKETS: dict[type[Any], tuple[str, str]] = {
    dict: ("{", "}"),
    list: ("[", "]"),
    set: ("{", "}"),
    tuple: ("(", ")"),
}
DRAWING = (
    "matplotlib",
    "mpl_toolkits",
    "mcalc.plotting",
    "mcalc.drawing",
    "mcalc.calculus.plotting",
)
FAILURES = {  # NumPy's words
    "inv": "Singular matrix",
    "solve": "Singular matrix",
    "cholesky": "Matrix is not positive definite",
    "eig(vals|h|valsh)?": "Eigenvalues did not converge",
    "svd": "SVD did not converge",
}


class Absent:
    """Stands for what a library has that is not here; the use of it says so."""

    def __init__(self, library: str) -> None:
        self._library = library

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise ModuleNotFoundError(
            f"{ABSENT[self._library]} does not run in a browser; it does in the page's notebook"
        )


class Printed(io.TextIOBase):
    """Collects what a cell prints."""

    def __init__(self, outputs: list[dict[str, Any]], name: str) -> None:
        self.outputs, self.name = outputs, name

    def write(self, text: str) -> int:
        """Add a text to the outputs, in its place between them."""
        last = self.outputs[-1] if self.outputs else {}
        if last.get("kind") != self.name:
            last = {"kind": self.name, "text": ""}
            self.outputs.append(last)
        last["text"] += text
        if len(last["text"]) > MOST:
            raise RuntimeError(f"a cell printed more than {MOST:,} characters")
        return len(text)


class Page:
    """The names of a page, which its cells share."""

    def __init__(self) -> None:
        self.shown = True
        self.outputs: list[dict[str, Any]] = []
        self.namespace: dict[str, Any] = {
            "__name__": "__main__",
            "__builtins__": {
                **vars(builtins),
                "__import__": self.import_module,
                "input": no_input,
            },
            "display": self.display,
        }

    def run(self, index: int, source: str, *, shown: bool = True) -> str:
        """Run a cell; return its outputs and its error as JSON, with figures if it is shown."""
        self.outputs, self.shown = [], shown
        name = f"<cell {index}>"
        linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
        error = None
        out, err = Printed(self.outputs, "stdout"), Printed(self.outputs, "stderr")
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                self.execute(source, name)
                self.show_figures()
            except BaseException as raised:  # SystemExit, too, ends the cell and not the page
                error = described(raised, name)
                self.close_figures()
        return json.dumps({"outputs": self.outputs, "error": error})

    def execute(self, source: str, name: str) -> None:
        """Run the statements, and display the value of the last if it is an expression."""
        tree = ast.parse(source, name)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, name, "exec"), self.namespace)
        if isinstance(last, ast.Expr):
            shown = not re.search(r";\s*(#.*)?$", source)
            value = eval(compile(ast.Expression(last.value), name, "eval"), self.namespace)
            if value is not None and shown:
                self.display(value)

    def display(self, *values: Any) -> None:
        """Add values to the outputs, as the page would show them."""
        for value in values:
            if data := bundle(value):
                self.outputs.append({"kind": "data", "data": data})

    def show_figures(self) -> None:
        """Draw the figures that the cell has made."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot and self.shown:
            for number in pyplot.get_fignums():
                data = {"image/svg+xml": svg(pyplot.figure(number))}
                self.outputs.append({"kind": "data", "data": data})
        self.close_figures()

    def close_figures(self) -> None:
        """Forget the figures."""
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            pyplot.close("all")

    def import_module(self, name: str, *rest: Any) -> Any:
        """Import a module; a stand-in where no browser has it."""
        top = name.partition(".")[0]
        if top in ABSENT:
            return Absent(top)
        try:
            found = builtins.__import__(name, *rest)
        except ModuleNotFoundError as missing:
            if missing.name != top:
                raise
            raise ModuleNotFoundError(
                f"{missing}; the page has NumPy, Matplotlib, SymPy and mcalc, and its notebook"
                " takes what you install",
                name=top,
            ) from None
        if pyplot := sys.modules.get("matplotlib.pyplot"):
            # In its place between the outputs; a function, to which Matplotlib gives a signature.
            vars(pyplot)["show"] = lambda *_, **__: self.show_figures()
        return found

    def call(self, name: str, arguments: str) -> str:
        """Return what a function of judge.py returns for the names of the page, as JSON."""
        judge = importlib.import_module("judge")  # which the site has if a page asks something
        return json.dumps(getattr(judge, name)(self.namespace, **json.loads(arguments)))


def no_input(*_: Any) -> None:
    """Stand in the place of `input`."""
    raise RuntimeError("a cell of a page cannot ask; write the answer into its code")


def bundle(value: Any) -> dict[str, str]:
    """Return what a value says of itself, by the kind of text; nothing, if it shows a figure."""
    if hasattr(value, "_ipython_display_"):  # the open figures, which follow
        return {}
    if hasattr(value, "_repr_mimebundle_") and not isinstance(value, type):
        said = value._repr_mimebundle_()
        return dict(said[0] if isinstance(said, tuple) else said)
    data = {"text/plain": text(value)}
    for method, kind in (("_repr_html_", "text/html"), ("_repr_svg_", "image/svg+xml")):
        if hasattr(value, method) and (said := getattr(value, method)()):
            data[kind] = said
    if type(value).__name__ == "Figure" and hasattr(value, "savefig"):
        data["image/svg+xml"] = svg(value)
    return data


def text(value: Any, indent: int = 0) -> str:
    """Return a value as text; a container that is longer than a line has a line for each entry."""
    line = repr(value)
    if len(line) <= WIDTH - indent or type(value) not in BRACKETS:
        return line.replace("\n", "\n" + " " * indent)
    begin, end = BRACKETS[type(value)]
    entries = [text(entry, indent + 1) for entry in value]
    if isinstance(value, dict):
        keys = [f"{key!r}: " for key in value]
        entries = [
            k + text(v, indent + 1 + len(k)) for k, v in zip(keys, value.values(), strict=True)
        ]
    return begin + (",\n" + " " * (indent + 1)).join(entries) + end


def svg(figure: Any) -> str:
    """Return a figure as the build draws it."""
    file = io.StringIO()
    figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})
    return file.getvalue()


def described(raised: BaseException, cell: str) -> dict[str, Any]:
    """Return an error with its line in the cell and the way to it, without the engine's own."""
    report = traceback.TracebackException.from_exception(raised)
    frames = [frame for frame in report.stack if frame.filename.startswith("<cell ")]
    here = [frame.lineno for frame in frames if frame.filename == cell]
    line = raised.lineno if isinstance(raised, SyntaxError) else (here[-1:] or [None])[0]
    way = "".join(traceback.format_list(frames)).replace(f'File "{cell}", ', "")
    way = re.sub(r'File "<cell \d+>", ', "a cell above, ", way).replace(", in <module>", "")
    said = "".join(report.format_exception_only()).strip().replace(f'File "{cell}", ', "")
    return {"name": type(raised).__name__, "message": str(raised), "line": line, "text": way + said}


def raise_for_nan() -> None:
    """Let `numpy.linalg` raise where it gives NaN for finite numbers.

    NumPy finds out by a flag of the processor, which WebAssembly does not have: Pyodide issue 4859.
    The functions below NumPy's own are replaced, so that its own are what mcalc has rules for.
    """
    linalg: Any = importlib.import_module("numpy.linalg._linalg")
    kernels = types.SimpleNamespace(**vars(linalg._umath_linalg))
    for name, message in FAILURES.items():
        for function in [f for f in vars(kernels) if re.fullmatch(rf"{name}(_\w+)?1?", f)]:
            setattr(kernels, function, checked(getattr(kernels, function), message))
    linalg._umath_linalg = kernels


def checked(kernel: Callable[..., Any], message: str) -> Callable[..., Any]:
    """Return a function of matrices that raises for finite ones without a result."""
    import numpy as np

    def call(*matrices: Any, **options: Any) -> Any:
        result = kernel(*matrices, **options)
        parts = result if isinstance(result, tuple) else (result,)
        lost = any(np.isnan(part).any() for part in parts)
        if lost and all(np.isfinite(matrix).all() for matrix in matrices):
            raise np.linalg.LinAlgError(message)
        return result

    return call


def packages(source: str) -> list[str]:
    """Return what must be loaded into the engine for a cell, beside NumPy and mcalc."""
    try:
        nodes = [*ast.walk(ast.parse(source))]
    except SyntaxError:
        return []
    imports = [alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names]
    for n in nodes:
        if isinstance(n, ast.ImportFrom):
            imports += [f"{n.module}.{alias.name}" for alias in n.names]
    tops = {name.partition(".")[0] for name in imports}
    drawn = any(name.startswith(DRAWING) for name in imports)
    return [*(["matplotlib"] if drawn else []), *(["sympy"] if "sympy" in tops else [])]


def prepare(folder: str, displays: str) -> Page:
    """Return a new page, with what it displays, as JSON, in a file where its checks look."""
    path = Path(folder, "displays.json")
    path.write_text(displays, encoding="utf-8")
    os.environ["MCALC_DISPLAYS"] = str(path)
    raise_for_nan()
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells that it looks for fonts
    # A proof takes SymPy, six megabytes, and no page shows more of it than the ledger does.
    unproved = types.ModuleType("mcalc.formulas.prove")
    vars(unproved)["proves"] = lambda *_: None
    sys.modules.setdefault("mcalc.formulas.prove", unproved)
    sys.modules.setdefault("myst_nb", pasting())
    return Page()


def pasting() -> types.ModuleType:
    """Return a stand-in for the module that pastes values into the text, which stands already."""
    module = types.ModuleType("myst_nb")
    vars(module)["glue"] = lambda name, value, display=True: None
    return module
