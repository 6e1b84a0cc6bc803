"""Files of any kind as chunks: the kind is told by the content, not by the file's name."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from gridlens.errors import SourceRejected, SourceUnavailable
from gridlens.sources.chunk import Chunk
from gridlens.sources.columnar import csv_chunks, is_table_text, parquet_chunks
from gridlens.sources.fieldmap import FieldMap
from gridlens.sources.json_columns import json_chunk
from gridlens.sources.json_documents import documents_of
from gridlens.sources.personal import Redaction

BLOCK_BYTES = 12 * 2**20
_PEEK_BYTES = 2**16
_DOCUMENTS = 50_000
_BOM = b"\xef\xbb\xbf"
_LINE_SUFFIXES = (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz")


def chunks(
    con: duckdb.DuckDBPyConnection, path: Path, field_map: FieldMap, redaction: Redaction
) -> Iterator[Chunk]:
    """All documents of a file, some thousand at a time.

    Raises:
        SourceUnavailable: the file is gone, or torn as if it were still being written.
        SourceRejected: the file is not of a kind that is known.
    """
    try:
        if _starts(path)[:4] == b"PAR1":
            with pq.ParquetFile(path) as table:
                yield from parquet_chunks(table, str(path), field_map.wanted, redaction)
            return
        with _opened(path) as file:
            yield from _text_chunks(con, file, path, field_map, redaction)
    except (EOFError, OSError, pa.ArrowInvalid) as error:
        if isinstance(error, gzip.BadGzipFile):
            raise SourceRejected(f"{path} is not a sound gzip file: {error}") from error
        raise SourceUnavailable(
            f"{path} cannot be read to its end ({error}): if it is still being written, "
            "try again later; else export it anew"
        ) from error
    except (zlib.error, UnicodeDecodeError) as error:
        raise SourceRejected(f"{path} is damaged: {error}; export it anew") from error


def _starts(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _opened(path: Path) -> IO[bytes]:
    if _starts(path)[:2] == b"\x1f\x8b":
        # A gzip file's own buffer is small; reading through a larger one is twice as fast.
        return cast("IO[bytes]", io.BufferedReader(gzip.open(path), _PEEK_BYTES))
    return path.open("rb", buffering=_PEEK_BYTES)


def _text_chunks(
    con: duckdb.DuckDBPyConnection,
    file: IO[bytes],
    path: Path,
    field_map: FieldMap,
    redaction: Redaction,
) -> Iterator[Chunk]:
    start, wanted = _peek(file), field_map.wanted
    is_lines = path.name.endswith(_LINE_SUFFIXES)
    if not is_lines and is_table_text(start.decode("utf-8", "replace").splitlines()):
        with io.TextIOWrapper(file, "utf-8-sig", "surrogateescape", newline="") as text:
            yield from csv_chunks(text, str(path), field_map, redaction)
    elif is_lines or not start.strip() or _is_lines(start):
        for texts, broken in _lines(file):
            yield json_chunk(con, texts, broken, wanted, redaction)
    else:
        documents = _whole(file.read(), path)
        for at in range(0, len(documents), _DOCUMENTS):
            yield json_chunk(con, documents[at : at + _DOCUMENTS], None, wanted, redaction)


def _peek(file: IO[bytes]) -> bytes:
    return cast("io.BufferedReader", file).peek(_PEEK_BYTES)


def _is_lines(start: bytes) -> bool:
    """True if the first line is a document of its own and is not the only line."""
    first, _, rest = start.removeprefix(_BOM).lstrip().partition(b"\n")
    if not rest.strip() or first.startswith(b"["):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        # A torn first line among whole ones is one broken document, not a broken file.
        return _is_document(rest.lstrip().partition(b"\n")[0])


def _is_document(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def _whole(content: bytes, path: Path) -> list[str]:
    try:
        return documents_of(content.removeprefix(_BOM).decode())
    except (ValueError, IndexError, RecursionError) as error:
        raise SourceRejected(f"{path} is not sound JSON: {error}; export it anew") from error


def _lines(file: IO[bytes]) -> Iterator[tuple[list[str], list[str | None] | None]]:
    rest = b""
    at_start = True
    while block := file.read(BLOCK_BYTES):
        if at_start:
            block, at_start = block.removeprefix(_BOM), False
        whole, newline, rest_after = (rest + block).rpartition(b"\n")
        rest = rest_after
        if newline:
            yield from _documents(whole)
    yield from _documents(rest)


def _documents(block: bytes) -> Iterator[tuple[list[str], list[str | None] | None]]:
    try:
        texts = [t for t in block.decode().split("\n") if t and not t.isspace()]
        broken: list[str | None] | None = None
    except UnicodeDecodeError:
        lines = [line for line in block.split(b"\n") if line.strip()]
        texts = [line.decode("utf-8", "backslashreplace") for line in lines]
        broken = [None if _is_utf8(line) else "is not UTF-8" for line in lines]
    for at in range(0, len(texts), _DOCUMENTS):
        yield texts[at : at + _DOCUMENTS], broken and broken[at : at + _DOCUMENTS]


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True
