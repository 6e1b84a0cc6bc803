"""Is the warehouse whole: its catalog, every file that it names, each day's rows, its backups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

import duckdb

from gridlens.errors import GridlensError
from gridlens.pipelines.backup import backups, damaged_backups
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.findings import Check, Finding, Looked
from gridlens.settings import Settings
from gridlens.tables import TABLES
from gridlens.tables.identifiers import quoted
from gridlens.warehouse import LakeFile, check_catalog, lake_files, seals, why_wrong
from gridlens.warehouse.connection import require_catalog

MEND = "gridlens mend && gridlens settle"
BACK_UP = "gridlens upkeep back-up"
# Upkeep backs up once a day; one that was missed is none to worry about.
_BACKUP_DUE = timedelta(days=2)


def catalog_is_whole(settings: Settings) -> Iterator[Finding | Looked]:
    """The catalog can be read from end to end."""
    place = open_lake(settings).place
    try:
        require_catalog(place)
        if not place.catalog.exists():
            yield Looked(f"{place.folder}: there is no warehouse yet")
            return
        check_catalog(place.catalog)
    except GridlensError as error:
        again = "gridlens restore" if backups(settings) else f"mv {place.folder} {place.folder}.old"
        yield Finding(str(error), str(place.catalog), f"{again} && gridlens settle")
        return
    yield Looked(f"the catalog: {place.catalog.stat().st_size / 1e6:.1f} MB")


def files_are_whole(settings: Settings) -> Iterator[Finding | Looked]:
    """Each file that the catalog names is there, with its bytes."""
    files = _files(settings)
    known = seals(settings.warehouse)
    data = settings.warehouse / "data"
    for table, its in groupby(sorted(files, key=lambda f: f.table), key=lambda f: f.table):
        listed = list(its)
        for file, why in damaged_files(settings, listed, known):
            of = "" if file.end is None else ", which only former states need,"
            yield Finding(
                f"{table} {file.day or ''}: a file of it{of} {why}", str(data / file.path), MEND
            )
        bytes_, sealed = sum(f.bytes for f in listed), sum(f.path in known for f in listed)
        yield Looked(
            f"{table}: {len(listed)} files, {bytes_ / 1e6:.1f} MB, {sealed} of them by their sha256"
        )


def damaged_files(
    settings: Settings, files: Iterable[LakeFile], known: dict[str, str] | None = None
) -> Iterator[tuple[LakeFile, str]]:
    """The files that are not what was written, and why."""
    known = seals(settings.warehouse) if known is None else known
    for file in files:
        why = why_wrong(settings.warehouse, file, known.get(file.path))
        if why:
            yield file, why


def rows_are_right(settings: Settings) -> Iterator[Finding | Looked]:
    """Each day has as many rows as its record says, and core as many as its manifest."""
    if not _files(settings) or any(damaged_files(settings, _present(settings), {})):
        return
    with open_lake(settings).reader() as con:
        days = 0
        for table, found in counted_tables(con):
            days += len(found)
            yield from _wrong_days(table, found)
        yield from _unlike_manifests(con)
    yield Looked(f"rows of {days} days of tables: as their records and manifests say")


def miscounted_days(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str | None]]:
    """The days of tables that have another number of rows than their record says."""
    for table, found in counted_tables(con):
        yield from ((table, day) for day, rows, recorded in found if rows != recorded)


def counted_tables(
    con: duckdb.DuckDBPyConnection,
) -> Iterator[tuple[str, list[tuple[str, int, int]]]]:
    """Each table that is computed by the day: its days, their rows, and the recorded ones."""
    tables = con.execute(
        "select name, day_column from raw.models where day_column is not null "
        "and name in (select schema_name || '.' || table_name from duckdb_tables()) order by 1"
    ).fetchall()
    for table, day in tables:
        yield (
            table,
            con.execute(
                f"with found as (select {quoted(day)} as day, count(*) as n from {table} "
                "group by 1), recorded as (select day, rows from raw.computed_days "
                "where table_name = ?) "
                "select day::varchar, coalesce(n, 0), coalesce(rows, 0) "
                "from recorded full join found using (day) order by 1",
                [table],
            ).fetchall(),
        )


def _wrong_days(table: str, found: Iterable[tuple[str, int, int]]) -> Iterator[Finding]:
    for day, rows, recorded in found:
        if rows != recorded:
            what = f"{table} {day} has {rows:,} rows, but {recorded:,} were loaded"
            yield Finding(what, f"{table} {day}", MEND)


def _unlike_manifests(con: duckdb.DuckDBPyConnection) -> Iterator[Finding]:
    for name, table in TABLES.items():
        if table.cut == "dump":
            continue
        rows = f"select {quoted(table.day_column)} as day from core.{name}"
        if table.moves:
            rows += f" union all select {quoted(table.day_column)} from core.superseded_{name}"
        query = (
            f"select day::varchar, accepted, count(d.day) from raw.slices s "
            "semi join (select day from raw.computed_days where table_name = ?) c using (day) "
            f"left join ({rows}) d using (day) where s.table_name = ? "
            "group by all having accepted <> count(d.day) order by 1"
        )
        for day, accepted, found in con.execute(query, [f"core.{name}", name]).fetchall():
            what = f"core.{name} {day} has {found:,} rows, but its slice has {accepted:,}"
            yield Finding(what, f"core.{name} {day}", f"gridlens run-day {day} && gridlens settle")


def backups_are_whole(settings: Settings) -> Iterator[Finding | Looked]:
    """Each backup can be restored, and the last one is not too old."""
    for folder in damaged_backups(settings):
        yield Finding("the backup is not what was written", str(folder), f"rm -r {folder}")
    made = backups(settings)
    for backup in made[-1:]:  # older ones may lack what was mended since
        data = settings.warehouse / "data"
        lost = sum(not (data / file).exists() for file in backup.files)
        if lost:
            what = f"{lost} of the {len(backup.files)} files that the last backup needs are gone"
            yield Finding(what, str(settings.backups / backup.name), BACK_UP)
    yield Looked(f"{len(made)} backups of the catalog")
    if _files(settings):
        yield from _last_backup(settings, made[-1].made_at if made else None)


def _last_backup(settings: Settings, made_at: datetime | None) -> Iterator[Finding]:
    with open_lake(settings).reader() as con:
        query = "select min(epoch(snapshot_time)), max(epoch(snapshot_time)) from lake.snapshots()"
        first, last = con.execute(query).fetchone() or (0.0, 0.0)
    since = made_at or datetime.fromtimestamp(first, UTC)
    is_changed = last > since.timestamp()
    if is_changed and datetime.now(UTC) - since > _BACKUP_DUE:
        what = f"the catalog was last backed up on {made_at:%Y-%m-%d}" if made_at else "no backup"
        yield Finding(
            f"{what}, and the warehouse has changed since",
            str(settings.backups),
            BACK_UP,
        )


def _files(settings: Settings) -> list[LakeFile]:
    """All files of the lake; none where there is no catalog that can be read."""
    catalog = open_lake(settings).place.catalog
    try:
        return lake_files(catalog)
    except GridlensError:
        return []  # `catalog_is_whole` tells of it


def _present(settings: Settings) -> list[LakeFile]:
    return [file for file in _files(settings) if file.end is None]


LAKE_CHECKS: tuple[Check, ...] = (catalog_is_whole, files_are_whole, rows_are_right)
