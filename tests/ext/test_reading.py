"""What a reader finds: the entries of the search, and what a link shows of its target."""

import re

import books
import nbformat


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
    assert "Both sides" not in zebras["text"]
    assert "PyTorch" not in zebras["text"]  # the name of a tab
    assert "check_order" in zebras["code"]


def test_a_build_of_one_page_keeps_the_others_in_the_search_and_in_the_previews() -> None:
    pages = {
        "index": books.index("first", "middle", "last"),
        "first": "# First\n\n$$a = 1$$ (def-a)\n",
        "middle": "# Middle\n\n$$b = 1$$ (def-b)\n",
        "last": "# Last\n\nSee {eq}`def-a` and {eq}`def-b`.\n",
    }
    folder = books.new_folder()
    assert books.build(folder, pages).code == 0
    book = books.build(folder, {"last": "# Renamed\n\nSee {eq}`def-a` again.\n"})
    assert book.code == 0, book.output
    titles = [entry["title"] for entry in book.script("search/entries.js")]
    assert titles == ["A book", "First", "Middle", "Renamed"]
    assert "equation-def-a" in book.script("previews/first.js")
    assert not (folder / "out/html/_static/previews/middle.js").exists()  # cited no more


def test_sphinx_own_search_is_not_published() -> None:
    html = books.good().folder / "out" / "html"
    assert not (html / "searchindex.js").exists()
    assert 'id="search-page"' in books.good().html("search")


def test_a_page_that_runs_is_a_notebook_without_the_syntax_of_the_page() -> None:
    page = books.good().html("zebras")
    assert '<a href="zebras.ipynb" download>' in page
    assert ".ipynb" not in books.good().html("theory/aardvarks")
    path = books.good().folder / "out" / "html" / "zebras.ipynb"
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert text.startswith("# Zebras\n")
    assert r"Inline $\mathbb{R}^n$ and ($\left\lVert \mathbf{x} \right\rVert$, $y$)." in text
    assert "\\begin{aligned}f'(x) &= x + x \\\\\n      &= 2x\\end{aligned} \\tag{2}" in text
    assert "*Figure 1: Its caption.*" in text
    assert "See Figure 1." in text
    install, *code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert install.source.startswith("# Installs what the cells below need")
    assert code[0].source.startswith("# What this page displays")
    assert [cell.source for cell in code][2:4] == ["2.5", "3.5"]
    assert code[4].source.startswith('check("eq-slope"')  # on the page it stands further up
    assert "Both sides" not in text
    assert code[-1].outputs[0].text == "one line\n"
    assert [cell.id for cell in notebook.cells][:2] == ["cell-0", "cell-1"]


def test_pages_describe_themselves_by_their_first_sentences() -> None:
    assert '<meta name="description" content="Inline ℝ^n and (x, y).">' in books.good().html(
        "zebras"
    )
    for page in ("search", "genindex", "404"):
        assert '<meta name="description" content="' in books.good().html(page)


def test_without_addresses_nothing_points_to_a_site_or_a_repository() -> None:
    page = books.good().html("zebras")
    assert "canonical" not in page
    assert "og:" not in page
    assert "report an error" not in page
    assert "Edit this page" not in page
    assert not (books.good().folder / "out" / "html" / "sitemap.xml").exists()


def test_with_addresses_pages_say_where_they_stand_and_how_to_mend_them() -> None:
    pages = {
        "index": books.index("theory/first"),
        "theory/first": "# First\n\nA sentence.\n\n$$a = 1$$ (def-a)\n"
        "\n## A part\n\n### A part of it\n\nSee [it](#a-part-of-it) and {cite}`baur1983`.\n"
        "\n```{bibliography}\n```\n",
    }
    options = ["-D", "site=https://site.example/book/", "-D", "repository=https://code.example/b"]
    book = books.build(books.new_folder(), pages, *options)
    assert book.code == 0, book.output
    page = book.html("theory/first")
    assert 'href="#a-part-of-it"' in page
    text = " ".join(re.sub("<[^>]*>", "", page).split())
    assert "See it and [Baur and Strassen, 1983]." in text
    assert "Walter Baur and Volker Strassen" in text
    address = "https://site.example/book/theory/first.html"
    assert f'<link rel="canonical" href="{address}">' in page
    assert '<meta property="og:description" content="A sentence.' in page
    assert 'href="https://code.example/b/edit/main/docs/theory/first.md"' in page
    title = "Error%20in%20equation%20%281%29%2C%20def-a"
    assert f'href="https://code.example/b/issues/new?title={title}"' in page
    (card,) = (book.folder / "out/html/_images/social_previews").glob("*first*.png")
    assert f"https://site.example/book/_images/social_previews/{card.name}" in page
    sitemap = (book.folder / "out" / "html" / "sitemap.xml").read_text("utf-8")
    assert f"<loc>{address}</loc>" in sitemap
    assert "lastmod" not in sitemap
    assert "404" not in sitemap
    assert "search.html" not in sitemap  # it holds nothing to be found
    missing = book.html("404")
    assert 'data-content_root="/book/"' in missing
    assert 'href="/book/index.html"' in missing
    assert 'rel="stylesheet" href="/book/_static/' in missing


def test_a_name_of_the_library_in_a_cell_leads_to_its_entry_once() -> None:
    cell = "```{code-cell} python\nfrom mcalc import grad, hessian\ngrad, grad, abs\n```\n"
    pages = {
        "index": books.index("page", "reference"),
        "page": books.NOTEBOOK + "# Page\n\n" + cell,
        "reference": "# R\n\n```{eval-rst}\n.. autofunction:: mcalc.grad\n\n"
        ".. py:type:: mcalc.ScalarField\n\n"  # which the signature of grad leads to
        ".. py:module:: mcalc.zebras\n```\n",
    }
    book = books.build(books.new_folder(), pages)
    assert book.code == 0, book.output
    link = '<a class="reference internal" href="reference.html#mcalc.grad">'
    assert book.html("page").count(f'{link}<span class="n">grad</span></a>') == 1
    assert "hessian</span></a>" not in book.html("page")
    assert "mcalc.grad" in book.script("previews/reference.js")
    assert "py-modindex" not in book.html("genindex")  # the reference lists the modules
    assert "Parameters" in book.html("reference")
    assert "Return type" not in book.html("reference")  # what it returns is said once
