"""The benchmark, without its times: all peers agree, and the record is what the page reads."""

import dataclasses
import functools
import json
import re
from fractions import Fraction

import numpy as np
import pytest

from bench import growth, measuring, peers, record, report, session, workloads
from bench.workloads import Bar

WORKLOADS = {workload.name: workload for workload in workloads.WORKLOADS}
EVERYONE = {"f", "by hand", *peers.PEERS}


def small(name, seed=1):
    workload = WORKLOADS[name]
    return workload, workload.make(np.random.default_rng(seed), *workload.small)


@pytest.mark.parametrize("name", WORKLOADS)
def test_all_peers_agree(name):
    workload, problem = small(name)
    found = peers.contenders(workload, problem)
    assert set(found) >= EVERYONE - {"numdifftools", "program"}
    assert ("numdifftools" in found) == workload.differences
    assert ("program" in found) == (workload.kind == "gradient")
    peers.require_equal(found, name)
    assert all(part.dtype == np.float64 for one in found.values() for part in one.derivative())


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_wrong_peer_stops_the_run(name):
    workload, problem = small(name)
    found = peers.contenders(workload, problem, ["by hand", "mcalc"])
    right = found["mcalc"].derivative()
    nan = [*right[:-1], right[-1] * np.nan]
    off = [part * (1 + 1e-6) for part in right]
    found["mcalc"] = dataclasses.replace(found["mcalc"], call=lambda: off)
    with pytest.raises(ValueError, match=f"{name}: mcalc differs from by hand by .*e-0[67]"):
        peers.require_equal(found, name)
    found["mcalc"] = dataclasses.replace(found["mcalc"], call=lambda: [right[0][None]])
    with pytest.raises(ValueError, match="mcalc gives the shapes"):
        peers.require_equal(found, name)
    found["mcalc"] = dataclasses.replace(found["mcalc"], call=lambda: nan)
    with pytest.raises(ValueError, match="mcalc differs from by hand by nan"):
        peers.require_equal(found, name)


@pytest.mark.parametrize("depth", [1, 20])
def test_the_chain_of_the_growth_is_a_workload_like_the_others(depth):
    workload, problem = growth.in_depth(depth)
    peers.require_equal(peers.contenders(workload, problem), "chain")


def test_bars():
    bar = Bar("torch", Fraction(1, 2))
    assert str(bar) == "mcalc ≤ 1/2 × torch"
    met = bar.judge({"mcalc": 1.0, "torch": 2.0})
    assert met == {"bar": str(bar), "found": "0.500 × torch", "met": True}
    assert bar.judge({"mcalc": 1.1, "torch": 2.0})["met"] is False
    assert bar.judge({"mcalc": 1.0, "torch": 1.0})["found"] == "1.00 × torch"
    assert bar.judge({"mcalc": 2468.0, "torch": 1.0})["found"] == "2468 × torch"
    assert bar.judge({"torch": 2.0})["met"] is None
    start = Bar("numpy", plus=0.030)
    assert str(start) == "mcalc ≤ numpy + 30 ms"
    late = start.judge({"mcalc": 0.141, "numpy": 0.1})
    assert late == {"bar": str(start), "found": "numpy + 41 ms", "met": False}


def fixed_row(mcalc):
    times = {"f": measuring.Timing(1e-3, 1e-3, 3), "mcalc": measuring.Timing(mcalc, mcalc, 3)}
    return session.as_row("row", "a row", times, (Bar("f", 2), Bar("f", who="program")))


def test_a_missed_bar_is_marked():
    text = "\n".join(report.lines({"workloads": [fixed_row(0.0025)]}))
    assert "MISSED: mcalc ≤ 2 × f: 2.50 × f" in text
    assert "not measured: program ≤ f" in text
    text = "\n".join(report.lines({"workloads": [fixed_row(0.0015)]}))
    assert "MISSED" not in text
    assert "met: mcalc ≤ 2 × f: 1.50 × f" in text


@pytest.fixture(scope="module")
def run():
    """Run the whole benchmark on small problems."""
    imports = {name: workloads.IMPORTS[name] for name in ("numpy", "mcalc")}
    return session.measure(budget=0.0, small=True, sizes=(4, 8), depths=(3, 6), imports=imports)


def form(found):
    """Return the names and types of a record, with lists of numbers as one."""
    if isinstance(found, dict):
        return {key: form(value) for key, value in found.items()}
    if isinstance(found, list):
        items = [form(item) for item in found]
        return items if any(isinstance(item, dict) for item in items) else "list"
    return "number" if isinstance(found, int | float) else type(found).__name__


