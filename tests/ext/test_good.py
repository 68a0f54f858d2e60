"""A book without a fault: its ledger, marks, numbers, tabs, folds and mathematics."""

import re
from collections import Counter

import books
import pytest


def test_the_build_passes() -> None:
    assert books.good().code == 0, books.good().output
    assert "WARNING" not in books.good().output


def test_the_ledger_lists_every_equation_in_the_order_of_the_book() -> None:
    ledger = books.good().ledger()
    assert [(label, row["number"], row["page"], row["kind"]) for label, row in ledger.items()] == [
        ("def-f", 1, "zebras", "defined"),
        ("eq-slope", 2, "zebras", "proved"),
        ("eq-model", 3, "zebras", "transcribed"),
        ("def-s", 4, "zebras", "defined, compared with code"),
        ("notation-layer", 5, "zebras", "notation"),
        ("eq-twice", 6, "zebras", "evaluated"),
        ("eq-product", 7, "zebras", "tried on examples"),
        ("def-g", 8, "theory/aardvarks", "defined"),
    ]


def test_the_ledger_holds_what_the_checks_found() -> None:
    ledger = books.good().ledger()
    assert ledger["def-f"]["checks"] == []
    (check,) = ledger["eq-slope"]["checks"]
    assert check["residual"] < 1e-9
    assert (check["points"], check["order"], check["proved"]) == (3, None, "numbers")
    assert check["tex"] == r"f'(x) &= x + x \\ &= 2x"
    assert {"half", "sign of x"} < set(check["rejected"])
    assert min(check["rejected"].values()) > 1e-6
    (check,) = ledger["eq-model"]["checks"]
    assert (check["residual"], check["tex"]) == (None, None)
    assert check["order"] == pytest.approx(2, abs=0.1)
    assert check["rejected"] == {"slope": pytest.approx(1, abs=0.1)}
    (check,) = ledger["eq-twice"]["checks"]
    assert check["order"] == pytest.approx(2, abs=0.1)
    (check,) = ledger["eq-product"]["checks"]
    assert check["examples"] == ["u", "v"]


def test_what_was_evaluated_stands_behind_its_mark() -> None:
    page = books.good().html("zebras")
    box = page[page.index('id="equation-eq-slope"') : page.index('class="sd-tab-set')]
    fold = box[box.index("<details") : box.index("</details>")]
    assert fold.startswith('<details class="equation-mark proved"><summary>✓ proved</summary>')
    text = re.sub(r"<[^>]+>", "", fold)
    assert "Both sides were read as you see them; at 3 points they " in text
    assert re.search(r"Of the slips made of it, \d+ were told from the truth\.", text)
    assert "SymPy proved it." in text
    assert 'href="ledger.html#ledger-eq-slope"' in fold
    assert 'id="check-eq-slope"' in fold
    assert "✓ eq-slope: residual" in fold
    compared = '<details class="equation-mark defined"><summary>✓ defined, compared with code<'
    assert compared in page
    assert page.count("It speaks of every function; this is an example.") == 1
    assert "its error falls with the order 2." in page


def test_no_label_of_the_build_stands_outside_of_a_fold() -> None:
    page = books.good().html("zebras")
    open_text = re.sub(r"(?s)<details.*?</details>|<[^>]+>", "", page.partition("</head>")[2])
    assert "Zebras" in open_text
    assert re.findall(r"\b(?:eq|def|notation)-\w+", open_text) == []


def test_a_transcription_stands_behind_its_mark_and_the_ledger_leads_to_it() -> None:
    page = books.good().html("zebras")
    box = page[page.index('id="equation-eq-model"') :]
    fold = box[box.index("<details") : box.index("</details>")]
    summary = '<details class="equation-mark transcribed"><summary>✓ transcribed</summary>'
    assert fold.startswith(summary)
    assert "Code beside the formula was compared: order 2.00; rejected: slope" in fold
    assert 'id="check-eq-model"' in fold
    assert 'href="ledger.html#ledger-eq-model"' in fold
    assert '<p class="equation-mark defined"><span>defined</span>' in page
    assert '<p class="equation-mark notation"><span>notation</span>' in page
    ledger = books.good().html("ledger")
    assert 'id="ledger-eq-slope"' in ledger
    assert 'href="zebras.html#equation-eq-slope"' in ledger
    assert '<th scope="rowgroup" colspan="5"><a href="zebras.html">Zebras</a></th>' in ledger
    assert 'href="zebras.html#check-eq-slope"' in ledger
    assert 'href="../ledger.html#ledger-def-g"' in books.good().html("theory/aardvarks")


