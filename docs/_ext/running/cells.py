"""Which cells of a page run in a browser, found by what they name.

An engine in the browser has NumPy, Matplotlib, SymPy and mcalc. A cell that uses a name which an
absent library has bound, or which a cell that does not run has bound, does not run either; one that
only imports such a library runs, and its other imports count.
"""

from __future__ import annotations

import ast
import symtable
import sys
from dataclasses import dataclass
from functools import cache

from _ext.cells.executed import Cell

PRESENT = sys.stdlib_module_names | {"lark", "matplotlib", "mcalc", "mpmath", "myst_nb", "numpy"}
PRESENT |= {"mpl_toolkits", "sympy"}
NAMES = {  # as they call themselves
    "IPython": "IPython",
    "dask": "Dask",
    "distributed": "Dask",
    "jax": "JAX",
    "scipy": "SciPy",
    "torch": "PyTorch",
}


@dataclass(frozen=True)
class Runnable:
    """A cell of a page for the browser.

    Attributes:
        index: its place among the blocks of its page.
        source: its code.
        tags: its tags.
        needs: what it misses in a browser; "" if it runs.
        checks: whether it does nothing but check, so that no other cell depends on it.
    """

    index: int
    source: str
    tags: list[str]
    needs: str
    checks: bool


@cache  # several ask
def runnable(cells: tuple[Cell, ...]) -> list[Runnable]:
    """Return the cells of a page, but not the one in which the build evaluates inline claims."""
    absent: dict[str, str] = {}  # the names that a browser does not know, with what they need
    found = []
    for cell in cells:
        if "evaluate_claims(" in cell.source:
            continue
        needs, bound, imports = needed(cell, absent)
        for name in bound:
            if needs:
                absent[name] = needs
            else:
                absent.pop(name, None)
        absent |= imports
        found.append(Runnable(cell.index, cell.source, cell.tags, needs, only_checks(cell)))
    return found


def needed(cell: Cell, absent: dict[str, str]) -> tuple[str, set[str], dict[str, str]]:
    """Return what a cell misses in a browser, the names that it binds, and those in vain."""
    tree = cell.tree
    if tree is None:
        return "IPython", set(), {}  # its magics
    table = symtable.symtable(cell.source, "cell", "exec")
    bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
    imports = dict(absent_imports(tree))
    used = names_used(table)
    from_outside = [absent[name] for name in sorted(names_read(tree) & set(absent) - set(imports))]
    own = [needs for name, needs in sorted(imports.items()) if name in used]
    tagged = [NAMES["torch"]] if "torch" in cell.tags else []
    only = [*imports.values()] if imports and len(imports) == len(bound) else []
    needs = [*tagged, *from_outside, *own, *only]
    return (needs[0] if needs else ""), bound - set(imports), imports


def only_checks(cell: Cell) -> bool:
    """Tell whether a cell is calls of `check` or `check_order` alone."""
    body = cell.tree.body if cell.tree else []
    calls = [node.value for node in body if isinstance(node, ast.Expr)]
    called = [call.func for call in calls if isinstance(call, ast.Call)]
    checks = [f for f in called if isinstance(f, ast.Name) and f.id in ("check", "check_order")]
    return bool(body) and len(checks) == len(body)


def absent_imports(tree: ast.Module) -> list[tuple[str, str]]:
    """Return the names that imports of absent libraries bind, with the libraries."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            pairs = [(alias.name, alias) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            pairs = [(node.module or "", alias) for alias in node.names]
        else:
            continue
        for module, alias in pairs:
            top = module.partition(".")[0]
            if top not in PRESENT:
                name = alias.asname or alias.name.partition(".")[0]
                found.append((name, NAMES.get(top, top)))
    return found


def names_read(tree: ast.Module) -> set[str]:
    """Return the names that a cell takes from the cells before it: not those it binds first."""
    read: set[str] = set()
    bound: set[str] = set()
    for statement in tree.body:
        table = symtable.symtable(ast.unparse(statement), "cell", "exec")
        used = names_used(table) - bound
        if isinstance(statement, ast.For):  # its variables, unless what it runs over reads them
            before = {n.id for n in ast.walk(statement.iter) if isinstance(n, ast.Name)}
            used -= {n.id for n in ast.walk(statement.target) if isinstance(n, ast.Name)} - before
        read |= used
        if isinstance(statement, ast.Assign | ast.FunctionDef | ast.Import | ast.ImportFrom):
            bound |= {s.get_name() for s in table.get_symbols() if s.is_assigned()}
            bound |= {s.get_name() for s in table.get_symbols() if s.is_imported()}
    return read


def names_used(table: symtable.SymbolTable) -> set[str]:
    """Return the names that a cell takes from its page, in its functions too."""
    top = table.get_type() == "module"
    used = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (top or symbol.is_global())
    }
    return used.union(*map(names_used, table.get_children()))
