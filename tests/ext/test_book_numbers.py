"""The numbers that a book prints about itself, and its text where it leaves the page.

One small book whose residuals, orders, points and wrong variants are known beforehand; one of its
formulas has no check, so that its build ends with one warning.
"""

import base64
import hashlib
import json
import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import books
import nbformat
import pytest
from fontTools.ttLib import TTFont

SITE = "https://site.example/book/"
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="30pt" height="15.4px"></svg>'
SENTENCE = "Every one of these sentences is made to be sixty signs long. "

NUMBERS = (
    books.NOTEBOOK
    + r"""# Numbers & marks

"""
    + 4 * SENTENCE
    + r"""

$$f(x) = x^2$$ (def-f)

$$2a = a + a$$ (eq-twice)

```{code-cell} python
from IPython.display import Math
from mcalc import check, check_order

check("eq-twice", lambda x: 1.0 * x, lambda x: x + 4e-10 * (x == 2), at=[1.0, 2.0, 8.0],
      wrong={"half": lambda x: x / 2, "double": lambda x: 2 * x})
```

```{code-cell} python
check("eq-twice", lambda x: x + 0.0, lambda x: 1.0 * x, at=[3.0, 1.0],
      wrong={"far": lambda x: 5 * x})
```

$$f(1 + h) \approx 1 + 2h$$ (eq-model)

```{code-cell} python
check_order("eq-model", lambda x: 2 * x + abs(x) ** 3, lambda x: 2 * x, at=0.0, order=3,
            wrong={"slope": lambda x: x})
```

```{code-cell} python
display(check_order("eq-model", lambda x: 2 * x + x ** 2, lambda x: 2 * x, at=0.0, order=2,
                    wrong={"slope": lambda x: x}))
check_order("eq-model", lambda x: 2 * x + abs(x) ** 2.5, lambda x: 2 * x, at=0.0, order=2.5,
            wrong={"slope": lambda x: x})
```

$$f(3 + h) \approx 9 + 6h$$ (eq-near)

```{code-cell} python
check("eq-near")
```

$$k(2) = 2$$ (eq-off)

```{code-cell} python
check("eq-off", k=lambda x: x + 3.24e-10)
```

## Another part

$$y = y$$ (eq-bare)

$$f(y) = y\,y$$ (eq-read)

```{code-cell} python
check("eq-read", at=[{"y": 3.0}], wrong={"linear": "2y"})
```

```{code-cell} python
check("eq-read", lambda y: y * y, lambda y: y + y, at=[2.0], wrong={"cube": lambda y: y**3})
```

```{code-cell} python
Math("c = d")
```

```{code-cell} python
:tags: [raises-exception]
import json
json.loads("{")
```

Of {eq}`eq-read` and {eq}`def-f`, of *some* **thick** `code`, in $\vec{x}\T$, at 5\$.
A [place](https://else.example/a) and {ref}`another page <other-page>`.

| Name | Letter |
|------|--------|
| one  | $a$    |

- first
- second
  goes on

1. a step

> A word
> of others

```{solution} Way
```

Before the cell.

```{code-cell} python
"in the solution"
```

After the cell.

```{endsolution}
```

```{figure} drawing.svg
:alt: A drawing

It is drawn.
```
"""
)

LABELS = ["def-f", "eq-twice", "eq-model", "eq-near", "eq-off", "eq-bare", "eq-read"]

OTHER = r"""(other-page)=
# Another page

Of {eq}`eq-read`, and {eq}`eq-twice` too.

$$g(x) = x$$ (def-g)
"""


@cache
def book() -> books.Book:
    """Return the book; its ledger stands in a folder, and its totals on the first page, too."""
    folder = books.new_folder()
    (folder / "src").mkdir()
    (folder / "src" / "drawing.svg").write_text(DRAWING)
    totals = "\n```{ledger-totals}\n```\n"
    pages = {
        "index": books.index("numbers", "account/ledger", "deep/other") + totals,
        "numbers": NUMBERS,
        "account/ledger": books.LEDGER,
        "deep/other": OTHER,
    }
    return books.build(folder, pages, "-D", f"site={SITE}")


def text_of(html: str) -> str:
    """Return what is read of a piece of a page, in one line."""
    return " ".join(re.sub(r"<[^>]*>", "", html).replace("\N{NO-BREAK SPACE}", " ").split())