def test_the_ledger_page_opens_with_totals() -> None:
    ledger = books.good().ledger()
    slips = sum(len(c["rejected"]) for row in ledger.values() for c in row["checks"])
    totals = re.search(r'<ul class="ledger-totals.*?</ul>', books.good().html("ledger"), re.DOTALL)
    assert totals is not None
    assert re.findall(r"<strong>(\d+)</strong> ([\w ,]+)", totals[0]) == [
        ("8", "displayed formulas"),
        ("1", "proved"),
        ("1", "evaluated"),
        ("1", "tried on examples"),
        ("1", "transcribed"),
        ("2", "defined"),
        ("1", "defined, compared with code"),
        ("1", "notation"),
        (str(slips), "slips told from the truth"),
    ]


def test_the_ledger_shows_what_its_checks_found_as_a_picture_and_filters_its_rows() -> None:
    ledger = books.good().html("ledger")
    drawing = ledger[ledger.index("ledger-picture") : ledger.index("</figcaption>")]
    assert drawing.count('<circle class="right"') == 3  # the other two checks are of an order
    assert drawing.count('<path class="wrong"') == 3
    assert "The 3 equalities of the book" in drawing
    options = re.findall(r"<option>(.*?)</option>", ledger)
    kinds = dict.fromkeys(row["kind"] for row in books.good().ledger().values())
    assert options == ["Zebras", "Aardvarks", *kinds]
    assert "table.ledger tbody" in joined_scripts("ledger")
    assert "table.ledger tbody" not in joined_scripts("zebras")


def joined_scripts(page: str) -> str:
    """Return the one file of scripts that a page loads."""
    (name,) = re.findall(r'<script[^>]* src="_static/([^"?]*)', books.good().html(page))
    return (books.good().folder / "out" / "html" / "_static" / name).read_text("utf-8")


def test_a_page_has_each_of_our_sheets_and_copies_no_output() -> None:
    static = books.good().folder / "out" / "html" / "_static"
    (name,) = re.findall(
        r'<link rel="stylesheet" href="_static/([^"?]*)', books.good().html("zebras")
    )
    listed = (static / name).read_text("utf-8").partition("*/")[0]
    ours = {path.name for path in (books.ROOT / "docs/_static").glob("*.css")} - {"epub-book.css"}
    assert ours <= set(re.findall(r"[\w-]+\.css", listed))
    assert ".linenos, .gp, .go" in (static / "copybutton.js").read_text("utf-8")


def test_a_reference_from_another_page_has_the_number_of_the_book() -> None:
    page = books.good().html("theory/aardvarks")
    assert '<a class="reference internal" href="../zebras.html#equation-eq-slope">(2)</a>' in page
    assert '<a class="reference internal" href="#equation-def-g">(8)</a>' in page


@pytest.mark.parametrize("page", ["zebras", "theory/aardvarks", "ledger"])
def test_every_id_stands_once(page: str) -> None:
    ids = Counter(re.findall(r'\bid="([^"]*)"', books.good().html(page)))
    assert {name: count for name, count in ids.items() if count > 1} == {}


def test_an_equation_has_its_id_and_its_number() -> None:
    page = books.good().html("zebras")
    assert page.count('id="equation-eq-slope"') == 1
    assert '<a class="eqno" href="#equation-eq-slope"' in page


def test_neighbouring_cells_of_two_libraries_are_tabs() -> None:
    page = books.good().html("zebras")
    assert re.findall(r"<label[^>]*>\s*(\w+)</label>", page) == ["NumPy", "PyTorch"]
    assert page.count('data-sync-group="library"') == 2
    assert re.findall('data-sync-id="([^"]*)"', page) == ["numpy", "torch"]
    panels = re.findall(r'class="sd-tab-content.*?(?=<label|3\.5)', page, re.DOTALL)
    assert "1.5" in panels[0]
    assert "2.5" in panels[1]
    assert "3.5" in page  # the third cell, of NumPy again, stands alone


def test_a_solution_is_folded_and_its_cells_ran() -> None:
    page = books.good().html("zebras")
    folds = re.findall(r"<details.*?</details>", page, re.DOTALL)
    (fold,) = (fold for fold in folds if "How to" in fold)
    assert "the solution ran" in fold
    assert " open" not in fold.partition(">")[0]


def test_mathematics_needs_no_script_and_no_other_host() -> None:
    page = books.good().html("zebras")
    assert "mathjax" not in page.lower()
    assert "<math" in page  # for screen readers
    assert 'class="katex-html" aria-hidden="true"' in page
    assert not re.search(r'(src|href)="(https?:)?//[^"]*\.(js|css)', page)


