"""What the checks of the site share: the site, its server, a browser, and the table of the bars."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import browsers
import builds
import pytest
import sweep
from playwright.sync_api import sync_playwright
from serve import serving

sys.path.insert(0, str(builds.ROOT / "docs"))
import phone
from _ext.assets import npm  # the build of the site installs its packages with it, too

TABLE = pytest.StashKey[dict[str, tuple[str, str, str]]]()


def pytest_addoption(parser):
    parser.addoption("--site", type=Path, help="check the site in this folder; build none")


def pytest_configure(config):
    config.stash[TABLE] = {}


@pytest.fixture(scope="session")
def both_sites(request, tmp_path_factory):
    """Return the folders of two builds, or the one that --site names."""
    if folder := request.config.getoption("--site"):
        return [folder.resolve()]
    return builds.build(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def site(both_sites):
    return both_sites[0]


@pytest.fixture(scope="session")
def pages(site):
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    assert len(found) > 1
    return found


@pytest.fixture(scope="session")
def address(site):
    with serving(site) as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    return browsers.find()


@pytest.fixture(scope="session")
def browser(chromium):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=browsers.FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def visits(chromium, address, pages):
    """Return what two browsers at a time saw of every page in every form."""

    axe = npm.package("axe-core") / "axe.min.js"

    def share(names):
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=browsers.FLAGS)
            return list(sweep.visits(browser, address, names, axe))

    with ThreadPoolExecutor(2) as pool:
        return list(chain.from_iterable(pool.map(share, [pages[::2], pages[1::2]])))


@pytest.fixture(scope="session")
def measures(chromium, address, pages):
    """Return what Lighthouse measured of every page."""
    npm.package("lighthouse")
    return phone.measure(chromium, address, pages)


@pytest.fixture(scope="session")
def speeds(chromium, address, measures):
    """Return the same, measured again where a page was slow, for the bars that this changes."""
    return phone.measure_slow_again(chromium, address, measures)


@pytest.fixture
def judge(request, subtests):
    """Hold every measured value to a bar, and write the worst one into the table."""

    def judge(what, bar, found, holds, order=len, show=str):
        """Judge `found`, pairs of a page and a value; `order` is how bad a value is."""
        found = list(found)
        assert found, f"nothing was measured: {what}"
        page, worst = max(found, key=lambda pair: order(pair[1]))
        shown = str(len(worst)) if isinstance(worst, list) else str(show(worst))
        request.config.stash[TABLE][what] = (bar, shown, page)
        for page, value in found:
            with subtests.test(page=page):
                few = value[:8] if isinstance(value, list) else value
                assert holds(value), f"{what} of {page}: {json.dumps(few, indent=1)}"

    return judge


def pytest_terminal_summary(terminalreporter, config):
    if table := config.stash[TABLE]:
        terminalreporter.section("the bars")
        terminalreporter.write_line("| what | bar | worst | where |\n|---|---|---|---|")
        for what, cells in table.items():
            terminalreporter.write_line(f"| {what} | {' | '.join(cells)} |")
