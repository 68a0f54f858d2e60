"""Build small books with the settings and extensions of the real one.

Each book is built once per test run: starting a kernel costs more than all the assertions.
"""

import atexit
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

NOTEBOOK = """\
---
file_format: mystnb
kernelspec:
  name: python3
---

"""

CHECK = """\
check("{label}", lambda x: 2 * x, lambda x: x + x, at=[3.0], wrong={{"sign": lambda x: -2 * x}})
"""


@dataclass(frozen=True)
class Book:
    """A folder of pages, and what building it returned."""

    folder: Path
    code: int
    output: str

    def html(self, page: str) -> str:
        return (self.folder / "out" / "html" / f"{page}.html").read_text(encoding="utf-8")

    def script(self, name: str) -> Any:
        """Return what a script of the site hands to its reader as JSON."""
        text = (self.folder / "out/html/_static" / name).read_text(encoding="utf-8")
        return json.loads(re.sub(r'^\w+\(("[^"]*", )?|\);\n$', "", text))

    def ledger(self) -> dict[str, dict[str, Any]]:
        """Return the equations of ledger.json by their labels, in its order."""
        account = json.loads((self.folder / "out" / "html" / "ledger.json").read_text("utf-8"))
        return {equation["label"]: equation for equation in account["equations"]}

    def warnings(self, page: str, needle: str) -> list[str]:
        """Return the warnings that name the first line of the page that holds `needle`."""
        path = self.folder / "src" / f"{page}.md"
        lines = path.read_text(encoding="utf-8").splitlines()
        number = next(n for n, line in enumerate(lines, start=1) if needle in line)
        return re.findall(rf"{re.escape(str(path))}:{number}: WARNING: (.*)", self.output)


def build(folder: Path, pages: dict[str, str], *options: str) -> Book:
    """Write the pages, keep the others, and build as `nox -s docs` does."""
    for name, text in pages.items():
        path = folder / "src" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    environment = os.environ | {"NO_COLOR": "1"}
    environment.pop("MPLBACKEND", None)  # conftest.py sets one that shows no figure
    command = [sys.executable, "-m", "sphinx", "-c", str(ROOT), "-W", "--keep-going"]
    done = subprocess.run(
        [*command, *options, "src", "out/html"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return Book(folder, done.returncode, done.stdout + done.stderr)


def new_folder() -> Path:
    """Return a folder that lives as long as the test run."""
    folder = Path(tempfile.mkdtemp(prefix="book-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder.resolve()


def index(*pages: str) -> str:
    return "# A book\n\n```{toctree}\n" + "\n".join(pages) + "\n```\n"


LEDGER = "# The ledger\n\n```{ledger}\n```\n"

FIRST = (
    NOTEBOOK
    + r"""# Zebras

Inline $\R^n$ and ($\norm{\vec{x}}$, $y$).

$$
f(x) = x^2
$$ (def-f)

$$
f'(x) &= x + x \\
      &= 2x
$$ (eq-slope)

```{code-cell} python
:tags: [numpy]
from mcalc import check, check_order
1.5
```

```{code-cell} python
:tags: [torch]
2.5
```

```{code-cell} python
:tags: [numpy]
3.5
```

```{code-cell} python
check("eq-slope", wrong={"half": "x"})
```

```{math}
:label: eq-model
f(1 + h) \approx 1 + 2h
```

```{code-cell} python
check_order("eq-model", lambda x: x**2, lambda x: 2 * x - 1, at=1.0, order=2,
            wrong={"slope": lambda x: 3 * x - 2})
```

$$s(t) = t\,f(t)$$ (def-s)

```{code-cell} python
check("def-s", s=lambda t: t**3)
```

$$h_k$$ (notation-layer)

$$f(1 + h) \approx 1 + 2h$$ (eq-twice)

```{code-cell} python
check("eq-twice")
```

$$(uv)' = u'v + uv'$$ (eq-product)

```{code-cell} python
import numpy as np
check("eq-product", u=np.sin, v=np.exp, at=[{"x": 0.3}, {"x": -1.1}])
```

```{solution} How to
```

```{code-cell} python
"the solution " + "ran"
```

```{endsolution}
```

```{code-cell} python
---
mystnb:
  image: {alt: A parabola}
  figure: {caption: Its caption., name: fig-parabola}
---
import matplotlib.pyplot as plt
_ = plt.plot([0, 1, 4])
```

See {numref}`fig-parabola`.

```{code-cell} python
:tags: [hide-input]
helper = "it is"
```

```{code-cell} python
:tags: [hide-input]
helper + " shown"
```

```{code-cell} python
import time
print("one", end=" ", flush=True)
time.sleep(0.3)
print("line")
```
"""
)

SECOND = r"""# Aardvarks

$$
g(x) = x
$$ (def-g)

As in {eq}`eq-slope` and {eq}`def-g`.

It maps $a \to b$ and not $a_1 + a_2 + a_3 + a_4 + a_5 + a_6 + a_7 + a_8 + a_9$ alone.

```{eval-rst}
A formula below
:math:`y`, as in a docstring.
```
"""


@cache
def good() -> Book:
    """Return a book without a fault; its reading order is not that of the alphabet."""
    pages = {
        "index": index("zebras", "theory/aardvarks", "ledger"),
        "zebras": FIRST,
        "theory/aardvarks": SECOND,
        "ledger": LEDGER,
    }
    return build(new_folder(), pages)


FAULTS = {
    "raises": NOTEBOOK + "# R\n\n```{code-cell} python\n:tags: [x]\n\na = 1\na / 0  # here\n```\n",
    "fails": NOTEBOOK
    + "# F\n\n$$a$$ (eq-fails)\n\n```{code-cell} python\nfrom mcalc import check\n"
    + CHECK.format(label="eq-fails").replace("x + x", "x + x + 1")
    + "```\n",
    "blind": NOTEBOOK
    + "# B\n\n$$a$$ (eq-blind)\n\n```{code-cell} python\nimport matplotlib.pyplot as plt\n"
    + "_ = plt.plot([1, 2])\n```\n\n```{code-cell} python\nfrom mcalc import check\n"
    + CHECK.format(label="eq-blind").replace("3.0", "0.0")
    + "```\n",
    "stray": NOTEBOOK
    + "# S\n\n```{code-cell} python\nfrom mcalc import check\n"
    + CHECK.format(label="eq-unchecked")
    + "```\n",
    "plain": """# P

$$a$$ (eq-unchecked)

$$no label$$

$$a$$ (strange)

![](picture.svg)

<img src="picture.svg">

See {eq}`eq-nowhere` and [](#nowhere) and {py:class}`No`.

A bad $\\frac{1}$ and

$$\\undefinedcommand$$ (def-bad)

and an untrusted $\\href{x}{y}$.
""",
    "folds": "# Fo\n\n```{solution}\n```\n\nText.\n\n## Next\n\n```{endsolution}\n```\n",
}


@cache
def bad() -> Book:
    """Return a book with every fault, read by two processes."""
    folder = new_folder()
    (folder / "src").mkdir()
    (folder / "src" / "picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    return build(folder, {"index": index(*FAULTS), **FAULTS}, "-j", "2")
