"""One index, alias or wildcard at one OpenSearch: what it holds, without reading documents."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from gridlens.errors import SourceRejected
from gridlens.sources.opensearch.answer import Answer, AskAgain
from gridlens.sources.opensearch.client import Client
from gridlens.sources.opensearch.cut import EARLIEST, LATEST, Cut, Query

# Never a part of an answer for the whole, never nothing for an index that is not there.
WHOLE = {"allow_partial_search_results": "false"}
NAMED = WHOLE | {"ignore_unavailable": "false", "allow_no_indices": "false"}


# The server's sums are doubles, rounded for each part of a question: in other parts, the last
# digits may be others. Of 1,000 documents they tell a millisecond, of a million 2 s.
_SUM_PRECISION = 2.0**-50


@dataclass(frozen=True)
class Look:
    """What a question would find.

    Attributes:
        documents: how many.
        newest: the newest time of change among them, as the index keeps it; None without any.
        changed_sum: the sum of their times of change; None without any, or if it is not known.
        indices: names of the indices that have some.
    """

    documents: int
    newest: str | None = None
    changed_sum: int | None = None
    indices: frozenset[str] = dataclasses.field(default=frozenset(), compare=False)

    def __add__(self, other: Look) -> Look:
        """What both questions would find; they must have no document in common."""
        newest = max((n for n in (self.newest, other.newest) if n), key=float, default=None)
        sums = [s for s in (self.changed_sum, other.changed_sum) if s is not None]
        return Look(
            self.documents + other.documents,
            newest,
            sum(sums) if sums else None,
            self.indices | other.indices,
        )

    def is_as(self, other: Look) -> bool:
        """Whether both may have seen the same documents; a sum that is not known says nothing."""
        if (self.documents, self.newest) != (other.documents, other.newest):
            return False
        if self.changed_sum is None or other.changed_sum is None:
            return True
        return abs(self.changed_sum - other.changed_sum) <= abs(self.changed_sum) * _SUM_PRECISION


class Index:
    """What an index holds.

    Args:
        client: of the endpoint.
        name: of the index, alias or wildcard.
        cut: how its documents tell their day.
    """

    def __init__(self, client: Client, name: str, cut: Cut) -> None:
        self.client, self.name, self.cut = client, name, cut

    @property
    def path(self) -> str:
        """Of searches in it."""
        return f"/{self.name}/_search"

    def look(self, query: Query, pit: str | None = None) -> Look:
        """How many documents the query finds, and how new they are.

        Args:
            query: of the documents.
            pit: look at this point in time, not at the present.

        Raises:
            SourceUnavailable: no complete answer.
            Rejected: the index does not exist.
        """
        body = {
            "size": 0,
            "track_total_hits": True,
            "query": query,
            "aggs": {
                "newest": {"max": {"field": self.cut.changed}},
                "changed": {"sum": {"field": self.cut.changed}},
                "indices": {"terms": {"field": "_index", "size": _MOST_INDICES}},
            },
        }
        found = self._search(body, pit)
        seen = found["aggregations"]
        newest = seen["newest"]["value"]
        return Look(
            found["hits"]["total"]["value"],
            None if newest is None else repr(newest),
            None if newest is None else round(seen["changed"]["value"]),
            frozenset(bucket["key"] for bucket in seen["indices"]["buckets"]),
        )

    def has(self, query: Query) -> bool:
        """Whether the query finds any document."""
        # One is enough: the server stops at the first that it finds.
        body = {"size": 0, "track_total_hits": 1, "terminate_after": 1, "query": query}
        return bool(self._search(body)["hits"]["total"]["value"])

    def first(self) -> datetime | None:
        """The earliest time of any document, UTC; None if there is no document with one."""
        return min(self._ends("asc"), default=None)

    def last(self) -> datetime | None:
        """The latest time of any document, UTC; None if there is no document with one."""
        return max(self._ends("desc"), default=None)

    def sample(self, number: int) -> tuple[int, int]:
        """Some documents of any day: how many came, and in how many bytes."""
        body = {"size": number, "query": {"match_all": {}}}
        return self.client.ask(
            "POST",
            self.path,
            body,
            NAMED,
            read=lambda answer: (len(whole(answer)["hits"]["hits"]), len(answer.body)),
        )

    def types(self, fields: Iterable[str]) -> Mapping[str, set[str]]:
        """Types that the fields have, in any of the indices; a field that is nowhere is absent.

        Raises:
            Rejected: the endpoint lets only searches through, or the index does not exist.
        """
        asked = {"fields": ",".join(fields)} | _EXISTING
        answer = self.client.request("GET", f"/{self.name}/_field_caps", params=asked).json()
        return {name: set(kinds) - {"unmapped"} for name, kinds in answer["fields"].items()}

    def require_fields(self) -> None:
        """Hold that the index has what its documents are found by.

        A time that some index keeps as text cannot be compared, and its documents would be
        missing without a word.

        Raises:
            SourceRejected: a field of the cut is nowhere, or a time is not kept as one.
        """
        types = self.types(self.cut.fields)
        for field in self.cut.fields:
            if field not in types:
                raise SourceRejected(
                    f"{self.client.address}: {self.name} has no field '{field}': "
                    "look at [index] of the field map, or override it in sources.toml"
                )
        for field in (*self.cut.time, self.cut.changed):
            if wrong := sorted(types[field] - _TIMES):
                raise SourceRejected(
                    f"{self.client.address}: {self.name}: '{field}' is {' and '.join(wrong)} in "
                    "some index, and cannot be compared as a time: reindex it, or leave it out"
                )

    def _ends(self, order: Literal["asc", "desc"]) -> list[datetime]:
        """The first document by each form of time; a number is seconds or milliseconds."""
        ends = []
        for query in _forms(self.cut.reaching(EARLIEST, LATEST)):
            sort = [{self.cut.reach: order}]
            body = {"size": 1, "query": query, "sort": sort, "_source": False}
            found = self._search(body)
            ends += [_time(float(hit["sort"][0])) for hit in found["hits"]["hits"]]
        return ends

    def _search(self, body: Mapping[str, Any], pit: str | None = None) -> Any:
        if pit is None:
            return self.client.ask("POST", self.path, body, NAMED, read=whole)
        return self.client.ask("POST", "/_search", {**body, "pit": {"id": pit}}, WHOLE, read=whole)


# Were there more, their documents would be missing, and the reading would say so.
_MOST_INDICES = 10_000
_EXISTING = {"ignore_unavailable": "false", "allow_no_indices": "false"}
_TIMES = {"date", "date_nanos", "long", "integer", "double", "float", "unsigned_long"}


def whole(answer: Answer) -> Any:
    """The values of a search's answer, if it speaks for all shards."""
    found = answer.json()
    require_whole(found.get("timed_out"), found.get("_shards"))
    if not isinstance(found.get("hits", {}).get("total"), dict):
        raise AskAgain("the answer does not say how many documents there are")
    return found


def require_whole(timed_out: object, shards: Any) -> None:
    """Hold that no shard is missing from an answer.

    Raises:
        AskAgain: a shard failed, or the time was up, and what came is only a part.
    """
    if timed_out is not False:
        raise AskAgain("the search ran out of time: the answer is only a part")
    if not isinstance(shards, dict) or "failed" not in shards:
        raise AskAgain("the answer does not say how many shards failed")
    if shards["failed"] or shards.get("successful") != shards.get("total"):
        raise AskAgain(f"{shards['failed']} of {shards.get('total')} shards failed")


def _forms(query: Query) -> list[Query]:
    return query["bool"]["should"] if "bool" in query else [query]


def _time(number: float) -> datetime:
    """A sort value: dates are milliseconds, or nanoseconds if the index keeps these."""
    unit = 1e9 if number > 1e16 else 1e3 if number > 1e11 else 1
    seconds = number / unit
    return datetime(1970, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001 - naive is UTC here
