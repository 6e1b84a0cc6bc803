"""What the files of a slice hold: one row a key, in one order, with a fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
from pyarrow import dataset

from gridlens.slices.fingerprint import fingerprint, fingerprint_of
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

# Row groups of one size, so that the bytes do not depend on how many threads wrote them;
# level 1 writes in half the time of level 3 what is 2 % larger (850,000 transfers).
_FORMAT = "(format parquet, compression zstd, compression_level 1, row_group_size 122880)"


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
    table: Table, rows: Path, aside: Path, earlier: Sequence[Path], limits: Limits
) -> Content:
    """Make a slice's content of the rows and the quarantined documents in order of arrival.

    ``earlier`` are the files with the keys that earlier extractions of the day had.
    """
    newest, quarantine, lost = (rows.with_name(f"{n}.sorted") for n in ("rows", "aside", "gone"))
    with _connect(rows.parent, limits) as con:
        con.register("rows", dataset.dataset(rows, format="ipc"))
        con.register("aside", dataset.dataset(aside, format="ipc"))
        accepted, duplicates = _write_newest(con, table, newest)
        quarantined = _write_sorted(con, "aside", QUARANTINE.names, quarantine)
        gone = _write_sorted(con, _gone(table, earlier, newest), table.key, lost) if earlier else 0
        stem = _joined(fingerprint(newest), fingerprint(quarantine))
        files = {}
        if accepted + quarantined:
            files["file"] = (stem[:16], newest)
        if quarantined:
            files["quarantine_file"] = (f"{stem[:16]}.quarantine", quarantine)
        if gone:
            # Named by its own content: it depends on history, which the fingerprint does not.
            files["gone_file"] = (f"{fingerprint(lost)[:16]}.gone", lost)
    return Content(accepted, duplicates, quarantined, gone, stem, files)


def fingerprint_of_nothing() -> str:
    """The fingerprint of a slice without rows and without quarantine."""
    return _joined(fingerprint_of([]), fingerprint_of([]))


def _connect(scratch: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(
        config={
            "memory_limit": limits.memory,
            "threads": limits.threads,
            "temp_directory": str(scratch / "spill"),
        }
    )


def _write_newest(con: duckdb.DuckDBPyConnection, table: Table, target: Path) -> tuple[int, int]:
    """Write the newest row of every key, in the keys' order; returns (rows, left out).

    Only rows whose key stands there twice are compared: they are few, and a window over whole
    rows would hold the day in memory. Of two equally new ones the larger by content stays.
    """
    every, key = _list(arrow_schema(table).names), _list(table.key)
    con.execute(
        f"""
        create temp table contested as
        select {key}, count(*) as number from rows group by all having number > 1
        """
    )
    (left_out,) = _row(con, "select coalesce(sum(number - 1), 0) from contested")
    version = f"{quoted(table.version)} desc nulls last, " if table.version else ""
    same = " and ".join(f"r.{quoted(k)} is not distinct from c.{quoted(k)}" for k in table.key)
    newest = f"""
        select {every} from rows as r anti join contested as c on {same}
        union all
        select {every} from rows as r semi join contested as c on {same}
        qualify row_number() over (
            partition by {key} order by {version} json_array({every})::varchar desc
        ) = 1
    """
    order = ", ".join(f"{quoted(k)} nulls first" for k in table.key)
    kept = f"({newest})" if left_out else "rows"
    return _copy(con, f"select {every} from {kept} order by {order}", target), left_out


def _write_sorted(
    con: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str], target: Path
) -> int:
    every = _list(columns)
    return _copy(con, f"select {every} from {relation} order by all nulls first", target)


def _gone(table: Table, earlier: Sequence[Path], present: Path) -> str:
    keys = [f"select {_list(table.key)} from {_relation(path)}" for path in (*earlier, present)]
    return f"(({' union '.join(keys[:-1])}) except {keys[-1]})"


def _joined(*fingerprints: str) -> str:
    return hashlib.sha256(":".join(fingerprints).encode()).hexdigest()[:32]


def _relation(path: Path) -> str:
    return f"read_parquet({literal(str(path))})"


def _list(names: Sequence[str]) -> str:
    return ", ".join(quoted(n) for n in names)


def _copy(con: duckdb.DuckDBPyConnection, query: str, target: Path) -> int:
    return int(_row(con, f"copy ({query}) to {literal(str(target))} {_FORMAT}")[0])


def _row(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    row = con.execute(sql).fetchone()
    assert row is not None  # noqa: S101 - an aggregate, or a copy, gives exactly one row
    return tuple(row)
