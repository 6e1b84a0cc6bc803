"""The short half of a load: one transaction that replaces days over all tables they touch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
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
    changes = _last_changes(con, computed)
    overtaken = [c for c in computed if _is_overtaken(c, changes)]
    if overtaken:
        return overtaken
    recorded = {(c.table, c.day) for c in computed} & changes.keys()
    unrecorded = {(s.model, s.day) for s in staged} - {(c.table, c.day) for c in computed}
    if unrecorded:
        raise ModelError(f"no record comes with {unrecorded}: each computed day needs its own")
    _replace_raw(con, raw_rows)
    _record(con, computed, recorded)
    held = _held(con, staged)
    changed = {
        (s.model, s.day_column, day)
        for s in staged
        for day in _load(con, s, is_new=(s.model, s.day) not in held)
    }
    for model, day_column, day in sorted(changed):
        _recount(con, model, day_column, day)
    return []


def revise(con: duckdb.DuckDBPyConnection, name: str, change: Revision) -> None:
    """Change rows of a log of the raw schema, as read inside the caller's transaction."""
    table = _known(name)
    rows = con.execute(f"select * from raw.{name}").to_arrow_table().to_pylist()
    put, drop = change(rows)
    if put or drop:
        _delete(con, table, _scope({name: [*put, *drop]}, table.key))
        _insert(con, table, _arrow(table, put))


def _held(con: duckdb.DuckDBPyConnection, staged: Sequence[Staged]) -> set[tuple[str, date]]:
    """The staged days of which the lake has rows, whether or not its ledger tells of them."""
    asked = [
        f"select {literal(s.model)}, date '{s.day}' where exists "
        f"(from {s.model} where {quoted(s.day_column)} = date '{s.day}')"
        for s in staged
    ]
    rows = con.execute(" union all ".join(asked)).fetchall() if asked else []
    return {(model, day) for model, day in rows}


def _load(con: duckdb.DuckDBPyConnection, staged: Staged, *, is_new: bool) -> set[date]:
    """Replace the day; the days whose rows are others than those that were staged for them."""
    table = moving_table(staged.model)
    if table is not None:
        return replace_moving(con, staged, table, is_new=is_new)
    if not is_new:
        day = f"{quoted(staged.day_column)} = date '{staged.day}'"
        con.execute(f"delete from {staged.model} where {day}")
    path = literal(str(staged.path))
    con.execute(f"insert into {staged.model} by name select * from read_parquet({path})")
    return set()


def _last_changes(
    con: duckdb.DuckDBPyConnection, computed: Sequence[ComputedDay]
) -> dict[tuple[str, date], int]:
    """The state since which the lake holds each table's rows of these days as they are."""
    rows = con.execute(
        # DuckLake's own column: the snapshot that wrote the row, not the one it speaks of.
        "select table_name, day, max(snapshot_id) from raw.computed_days where day = any(?) "
        "group by table_name, day",
        [sorted({c.day for c in computed})],
    ).fetchall()
    return {(name, day): snapshot for name, day, snapshot in rows}


def _is_overtaken(record: ComputedDay, changes: Mapping[tuple[str, date], int]) -> bool:
    """Whether the day has changed since, be it of this table or of one that it was made from.

    Days of inputs other than the record's own may change meanwhile: that makes it stale.
    """
    tables = [record.table, *(i.table for i in record.inputs if i.day == record.day)]
    return any(changes.get((t, record.day), record.snapshot) > record.snapshot for t in tables)


def _record(
    con: duckdb.DuckDBPyConnection,
    computed: Sequence[ComputedDay],
    recorded: Set[tuple[str, date]],
) -> None:
    table = RAW_TABLES["computed_days"]
    _delete(con, table, recorded)
    names = [column.name for column in table.columns]
    values = {"table_name": "table", "inputs": "inputs_text"}
    rows = [{n: getattr(c, values.get(n, n)) for n in names} for c in computed]
    _insert(con, table, _arrow(table, rows))


def _recount(con: duckdb.DuckDBPyConnection, model: str, day_column: str, day: date) -> None:
    columns = [row[0] for row in con.execute(f"describe {model}").fetchall()]
    where = f"{quoted(day_column)} = date '{day}'"
    counted = f"select count(*), {checksum_sql(columns)} from {model} where {where}"
    rows, checksum = con.execute(counted).fetchone() or (0, "")
    con.execute(
        "update raw.computed_days set rows = ?, checksum = ? where table_name = ? and day = ?",
        [rows, checksum, model, day],
    )


def _replace_raw(con: duckdb.DuckDBPyConnection, raw_rows: RawRows) -> None:
    """Replace the rows of every key that the call names in any table of this key; or add."""
    tables = _tables_of(raw_rows.get("slices", ()))
    shown = _shown(con, tables)
    for name, rows in raw_rows.items():
        table = _known(name)
        _delete(con, table, _scope(raw_rows, table.key) if table.key else set())
        _insert(con, table, _arrow(table, rows))
    for name, listed in _shown(con, tables).items():
        if listed != shown[name]:
            con.execute(view_sql(TABLES[name], listed))
            con.execute(f"comment on view raw.{name} is {literal(TABLES[name].meaning)}")


def _delete(con: duckdb.DuckDBPyConnection, table: RawTable, keys: Set[tuple[Any, ...]]) -> None:
    if keys:
        values = ", ".join(["(" + ", ".join("?" for _ in table.key) + ")"] * len(keys))
        where = f"({', '.join(table.key)}) in ({values})"
        con.execute(f"delete from raw.{table.name} where {where}", [v for k in keys for v in k])


def _insert(con: duckdb.DuckDBPyConnection, table: RawTable, given: pa.Table) -> None:
    if given.num_rows:
        con.register("given", given)
        con.execute(f"insert into raw.{table.name} by name select * from given")
        con.unregister("given")


def _known(name: str) -> RawTable:
    if name not in RAW_TABLES or name in ("models", "computed_days"):
        raise ModelError(f"raw.{name} is not a table that a load writes rows to")
    return RAW_TABLES[name]


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


def _shown(con: duckdb.DuckDBPyConnection, tables: Sequence[str]) -> dict[str, list[str]]:
    """Files of the slices of each table, in the order of their days."""
    if not tables:
        return {}
    rows = con.execute(
        "select table_name, file from raw.slices where table_name = any(?) "
        "and state = 'complete' and file is not null order by day",
        [tables],
    ).fetchall()
    return {name: [file for of, file in rows if of == name] for name in tables}
