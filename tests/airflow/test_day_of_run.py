"""Which day a run means, for every way of starting one (docs/decisions/0001)."""

import datetime as dt
from types import SimpleNamespace

import pytest

from gridlens.errors import SettingsError
from gridlens.window import Day
from gridlens_airflow.day import day_of_run

FIFTH = Day.parse("2026-01-05")


def context(*, run_type, day=None, partition_key=None, interval_start=None):
    start = dt.datetime.fromisoformat(interval_start) if interval_start else None
    run = SimpleNamespace(
        run_id="the-run",
        run_type=run_type,
        partition_key=partition_key,
        data_interval_start=start,
    )
    return {"params": {"day": day}, "dag_run": run}


def test_a_run_by_hand_without_a_day_is_refused_and_told_what_to_add():
    with pytest.raises(SettingsError, match=r"'the-run' names no day.*\"day\": \"2025-04-01\""):
        day_of_run(context(run_type="manual"))


def test_a_run_by_hand_for_a_logical_date_is_refused_as_its_interval_is_the_day_before():
    picked_the_sixth = context(run_type="manual", interval_start="2026-01-05T00:00:00+00:00")

    with pytest.raises(SettingsError, match="names no day"):
        day_of_run(picked_the_sixth)


def test_a_backfill_whose_conf_holds_one_day_is_refused_for_all_other_days():
    with pytest.raises(SettingsError, match="stands for 2026-01-06, but its parameter day is"):
        day_of_run(context(run_type="backfill", partition_key="2026-01-06", day="2026-01-05"))


@pytest.mark.parametrize("written", ["5 Jan", "2026-02-30", "2026-01-05T00:00:00"])
def test_a_malformed_day_is_refused(written):
    with pytest.raises(SettingsError, match="YYYY-MM-DD"):
        day_of_run(context(run_type="manual", day=written))


@pytest.mark.parametrize("written", ["5 Jan", "2026-01-05T00:00:00"])
def test_a_malformed_partition_key_is_refused(written):
    with pytest.raises(SettingsError, match="YYYY-MM-DD"):
        day_of_run(context(run_type="manual", partition_key=written))


@pytest.mark.parametrize(
    "started",
    [
        pytest.param({"run_type": "scheduled", "partition_key": "2026-01-05"}, id="schedule"),
        pytest.param({"run_type": "backfill", "partition_key": "2026-01-05"}, id="backfill"),
        pytest.param({"run_type": "manual", "partition_key": "2026-01-05"}, id="REST, partition"),
        pytest.param({"run_type": "manual", "day": "2026-01-05"}, id="UI or REST, day"),
        pytest.param(
            {"run_type": "backfill", "partition_key": "2026-01-05", "day": "2026-01-05"},
            id="backfill of one day that also names it",
        ),
        pytest.param(
            {
                "run_type": "manual",
                "day": "2026-01-05",
                "interval_start": "2026-11-21T09:57:11+00:00",
            },
            id="dag.test, day and the interval it makes up",
        ),
        pytest.param(
            {"run_type": "scheduled", "interval_start": "2026-01-05T00:00:00+00:00"},
            id="schedule with intervals",
        ),
        pytest.param(
            {"run_type": "backfill", "interval_start": "2026-01-05T00:00:00+00:00"},
            id="backfill with intervals",
        ),
        pytest.param(
            {"run_type": "scheduled", "interval_start": "2026-01-06T01:00:00+02:00"},
            id="an interval written in another zone",
        ),
    ],
)
def test_a_run_means_its_day_however_it_was_started(started):
    assert day_of_run(context(**started)) == FIFTH


def test_a_cleared_run_means_the_same_day_as_before():
    first_try = context(run_type="manual", day="2026-01-05")

    # Airflow keeps conf and partition key when a run is cleared; only the try number moves.
    assert day_of_run(first_try) == day_of_run(first_try) == FIFTH


def test_the_run_types_of_airflow_are_recognised_as_they_come():
    from airflow.sdk.api.datamodels._generated import DagRunType

    scheduled = context(run_type=DagRunType.SCHEDULED, interval_start="2026-01-05T00:00:00+00:00")

    assert day_of_run(scheduled) == FIFTH
