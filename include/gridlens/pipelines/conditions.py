"""Look at slices, ledger and models of the workload, and say what is wrong now."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

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
    failed_steps,
    old_backup,
    out_of_bounds,
    unreadable_slices,
)
from gridlens.disk import publish_text
from gridlens.errors import NotFound, SliceError, SnapshotBroken, WarehouseDamaged
from gridlens.generator import snapshots
from gridlens.pipelines.backup import backups
from gridlens.pipelines.broken import broken_rules
from gridlens.pipelines.gate import snapshots_root
from gridlens.pipelines.refit_due import DRIFT_DAYS, drift
from gridlens.pipelines.status import DayStatus, loaded_days, status_in
from gridlens.pipelines.training import last_run
from gridlens.pipelines.waiting_rows import waiting
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.warehouse import DRIFT, read_ledger
from gridlens.window import Day, Window

log = logging.getLogger(__name__)

# As raw.task_runs names the steps of gridlens_upkeep and gridlens_settle.
_STEPS = [
    "prune",
    "expire states",
    "compact files",
    "clean up",
    "check integrity",
    "back up",
    "settle",
    "publish",
]


class Look(NamedTuple):
    """What is wrong, and whether all could be looked at: some slice may not be readable."""

    found: list[Condition]
    is_whole: bool


def conditions(lake: duckdb.DuckDBPyConnection, settings: Settings, now: datetime) -> Look:
    """All that is wrong with the warehouse, as the alerts' rules say.

    Args:
        lake: a connection to the warehouse.
        settings: where everything rests, and the limits.
        now: naive UTC.
    """
    found = [*failed_steps(_failed(lake, settings)), *_backup(lake, settings, now)]
    try:
        return Look([*found, *_of_days(lake, settings, now)], True)
    except SliceError as error:
        return Look([*found, unreadable_slices(str(error))], False)


def _of_days(lake: duckdb.DuckDBPyConnection, settings: Settings, now: datetime) -> list[Condition]:
    """What is wrong with days; none where no day is known."""
    limits = limits_of(settings)
    first = limits.first_day(now)
    days = status_in(lake, settings, _window(settings, now))
    return [
        *days_behind(map(_seen, days), now, limits, _late(lake)),
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


def _failed(lake: duckdb.DuckDBPyConnection, settings: Settings) -> dict[str, str]:
    """What the last run of each step failed with, of those that did."""
    rows = lake.execute(
        "select task, max_by(struct_pack(started_at, state, error), started_at) "
        "from raw.task_runs where list_contains(?, task) group by task",
        [_STEPS],
    ).fetchall()
    runs = dict(rows)
    # A step that fails writes no row itself: the next writer takes it in from its file.
    for row in waiting(settings.task_runs).values():
        task = row["task"]
        if task in _STEPS and (task not in runs or row["started_at"] > runs[task]["started_at"]):
            runs[task] = row
    return {task: run["error"] for task, run in runs.items() if run["state"] == "failed"}


def _backup(
    lake: duckdb.DuckDBPyConnection, settings: Settings, now: datetime
) -> Iterator[Condition]:
    """Where a backup was ever made, and something has changed since the last."""
    try:
        made = backups(settings)
    except WarehouseDamaged as error:  # upkeep fails by it as well, and that is told
        log.warning("%s", error)
        return
    if made and made[-1].snapshot != read_ledger(lake)[0]:
        yield from old_backup(made[-1].made_at.replace(tzinfo=None), now)


def _late(lake: duckdb.DuckDBPyConnection) -> set[date]:
    """Days of which people know that they are late."""
    rows = lake.execute(
        "select day from raw.alerts where kind = 'late' and closed_at is null"
    ).fetchall()
    return {day for (day,) in rows}


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
    except SnapshotBroken as error:  # it says nothing of the workload
        log.warning("nothing is known of a drift of the workload: %s", error)
        return []
    asked, path = f"{champion} {window}", settings.alerts / "drift.json"
    known = _known_notes(path)
    if asked not in known:
        known = {asked: _drift_notes(settings)}
        publish_text(json.dumps(known), path)
    return list(known[asked])


def _known_notes(path: Path) -> dict[str, list[str]]:
    """What was found before; a file that cannot be read is written anew."""
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (ValueError, TypeError) as error:
        log.warning("%s is torn and is written anew: %s", path, error)
        return {}


def _drift_notes(settings: Settings) -> list[str]:
    try:
        told = drift(settings)
    except NotFound:  # the champion's state has expired: refit_generator says so
        return []
    return list(told.notes) if told.numbers["drifted"] else []
