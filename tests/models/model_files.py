"""The SQL models as files: their text, their headers, and tables of literal rows to run them on."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import duckdb

Row = dict[str, Any]
Types = dict[str, str]
Rows = Mapping[str, Sequence[Row]]

# Tables that the models read and that no model here makes.
OTHER_TABLES: dict[str, Types] = {
    "core.job_transfers": {
        "job_day": "DATE",
        "pandaid": "BIGINT",
        "transfer_id": "VARCHAR",
        "started_day": "DATE",
        "exact": "BOOLEAN",
        "rm1": "BOOLEAN",
        "rm2": "BOOLEAN",
        "direct": "BOOLEAN",
        "started_before_creation": "BOOLEAN",
        "reading": "VARCHAR",
    },
    "raw.check_results": {
        "table_name": "VARCHAR",
        "day": "DATE",
        "rule": "VARCHAR",
        "kind": "VARCHAR",
        "level": "VARCHAR",
        "status": "VARCHAR",
        "rows": "BIGINT",
        "of_rows": "BIGINT",
        "message": "VARCHAR",
    },
}


def model_names() -> list[str]:
    folder = files("gridlens.warehouse") / "sql"
    return [
        f"{schema}.{file.name.removesuffix('.sql')}"
        for schema in ("core", "mart")
        for file in sorted((folder / schema).iterdir(), key=lambda f: f.name)
    ]


def model_text(name: str) -> str:
    schema, table = name.split(".")
    return (files("gridlens.warehouse") / "sql" / schema / f"{table}.sql").read_text("utf-8")


def header(name: str, key: str) -> list[str]:
    return re.findall(rf"^-- {key}: (.+)$", model_text(name), re.MULTILINE)


def select(name: str) -> str:
    lines = model_text(name).splitlines()
    first = next(n for n, line in enumerate(lines) if not line.startswith("--"))
    return "\n".join(lines[first:])


def arguments(name: str) -> dict[str, str]:
    found = (re.match(r"(\w+) = '([^']*)'", line) for line in header(name, "argument"))
    return {a[1]: a[2] for a in found if a}


def reads(name: str) -> list[str]:
    return [table.strip() for table in header(name, "reads")[0].split(",")]


def bound(name: str) -> str:
    """The SELECT with any day in the place of its parameters."""
    values = {"day": "date '2025-04-01'", "window_start": "date '2025-04-01'"}
    values |= {"window_end": "date '2025-04-02'"}
    values |= {argument: f"'{default}'" for argument, default in arguments(name).items()}
    return re.sub(r"\$(\w+)", lambda found: values[found[1]], select(name))


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
