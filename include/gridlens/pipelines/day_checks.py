"""Do the days hold: none stale, none missing in the middle, none of a time still to come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import duckdb

from gridlens.errors import NotFound, SliceError, WarehouseDamaged
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.findings import Check, Finding, Looked
from gridlens.pipelines.status import DayStatus, status
from gridlens.settings import Settings

# Clocks of two machines differ by less where they are kept.
_SKEW_S = 300.0


def days_hold(settings: Settings) -> Iterator[Finding | Looked]:
    """Each day between the first and the last is there, and what was computed of it holds."""
    try:
        days = status(settings)
    except (SliceError, WarehouseDamaged, duckdb.Error):
        yield Looked("the days: not told, because of what is damaged")
        return
    yield from _wrong_days(days)
    told = f"{days[0].day} to {days[-1].day}" if days else "none"
    yield Looked(f"{len(days)} days, {told}")


def _wrong_days(days: Sequence[DayStatus]) -> Iterator[Finding]:
    for day in days:
        if day.state == "stale":
            what = f"the day is stale: {day.because[0]}"
            yield Finding(what, str(day.day), "gridlens settle")
        elif day.state == "missing":
            what = "the day is missing, and days before and after it are there"
            yield Finding(what, str(day.day), f"gridlens run-day {day.day}")


def clock_is_right(settings: Settings) -> Iterator[Finding | Looked]:
    """No state of the warehouse is of a time still to come."""
    now = datetime.now(UTC).timestamp()
    try:
        with open_lake(settings).reader() as con:
            query = "select max(epoch(snapshot_time)) from lake.snapshots()"
            (last,) = con.execute(query).fetchone() or (None,)
    except (NotFound, WarehouseDamaged):
        return
    if last is not None and last > now + _SKEW_S:
        when = datetime.fromtimestamp(last, UTC)
        what = f"the last state of the warehouse is of {when:%Y-%m-%d %H:%M} UTC, still to come"
        yield Finding(f"{what}: a clock is wrong", str(settings.warehouse), "timedatectl")


DAY_CHECKS: tuple[Check, ...] = (days_hold, clock_is_right)
