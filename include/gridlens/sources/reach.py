"""How far back, and how far on, the inputs of one table go, judged together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from gridlens.errors import SourceUnavailable
from gridlens.sources.config import FileInput, Input, is_exported
from gridlens.sources.opensearch.client import Client
from gridlens.sources.opensearch.cut import EARLIEST, LATEST
from gridlens.sources.opensearch.index import Index
from gridlens.sources.opensearch.source import IndexInput, look_at_day
from gridlens.tables import Table
from gridlens.window import Day


@dataclass(frozen=True)
class OutOfReach:
    """A day that at least one index does not have whole any more.

    Attributes:
        because: in words.
        documents: how many of the day are left in all indices.
        has_files: whether files of the day are there.
        is_reached: whether another index goes back to it.
    """

    because: str
    documents: int
    has_files: bool
    is_reached: bool

    @property
    def is_elsewhere(self) -> bool:
        """Whether another input has the day whole."""
        return self.has_files or self.is_reached

    @property
    def has_some(self) -> bool:
        """Whether anything of the day can be read."""
        return self.is_elsewhere or self.documents > 0


@dataclass(frozen=True)
class _Young:
    """An index without anything older than the day; ``first`` is None if it tells no time."""

    source: IndexInput
    first: datetime | None

    @property
    def text(self) -> str:
        """In words."""
        if self.first is None:
            return f"{self.source.index} is empty, or has no {self.source.cut.reach}"
        return f"the first document of {self.source.index} is of {self.first:%Y-%m-%d %H:%M}"


def out_of_reach(
    inputs: Sequence[Input],
    day: Day,
    jobs: pa.Table | None,
    clients: Callable[[str], Client],
) -> OutOfReach | None:
    """Why some index cannot have the whole day; None where each can.

    A source that says when it begins is believed.

    Args:
        inputs: all of one table.
        day: the day.
        jobs: for tables that are cut by job: ``pandaid`` of the day's jobs, as far as known.
        clients: makes the client of an endpoint.

    Raises:
        SourceUnavailable: an index has nothing of any day, and no other input has this one.
        SourceRejected: an index does not exist.
    """
    indices = [i for i in inputs if isinstance(i, IndexInput)]
    young = [y for source in indices if (y := _young(source, day, clients))]
    if not young:
        return None
    beyond = OutOfReach(
        " and ".join(each.text for each in young),
        look_at_day(indices, day, jobs, clients).documents,
        has_files=any(i.has(day) for i in inputs if isinstance(i, FileInput)),
        is_reached=len(young) < len(indices),
    )
    if not beyond.is_elsewhere:
        _require_known(young, day)
    return beyond


def _young(source: IndexInput, day: Day, clients: Callable[[str], Client]) -> _Young | None:
    if source.begins is not None and day >= source.begins:
        return None
    with clients(source.endpoint) as client:
        index = Index(client, source.index, source.cut)
        if index.has(source.cut.reaching(EARLIEST, day.start)):
            return None
        return _Young(source, index.first())


def _require_known(young: Sequence[_Young], day: Day) -> None:
    for each in young:
        if each.first is None:
            raise SourceUnavailable(
                f"{each.source.endpoint}: {each.text}, so that nobody can say what {day} held: "
                "try again when it has been filled"
            )


def require_later(
    table: Table,
    inputs: Sequence[Input],
    day: Day,
    jobs: pa.Table | None,
    clients: Callable[[str], Client],
) -> None:
    """Hold that some input goes on after a day of which none has anything.

    Where there are no jobs that documents could be of, nothing has to follow.

    Raises:
        SourceUnavailable: none does, so that it may only be too early.
    """
    if jobs is not None and not jobs.num_rows:
        return
    if any(_goes_on(table, source, day, clients) for source in inputs):
        return
    names = " and ".join(
        source.pattern if isinstance(source, FileInput) else f"{source.endpoint}: {source.index}"
        for source in inputs
    )
    raise SourceUnavailable(
        f"{names}: nothing is there of {day} or later, so that it may only be too early: "
        "try again later, or say `ends` in sources.toml"
    )


def _goes_on(table: Table, source: Input, day: Day, clients: Callable[[str], Client]) -> bool:
    if isinstance(source, FileInput):
        return is_exported(table, source, day)
    with clients(source.endpoint) as client:
        return Index(client, source.index, source.cut).has(source.cut.reaching(day.end, LATEST))
