"""Load the twin's documents into an OpenSearch, so that they can be read from where users read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from gridlens.errors import SettingsError, SourceRejected
from gridlens.pipelines.publish_templates import put_templates
from gridlens.pipelines.report import Report, Stopwatch
from gridlens.settings import Settings
from gridlens.sources.opensearch.answer import Answer, AskAgain
from gridlens.sources.opensearch.client import Client
from gridlens.twin.published import (
    MARK,
    PANDA,
    RUCIO,
    Document,
    count_documents,
    documents,
    sources_text,
    system_of,
)

LARGEST_BODY = 5_000_000  # bytes of one bulk request
TELL_EVERY_S = 10.0
# All that is read of an answer, so that it stays small.
TOLD = "errors,items.*._index,items.*._id,items.*.status,items.*.error"
BUSY = (429, 503)


def publish(
    settings: Settings,
    exports: Path,
    *,
    panda: str = "opensearch_panda",
    rucio: str = "opensearch_rucio",
    progress: Callable[[str], None],
) -> Report:
    """Load the exports of simulated days into their indices and point the home at them.

    Publishing the same exports again leaves the same documents. Nothing is written where a
    template or an index of these names is somebody else's.

    Args:
        settings: of the home that gets the ``sources.toml``; another one than the exports'.
        exports: home of the exports, as ``make_days`` has written it.
        panda: endpoint of jobs, files and tasks.
        rucio: endpoint of transfers.
        progress: is told how it goes about every ten seconds.

    Raises:
        SettingsError: there are no exports, no such endpoint, or the home has sources of its own.
        SourceRejected: an index is somebody else's, or holds more than was sent, or refuses a
            document.
        SourceUnavailable: the server does not answer.
    """
    watch, endpoints = Stopwatch(), {PANDA: panda, RUCIO: rucio}
    _refuse_other_sources(settings, exports)
    expected = count_documents(exports)
    with ExitStack() as stack:
        clients = {
            system: stack.enter_context(Client(settings.endpoint(name), settings.slots))
            for system, name in endpoints.items()
        }
        put_templates(clients)
        told = _Told(sum(expected.values()), progress)
        for index, lines in _bodies(documents(exports)):
            bulk(clients[system_of(index)], lines)
            told.more(len(lines) // 2)
        for index, number in expected.items():
            _require_count(clients[system_of(index)], index, number)
    settings.home.mkdir(parents=True, exist_ok=True)
    settings.sources.write_text(sources_text(exports, endpoints), "utf-8")
    numbers = {"documents": told.done, "indices": len(expected), "documents/s": told.rate}
    return Report("publish", numbers=numbers, seconds=watch.seconds)


def bulk(client: Client, lines: list[bytes]) -> None:
    """Send one bulk request, again if the server is busy, and look at every item of the answer.

    Args:
        client: of the endpoint.
        lines: an action and a document in turn.

    Raises:
        SourceRejected: a document is refused.
        SourceUnavailable: the server does not answer, or stays busy.
    """

    def read(answer: Answer) -> None:
        items = answer.json().get("items", [])
        if len(items) != len(lines) // 2:
            raise AskAgain(f"the answer tells of {len(items)} of {len(lines) // 2} documents")
        for item in items:
            _require_taken(client, item["index"])

    body = b"\n".join([*lines, b""])
    client.ask("POST", "/_bulk", body, {"filter_path": TOLD}, read=read)


def _require_taken(client: Client, item: Mapping[str, Any]) -> None:
    if item["status"] < 300:
        return
    error = item.get("error", {})
    why = f"{error.get('type')}: {error.get('reason')}"
    if item["status"] in BUSY:
        raise AskAgain(why, pressure=True)
    raise SourceRejected(
        f"{client.address}: {item['_index']} refuses the document {item['_id']}: {why}"
    )


def _bodies(found: Iterator[Document]) -> Iterator[tuple[str, list[bytes]]]:
    """Documents of one index together, as many as go into one request."""
    lines: list[bytes] = []
    last, size = "", 0
    for index, name, text in found:
        if lines and (index != last or size + len(text) > LARGEST_BODY):
            yield last, lines
            lines, size = [], 0
        last, size = index, size + len(text)
        lines += [json.dumps({"index": {"_index": index, "_id": name}}).encode(), text]
    if lines:
        yield last, lines


class _Told:
    """How far the loading has come, told about every ten seconds."""

    def __init__(self, total: int, progress: Callable[[str], None]) -> None:
        self._total, self._progress = total, progress
        self._began = self._last = time.monotonic()
        self.done = 0

    @property
    def rate(self) -> int:
        """Documents a second since the start."""
        return round(self.done / max(time.monotonic() - self._began, 0.001))

    def more(self, number: int) -> None:
        """So many documents have been taken."""
        self.done += number
        if time.monotonic() - self._last > TELL_EVERY_S or self.done == self._total:
            self._last, left = time.monotonic(), (self._total - self.done) / max(self.rate, 1)
            self._progress(
                f"{self.done:,} of {self._total:,} documents, {self.rate:,}/s, {left:.0f} s left"
            )


def _require_count(client: Client, index: str, number: int) -> None:
    client.request("POST", f"/{index}/_refresh")
    found = client.request("GET", f"/{index}/_count").json()["count"]
    if found != number:
        raise SourceRejected(
            f"{client.address}: {index} has {found:,} documents, and {number:,} were sent: if it "
            "holds those of other exports, delete it and publish again"
        )


def _refuse_other_sources(settings: Settings, exports: Path) -> None:
    path = settings.sources
    if path.exists() and not path.read_text("utf-8").startswith(MARK):
        raise SettingsError(
            f"{path} reads from elsewhere and would be overwritten: publish {exports} into a home "
            "of its own, GRIDLENS_HOME=…"
        )
