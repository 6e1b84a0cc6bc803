"""The documents of an answer, cut out of it as they are written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_DECODER = json.JSONDecoder()
# Quotes within a JSON text are escaped, so that these can only be keys.
_SOURCE, _SORT, _NEXT = b'"_source":', b',"sort":', b'},{"_index":'


@dataclass(frozen=True)
class Cut:
    """An answer in parts.

    Attributes:
        documents: as they are written; each begins and ends with a brace.
        places: of the documents in the order asked for, as they are written.
        envelope: what stands around the documents, with one hit in their stead.
        last_sort: the last of the places, as values.
    """

    documents: Sequence[bytes]
    places: Sequence[bytes]
    envelope: Any
    last_sort: Sequence[Any]


def cut(body: bytes) -> Cut | None:
    """Cut an answer where the keys around a document stand; None if they do not stand so.

    A document may have such keys itself, and then is cut in the middle. A parser that finds a
    whole document in each part proves that none was: between two documents alone may a brace
    close and the next open without a comma.
    """
    first, *parts = body.split(_SOURCE)
    documents, places = [], []
    rest = b""
    for part in parts:
        document, _, rest = part.rpartition(_SORT)
        if not (document.startswith(b"{") and document.endswith(b"}")):
            return None
        documents.append(document)
        places.append(rest.partition(_NEXT)[0])
    if not documents:
        return None
    try:
        envelope = json.loads(first + _SOURCE + b"{}" + _SORT + rest)
        (hit,) = envelope["hits"]["hits"]
        end = _DECODER.raw_decode(rest.decode())[1]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    # Nothing follows the last document by which its place could be told from the rest.
    places[-1] = rest[:end]
    return Cut(documents, places, envelope, hit["sort"])
