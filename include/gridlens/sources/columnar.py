"""Tables: CSV and Parquet files as chunks of source fields."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gridlens.errors import SourceRejected
from gridlens.sources.chunk import BROKEN, NOT_ONE_VALUE, Chunk, Field
from gridlens.sources.names import field_name
from gridlens.sources.personal import Redaction

ROWS = 50_000
_DELIMITERS = (",", ";", "\t", "|")
_MICROSECONDS = pa.timestamp("us")


def csv_chunks(
    lines: IO[str], where: str, wanted: Collection[str], redaction: Redaction
) -> Iterator[Chunk]:
    """Rows of a CSV file; a row that does not fit the header is broken, never bent to fit."""
    csv.field_size_limit(2**31 - 1)
    first = lines.readline()
    delimiter = max(_DELIMITERS, key=first.count)
    header = next(csv.reader([first], delimiter=delimiter), [])
    fields = _fields(header, where, wanted)
    rows = csv.reader(lines, delimiter=delimiter)
    while block := [row for row in islice(rows, ROWS) if row]:
        yield _csv_chunk(header, fields, block, redaction)


def _csv_chunk(
    header: list[str], fields: tuple[Field, ...], block: list[list[str]], redaction: Redaction
) -> Chunk:
    broken = [_misfit(header, row) for row in block]
    columns: dict[str, Any] = {BROKEN: pa.array(broken, pa.string())}
    for field in fields:
        at = int(field.column[1:])
        cells = [None if b else row[at] for row, b in zip(block, broken, strict=True)]
        columns[field.column] = pa.array(cells, pa.string())

    def original(rows: Sequence[int]) -> list[str]:
        return [
            redaction.cells(block[r])
            if len(block[r]) != len(header)
            else redaction.fields(zip(header, block[r], strict=True))
            for r in rows
        ]

    return Chunk(pa.table(columns), fields, frozenset(header), original)


def _misfit(header: list[str], row: list[str]) -> str | None:
    if len(row) != len(header):
        return f"has {len(row)} cells under a header of {len(header)}"
    # Bytes that are no UTF-8 arrive as lone surrogates (surrogateescape).
    if any(not cell.isascii() and any("\ud800" <= c <= "\udfff" for c in cell) for cell in row):
        return "is not UTF-8"
    return None


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
            broken = broken if bad is None else pc.if_else(bad, "is not UTF-8", broken)
            columns[field.column] = values
        rows = pa.table({BROKEN: broken, **columns})
        yield Chunk(rows, fields, frozenset(table.column_names), _rows_as_text(table, redaction))


def _flat(table: pa.Table) -> pa.Table:
    while any(pa.types.is_struct(field.type) for field in table.schema):
        table = table.flatten()
    return table


def _rows_as_text(table: pa.Table, redaction: Redaction) -> Any:
    def original(rows: Sequence[int]) -> list[str]:
        taken = table.take(pa.array(rows, pa.int64())).to_pylist()
        return [redaction.fields((k, _writable(v)) for k, v in row.items()) for row in taken]

    return original


def _writable(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value if isinstance(value, str | int | float | bool | None) else json.loads(_json(value))


def _json(value: Any) -> str:
    return json.dumps(value, default=str)


def _readable(values: pa.ChunkedArray) -> tuple[pa.ChunkedArray, pa.ChunkedArray | None]:
    """The values in a type that the casts know, and where they are not text."""
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _readable(pc.cast(values, kind.value_type))
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return pc.cast(values, _MICROSECONDS, safe=False), None
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
