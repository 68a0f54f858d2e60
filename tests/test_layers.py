"""A folder imports only from folders below it; two libraries are known to few modules."""

import ast
import graphlib
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import mcalc

PACKAGE = Path(mcalc.__file__).parent
BELOW = {  # for each folder, those that its modules may import from
    "backends": set(),
    "rules": {"backends"},
    "engine": {"backends", "rules"},
    "formulas": {"backends", "rules", "engine", "checks"},
    "checks": {"backends", "rules", "engine"},
    "calculus": {"backends", "rules", "engine", "checks"},
    "graphs": {"backends", "rules", "engine", "calculus.plotting"},
    "programs": {"backends", "rules", "engine", "graphs"},
    "explorables": {"backends", "rules", "engine", "graphs", "programs"},
}
ONLY = {"checks/numerical.py": {"backends"}}  # the oracle, which testifies against the engine
WITHIN = {  # what a function may import when it is called: formulas stand on the oracle's folder
    "checks/check.py": {"formulas"},
    "checks/displayed.py": {"formulas"},  # evaluates what the table of rules displays
    "calculus/identities/_identity.py": {"formulas"},  # and this what that of identities does
}
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
INNER = [module for module in MODULES if "/" in module]


def imports(module, *, at_the_top=False):
    """Return the dotted names that a module imports when it runs, or when it is loaded."""
    found = set()
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    later = ast.FunctionDef | ast.Lambda if at_the_top else ()
    left_out = [
        child
        for node in ast.walk(tree)
        if (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
        or isinstance(node, later)
        for child in ast.walk(node)
    ]
    for node in ast.walk(tree):
        if node in left_out:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules(module, **options):
    """Return the modules of mcalc that a module imports, such as "engine.node"."""
    known = {name.removesuffix(".py").replace("/", ".") for name in MODULES}
    found = set()
    for name in imports(module, **options):
        inner = name.removeprefix("mcalc.")
        if name != inner:
            parts = inner.split(".")
            whole = [".".join(parts[:n]) for n in range(len(parts), 0, -1)]
            found.add(next((n for n in whole if n in known or f"{n}.__init__" in known), inner))
    return found


def stands_in(module, names):
    """Tell whether a module is one of those named, or stands in a folder among them."""
    return any(f"{module}.".startswith(f"{name}.") for name in names)


def stands_in_any(names, folder):
    """Tell whether one of the modules named stands in a folder."""
    return any(stands_in(name, {folder}) for name in names)


def test_every_folder_has_its_place():
    folders = {module.split("/")[0] for module in INNER}
    assert folders <= set(BELOW)
    assert set(BELOW) - folders <= {"formulas"}


@pytest.mark.parametrize("module", INNER)
def test_imports_go_down(module):
    folder = module.split("/")[0]
    allowed = ONLY.get(module, BELOW[folder] | {folder}) | WITHIN.get(module, set())
    for below in modules(module):
        assert stands_in(below, allowed), f"{module} imports {below}, not below it"


def test_the_plain_engine_knows_nothing_of_what_makes_it_fast():
    knowing = {module for module in INNER if stands_in_any(modules(module), "engine.speed")}
    assert {m for m in knowing if not m.startswith("engine/speed/")} == {"engine/autodiff.py"}


SIZE = PACKAGE.parent / "docs" / "_ext" / "reference" / "size.py"


@pytest.mark.skipif(not SIZE.exists(), reason="the book is not here, which says the size")
def test_the_plain_engine_is_small_enough_to_read():
    """The home page calls it an afternoon's reading."""
    assert 500 < runpy.run_path(str(SIZE))["size_of_plain_engine"]() <= 1000


def test_what_is_imported_late_is_not_imported_early():
    for module, names in WITHIN.items():
        early = modules(module, at_the_top=True)
        assert not any(stands_in(name, names) for name in early)


def test_no_modules_import_each_other():
    """Within a folder, too: a module is read after those that it stands on."""
    packages = {name.removesuffix("/__init__.py") for name in MODULES}
    graph = {
        module.removesuffix(".py").replace("/", "."): {
            f"{name}.__init__" if name.replace(".", "/") in packages else name
            for name in modules(module, at_the_top=True)
        }
        for module in MODULES
    }
    graphlib.TopologicalSorter(graph).prepare()  # raises a CycleError


@pytest.mark.parametrize("module", [m for m in MODULES if "/" not in m and m != "__init__.py"])
def test_a_module_at_the_top_is_a_name_for_one_below(module):
    """`mcalc.plotting` is what one imports; the code stands in a folder."""
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    kinds = [type(node) for node in tree.body]
    assert kinds == [ast.Expr, ast.ImportFrom, ast.Assign]


@pytest.mark.parametrize("module", MODULES)
def test_few_modules_know_torch_and_matplotlib(module):
    roots = {name.split(".")[0] for name in imports(module)}
    allowed = {
        "backends/torch.py": {"torch"},
        "calculus/plotting.py": {"matplotlib", "matplotlib_inline", "cycler"},
        "graphs/drawing.py": {"matplotlib"},
        "explorables/figures.py": {"matplotlib", "IPython"},
        "formulas/lexer.py": {"lark"},
        "formulas/tree.py": {"lark"},
        "formulas/prove.py": {"sympy"},
    }
    outside = roots - set(sys.stdlib_module_names) - {"mcalc", "numpy"}
    assert outside <= allowed.get(module, set())


@pytest.mark.parametrize(
    "module", sorted(set(MODULES) - {"backends/arrays.py", "backends/torch.py"})
)
def test_only_two_modules_name_torch_at_run_time(module):
    """Others ask `backends.arrays`; autodiff alone says that there is `backends.torch`."""
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert "torch" not in names
    assert "backends.torch" not in modules(module) or module == "engine/autodiff.py"


def test_autodiff_imports_torch_only_when_a_tensor_comes():
    assert "backends.torch" in modules("engine/autodiff.py")
    assert "backends.torch" not in modules("engine/autodiff.py", at_the_top=True)


def test_import_loads_neither_torch_nor_matplotlib():
    code = (
        "import sys, mcalc;"
        "print(sorted({'torch', 'dask', 'matplotlib', 'scipy'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    assert run.stdout.strip() == "[]"


def test_numpy_functions_never_load_torch():
    code = (
        "import sys, numpy as np, mcalc; mcalc.hessian(lambda x: x @ x)(np.ones(2));"
        "mcalc.numerical_grad(lambda x: x @ x, np.ones(2)); print('torch' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    assert run.stdout.strip() == "False"


@pytest.mark.parametrize("module", MODULES)
def test_modules_are_short(module):
    assert len((PACKAGE / module).read_text(encoding="utf-8").splitlines()) <= 400