def without_libraries(found):
    """Return the form of a record, whoever took part."""
    shape = form(found)
    for row in shape["workloads"]:
        del row["times"], row["bars"]
    for series in ("size", "depth"):
        del shape["growth"][series]["times"]
    return shape


def test_the_published_record_has_the_form_of_a_run(run):
    published = record.load()
    assert without_libraries(published) == without_libraries(json.loads(json.dumps(run)))
    for one in (published, run):
        assert [row["name"] for row in one["workloads"]] == [*WORKLOADS, "import"]
        for row in one["workloads"]:
            assert all(
                t["rounds"] >= 3 and t["least"] <= t["median"] for t in row["times"].values()
            )
            assert all(set(bar) == {"bar", "found", "met"} for bar in row["bars"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", one["date"])


def test_the_published_record_is_judged_by_todays_bars():
    judged = {
        row["name"]: [bar["bar"] for bar in row["bars"]] for row in record.load()["workloads"]
    }
    bars = {name: workload.bars for name, workload in WORKLOADS.items()}
    bars["import"] = workloads.IMPORT_BARS
    assert judged == {name: [str(bar) for bar in of] for name, of in bars.items()}


def test_a_run_is_written_and_published_where_asked(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(record, "ROOT", tmp_path)
    monkeypatch.setattr(record, "BUILT", tmp_path / "_build" / "bench.json")
    monkeypatch.setattr(record, "PUBLISHED", tmp_path / "docs.json")
    monkeypatch.setattr(session, "measure", lambda **options: run)
    session.main(["--quick"])
    assert record.load(record.BUILT) == json.loads(json.dumps(run))
    assert not record.PUBLISHED.exists()
    session.main(["--quick", "--publish"])
    assert record.PUBLISHED.read_bytes() == record.BUILT.read_bytes()
    assert "Rosenbrock, n = 1000, gradient" in capsys.readouterr().out


def test_the_digest_sees_every_letter_and_name(tmp_path):
    (tmp_path / "inner").mkdir()
    module = tmp_path / "inner" / "a.py"
    module.write_text("x = 1\n")
    seen = [record.digest_of_sources(tmp_path)]
    module.write_text("x = 2\n")
    seen.append(record.digest_of_sources(tmp_path))
    module.rename(tmp_path / "inner" / "b.py")
    seen.append(record.digest_of_sources(tmp_path))
    assert len(set(seen)) == 3


def test_a_race_takes_turns():
    order = []
    calls = {name: functools.partial(order.append, name) for name in "abc"}
    times = measuring.race(calls, budget=0.0, rounds=9)
    assert {time.rounds for time in times.values()} == {3}
    turns = [name for name, before in zip(order, ["", *order], strict=False) if name != before]
    assert "".join(turns).endswith("abcbcacab")


def test_the_measured_process_has_one_thread_and_no_forced_kernel():
    environment = measuring.one_thread({"OPENBLAS_CORETYPE": "Haswell", "HOME": "/"})
    assert environment["HOME"] == "/"
    assert environment["OMP_NUM_THREADS"] == environment["OPENBLAS_NUM_THREADS"] == "1"
    assert "OPENBLAS_CORETYPE" not in environment


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(2.4e-7, "0.240 µs"), (9.996e-4, "1000 µs"), (0.00079996, "800 µs"), (9.997, "10.0 s")],
)
def test_times_have_units(seconds, text):
    assert report.shown(seconds) == text


def test_ratios_have_three_digits_or_all_that_stand_before_the_point():
    row = fixed_row(mcalc=0.0025)
    row["times"] |= {name: {"median": t} for name, t in (("a", 1.0), ("b", 2.0e-6))}
    assert report.cells(row, "mcalc") == {"f": "2.50", "a": "0.00250", "b": "1250"}
    row["times"]["c"] = {"median": 54.0}
    assert report.cells(row, "mcalc")["c"] == "0.0000463"


def test_a_table_of_the_page_keeps_a_number_with_its_unit():
    table = report.markdown(["a row", "f"], [["of two words", "2 µs"]])
    assert table == "| a row | f |\n| :-- | --: |\n| of two words | 2\u00a0µs |"


def test_memory_counts_arrays():
    found = growth.memory(12, 10_000)
    assert found["depth"] == 12
    assert 12 <= found["tape"] <= 26
    assert 0 < found["backward_above_tape"] < found["whole_gradient"]
