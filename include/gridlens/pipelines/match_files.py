"""Match people's own Parquet files: `gridlens match`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

import duckdb

from gridlens.errors import InputError
from gridlens.matching import V1, Reading, candidates_sql, flags_sql, reading_help
from gridlens.pipelines.report import Report, Stopwatch

_INTEGERS = frozenset(f"{u}{w}INT" for u in ("", "U") for w in ("TINY", "SMALL", "BIG", "HUGE", ""))
_ZONED = "TIMESTAMP WITH TIME ZONE"
_KINDS = {
    "whole number": _INTEGERS,
    "text": frozenset({"VARCHAR"}),
    "text or whole number": _INTEGERS | {"VARCHAR"},
    "time": frozenset({"TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", _ZONED}),
}
_SQL_TYPES = {"whole number": "BIGINT", "text": "VARCHAR", "time": "TIMESTAMP"}


def _kinds(kind: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), kind)


NEEDED = {
    "jobs": {
        **_kinds("whole number", "pandaid jeditaskid inputfilebytes outputfilebytes"),
        **_kinds("time", "creationtime starttime endtime"),
        **_kinds("text", "computingsite"),
    },
    "files": {
        **_kinds("whole number", "pandaid jeditaskid fsize"),
        **_kinds("text", "type lfn scope dataset_name proddblock"),
    },
    "transfers": {
        **_kinds("text or whole number", "transfer_id"),
        **_kinds("whole number", "jeditaskid bytes"),
        **_kinds("text", "activity scope lfn dataset_name src_site dst_site"),
        **_kinds("time", "started_at"),
    },
}
OPTIONAL = {
    "jobs": _kinds("text", "site"),
    "files": _kinds("text", "destinationdblock"),
    "transfers": {
        **_kinds("text", "proddblock"),
        **_kinds("time", "ended_at"),
        **_kinds("whole number", "pandaid"),
    },
}
KEYS = {"jobs": "pandaid", "transfers": "transfer_id"}


_READINGS = "\n".join(f"  --reading {line}" for line in reading_help().splitlines())
MATCH_HELP = f"""\
Match transfers with jobs, from your own Parquet files.

Columns that are needed; any others are ignored:
  jobs       {", ".join(NEEDED["jobs"])}; optional {", ".join(OPTIONAL["jobs"])}
  files      {", ".join(NEEDED["files"])}; optional {", ".join(OPTIONAL["files"])}
  transfers  {", ".join(NEEDED["transfers"])}; optional {", ".join(OPTIONAL["transfers"])}

