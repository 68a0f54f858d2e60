"""What was found, as a file: written by `session`, read by the book's page.

The page is built without measuring anything, from the record that is published with it.
"""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import mcalc

ROOT = Path(__file__).parents[1]
BUILT = ROOT / "_build" / "bench.json"
PUBLISHED = ROOT / "docs" / "benchmark.json"
SOURCES = Path(mcalc.__file__).parent

Record = dict[str, Any]


def digest_of_sources(folder: Path = SOURCES) -> str:
    """Return a digest of a package's modules: another one if any letter of them changes."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        for part in (path.relative_to(folder).as_posix().encode(), path.read_bytes()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def load(path: Path = PUBLISHED) -> Record:
    """Return the record of an earlier run."""
    record: Record = json.loads(path.read_text(encoding="utf-8"))
    return record


def save(record: Record, path: Path) -> None:
    """Write a record, one that a reader can compare with an older one line by line."""
    path.parent.mkdir(exist_ok=True)
    text = json.dumps(record, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def medians(row: Record) -> dict[str, float]:
    """Return the median seconds of each library at a workload."""
    return {name: time["median"] for name, time in row["times"].items()}


def libraries(record: Record) -> list[str]:
    """Return the names of all libraries, in the order of the first row that has most of them."""
    rows = record["workloads"]
    longest = max(rows, key=lambda row: len(row["times"]))["times"]
    return list(dict.fromkeys([*longest, *(name for row in rows for name in row["times"])]))


def cheap_gradient(record: Record, name: str) -> dict[str, float]:
    """Return cost of the gradient / cost of f, where arrays are so large that only they count."""
    rows = {row["name"]: medians(row) for row in record["workloads"]}
    found = {n: rows[n][name] / rows[n]["f"] for n in ("logsumexp", "factorization", "network")}
    times = record["growth"]["size"]["times"]
    return found | {"rosenbrock": times[name][-1] / times["f"][-1]}


def exponent(series: Record, name: str) -> float:
    """Return p of time ∝ size**p between the last two sizes: 1 for linear growth."""
    (n, m), (before, last) = series["sizes"][-2:], series["times"][name][-2:]
    return float(math.log(last / before) / math.log(m / n))
