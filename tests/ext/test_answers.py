"""The directive of an exercise: what it sets, what it writes for the script, and its faults."""

import functools
import json
import re

import books

HEAD = "```{{answer}}\n---\nlevel: easy\ngiven: ['f(x) = x^2']\nasks: \"f'(x)\"\nanswer: '{}'\n"
RIGHT = HEAD.format("2x") + "wrong:\n  'x': 'The $2$ is lost.'\n---\nLet $f(x) = x^2$.\n```\n"
WRONG = HEAD.format("3x") + "---\nLet $f(x) = x^2$.\n```\n"
OTHER = HEAD.format("2x") + "---\nLet $f(x) = x^3$.\n```\n"
BAD = HEAD.format("2x") + "wrong:\n  'x': 'Lost.'\n---\nLet $f(x) = x^2$, not $\\frac{1}$.\n```\n"


@functools.cache
def book():
    pages = {
        "index": books.index("right", "wrong", "other", "bad", "two"),
        "right": "# R\n\n" + RIGHT,
        "wrong": "# W\n\n" + WRONG,
        "other": "# O\n\n" + OTHER,
        "bad": "# B\n\n" + BAD,
        "two": "# T\n\n" + RIGHT + "\n" + RIGHT.replace("f'(x)", "f'(x) + 0"),
    }
    return books.build(books.new_folder(), pages)


def test_an_exercise_has_its_question_a_labelled_form_and_a_sentence_without_scripts():
    html = book().html("right")
    assert '<label for="answer-0">Your answer' in html
    assert '<input id="answer-0"' in html
    assert "0 of 1 answered" in html
    assert "<noscript>" in html
    assert "is lost" not in html


def test_the_progress_of_a_page_stands_once_before_its_first_exercise():
    html = book().html("two")
    assert re.findall(r'class="answer-progress"|id="answer-\d"', html) == [
        'id="answer-0"', 'class="answer-progress"', 'id="answer-1"'
    ]  # fmt: skip
    assert "0 of 2 answered" in html


def test_the_script_finds_the_sentences_set():
    path = book().folder / "out/html/_static/answers/right.json"
    (exercise,) = json.loads(path.read_text("utf-8"))["exercises"]
    assert 'class="katex"' in exercise["said"][0]
    assert exercise["values"] == [None, None]


def test_a_fault_of_an_exercise_is_one_warning_at_its_line():
    assert book().code == 1
    (fault,) = book().warnings("wrong", "```{answer}")
    assert "its answer fails: it does not hold" in fault
    (fault,) = book().warnings("other", "```{answer}")
    assert "what is given says otherwise" in fault
    (fault,) = book().warnings("bad", "frac")  # of its question
    assert "bad TeX" in fault
    assert book().output.count("WARNING") == 3


def test_each_exercise_keeps_its_answer_under_a_key_of_its_own():
    pages = ("right", "wrong", "other", "bad")
    keys = [re.findall('data-key="([^"]*)"', book().html(page)) for page in pages]
    assert len({key for (key,) in keys}) == 4
