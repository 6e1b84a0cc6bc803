"""Documents as columns at once, by a parser that knows one type a field and refuses all else."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from gridlens.sources.chunk import BROKEN, Chunk, Field
from gridlens.sources.json_path import JsonPath
from gridlens.sources.opensearch.cutting import Documents
from gridlens.sources.opensearch.shape import Shape
from gridlens.sources.personal import Redaction

# From here on a double may be another number than the one that was written.
_EXACT = 2.0**53
_KINDS = {pa.int64(): "number", pa.float64(): "number", pa.bool_(): "truth", pa.string(): "text"}
Columns = Mapping[JsonPath, pa.ChunkedArray]


class Odd(Exception):
    """A document is not of the shape, or might not come out as it was written."""


def columns_of(documents: Documents, shape: Shape, wanted: Collection[str]) -> Columns:
    """All fields of the documents side by side.

    Args:
        documents: each of them begins and ends with a brace.
        shape: their types; it has learned from some of them.
        wanted: names of fields whose values count.

    Raises:
        Odd: they have to be read one by one.
    """
    body = documents.lines()
    types = shape.types
    try:
        # The parser takes texts as they are; a text of ASCII alone is sound.
        if not body.isascii():
            body.decode()
        table = pj.read_json(
            pa.BufferReader(body),
            read_options=pj.ReadOptions(use_threads=False, block_size=len(body) + 1),
            # A field that the shape does not know is still seen.
            parse_options=pj.ParseOptions(
                explicit_schema=shape.schema, unexpected_field_behavior="infer"
            ),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError) as error:
        raise Odd(str(error)) from None
    if len(table) != len(documents):
        raise Odd("lines and documents are not the same")
    # Of two spellings of a field the first counts, and no reader may see another order.
    columns = dict(sorted(_flat(table), key=lambda each: (len(each[0].keys), each[0].keys)))
    for path, values in columns.items():
        if path.name in wanted:
            _require_as_written(path, values, types)
    return columns


def chunk_of(
    columns: Columns, documents: Documents, wanted: Collection[str], redaction: Redaction
) -> Chunk:
    """The columns of the wanted fields as a chunk; the documents are kept for evidence."""
    chosen = [(path, values) for path, values in columns.items() if path.name in wanted]
    fields = tuple(Field(path.name, f"f{n}") for n, (path, _) in enumerate(chosen))
    table = {BROKEN: pa.chunked_array([pa.nulls(len(documents), pa.string())])}
    for field, (_, values) in zip(fields, chosen, strict=True):
        # A field without any value is of no type, and a column must have one.
        is_null = pa.types.is_null(values.type)
        table[field.column] = values.cast(pa.string()) if is_null else values
    kinds: dict[str, frozenset[str]] = {}
    for path, values in chosen:
        if values.null_count < len(values):
            kinds[path.name] = kinds.get(path.name, frozenset()) | {_KINDS[values.type]}
    keys = frozenset(".".join(path.keys) for path in columns if not path.is_nest)

    def original(rows: Sequence[int]) -> list[str]:
        return [redaction.document(documents.text(row)) for row in rows]

    return Chunk(pa.table(table), fields, keys, original, kinds)


def _flat(table: pa.Table) -> Iterator[tuple[JsonPath, pa.ChunkedArray]]:
    for name in table.column_names:
        yield from _leaves(JsonPath((name,)), table[name])


def _leaves(path: JsonPath, values: pa.ChunkedArray) -> Iterator[tuple[JsonPath, pa.ChunkedArray]]:
    if not (path.may_hold_fields and pa.types.is_struct(values.type)):
        yield path, values
        return
    for number, member in enumerate(values.type):
        yield from _leaves(path.member(member.name), pc.struct_field(values, [number]))


def _require_as_written(
    path: JsonPath, values: pa.ChunkedArray, types: Mapping[JsonPath, pa.DataType]
) -> None:
    """Hold that the parser has not bent a value.

    Raises:
        Odd: it may have.
    """
    if types.get(path) != values.type:
        raise Odd(f"{path.name} is new here, or no single value")
    if pa.types.is_floating(values.type) and not _are_exact(values):
        raise Odd(f"{path.name} has numbers that a double may not hold")


def _are_exact(values: pa.ChunkedArray) -> bool:
    """Whether all numbers are ones that a double holds; NaN is not."""
    are = pc.and_(pc.greater_equal(values, 0.0), pc.less(values, _EXACT))
    return bool(pc.all(are, min_count=0).as_py())
