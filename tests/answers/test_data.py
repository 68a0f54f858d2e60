"""What the script of a page is given: its exercises, and the displays that a reader can break."""

import json
from types import SimpleNamespace

import pytest
from _ext.answers import data, exercises
from _ext.cells.executed import Cell


def checked(index, source, *records):
    outputs = [{"metadata": {"mcalc": record}} for record in records]
    return Cell(index, source, outputs, [], index, 1, 1)


def record(label, tex="a = b", slips=()):
    return {"label": label, "tex": tex, "slips": dict(slips)}


@pytest.fixture
def env(monkeypatch):
    """A book whose page `checks` evaluates displays; `plain` is one without cells."""
    cells = (
        checked(0, "import torch"),
        checked(2, 'check("eq-a")', record("eq-a", "a = b", {"sign": "a = -b"})),
        checked(3, 'check("eq-b", A=torch.ones(2))', record("eq-b")),
        checked(4, 'check("eq-a", at=3)', record("eq-a", "a = b")),
        checked(5, "check_order(...)", record("eq-c", None)),
    )
    monkeypatch.setattr(data, "code_cells", lambda env, page: cells if page == "checks" else ())
    return SimpleNamespace(found_docs={"checks", "plain", "asks"}, book_exercises={"asks": [{}]})


def test_a_display_is_given_with_its_first_check_and_what_that_needs(env):
    found = dict(data.formulas(env, "checks"))
    assert list(found) == ["eq-a", "eq-b"]  # not one beside which code stands
    assert found["eq-a"] == {
        "tex": "a = b",
        "cell": 2,
        "source": 'check("eq-a")',
        "needs": "",
        "slips": {"sign": "a = -b"},
    }
    assert found["eq-b"]["needs"] == "PyTorch"
    assert dict(data.formulas(env, "genindex")) == {}


def test_the_pages_that_ask_or_can_be_broken_have_the_script(env):
    for page, has in {"checks": True, "asks": True, "plain": False, "genindex": False}.items():
        added = []
        app = SimpleNamespace(
            env=env, add_js_file=lambda name, added=added, **_: added.append(name)
        )
        data.add_script(app, page, "", {}, None)
        assert added == ["answers.js"] * has


def test_a_page_that_asks_no_more_has_no_data(env, tmp_path, monkeypatch):
    monkeypatch.setattr(data, "is_newer", lambda *_: False)
    (tmp_path / "_static" / "katex").mkdir(parents=True)
    builder = SimpleNamespace(name="html", typesetter=None)
    app = SimpleNamespace(
        builder=builder, outdir=tmp_path, env=env, config=SimpleNamespace(katex_macros={})
    )
    env.book_exercises.clear()
    folder = tmp_path / data.FOLDER
    folder.mkdir()
    for page in env.found_docs:
        (folder / f"{page}.json").write_text("of an earlier build")
    data.write(app, None)
    assert [path.name for path in folder.iterdir()] == ["checks.json"]
    assert list(json.loads((folder / "checks.json").read_text())["formulas"]) == ["eq-a", "eq-b"]


def test_a_sentence_is_set_and_nothing_of_it_is_markup():
    typesetter = SimpleNamespace(
        html=lambda tex, display: f"<div>{tex}</div>" if display else f"<i>{tex}</i>"
    )
    said = "So `a < b` & {claim}`x`, not $y$ <b>."
    assert data.sentence(said, typesetter) == (
        "So <code>a &lt; b</code> &amp; <i>x</i>, not <i>y</i> &lt;b&gt;."
    )


def test_exercises_are_taken_over_from_the_process_that_read_them():
    env, other = SimpleNamespace(), SimpleNamespace()
    exercises.exercises(env).update(a=[1], b=[2])
    exercises.exercises(other).update(b=[3], c=[4])
    exercises.CollectExercises().merge_other(None, env, {"c", "d"}, other)
    assert exercises.exercises(env) == {"a": [1], "b": [2], "c": [4]}
    exercises.CollectExercises().clear_doc(None, env, "a")
    assert exercises.exercises(env) == {"b": [2], "c": [4]}
