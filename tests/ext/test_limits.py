"""What ends the run of a page is named with page and line, and the build ends with a fault."""

import os
import re
import runpy
from functools import cache
from pathlib import Path

import books
import pytest

CELL = "# T\n\n```{code-cell} python\n"
LIMITED = books.NOTEBOOK.replace("kernelspec", "mystnb: {execution_timeout: 8}\nkernelspec")
TAGGED = CELL + ":tags: [raises-exception]\n"
MUCH = """
```{code-cell} python
from IPython.display import clear_output
print("x" * 600_000)
clear_output()
```
"""
PAGES = {
    "endless": LIMITED + CELL + "1\nwhile True: pass\n```\n",
    "prints": books.NOTEBOOK + CELL + "for _ in range(50): print('x' * 10**6)\n```\n",
    "prints_on": books.NOTEBOOK + CELL + "while True: print('x' * 1000)\n```\n",
    "shows": books.NOTEBOOK + CELL + "'x' * 10**7\n```\n",
    "exits": books.NOTEBOOK + CELL + "import os\nos._exit(3)\n```\n",
    "exits_tagged": books.NOTEBOOK + TAGGED + "import os\nos._exit(4)\n```\n",
    "killed": books.NOTEBOOK + CELL + "import os\nos.kill(os.getpid(), 9)\n```\n",
    "asks": books.NOTEBOOK + CELL + "\nname = input('Who?')\n```\n",
    "fills": books.NOTEBOOK + CELL + "import numpy as np\nnp.ones(2**29)\n```\n",
    "magic": books.NOTEBOOK + CELL + "a = 1\n%time a\n```\n",
    "shell": books.NOTEBOOK + CELL + "!true\n```\n",
    "syntax": books.NOTEBOOK + CELL + "a = (\n```\n",
    "warns": books.NOTEBOOK + CELL + "import warnings\nwarnings.warn('beware')\n```\n",
    "good": books.NOTEBOOK + CELL + "'the others' + ' ran'\n```\n" + 2 * MUCH,
}
NEEDLES = [
    ("endless", "```{code", "this cell ran longer than 8 s (nb_execution_timeout in conf.py)"),
    ("prints", "```{code", "this cell gave more than 1000000 characters (cells_output in conf.py)"),
    ("prints_on", "```{code", "this cell gave more than 1000000 characters"),
    ("shows", "```{code", "this cell gave more than 1000000 characters"),
    ("exits", "```{code", "this cell ended the kernel of the page, with exit status 3"),
    ("exits_tagged", "```{code", "this cell ended the kernel of the page, with exit status 4"),
    ("killed", "```{code", "this cell ended the kernel of the page, killed by signal 9"),
    ("asks", "input(", "nobody is there to answer: write the answer into the cell"),
    ("fills", "np.ones", "a page may use 3221225472 bytes (cells_memory in conf.py)"),
    ("magic", "%time", "'%time a' is a magic of IPython and not Python"),
    ("shell", "!true", "'!true' is a magic of IPython and not Python"),
    ("syntax", "a = (", "this cell raised SyntaxError: "),
    ("warns", "warnings.warn(", "stderr was found in the cell outputs of cell"),
]


@cache
def limited() -> books.Book:
    """Return a book of which every page but one runs into a limit."""
    pages = {"index": books.index(*PAGES), **PAGES}
    return books.build(books.new_folder(), pages, "-D", f"cells_memory={3 * 2**30}")


@pytest.mark.parametrize(("page", "needle", "message"), NEEDLES)
def test_what_ends_a_page_is_named_with_page_and_line(page: str, needle: str, message: str) -> None:
    found = limited().warnings(page, needle)
    if page == "fills" and not hasattr(os, "fork"):
        pytest.skip("no limit of memory here")
    assert any(message in warning for warning in found), limited().output
    assert limited().code == 1


def test_the_other_pages_ran_and_no_page_is_large() -> None:
    assert "the others ran" in limited().html("good")
    assert not re.search(r"good\.md:\d", limited().output)  # each cell may give so much
    folder = limited().folder / "out"
    assert max(path.stat().st_size for path in folder.rglob("*.html")) < 200_000
    assert max(path.stat().st_size for path in folder.rglob("*.ipynb")) < 200_000


def test_the_book_sets_each_limit() -> None:
    settings = runpy.run_path(str(books.ROOT / "conf.py"))
    assert 10 <= settings["nb_execution_timeout"] <= 600  # seconds
    assert 10**5 <= settings["cells_output"] <= 10**7  # characters
    assert 2**31 <= settings["cells_memory"] <= 2**34  # bytes


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("# Title\n\nThe café is\nclosed.\n".encode("latin-1"), 3, "the byte 0xe9 is not UTF-8"),
        (b"# Title\n\n\nA\0B\n", 4, "a NUL byte"),
        (b" \n\n", 1, "this page is empty"),
    ],
)
def test_a_page_that_is_no_text_is_named(content: bytes, line: int, message: str) -> None:
    folder = books.new_folder()
    (folder / "src").mkdir()
    (folder / "src" / "wrong.md").write_bytes(content)
    book = books.build(folder, {"index": books.index("wrong")})
    assert book.code == 2
    assert f"{Path(folder, 'src', 'wrong.md')}:{line}: {message}" in book.output
