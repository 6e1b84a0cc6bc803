"""Which documents are of a day, as a question to OpenSearch: pure values, no network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias

from gridlens.errors import FieldMapError

Query: TypeAlias = dict[str, Any]
Unit = Literal["date", "epoch"]

# The times that the casts take for true ones; all else means "not recorded".
EARLIEST = datetime(1990, 1, 1)  # noqa: DTZ001 - naive is UTC here
LATEST = datetime(2100, 1, 1)  # noqa: DTZ001
_KEYS = {"time": list, "unit": str, "key": str, "changed": str}


@dataclass(frozen=True)
class Cut:
    """How an index tells which day a document is of, and in which order they can be read.

    Attributes:
        time: fields in order of preference: a document is of the day of its first that is given;
            empty for documents that are found by their jobs' ids.
        unit: ``date``, or ``epoch``: numbers that are seconds or milliseconds, each as it is.
        key: field whose values are unique, with the time a total order; ``_id`` if there is none.
        changed: time of the last change of a document, or of its indexing.
        ids: field that holds the id of a job.
    """

    time: tuple[str, ...]
    unit: Unit
    key: str
    changed: str
    ids: str = "pandaid"

    @classmethod
    def of(cls, where: str, given: dict[str, Any]) -> Cut:
        """Read the table ``[index]`` of a field map.

        Raises:
            FieldMapError: a key is unknown, missing or not of its kind.
        """
        known = _KEYS | {"ids": str}
        if unknown := sorted(given.keys() - known.keys()):
            raise FieldMapError(f"{where}: unknown key '{unknown[0]}'; there are {sorted(known)}")
        if missing := sorted(_KEYS.keys() - given.keys()):
            raise FieldMapError(f"{where}: the key '{missing[0]}' is missing")
        for key, value in given.items():
            if not isinstance(value, known[key]):
                raise FieldMapError(f"{where}: {key}: '{value}' is not a {known[key].__name__}")
        if given["unit"] not in ("date", "epoch"):
            raise FieldMapError(f"{where}: unit: '{given['unit']}' is neither date nor epoch")
        return cls(**{**given, "time": tuple(given["time"])})

    @property
    def fields(self) -> tuple[str, ...]:
        """Fields that the index must have."""
        order = () if self.key == "_id" else (self.key,)
        return (*self.time, *order, self.changed) if self.time else (self.ids, *order, self.changed)

    @property
    def reach(self) -> str:
        """The field that tells how far back an index goes.

        Documents that are found by their jobs' ids are about as old as their last change: a job
        and its files end together.
        """
        return self.time[0] if self.time else self.changed

    def reaching(self, start: datetime, end: datetime) -> Query:
        """Documents that show by their own time that the index goes back to [start, end)."""
        return between(self.reach, self.unit, start, end)

    @property
    def of_no_day(self) -> Query:
        """Documents that have no time, or no job, and that no question by day can find."""
        found = self._known(len(self.time)) or [{"exists": {"field": self.ids}}]
        return {"bool": {"must_not": found}}

    def branches(self, start: datetime, end: datetime) -> list[tuple[str, Query]]:
        """The documents of [start, end) by the time that they have: (field, query), disjoint."""
        return [
            (field, _all_of(between(field, self.unit, start, end), without=self._known(n)))
            for n, field in enumerate(self.time)
        ]

    def window(self, start: datetime, end: datetime) -> Query:
        """The documents of [start, end)."""
        return any_of([query for _, query in self.branches(start, end)])

    def of_jobs(self, ids: Sequence[int]) -> Query:
        """The documents of these jobs."""
        return {"terms": {self.ids: list(ids)}}

    def _known(self, first: int) -> list[Query]:
        """True for documents that have one of the times before the n-th."""
        return [between(f, self.unit, EARLIEST, LATEST) for f in self.time[:first]]


def between(field: str, unit: Unit, start: datetime, end: datetime) -> Query:
    """Documents whose field lies in [start, end), UTC, in whatever form the index keeps times.

    Numbers with this format are compared as they are, by dates and by plain numbers alike. A
    second of now is, read as milliseconds, a time of January 1970: the two cannot be mixed up.
    """
    millis = [_millis(start), _millis(end)]
    ranges = [_range(field, *millis)]
    if unit == "epoch":
        ranges.append(_range(field, *(-(-m // 1000) for m in millis)))
    return any_of(ranges)


def any_of(queries: Sequence[Query]) -> Query:
    """Documents that meet one of the queries."""
    return queries[0] if len(queries) == 1 else {"bool": {"should": list(queries)}}


def pieces(start: datetime, end: datetime, number: int) -> list[tuple[datetime, datetime]]:
    """[start, end) in that many windows of one length."""
    step = (end - start) / number
    return [(start + n * step, start + (n + 1) * step) for n in range(number)]


def _range(field: str, low: int, high: int) -> Query:
    return {"range": {field: {"gte": low, "lt": high, "format": "epoch_millis"}}}


def _all_of(query: Query, without: Sequence[Query]) -> Query:
    if not without:
        return {"bool": {"filter": [query]}}
    return {"bool": {"filter": [query], "must_not": list(without)}}


def _millis(time: datetime) -> int:
    return round(time.replace(tzinfo=UTC).timestamp() * 1000)
