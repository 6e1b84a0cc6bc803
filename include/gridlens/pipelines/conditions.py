"""Look at slices, ledger and models of the workload, and say what is wrong now."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import duckdb

from gridlens.alerts import (
    Condition,
    DaySeen,
    Found,
    Limits,
    broken_contracts,
    days_behind,
    drifted_columns,
    drifted_workload,
    out_of_bounds,
)
from gridlens.errors import NotFound, SnapshotBroken
from gridlens.generator import snapshots
from gridlens.pipelines.broken import broken_rules
from gridlens.pipelines.gate import snapshots_root
from gridlens.pipelines.refit_due import DRIFT_DAYS, drift
from gridlens.pipelines.status import DayStatus, loaded_days, status_in
from gridlens.pipelines.training import last_run
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.warehouse import DRIFT
from gridlens.window import Day, Window


def conditions(
    lake: duckdb.DuckDBPyConnection, settings: Settings, now: datetime
) -> list[Condition]:
    """All that is wrong with the warehouse, as the alerts' rules say; none where no day is known.

    Args:
        lake: a connection to the warehouse.
        settings: where everything rests, and the limits.
        now: naive UTC.
    """
    limits = limits_of(settings)
    first = limits.first_day(now)
    days = status_in(lake, settings, _window(settings, now))
    return [
        *days_behind(map(_seen, days), now, limits),
        *broken_contracts(broken_rules(settings)),
        *out_of_bounds(_unexpected(lake, first)),
        *drifted_columns(_drifted(lake, first)),
        *drifted_workload(_workload(settings, days)),
    ]


def limits_of(settings: Settings) -> Limits:
    """When what is wrong is worth an alert."""
    return Limits(
        timedelta(hours=settings.deadline_h), timedelta(hours=settings.stale_h), settings.alert_days
    )


def _window(settings: Settings, now: datetime) -> Window | None:
    """From the first known day to yesterday, or to the last known one; None: no day is known."""
    known = loaded_days(SliceStore(settings.slices))
    return Window(known[0], max(known[-1].plus(1), Day(now.date()))) if known else None


def _seen(day: DayStatus) -> DaySeen:
    return DaySeen(day.day, day.state, day.was_whole, day.because[0] if day.because else "")


def _drifted(lake: duckdb.DuckDBPyConnection, first: Day) -> list[Found]:
    rows = lake.execute(
        f"select table_name, day, field, message from {DRIFT.name} where day >= ?", [first.date]
    ).fetchall()
    return [Found(table, Day(day), field, "warn", text) for table, day, field, text in rows]


def _unexpected(lake: duckdb.DuckDBPyConnection, first: Day) -> list[Found]:
    rows = lake.execute(
        "select table_name, day, measure, status, message from raw.expectation_results "
        "where day >= ? and status <> 'pass'",
        [first.date],
    ).fetchall()
    return [Found(table, Day(day), *rest) for table, day, *rest in rows]


def _workload(settings: Settings, days: list[DayStatus]) -> list[str]:
    """How the workload has drifted; told anew only when other days or another champion are there.

    It reads all jobs of these days, and those that the champion learned.
    """
    window = last_run(days, DRIFT_DAYS)
    if window is None or len(list(window)) < DRIFT_DAYS:
        return []
    try:
        champion = snapshots.champion(snapshots_root(settings)).id
    except NotFound:
        return []
    except SnapshotBroken as error:
        return [str(error)]
    asked, path = f"{champion} {window}", settings.alerts / "drift.json"
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if asked not in known:
        known = {asked: _drift_notes(settings)}
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(json.dumps(known), encoding="utf-8")
        draft.replace(path)
    return list(known[asked])


def _drift_notes(settings: Settings) -> list[str]:
    try:
        told = drift(settings)
    except NotFound:  # the champion's state has expired: refit_generator says so
        return []
    return list(told.notes) if told.numbers["drifted"] else []
