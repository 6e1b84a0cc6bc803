"""Rows that change their day as their document grows: the newest record stays, in any load order.

``core.jobs`` holds the newest row of each job, ``core.superseded_jobs`` all its others. Which row
is the newest is decided over both, so that the two tables depend on the loaded slices alone: a
day that is extracted again without a job gives it back to the day that has its next newest row.
"""

from __future__ import annotations

from datetime import date

import duckdb

from gridlens.errors import ModelError
from gridlens.tables import TABLES, Table
from gridlens.tables.identifiers import literal, quoted
from gridlens.warehouse.staging import Staged

# Which rows may have to change their place; `place` is where they stand now.
_POOL = """create or replace temp table pool as
with incoming as (select {key}, * exclude ({key}) from read_parquet({path})),
contested as (
    select {key} from (
        select {key} from incoming
        union select {key} from {core} where {day} = {date}
        union select {key} from {superseded} where {day} = {date}
    )
    intersect select {key} from (
        select {key} from {core} where {day} <> {date}
        union select {key} from {superseded} where {day} <> {date}
    )
),
candidates as (
    select {columns}, 'incoming' as place from incoming
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


def replace_moving(con: duckdb.DuckDBPyConnection, staged: Staged, table: Table) -> set[date]:
    """Load one day of such a table; the caller's transaction holds it together.

    Returns:
        The other days whose rows have changed.
    """
    core, superseded = staged.model, f"core.superseded_{table.name}"
    key, day = _only_key(table), quoted(staged.day_column)
    names = [row[0] for row in con.execute(f"describe {core}").fetchall()]
    columns = ", ".join(quoted(name) for name in names)
    path, that = literal(str(staged.path)), f"date '{staged.day}'"
    con.execute(
        _POOL.format(
            key=key,
            path=path,
            core=core,
            superseded=superseded,
            day=day,
            date=that,
            columns=columns,
            version=quoted(table.version or staged.day_column),
        )
    )
    con.execute(f"delete from {core} where {day} = {that}")
    con.execute(f"delete from {superseded} where {day} = {that}")
    con.execute(
        f"insert into {core} by name select * from read_parquet({path}) "
        f"anti join pool using ({key})"
    )
    lost, won = "place <> 'superseded' and not is_newest", "place <> 'core' and is_newest"
    for rows, origin, source, target in (
        (lost, "core", core, superseded),
        (won, "superseded", superseded, core),
    ):
        moved = f"select {key}, {day} from pool where place = '{origin}' and {rows}"
        con.execute(f"delete from {source} where ({key}, {day}) in ({moved})")
        con.execute(f"insert into {target} by name select {columns} from pool where {rows}")
    touched = f"select distinct {day} from pool where (place = 'core' and {lost}) "
    touched += f"or (place = 'superseded' and {won})"
    return {row[0] for row in con.execute(touched).fetchall()}


def _only_key(table: Table) -> str:
    if len(table.key) != 1:
        raise ModelError(f"{table.name} moves between days, so it needs a key of one column")
    return quoted(table.key[0])
