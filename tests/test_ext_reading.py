"""What a reader finds: the entries of the search, and what a link shows of its target."""

import books


def test_a_cited_equation_has_a_preview_without_ids_and_links() -> None:
    shown = books.good().script("previews/zebras.js")
    assert '<span class="katex-display">' in shown["equation-eq-slope"]
    assert shown["fig-parabola"].count("<img") == 1
    for fragment in shown.values():
        assert " id=" not in fragment
        assert "<a " not in fragment
    assert "check-eq-slope" not in shown


def test_the_search_has_an_entry_for_each_section_in_the_order_of_the_book() -> None:
    entries = {entry["url"]: entry for entry in books.good().script("search/entries.js")}
    assert list(entries) == ["index.html", "zebras.html", "theory/aardvarks.html", "ledger.html"]
    zebras = entries["zebras.html"]
    assert zebras["title"] == "Zebras"
    assert zebras["text"].startswith("Inline ℝ^n and (x, y).")
    assert "✓" not in zebras["text"]
    assert "check_order" in zebras["code"]


def test_a_build_of_one_page_keeps_the_others_in_the_search_and_in_the_previews() -> None:
    pages = {
        "index": books.index("first", "last"),
        "first": "# First\n\n$$a$$ (def-a)\n",
        "last": "# Last\n\nSee {eq}`def-a`.\n",
    }
    folder = books.new_folder()
    assert books.build(folder, pages).code == 0
    book = books.build(folder, {"last": "# Renamed\n\nSee {eq}`def-a` again.\n"})
    assert book.code == 0, book.output
    titles = [entry["title"] for entry in book.script("search/entries.js")]
    assert titles == ["A book", "First", "Renamed"]
    assert "equation-def-a" in book.script("previews/first.js")


def test_sphinx_own_search_is_not_published() -> None:
    html = books.good().folder / "out" / "html"
    assert not (html / "searchindex.js").exists()
    assert 'id="search-page"' in books.good().html("search")
