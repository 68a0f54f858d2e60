"""Change the code in one place at a time, and say which changes pass all tests.

Cosmic Ray makes the changes, in a copy of the sources. `tests/mutants.toml` says which tests judge
which files, and lists the changes that may pass, each with its reason; any other one fails the run.
A sample is drawn with a seed: the same one twice is the same run.
"""

from __future__ import annotations

import argparse
import ast
import itertools
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

from cosmic_ray.commands.init import init
from cosmic_ray.mutating import mutate_and_test, mutate_code
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import use_db

SETTINGS = Path("tests/mutants.toml")
SLOWEST = 10  # times as long as the tests of the unchanged code; what takes longer hangs

Change = tuple[str, str, str]
"""A file, a line of it, and what the line becomes."""


class Plain(ast.NodeTransformer):
    """Drops what has no say in how a module runs: annotations, which are never evaluated."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """Drop the annotation of a parameter."""
        return ast.arg(node.arg)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Keep what is assigned; a field of a class stays as it is but for its type."""
        self.generic_visit(node)
        node.annotation = ast.Constant(None)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Drop the annotation of the value."""
        self.generic_visit(node)
        node.returns = None
        return node


def behavior(code: str) -> str | None:
    """Return a text that is the same for modules that run alike; None for what is not Python."""
    try:
        return ast.dump(Plain().visit(ast.parse(code)))
    except SyntaxError:
        return None


def changes(
    files: list[Path], scratch: Path, numbers: bool, seed: int
) -> Iterator[tuple[Change, Any]]:
    """Yield each change once, shuffled, with what Cosmic Ray calls it; of numbers if they count."""
    seen = set()
    with use_db(str(scratch)) as database:
        init(files, database, {})
        items = sorted((item.mutations for item in database.work_items), key=str)
    random.Random(seed).shuffle(items)
    for mutations in items:
        (one,) = mutations
        if not numbers and one.operator_name == "core/NumberReplacer":
            continue
        code = one.module_path.read_text(encoding="utf-8")
        operator = get_operator(one.operator_name)(**one.operator_args)
        try:
            changed = mutate_code(code, operator, one.occurrence)
        except AttributeError:  # it cannot replace an exception that has a dot in its name
            continue
        if changed in seen or behavior(changed or code) in (None, behavior(code)):
            continue
        seen.add(changed)
        pairs = zip(code.splitlines(), changed.splitlines(), strict=False)
        was, becomes = next((a.strip(), b.strip()) for a, b in pairs if a != b)
        yield (one.module_path.as_posix(), was, becomes), mutations


def survivors(group: dict[str, Any], sample: int, seed: int, scratch: Path) -> list[Change]:
    """Return the changes to the files of a group that pass its tests, and print the counts."""
    files = sorted({path for pattern in group["files"] for path in Path().glob(pattern)})
    tests = dict.fromkeys(
        path.as_posix() for pattern in group["tests"] for path in sorted(Path().glob(pattern))
    )
    command = shlex.join([*PYTEST, *tests])
    begun = time.monotonic()
    sound = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False)
    if sound.returncode:
        raise SystemExit(f"the tests of {group['name']} fail without a change:\n{sound.stdout}")
    limit = SLOWEST * (time.monotonic() - begun)
    every = changes(files, scratch / "changes.sqlite", group.get("numbers", True), seed)
    drawn = itertools.islice(every, sample or None)
    passed, count = [], Counter[str]()
    for number, (change, mutations) in enumerate(drawn, start=1):
        result = mutate_and_test(mutations, command, limit)
        count[result.test_outcome.value] += 1
        if not result.is_killed:
            passed.append(change)
            print(f"  passes: {change[0]}\n    {change[1]}\n    {change[2]}", flush=True)
        elif number % 20 == 0:
            print(f"  {number}", flush=True)
    print(f"{group['name']}: {dict(count)}", flush=True)
    return passed


def copied(root: Path) -> Path:
    """Return a copy of the sources, for a run that is broken off must not leave a change there."""
    copy = Path(tempfile.mkdtemp(prefix="mutants-")).resolve()
    listed = subprocess.check_output(["git", "ls-files", "-z"], cwd=root, text=True)
    for name in filter(None, listed.split("\0")):
        if (root / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy / name)
    if (root / "node_modules").exists():
        (copy / "node_modules").symlink_to(root / "node_modules")
    return copy


def main() -> int:
    """Run the groups that are named, or all; return 1 if a change passes that is not listed."""
    settings = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))
    names = [group["name"] for group in settings["group"]]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", help="the interpreter that has what the tests need")
    parser.add_argument("groups", nargs="*", choices=[*names, []], help="all, if none is named")
    parser.add_argument("--sample", type=int, default=0, help="how many changes to each group")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    PYTEST[:] = [given.python, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    listed = settings.get("survivor", [])
    copy = copied(Path.cwd())
    os.environ["PYTHONPATH"] = str(copy)  # else books and kernels would import what is installed
    try:
        with chdir(copy):
            chosen = [g for g in settings["group"] if g["name"] in (given.groups or names)]
            runs = [survivors(g, given.sample, given.seed, copy) for g in chosen]
            found = {change for run in runs for change in run}
    finally:
        shutil.rmtree(copy)
    rest = sorted(change for change in found if not any(speaks_of(s, change) for s in listed))
    for file, was, becomes in rest:
        print(f"not listed in {SETTINGS}: {file}\n    {was}\n    {becomes}")
    return 1 if rest else 0


def speaks_of(survivor: dict[str, Any], change: Change) -> bool:
    """Tell whether an entry of the list is about a change; one without `becomes` is of its line."""
    file, was, becomes = change
    if "replaces" in survivor:
        return was.replace(*survivor["replaces"]) == becomes
    known = (survivor["file"], survivor["was"], survivor.get("becomes", becomes))
    return known == (file, was, becomes)


PYTEST: list[str] = []

if __name__ == "__main__":
    sys.exit(main())
