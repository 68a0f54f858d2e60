"""Cells that run in the page: every one gives what the build gave, and a reader can use them."""

import gzip
import json
import math
import re
import time

import nbformat
import pytest
from _ext.notebook.write import GLUE, OWN_GLUE

RUN = """async () => {
  const { python } = await import("/_static/python.js");
  const found = [];
  for (const cell of await python.cells())
    if (!cell.needs) found.push([cell, await python.run(cell.index, cell.source)]);
  python.stop();
  return found;
}"""
NUMBER = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
ROUNDING = 1e-10  # what is smaller may differ by a factor, and by what is left of it
LOOP = "while True:\n    pass"


@pytest.fixture(scope="module")
def data(site):
    """Return what the site knows of the pages whose cells run."""
    folder = site / "_static/python/pages"
    if not folder.exists():
        pytest.skip("this site was built without an engine; the build says why")
    found = {
        path.relative_to(folder).with_suffix("").as_posix(): json.loads(path.read_text("utf-8"))
        for path in sorted(folder.rglob("*.json"))
    }
    return {page: known for page, known in found.items() if known["cells"]}


@pytest.fixture
def page(browser):
    page = browser.new_page()
    yield page
    page.close()


def built(site, name):
    """Return what the cells of a page gave in the build, by their sources."""
    notebook = nbformat.read(site / f"{name}.ipynb", as_version=4)
    cells = (cell for cell in notebook.cells if cell.cell_type == "code")
    return {cell.source.replace(OWN_GLUE, GLUE): list(map(as_text, cell.outputs)) for cell in cells}


def as_text(output):
    """Return the kind of an output and its text; a figure's is not compared."""
    if "ename" in output:
        return "error", output["ename"]
    if "text" in output:
        return output.get("name") or output["kind"], output["text"]
    kinds = ("text/html", "image/svg+xml", "text/plain")
    kind = next(kind for kind in kinds if kind in output["data"])
    return kind, "" if kind == "image/svg+xml" else output["data"][kind]


def given(result):
    """Return what a cell gave in the browser."""
    error = [("error", result["error"]["name"])] if result["error"] else []
    return [*map(as_text, result["outputs"]), *error]


def same(one, other):
    """Tell whether two texts are equal but for rounding in their numbers."""
    if NUMBER.sub("#", one).split() != NUMBER.sub("#", other).split():
        return False
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    return all(near(float(a), float(b)) for a, b in pairs)


def near(a, b):
    if max(abs(a), abs(b)) < ROUNDING:  # a residual: 0 and one unit in the last place are alike
        return max(abs(a), abs(b), 1e-16) <= 100 * max(min(abs(a), abs(b)), 1e-16)
    return math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-6)


def test_every_cell_gives_what_the_build_gave(page, address, site, data, judge):
    different = []
    for name, known in data.items():
        expected = built(site, name)
        page.goto(f"{address}/{name}.html")
        wrong = []
        for cell, result in page.evaluate(RUN):
            theirs, ours = expected[cell["source"]], given(result)
            alike = len(theirs) == len(ours) and all(
                a[0] == b[0] and same(a[1], b[1]) for a, b in zip(theirs, ours, strict=True)
            )
            if not alike:
                wrong.append([cell["index"], theirs, ours])
        assert any(not cell["needs"] for cell in known["cells"]) or not wrong
        different.append((name, wrong))
    judge("cells that give something else in the browser", "0", different, lambda w: not w)


def test_nothing_is_loaded_before_the_first_press(page, address, data, judge):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    loaded = []
    for name in data:
        page.goto(f"{address}/{name}.html", wait_until="networkidle")
        engine = [url for url in asked if "/python" in url or "running" in url]
        loaded.append((name, engine))
    judge("files of Python before the first press", "0", loaded, lambda urls: not urls)


def test_no_browser_compiles_what_pages_import_first(page, address, data, judge):
    page.goto(f"{address}/{next(iter(data))}.html")
    code = """
import json, sys
from importlib.util import find_spec
from pathlib import Path
folder = Path(find_spec("matplotlib").origin).parent
listed = json.loads((folder / "fontlist.json").read_text())
import matplotlib.pyplot, matplotlib.backends.backend_svg, mcalc.plotting
from matplotlib.font_manager import FontManager
print(listed["_version"] == FontManager.__version__)
for name, module in sorted(sys.modules.items()):
    origin = getattr(getattr(module, "__spec__", None), "origin", None) or ""
    if origin.endswith(".py") and "mcalc" not in origin and name != "page":
        print(name)
"""
    run = """async (code) => (await import("/_static/python.js")).python.run(0, code)"""
    (printed,) = page.evaluate(run, code)["outputs"]
    fonts, *sources = printed["text"].split()
    assert fonts == "True"  # else Matplotlib would look at every font
    judge("modules that a browser compiles at the start", "0", [("", sources)], lambda s: not s)


def test_a_page_loads_at_most_20_megabytes(site, data, judge):
    folder = site / "_static/python"
    sizes = {
        path.name: len(gzip.compress(path.read_bytes(), 6))
        for path in folder.iterdir()
        if path.is_file()
    }
    drawing = ("contourpy", "cycler", "kiwisolver", "matplotlib", "packaging", "pillow")
    drawing += ("pyparsing", "python_dateutil", "six")
    plain = sum(s for n, s in sizes.items() if not n.startswith((*drawing, "sympy", "mpmath")))
    drawn = plain + sum(s for n, s in sizes.items() if n.startswith(drawing))
    show = "{:.1f} MB".format
    judge(
        "transfer of Python with NumPy",
        "<= 10 MB",
        [("", plain / 1e6)],
        lambda s: s <= 10,
        float,
        show,
    )
    judge(
        "the same with Matplotlib", "<= 20 MB", [("", drawn / 1e6)], lambda s: s <= 20, float, show
    )


