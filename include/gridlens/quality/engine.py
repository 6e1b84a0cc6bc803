"""The engine that rules are evaluated with: bounded, and nothing left in the working folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import duckdb

# A rule holds the keys of one day at most: `count(distinct …)` of 5 million files needs 0.3 GB.
_MEMORY = "1GB"
# As many as a slice is written with by default; judging runs beside the reading of documents.
_THREADS = 2


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty database in memory that spills to the system's temporary folder."""
    with TemporaryDirectory(prefix="gridlens-rules-") as spill:
        limits: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": _MEMORY,
            "threads": _THREADS,
            "temp_directory": spill,
        }
        with duckdb.connect(config=limits) as con:
            yield con
