"""Marts and small core tables as one plain DuckDB file a state of the warehouse, and a pointer."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

import duckdb

from gridlens.errors import NotFound, PublishFailed
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.full_disk import says_when_full
from gridlens.pipelines.mart_rows import snapshot
from gridlens.pipelines.plain_tables import AS_OF, GROWING, plain_tables
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.pipelines.status import DayStatus, status_in
from gridlens.pipelines.task_runs import note, recorded
from gridlens.settings import Settings
from gridlens.warehouse import RAW_TABLES, table_checksum, write_plain_file, writer_lock

log = logging.getLogger(__name__)

POINTER = "gridlens.duckdb"
KEPT = 7
_UNFINISHED = ".unfinished-"

State: TypeAlias = tuple[int, datetime]


@recorded("publish")
@says_when_full
def publish_file(settings: Settings, *, only_settled: bool = False, kept: int = KEPT) -> Report:
    """Publish the warehouse's present state as a plain DuckDB file, and point to it.

    The file is written aside and the pointer replaced by rename: whoever has an older file open
    keeps reading it. What is published already is not written again, whatever its state is called.

    Args:
        settings: where the warehouse is; the files go into ``published`` beside it.
        only_settled: publish nothing while a day is stale; settling will.
        kept: how many files stay, the newest.

    Raises:
        NotFound: there is no warehouse, or no day in it.
        PublishFailed: the file could not be written, as on a full disk.
        WarehouseBusy: another process is publishing, for longer than the timeout.
    """
    watch = Stopwatch()
    with open_lake(settings).reader() as lake:
        settings.published.mkdir(parents=True, exist_ok=True)
        with writer_lock(settings.published, settings.lock_timeout_s):
            lake.execute("begin transaction")  # the days and all tables are of one state
            state = snapshot(lake)
            days = _days(lake, settings)
            stale = sum(day.state == "stale" for day in days)
            if only_settled and stale:
                because = "nothing is published while days are stale; `gridlens settle` comes first"
                return Report("publish", None, {"stale days": stale}, (because,), watch.seconds)
            path, rows = _file(lake, settings.published, state, days)
            if rows:
                _point(settings.published / POINTER, path)
            removed = _remove_old(settings.published, path, kept)
    written = sum(rows.values())
    note(rows_out=written, bytes=path.stat().st_size if rows else 0, fingerprint=path.stem)
    numbers = {"tables": len(rows), "rows": written, "files removed": removed}
    if not rows:
        numbers = {"unchanged": 1, "files removed": removed}
    return Report("publish", None, numbers, (str(path),), watch.seconds)


def _days(lake: duckdb.DuckDBPyConnection, settings: Settings) -> list[DayStatus]:
    """The days that are published: all that the source had, if only to say there is nothing."""
    found = status_in(lake, settings)
    days = [day for day in found if day.state not in ("missing", "unavailable")]
    if not days:
        raise NotFound(
            f"no day is in the warehouse of {settings.home}, so there is nothing to publish: "
            "`gridlens run-day DAY` loads one"
        )
    return days


def _file(
    lake: duckdb.DuckDBPyConnection, folder: Path, state: State, days: Sequence[DayStatus]
) -> tuple[Path, dict[str, int]]:
    """The file of this state, and the rows that were written for it: none if all is published."""
    _remove_unfinished(folder)
    now, pointer = _fingerprint(lake, days), folder / POINTER
    if _published_fingerprint(pointer) == now:
        return pointer.resolve(), {}
    path = folder / f"gridlens-{state[0]}.duckdb"
    unfinished = folder / f"{_UNFINISHED}{path.name}"
    try:
        rows = write_plain_file(lake, unfinished, plain_tables(state, days, now))
        unfinished.chmod(0o444)
        unfinished.replace(path)
    except (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException) as error:
        free = shutil.disk_usage(folder).free / 1e9
        raise PublishFailed(
            f"{path} could not be written, and what was published stays: make room on its disk "
            f"({free:.1f} GB are free), then `gridlens publish` ({str(error).splitlines()[0]})"
        ) from error
    finally:
        _remove_unfinished(folder)
    return path, rows


def _fingerprint(lake: duckdb.DuckDBPyConnection, days: Sequence[DayStatus]) -> str:
    """Changes when anything does that the file is made from; the ledger tells of core and mart."""
    tables = sorted({f"raw.{name}" for name in RAW_TABLES} - GROWING)
    told = [version("gridlens"), repr(days), *(table_checksum(lake, name) for name in tables)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:32]


def _remove_unfinished(folder: Path) -> None:
    """Remove what a publisher has left behind, its write-ahead log included."""
    for left in folder.glob(f"{_UNFINISHED}*"):
        left.unlink()


def _published_fingerprint(pointer: Path) -> str | None:
    """What the present file was made from; None where there is none, or it cannot be read."""
    if not pointer.exists():
        return None
    try:
        with duckdb.connect(str(pointer), read_only=True) as con:
            found = con.execute(f"select fingerprint from {AS_OF}").fetchone()
    except duckdb.Error as error:
        log.warning("%s is damaged or of an earlier version, and written anew: %s", pointer, error)
        return None
    return str(found[0]) if found else None


def _point(pointer: Path, path: Path) -> None:
    new = pointer.with_name(f"{_UNFINISHED}{pointer.name}")
    new.symlink_to(path.name)
    new.replace(pointer)


def _remove_old(folder: Path, current: Path, kept: int) -> int:
    """Remove all files but the newest; who has one of them open still reads it."""
    files = sorted(folder.glob("gridlens-*.duckdb"), key=lambda f: f.stat().st_mtime)
    old = [file for file in files if file != current][: max(len(files) - kept, 0)]
    for file in old:
        file.unlink()
    return len(old)
