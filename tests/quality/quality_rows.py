"""Rows, batches and slices written down, for the tests of this room."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from gridlens.quality import Contract, contract, judging
from gridlens.tables import TABLES, Batch, Problem
from gridlens.window import Day

DAY = Day.parse("2025-04-01")


def batch(table: str, *rows: dict[str, Any], bad: Sequence[int] = ()) -> Batch:
    """A batch of that table on DAY; columns left out are NULL."""
    columns = TABLES[table].slice_columns
    nulls = ", ".join(f"null::{c.type} as {c.name}" for c in columns)
    schema = duckdb.sql(f"select {nulls}, date '{DAY}' as slice_day").to_arrow_table().schema
    full = [{"quality_flags": [], **row, "slice_day": DAY.date} for row in rows]
    return Batch(pa.Table.from_pylist(full, schema), tuple(Problem(i, "x", "odd") for i in bad))


def judge(given: Batch, rules: Contract) -> Batch:
    """The batch, judged by itself."""
    with judging() as judge:
        return judge(given, rules)


def flags(table: str, *rows: dict[str, Any]) -> list[list[str]]:
    """The flags of each row after judgement."""
    judged = judge(batch(table, *rows), contract(table))
    return judged.rows["quality_flags"].to_pylist()


@dataclass(frozen=True)
class Numbers:
    """A slice's manifest, as far as a check looks at it."""

    table: str
    fetched: int
    accepted: int
    duplicates: int = 0
    quarantined: int = 0
    gone: int = 0
    quarantine_file: str | None = None
    day: Day = DAY


def slice_of(folder: Path, table: str, *rows: dict[str, Any]) -> tuple[Numbers, Path]:
    """A slice of judged rows on disk, and its numbers."""
    judged = judge(batch(table, *rows), contract(table))
    path = folder / f"{DAY}.1234.parquet"
    pq.write_table(judged.rows.drop_columns("slice_day"), path)
    return Numbers(table, len(rows), len(rows)), path
