"""What counts as wrong, from literal states of days and findings."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gridlens.alerts import (
    Condition,
    DaySeen,
    Found,
    Limits,
    broken_contracts,
    days_behind,
    drifted_columns,
    drifted_workload,
    failed_steps,
    old_backup,
    out_of_bounds,
    unreadable_slices,
)
from gridlens.window import Day

APRIL_2 = Day.parse("2025-04-02")
LIMITS = Limits(deadline=timedelta(hours=12), stale_after=timedelta(hours=6), days=3)
NOON = datetime.fromisoformat("2025-04-03T12:00:00")


def behind(seen: DaySeen, now: datetime = NOON) -> list[tuple[str, str]]:
    return [(c.key, c.severity) for c in days_behind([seen], now, LIMITS)]


@pytest.mark.parametrize("state", ["complete", "edge", "empty", "unavailable"])
def test_a_day_that_is_settled_is_never_behind(state: str) -> None:
    assert behind(DaySeen(APRIL_2, state)) == []


@pytest.mark.parametrize("state", ["missing", "stale"])
def test_a_day_that_was_never_whole_is_late_from_its_deadline_on(state: str) -> None:
    late = DaySeen(APRIL_2, state)
    assert behind(late, NOON) == [("late/2025-04-02", "critical")]
    assert behind(late, NOON - timedelta(microseconds=1)) == []


def test_a_day_older_than_those_looked_at_is_history() -> None:
    late = DaySeen(APRIL_2, "missing")
    assert behind(late, datetime.fromisoformat("2025-04-05T23:59:59"))
    assert behind(late, datetime.fromisoformat("2025-04-06T00:00:00")) == []


def test_a_day_that_people_know_to_be_late_is_late_until_it_is_there() -> None:
    long_after = datetime.fromisoformat("2025-05-06T00:00:00")
    for state, told in (("missing", ["late/2025-04-02"]), ("complete", [])):
        seen = [DaySeen(APRIL_2, state)]
        found = days_behind(seen, long_after, LIMITS, frozenset({APRIL_2.date}))
        assert [c.key for c in found] == told


def test_a_step_that_fails_and_a_backup_that_ages_are_given_the_time_of_their_next_run() -> None:
    (step,) = failed_steps({"check integrity": "WarehouseDamaged: 2 things are wrong"})
    assert (step.key, step.patience) == ("failed/check/integrity", timedelta(hours=1))
    assert list(old_backup(NOON - timedelta(days=2), NOON)) == []
    (backup,) = old_backup(NOON - timedelta(days=2, microseconds=1), NOON)
    assert (backup.key, backup.patience) == ("failed/backup", timedelta(hours=26))
    assert unreadable_slices("torn").key == "damaged/slices"


def test_a_day_that_was_whole_and_is_stale_is_given_the_time_to_settle() -> None:
    stale = DaySeen(APRIL_2, "stale", was_whole=True, because="core.jobs: raw.jobs has changed")
    (condition,) = days_behind([stale], NOON, LIMITS)
    assert (condition.key, condition.patience) == ("stale/2025-04-02", timedelta(hours=6))
    assert condition.message == (
        "2025-04-02 is stale, and nothing has settled it: core.jobs: raw.jobs has changed"
    )


def test_all_broken_rules_of_a_slice_are_one_condition() -> None:
    found = [
        Found("jobs", APRIL_2, "has_rows", "fail", "0 rows"),
        Found("files", APRIL_2, "has_keys", "fail", "7 rows"),
        Found("jobs", APRIL_2, "ends", "fail", "3 of 4\nrows"),
    ]
    files, jobs = broken_contracts(found)
    assert (files.key, jobs.key) == ("contract/2025-04-02/files", "contract/2025-04-02/jobs")
    assert jobs.message == (
        "jobs 2025-04-02 breaks its contract and is not loaded: ends: 3 of 4 rows; has_rows: 0 rows"
    )


def test_a_volume_is_a_condition_of_its_own_and_as_grave_as_its_worst() -> None:
    found = [
        Found("jobs", APRIL_2, "volume_ratio", "fail", "0.2 of the usual volume"),
        Found("jobs", APRIL_2, "unknown_site_ratio", "warn", "0.4 above 0.3"),
    ]
    assert [(c.key, c.severity) for c in out_of_bounds(found)] == [
        ("volume/2025-04-02/jobs", "critical"),
        ("expectation/2025-04-02/jobs", "warning"),
    ]


def test_of_many_fields_that_drift_the_first_three_are_told() -> None:
    found = [Found("jobs", APRIL_2, f"field{n}", "warn", "is new") for n in range(5)]
    (condition,) = drifted_columns(found)
    assert condition.message == (
        "jobs 2025-04-02: field0: is new; field1: is new; field2: is new (and 2 more)"
    )


def test_a_workload_that_has_not_drifted_is_no_condition() -> None:
    assert list(drifted_workload([])) == []
    assert [c.key for c in drifted_workload(["cores: 0.3 from 0.1"])] == ["drift/workload"]


def test_a_key_does_not_depend_on_what_is_said() -> None:
    one = Condition("late", "critical", APRIL_2, "", "not there", "look")
    other = Condition("late", "warning", APRIL_2, "", "still not there", "look again")
    assert one.key == other.key
