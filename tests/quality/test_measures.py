"""What is measured of a slice, and when a measure warns, fails or cannot be taken."""

from dataclasses import replace

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from quality_rows import DAY, Numbers, batch, slice_of

from gridlens.errors import ContractBroken
from gridlens.quality import (
    Bounds,
    Judgement,
    Measure,
    Measured,
    Profile,
    Surroundings,
    contract,
    measured,
    profile,
    profile_fingerprint,
)
from gridlens.tables import TABLES

NOTHING = Surroundings()


def found(counts, path, around=NOTHING, table=None):
    rules = contract(table or counts.table)
    taken = measured(counts, path, rules, profile(counts, path, rules), around)
    return {m.measure.name: m for m in taken}


def taken(value, warn=None, fail=None):
    measure = Measure("m", "it tells", "rows", "1", warn or Bounds(), fail or Bounds(), "so")
    return Measured("jobs", DAY, measure, value)


def around(table, *slices):
    """Earlier days of these slices."""
    rules = contract(table)
    return Surroundings([c for c, _ in slices], [profile(c, p, rules) for c, p in slices])


def of_rows(rows, *, table="jobs", **changes):
    return replace(Numbers(table, rows, rows), **changes)


def jobs(number, **columns):
    return [{"pandaid": n, "jobstatus": "finished", **columns} for n in range(number)]


def test_numbers_of_the_manifest_and_of_the_rows(tmp_path):
    counts, path = slice_of(
        tmp_path,
        "transfers",
        {"transfer_id": "a", "src_site": "X", "dst_site": "Y", "bytes": 1},
        {"transfer_id": "b", "src_site": "X", "dst_site": None, "bytes": 1},
        {"transfer_id": "c", "src_site": None, "dst_site": None, "bytes": 1},
        {"transfer_id": "c", "src_site": "X", "dst_site": "Y", "bytes": None, "lfn": "f"},
    )
    counts = replace(counts, fetched=10, duplicates=5, quarantined=1)
    expected = {
        "rows": 4,
        "duplicates_ratio": 0.5,
        "quarantined_ratio": 0.1,
        "unknown_sites_ratio": 0.5,
        "unknown_sizes_ratio": 0.25,
        "key_uniqueness_ratio": 0.75,
        "null_ratio_lfn": 0.75,
    }
    measures = found(counts, path)
    assert {name: measures[name].value for name in expected} == expected
    assert measures["duplicates_ratio"].status == "warn"


@pytest.mark.parametrize("table", TABLES)
def test_an_empty_first_day_passes_and_has_no_measure_but_its_counts(table):
    measures = found(Numbers(table, 0, 0), None)
    assert {m.status for m in measures.values()} == {"pass"}
    assert {name for name, m in measures.items() if m.value is not None} == {"rows"}
    assert measures["null_shift"].message.startswith("not judged: ")


@pytest.mark.parametrize(
    ("earlier", "rows", "ratio", "status"),
    [
        ([100, 100], 10, None, "pass"),  # two days are too few to say what is usual
        ([100, 10, 100], 50, 0.5, "pass"),
        ([100, 10, 100], 49, 0.49, "warn"),
        ([100, 100, 100, 200], 201, 2.01, "warn"),
        ([100, 100, 100], 0, 0, "warn"),  # an empty day is worth a look
        ([19, 19, 19], 100, None, "pass"),  # so few come and go by chance
    ],
)
def test_volume_is_held_against_the_median_of_earlier_days(earlier, rows, ratio, status):
    before = Surroundings([of_rows(n) for n in earlier], [_none()] * len(earlier))
    outcome = measured(of_rows(rows), None, contract("jobs"), _none(), before)
    volume = next(m for m in outcome if m.measure.name == "volume_ratio")
    assert (volume.value, volume.status) == (ratio, status)


def _none():
    return profile(Numbers("jobs", 0, 0), None, contract("jobs"))


def test_a_distribution_is_held_against_that_of_earlier_days(tmp_path):
    usual = slice_of(tmp_path, "jobs", *jobs(90), *jobs(10, jobstatus="failed"))
    (tmp_path / "now").mkdir()
    counts, path = slice_of(
        tmp_path / "now", "jobs", *jobs(100, jobstatus="failed", computingsite="X")
    )
    measures = found(counts, path, around("jobs", usual, usual, usual))
    assert measures["status_distance"].value == pytest.approx(0.8708, abs=1e-4)
    assert measures["status_distance"].status == "warn"
    assert "fewer than 100 rows with a value" in measures["queue_distance"].message
    same = found(*usual, around("jobs", usual, usual, usual))
    assert same["status_distance"].value == 0


