"""Rows that several models of a step read, fetched from the lake once where they are few."""

from __future__ import annotations

import duckdb

# Finding the files of a table's days costs the lake's catalog more than so many rows cost memory;
# of more, each model rather reads the columns that it needs.
FEW = 20_000


class Fetched:
    """What a step has fetched so far; it goes with the connection."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._tables: dict[str, str] = {}
        con.execute("create schema if not exists memory.fetched")

    def relation(self, select: str, rows: int) -> str:
        """The SELECT itself, or one that reads what it gives, if that is few ``rows``."""
        if rows > FEW:
            return select
        if select not in self._tables:
            name = f"memory.fetched.rows_{len(self._tables)}"
            self._con.execute(f"create table {name} as {select}")
            self._tables[select] = name
        return f"select * from {self._tables[select]}"
