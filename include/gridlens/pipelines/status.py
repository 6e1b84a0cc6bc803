"""Which days are there, and which of them still hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from gridlens.errors import NotFound
from gridlens.matching import Reading
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.models import PAIRS, models
from gridlens.pipelines.world import CHECKS, World, is_known
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.tables import TABLES
from gridlens.warehouse import ComputedDay
from gridlens.window import Day, Window


@dataclass(frozen=True)
class DayStatus:
    """The state of one day.

    Attributes:
        day: the day.
        state: ``missing`` (no slice), ``unavailable`` (before the source begins), ``empty``
            (every slice is), ``stale`` (something changed since), ``edge`` (computed while some
            days that it looks back on were not there) or ``complete``.
        because: for a stale or edge day, which table and why.
        was_whole: the day was loaded, matched and computed before, whatever has changed since.
    """

    day: Day
    state: str
    because: tuple[str, ...] = ()
    was_whole: bool = False


def loaded_days(store: SliceStore) -> list[Day]:
    """Days of which the source has had something to say, if only that there is nothing."""
    names = [name for name, table in TABLES.items() if table.cut != "dump"]
    return sorted(
        day
        for day in {d for name in names for d in store.days(name)}
        if any((m := store.manifest(name, day)) and is_known(m) for name in names)
    )


def status(settings: Settings, window: Window | None = None) -> list[DayStatus]:
    """The state of every day of the window; by default from the first known day to the last."""
    try:
        with open_lake(settings).reader() as lake:
            return status_in(lake, settings, window)
    except NotFound:
        because = ("no day is in the warehouse yet: `gridlens settle` loads them",)
        known = loaded_days(SliceStore(settings.slices))
        return [
            DayStatus(d, "stale", because) if d in known else DayStatus(d, "missing")
            for d in window or _all_days(known)
        ]


def status_in(
    lake: duckdb.DuckDBPyConnection, settings: Settings, window: Window | None = None
) -> list[DayStatus]:
    """The same, in the state that this reader reads; slices count as they are now."""
    reading = Reading()
    world = World.seen(settings, lake, models(reading), window)
    return [_day(world, reading, day) for day in window or _all_days(loaded_days(world.store))]


def _all_days(known: Sequence[Day]) -> Iterable[Day]:
    return Window(known[0], known[-1].plus(1)) if known else ()


def _day(world: World, reading: Reading, day: Day) -> DayStatus:
    manifests = [m for name in TABLES if (m := world.manifest(name, day))]
    if not manifests:
        return DayStatus(day, "missing")
    if all(m.state == "unavailable" for m in manifests):
        return DayStatus(day, "unavailable")
    if stale := world.stale_models(day, reading):
        because = tuple(f"{name}: {why}" for name, why in stale.items())
        return DayStatus(day, "stale", because, _was_whole(world, day))
    if all(m.state != "complete" for m in manifests if TABLES[m.table].cut != "dump"):
        return DayStatus(day, "empty")
    lacking = tuple(
        f"{record.table} lacks {_lacking(record)}"
        for (_, d), record in sorted(world.computed.items())
        if d == day and record.state == "edge"
    )
    return DayStatus(day, "edge" if lacking else "complete", lacking)


def _was_whole(world: World, day: Day) -> bool:
    """Whether each step has left something of the day, up to the last."""
    done = {table for table, d in world.computed if d == day}
    return {CHECKS, PAIRS} <= done and any(table.startswith("mart.") for table in done)


def _lacking(record: ComputedDay) -> str:
    """The inputs that were not there, days of one table together."""
    days: dict[str, list[str]] = {}
    for i in record.inputs:
        if i.checksum is None:
            days.setdefault(i.table, []).append(str(i.day))
    return ", ".join(
        f"{table} {found[0]}" + (f" to {found[-1]} ({len(found)} days)" if found[1:] else "")
        for table, found in days.items()
    )
