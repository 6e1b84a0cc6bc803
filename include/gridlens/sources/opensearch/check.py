"""Whether an endpoint and its indices are what `sources.toml` says, found out by trying."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

from gridlens.errors import GridlensError, SourceRefused, Transient
from gridlens.sources.fieldmap import FieldMap
from gridlens.sources.names import NESTS, field_name, plain
from gridlens.sources.opensearch.answer import Rejected
from gridlens.sources.opensearch.client import Client
from gridlens.sources.opensearch.index import WHOLE, Index
from gridlens.sources.opensearch.paging import opened, version
from gridlens.sources.opensearch.source import IndexInput

Level = Literal["good", "warning", "wrong"]

# More than any answer is on its way.
_MOST_SKEW_S = 60.0
_MOST_NAMED = 8
_MISSING = "index_not_found_exception"
_NO_DATA = frozenset({"object", "nested"})


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        level: ``wrong`` if nothing can be read this way.
        text: what was found, where, and the next step.
        passes: whether what is wrong may pass by itself.
    """

    level: Level
    text: str
    passes: bool = False

    @classmethod
    def of(cls, error: GridlensError) -> Finding:
        """What went wrong."""
        return cls("wrong", str(error), isinstance(error, Transient))

    def __str__(self) -> str:
        """One line."""
        return f"{self.level:<7}  {self.text}"


def check_endpoint(client: Client, inputs: Iterable[IndexInput]) -> Iterator[Finding]:
    """Look at an endpoint and, if it can be reached, at its indices.

    Args:
        client: of the endpoint.
        inputs: what is read there; at least one.
    """
    indices = [(Index(client, i.index, i.cut), i.map) for i in inputs]
    try:
        server = version(client)
        headers = _headers_of_search(indices[0][0], server)
    except GridlensError as error:
        yield Finding.of(error)
        return
    yield Finding("good", _found(client, server))
    yield from _paging(indices[0][0], server)
    yield from check_clock(client.address, headers, datetime.now(UTC))
    for index, field_map in indices:
        yield from check_index(index, field_map)


def greeting(client: Client) -> str:
    """What there is at an endpoint, without knowing any index; else as ``Client.ask``."""
    server = version(client)
    if server is None:
        client.request("POST", "/_search", {"size": 0}, WHOLE)
    return _found(client, server)


def check_clock(where: str, headers: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    """Hold the server's clock, if it tells it, against ours."""
    try:
        skew = (parsedate_to_datetime(headers["date"]).astimezone(UTC) - now).total_seconds()
    except (KeyError, ValueError):
        return
    if abs(skew) > _MOST_SKEW_S:
        order = "ahead of" if skew > 0 else "behind"
        text = f"the server's clock is {abs(skew):.0f} s {order} ours: look at NTP on both sides"
        yield Finding("warning", f"{where}: {text}")


def check_index(index: Index, field_map: FieldMap) -> Iterator[Finding]:
    """Look at one index: its fields, its documents."""
    where = f"{index.client.address}: {index.name}"
    try:
        yield from _fields(index, field_map, where)
        number = index.look({"match_all": {}}).documents
        if not number:
            yield Finding(
                "warning", f"{where}: has no documents: is it filled, is it the right one?"
            )
            return
        yield Finding("good", f"{where}: {number:,} documents{_span(index)}")
        yield from _of_no_day(index, where)
    except Rejected as error:
        hint = ": look at `index` in sources.toml" if error.kind == _MISSING else ""
        yield Finding("wrong", f"{error}{hint}")
    except GridlensError as error:
        yield Finding.of(error)


def _headers_of_search(index: Index, server: str | None) -> Mapping[str, str]:
    """The headers of a search; nothing where this index alone is the matter."""
    try:
        return index.client.request("POST", index.path, {"size": 0}, WHOLE).headers
    except Rejected:
        return {}
    except SourceRefused:
        if server is None:
            raise
        return {}


def _found(client: Client, server: str | None) -> str:
    found = f"OpenSearch {server}" if server else "only searches are let through, no version told"
    endpoint = client.endpoint
    who = "the token" if endpoint.token else "the login" if endpoint.login else ""
    return f"{client.address}: {found}; {f'{who} is accepted' if who else 'without a login'}"


def _paging(index: Index, server: str | None) -> Iterator[Finding]:
    where = index.client.address
    try:
        with opened(index, server, again=False) as way:
            yield Finding("good", f"{where}: pages by {way.name}")
    except Rejected as error:
        if error.kind == _MISSING:  # the look at the index will tell
            return
        yield Finding.of(error)
    except GridlensError as error:
        yield Finding.of(error)


def _fields(index: Index, field_map: FieldMap, where: str) -> Iterator[Finding]:
    """Hold the mapping against the cut and the field map.

    Raises:
        SourceRejected: a field of the cut is not there, or cannot be compared.
    """
    try:
        index.require_fields()
        types = index.types(["*"])
    except (Rejected, SourceRefused) as error:
        if isinstance(error, Rejected) and error.kind == _MISSING:
            raise
        text = "its fields cannot be looked at, as only searches are let through"
        yield Finding("warning", f"{where}: {text}")
        return
    unfed, unknown = drift(types, field_map)
    if unfed:
        text = f"the mapping has nothing for {_some(unfed)}: where no document has it, it is NULL"
        yield Finding("warning", f"{where}: {text}")
    if unknown:
        text = f"the field map '{field_map.name}' does not know {_some(unknown)}: not read"
        yield Finding("warning", f"{where}: {text}")


def drift(types: Mapping[str, set[str]], field_map: FieldMap) -> tuple[list[str], list[str]]:
    """Columns that no field of the index feeds, and fields that the map does not know."""
    present = {_own_name(name): name for name, kinds in types.items() if _is_data(name, types)}
    known = field_map.wanted | field_map.ignores | field_map.personal
    derived = {case.column for case in field_map.cases}
    unfed = [
        column.name
        for column in field_map.table.columns
        if column.name not in derived and present.keys().isdisjoint(field_map.names_of(column.name))
    ]
    return unfed, sorted(name for own, name in present.items() if own not in known)


def _is_data(name: str, types: Mapping[str, set[str]]) -> bool:
    """False for the server's own fields, for what only holds others, and for second readings."""
    above = name.rpartition(".")[0]
    is_second = above in types and not types[above] & _NO_DATA
    return not (name.startswith("_") or types[name] & _NO_DATA or is_second)


def _of_no_day(index: Index, where: str) -> Iterator[Finding]:
    if number := index.look(index.cut.of_no_day).documents:
        fields = " or ".join(index.cut.time or (index.cut.ids,))
        text = f"{number:,} documents have no {fields}: they belong to no day and are never read"
        yield Finding("warning", f"{where}: {text}")


def _own_name(name: str) -> str:
    """A field's name in plain form, without what the record is wrapped in."""
    head, _, rest = name.partition(".")
    return field_name(rest if rest and plain(head) in NESTS else name)


def _span(index: Index) -> str:
    """From when to when, for documents that have a time of their own."""
    if not index.cut.time:
        return ""
    first, last = index.first(), index.last()
    return f", {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}" if first and last else ""


def _some(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
