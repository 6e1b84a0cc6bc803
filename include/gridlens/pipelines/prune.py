"""Give up old slices and their quarantine; the days stay in the warehouse."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from gridlens.matching import Reading
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.full_disk import says_when_full
from gridlens.pipelines.models import models
from gridlens.pipelines.raw import slice_row
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.settle import sweep_slices
from gridlens.pipelines.task_runs import recorded, write
from gridlens.pipelines.world import World
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.tables import TABLES
from gridlens.warehouse import Lake
from gridlens.window import Day


@recorded("prune")
@says_when_full
def prune(settings: Settings, today: Day | None = None) -> Report:
    """Give up slices older than the operator keeps them, and their quarantined documents.

    The manifest stays and says so; the warehouse keeps the rows of core and mart, and the day is
    not stale for it. What cannot be done again: a day that was pruned is computed again only
    after it was extracted again. Kept whatever their age: dumps, for they speak for later days;
    days that a kept day's jobs look back on; and days that are stale or not loaded.

    Manifests first, then the warehouse in one transaction, then the files, a day later: each
    rerun ends what another began.

    Args:
        settings: how long slices are kept, and where.
        today: from which their age counts; None: the present day, UTC.

    Raises:
        NotFound: there is no warehouse.
        WarehouseBusy: another process is writing, for longer than the timeout.
    """
    watch = Stopwatch()
    if settings.keep_slices_days is None:
        note = "all slices are kept: GRIDLENS_KEEP_SLICES_DAYS is not set"
        return Report("prune", None, {"slices": 0}, (note,), watch.seconds)
    reading = Reading()
    kept_days = settings.keep_slices_days + (reading.lookback_days or 0)
    first_kept = (today or Day(datetime.now(UTC).date())).plus(-kept_days)
    lake, store = open_lake(settings), SliceStore(settings.slices)
    world = World.look(settings, lake, models(reading))
    old = [day for day in _days(store) if day < first_kept and not world.stale_models(day, reading)]
    pruned = [store.prune(name, day) for day in old for name in _cut_tables()]
    dropped = _show(settings, lake, [m for day in old for m in _pruned(store, day)])
    removed, notes = sweep_slices(settings, lake)
    numbers: dict[str, int | float | str] = {
        "slices": sum(pruned),
        "days": len(old),
        "no longer shown": dropped,
        "files removed": removed,
    }
    return Report(f"prune up to {first_kept.plus(-1)}", None, numbers, notes, watch.seconds)


def _cut_tables() -> list[str]:
    return [name for name, table in TABLES.items() if table.cut != "dump"]


def _days(store: SliceStore) -> list[Day]:
    return sorted({day for name in _cut_tables() for day in store.days(name)})


def _pruned(store: SliceStore, day: Day) -> Iterable[Manifest]:
    found = (store.manifest(name, day) for name in _cut_tables())
    return [manifest for manifest in found if manifest is not None and manifest.pruned]


def _show(settings: Settings, lake: Lake, pruned: Iterable[Manifest]) -> int:
    """Let the warehouse show these slices and their quarantine no more; how many it showed."""
    with lake.reader() as con:
        query = "select table_name, day from raw.slices where file is not null"
        shown = set(con.execute(query).fetchall())
    rows = [slice_row(m) for m in pruned if (m.table, m.day.date) in shown]
    if rows:
        write(settings, lake, raw_rows={"slices": rows, "quarantine": []})
    return len(rows)
