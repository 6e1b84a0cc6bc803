"""Two ways to read many documents in pages, behind one interface.

A *snapshot* (point in time) is one state of the index, whatever happens meanwhile. Where a proxy
lets searches alone through, *live* pages are read in a total order of time and key, and the
documents are counted before and after. Neither scrolls, and neither skips by number.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType

from gridlens.errors import GridlensError, SourceRefused, SourceRejected
from gridlens.sources.opensearch.answer import Rejected
from gridlens.sources.opensearch.client import Client
from gridlens.sources.opensearch.cut import Query, any_of
from gridlens.sources.opensearch.index import NAMED, WHOLE, Index, Look
from gridlens.sources.opensearch.stream import Stream

log = logging.getLogger(__name__)

# Sorting by a document's place costs nothing, but only these versions know it. A place is a
# shard's number and a document's: two indices have the same, so that each is read by itself.
_SHARD_DOC_FROM = (3, 3)
# Tells apart what no key does, documents without one or twins; the id costs the server memory,
# and is asked for only once documents have been missing.
_LAST_RESORT = ("_index", "_id")


@dataclass(frozen=True)
class Part:
    """Some documents of a day; two parts have none in common.

    Attributes:
        branches: the field by which documents can be put in order, and which documents.
    """

    branches: tuple[tuple[str, Query], ...]

    @property
    def query(self) -> Query:
        """All its documents."""
        return any_of([query for _, query in self.branches])


class Snapshot:
    """One state of an index; use it as a context manager.

    Args:
        index: what to read.
        has_place: whether documents can be sorted by their place.
        again: a reading has missed documents: take the order that tells all apart.

    Raises:
        Rejected, SourceRefused: the endpoint does not let us open one.
    """

    name = "pit"

    def __init__(self, index: Index, *, has_place: bool, again: bool) -> None:
        self._index, self._has_place, self._again = index, has_place, again
        self._keep = f"{index.client.endpoint.keep_alive_s}s"
        params = {"keep_alive": self._keep, "allow_partial_pit_creation": "false"}
        path = f"{index.path}/point_in_time"
        self._id = str(index.client.request("POST", path, None, params).json()["pit_id"])

    def __enter__(self) -> Snapshot:
        """The snapshot itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let the server forget it; should that fail, it does so by itself a little later."""
        try:
            body = {"pit_id": [self._id]}
            self._index.client.request("DELETE", "/_search/point_in_time", body, patience_s=0)
        except GridlensError as unclosed:
            log.warning("a point in time stays open for %s: %s", self._keep, unclosed)

    def look(self, part: Part) -> Look:
        """How many documents the part has, and how new they are."""
        return self._index.look(part.query, self._id)

    def streams(self, parts: Sequence[Part], look: Look) -> list[Stream]:
        """Chains of pages that can be read side by side; together, all documents once.

        Args:
            parts: what to read.
            look: what a look at all of them has found.
        """
        slices = self._index.client.endpoint.parallel_requests if len(parts) == 1 else 1
        return [
            self._stream({"bool": {"filter": [part.query, {"term": {"_index": name}}]}}, n, slices)
            for part in parts
            for name in sorted(look.indices)
            for n in range(slices)
        ]

    def _stream(self, query: Query, n: int, slices: int) -> Stream:
        by_key = (self._index.cut.key, *(_LAST_RESORT if self._again else ()))
        body = {
            "query": query,
            "sort": ordered(*(("_shard_doc",) if self._has_place else by_key)),
            "pit": {"id": self._id, "keep_alive": self._keep},
        }
        if slices > 1:
            body["slice"] = {"id": n, "max": slices}
        is_total = self._has_place or self._again
        return Stream(self._index.client, "/_search", WHOLE, body, is_total)


class Live:
    """The index as it is at each moment, for endpoints that let only searches through.

    Args:
        index: what to read.
        again: a reading has missed documents: take the order that tells all apart.
    """

    name = "search_after"

    def __init__(self, index: Index, *, again: bool) -> None:
        self._index, self._again = index, again

    def __enter__(self) -> Live:
        """The way itself."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing was opened."""

    def look(self, part: Part) -> Look:
        """How many documents the part has now, and how new they are."""
        return self._index.look(part.query)

    def streams(self, parts: Sequence[Part], look: Look) -> list[Stream]:
        """Chains of pages that can be read side by side; together, all documents once."""
        last = (self._index.cut.key, *(_LAST_RESORT if self._again else ()))
        return [
            Stream(
                self._index.client,
                self._index.path,
                NAMED,
                {"query": query, "sort": ordered(field, *last)},
                self._again,
            )
            for part in parts
            for field, query in part.branches
        ]


def ordered(*fields: str) -> list[dict[str, str]]:
    """The order by these fields, each named once."""
    return [{field: "asc"} for field in dict.fromkeys(fields)]


def opened(index: Index, server: str | None, *, again: bool) -> Snapshot | Live:
    """The better way that the endpoint allows, or the one that its settings demand.

    Args:
        index: what to read.
        server: its version, if it tells.
        again: a reading has missed documents.

    Raises:
        Rejected: the index does not exist.
        SourceRefused: not even a search is allowed.
    """
    paging = index.client.endpoint.paging
    if paging == "search_after":
        return Live(index, again=again)
    try:
        return Snapshot(index, has_place=_knows_places(server), again=again)
    except (Rejected, SourceRefused) as error:
        is_missing = isinstance(error, Rejected) and error.kind == "index_not_found_exception"
        if paging == "pit" or is_missing:
            raise
        log.info("%s: pages without a point in time: %s", index.client.address, error)
        return Live(index, again=again)


def version(client: Client) -> str | None:
    """The server's version, ``3.5.0``; None where only searches are let through."""
    try:
        return str(client.request("GET", "/").json()["version"]["number"])
    except (SourceRejected, SourceRefused, KeyError, TypeError):
        return None


def _knows_places(number: str | None) -> bool:
    parts = number.split(".")[:2] if number else []
    return all(p.isdigit() for p in parts) and tuple(map(int, parts)) >= _SHARD_DOC_FROM
