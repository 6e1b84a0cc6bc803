"""What a view of the lake is, and that it gives the columns that it documents."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import duckdb

from gridlens.errors import ModelError
from gridlens.tables import Column


@dataclass(frozen=True)
class View:
    """A SELECT that is shown under a name and never computed.

    Attributes:
        name: with its schema.
        meaning: what it holds.
        columns: in order, with types as DuckDB gives them.
        reads: tables that must be there.
        sql: the SELECT.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    reads: tuple[str, ...]
    sql: str

    @property
    def fingerprint(self) -> str:
        """Changes when the SELECT does."""
        return hashlib.sha256(self.sql.encode()).hexdigest()[:16]

    @property
    def documentation(self) -> str:
        """Changes when the description does."""
        return hashlib.sha256(repr((self.meaning, self.columns)).encode()).hexdigest()[:16]


def check_view(con: duckdb.DuckDBPyConnection, view: View) -> None:
    """Hold the view's SELECT against its columns, where the tables that it reads are there.

    Raises:
        ModelError: it does not bind, or gives other columns than those documented.
    """
    try:
        rows = con.execute(f"describe {view.sql}").fetchall()
    except duckdb.Error as error:
        raise ModelError(f"{view.name}: its SELECT does not bind: {error}") from None
    given, documented = [row[:2] for row in rows], [(c.name, c.type) for c in view.columns]
    if given != documented:
        differ = sorted({name for name, _ in {*given} ^ {*documented}}) or "their order"
        raise ModelError(
            f"{view.name}: the view gives other columns than its definition documents, see "
            f"{differ if isinstance(differ, str) else ', '.join(differ)}"
        )