def test_punctuation_stays_with_its_formula() -> None:
    page = books.good().html("zebras")
    sentence = page[page.index("Inline") : page.index("</p>", page.index("Inline"))]
    ties = re.split(r'<span class="tie">', sentence)
    assert len(ties) == 3
    assert ties[0].endswith(" and ")
    assert ties[1].startswith("(<span")
    assert ties[1].endswith(",</span> ")
    assert ties[2].endswith(").</span>")
    assert books.good().html("theory/aardvarks").count("below") == 1


def test_a_short_formula_stays_on_a_line_and_a_long_one_may_break() -> None:
    page = books.good().html("theory/aardvarks")
    sentence = page[page.index("It maps") : page.index("alone.")]
    assert sentence.count('<span class="math') == 2
    assert sentence.count('<span class="tie">') == 1
    assert sentence.startswith('It maps <span class="tie">')


def test_hidden_cells_in_a_row_share_a_fold() -> None:
    page = books.good().html("zebras")
    (fold,) = (
        text for text in re.findall(r"<details.*?</details>", page, re.DOTALL) if "helper" in text
    )
    assert fold.count("<summary>") == 1
    assert fold.index("it is") < fold.index("shown")
    assert page.index("it is shown") > page.index(fold)
    notebook = (books.good().folder / "out" / "html" / "zebras.ipynb").read_text("utf-8")
    assert notebook.count("helper") == 2


def test_macros_hold_on_every_page_and_lines_are_aligned() -> None:
    page = books.good().html("zebras")
    assert "<mi>ℝ</mi>" in page or 'mathvariant="double-struck">R<' in page
    assert '<annotation encoding="application/x-tex">\\begin{aligned}' in page


def test_of_katex_only_its_style_woff2_and_what_sets_what_is_typed_are_published() -> None:
    folder = books.good().folder / "out" / "html" / "_static" / "katex"
    assert {path.suffix for path in folder.rglob("*") if path.is_file()} == {
        ".css",
        ".mjs",
        ".woff2",
    }
    css = (folder / "katex.min.css").read_text("utf-8")
    assert set(re.findall(r"url\(fonts/[^)]*\.(\w+)\)", css)) == {"woff2"}
    for font in re.findall(r"url\((fonts/[^)]*)\)", css):
        assert (folder / font).exists()


def test_figures_keep_their_alt_text_and_number() -> None:
    page = books.good().html("zebras")
    assert 'alt="A parabola"' in page
    assert 'href="#fig-parabola"' in page


def test_what_a_cell_prints_in_pieces_is_one_text() -> None:
    assert re.search(r"<span></span>one line\n</pre>", books.good().html("zebras"))


def test_a_later_build_renumbers_and_forgets_what_a_page_no_longer_shows() -> None:
    folder = books.new_folder()
    first = books.NOTEBOOK + "# First\n\n$$a$$ (eq-a)\n\n```{code-cell} python\n"
    first += "from mcalc import check\n" + books.CHECK.format(label="eq-a") + "```\n"
    pages = {
        "index": books.index("first", "last", "ledger"),
        "first": first,
        "last": "# Last\n\n$$b = 1$$ (def-b)\n",
        "ledger": books.LEDGER,
    }
    no_numfig = ["-D", "numfig=0"]  # it would write a page anew for a reason of its own
    book = books.build(folder, pages, *no_numfig)
    assert book.code == 0, book.output
    assert ">(2)</a>" in book.html("last")

    # The executed notebook of the first page is still there, and must not count any more.
    book = books.build(
        folder, {"first": "# First\n\n$$c = 1$$ (def-c)\n\n$$a$$ (eq-a)\n"}, *no_numfig
    )
    assert book.code == 1
    assert "equation 'eq-a' is neither" in book.warnings("first", "(eq-a)")[0]
    assert ">(3)</a>" in book.html("last")
    assert book.ledger()["def-b"]["number"] == 3

    book = books.build(folder, {"last": "# Renamed\n\n$$b = 1$$ (def-b)\n"}, *no_numfig)
    assert book.code == 1, "the fault of a page that is not read anew must not be forgotten"
    assert ">Renamed</a></th>" in book.html("ledger")
    (folder / "src" / "first.md").unlink()
    book = books.build(folder, {"index": books.index("last", "ledger")}, *no_numfig)
    assert book.code == 0, book.output
    assert list(book.ledger()) == ["def-b"]
    assert "1 displayed formulas" in re.sub(r"<[^>]+>", "", book.html("ledger"))
