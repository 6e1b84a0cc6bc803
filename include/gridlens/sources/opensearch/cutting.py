"""The documents of an answer, cut out of it as they are written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Quotes within a JSON text are escaped, so that these can only be keys.
_SOURCE, _SORT, _NEXT = b'"_source":', b',"sort":', b'},{"_index":'
_OPEN = ord("{")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Documents:
    """Documents of an answer, left where they stand in it: a page is large, and a copy costs.

    Attributes:
        body: of the answer.
        spans: where in the body each begins and ends.
    """

    body: bytes
    spans: Sequence[tuple[int, int]]

    def __len__(self) -> int:
        return len(self.spans)

    def part(self, start: int, end: int) -> Documents:
        """Those from one number up to another."""
        return Documents(self.body, self.spans[start:end])

    def lines(self) -> bytes:
        """All of them, one after another."""
        view = memoryview(self.body)
        return b"\n".join([view[start:end] for start, end in self.spans])

    def text(self, number: int) -> str:
        """One of them, as it is written."""
        start, end = self.spans[number]
        return self.body[start:end].decode()

    def texts(self) -> list[str]:
        """Each of them, as it is written."""
        return [self.text(number) for number in range(len(self))]


@dataclass(frozen=True)
class Cut:
    """An answer in parts.

    Attributes:
        documents: at both ends of each stands a brace.
        places: of the documents in the order asked for, as they are written.
        envelope: what stands around the documents, with one hit in their stead.
        last_sort: the last of the places, as values.
    """

    documents: Documents
    places: Sequence[bytes]
    envelope: Any
    last_sort: Sequence[Any]


def cut(body: bytes) -> Cut | None:
    """Cut an answer where the keys around a document stand; None if they do not stand so.

    A document may have such keys itself, and then is cut in the middle. A parser that finds a
    whole document in each part proves that none was: between two documents alone may a brace
    close and the next open without a comma.
    """
    spans, places = [], []
    first = start = body.find(_SOURCE) + len(_SOURCE)
    while start >= len(_SOURCE):
        end = _end(body, start)
        if end is None or body[start] != _OPEN:
            return None
        spans.append((start, end))
        following = body.find(_SOURCE, end)
        if following >= 0 and body.count(_NEXT, end, following) != 1:
            # A hit without a document stands between.
            return None
        places.append(body[end + len(_SORT) : body.find(_NEXT, end, following)])
        start = following + len(_SOURCE)
    return _with_envelope(body, first, spans, places) if spans else None


def _end(body: bytes, start: int) -> int | None:
    """The end of the document that starts there; to look for one byte alone is quickest."""
    at = body.find(b"}", start)
    while at >= 0:
        if body.startswith(_SORT, at + 1):
            return at + 1
        at = body.find(b"}", at + 1)
    return None


def _with_envelope(
    body: bytes, first: int, spans: list[tuple[int, int]], places: list[bytes]
) -> Cut | None:
    rest = body[spans[-1][1] :]
    try:
        envelope = json.loads(body[:first] + b"{}" + rest)
        (hit,) = envelope["hits"]["hits"]
        place = rest[len(_SORT) :].decode()
        # Nothing follows the last document by which its place could be told from the rest.
        places[-1] = place[: _DECODER.raw_decode(place)[1]].encode()
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    return Cut(Documents(body, spans), places, envelope, hit["sort"])
