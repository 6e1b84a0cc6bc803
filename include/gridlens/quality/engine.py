"""The engine that rules are evaluated with: bounded, and nothing left in the working folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import duckdb

# A rule holds the keys of one day at most: `count(distinct …)` of 5 million files needs 0.3 GB.
_MEMORY = "1GB"
# As many as a slice is written with by default; judging runs beside the reading of documents.
_THREADS = 2


@contextmanager
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with temporary tables of its own, to a database in memory that may spill.

    All connections of a process share the database and its bounds: making one takes as long as
    judging a small slice.
    """
    with database(os.getpid()).cursor() as con:
        yield con


@cache
def database(process: int) -> duckdb.DuckDBPyConnection:
    """The database of a process; a forked one must not use its parent's, whose threads it lacks."""
    spill = Path(tempfile.gettempdir(), f"gridlens-rules-{process}")
    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "threads": _THREADS,
        "temp_directory": str(spill),
    }
    return duckdb.connect(config=limits)
