"""One answer of a search as columns: at once where that is safe, else document by document.

A parser of whole pages is ten times as fast as one of documents, and knows one type a field. What
it refuses, or may have bent, is read by itself: both ways give the same rows, problems and
evidence, and speed is not bought with silence.
"""

from __future__ import annotations

import json
import logging
from typing import Any

import duckdb

from gridlens.sources.chunk import Chunk
from gridlens.sources.fieldmap import FieldMap
from gridlens.sources.json_columns import json_chunk
from gridlens.sources.opensearch import hits
from gridlens.sources.opensearch.cutting import Cut, Documents, cut
from gridlens.sources.opensearch.hits import Page
from gridlens.sources.opensearch.shape import Shape
from gridlens.sources.opensearch.typed import Odd, chunk_of, columns_of
from gridlens.sources.personal import Redaction

log = logging.getLogger(__name__)

# Documents by which the types are learned at first, and those that are read one by one around an
# odd one: enough for all fields, few enough to cost nothing.
_FIRST, _BLOCK = 256, 1_024


def page_of(
    con: duckdb.DuckDBPyConnection,
    body: bytes,
    field_map: FieldMap,
    redaction: Redaction,
    shape: Shape,
) -> Page:
    """Take an answer apart.

    Args:
        con: from ``parse.connect``.
        body: of the answer.
        field_map: what the documents become.
        redaction: takes personal values out of documents kept as evidence.
        shape: what earlier answers were like; learns from this one.

    Raises:
        AskAgain: the body is not the answer of a search, or not a whole one.
    """
    parts = cut(body)
    read = _Reader(con, field_map.wanted, redaction, shape)
    try:
        if parts:
            chunks = tuple(read.chunks(parts.documents))
            return hits.page(parts.envelope, _places(parts), chunks)
    except _NotCut as error:
        log.debug("read document by document: %s", error)
    return hits.page_of(con, body, field_map, redaction)


def _places(parts: Cut) -> hits.Places:
    try:
        first = json.loads(parts.places[0])
    except ValueError as error:
        raise _NotCut(str(error)) from None
    return hits.Places(len(parts.places), len(set(parts.places)), first, parts.last_sort)


class _NotCut(Exception):
    """A document, or a place, was cut in the middle."""


class _Reader:
    """Reads documents, as many at once as it can."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        wanted: frozenset[str],
        redaction: Redaction,
        shape: Shape,
    ) -> None:
        self._con, self._wanted, self._redaction, self._shape = con, wanted, redaction, shape

    def chunks(self, documents: Documents) -> list[Chunk]:
        """The documents side by side, the odd ones and their neighbours apart."""
        if self._shape.schema is None:
            self._shape.learn(_values(documents.part(0, _FIRST)))
        try:
            return [self._at_once(documents)]
        except Odd:
            blocks = range(0, len(documents), _BLOCK)
            return [self._block(documents.part(at, at + _BLOCK)) for at in blocks]

    def _at_once(self, documents: Documents) -> Chunk:
        columns = columns_of(documents, self._shape, self._wanted)
        return chunk_of(columns, documents, self._wanted, self._redaction)

    def _block(self, documents: Documents) -> Chunk:
        try:
            return self._at_once(documents)
        except Odd:
            self._shape.learn(_values(documents))
            texts = documents.texts()
            return json_chunk(self._con, texts, None, self._wanted, self._redaction)


def _values(documents: Documents) -> list[dict[str, Any]]:
    """The documents as values.

    Raises:
        _NotCut: one of them is not whole.
    """
    try:
        return [json.loads(text) for text in documents.texts()]
    except (ValueError, RecursionError) as error:
        raise _NotCut(str(error)) from None
