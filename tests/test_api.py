"""The public names: each is documented, typed and shown at work."""

import inspect
import re
import types
from pathlib import Path

import pytest

import mcalc
import mcalc.drawing
import mcalc.explore
import mcalc.plotting

FUNCTIONS = [n for n in mcalc.__all__ if isinstance(getattr(mcalc, n), types.FunctionType)]
CLASSES = [n for n in mcalc.__all__ if isinstance(getattr(mcalc, n), type)]
PLOTS = [
    f"{module.__name__}.{name}"
    for module in (mcalc.plotting, mcalc.drawing, mcalc.explore)
    for name in module.__all__
    if inspect.isfunction(getattr(module, name))
]
ROWS = [n for n in mcalc.rules.__all__ if inspect.isfunction(getattr(mcalc.rules, n))]
TYPED = {
    **{name: getattr(mcalc, name) for name in FUNCTIONS},
    **{name: getattr(getattr(mcalc, name.split(".")[1]), name.split(".")[2]) for name in PLOTS},
    **{f"rules.{name}": getattr(mcalc.rules, name) for name in ROWS},
}


def test_all_is_sorted_and_complete():
    public = {
        name
        for name, value in vars(mcalc).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert mcalc.__all__ == sorted(mcalc.__all__)
    modules = {"identities", "layout", "rules"}
    assert set(mcalc.__all__) == public | modules
    assert set(mcalc.__all__) == {*FUNCTIONS, *CLASSES, *modules}


@pytest.mark.parametrize(
    "name", [*FUNCTIONS, *CLASSES, *mcalc.identities.__all__, *mcalc.rules.__all__, "arrange"]
)
def test_the_reference_lists_every_public_name(name):
    pages = (Path(__file__).parents[1] / "docs" / "reference").glob("*.md")
    entries = "".join(page.read_text(encoding="utf-8") for page in pages)
    assert re.search(rf"^\.\. (auto|py:)\w+:: {name}\b", entries, re.MULTILINE)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_have_an_example(name):
    assert ">>>" in inspect.getdoc(getattr(mcalc, name))


@pytest.mark.parametrize("name", CLASSES)
def test_classes_say_what_they_hold(name):
    cls = getattr(mcalc, name)
    doc = inspect.getdoc(cls)
    assert doc
    for field in getattr(cls, "__dataclass_fields__", {}):
        assert f"\n    {field}: " in doc, f"{name} does not document {field}"


@pytest.mark.parametrize("name", TYPED)
def test_signatures_are_typed(name):
    signature = inspect.signature(TYPED[name])
    assert signature.return_annotation is not inspect.Signature.empty
    for parameter in signature.parameters.values():
        assert parameter.annotation is not inspect.Parameter.empty, parameter


@pytest.mark.parametrize("name", TYPED)
def test_docstrings_are_sentences_and_name_real_arguments(name):
    doc = inspect.getdoc(TYPED[name])
    first = doc.splitlines()[0]
    assert first.endswith((".", ":"))
    parameters = set(inspect.signature(TYPED[name]).parameters)
    if "\nArgs:\n" in doc:
        section = doc.split("\nArgs:\n")[1].split("\n\n")[0]
        named = {line.split(":")[0].strip() for line in section.splitlines() if line[4:5] != " "}
        assert named <= parameters
        assert parameters <= named, f"{name} does not document {parameters - named}"


def test_every_example_imports_what_it_uses():
    """A docstring is read alone: only mcalc's own name comes from the module around it."""
    for name in FUNCTIONS:
        lines = inspect.getdoc(getattr(mcalc, name)).splitlines()
        code = "\n".join(line for line in lines if line.strip().startswith((">>>", "...")))
        for module, statement in {"np.": "import numpy as np", "math.": "import math"}.items():
            assert module not in code or statement in code, name


def test_the_package_is_marked_as_typed():
    assert (Path(mcalc.__file__).parent / "py.typed").is_file()
