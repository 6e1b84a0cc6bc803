"""Rows that change their day as their document grows: the newest record stays, in any load order.

``core.jobs`` holds the newest row of each job, ``core.superseded_jobs`` all its others. Which row
is the newest is decided over both, so that the two tables depend on the loaded slices alone: a
day that is extracted again without a job gives it back to the day that has its next newest row.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import duckdb

from gridlens.errors import ModelError
from gridlens.tables import TABLES, Table
from gridlens.tables.identifiers import literal, quoted
from gridlens.warehouse.staging import Staged

# Keys of the day, as it is and as it will be, that another day claims as well.
_CONTESTED = """create or replace temp table contested as
select distinct {key} from (
    select {key}, {day} from {core} union all select {key}, {day} from {superseded}
) where {day} <> {date} and {key} in (
    select {key} from read_parquet({path})
    union all select {key} from {core} where {day} = {date}
    union all select {key} from {superseded} where {day} = {date}
)"""
# Their rows; `place` is where they stand now.
_POOL = """create or replace temp table pool as
with candidates as (
    select {columns}, 'incoming' as place from read_parquet({path})
    union all select {columns}, 'core' from {core} where {day} <> {date}
    union all select {columns}, 'superseded' from {superseded} where {day} <> {date}
)
select {columns}, place, row_number() over (
    partition by {key} order by {version} desc nulls last, {day} desc
) = 1 as is_newest
from candidates where {key} in (select {key} from contested)"""


def moving_table(model: str) -> Table | None:
    """The canonical table behind a core table whose rows can change their day."""
    schema, _, name = model.partition(".")
    table = TABLES.get(name)
    return table if schema == "core" and table is not None and table.moves else None


def replace_moving(
    con: duckdb.DuckDBPyConnection, staged: Staged, table: Table, *, is_new: bool
) -> set[date]:
    """Load one day of such a table; the caller's transaction holds it together.

    Args:
        con: the writer.
        staged: the day.
        table: its canonical table.
        is_new: nothing is there of the day yet.

    Returns:
        The days whose rows are now others than those staged for them, this one among them.
    """
    names = {
        "core": staged.model,
        "superseded": f"core.superseded_{table.name}",
        "key": _only_key(table),
        "day": quoted(staged.day_column),
        "date": f"date '{staged.day}'",
        "path": literal(str(staged.path)),
        "version": quoted(table.version or staged.day_column),
    }
    con.execute(_CONTESTED.format(**names))
    is_contested = con.execute("select 1 from contested limit 1").fetchone()
    if is_contested or not is_new:
        con.execute("delete from {core} where {day} = {date}".format(**names))
    if is_contested:
        return _settle_contested(con, names)
    con.execute("insert into {core} by name select * from read_parquet({path})".format(**names))
    return set()


def _settle_contested(con: duckdb.DuckDBPyConnection, names: Mapping[str, str]) -> set[date]:
    """Give each contested key's newest row to the one table, its others to the other."""
    core, superseded, key, day = (names[n] for n in ("core", "superseded", "key", "day"))
    columns = ", ".join(quoted(row[0]) for row in con.execute(f"describe {core}").fetchall())
    con.execute(_POOL.format(columns=columns, **names))
    con.execute("delete from {superseded} where {day} = {date}".format(**names))
    con.execute(
        "insert into {core} by name select * from read_parquet({path}) "
        "anti join contested using ({key})".format(**names)
    )
    lost, won = "place <> 'superseded' and not is_newest", "place <> 'core' and is_newest"
    for rows, origin, source, target in (
        (lost, "core", core, superseded),
        (won, "superseded", superseded, core),
    ):
        moved = f"select {key}, {day} from pool where place = '{origin}' and {rows}"
        con.execute(f"delete from {source} where ({key}, {day}) in ({moved})")
        con.execute(f"insert into {target} by name select {columns} from pool where {rows}")
    touched = f"({lost}) or (place = 'superseded' and is_newest)"
    days = con.execute(f"select distinct {day} from pool where {touched}").fetchall()
    return {day for (day,) in days}


def _only_key(table: Table) -> str:
    if len(table.key) != 1:
        raise ModelError(f"{table.name} moves between days, so it needs a key of one column")
    return quoted(table.key[0])
