"""What helps a reader, without a build: descriptions, lengths, previews, terms, the EPUB."""

import re
from types import SimpleNamespace

import pytest
from _ext.publishing import epub, incremental
from _ext.reading import citations, descriptions, gathered, lengths, previews
from _ext.reading.search import page_entries
from _ext.reference import size
from docutils import nodes
from docutils.utils import new_document
from sphinx import addnodes
from sphinx.builders.html import StandaloneHTMLBuilder


def described(metatags="", *, builder="html", page="p", text='He said "a < b".'):
    document = new_document("p")
    document += nodes.paragraph("", text)
    context = {"metatags": metatags}
    app = SimpleNamespace(builder=SimpleNamespace(name=builder))
    descriptions.describe(app, page, "", context, document if text else None)
    return context["metatags"]


def test_a_description_is_text_and_the_authors_own_stays_alone():
    tag = '<meta name="description" content="He said &quot;a &lt; b&quot;.">\n'
    assert described() == tag
    assert described('<meta name="other">') == tag + '<meta name="other">'
    own = '<meta name="description" content="mine">'
    assert described(own) == own
    assert described(builder="epub") == ""
    assert described(page="nowhere", text="") == ""


def test_the_minutes_are_those_of_the_words_that_are_seen():
    document = new_document("p")
    section = nodes.section("", nodes.title("", "Two words"))
    hidden = nodes.paragraph("", "word " * 10_000)
    section += [
        nodes.paragraph("", "word " * (2 * lengths.PACE - 2)),
        nodes.literal_block("", "code " * 1000),
        nodes.container("", nodes.container("", hidden), classes=["sd-dropdown"]),
    ]
    document += section
    assert lengths.minutes(document) == 2
    section += nodes.paragraph("", "more")
    assert lengths.minutes(document) == 3
    assert lengths.minutes(new_document("p")) == 1


def test_the_sidebar_numbers_the_lessons_in_the_order_of_the_book():
    listed = ["theory/b", lengths.TABLE, "practice/x", "theory/a"]
    env = SimpleNamespace(
        config=SimpleNamespace(root_doc="index"),
        toctree_includes={"index": listed},
        metadata={"theory/a": {"minutes": 7}, "theory/b": {"minutes": 12}},
    )
    builder = SimpleNamespace(get_target_uri=lambda page: f"{page}.html")
    app = SimpleNamespace(env=env, builder=builder)
    addresses = ["#", "a.html", "identities.html", "../practice/x.html"]
    links = "".join(f'<a class="reference internal" href="{a}">T</a>' for a in addresses)
    context = {"furo_navigation_tree": links}
    lengths.write(app, "theory/b", "", context, None)
    shown = context["furo_navigation_tree"].split("</a>")[:-1]
    assert [re.sub("<[^>]*>", "", link) for link in shown] == ["1 T 12 min", "2 T 7 min", "T", "T"]


def test_only_links_within_the_book_cite_a_place():
    document = new_document("theory/a")
    document += nodes.paragraph("", "",
        nodes.reference("", "", internal=True, refuri="b.html#eq"),
        nodes.reference("", "", internal=True, refid="here"),
        nodes.reference("", "", internal=True, refuri="c.html"),
        nodes.reference("", "", refuri="https://else.example/b.html#eq"))  # fmt: skip
    assert list(previews.cited(document, "theory/a")) == [("theory/b", "eq"), ("theory/a", "here")]


def test_a_section_is_found_by_the_terms_that_lead_to_it():
    document = new_document("p")
    terms = [("single", "gradient; of a sum", "id", "", None), ("single", "slope", "id", "", None)]
    body = nodes.paragraph("", "Text.", addnodes.index(entries=[*terms, terms[1]]))
    document += nodes.section("", nodes.title("", "Title"), body, ids=["title"])
    env = SimpleNamespace(titles={"p": nodes.title("", "Page")})
    (entry,) = page_entries(document, env, "p")
    assert entry["terms"] == "gradient  of a sum slope"
    assert (entry["url"], entry["text"]) == ("p.html", "Text.")


