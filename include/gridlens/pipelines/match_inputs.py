"""The three Parquet files that `gridlens match` reads: what they must have, and as which type."""

from __future__ import annotations

from pathlib import Path

import duckdb

from gridlens.errors import InputError

_INTEGERS = frozenset(
    f"{sign}{width}"
    for sign in ("", "U")
    for width in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
)
_WIDER = frozenset({"UBIGINT", "HUGEINT", "UHUGEINT"})
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


def register(con: duckdb.DuckDBPyConnection, table: str, path: Path) -> list[str]:
    """Make the view of that name over the file: known columns in canonical types.

    Returns:
        The columns that it has.

    Raises:
        InputError: there is no such Parquet file, or a column is missing or of another type.
    """
    if not path.is_file():
        raise InputError(f"{table}: there is no file {path}: give a Parquet file")
    source = f"read_parquet({literal(_unglobbed(path))})"
    try:
        rows = con.execute(f"describe select * from {source}").fetchall()
    except duckdb.Error as error:
        raise InputError(f"{table}: {path} is not a Parquet file: {first_line(error)}") from error
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
    if not fits and number(con, f"select count({column}) from {source}") > 0:
        raise InputError(f"{table}: {path} has {column} as {found}: it must be a {kind}")
    if kind == "text or whole number":
        return column
    if found == _ZONED:
        return f"make_timestamp(epoch_us({column}))"
    if found in _WIDER or is_whole_decimal:
        narrowed = f"select count({column}) - count(try_cast({column} as bigint)) from {source}"
        if number(con, narrowed) > 0:
            raise InputError(f"{table}: {path} has a {column} wider than 64 bits: correct it")
    return column if found == _SQL_TYPES[kind] else f"cast({column} as {_SQL_TYPES[kind]})"


def refuse_repeated(con: duckdb.DuckDBPyConnection, table: str, key: str, path: Path) -> None:
    """See that every row has a key of its own.

    Raises:
        InputError: a row has none, or two have the same; the least of these is named.
    """
    # Hashes first: they need a fraction of the memory, and nearly always settle it.
    rows, given, hashes = row(
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


def row(con: duckdb.DuckDBPyConnection, sql: str) -> tuple[int, ...]:
    """The one row of numbers that the query gives."""
    return tuple(con.execute(sql).fetchall()[0])


def number(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The one number that the query gives."""
    return row(con, sql)[0]


def literal(path: Path | str) -> str:
    """A path as a SQL string."""
    return "'" + str(path).replace("'", "''") + "'"


def _unglobbed(path: Path) -> str:
    """The path as a pattern that means this one file, whatever characters it has."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def first_line(error: Exception) -> str:
    """What an error says, without the query that follows."""
    return str(error).strip().splitlines()[0]
