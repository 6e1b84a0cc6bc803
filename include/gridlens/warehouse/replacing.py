"""The short half of a load: one transaction that replaces days over all tables they touch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa

from gridlens.errors import ModelError
from gridlens.tables import TABLES
from gridlens.tables.checksum import checksum_sql
from gridlens.tables.identifiers import literal, quoted
from gridlens.warehouse.ledger import RAW_TABLES, RawTable
from gridlens.warehouse.moves import moving_table, replace_moving
from gridlens.warehouse.slice_views import view_sql
from gridlens.warehouse.staging import Staged
from gridlens.warehouse.staleness import ComputedDay

RawRows = Mapping[str, Sequence[Mapping[str, Any]] | pa.Table]
RawRow: TypeAlias = Mapping[str, Any]
Revision: TypeAlias = Callable[[Sequence[RawRow]], tuple[Sequence[RawRow], Sequence[RawRow]]]


def replace_days(
    con: duckdb.DuckDBPyConnection,
    staged: Sequence[Staged],
    computed: Sequence[ComputedDay],
    raw_rows: RawRows,
) -> list[ComputedDay]:
    """Replace days inside the caller's transaction.

    Returns:
        The records whose day has changed in the lake since the state that they were computed
        from, be it their own table's or that of an input; where there is any, nothing is written.
    """
    overtaken = [c for c in computed if _last_change(con, c) > c.snapshot]
    if overtaken:
        return overtaken
    for name, rows in raw_rows.items():
        _raw(con, _known(name), rows, raw_rows)
    for table in _tables_of(raw_rows.get("slices", ())):
        _show_slices(con, table)
    touched = {(s.model, s.day_column, day) for s in staged for day in _load(con, s)}
    for record in computed:
        _record(con, record)
    # Which rows of a moving table stay is known only now.
    moving = {(s.model, s.day_column, s.day) for s in staged if moving_table(s.model)}
    for model, day_column, day in sorted(touched | moving):
        _recount(con, model, day_column, day)
    return []


def revise(con: duckdb.DuckDBPyConnection, name: str, change: Revision) -> None:
    """Change rows of a log of the raw schema, as read inside the caller's transaction."""
    table = _known(name)
    rows = con.execute(f"select * from raw.{name}").to_arrow_table().to_pylist()
    put, drop = change(rows)
    if put or drop:
        _raw(con, table, put, {name: [*put, *drop]})


def _load(con: duckdb.DuckDBPyConnection, staged: Staged) -> set[date]:
    """Replace the day; the other days that this has changed."""
    table = moving_table(staged.model)
    if table is not None:
        return replace_moving(con, staged, table)
    day = f"{quoted(staged.day_column)} = date '{staged.day}'"
    con.execute(f"delete from {staged.model} where {day}")
    path = literal(str(staged.path))
    con.execute(f"insert into {staged.model} by name select * from read_parquet({path})")
    return set()


def _last_change(con: duckdb.DuckDBPyConnection, record: ComputedDay) -> int:
    """The state since which the lake holds the day of this table, and of its inputs, as it is.

    Days of inputs other than the record's own may change meanwhile: that makes it stale.
    """
    tables = [record.table, *(i.table for i in record.inputs if i.day == record.day)]
    row = con.execute(
        # DuckLake's own column: the snapshot that wrote the row, not the one it speaks of.
        "select max(snapshot_id) from raw.computed_days where table_name in ? and day = ?",
        [tables, record.day],
    ).fetchone()
    return -1 if row is None or row[0] is None else int(row[0])


def _record(con: duckdb.DuckDBPyConnection, record: ComputedDay) -> None:
    where = [record.table, record.day]
    con.execute("delete from raw.computed_days where table_name = ? and day = ?", where)
    values = {
        "table_name": record.table,
        "day": record.day,
        "state": record.state,
        "inputs": record.inputs_text,
        "inputs_fingerprint": record.inputs_fingerprint,
        "model_fingerprint": record.model_fingerprint,
        "reading": record.reading,
        "rows": record.rows,
        "checksum": record.checksum,
        "snapshot": record.snapshot,
    }
    named = ", ".join(f"? as {name}" for name in values)
    con.execute(f"insert into raw.computed_days by name select {named}", list(values.values()))


def _recount(con: duckdb.DuckDBPyConnection, model: str, day_column: str, day: date) -> None:
    columns = [row[0] for row in con.execute(f"describe {model}").fetchall()]
    where = f"{quoted(day_column)} = date '{day}'"
    counted = f"select count(*), {checksum_sql(columns)} from {model} where {where}"
    rows, checksum = con.execute(counted).fetchone() or (0, "")
    con.execute(
        "update raw.computed_days set rows = ?, checksum = ? where table_name = ? and day = ?",
        [rows, checksum, model, day],
    )


def _known(name: str) -> RawTable:
    if name not in RAW_TABLES or name in ("models", "computed_days"):
        raise ModelError(f"raw.{name} is not a table that a load writes rows to")
    return RAW_TABLES[name]


def _raw(
    con: duckdb.DuckDBPyConnection,
    table: RawTable,
    rows: Sequence[Mapping[str, Any]] | pa.Table,
    raw_rows: RawRows,
) -> None:
    """Replace the rows of every key that the call names in any table of this key; or add."""
    where = " and ".join(f"{column} = ?" for column in table.key)
    for values in sorted(_scope(raw_rows, table.key)) if where else ():
        con.execute(f"delete from raw.{table.name} where {where}", values)
    given = _arrow(table, rows)
    if given.num_rows:
        con.register("given", given)
        con.execute(f"insert into raw.{table.name} by name select * from given")
        con.unregister("given")


def _scope(raw_rows: RawRows, key: tuple[str, ...]) -> set[tuple[Any, ...]]:
    return {
        tuple(row[column] for column in key)
        for name, rows in raw_rows.items()
        if RAW_TABLES[name].key == key
        for row in _dicts(rows, key)
    }


def _tables_of(slices: Sequence[Mapping[str, Any]] | pa.Table) -> list[str]:
    return sorted({row["table_name"] for row in _dicts(slices, ("table_name",))})


def _dicts(
    rows: Sequence[Mapping[str, Any]] | pa.Table, columns: Sequence[str]
) -> Iterable[Mapping[str, Any]]:
    if not isinstance(rows, pa.Table):
        return rows
    found: list[Mapping[str, Any]] = (
        rows.select(columns).group_by(columns).aggregate([]).to_pylist()
    )
    return found


def _arrow(table: RawTable, rows: Sequence[Mapping[str, Any]] | pa.Table) -> pa.Table:
    if isinstance(rows, pa.Table):
        return rows
    types = {
        "BIGINT": pa.int64(),
        "DOUBLE": pa.float64(),
        "VARCHAR": pa.string(),
        "DATE": pa.date32(),
        "TIMESTAMP": pa.timestamp("us"),
    }
    unknown = {name for row in rows for name in row} - {c.name for c in table.columns}
    if unknown:
        raise ModelError(f"raw.{table.name} has no column {', '.join(sorted(unknown))}")
    schema = pa.schema([(c.name, types[c.type]) for c in table.columns])
    return pa.Table.from_pylist([dict(row) for row in rows], schema=schema)


def _show_slices(con: duckdb.DuckDBPyConnection, table_name: str) -> None:
    rows = con.execute(
        "select file from raw.slices where table_name = ? and state = 'complete' "
        "and file is not null order by day",
        [table_name],
    ).fetchall()
    table = TABLES[table_name]
    con.execute(view_sql(table, [row[0] for row in rows]))
    con.execute(f"comment on view raw.{table_name} is {literal(table.meaning)}")