def described_class():
    """Return a class with a method, as autodoc describes them."""

    def described(name, *inside):
        signature = addnodes.desc_signature("", name, ids=[name])
        return addnodes.desc("", signature, addnodes.desc_content("", *inside))

    method = described("mcalc.A.b", nodes.paragraph("", "Of the method."))
    return described("mcalc.A", nodes.paragraph("", "Of the class."), method)


def test_a_function_is_found_by_each_word_of_its_name():
    signature = addnodes.desc_signature("", "", ids=["mcalc.check_order"])
    document = new_document("p")
    document += nodes.section("", nodes.title("", "T"), ids=["t"])
    document[0] += addnodes.desc("", signature, addnodes.desc_content("", nodes.paragraph("", "A")))
    env = SimpleNamespace(titles={"p": nodes.title("", "Page")})
    _, entry = page_entries(document, env, "p")
    assert (entry["url"], entry["terms"]) == ("p.html#mcalc.check_order", "mcalc check order")


def test_a_preview_has_no_id_that_stands_on_the_page_already():
    html = '<p id="a">A<a class="headerlink" href="#a">¶</a></p><p id="b">B</p>'
    builder = SimpleNamespace(render_partial=lambda box: {"fragment": html})
    shown = previews.rendered(SimpleNamespace(builder=builder), [nodes.paragraph("", "A")])
    assert shown == "<p>A</p><p>B</p>"


def test_a_method_is_found_and_shown_with_its_class():
    document = new_document("p")
    document += nodes.section("", nodes.title("", "Title"), described_class(), ids=["title"])
    env = SimpleNamespace(titles={"p": nodes.title("", "Page")})
    _, entry = page_entries(document, env, "p")
    assert (entry["title"], entry["terms"]) == ("mcalc.A", "mcalc A")
    assert entry["text"] == "Of the class. mcalc.A.bOf the method."
    found = list(previews.targets(document))
    assert sorted(name for name, _ in found) == ["mcalc.A", "mcalc.A.b", "title"]
    shown = dict(found)
    assert [node.astext() for node in shown["mcalc.A"]] == ["mcalc.A", "Of the class."]


def test_a_work_is_listed_without_its_number():
    document = new_document("p")
    document += nodes.citation("", nodes.label("", "1"), nodes.paragraph("", "Baur. Of 1983."))
    citations.DropNumbers(document).run()
    assert document.astext() == "Baur. Of 1983."


def test_what_a_link_to_a_work_a_figure_or_an_equation_shows():
    document = new_document("p")
    work = nodes.citation("", nodes.label("", "1"), nodes.paragraph("", "Baur."), ids=["baur"])
    figure = nodes.figure("", nodes.image(), nodes.caption("", "It falls."), ids=["fig"])
    document += [nodes.math_block("", "x", ids=["equation-a"]), figure, work]
    shown = dict(previews.targets(document))
    texts = {name: [node.astext() for node in found] for name, found in shown.items()}
    assert texts == {"equation-a": ["x"], "fig": [figure.astext()], "baur": ["Baur."]}


def test_what_is_kept_of_a_page_is_not_the_whole_page():
    document = new_document("p")
    document += nodes.paragraph("", "", nodes.strong("", "a"))
    document[0].document = document
    kept = gathered.detached(document[0])
    assert kept.astext() == "a"
    assert [part.document for part in kept.findall()] == [None] * 3
    assert document[0].document is document


def test_a_preview_has_neither_links_nor_a_number():
    equation = nodes.math_block("", "x", number=7)
    link = nodes.reference("", "there", refuri="a.html")
    shown = previews.plain(nodes.container("", equation, nodes.paragraph("", "", link)))
    assert [node["number"] for node in shown.findall(nodes.math_block)] == [None]
    assert not list(shown.findall(nodes.reference))
    assert "there" in shown.astext()
    assert equation["number"] == 7  # on its page


