"""Tables: CSV and Parquet files as chunks of source fields."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gridlens.errors import SourceRejected
from gridlens.sources.chunk import BROKEN, NOT_ONE_VALUE, Chunk, Field
from gridlens.sources.fieldmap import FieldMap
from gridlens.sources.names import field_name
from gridlens.sources.personal import Redaction

ROWS = 50_000
_DELIMITERS = (",", ";", "\t", "|")
_MICROSECONDS = pa.timestamp("us")
# The year 10000, in seconds: no calendar here goes further.
_LAST = 253_402_300_800
_TICKS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_NO_TEXT = "is not UTF-8"


def csv_chunks(
    lines: IO[str], where: str, field_map: FieldMap, redaction: Redaction
) -> Iterator[Chunk]:
    """Rows of a CSV file; a row that does not fit the header is broken, never bent to fit.

    Raises:
        SourceRejected: the header is none, or a quote is not closed: from there on nobody knows
            where a row ends.
    """
    csv.field_size_limit(2**31 - 1)
    first = lines.readline()
    delimiter = max(_DELIMITERS, key=first.count)
    rows = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = next(csv.reader([first], delimiter=delimiter, strict=True), [])
        _require_key(header, where, field_map)
        fields = _fields(header, where, field_map.wanted)
        while block := [row for row in islice(rows, ROWS) if row]:
            yield _csv_chunk(header, fields, block, redaction, delimiter)
    except csv.Error as error:
        raise SourceRejected(
            f"{where}: the quotes do not pair up, seen at line {rows.line_num + 1} ({error}): "
            "export it anew, with quotes inside cells doubled"
        ) from None


def _require_key(header: Sequence[str], where: str, field_map: FieldMap) -> None:
    """A first line that names no key is no header, and its cells may be a person's."""
    key = field_map.table.key
    if not {field_name(name) for name in header} & {n for k in key for n in field_map.names_of(k)}:
        raise SourceRejected(
            f"{where}: the first line names none of {', '.join(key)}: a CSV of "
            f"{field_map.table.name} needs a header line, with commas, semicolons, tabs or |"
        )


def _csv_chunk(
    header: list[str],
    fields: tuple[Field, ...],
    block: list[list[str]],
    redaction: Redaction,
    delimiter: str,
) -> Chunk:
    broken = [_misfit(header, row, delimiter) for row in block]
    columns: dict[str, Any] = {BROKEN: pa.array(broken, pa.string())}
    for field in fields:
        at = int(field.column[1:])
        cells = [None if b else row[at] for row, b in zip(block, broken, strict=True)]
        columns[field.column] = pa.array(cells, pa.string())

    def original(rows: Sequence[int]) -> list[str]:
        return [
            redaction.fields(zip(header, block[r], strict=True))
            if broken[r] in (None, _NO_TEXT)
            else redaction.cells(block[r])
            for r in rows
        ]

    return Chunk(pa.table(columns), fields, frozenset(header), original)


def _misfit(header: list[str], row: list[str], delimiter: str) -> str | None:
    if len(row) != len(header):
        return f"has {len(row)} cells under a header of {len(header)}"
    # Bytes that are no UTF-8 arrive as lone surrogates (surrogateescape).
    if any(not cell.isascii() and any("\ud800" <= c <= "\udfff" for c in cell) for cell in row):
        return _NO_TEXT
    if any("\n" in cell and _holds_a_row(cell, len(header), delimiter) for cell in row):
        return "has rows inside a cell: a quote before them is not closed"
    return None


def _holds_a_row(cell: str, width: int, delimiter: str) -> bool:
    return width > 1 and any(line.count(delimiter) >= width - 1 for line in cell.splitlines()[1:])


def _fields(names: Sequence[str], where: str, wanted: Collection[str]) -> tuple[Field, ...]:
    fields = tuple(
        Field(field_name(name), f"c{i}")
        for i, name in enumerate(names)
        if field_name(name) in wanted
    )
    repeated = [name for name in names if names.count(name) > 1 and field_name(name) in wanted]
    if repeated:
        raise SourceRejected(f"{where}: the header names '{repeated[0]}' twice: rename one of them")
    return fields


