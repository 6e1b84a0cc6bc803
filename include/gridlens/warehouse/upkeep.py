"""Keeping the lake small and quick: old states, files that nobody needs, many small files."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree

import duckdb

from gridlens.warehouse.catalog import LakeFile, discarded_files, forget_files, lake_files
from gridlens.warehouse.connection import connect
from gridlens.warehouse.lake import Lake
from gridlens.warehouse.transaction import insistently

# Of a file's rows, the share that must have been deleted for the rest to be written anew.
REWRITE_FROM = 0.3


def expire_snapshots(lake: Lake, before: datetime, kept: Collection[int] = ()) -> list[int]:
    """Give up the states that were written before this time; the present one always stays.

    Files that only they needed are discarded, but not removed yet.

    Args:
        lake: the lake.
        before: UTC.
        kept: states that stay whatever their age.

    Returns:
        The states that can no longer be read.
    """
    with lake.writer() as con:
        found = con.execute(
            "select snapshot_id from lake.snapshots() where snapshot_time < ?::timestamptz "
            "and snapshot_id <> (select id from lake.current_snapshot()) order by 1",
            [before.isoformat()],
        ).fetchall()
        return expire(con, [n for (n,) in found if n not in kept])


def expire(con: duckdb.DuckDBPyConnection, states: list[int]) -> list[int]:
    """Give up exactly these states."""
    if states:
        con.execute(
            f"select snapshot_id from ducklake_expire_snapshots('lake', versions => {states})"
        ).fetchall()
    return states


def compact(lake: Lake) -> dict[str, int]:
    """Move rows out of the catalog, merge small files of a day, drop rows that were deleted.

    Replaced rows of the ledger stay in the catalog for ever otherwise, and every look at the
    ledger reads past them. Each of the three is a transaction of its own; nothing changes for a
    reader, and former states stay as they are.

    Returns:
        Rows moved out of the catalog; files that were merged, and rewritten.
    """
    with lake.writer() as con:
        flushed = con.execute("from ducklake_flush_inlined_data('lake')").fetchall()
        merged = con.execute("from ducklake_merge_adjacent_files('lake')").fetchall()
        rewritten = con.execute(
            f"from ducklake_rewrite_data_files('lake', delete_threshold => {REWRITE_FROM})"
        ).fetchall()
    return {
        "rows out of the catalog": sum(rows for *_, rows in flushed),
        "files merged": sum(files for *_, files, _ in merged),
        "files rewritten": sum(files for *_, files, _ in rewritten),
    }


def remove_files(lake: Lake, needed: Collection[str], oldest: datetime, age_s: float) -> list[Path]:
    """Remove what was discarded, what killed writers left, and their staging folders.

    Args:
        lake: the lake.
        needed: files, below the folder of the data, that stay though this catalog does not name
            them: those of backups.
        oldest: time of the oldest backup, UTC: what was discarded later may be needed by it.
        age_s: leave alone what is younger: a reader, or a writer that lives on after its lock.

    Returns:
        What was removed.
    """
    limit = time.time() - age_s
    # DuckLake compares this time as text with what its SQLite catalog holds, and takes all of the
    # same day for older: a day less is on the safe side.
    before = min(oldest, datetime.fromtimestamp(limit, UTC)) - timedelta(days=1)
    with lake.writer() as con:
        discarded = con.execute(
            "from ducklake_cleanup_old_files('lake', older_than => ?::timestamptz)",
            [before.isoformat()],
        ).fetchall()
        orphans = [path for path in orphaned_files(lake, needed) if _is_older(path, limit)]
        for path in orphans:
            path.unlink()
        left = [path for path in leftovers(lake) if _is_older(path, limit)]
        for path in left:
            rmtree(path) if path.is_dir() else path.unlink()
    return [*(Path(path) for (path,) in discarded), *orphans, *left]


def orphaned_files(lake: Lake, needed: Collection[str]) -> list[Path]:
    """Files of data that neither the catalog nor ``needed`` names."""
    data = lake.place.folder / "data"
    catalog = lake.place.catalog
    named = {file.path for file in lake_files(catalog)} | discarded_files(catalog) | {*needed}
    return [
        p for p in sorted(data.rglob("*.parquet")) if p.relative_to(data).as_posix() not in named
    ]


def leftovers(lake: Lake) -> list[Path]:
    """Staging folders, and files of queries too large for memory: each ends with its process."""
    return sorted(p for kind in ("staging/*", "spill*") for p in lake.place.folder.glob(kind))


def _is_older(path: Path, limit: float) -> bool:
    with suppress(FileNotFoundError):  # its process has just ended
        return path.stat().st_mtime < limit
    return False


def forget(lake: Lake, files: Collection[LakeFile]) -> int:
    """Let the lake do without these files, and without the former states that need them.

    Returns:
        How many former states can no longer be read.
    """
    if not files:
        return 0
    with lake.locked():
        if any(file.end is None for file in files):
            forget_files(lake.place.catalog, [file for file in files if file.end is None])
        con = connect(lake.place, read_only=False)
        try:
            found = con.execute(
                "select snapshot_id from lake.snapshots() "
                "where snapshot_id <> (select id from lake.current_snapshot()) order by 1"
            ).fetchall()
            broken = [n for (n,) in found if any(_needs(n, file) for file in files)]
            return len(expire(con, broken))
        finally:
            con.close()


def forget_records(lake: Lake, records: Collection[tuple[str, str | None]]) -> None:
    """Let the ledger forget what these days of tables were computed from: they become stale.

    Args:
        lake: the lake.
        records: tables with the day; no day: all days of the table.
    """

    def work(con: duckdb.DuckDBPyConnection) -> None:
        for table, day in records:
            con.execute(
                "delete from raw.computed_days where table_name = $table "
                "and ($day is null or day = $day::date)",
                {"table": table, "day": day},
            )

    with lake.writer() as con:
        insistently(con, work)


def _needs(state: int, file: LakeFile) -> bool:
    return file.begin <= state and (file.end is None or state < file.end)
