"""Which columns a model gives, found over empty tables, and whether its header says the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache

import duckdb

from gridlens.errors import ModelError
from gridlens.tables import TABLES, Column
from gridlens.tables.identifiers import quoted
from gridlens.warehouse.ledger import RAW_TABLES
from gridlens.warehouse.macros import macro_sql
from gridlens.warehouse.model import Model
from gridlens.warehouse.view import check_view
from gridlens.warehouse.views import VIEWS

# What a Parquet file and another engine would not give back as it was.
_UNSAFE_TYPES = ("HUGEINT", "UHUGEINT", '"NULL"', "INTERVAL", "TIMESTAMP WITH TIME ZONE")

Types = Mapping[str, str]


@cache
def bind(ordered: tuple[Model, ...]) -> Mapping[str, Types]:
    """Column types of each model, found over empty tables; the views are held against them too.

    Raises:
        ModelError: a SELECT does not bind, or gives other columns than are documented.
    """
    types: dict[str, Types] = {}
    with duckdb.connect(":memory:") as con:
        for schema in ("raw", "core", "mart"):
            con.execute(f"create schema {schema}")
        for table in TABLES.values():
            create(con, f"raw.{table.name}", declared(table.slice_columns, table.day_column))
        for raw in RAW_TABLES.values():
            create(con, f"raw.{raw.name}", declared(raw.columns))
        for model in ordered:
            types[model.name] = _bound_types(con, model)
            _check_columns(model, types[model.name])
            if model.day:
                create(con, model.name, types[model.name])
            else:
                con.execute(macro_sql(model))
        for view in VIEWS:
            if {*view.reads} <= types.keys() | {f"raw.{name}" for name in RAW_TABLES}:
                check_view(con, view)
    return types


def _bound_types(con: duckdb.DuckDBPyConnection, model: Model) -> Types:
    sample = {"day": "date '2000-01-01'", "window_start": "date '2000-01-01'"}
    sample |= {"window_end": "date '2000-01-02'"} | {a.name: a.default for a in model.arguments}
    try:
        rows = con.execute(f"describe {model.bound(sample)}").fetchall()
    except duckdb.Error as error:
        raise ModelError(f"{model.name}: its SELECT does not bind: {error}") from None
    return {row[0]: row[1] for row in rows}


def _check_columns(model: Model, types: Types) -> None:
    asked = {*model.declared, *model.grain, *([model.day] if model.day else [])}
    problems = {
        "does not give the column": asked - types.keys(),
        "does not document the column": types.keys() - model.columns.keys(),
        "must cast, for the next reader, the column": {
            c for c, t in types.items() if t.startswith(_UNSAFE_TYPES)
        },
    }
    for problem, columns in problems.items():
        if columns:
            raise ModelError(f"{model.name}: the model {problem} {', '.join(sorted(columns))}")


def declared(columns: Iterable[Column], day_column: str | None = None) -> dict[str, str]:
    """Column types as a definition says them."""
    types: dict[str, str] = {c.name: c.type for c in columns}
    return types | ({day_column: "DATE"} if day_column else {})


def create(con: duckdb.DuckDBPyConnection, name: str, types: Types) -> None:
    """Make an empty table of these columns."""
    columns = ", ".join(f"{quoted(column)} {type_}" for column, type_ in types.items())
    con.execute(f"create table {name} ({columns})")