def parquet_chunks(
    file: pq.ParquetFile, where: str, wanted: Collection[str], redaction: Redaction
) -> Iterator[Chunk]:
    """Rows of a Parquet file, with its own types where they fit a column later."""
    for batch in file.iter_batches(batch_size=ROWS):
        table = _flat(pa.Table.from_batches([batch]))
        fields = _fields(table.column_names, where, wanted)
        columns: dict[str, Any] = {}
        broken = pa.nulls(table.num_rows, pa.string())
        for field in fields:
            values, bad = _readable(table.column(int(field.column[1:])))
            broken = broken if bad is None else pc.if_else(bad, _NO_TEXT, broken)
            columns[field.column] = values
        rows = pa.table({BROKEN: broken, **columns})
        yield Chunk(rows, fields, frozenset(table.column_names), _rows_as_text(table, redaction))


def _flat(table: pa.Table) -> pa.Table:
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return table


def _rows_as_text(table: pa.Table, redaction: Redaction) -> Any:
    def original(rows: Sequence[int]) -> list[str]:
        taken = table.take(pa.array(rows, pa.int64()))
        columns = [_as_values(column) for column in taken.columns]
        return [
            redaction.fields(
                (k, _writable(v)) for k, v in zip(table.column_names, row, strict=True)
            )
            for row in zip(*columns, strict=True)
        ]

    return original


def _as_values(column: pa.ChunkedArray) -> list[Any]:
    try:
        return list(column.to_pylist())
    except (OverflowError, ValueError):
        # A time that Python's own types cannot hold: beyond their years, or with nanoseconds.
        return list(pc.cast(column, pa.int64()).to_pylist())


def _writable(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, dict):
        return {str(_writable(k)): _writable(v) for k, v in value.items()}
    if isinstance(value, list) and value and all(isinstance(v, tuple) for v in value):
        # A map comes as pairs, and its keys may stand twice.
        return [{str(_writable(k)): _writable(v)} for k, v in value]
    if isinstance(value, list):
        return [_writable(v) for v in value]
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _readable(values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray | None]:
    """The values in a type that the casts know, and where they are not text."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _readable(pc.cast(values, kind.value_type))
    if pa.types.is_date(kind):
        return _readable(pc.cast(values, pa.timestamp("s")))
    if pa.types.is_timestamp(kind):
        return _in_microseconds(values), None
    if pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_string(kind):
        return values, None
    if pa.types.is_floating(kind):
        return pc.cast(values, pa.float64()), None
    if pa.types.is_nested(kind):
        marks = pc.if_else(pc.is_valid(values), NOT_ONE_VALUE, pa.scalar(None, pa.string()))
        return marks, None
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _decoded(values)
    return pc.cast(values, pa.string()), None


def _in_microseconds(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """The times, or texts where one of them has no microseconds: that one is no time then."""
    unit = values.type.unit
    numbers = pc.cast(values, pa.int64())
    limit = min(_LAST * _TICKS[unit], 2**63 - 1)
    is_beyond = pc.or_(pc.greater(numbers, limit), pc.less(numbers, -limit))
    near = pc.if_else(is_beyond, pa.scalar(None, values.type), values)
    times = pc.cast(near, _MICROSECONDS, safe=False)
    if not pc.any(is_beyond).as_py():
        return times
    said = pc.binary_join_element_wise(pc.cast(numbers, pa.string()), unit, " ")
    return pc.if_else(is_beyond, said, pc.cast(times, pa.string()))


def _decoded(values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray | None]:
    try:
        return pc.cast(values, pa.string()), None
    except pa.ArrowInvalid:
        texts = [_text(v) for v in values.to_pylist()]
        bad = pa.array(
            [t is None and v is not None for t, v in zip(texts, values.to_pylist(), strict=True)]
        )
        return pa.chunked_array([pa.array(texts, pa.string())]), bad


def _text(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None


def is_table_text(lines: Iterable[str]) -> bool:
    """True if the first line that is not blank looks like a header, not like JSON."""
    first = next((line.strip() for line in lines if line.strip()), "")
    return bool(first) and first.lstrip("\ufeff")[0] not in "{["
