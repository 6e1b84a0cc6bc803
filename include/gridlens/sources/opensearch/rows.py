"""The rows of one day of one table out of an index."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from gridlens.errors import SettingsError
from gridlens.sources.intake import Intake
from gridlens.sources.opensearch.client import Client
from gridlens.sources.opensearch.hits import Page
from gridlens.sources.opensearch.index import Index, Look
from gridlens.sources.opensearch.memory import free_large_blocks_at_once
from gridlens.sources.opensearch.pages import page_of
from gridlens.sources.opensearch.progress import Progress
from gridlens.sources.opensearch.shape import Shape
from gridlens.sources.opensearch.source import (
    IndexInput,
    Proof,
    asked_of,
    ids_of,
    parts_of_day,
    read_all,
)
from gridlens.sources.parse import Parsed, connect
from gridlens.sources.placing import Folder, Placing, placing_of
from gridlens.tables import Table
from gridlens.window import Day


@dataclass(frozen=True)
class _Read(Page):
    """An answer with the rows that each of its chunks became."""

    parsed: tuple[Parsed, ...]


def index_rows(
    table: Table,
    source: IndexInput,
    day: Day,
    intake: Intake,
    *,
    jobs: pa.Table | None,
    clients: Callable[[str], Client] | None,
    again: bool,
) -> Iterator[tuple[Table, Parsed]]:
    """All rows that the index has of the day, by the table that takes them.

    Args:
        table: the table that is asked for.
        source: the index.
        day: the day.
        intake: takes the documents in; its books are filled.
        jobs: for tables that are cut by job: ``pandaid`` and ``job_day`` of the day's jobs.
        clients: makes the client of an endpoint.
        again: read in smaller pieces, as a first reading did not add up.

    Raises:
        ReadAgain: what came is not one state of the index; nothing of it may be kept.
        SourceUnavailable: the server does not answer.
        SourceRejected: the index does not exist, or lacks a field.
    """
    if clients is None:
        raise SettingsError(f"{table.name} comes from an index: give the endpoints' clients")
    free_large_blocks_at_once()
    ids = ids_of(source, jobs)
    placing = placing_of(table, Folder(day), jobs)
    with clients(source.endpoint) as client:
        index, proof = Index(client, source.index, source.cut), Proof()
        intake.seen.query |= asked_of(source, day, jobs)
        progress = Progress(f"{table.name} {day}", proof, client)
        pages = read_all(
            index,
            lambda number: parts_of_day(source.cut, day, ids, number),
            _reader(intake, placing),
            proof,
            again=again,
        )
        for page in pages:
            progress.tell()
            for chunk, parsed in zip(page.chunks, page.parsed, strict=True):
                intake.note(chunk)
                yield from intake.shared_out(parsed)
        _keep_books(intake, source, client, proof, progress)


def _reader(intake: Intake, placing: Placing) -> Callable[[bytes], _Read]:
    """Turns answers into rows; each thread has a connection of its own."""
    engines, shape = threading.local(), Shape(intake.map)

    def read(body: bytes) -> _Read:
        if not hasattr(engines, "con"):
            engines.con = connect()
        page = page_of(engines.con, body, intake.map, intake.redaction, shape)
        parsed = [placing.place(intake.parsed(engines.con, chunk)) for chunk in page.chunks]
        return _Read(**vars(page), parsed=tuple(parsed))

    return read


def _keep_books(
    intake: Intake, source: IndexInput, client: Client, proof: Proof, progress: Progress
) -> None:
    """What the manifest shows as proof, and what is true of this reading alone."""
    seen = intake.seen
    look = Look(seen.promised or 0, seen.newest, seen.changed_sum) + proof.look
    seen.promised, seen.newest, seen.changed_sum = look.documents, look.newest, look.changed_sum
    seen.transport[source.name] = {
        "paging": proof.paging,
        "pages": proof.pages,
        "requests": client.requests,
        "retries": client.retries,
        "bytes": client.received,
        "documents_per_s": progress.rate,
        "server": proof.server,
    }
