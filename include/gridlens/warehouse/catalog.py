"""The catalog as a file of its own: which data files it names, a copy of it, and forgetting files.

DuckLake keeps its catalog in tables with a published layout; these are read here as they are, so
that a lake with a damaged file can be looked at and mended where a query would only fail.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from gridlens.errors import NotFound, WarehouseDamaged

_BUSY_S = 10.0
# A table's row is written anew when it is renamed; the last one counts.
_TABLES = """
select t.table_id, s.schema_name || '.' || t.table_name as name,
    iif(s.path_is_relative, s.path, '') || t.path as path, max(t.begin_snapshot)
from ducklake_table t join (select schema_id, schema_name, path, path_is_relative,
    max(begin_snapshot) from ducklake_schema group by schema_id) s using (schema_id)
group by t.table_id"""
_FILES = f"""
with tables as ({_TABLES}),
days as (
    select data_file_id, partition_value from ducklake_file_partition_value
    where partition_key_index = 0
),
files as (
    select data_file_id, table_id, begin_snapshot, end_snapshot, path, record_count,
        file_size_bytes from ducklake_data_file
    union all
    select data_file_id, table_id, begin_snapshot, end_snapshot, path, null,
        file_size_bytes from ducklake_delete_file
)
select f.data_file_id, t.name, t.path || f.path, d.partition_value, f.record_count,
    f.file_size_bytes, f.begin_snapshot, f.end_snapshot
from files f join tables t using (table_id) left join days d using (data_file_id)
order by 3"""


@dataclass(frozen=True)
class LakeFile:
    """One file that the catalog names.

    Attributes:
        id: the catalog's number of the data file; a file of deletes has that of its data file.
        table: with its schema.
        path: below the folder of the data.
        day: the day of its rows; None where the table is not kept by the day.
        rows: how many it holds; None for a file of deletes.
        bytes: its size.
        begin: first state of the lake that needs it.
        end: first state that needs it no more; None: the present one needs it.
    """

    id: int
    table: str
    path: str
    day: str | None
    rows: int | None
    bytes: int
    begin: int
    end: int | None


def lake_files(catalog: Path) -> list[LakeFile]:
    """All files that any state of the lake needs.

    Raises:
        NotFound: there is no catalog.
        WarehouseDamaged: it cannot be read.
    """
    with opened(catalog) as con:
        return [LakeFile(*row) for row in con.execute(_FILES)]


def discarded_files(catalog: Path) -> set[str]:
    """Files that no state needs any more and that wait for their removal."""
    with opened(catalog) as con:
        found = con.execute("select path from ducklake_files_scheduled_for_deletion")
        return {path for (path,) in found}


def check_catalog(catalog: Path) -> None:
    """Read the catalog from end to end.

    Raises:
        NotFound: there is none.
        WarehouseDamaged: it is torn or altered, or was left empty.
    """
    with opened(catalog) as con:
        (found,) = con.execute("pragma integrity_check(1)").fetchone() or ("no answer",)
        if found != "ok":
            raise damaged(catalog, found)
        if con.execute("select max(snapshot_id) from ducklake_snapshot").fetchone() in (None, ()):
            raise damaged(catalog, "it holds no state")


def present_state(catalog: Path) -> tuple[int, str]:
    """The newest state: its number, and when it was written.

    Raises:
        NotFound: there is no catalog.
        WarehouseDamaged: it cannot be read.
    """
    with opened(catalog) as con:
        number, written = con.execute(
            "select snapshot_id, snapshot_time from ducklake_snapshot order by 1 desc limit 1"
        ).fetchone()
        return int(number), str(written)


def copy_catalog(catalog: Path, target: Path) -> None:
    """A consistent copy as one file, whoever reads or writes meanwhile.

    Raises:
        NotFound: there is no catalog.
        WarehouseDamaged: it cannot be read.
    """
    with opened(catalog) as con, closing(sqlite3.connect(target)) as copy:
        con.backup(copy)
        # Without a write-ahead log the copy is whole in its one file.
        copy.execute("pragma journal_mode = delete")


def log_ahead(catalog: Path) -> None:
    """Give a copy its write-ahead log back: who may only read a catalog cannot do that."""
    with closing(sqlite3.connect(catalog)) as con:
        con.execute("pragma journal_mode = wal")


def forget_files(catalog: Path, files: Collection[LakeFile]) -> int:
    """Let the present state do without these data files, as if their rows had been deleted.

    DuckLake itself would have to read a file to delete its rows, which a damaged one does not
    allow. Older states still name the files. The caller holds the writer's lock.

    Returns:
        The number of the new state.
    """
    with opened(catalog, write=True) as con, con:
        con.execute("begin immediate")
        (state,) = con.execute("select max(snapshot_id) + 1 from ducklake_snapshot").fetchone()
        ids = sorted({file.id for file in files})
        for table in ("ducklake_data_file", "ducklake_delete_file"):
            con.executemany(
                f"update {table} set end_snapshot = ? where data_file_id = ? "
                "and end_snapshot is null",
                [(state, id_) for id_ in ids],
            )
        listed = ", ".join("?" * len(ids))
        tables = con.execute(
            f"select distinct table_id from ducklake_data_file where data_file_id in ({listed}) "
            "order by 1",
            ids,
        ).fetchall()
        changes = ",".join(f"deleted_from_table:{table}" for (table,) in tables)
        _add_state(con, state, changes, "gridlens mend")
    return int(state)


def number_after(catalog: Path, state: int) -> None:
    """Let the next state have a larger number than this one, whatever the catalog has itself.

    Where it has a smaller one, a state follows that changes nothing. Nobody else has the catalog.
    """
    newest, _ = present_state(catalog)
    if newest < state:
        with opened(catalog, write=True) as con, con:
            _add_state(con, state + 1, "", "gridlens restore")


def _add_state(con: sqlite3.Connection, state: int, changes: str, author: str) -> None:
    con.execute(
        "insert into ducklake_snapshot select ?, ?, schema_version, next_catalog_id, "
        "next_file_id from ducklake_snapshot order by snapshot_id desc limit 1",
        (state, datetime.now(UTC).isoformat(" ")),
    )
    con.execute(
        "insert into ducklake_snapshot_changes values (?, ?, ?, null, null)",
        (state, changes, author),
    )


@contextmanager
def opened(catalog: Path, *, write: bool = False) -> Iterator[sqlite3.Connection]:
    """The catalog in SQLite.

    Raises:
        NotFound: there is none.
        WarehouseDamaged: it is no catalog, or cannot be read.
    """
    if not catalog.exists():
        raise NotFound(f"there is no catalog {catalog}")
    mode = "rw" if write else "ro"
    address = f"{catalog.absolute().as_uri()}?mode={mode}"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=_BUSY_S)) as con:
            yield con
    except sqlite3.DatabaseError as error:
        raise damaged(catalog, str(error)) from error


def damaged(catalog: Path, why: str) -> WarehouseDamaged:
    """The error that says so, with the next step."""
    return WarehouseDamaged(
        f"the catalog {catalog} cannot be read ({why}): `gridlens restore` brings back the last "
        "backup, `gridlens doctor` looks at the rest"
    )
