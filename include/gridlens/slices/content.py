"""What the files of a slice hold: one row a key, in one order, with a fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gridlens.slices.fingerprint import Fingerprint
from gridlens.slices.parquet import DOCUMENT_GROUP_ROWS, write
from gridlens.slices.runs import Runs, in_order
from gridlens.tables import Table
from gridlens.tables.arrow import arrow_schema
from gridlens.tables.identifiers import literal, quoted

QUARANTINE = pa.schema(
    [
        ("table_name", pa.string()),
        ("day", pa.date32()),
        ("row_key", pa.string()),
        ("field", pa.string()),
        ("reason", pa.string()),
        ("document", pa.string()),
    ]
)
_Connect: TypeAlias = Callable[[], duckdb.DuckDBPyConnection]

# The documents come first: by them the rows can be divided evenly.
ASIDE_KEY = ("document", "row_key", "field", "reason")


@dataclass(frozen=True)
class Limits:
    """How much an engine may use: memory before it spills, as DuckDB writes it, and threads."""

    memory: str
    threads: int


@dataclass(frozen=True)
class Content:
    """What settling a day's drafts gave.

    Attributes:
        accepted: rows of the slice.
        duplicates: rows left out, since a newer or equal one has their key.
        quarantined: documents kept aside.
        gone: keys of the earlier files that this slice lacks.
        fingerprint: of rows and quarantine.
        files: for each file field of the manifest the stem of its name and the finished draft.
    """

    accepted: int
    duplicates: int
    quarantined: int
    gone: int
    fingerprint: str
    files: Mapping[str, tuple[str, Path]]


def settle(
    table: Table, rows: Runs, aside: Runs, earlier: Sequence[Path], scratch: Path, limits: Limits
) -> Content:
    """Make a slice's content of the rows and the quarantined documents.

    Args:
        table: of the rows.
        rows: as they arrived.
        aside: the quarantined documents.
        earlier: files with the keys that earlier extractions of the day had.
        scratch: folder for the files that are made.
        limits: of the engine.
    """
    newest, quarantine, lost = (scratch / f"{n}.sorted" for n in ("rows", "aside", "gone"))
    schema = arrow_schema(table)
    keys = pa.schema([schema.field(name) for name in table.key])
    arrived = (_newest(partial(_connect, scratch, limits), table, some) for some in rows.ranges())
    accepted = write(arrived, schema, newest)
    quarantined = write(aside.ranges(), QUARANTINE, quarantine, DOCUMENT_GROUP_ROWS)
    lacking = _gone(partial(_connect, scratch, limits), table, earlier, newest) if earlier else []
    gone = write(lacking, keys, lost)
    stem = _joined(accepted.fingerprint, quarantined.fingerprint)
    files = {}
    if accepted.rows + quarantined.rows:
        files["file"] = (stem[:16], newest)
    if quarantined.rows:
        files["quarantine_file"] = (f"{stem[:16]}.quarantine", quarantine)
    if gone.rows:
        # Named by its own content: it depends on history, which the fingerprint does not.
        files["gone_file"] = (f"{gone.fingerprint[:16]}.gone", lost)
    duplicates = rows.rows - accepted.rows
    return Content(accepted.rows, duplicates, quarantined.rows, gone.rows, stem, files)


def fingerprint_of_nothing() -> str:
    """The fingerprint of a slice without rows and without quarantine."""
    return _joined(str(Fingerprint()), str(Fingerprint()))


def _connect(scratch: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        config={
            "memory_limit": limits.memory,
            "threads": limits.threads,
            "temp_directory": str(scratch / "spill"),
        }
    )


def _newest(connect: _Connect, table: Table, rows: pa.Table) -> pa.Table:
    """The newest row of every key, of rows in the order of their keys.

    Of two equally new ones the larger by content stays. Most days need no engine for it.
    """
    is_contested = _has_twin(rows.select(table.key))
    if not pc.any(is_contested).as_py():
        return rows
    version = f"{quoted(table.version)} desc nulls last, " if table.version else ""
    with connect() as con:
        con.register("contested", rows.filter(is_contested))
        newest = con.execute(
            f"""
            select * from contested
            qualify row_number() over (
                partition by {_list(table.key)}
                order by {version} json_array({_list(rows.column_names)})::varchar desc
            ) = 1
            """
        ).to_arrow_table()
    alone = rows.filter(pc.invert(is_contested))
    return in_order(pa.concat_tables([alone, newest.cast(rows.schema)]), table.key)


def _has_twin(keys: pa.Table) -> pa.Array:
    """Whether the row before or after each has the same key; what is missing is the same."""
    same = np.ones(max(len(keys) - 1, 0), bool)
    for values in keys.columns:
        one, other = values.slice(1), values.slice(0, max(len(values) - 1, 0))
        both_missing = pc.and_(pc.is_null(one), pc.is_null(other))
        equal = pc.fill_null(pc.equal(one, other), False)
        same &= pc.or_(both_missing, equal).to_numpy()
    twins = np.zeros(len(keys), bool)
    twins[1:] |= same
    twins[:-1] |= same
    return pa.array(twins)


def _gone(
    connect: _Connect, table: Table, earlier: Sequence[Path], present: Path
) -> Iterator[pa.Table]:
    """The keys that an earlier extraction had and this one lacks."""
    keys = [
        f"select {_list(table.key)} from read_parquet({literal(str(path))})"
        for path in (*earlier, present)
    ]
    lost = f"(({' union '.join(keys[:-1])}) except {keys[-1]})"
    with connect() as con:
        batches = con.execute(f"from {lost} order by all nulls first").to_arrow_reader()
        yield from (pa.Table.from_batches([batch]) for batch in batches)


def _joined(*fingerprints: str) -> str:
    return hashlib.sha256(":".join(fingerprints).encode()).hexdigest()[:32]


def _list(names: Sequence[str]) -> str:
    return ", ".join(quoted(n) for n in names)
