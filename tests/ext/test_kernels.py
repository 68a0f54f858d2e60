"""Kernels that are forked give what new ones give, and leave no process behind."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import books
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")

FIGURES = """# Figures

```{code-cell} python
import matplotlib.pyplot as plt
import matplotlib
matplotlib.get_backend(), plt.rcParams["figure.dpi"]
```

```{code-cell} python
---
mystnb:
  image: {alt: A line}
---
_ = plt.plot([0, 1])
```
"""

PLAIN = """# Plain

```{code-cell} python
import __main__, os, sys, threading, torch
print(sys.argv[0], sys.path[:3], __name__, hasattr(__main__, "__file__"))
print(sorted(name for name in sys.modules if name.startswith("mcalc")))
torch.manual_seed(0)
print(torch.get_num_threads(), torch.rand(2))
print(os.getcwd(), [name for name in dir() if not name.startswith("_")])
```

```{code-cell} python
:tags: [raises-exception]
1 / 0
```

```{code-cell} python
import subprocess
subprocess.run([sys.executable, "-c", "print('a child')"], capture_output=True, text=True).stdout
```

```{code-cell} python
import atexit
atexit.register(print, "at the end")
import multiprocessing
with multiprocessing.get_context("spawn").Pool(1) as pool:
    print(pool.map(abs, [-1]))
```
"""

RANDOM = """# Random

```{code-cell} python
import random, numpy, torch
print(random.random(), numpy.random.random(), torch.rand(1, dtype=torch.double).item())
```
"""


def pages() -> dict[str, str]:
    names = ["figures", "plain", "zebras"]
    return {
        "index": books.index(*names),
        "figures": books.NOTEBOOK + FIGURES,
        "plain": books.NOTEBOOK + PLAIN,
        "zebras": books.FIRST,
    }


def contents(folder: Path) -> dict[str, bytes]:
    site = folder / "out" / "html"
    files = [path for path in site.rglob("*") if path.is_file() and ".doctrees" not in path.parts]
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in files}


def running(pid: int) -> bool:
    """Tell whether a process runs, and is not only waiting for its parent to notice its end."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_for(what, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def test_a_site_from_forks_is_that_of_new_kernels_byte_for_byte() -> None:
    folder = books.new_folder()
    forked = books.build(folder, pages())
    assert re.findall(r"ran (\w+) in", forked.output, re.M), forked.output
    first = contents(folder)
    (folder / "out").rename(folder / "first")
    fresh = books.build(folder, {}, "-D", "cells_forked=0")
    assert not re.findall(r"ran (\w+) in", fresh.output, re.M)
    second = contents(folder)
    assert (forked.code, fresh.code) == (0, 0), forked.output + fresh.output
    assert [name for name in first if first[name] != second.get(name)] == []
    assert first.keys() == second.keys()


def test_a_fork_draws_its_own_random_numbers() -> None:
    text = books.NOTEBOOK + RANDOM
    book = books.build(
        books.new_folder(),
        {"index": books.index("one", "two"), "one": text, "two": text + "\nB.\n"},
    )
    assert book.code == 0, book.output
    drawn = [re.findall(r"0\.\d{6,}", book.html(page)) for page in ("one", "two")]
    assert len({number for numbers in drawn for number in numbers}) == 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_is_left_when_a_build_is_ended(number: int) -> None:
    folder = books.new_folder()
    (folder / "src").mkdir()
    source = "import os, pathlib, subprocess, sys, time\n"
    source += "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    source += "text = f'{os.getppid()} {os.getpid()} {child.pid}'\n"
    source += "pathlib.Path('pids.txt').write_text(text)\nwhile True: pass\n"
    page = books.NOTEBOOK + "# E\n\n```{code-cell} python\n" + source + "```\n"
    (folder / "src" / "index.md").write_text(page)
    command = [sys.executable, "-m", "sphinx", "-c", str(books.ROOT), "src", "out/html"]
    build = subprocess.Popen(
        command,
        cwd=folder,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    written = folder / "src" / "pids.txt"
    try:
        wait_for(lambda: written.exists() and len(written.read_text().split()) == 3, 120)
        pids = [int(word) for word in written.read_text().split()]
        assert all(map(running, pids))
        os.kill(build.pid, number)
        build.wait(60)
        wait_for(lambda: not any(map(running, pids)))
    finally:
        if build.poll() is None:
            os.killpg(build.pid, signal.SIGKILL)
            build.wait()


def test_when_the_server_of_the_kernels_dies_the_other_pages_run() -> None:
    kills = (
        "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)\nimport time\ntime.sleep(99)\n"
    )
    pages = {
        "index": books.index("a_kills", "b_runs", "c_runs"),
        "a_kills": books.NOTEBOOK + "# A\n\n```{code-cell} python\n" + kills + "```\n",
        "b_runs": books.NOTEBOOK + "# B\n\n```{code-cell} python\n1 + 1\n```\n",
        "c_runs": books.NOTEBOOK + "# C\n\n```{code-cell} python\n1 + 2\n```\n",
    }
    book = books.build(books.new_folder(), pages, "-D", "cells_at_once=1")
    assert book.code == 1
    assert "this cell ended the kernel of the page" in book.warnings("a_kills", "```{code")[0]
    assert ">2\n</pre>" in book.html("b_runs")
    assert ">3\n</pre>" in book.html("c_runs")
