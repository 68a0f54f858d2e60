"""What stands beside the site for those who publish it, and the workflows that do."""

import re

import books
import pytest
import yaml

WORKFLOWS = sorted((books.ROOT / ".github" / "workflows").glob("*.yml"))


def test_the_site_has_the_headers_for_hosts_that_read_them() -> None:
    text = (books.good().folder / "out" / "html" / "_headers").read_text("utf-8")
    assert "frame-ancestors 'none'" in text
    assert "Strict-Transport-Security: max-age=" in text
    assert "/_static/python_worker.js\n  Content-Security-Policy: default-src 'none'" in text
    assert not list((books.good().folder / "out" / "html").rglob("_sources/*"))
    for address in re.findall(r"^/(_static/[\w.]+)$", text, re.M):
        assert (books.ROOT / "docs" / address).exists()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_has_least_permissions_and_actions_pinned_by_digest(path) -> None:
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] > 0
        assert job["permissions"]
        for step in job["steps"]:
            uses = step.get("uses", "")
            assert not uses or re.search(r"@[0-9a-f]{40}$", uses)
            if uses.startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False
    assert "pull_request_target" not in path.read_text("utf-8")  # it would hand secrets to forks
    assert "secrets." not in path.read_text("utf-8")


def test_the_commands_of_the_workflows_are_those_of_the_readme() -> None:
    readme = (books.ROOT / "README.md").read_text("utf-8")
    texts = "".join(path.read_text("utf-8") for path in WORKFLOWS)
    sessions = set(re.findall(r"nox -s (\w+)", texts))
    assert sessions == {"docs", "site", "lock"}
    assert all(f"`{name}`" in readme for name in sessions)
