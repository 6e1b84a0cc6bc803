"""One chain of pages: each asked for after the last document of the one before, and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from gridlens.errors import SourceRejected
from gridlens.sources.opensearch.answer import (
    LOST,
    MIXED,
    Answer,
    AskAgain,
    ReadAgain,
    Rejected,
    TooLarge,
)
from gridlens.sources.opensearch.client import LARGEST_ANSWER, Body, Client
from gridlens.sources.opensearch.index import require_whole


class Page(Protocol):
    """What paging must know of one answer; the rest is for who asked."""

    @property
    def total(self) -> int:
        """How many documents the whole question finds."""

    @property
    def relation(self) -> str:
        """``eq`` if exactly so many."""

    @property
    def timed_out(self) -> object:
        """False unless the server gave up."""

    @property
    def shards(self) -> Any:
        """What became of the shards."""

    @property
    def hits(self) -> int:
        """Number of documents."""

    @property
    def places(self) -> int:
        """Number of different places that the documents have in the order asked for."""

    @property
    def first_sort(self) -> Sequence[Any]:
        """Place of the first document."""

    @property
    def last_sort(self) -> Sequence[Any]:
        """Place of the last document."""


P = TypeVar("P", bound=Page)


@dataclass(frozen=True)
class Stream:
    """One chain of pages: each is asked for after the last document of the one before.

    Attributes:
        client: of the endpoint.
        path: of the search.
        params: of its URL.
        body: of its first page, without a size.
        is_total: whether its order gives each document a place of its own.
    """

    client: Client
    path: str
    params: Mapping[str, str]
    body: Mapping[str, Any]
    is_total: bool

    def pages(self, read: Callable[[bytes], P]) -> Iterator[P]:
        """All pages.

        Args:
            read: makes a page of an answer's body.

        Raises:
            ReadAgain: pages and promise do not agree, or the snapshot is lost.
            SourceUnavailable: no sound answer came in time.
        """
        body = {**self.body, "track_total_hits": True, "size": self.client.endpoint.page_size}
        fetched, total = 0, None
        while total is None or fetched < total:
            page, body = self._page(body, read)
            if total is not None and page.total != total:
                raise ReadAgain(f"{self._where}: {total} documents became {page.total}")
            total = page.total
            fetched += page.hits
            if fetched > total or (page.hits == 0 and fetched < total):
                raise ReadAgain(f"{self._where}: promised {total} documents and gave {fetched}")
            yield page
            body["search_after"] = page.last_sort

    @property
    def _where(self) -> str:
        return f"{self.client.address}: {self.path}"

    def _page(self, body: dict[str, Any], read: Callable[[bytes], P]) -> tuple[P, dict[str, Any]]:
        """The next page, and the question that brought it: a smaller one, perhaps."""
        asked, received = body, 0

        def smaller(question: Body, why: AskAgain) -> Body:
            nonlocal asked
            asked = _smaller(asked, why) if why.pressure else asked
            return asked

        def sound(answer: Answer) -> P:
            nonlocal received
            received = len(answer.body)
            return self._sound(read(answer.body), asked)

        try:
            page = self.client.ask(
                "POST",
                self.path,
                body,
                self.params,
                read=sound,
                adapt=smaller,
            )
        except Rejected as error:
            if error.kind == LOST or (error.status == 404 and "pit" in body):
                raise ReadAgain(f"{self._where}: the point in time is lost: {error}") from None
            raise _unordered(self._where, body) if error.kind == MIXED else error from None
        return page, self._grown(asked, received)

    def _grown(self, asked: Mapping[str, Any], received: int) -> dict[str, Any]:
        """What to ask next: as much as before, or twice that where a page has been halved."""
        factor = 2 if 2 * received < LARGEST_ANSWER else 1
        size = min(self.client.endpoint.page_size, factor * asked["size"])
        return {key: value for key, value in asked.items() if key != "_source"} | {"size": size}

    def _sound(self, page: P, asked: Mapping[str, Any]) -> P:
        require_whole(page.timed_out, page.shards)
        if page.relation != "eq":
            raise SourceRejected(
                f"{self._where}: says that there are at least {page.total} documents, not how "
                "many: track_total_hits is not obeyed; is a proxy in between?"
            )
        if page.hits and not _is_after(page.first_sort, asked.get("search_after")):
            raise AskAgain("the order is broken: an earlier page came again")
        if self.is_total and page.places != page.hits:
            raise AskAgain("the order is broken: a document came twice")
        return page


def _is_after(place: Sequence[Any], other: Sequence[Any] | None) -> bool:
    """Whether a place lies behind another; documents without a value come last."""
    for mine, theirs in zip(place, other or (), strict=False):
        if mine != theirs:
            return _follows(mine, theirs)
    return other is None


def _follows(value: Any, other: Any) -> bool:
    if value is None or other is None:
        return value is None
    if isinstance(value, str) != isinstance(other, str):
        # A double that is not there comes as "Infinity".
        return isinstance(value, str)
    return bool(value > other)


def _unordered(where: str, body: Mapping[str, Any]) -> SourceRejected:
    fields = " and ".join(field for order in body["sort"] for field in order)
    return SourceRejected(
        f"{where}: documents cannot be put in order by {fields}: some index keeps one of these "
        "in another type: reindex it, name another `key`, or let points in time through"
    )


def _smaller(body: dict[str, Any], why: AskAgain) -> dict[str, Any]:
    """Half as many documents; of a single one too large for an answer, its id alone."""
    if body["size"] > 1:
        return {**body, "size": body["size"] // 2}
    # A server that is busy says nothing about the document: it must not lose its fields for that.
    return {**body, "_source": False} if isinstance(why, TooLarge) else body
