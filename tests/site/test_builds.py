"""Two builds of the same sources are the same, byte for byte."""

import pytest


def contents(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_two_builds_are_identical(judge, both_sites):
    if len(both_sites) == 1:
        pytest.fail("two builds cannot be compared with --site, which names one")
    one, two = map(contents, both_sites)
    assert one
    found = [(name, one.get(name) == two.get(name)) for name in sorted({*one, *two})]
    judge(
        "files that differ between two builds",
        "0",
        found,
        bool,
        order=lambda same: not same,
        show=lambda same: sum(not equal for _, equal in found),
    )
