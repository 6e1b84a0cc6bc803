"""One answer of a search, taken apart: its promise, its shards, each document as it is stored."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from gridlens.sources.chunk import Chunk
from gridlens.sources.fieldmap import FieldMap
from gridlens.sources.json_columns import json_chunk
from gridlens.sources.opensearch.answer import AskAgain, not_sound
from gridlens.sources.personal import Redaction

_DECODER = json.JSONDecoder()
# Quotes within a JSON text are escaped, so that this can only be a key.
_LIST, _SOURCE = '"hits":[', '"_source":'
_AROUND = 512
_NO_SOURCE = "is too large for an answer, or the index keeps no _source"


@dataclass(frozen=True)
class Places:
    """Where the documents of an answer stand in the order asked for.

    Attributes:
        hits: number of documents.
        places: number of different places among them.
        first_sort: place of the first document.
        last_sort: place of the last document.
    """

    hits: int
    places: int
    first_sort: Sequence[Any]
    last_sort: Sequence[Any]


@dataclass(frozen=True)
class Page(Places):
    """One answer.

    Attributes:
        total: how many documents the whole question finds, and
        relation: ``eq`` if exactly so many.
        timed_out: false unless the server gave up.
        shards: what became of the shards.
        chunks: the documents side by side.
    """

    total: int
    relation: str
    timed_out: object
    shards: Any
    chunks: tuple[Chunk, ...]


def page(envelope: Any, places: Places, chunks: tuple[Chunk, ...]) -> Page:
    """An answer of what stands around its documents, their places, and themselves.

    Raises:
        AskAgain: it is not the answer of a search, or not a whole one.
    """
    total = envelope["hits"].get("total")
    if not isinstance(total, dict):
        raise AskAgain("the answer does not say how many documents there are")
    return Page(
        **vars(places),
        total=int(total["value"]),
        relation=str(total["relation"]),
        timed_out=envelope.get("timed_out"),
        shards=envelope.get("_shards"),
        chunks=chunks,
    )


def page_of(
    con: duckdb.DuckDBPyConnection, body: bytes, field_map: FieldMap, redaction: Redaction
) -> Page:
    """Take an answer apart, document by document.

    Args:
        con: from ``parse.connect``.
        body: of the answer.
        field_map: what the documents become.
        redaction: takes personal values out of documents kept as evidence.

    Raises:
        AskAgain: the body is not the answer of a search, or not a whole one.
    """
    try:
        text = body.decode()
        documents, broken, places, end = _documents(text)
        head = text.index(_LIST) + len(_LIST)
        envelope = json.loads(text[:head] + text[end:])
    except ValueError as error:
        raise not_sound(error) from error
    first, last = (places[0], places[-1]) if places else ([], [])
    found = Places(len(documents), len(set(map(tuple, places))), first, last)
    chunk = json_chunk(con, documents, broken, field_map.wanted, redaction)
    return page(envelope, found, (chunk,))


def _documents(text: str) -> tuple[list[str], list[str | None] | None, list[Sequence[Any]], int]:
    """The documents as they are written, why some are not there, their places, and the end."""
    at = text.find(_LIST) + len(_LIST)
    if at < len(_LIST):
        raise AskAgain("the answer has no hits, not even none")
    documents: list[str] = []
    broken: list[str | None] = []
    places: list[Sequence[Any]] = []
    # A body that was cut has no character here, and then no hit either.
    while text[at : at + 1] != "]":
        at += text[at : at + 1] == ","
        document, why, place, at = _hit(text, at)
        documents.append(document)
        broken.append(why)
        places.append(place)
    return documents, broken if any(broken) else None, places, at


def _hit(text: str, at: int) -> tuple[str, str | None, Sequence[Any], int]:
    """Document, what is wrong with it, place in the order, and end of the hit that begins there."""
    start = text.find(_SOURCE, at) + len(_SOURCE)
    if start < len(_SOURCE) or "}" in text[at:start]:
        # The source found is that of another hit, or an id is odd: look at the whole.
        hit, end = _DECODER.raw_decode(text, at)
        if "_source" in hit:
            return json.dumps(hit["_source"]), None, hit["sort"], end
        return json.dumps({"_id": hit["_id"]}), _NO_SOURCE, hit["sort"], end
    _, stop = _DECODER.raw_decode(text, start)
    # What stands round the document is small once it is taken out.
    head = text[at:start] + "0"
    for length in (_AROUND, len(text)):
        try:
            rest, end = _DECODER.raw_decode(head + text[stop : stop + length])
        except ValueError:
            if length == len(text):
                raise
        else:
            break
    return text[start:stop], None, rest["sort"], stop + end - len(head)
