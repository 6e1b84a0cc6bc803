"""Batches written down as rows, for the tests of this room."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from gridlens.slices import Manifest, SliceStore
from gridlens.tables import JOBS, Batch, Problem, Table
from gridlens.tables.arrow import arrow_schema
from gridlens.window import Day

DAY = Day.parse("2025-04-01")
FACTS = {"query": {"from": "a test"}, "maps": {"panda_jobs": "7"}, "files": {"jobs.ndjson": 12}}


def batch(
    *rows: dict[str, Any], bad: Sequence[int] = (), day: Day = DAY, table: Table = JOBS
) -> Batch:
    """A batch of these rows; those with an index in ``bad`` have a problem."""
    schema = arrow_schema(table).append(pa.field("slice_day", pa.date32()))
    full = [{"quality_flags": [], **row, "slice_day": day.date} for row in rows]
    return Batch(
        pa.Table.from_pylist(full, schema),
        tuple(Problem(i, "attemptnr", "not a number") for i in bad),
        lambda indices: [f'{{"document": {i}}}' for i in indices],
    )


def extract(store: SliceStore, *batches: Batch, day: Day = DAY, table: Table = JOBS) -> Manifest:
    """Write these batches as that day of the table."""
    with store.writer(table, day) as writer:
        for one in batches:
            writer.add(one)
        return writer.finish(FACTS)


def write_unavailable(store: SliceStore, because: str, day: Day = DAY) -> Manifest:
    """Record that the source cannot have jobs of that day."""
    return store.write_unavailable(JOBS, day, because, store.attempt(JOBS, day))


def rows_of(path: Path | None, *columns: str) -> list[tuple[Any, ...]]:
    """The rows of a Parquet file."""
    assert path is not None
    table = pq.read_table(path, columns=list(columns))
    return list(zip(*(table[c].to_pylist() for c in columns), strict=True))
