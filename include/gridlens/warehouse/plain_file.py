"""Tables of the lake as one plain DuckDB file, for tools that know no DuckLake."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from gridlens.tables.identifiers import literal, quoted

_FILE = "plain"


@dataclass(frozen=True)
class PlainTable:
    """One table of the file.

    Attributes:
        name: with or without a schema.
        meaning: becomes the table's comment.
        columns: meaning by column; may tell of more than the query gives.
        query: over the lake.
    """

    name: str
    meaning: str
    columns: Mapping[str, str]
    query: str


def write_plain_file(
    lake: duckdb.DuckDBPyConnection, path: Path, tables: Iterable[PlainTable]
) -> dict[str, int]:
    """Write the tables with their comments into a new file.

    Args:
        lake: a reader, in the transaction whose state is written; this ends it.
        path: of the file, which must not be there yet.
        tables: in any order.

    Returns:
        Rows by table.
    """
    lake.execute(f"attach {literal(str(path))} as {_FILE}")
    rows = {table.name: _write(lake, table) for table in tables}
    lake.execute("commit")
    lake.execute(f"detach {_FILE}")
    return rows


def _write(lake: duckdb.DuckDBPyConnection, table: PlainTable) -> int:
    schema, dot, _ = table.name.rpartition(".")
    if dot:
        lake.execute(f"create schema if not exists {_FILE}.{schema}")
    name = f"{_FILE}.{table.name}" if dot else f"{_FILE}.main.{table.name}"
    lake.execute(f"create table {name} as {table.query}")
    lake.execute(f"comment on table {name} is {literal(table.meaning)}")
    described = lake.execute(f"describe {name}").fetchall()
    for column, *_ in described:
        meaning = literal(table.columns[column])
        lake.execute(f"comment on column {name}.{quoted(column)} is {meaning}")
    found = lake.execute(f"select count(*) from {name}").fetchone()
    return int(found[0]) if found else 0
