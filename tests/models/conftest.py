"""Run one SQL model over literal rows: what is given and what comes out stand in the test."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date

import duckdb
import pytest
from model_files import (
    OTHER_TABLES,
    Row,
    Rows,
    Types,
    arguments,
    bound,
    fill,
    model_names,
    reads,
    select,
)

from gridlens.tables import TABLES

Result = Callable[..., list[Row]]


@pytest.fixture(scope="session")
def column_types() -> dict[str, Types]:
    """Types of every table, found by describing each model over the empty tables it reads."""
    types = dict(OTHER_TABLES)
    for table in TABLES.values():
        columns = {c.name: str(c.type) for c in table.slice_columns}
        types[f"raw.{table.name}"] = columns | {table.day_column: "DATE"}
    waiting = model_names()
    while waiting:
        name = next(n for n in waiting if all(table in types for table in reads(n)))
        waiting.remove(name)
        with duckdb.connect(":memory:") as con:
            fill(con, {table: [] for table in reads(name)}, types)
            types[name] = {
                row[0]: row[1] for row in con.execute(f"describe {bound(name)}").fetchall()
            }
    return types


@pytest.fixture
def result(column_types: dict[str, Types]) -> Iterator[Result]:
    """``result(model, given, day=…)`` or ``result(model, given, window=(…, …), argument=…)``."""
    with duckdb.connect(":memory:") as con:

        def run(
            name: str,
            given: Rows,
            day: str = "2025-04-01",
            window: tuple[str, str] = ("2025-04-01", "2025-04-09"),
            **chosen: str,
        ) -> list[Row]:
            assert given.keys() <= set(reads(name)), f"{name} reads {reads(name)}"
            fill(con, {table: given.get(table, []) for table in reads(name)}, column_types)
            values: dict[str, object] = {"day": date.fromisoformat(day)}
            values |= dict(
                zip(("window_start", "window_end"), map(date.fromisoformat, window), strict=True)
            )
            values |= arguments(name) | chosen
            text = select(name)
            named = set(re.findall(r"\$(\w+)", text))
            rows = con.execute(text, {n: v for n, v in values.items() if n in named})
            columns = [column[0] for column in rows.description]
            return [dict(zip(columns, row, strict=True)) for row in rows.fetchall()]

        yield run


@pytest.fixture
def only() -> Callable[[Sequence[Row], str], list[tuple[object, ...]]]:
    """The named columns of the rows, as tuples."""

    def columns(rows: Sequence[Row], names: str) -> list[tuple[object, ...]]:
        return [tuple(row[name] for name in names.split()) for row in rows]

    return columns
