"""One table's documents in one index: which there are of a day, and how to take them all."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import pyarrow as pa

from gridlens.errors import SourceRefused
from gridlens.sources.fieldmap import FieldMap
from gridlens.sources.opensearch.answer import ReadAgain, Rejected
from gridlens.sources.opensearch.client import Client
from gridlens.sources.opensearch.cut import Cut, Query, pieces
from gridlens.sources.opensearch.index import Index, Look
from gridlens.sources.opensearch.paging import Live, Part, Snapshot, opened, version
from gridlens.sources.opensearch.parallel import side_by_side
from gridlens.sources.opensearch.stream import Page
from gridlens.window import Day

log = logging.getLogger(__name__)

# Ids in one question; the server's own bound is 65,536.
_MOST_IDS = 10_000
# A day whose documents did not add up is read again in this many pieces.
_PIECES = 24
_SAMPLE = 200


@dataclass(frozen=True)
class IndexInput:
    """Documents of one table in one index.

    Attributes:
        map: how their fields are named.
        endpoint: name of the OpenSearch.
        index: name of the index, alias or wildcard.
        cut: how they tell their day.
        begins: first day of the source, if it says so.
    """

    map: FieldMap
    endpoint: str
    index: str
    cut: Cut
    begins: Day | None = None

    @property
    def name(self) -> str:
        """Tells it from a table's other inputs, some of which may read this index otherwise."""
        by = f"{', '.join(self.cut.time)} as {self.cut.unit}" if self.cut.time else self.cut.ids
        return f"{self.endpoint}/{self.index}, {self.map.name} by {by}"

    def facts(self) -> dict[str, object]:
        """What is asked of the index, for the manifest."""
        return {
            "map": self.map.name,
            "endpoint": self.endpoint,
            "index": self.index,
            "time": list(self.cut.time) or f"of {self.cut.ids}",
        }


