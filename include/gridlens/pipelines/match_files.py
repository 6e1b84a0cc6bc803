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
from gridlens.pipelines.match_inputs import (
    KEYS,
    NEEDED,
    OPTIONAL,
    first_line,
    literal,
    number,
    refuse_repeated,
    register,
    row,
)
from gridlens.pipelines.report import Report, Stopwatch

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
    _check_targets(targets, sources)
    with _session(memory_limit, threads) as con, _written(targets) as written:
        columns = {table: register(con, table, path) for table, path in sources.items()}
        for table, key in KEYS.items():
            refuse_repeated(con, table, key, sources[table])
        having = _Having(
            job_columns=columns["jobs"],
            file_columns=columns["files"],
            transfer_columns=columns["transfers"],
        )
        con.execute(f"create temp table pairs as {flags_sql(reading, **having)}")
        con.execute(f"copy pairs to {literal(written[0])} (format parquet)")
        numbers = _counts(con, reading)
        if candidates:
            sql = candidates_sql(reading, **having)
            copied = f"copy ({sql}) to {literal(written[1])} (format parquet)"
            numbers["candidates"] = number(con, copied)
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
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise InputError(f"cannot read or write: {first_line(error)}") from error


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


def _check_targets(targets: list[Path], sources: dict[str, Path]) -> None:
    places = [path.resolve() for path in targets]
    for table, source in sources.items():
        if source.resolve() in places:
            raise InputError(f"{source} holds the {table}: give another name to write to")
    for path in targets:
        if path.is_dir() or not path.parent.is_dir():
            raise InputError(f"cannot write {path}: give a file name in a folder that exists")
    if len(set(places)) < len(places):
        raise InputError(f"pairs and candidates would both be {targets[0]}: give two names")


def _counts(con: duckdb.DuckDBPyConnection, reading: Reading) -> dict[str, int | float | str]:
    needs = "jeditaskid > 0 and endtime is not null"
    if reading.lookback_days is not None:
        needs += " and creationtime is not null"
    methods = ("exact", "rm1", "rm2", "direct")
    found = ", ".join(f"count(*) filter (where {name})" for name in methods)
    pairs, *by_method = row(con, f"select count(*), {found} from pairs")
    lacking = f"select count(*) from jobs where ({needs}) is not true"
    return {
        "pairs": pairs,
        **dict(zip(methods, by_method, strict=True)),
        "jobs": number(con, "select count(*) from jobs"),
        "jobs without a task or time": number(con, lacking),
        "files": number(con, "select count(*) from files"),
        "transfers": number(con, "select count(*) from transfers"),
    }