def between(html: str, start: str, end: str) -> str:
    """Return what stands between two pieces of a page, the first of which it holds once."""
    assert html.count(start) == 1, start
    rest = html.partition(start)[2]
    assert end in rest, end
    return rest.partition(end)[0]


def row_of(label: str) -> list[str]:
    """Return the cells of a row of the ledger, as they are read."""
    row = between(book().html("account/ledger"), f'id="ledger-{label}"', "</tr>")
    return [text_of(f"<{cell}") for cell in re.split(r"<td", row)[1:]]


def test_the_one_formula_without_a_check_is_the_only_fault() -> None:
    found = re.findall(r"(?:WARNING|ERROR): (.*)", book().output)
    assert len(found) == 1, book().output
    assert book().warnings("numbers", "(eq-bare)")[0] in found[0]
    assert found[0].startswith("equation 'eq-bare' is neither a definition nor checked")
    assert book().code == 1


@pytest.mark.parametrize(
    ("label", "cells"),
    [
        ("def-f", "(1) | defined |  |  | "),
        ("eq-twice", "(2) | transcribed | 2.0e-10, exact | 5 | double (1), half (0.5), far (4)"),
        (
            "eq-model",
            "(3) | transcribed | order 3.00, order 2.00, order 2.50 | 6"
            " | slope (2), slope (1), slope (1.5)",
        ),
        ("eq-bare", "(6) | unchecked |  |  | "),
        ("def-g", "(8) | defined |  |  | "),
    ],
)
def test_a_row_of_the_ledger_holds_what_the_checks_found(label: str, cells: str) -> None:
    assert " | ".join(row_of(label)) == cells


def test_the_row_of_a_display_that_was_read_counts_its_slips() -> None:
    check, _ = book().ledger()["eq-read"]["checks"]
    number, kind, found, points, slips = row_of("eq-read")
    assert (number, kind, found, points) == ("(7)", "proved", "exact, exact", "2")
    rejected = f"{len(check['rejected'])} rejected"
    refused = f", {check['refused']} refused" if check["refused"] else ""
    true = f", {len(check['equivalent'])} also true" if check["equivalent"] else ""
    assert slips == f"{rejected}{refused}{true}, cube (1)"
    assert {"linear"} < set(check["rejected"])


def test_ledger_json_is_the_account_of_the_rows() -> None:
    ledger = book().ledger()
    assert list(ledger) == [*LABELS, "def-g"]
    assert [row["number"] for row in ledger.values()] == list(range(1, 9))
    first, second = ledger["eq-twice"]["checks"]
    assert first["residual"] == pytest.approx(2e-10, rel=1e-3)
    assert (first["points"], second["points"], second["residual"]) == (3, 2, 0.0)
    assert first["rejected"] == {"half": 0.5, "double": 1.0}
    assert second["rejected"] == {"far": 4.0}
    assert [check["order"] for check in ledger["eq-model"]["checks"]] == [
        pytest.approx(3, abs=0.01),
        pytest.approx(2, abs=0.01),
        pytest.approx(2.5, abs=0.01),
    ]
    for check in (first, second):
        assert {"label", "line", "failure", "refuted"}.isdisjoint(check)
        assert check["order"] is None


@pytest.mark.parametrize("page", ["account/ledger", "index"])
def test_the_totals_are_sums_over_the_rows(page: str) -> None:
    slips = sum(len(c["rejected"]) for row in book().ledger().values() for c in row["checks"])
    totals = between(book().html(page), '<ul class="ledger-totals', "</ul>")
    assert [text_of(f"<{item}") for item in totals.split("<li")[1:]] == [
        "8 displayed formulas",
        "1 proved",
        "1 evaluated",
        "1 tried on examples",
        "2 transcribed",
        "2 defined",
        "1 unchecked",
        f"{slips} slips told from the truth",
    ]


