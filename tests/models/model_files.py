"""The SQL models, and tables of literal rows to run them on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import duckdb

from gridlens.matching import V1
from gridlens.pipelines.models import models
from gridlens.tables import TABLES
from gridlens.warehouse import RAW_TABLES, Model
from gridlens.warehouse.binding import bind, declared
from gridlens.warehouse.macros import macro_sql

Row = dict[str, Any]
Types = Mapping[str, str]
Rows = Mapping[str, Sequence[Row]]

MODELS: Mapping[str, Model] = models(V1)
WINDOW_MARTS = [name for name, model in MODELS.items() if model.day is None]
DAY = "2025-04-01"


def types_of_all() -> dict[str, Types]:
    """Column types of every table and model."""
    types: dict[str, Types] = dict(bind(tuple(MODELS.values())))
    for table in TABLES.values():
        types[f"raw.{table.name}"] = declared(table.slice_columns, table.day_column)
    for raw in RAW_TABLES.values():
        types[f"raw.{raw.name}"] = declared(raw.columns)
    return types


def tables_below(name: str) -> list[str]:
    """The tables that a model reads, by itself or through window marts."""
    found: list[str] = []
    for read in MODELS[name].reads:
        found += tables_below(read) if read in WINDOW_MARTS else [read]
    return list(dict.fromkeys(found))


def macros_below(name: str) -> Iterable[Model]:
    """The window marts that a model reads, each behind those that it reads itself."""
    for read in MODELS[name].reads:
        if read in WINDOW_MARTS:
            yield from macros_below(read)
            yield MODELS[read]


def arguments(name: str) -> dict[str, str]:
    """The defaults of a window mart's arguments, as text."""
    return {a.name: a.default.strip("'") for a in MODELS[name].arguments}


def fill(con: duckdb.DuckDBPyConnection, given: Rows, types: Mapping[str, Types]) -> None:
    """Make the given tables; columns that a row does not name are NULL."""
    for schema in ("raw", "core", "mart"):
        con.execute(f"create schema {schema}")
    for table, rows in given.items():
        columns = types[table]
        con.execute(f"create table {table} ({', '.join(f'{c} {t}' for c, t in columns.items())})")
        for row in rows:
            assert row.keys() <= columns.keys(), f"{table} has no {row.keys() - columns.keys()}"
            values = ", ".join(f"cast(? as {columns[c]})" for c in row)
            con.execute(
                f"insert into {table} ({', '.join(row)}) values ({values})", list(row.values())
            )


def ask(
    name: str,
    given: Rows,
    types: Mapping[str, Types],
    day: str = DAY,
    window: tuple[str, str] = (DAY, "2025-04-09"),
    **chosen: str,
) -> list[Row]:
    """The model's rows, for a day or for a window, over the given rows and none else."""
    tables = tables_below(name)
    assert given.keys() <= set(tables), f"{name} reads {tables}"
    with duckdb.connect(":memory:") as con:
        fill(con, {table: given.get(table, []) for table in tables}, types)
        for macro in macros_below(name):
            con.execute(macro_sql(macro))
        found = con.execute(MODELS[name].bound(_values(name, day, window, chosen)))
        columns = [column[0] for column in found.description]
        return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]


def _values(
    name: str, day: str, window: tuple[str, str], chosen: Mapping[str, str]
) -> dict[str, str]:
    days = zip(("day", "window_start", "window_end"), (day, *window), strict=True)
    values = {parameter: f"date '{date.fromisoformat(text)}'" for parameter, text in days}
    defaults = arguments(name)
    assert chosen.keys() <= defaults.keys(), f"{name} takes {list(defaults)}"
    return values | {a: f"'{value}'" for a, value in (defaults | chosen).items()}
