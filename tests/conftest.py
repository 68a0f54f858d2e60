"""Leave out what compares with a library that is not installed, as on Pythons without torch."""

import re
from importlib.util import find_spec
from pathlib import Path

MODULES = {
    path: set(re.findall(r"^(?:import|from) (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
    for path in Path(__file__).parent.rglob("*.py")
}
ABSENT = {name for name in ("autograd", "jax", "torch") if find_spec(name) is None}


def resting_on(names):
    """Return the modules that import one of `names`, or a module that does."""
    found = {path for path, imports in MODULES.items() if imports & names}
    more = names | {path.stem for path in found}
    return found if more == names else resting_on(more)


collect_ignore = sorted(map(str, resting_on(ABSENT)))


def pytest_report_header():
    if ABSENT:
        left_out = sum(Path(path).name.startswith("test_") for path in collect_ignore)
        return f"without {', '.join(sorted(ABSENT))}: {left_out} modules of tests are left out"
    return None
