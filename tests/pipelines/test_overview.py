"""What the page of the days is told."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.overview import _open_alerts, overview
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.tables import TABLES
from gridlens.window import Day

FIRST, LAST = Day.parse("2025-04-01"), Day.parse("2025-04-04")


def days_with_jobs(home: Path) -> Settings:
    store = SliceStore(home / "slices")
    for day in (FIRST, LAST):
        with store.writer(TABLES["jobs"], day) as writer:
            writer.finish({})
    return Settings(home=home)


def test_the_last_days_come_first_and_the_others_are_counted(tmp_path: Path) -> None:
    seen = overview(days_with_jobs(tmp_path), most=3)
    assert [str(day.status.day) for day in seen.days] == ["2025-04-04", "2025-04-03", "2025-04-02"]
    assert [day.status.state for day in seen.days] == ["stale", "missing", "missing"]
    assert seen.earlier == 1


def test_one_day_is_seen_alone(tmp_path: Path) -> None:
    seen = overview(days_with_jobs(tmp_path), FIRST)
    assert [day.status.day for day in seen.days] == [FIRST]


def test_a_warehouse_without_alerts_and_none_at_all_have_no_open_ones(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert _open_alerts(settings) == []
    open_lake(settings).initialise([])
    assert _open_alerts(settings) == []


def test_alerts_that_are_not_closed_are_told(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    lake = open_lake(settings)
    lake.initialise([])
    with lake.writer() as con:
        con.execute(
            "create or replace view mart.alerts as select * from (values "
            "('a', 'open', date '2025-04-01'), ('b', 'acknowledged', null), "
            "('c', 'closed', date '2025-04-01')) as alerts(alert_id, state, day)"
        )
    assert [(row["alert_id"], row["day"]) for row in _open_alerts(settings)] == [
        ("a", date(2025, 4, 1)),
        ("b", None),
    ]
