"""The whole book as EPUB and PDF, made beside the site from its doctrees."""

import os
import subprocess
import sys
import zipfile
from xml.etree import ElementTree

import builds
import pytest


@pytest.fixture(scope="module")
def taken(site, chromium):
    """Make both; return the folder that holds them."""
    copy = site.parent if (site.parent / "conf.py").exists() else builds.ROOT
    environment = os.environ | {"PYTHONPATH": str(copy), "CHROME_PATH": str(chromium)}
    environment |= {"SOURCE_DATE_EPOCH": "1700000000"}
    environment.pop("MPLBACKEND", None)
    command = [sys.executable, "tools/take_along.py", str(site), str(site.parent / "doctrees")]
    home = (site / "index.html").read_text("utf-8")
    done = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    offering = (site / "index.html").read_text("utf-8")
    (site / "index.html").write_text(home, "utf-8")  # the other checks see what `docs` builds
    assert done.returncode == 0, done.stderr
    assert 'href="book.epub"' in offering
    assert 'href="book.pdf"' in offering
    return site


def test_every_page_of_the_epub_is_well_formed_and_sets_its_mathematics(taken):
    with zipfile.ZipFile(taken / "book.epub") as book:
        names = book.namelist()
        assert names[0] == "mimetype"
        assert {entry.date_time for entry in book.infolist()} == {(2023, 11, 14, 22, 13, 20)}
        pages = [name for name in names if name.endswith(".xhtml")]
        texts = {name: book.read(name).decode() for name in pages}
    assert len(pages) > 20
    for text in texts.values():
        ElementTree.fromstring(text)
    gradients = next(
        text for name, text in texts.items() if name.endswith("theory/gradients.xhtml")
    )
    assert gradients.count("<math ") > 100
    assert "<details open" not in gradients.replace('<details open="open"', "")
    assert "katex-html" not in gradients


def test_the_pdf_holds_the_whole_book(taken):
    content = (taken / "book.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page\n") > 100
    assert b"D:20231114221320+00'00'" in content