def parts_of_day(cut: Cut, day: Day, ids: Sequence[int] | None, number: int = 1) -> list[Part]:
    """The documents of a day, in that many parts by time; or those of these jobs, by their ids."""
    if cut.time:
        windows = pieces(day.start, day.end, number)
        return [Part(tuple(cut.branches(*window))) for window in windows]
    every = list(ids or ())
    size = max(1, _MOST_IDS // number)
    chunks = [every[at : at + size] for at in range(0, len(every), size)]
    return [Part(((cut.ids, cut.of_jobs(chunk)),)) for chunk in chunks]


def ids_of(source: IndexInput, jobs: pa.Table | None) -> list[int] | None:
    """The ids that documents are asked for by; None where they are found by their time."""
    return None if jobs is None or source.cut.time else jobs["pandaid"].to_pylist()


def asked_of(source: IndexInput, day: Day, jobs: pa.Table | None) -> dict[str, str]:
    """Tells whether two readings asked the same, without keeping thousands of ids."""
    asked = [part.query for part in parts_of_day(source.cut, day, ids_of(source, jobs))]
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
    return {f"sha256 of {source.name}": digest}


def look_at_day(
    inputs: Sequence[IndexInput],
    day: Day,
    jobs: pa.Table | None,
    clients: Callable[[str], Client],
) -> Look:
    """How many documents the day has now, and how new they are: cheap, for comparison.

    Args:
        inputs: indices of one table.
        day: the day.
        jobs: for tables that are cut by job: ``pandaid`` of the day's jobs.
        clients: makes the client of an endpoint.

    Raises:
        SourceUnavailable: a server does not answer.
        SourceRejected: an index does not exist.
    """
    look = Look(0)
    for source in inputs:
        with clients(source.endpoint) as client:
            index = Index(client, source.index, source.cut)
            parts = parts_of_day(source.cut, day, ids_of(source, jobs))
            look += _sum(index.look(part.query) for part in parts)
    return look


def require_fields(inputs: Sequence[IndexInput], clients: Callable[[str], Client]) -> None:
    """Hold that the indices have the fields that documents are found by.

    Raises:
        SourceRejected: an index lacks one, or keeps a time as something else.
        SourceUnavailable: a server does not answer.
    """
    for source in inputs:
        with clients(source.endpoint) as client:
            try:
                Index(client, source.index, source.cut).require_fields()
            except (Rejected, SourceRefused) as error:
                # Some endpoints let only searches through: these then say what else is wrong.
                log.info("the fields of %s cannot be looked up: %s", source.index, error)


@dataclass(frozen=True)
class Size:
    """How much there is.

    Attributes:
        documents: how many.
        mean_bytes: of a document, with what stands round it in an answer, by one page of them.
    """

    documents: int = 0
    mean_bytes: float = 0.0


def measured(
    inputs: Sequence[IndexInput], days: Sequence[Day], clients: Callable[[str], Client]
) -> Size:
    """How much the indices have of these days; of documents found by ids, by their last change.

    Raises:
        SourceUnavailable: a server does not answer.
        SourceRejected: an index does not exist.
    """
    documents = sampled = size = 0
    for source in inputs:
        with clients(source.endpoint) as client:
            index = Index(client, source.index, source.cut)
            documents += sum(index.look(_about(source.cut, day)).documents for day in days)
            hits, received = index.sample(_SAMPLE)
            sampled, size = sampled + hits, size + received
    return Size(documents, size / sampled if sampled else 0.0)


def _about(cut: Cut, day: Day) -> Query:
    """A day's documents, without the ids of its jobs: files are about as old as their change."""
    within = cut.window if cut.time else cut.reaching
    return within(day.start, day.end)


P = TypeVar("P", bound=Page)


@dataclass
class Proof:
    """What shows that a reading is complete.

    Attributes:
        paging: ``pit`` or ``search_after``.
        look: what the index promised before the first page.
        fetched: documents that came.
        pages: answers that brought them.
        server: version of the server, if it tells.
    """

    paging: str = ""
    look: Look = field(default_factory=lambda: Look(0))
    fetched: int = 0
    pages: int = 0
    server: str | None = None


def read_all(
    index: Index,
    parts: Callable[[int], list[Part]],
    reader: Callable[[bytes], P],
    proof: Proof,
    *,
    again: bool,
) -> Iterator[P]:
    """All documents of the parts, as pages, complete or not at all.

    Args:
        index: where.
        parts: the documents, in so many parts.
        reader: turns an answer's body into a page; several threads share it.
        proof: is filled while the pages are taken.
        again: read in smaller pieces, as a first reading did not add up.

    Raises:
        ReadAgain: what came is not one state of the index; nothing of it may be kept.
        SourceUnavailable: the source does not answer.
    """
    proof.server = version(index.client)
    with opened(index, proof.server, again=again) as way:
        proof.paging = way.name
        number = _PIECES if again else _number(way, index)
        asked = parts(number)
        proof.look = _sum(map(way.look, asked))
        streams = [partial(s.pages, reader) for s in way.streams(asked, proof.look)]
        workers = index.client.endpoint.parallel_requests
        with closing(side_by_side(streams, workers)) as pages:
            for page in pages:
                proof.fetched += page.hits
                proof.pages += 1
                yield page
        _require_all(index, way, asked, proof)


def _number(way: Snapshot | Live, index: Index) -> int:
    """Live pages have no slices: parts of the day are read side by side instead."""
    return index.client.endpoint.parallel_requests if isinstance(way, Live) else 1


def _require_all(index: Index, way: Snapshot | Live, asked: list[Part], proof: Proof) -> None:
    if proof.fetched != proof.look.documents:
        raise ReadAgain(
            f"{index.client.address}: {index.name}: promised {proof.look.documents} documents "
            f"and gave {proof.fetched}"
        )
    if isinstance(way, Snapshot):
        return
    now = _sum(map(way.look, asked))
    if not now.is_as(proof.look):
        raise ReadAgain(
            f"{index.client.address}: {index.name}: {proof.look.documents} documents became "
            f"{now.documents} while they were read, or some of them changed"
        )


def _sum(looks: Iterator[Look] | map[Look]) -> Look:
    return sum(looks, Look(0))