@pytest.mark.parametrize("where", ["here", "on disk", "scripts off", "no WebAssembly"])
def test_a_page_says_where_its_cells_cannot_run(browser, address, site, data, where):
    name = next(name for name, known in data.items() if not all(c["needs"] for c in known["cells"]))
    context = browser.new_context(java_script_enabled=where != "scripts off")
    if where == "no WebAssembly":
        context.add_init_script("delete window.WebAssembly")
    page = context.new_page()
    faults = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.goto(f"{site.as_uri() if where == 'on disk' else address}/{name}.html")
    sentence = page.get_by_text("Its cells cannot run here")
    assert sentence.is_visible() == (where != "here")
    assert (page.locator(".run-bar").count() > 0) == (where == "here")
    assert page.locator(".cell_input.runs pre").first.text_content()
    assert faults == []
    context.close()


def seen(page, url, index):
    """Tell whether a cell stands open on its page."""
    if page.url != url:
        page.goto(url)
    return page.locator(f"#cell-{index} button", has_text="Run").is_visible()


def two_cells(page, address, data):
    """Return two cells that stand open on one page, of which the second runs after the first."""
    for name, known in data.items():
        page.goto(f"{address}/{name}.html")
        able = [c["index"] for c in known["cells"] if not c["needs"] and not c["checks"]]
        found = [page.locator(f"#cell-{index}") for index in able]
        if len(open_ := [cell for cell in found if cell.is_visible()]) > 1:
            return open_[:2]
    raise AssertionError("no page has two")


def test_a_reader_is_told_what_a_run_gave(page, address, data):
    first, second = two_cells(page, address, data)

    def run(cell, code):
        cell.get_by_role("button", name="Run").click()
        cell.get_by_role("textbox").fill(code)
        cell.get_by_role("button", name="Stop").wait_for(state="hidden", timeout=90_000)
        cell.get_by_role("textbox").press("Control+Enter")
        cell.get_by_role("button", name="Stop").wait_for(state="hidden", timeout=90_000)
        return cell.locator("xpath=ancestor::div[contains(@class,'cell ')][1]").locator(
            ".run-output"
        )

    run(second, "x = 1")
    assert second.locator(".run-said").inner_text() == "Done. It prints nothing."
    box = run(second, "for i in range(1_000_000): print(i)")
    assert second.locator(".run-said").inner_text() == ""
    assert box.bounding_box()["height"] < 800  # the error below is at hand
    assert "more than 200,000 characters" in box.locator(".run-error").inner_text()
    assert box.locator(".stdout").get_attribute("tabindex") == "0"
    run(first, "1 / 0")
    box = run(second, "1")
    assert "ZeroDivisionError" in box.locator(".run-error").inner_text()
    link = box.get_by_role("link", name="a cell above")
    assert link.get_attribute("href") == f"#{first.get_attribute('id')}"


def test_a_reader_runs_changes_stops_and_resets_a_cell(page, address, data, judge):
    cells = sorted(  # those that the fewest stand above, for these run first
        (cell["index"], name)
        for name, known in data.items()
        for cell in known["cells"]
        if not cell["needs"]
        and "print(" in cell["source"]
        and not {"hide-input", "remove-cell"} & set(cell["tags"])
    )
    index, name = next(
        (index, name) for index, name in cells if seen(page, f"{address}/{name}.html", index)
    )
    page.goto(f"{address}/{name}.html")
    cell = page.locator(f"#cell-{index}")
    outputs = cell.locator("xpath=ancestor::div[contains(@class,'cell ')][1]").locator(
        ".cell_output"
    )
    before = outputs.inner_text()
    cell.get_by_role("button", name="Run").focus()
    seconds = {}
    began = time.monotonic()
    page.keyboard.press("Enter")
    page.locator(".run-output").wait_for(timeout=30_000)
    seconds["first"] = time.monotonic() - began
    assert same(page.locator(".run-output").inner_text(), before)

    editor = cell.get_by_role("textbox")
    assert not cell.locator("pre").is_visible()  # one code, not two
    editor.fill("print(6 * 7)")
    began = time.monotonic()
    editor.press("Control+Enter")
    page.locator(".run-output", has_text="42").wait_for()
    seconds["later"] = time.monotonic() - began

    page.reload()
    assert cell.get_by_role("textbox").input_value() == "print(6 * 7)"  # it is kept
    editor.fill("1\n1 / 0")
    editor.press("Control+Enter")
    page.locator(".run-error", has_text="line 2").wait_for(timeout=30_000)
    editor.fill(LOOP)
    editor.press("Control+Enter")
    cell.get_by_text("Running …").wait_for()
    page.wait_for_timeout(500)
    began = time.monotonic()
    cell.get_by_role("button", name="Stop").click()
    cell.get_by_text("Stopped").wait_for()
    seconds["stop"] = time.monotonic() - began
    editor.press("Escape")
    assert cell.get_by_role("button", name="Run").evaluate("e => e === document.activeElement")

    cell.get_by_role("button", name="Reset").click()
    assert outputs.inner_text() == before
    assert cell.get_by_role("textbox").count() == 0
    assert cell.locator("pre").is_visible()
    bars = {"first": ("the first result", 6), "later": ("a later one", 0.3), "stop": ("Stop", 1)}
    for key, (what, bar) in bars.items():
        judge(
            what,
            f"<= {bar} s",
            [(name, seconds[key])],
            lambda s, b=bar: s <= b,
            float,
            "{:.2f} s".format,
        )
