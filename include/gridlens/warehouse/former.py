"""What an older version of gridlens made in the lake and this one has no more."""

from __future__ import annotations

import re
from collections.abc import Collection
from importlib.metadata import version

import duckdb

VERSION = version("gridlens")


def drop_former(con: duckdb.DuckDBPyConnection, present: Collection[str]) -> None:
    """Drop what an older version made under names that are not ``present``.

    What a newer version made stays when an older one opens the lake, and what another branch of
    the same version made: neither is former. Only names of core and mart are dropped, all of
    which can be computed again from the slices; a table of raw stays, whoever made it. Those who
    read an older snapshot still find all of it there.
    """
    for name in former(con, present):
        drop(con, name)
        con.execute("delete from raw.models where name = ?", [name])


def former(con: duckdb.DuckDBPyConnection, present: Collection[str]) -> list[str]:
    """Names of core and mart that `drop_former` would drop."""
    rows = con.execute(
        "select name, gridlens_version from raw.models "
        "where split_part(name, '.', 1) in ('core', 'mart') order by name"
    ).fetchall()
    return [
        name
        for name, made_by in rows
        if name not in present and _release(made_by) < _release(VERSION)
    ]


def drop(con: duckdb.DuckDBPyConnection, name: str) -> None:
    """Drop whatever has the name: table, view or macro; its superseded rows and its record."""
    schema, _, table = name.partition(".")
    listed = con.execute(
        "select 'table', table_name from duckdb_tables() "
        "where database_name = 'lake' and schema_name = $schema and table_name in $names "
        "union all select 'view', view_name from duckdb_views() "
        "where database_name = 'lake' and schema_name = $schema and view_name in $names",
        {"schema": schema, "names": [table, f"superseded_{table}"]},
    ).fetchall()
    for kind, found in listed:
        con.execute(f"drop {kind} {schema}.{found}")
    con.execute(f"drop macro table if exists {name}")
    con.execute("delete from raw.computed_days where table_name = ?", [name])


def _release(text: str | None) -> list[int]:
    """The numbers of a version; none, and so the oldest, for rows that tell of none."""
    return [int(number) for number in re.findall(r"\d+", text or "")[:3]]
