"""A module imports only from the layers below it; two libraries are known to few modules."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mcalc

PACKAGE = Path(mcalc.__file__).parent
LAYERS = [
    {"_dask", "_messages", "_typing"},
    {"_arrays"},
    {"_run", "numerical", "rules"},
    {"_methods", "_sides"},
    {"_batch", "check"},
    {"_record"},
    {"_node"},
    {"graph"},
    {"_torch", "accumulation", "tracing"},
    {"_linearization"},
    {"autodiff"},
    {"derivatives"},
    {"check_rule", "critical", "identities", "layout", "optimize", "programs", "taylor"},
    {"plotting"},
    {"drawing"},
    {"__init__"},
]
INNER = {
    "rules": [
        {"_broadcasting", "_table"},
        {"_rows"},
        {"_elementwise", "_linalg", "_products", "_reductions", "_shapes"},
        {"_decompositions", "_entries"},
        {"_norms"},
        {"__init__"},
    ],
    "programs": [
        {"_inputs", "_variable"},
        {"_simplify"},
        {"_recorder"},
        {"_names"},
        {"_parts", "_text"},
        {"_write"},
        {"_trace"},
        {"__init__"},
    ],
    "identities": [{"_identity"}, {"_matrices", "_vectors"}, {"__init__"}],
}


def levels(layers):
    return {name: level for level, names in enumerate(layers) for name in names}


LEVEL = levels(LAYERS)
INNER_LEVEL = {package: levels(layers) for package, layers in INNER.items()}
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


def imports(module):
    """Return the dotted names that a module imports when it runs, wherever they stand."""
    found = set()
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    typing_only = [
        child
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.walk(node)
    ]
    for node in ast.walk(tree):
        if node in typing_only:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def dependencies(module, package):
    """Return the modules of `package` that a module imports."""
    prefix = package + "."
    return {
        name.removeprefix(prefix).split(".")[0]
        for name in imports(module)
        if name.startswith(prefix)
    }


def test_every_module_has_its_layer():
    top = {name.removesuffix(".py") for name in MODULES if "/" not in name} | set(INNER)
    assert top == set(LEVEL)
    for package, level in INNER_LEVEL.items():
        inner = {Path(name).stem for name in MODULES if name.startswith(f"{package}/")}
        assert inner == set(level)


@pytest.mark.parametrize("module", MODULES)
def test_imports_go_down(module):
    package, name = Path(module).parent.name, Path(module).stem
    for below in dependencies(module, "mcalc") - {package}:
        assert LEVEL[below] < LEVEL[package or name], f"{module} imports {below}, not below it"
    if package:
        level = INNER_LEVEL[package]
        for below in dependencies(module, f"mcalc.{package}") & set(level):
            assert level[below] < level[name], f"{module} imports {below}, not below it"


@pytest.mark.parametrize("module", MODULES)
def test_few_modules_know_torch_and_matplotlib(module):
    roots = {name.split(".")[0] for name in imports(module)}
    allowed = {"_torch.py": {"torch"}, "plotting.py": {"matplotlib", "matplotlib_inline", "cycler"}}
    allowed["drawing.py"] = {"matplotlib"}
    outside = roots - set(sys.stdlib_module_names) - {"mcalc", "numpy"}
    assert outside <= allowed.get(module, set())


@pytest.mark.parametrize("module", sorted(set(MODULES) - {"_arrays.py", "_torch.py"}))
def test_only_two_modules_name_torch_at_run_time(module):
    """Others ask `_arrays`; autodiff alone says that there is `_torch`."""
    tree = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert "torch" not in names
    assert "_torch" not in dependencies(module, "mcalc") or module == "autodiff.py"


def test_autodiff_imports_torch_only_when_a_tensor_comes():
    tree = ast.parse((PACKAGE / "autodiff.py").read_text(encoding="utf-8"))
    at_the_top = [name.name for node in tree.body for name in getattr(node, "names", [])]
    assert "_torch" in dependencies("autodiff.py", "mcalc")
    assert "_torch" not in at_the_top
    assert dependencies("_torch.py", "mcalc").isdisjoint({"autodiff", "derivatives"})


def test_import_loads_neither_torch_nor_matplotlib():
    code = "import sys, mcalc; print(sorted({'torch', 'matplotlib', 'scipy'} & set(sys.modules)))"
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
    assert len((PACKAGE / module).read_text(encoding="utf-8").splitlines()) <= 250