def test_the_picture_places_a_residual_between_its_powers_of_ten() -> None:
    html = book().html("account/ledger")
    grid = re.findall(r'<line class="grid"[^>]* y1="([\d.]+)"', html)
    assert len(grid) == 4  # 1 and each fourth power of ten below it
    height = {-4 * k: float(y) for k, y in enumerate(grid)}
    floor = float(between(html, '<line class="floor"', "/>").split('y1="')[1].split('"')[0])
    dots = [float(y) for y in re.findall(r'<circle class="right"[^>]* cy="([\d.]+)"', html)]
    assert len(dots) == 3
    step = (height[-12] - height[-8]) / 4
    assert dots[0] == pytest.approx(height[-8] + 1.699 * step, abs=0.2)  # 2e-10 is 10**-9.699
    assert dots[1] == pytest.approx(height[-8] + 1.790 * step, abs=0.2)  # 1.62e-10
    assert dots[2] == floor
    crosses = re.findall(r'<path class="wrong" d="M([\d.]+) ([\d.]+)l', html)
    assert float(crosses[0][1]) + 3 == pytest.approx(height[0] + 0.301 * step, abs=0.2)  # 0.5
    places = [float(x) for x in re.findall(r'<circle class="right" cx="([\d.]+)"', html)]
    assert places == [pytest.approx(float(x) + 3, abs=0.11) for x, _ in crosses]
    assert places == sorted(set(places))
    assert '<line class="page"' not in html  # all stand on one page
    said = text_of(between(html, "<figcaption>", "</figcaption>"))
    assert said.startswith("The 3 equalities of the book in reading order. ")
    assert "at most 2.0·10⁻¹⁰." in said
    near = min(d for c in ("eq-twice", "eq-off", "eq-read") for r in book().ledger()[c]["checks"]
               for d in r["rejected"].values())  # fmt: skip
    assert f"off by at least {near:.1g}." in said


def test_each_check_of_an_equation_has_its_own_place() -> None:
    html = book().html("numbers")
    first, second = (html.index(f'id="{name}"') for name in ("check-eq-twice", "check-eq-twice-2"))
    assert "double" in html[first:second]
    assert "double" not in html[second : html.index('id="equation-eq-model"')]
    assert html.index('id="check-eq-model-2"') < html.index('id="check-eq-model-3"')
    ledger = book().html("account/ledger")
    row = between(ledger, 'id="ledger-eq-twice"', "</tr>")
    assert re.findall(r'href="([^"]*)"', row) == [
        "../numbers.html#equation-eq-twice",
        "../numbers.html#check-eq-twice",
        "../numbers.html#check-eq-twice-2",
    ]


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        ("def-f", "defined ledger"),
        ("eq-bare", "unchecked ledger"),
    ],
)
def test_a_mark_without_a_check_leads_to_the_ledger(label: str, shown: str) -> None:
    box = book().html("numbers").partition(f'id="equation-{label}"')[2]
    mark = box.partition("equation-mark ")[2].partition(">")[2].partition("</p>")[0]
    assert text_of(mark) == shown
    assert f'href="account/ledger.html#ledger-{label}"' in mark


READ = "Both sides were read as you see them; "
EXAMPLE = " It speaks of every function; this is an example."


@pytest.mark.parametrize(
    ("label", "said", "more"),
    [
        ("eq-read", READ + "at 1 point they agree to the last digit.", " SymPy proved it."),
        ("eq-off", READ + "at 1 point they differ by 2e-10 at most.", EXAMPLE),
        ("eq-near", "The formula was read as you see it: its error falls with the order 2.00.", ""),
    ],
)
def test_the_fold_of_a_display_says_what_was_found(label: str, said: str, more: str) -> None:
    check = book().ledger()[label]["checks"][0]
    box = book().html("numbers").partition(f'id="equation-{label}"')[2]
    assert text_of(between(box[: box.index("</details>")], 'class="check-account">', "</p>")) == (
        f"{said} Of the slips made of it, {len(check['rejected'])} were told from the truth."
        f"{more} The ledger lists all that was tried."
    )


@pytest.mark.parametrize(("label", "worst"), [("eq-twice", "2.0e-10"), ("eq-model", "order 2.00")])
def test_the_fold_of_a_transcription_says_the_worst_of_its_checks(label: str, worst: str) -> None:
    box = book().html("numbers").partition(f'id="equation-{label}"')[2]
    said = text_of(between(box[: box.index("</details>")], 'class="check-account">', "</p>"))
    assert said.startswith(f"Code beside the formula was compared: {worst}; rejected: ")