def test_the_column_whose_nulls_have_changed_most_is_named(tmp_path):
    usual = slice_of(tmp_path, "jobs", *jobs(100, jeditaskid=7, corecount=1))
    (tmp_path / "now").mkdir()
    counts, path = slice_of(
        tmp_path / "now", "jobs", *jobs(70, jeditaskid=7, corecount=1), *jobs(30, corecount=1)
    )
    shift = found(counts, path, around("jobs", usual, usual, usual))["null_shift"]
    assert shift.value == pytest.approx(0.3)
    assert shift.status == "warn"
    assert "(jeditaskid: 0.00% NULL before, 30.00% now)" in shift.message


def test_files_without_a_job_are_told(tmp_path):
    jobs_path = slice_of(tmp_path, "jobs", *jobs(2))[1]
    (tmp_path / "files").mkdir()
    rows = [{"pandaid": n, "fileid": n} for n in (0, 1, 1, 5)]
    counts, path = slice_of(tmp_path / "files", "files", *rows)
    beside = Surroundings(others={"jobs": {0: jobs_path}})
    assert found(counts, path, beside)["files_without_job_ratio"].value == 0.25
    alone = found(counts, path)["files_without_job_ratio"]
    assert (alone.value, alone.message) == (None, "not judged: the jobs of the day are not there")


def test_tasks_are_looked_for_among_jobs_of_seven_days_before(tmp_path):
    def a_job(name, task):
        (tmp_path / name).mkdir()
        return slice_of(tmp_path / name, "jobs", {"pandaid": 1, "jeditaskid": task})[1]

    paths = {0: a_job("now", 10), 7: a_job("then", 17), 8: a_job("long_ago", 18)}
    rows = [{"transfer_id": str(n), "jeditaskid": n} for n in (10, 17, 18, 99)]
    (tmp_path / "transfers").mkdir()
    counts, path = slice_of(
        tmp_path / "transfers", "transfers", *rows, {"transfer_id": "no", "jeditaskid": None}
    )
    measures = found(counts, path, Surroundings(others={"jobs": paths}))
    assert measures["transfers_without_task_ratio"].value == 0.5


def test_jobs_with_input_and_without_file_rows_are_told(tmp_path):
    files = slice_of(tmp_path, "files", {"pandaid": 0, "fileid": 1})[1]
    (tmp_path / "jobs").mkdir()
    counts, path = slice_of(
        tmp_path / "jobs", "jobs", *jobs(2, ninputdatafiles=1), {"pandaid": 9, "ninputdatafiles": 0}
    )
    beside = Surroundings(others={"files": {0: files}})
    assert found(counts, path, beside)["jobs_without_files_ratio"].value == 0.5


def test_a_profile_is_the_same_when_it_is_read_again_and_is_not_taken_for_another(tmp_path):
    counts, path = slice_of(tmp_path, "jobs", *jobs(3, computingsite="A", inputfilebytes=1 << 30))
    made = profile(counts, path, contract("jobs"))
    mark = profile_fingerprint("the slice's", contract("jobs"))
    assert made.shares["input_size_distance"] == {"30.0": 3}
    assert Profile.from_json(made.as_json(mark), mark) == made
    assert Profile.from_json(made.as_json(mark), "another") is None
    assert Profile.from_json(made.as_json(mark)[:-9], mark) is None


@given(
    value=st.none() | st.floats(-10, 10),
    warn=st.builds(Bounds, *[st.none() | st.floats(-10, 10)] * 2),
    fail=st.builds(Bounds, *[st.none() | st.floats(-10, 10)] * 2),
)
def test_a_value_fails_outside_of_fail_and_else_warns_outside_of_warn(value, warn, fail):
    def outside(bounds):
        low = -99 if bounds.low is None else bounds.low
        high = 99 if bounds.high is None else bounds.high
        return value is not None and not low <= value <= high

    expected = "fail" if outside(fail) else "warn" if outside(warn) else "pass"
    assert taken(value, warn, fail).status == expected


def test_a_measure_that_fails_stops_the_day_and_says_why():
    broken = taken(0.3, Bounds(high=0.1), Bounds(high=0.2))
    with pytest.raises(ContractBroken) as raised:
        Judgement(contract("jobs"), DAY, None, (), (broken,)).raise_if_broken()
    assert "  m: 0.3, and should be at most 0.2: so" in str(raised.value)
    assert "or the bounds of a measure in contracts.toml" in str(raised.value)
    Judgement(contract("jobs"), DAY, None, (), (taken(0.15, Bounds(high=0.1)),)).raise_if_broken()


def test_measures_are_exact_whatever_the_order_of_rows(tmp_path):
    rows = jobs(500, computingsite="A") + jobs(300, computingsite="B", inputfilebytes=7)
    counts, path = slice_of(tmp_path, "jobs", *rows)
    once = profile(counts, path, contract("jobs"))
    pq.write_table(batch("jobs", *rows[::-1]).rows.drop_columns("slice_day"), path)
    assert profile(counts, path, contract("jobs")) == once