def test_works_are_set_anew_when_others_are_cited(monkeypatch):
    made = []
    monkeypatch.setattr(citations, "_set", lambda self, *_: made.append(1) or iter([self.cited]))
    listed = SimpleNamespace(style="plain", labelprefix="")
    domain = SimpleNamespace(
        env=SimpleNamespace(), bibliographies={"works": listed}, cited="one",
        get_sorted_entries=lambda *_: [domain.cited],
    )  # fmt: skip
    for cited, count in (("one", 1), ("one", 1), ("two", 2)):
        domain.cited = cited
        assert list(citations.set_once(domain, "works", [])) == [cited]
        assert len(made) == count


def test_what_was_kept_of_a_page_that_is_written_again_holds_no_longer(tmp_path):
    app = SimpleNamespace(doctreedir=tmp_path, builder=SimpleNamespace())
    path = gathered.kept(app, "deep/p")
    path.parent.mkdir(parents=True)
    path.touch()
    page = gathered.Gathered([], {}, set())
    gathered.add(app, "deep/p", page)
    assert not path.exists()
    assert app.builder.gathered == {"deep/p": page}


def test_a_later_build_reads_what_was_faulty_and_removes_what_no_page_shows(tmp_path):
    app = SimpleNamespace(doctreedir=tmp_path, outdir=tmp_path)
    env = SimpleNamespace(found_docs={"a", "b"})
    assert incremental.reread(app, env) == []
    (tmp_path / incremental.FAULTY).write_text('["b", "gone"]')
    assert incremental.reread(app, env) == ["b"]
    app.builder = object.__new__(StandaloneHTMLBuilder)
    app.builder.imagedir = "_images"
    app.env = SimpleNamespace(images={"a.svg": ({"a"}, "shown.svg")})
    (tmp_path / "_images" / "social").mkdir(parents=True)
    for name in ("shown.svg", "stale.svg"):
        (tmp_path / "_images" / name).touch()
    incremental.tidy(app, None)
    names = {path.name for path in (tmp_path / "_images").iterdir()}
    assert names == {"shown.svg", "social"}


BODY = (
    '<details><summary>S</summary>Solution</details><svg viewBox="0 0 1 1"></svg>'
    '<a class="headerlink" href="#a">¶</a><button class="copybtn">Copy</button><br>'
)


def test_a_book_on_paper_is_unfolded_and_has_nothing_to_click_on():
    app = SimpleNamespace(builder=SimpleNamespace(name="epub"))
    sheets = ["furo.css", "epub-book.css", "pygments.css"]
    context = {"body": BODY, "css_files": sheets, "script_files": ["a.js"]}
    epub.write_out(app, "p", "", context, None)
    assert context == {
        "body": '<details open="open"><summary>S</summary>Solution</details>'
        '<svg viewBox="0 0 1 1"></svg><br/>',
        "css_files": ["epub-book.css", "pygments.css"],
        "script_files": [],
    }
    app.builder.name = "html"
    context = {"body": BODY}
    epub.write_out(app, "p", "", context, None)
    assert context == {"body": BODY}


def environment():
    cited = {
        "citations": [SimpleNamespace(key="baur1983")],
        "citation_refs": [SimpleNamespace(docname="a", targets=[SimpleNamespace(key="baur1983")])],
    }
    domains = {d: {kind: {} for kind in kinds} for d, kinds in incremental.NAMED.items()}
    return SimpleNamespace(
        **{name: {"a": nodes.title("", "One")} for name in incremental.SHARED},
        domaindata={**domains, "cite": cited},
        metadata={"a": {"minutes": 3, "outline": "section"}},
        found_docs={"b", "a"},
    )


def change(path):
    """Return what gives another value to a thing of the environment."""

    def made(env):
        *way, last = path
        place = env
        for step in way:
            place = place[step] if isinstance(place, (dict, list)) else getattr(place, step)
        if isinstance(place, dict):
            place[last] = "another"
        else:
            setattr(place, last, "another")

    return made


SHOWN = {
    **{name: [name, "a"] for name in incremental.SHARED},
    **{
        f"{domain} {kind}": ["domaindata", domain, kind, "x"]
        for domain, kinds in incremental.NAMED.items()
        for kind in kinds
    },
    "minutes": ["metadata", "a", "minutes"],
    "outline": ["metadata", "a", "outline"],
    "works": ["domaindata", "cite", "citations", 0, "key"],
    "cited": ["domaindata", "cite", "citation_refs", 0, "docname"],
}