How the open points of the paper's algorithm are read, default first:
{_READINGS}"""


class _Having(TypedDict):
    job_columns: list[str]
    file_columns: list[str]
    transfer_columns: list[str]


def match_files(
    jobs: Path,
    files: Path,
    transfers: Path,
    output: Path,
    *,
    candidates: Path | None = None,
    reading: Reading = V1,
    memory_limit: str = "1GB",
    threads: int = 2,
) -> Report:
    """Match the transfers of one Parquet file with the jobs of another.

    Outputs are Parquet, replaced as a whole, and only once all of them are written.

    Raises:
        InputError: a file cannot be read, lacks a column, has one of another type or repeats a
            key; or an output cannot be written.
    """
    watch = Stopwatch()
    sources = {"jobs": jobs, "files": files, "transfers": transfers}
    targets = [output, *([candidates] if candidates else [])]
    _check_targets(targets)
    with _session(memory_limit, threads) as con, _written(targets) as written:
        columns = {table: _register(con, table, path) for table, path in sources.items()}
        for table, key in KEYS.items():
            _refuse_repeated(con, table, key, sources[table])
        having = _Having(
            job_columns=columns["jobs"],
            file_columns=columns["files"],
            transfer_columns=columns["transfers"],
        )
        con.execute(f"create temp table pairs as {flags_sql(reading, **having)}")
        con.execute(f"copy pairs to {_literal(written[0])} (format parquet)")
        numbers = _counts(con, reading)
        if candidates:
            sql = candidates_sql(reading, **having)
            copied = f"copy ({sql}) to {_literal(written[1])} (format parquet)"
            numbers["candidates"] = _number(con, copied)
    notes = (f"reading: {reading.text()}", *(f"written: {target}" for target in targets))
    return Report("match", numbers=numbers, notes=notes, seconds=watch.seconds)


@contextmanager
def _session(memory_limit: str, threads: int) -> Iterator[duckdb.DuckDBPyConnection]:
    with (
        tempfile.TemporaryDirectory(prefix="gridlens-match-") as spill,
        duckdb.connect(
            config={"memory_limit": memory_limit, "threads": threads, "temp_directory": spill}
        ) as con,
    ):
        try:
            yield con
        except duckdb.ConversionException as error:
            # A number too wide for 64 bits shows only when it is read.
            raise InputError(f"{_first_line(error)}: no key or size is that large") from error
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise InputError(f"cannot read or write: {_first_line(error)}") from error


@contextmanager
def _written(targets: list[Path]) -> Iterator[list[Path]]:
    """Names to write to beside the targets; renamed when all went well, else removed."""
    names = [path.with_name(f".{path.name}.{os.getpid()}.tmp") for path in targets]
    try:
        yield names
        for name, target in zip(names, targets, strict=True):
            name.replace(target)
    finally:
        for name in names:
            name.unlink(missing_ok=True)


def _check_targets(targets: list[Path]) -> None:
    for path in targets:
        if path.is_dir() or not path.parent.is_dir():
            raise InputError(f"cannot write {path}: give a file name in a folder that exists")
    if len(set(targets)) < len(targets):
        raise InputError(f"pairs and candidates would both be {targets[0]}: give two names")


def _register(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> list[str]:
    """Make the view of that name: known columns in canonical types."""
    if not path.is_file():
        raise InputError(f"{table}: there is no file {path}: give a Parquet file")
    source = f"read_parquet({_literal(_unglobbed(path))})"
    try:
        rows = con.execute(f"describe select * from {source}").fetchall()
    except duckdb.Error as error:
        raise InputError(f"{table}: {path} is not a Parquet file: {_first_line(error)}") from error
    types = {name.lower(): kind for name, kind, *_ in rows}
    missing = [name for name in NEEDED[table] if name not in types]
    if missing:
        raise InputError(
            f"{table}: {path} lacks the column {missing[0]} ({_kind(table, missing[0])})"
        )
    known = [name for name in (*NEEDED[table], *OPTIONAL[table]) if name in types]
    selected = [f"{_cast(con, table, path, source, name, types[name])} as {name}" for name in known]
    con.execute(f"create temp view {table} as select {', '.join(selected)} from {source}")
    return known


def _kind(table: str, column: str) -> str:
    return {**NEEDED[table], **OPTIONAL[table]}[column]


def _cast(
    con: duckdb.DuckDBPyConnection, table: str, path: Path, source: str, column: str, found: str
) -> str:
    kind = _kind(table, column)
    is_whole_decimal = found.startswith("DECIMAL(") and found.endswith(",0)")
    fits = found in _KINDS[kind] or ("number" in kind and is_whole_decimal)
    # A column without a single value is often written with whatever type came first.
    if not fits and _number(con, f"select count({column}) from {source}") > 0:
        raise InputError(f"{table}: {path} has {column} as {found}: it must be a {kind}")
    if kind == "text or whole number":
        return column
    if found == _ZONED:
        return f"make_timestamp(epoch_us({column}))"
    return column if found == _SQL_TYPES[kind] else f"cast({column} as {_SQL_TYPES[kind]})"


def _refuse_repeated(con: duckdb.DuckDBPyConnection, table: str, key: str, path: Path) -> None:
    # Hashes first: they need a fraction of the memory, and nearly always settle it.
    rows, given, hashes = _row(
        con, f"select count(*), count({key}), count(distinct hash({key})) from {table}"
    )
    if given < rows:
        raise InputError(
            f"{table}: {path} has {rows - given} rows without {key}: give each row one"
        )
    if hashes == rows:
        return
    repeated = con.execute(
        f"select {key}, count(*) from {table} group by {key} having count(*) > 1 "
        f"order by {key} limit 1"
    ).fetchone()
    if repeated:
        raise InputError(
            f"{table}: {path} has {key} {repeated[0]} in {repeated[1]} rows: each must be unique"
        )


def _counts(con: duckdb.DuckDBPyConnection, reading: Reading) -> dict[str, int | float | str]:
    needs = "jeditaskid > 0 and endtime is not null"
    if reading.lookback_days is not None:
        needs += " and creationtime is not null"
    methods = ("exact", "rm1", "rm2", "direct")
    found = ", ".join(f"count(*) filter (where {name})" for name in methods)
    pairs, *by_method = _row(con, f"select count(*), {found} from pairs")
    lacking = f"select count(*) from jobs where ({needs}) is not true"
    return {
        "pairs": pairs,
        **dict(zip(methods, by_method, strict=True)),
        "jobs": _number(con, "select count(*) from jobs"),
        "jobs without a task or time": _number(con, lacking),
        "files": _number(con, "select count(*) from files"),
        "transfers": _number(con, "select count(*) from transfers"),
    }


def _row(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    return tuple(con.execute(sql).fetchall()[0])


def _number(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    return _row(con, sql)[0]


def _literal(path: Path | str) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _unglobbed(path: Path) -> str:
    """The path as a pattern that means this one file, whatever characters it has."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
