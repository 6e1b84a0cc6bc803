"""A chunk through a field map: typed rows, and for each row that is wrong, what and why."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from gridlens.sources.casts import MACROS
from gridlens.sources.chunk import NOT_ONE_VALUE, Chunk
from gridlens.sources.fieldmap import FieldMap
from gridlens.sources.names import plain
from gridlens.sources.personal import hashed_column
from gridlens.sources.select import DAY, OTHER, OUTCOME, PROBLEM, SEPARATOR, selection_of
from gridlens.sources.times import as_times
from gridlens.tables import Batch, Problem, arrow_schema

SLICE_DAY = "slice_day"
_TIME = frozenset({"TIMESTAMP"})


@dataclass(frozen=True)
class Parsed:
    """Rows that have not found their slice yet.

    Attributes:
        rows: columns of the slice.
        problems: one text a row, NULL where nothing is wrong.
        days: the day that each row's own times say; NULL where they say none.
        outcomes: done, failed, pending, or NULL where the record does not say.
        others: the kind of a document whose kind the map does not take; else NULL.
        original: documents with these indices, as text.
    """

    rows: pa.Table
    problems: pa.ChunkedArray
    days: pa.ChunkedArray
    outcomes: pa.ChunkedArray
    others: pa.ChunkedArray
    original: Callable[[Sequence[int]], list[str]]

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def where(self, mask: pa.ChunkedArray) -> Parsed:
        """The rows where the mask is true."""
        if pc.all(mask, min_count=0).as_py():
            return self
        kept = pc.indices_nonzero(mask)
        whole = self.original
        return Parsed(
            self.rows.take(kept),
            self.problems.take(kept),
            self.days.take(kept),
            self.outcomes.take(kept),
            self.others.take(kept),
            lambda rows: whole([kept[r].as_py() for r in rows]),
        )

    def batch(self) -> Batch:
        """The rows with the day of their slice as last column."""
        wrong = pc.indices_nonzero(pc.is_valid(self.problems)).to_pylist()
        problems = tuple(_problem(row, self.problems[row].as_py()) for row in wrong)
        return Batch(self.rows.append_column(SLICE_DAY, self.days), problems, self.original)


def connect() -> duckdb.DuckDBPyConnection:
    """An in-memory connection that knows the casts; all of a process share one set of bounds."""
    return _database(os.getpid()).cursor()


@cache
def _database(process: int) -> duckdb.DuckDBPyConnection:
    """The database of a process; a forked one must not use its parent's, whose threads it lacks.

    A block is some MB of text: what it takes is far below these bounds, which are here so that
    one odd document cannot take the whole machine, nor a reading all of its cores.
    """
    spill = Path(tempfile.gettempdir(), f"gridlens-{uuid4().hex}")
    bounds: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": "1GB",
        "threads": 2,
        "temp_directory": str(spill),
        "preserve_insertion_order": "true",
    }
    con = duckdb.connect(config=bounds)
    con.execute(MACROS)
    return con


def parse(
    con: duckdb.DuckDBPyConnection, chunk: Chunk, field_map: FieldMap, personal_key: str
) -> Parsed:
    """Type a chunk's rows.

    Args:
        con: from ``connect``.
        chunk: documents as columns of source fields.
        field_map: their shape.
        personal_key: secret of the keyed hash.
    """
    table = field_map.table
    tidy = _with_times(chunk.tidied(_raw_fields(field_map)), field_map)
    chosen = selection_of(field_map, tidy)
    con.register("chunk", tidy.columns)
    typed = con.execute(chosen.sql).to_arrow_table()
    con.unregister("chunk")
    passed = {name: tidy.columns[column] for name, column in chosen.passed.items()}
    names = [c.name for c in table.slice_columns]
    rows = pa.table({n: passed[n] if n in passed else typed[n] for n in names})
    rows = rows.cast(arrow_schema(table))
    for column in table.columns:
        if column.personal == "hashed":
            at = rows.schema.get_field_index(column.name)
            hashed = hashed_column(personal_key, rows[column.name])
            rows = rows.set_column(at, rows.schema.field(at), hashed)
    return Parsed(rows, typed[PROBLEM], typed[DAY], typed[OUTCOME], typed[OTHER], chunk.original)


def _with_times(chunk: Chunk, field_map: FieldMap) -> Chunk:
    """The chunk with columns of plain times as times, where nothing but a time is made of them."""
    columns = chunk.columns
    for field in chunk.fields:
        values = columns[field.column]
        if field_map.taken_as.get(field.name) == _TIME and pa.types.is_string(values.type):
            at = columns.schema.get_field_index(field.column)
            columns = columns.set_column(at, field.column, as_times(values))
    return replace(chunk, columns=columns)


def _raw_fields(field_map: FieldMap) -> frozenset[str]:
    names: set[str] = set()
    for column in field_map.table.columns:
        if column.keeps_raw:
            names |= {plain(column.name), plain(f"{column.name}_raw")}
            names |= set(field_map.names_of(column.name))
    return frozenset(names)


def _problem(row: int, said: str) -> Problem:
    field, reason, value = (*said.split(SEPARATOR, 2), None)[:3]
    if value is None:
        return Problem(row, str(field), str(reason))
    shown = "an object or a list" if value == NOT_ONE_VALUE else f"'{value}'"
    return Problem(row, str(field), f"{shown} {reason}" if value else str(reason))