class Inline(HTMLParser):
    """Collects the scripts and the styles that stand in a page, and its policy."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: dict[str, set[str]] = {"script": set(), "style": set()}
        self.policy, self.within, self.before = "", "", 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.within = tag if tag in self.found and "src" not in given else ""
        if given.get("http-equiv") == "Content-Security-Policy":
            assert not self.policy
            assert not self.before, "a policy does not hold for what stands before it"
            self.policy = given["content"] or ""
        self.before += tag in ("script", "style", "link", "img")

    def handle_data(self, data: str) -> None:
        if self.within:
            self.found[self.within].add(data)

    def handle_endtag(self, tag: str) -> None:
        self.within = ""


def test_the_policy_of_each_page_allows_what_is_really_in_it_and_no_more() -> None:
    pages = sorted((book().folder / "out" / "html").rglob("*.html"))
    assert len(pages) >= 6
    inline = 0
    for path in pages:
        page = Inline(path.read_text("utf-8"))
        rules = dict(rule.split(" ", 1) for rule in page.policy.split("; "))
        for kind, texts in page.found.items():
            allowed = set(re.findall(r"'sha256-([^']*)'", rules[f"{kind}-src"]))
            digests = {hashlib.sha256(text.encode()).digest() for text in texts}
            assert allowed == {base64.b64encode(digest).decode() for digest in digests}, path
            inline += len(texts)
            assert "unsafe" not in rules[f"{kind}-src"].replace("'wasm-unsafe-eval'", "")
    assert inline >= len(pages)  # else nothing was looked at


def test_a_page_has_one_sheet_and_one_file_of_scripts_that_are_there() -> None:
    for page in ("numbers", "deep/other"):
        html = book().html(page)
        (sheet,) = re.findall(r'<link rel="stylesheet" href="([^"?]*)\?v=[0-9a-f]{8}"', html)
        (script,) = re.findall(r'<script defer src="([^"?]*)\?v=[0-9a-f]{8}"', html)
        assert html.count('rel="stylesheet"') == 1
        for name in (sheet, script):
            path = (book().folder / "out/html" / page).parent / name
            assert path.stat().st_size > 0


def test_what_a_sheet_loads_is_there() -> None:
    static = book().folder / "out" / "html" / "_static"
    found = []
    for sheet in static.glob("bundle-*.css"):
        for address in re.findall(r"url\(([^)]*)\)", sheet.read_text("utf-8")):
            if not address.strip("\"'").startswith(("data:", "#")):
                found.append(static / re.split("[?#]", address.strip("\"'"))[0])
    assert found
    assert [path for path in found if not path.is_file()] == []


def test_a_page_asks_early_for_the_fonts_of_its_formulas() -> None:
    for page, folder in (("numbers", ""), ("deep/other", "../")):
        fonts = re.findall(r'<link rel="preload" as="font"[^>]* href="([^"]*)"', book().html(page))
        fonts_folder = f"{folder}_static/katex/fonts"
        formulas = [f"{fonts_folder}/KaTeX_{n}.woff2" for n in ("Main-Regular", "Math-Italic")]
        assert fonts[-2:] == formulas
        assert all("/typeface/" in font for font in fonts[:-2])
        for font in fonts:
            assert ((book().folder / "out/html" / page).parent / font).is_file()
    assert "katex/fonts" not in book().html("genindex")


def test_the_fonts_keep_the_signs_of_the_pages_and_drop_the_others() -> None:
    fonts = book().folder / "out/html/_static/katex/fonts"
    with TTFont(fonts / "KaTeX_Main-Regular.woff2") as font:
        signs = set(map(chr, font.getBestCmap()))
    assert set("+=≈()0123456789") <= signs
    assert not set("∮⟹♣") & signs


def test_a_picture_has_its_size_in_pixels() -> None:
    """What is drawn in points, as by Matplotlib, is enlarged until its letters are the text's."""
    (image,) = re.findall(r'<img[^>]*alt="A drawing"[^>]*>', book().html("numbers"))
    assert 'width="48" height="15"' in image  # of 30 points and 15 pixels
    assert 'loading="lazy"' in image


def test_the_sitemap_and_the_pages_name_the_same_addresses() -> None:
    sitemap = (book().folder / "out/html/sitemap.xml").read_text("utf-8")
    names = {"index", "numbers", "account/ledger", "deep/other", "genindex"}
    assert set(re.findall(r"<loc>([^<]*)</loc>", sitemap)) == {f"{SITE}{n}.html" for n in names}
    for name in names:
        assert f'<link rel="canonical" href="{SITE}{name}.html">' in book().html(name)