@pytest.mark.parametrize("what", SHOWN)
def test_all_pages_are_written_when_something_changes_that_others_show(what):
    env = environment()
    assert incremental.rewrite(None, env) == []
    assert incremental.rewrite(None, env) == []
    change(SHOWN[what])(env)
    assert incremental.rewrite(None, env) == ["a", "b"]


@pytest.mark.parametrize("changed", ["a caption", "an id", "a section"])
def test_the_numbers_of_figures_follow_from_the_outline(changed):
    def outline(text="Caption", name="fig", section="s"):
        document = new_document("p")
        figure = nodes.figure("", nodes.image(), nodes.caption("", text), ids=[name])
        document += nodes.section("", nodes.title("", "T"), figure, ids=[section])
        app = SimpleNamespace(env=SimpleNamespace(docname="p", metadata={"p": {}}))
        incremental.outline(app, document)
        return app.env.metadata["p"]["outline"]

    other = {"a caption": {"text": "x"}, "an id": {"name": "x"}, "a section": {"section": "x"}}
    assert outline() == outline()
    assert outline(**other[changed]) != outline()


def test_figures_that_did_not_move_keep_their_numbers_though_their_page_was_read_again(
    monkeypatch,
):
    def assign(collector, env):
        env.toc_fignumbers = {"a": {"figure": {"fig": (1,)}}}
        return ["a"]

    monkeypatch.setattr(incremental, "_assign", assign)
    env = SimpleNamespace(metadata={"a": {"outline": "fig"}}, toc_secnumbers={}, toc_fignumbers={})
    assert incremental.number_figures(None, env) == ["a"]
    numbers, env.toc_fignumbers = env.toc_fignumbers, {}  # as Sphinx does with a page that it reads
    assert incremental.number_figures(None, env) == []
    assert env.toc_fignumbers == numbers
    env.metadata["a"]["outline"] = "fig more"
    assert incremental.number_figures(None, env) == ["a"]


def test_a_page_is_not_written_only_because_its_table_of_contents_names_one_that_is():
    app = SimpleNamespace(env=SimpleNamespace(files_to_rebuild={"a": {"index"}}))
    incremental.spare(app, None)
    assert app.env.files_to_rebuild == {}


def counted(text, tmp_path, cells=("a = 1\nb = 2",), tags="engine"):
    """Return what the role says on a page with these cells, the error, and what it depends on."""
    head = f"```{{code-cell}} python\n:tags: [{tags}]\n"
    page = "".join(f"{head}{cell}\n```\n" for cell in cells)
    (tmp_path / "p.md").write_text(page)
    depends, errors = [], []
    env = SimpleNamespace(
        docname="p", doc2path=lambda _: str(tmp_path / "p.md"), note_dependency=depends.append
    )
    reporter = SimpleNamespace(error=lambda why, line: errors.append(why))
    document = SimpleNamespace(settings=SimpleNamespace(env=env))
    inliner = SimpleNamespace(document=document, reporter=reporter)
    shown, _ = size.SizeRole()("lines-of-code", f":lines-of-code:`{text}`", text, 1, inliner)
    return [node.astext() for node in shown], errors, depends


def test_lines_of_code_are_counted_and_a_limit_of_them_holds(tmp_path):
    number, errors, depends = counted("plain engine", tmp_path)
    assert number == [str(size.size_of_plain_engine())]
    assert depends == [str(path) for path in size.PLAIN_ENGINE]  # it is counted anew with them
    assert not errors
    assert counted("engine of this page", tmp_path)[0] == ["2"]
    assert counted("engine of this page", tmp_path, tags="engine, hide-input")[0] == ["2"]
    assert counted("at most 2", tmp_path)[:2] == (["2"], [])
    assert counted("at most 1", tmp_path)[:2] == (
        [], ["the engine of this page has 2 lines, more than 1"]
    )  # fmt: skip
    assert counted("at most 1", tmp_path, cells=())[1] == [
        "no cell of this page is tagged 'engine'"
    ]
    assert "are not counted" in counted("everything", tmp_path)[1][0]
