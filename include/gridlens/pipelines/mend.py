"""Let the warehouse forget its damaged files, so that settling computes their days again."""

from __future__ import annotations

from collections.abc import Iterable

from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.full_disk import says_when_full
from gridlens.pipelines.lake_checks import damaged_files, miscounted_days
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.world import CHECKS
from gridlens.settings import Settings
from gridlens.tables import TABLES
from gridlens.warehouse import RAW_TABLES, LakeFile, forget, forget_records, lake_files

LEDGER = "raw.computed_days"


@says_when_full
def mend(settings: Settings) -> Report:
    """Forget damaged files, the former states that need them, and the records of their days.

    A forgotten day is stale; `gridlens settle` computes it again from its slices. Rows of logs
    (raw.task_runs and the like) and of days whose slices were pruned are lost, and so are former
    states that held a damaged file. Each of the three steps can be done again.

    Raises:
        NotFound: there is no warehouse.
        WarehouseDamaged: its catalog cannot be read; that is for `gridlens restore`.
        WarehouseBusy: another process is writing, for longer than the timeout.
    """
    watch = Stopwatch()
    lake = open_lake(settings)
    damaged = [file for file, _ in damaged_files(settings, lake_files(lake.place.catalog))]
    # The ledger must be readable before a record of it can go, and the damage must be known
    # until its record has gone: so its own files first, all others last.
    forgotten = forget(lake, [file for file in damaged if file.table == LEDGER])
    days = {_record(file.table, file.day) for file in damaged if file.end is None}
    forget_records(lake, days)
    forgotten += forget(lake, [file for file in damaged if file.table != LEDGER])
    with lake.reader() as con:
        miscounted = {_record(table, day) for table, day in miscounted_days(con)}
    forget_records(lake, miscounted)
    numbers: dict[str, int | float | str] = {
        "damaged files": len(damaged),
        "former states given up": forgotten,
        "days of tables to compute again": len(days | miscounted),
    }
    return Report("mend", None, numbers, _notes(damaged), watch.seconds)


def _record(table: str, day: str | None) -> tuple[str, str | None]:
    """The ledger's record that stands for the rows of this table and day."""
    schema, _, name = table.partition(".")
    moving = name.removeprefix("superseded_")
    if schema == "raw":
        return CHECKS, None  # a file of raw holds rows of many days
    return (f"core.{moving}", day) if moving in TABLES else (table, day)


def _notes(damaged: Iterable[LakeFile]) -> tuple[str, ...]:
    logs = {f"raw.{t.name}" for t in RAW_TABLES.values() if t.is_log}
    lost = sorted({f.table for f in damaged if f.end is None} & logs)
    told = [f"rows of {table} are lost: they tell of runs, not of data" for table in lost]
    return (*told, "next: `gridlens settle`")