def test_a_page_is_described_by_as_many_whole_sentences_as_fit() -> None:
    told = (SENTENCE * 3).strip()
    assert len(told) <= 200 < len(SENTENCE * 4)
    assert f'<meta name="description" content="{told}">' in book().html("numbers")


def entries() -> dict[str, Any]:
    return {entry["url"]: entry for entry in book().script("search/entries.js")}


def test_the_search_holds_the_text_of_each_section_and_no_more() -> None:
    found = entries()
    assert list(found) == [
        "index.html", "numbers.html", "numbers.html#another-part", "account/ledger.html",
        "deep/other.html",
    ]  # fmt: skip
    whole, part = found["numbers.html"], found["numbers.html#another-part"]
    assert (whole["page"], whole["title"]) == ("Numbers & marks", "Numbers & marks")
    assert (part["page"], part["title"]) == ("Numbers & marks", "Another part")
    assert whole["text"] == (SENTENCE * 4).strip()
    assert part["text"].startswith("Of (7) and (1), of some thick code, in xᵀ, at 5$. A place and ")
    assert "check_order" in whole["code"]
    assert "check_order" not in part["code"]
    assert 'Math("c = d")' in part["code"]


def test_a_preview_is_the_formula_without_its_number_and_its_mark() -> None:
    shown = book().script("previews/numbers.js")
    assert list(shown) == sorted(f"equation-{label}" for label in LABELS)
    for name, tex in (("eq-twice", "2a = a + a"), ("eq-read", r"f(y) = y\,y")):
        fragment = shown[f"equation-{name}"]
        assert between(fragment, '<annotation encoding="application/x-tex">', "<") == tex
        for other in ("eqno", "equation-mark", "✓", "href", " id="):
            assert other not in fragment
    assert "Another page" in book().script("previews/deep/other.js")["other-page"]


def notebook() -> nbformat.NotebookNode:
    return nbformat.read(book().folder / "out" / "html" / "numbers.ipynb", as_version=4)


def test_the_text_of_a_notebook_is_that_of_the_page() -> None:
    texts = [cell.source for cell in notebook().cells if cell.cell_type == "markdown"]
    assert texts[0].startswith("# Numbers & marks\n\n*This is the page")
    text = "\n\n".join(texts)
    assert '*This is the page "Numbers & marks" of the book "Multivariable calculus' in text
    assert "$$\n2a = a + a \\tag{2}\n$$" in text
    assert "## Another part\n\n$$\ny = y \\tag{6}\n$$" in text
    for mark in ("✓", "transcribed", "unchecked", "Both sides"):
        assert mark not in text
    tail = text[text.index("Of (7) and (1)") :]
    assert tail.split("\n\n") == [
        "Of (7) and (1), of *some* **thick** `code`, in "
        r"$\mathbf{x}^{\mathsf{T}}$, at 5\$. A [place](https://else.example/a) and "
        f"[another page]({SITE}deep/other.html#other-page).",
        "| Name | Letter |\n| --- | --- |\n| one | $a$ |",
        "- first\n- second goes on",
        "1. a step",
        "> A word of others",
        "<details><summary>Way</summary>",
        "Before the cell.",
        "</details>",
        "<details><summary>Way, continued</summary>",
        "After the cell.",
        "</details>",
    ]


def test_the_cells_of_a_notebook_hold_what_they_gave() -> None:
    code = [cell for cell in notebook().cells if cell.cell_type == "code"][2:]
    counts = [cell.execution_count for cell in code]
    assert counts == list(range(1, len(code) + 1))
    by_start = {cell.source.split("\n")[-1]: cell for cell in code}
    assert by_start['"in the solution"'].outputs[0].data["text/plain"] == "'in the solution'"
    assert by_start['Math("c = d")'].outputs[0].data["text/latex"] == r"$\displaystyle c = d$"
    (error,) = by_start['json.loads("{")'].outputs
    assert error.ename == "JSONDecodeError"
    assert error.traceback == [f"JSONDecodeError: {error.evalue}"]
    for cell in code:
        for output in cell.outputs:
            assert not output.get("metadata")
    written = json.dumps(notebook())
    assert "site-packages" not in written
    assert str(books.ROOT) not in written


def test_a_notebook_hands_its_displays_to_its_checks() -> None:
    _, second, *_ = (cell for cell in notebook().cells if cell.cell_type == "code")
    labels = re.findall(r"^    Display\('([^']*)', ", second.source, re.M)
    assert labels == LABELS
