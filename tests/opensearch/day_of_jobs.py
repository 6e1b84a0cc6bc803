"""Documents of jobs around one day, in an index of a real OpenSearch, and what became of them."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import fault_acts as acts
import pyarrow.parquet as pq
import pytest
from fault_proxy import FaultProxy

from gridlens.endpoint import Endpoint
from gridlens.errors import GridlensError
from gridlens.pipelines import Report, extract
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.window import Day

KEY = "a key of the tests alone"
DAY = Day.parse("2025-04-01")
NAME = "opensearch_panda"
Documents = Mapping[str, Mapping[str, Any]]

_DATE = {"type": "date", "format": "strict_date_optional_time||yyyy-MM-dd HH:mm:ss||epoch_millis"}
MAPPING = {
    "properties": {
        "pandaid": {"type": "long"},
        "attemptnr": {"type": "long", "ignore_malformed": True},
        "jobstatus": {"type": "keyword"},
        "endtime": {**_DATE, "ignore_malformed": True},
        "statechangetime": {**_DATE, "ignore_malformed": True},
        "modificationtime": {**_DATE, "ignore_malformed": True},
    }
}


def job(pandaid: int, endtime: datetime | str | None, **more: Any) -> dict[str, Any]:
    """An archived job as its index has it."""
    at = endtime.isoformat(timespec="milliseconds") if isinstance(endtime, datetime) else endtime
    times = {"endtime": at, "statechangetime": at, "modificationtime": at}
    return {"pandaid": pandaid, "jobstatus": "finished", "attemptnr": 1, **times, **more}


def around_the_day() -> dict[str, dict[str, Any]]:
    """Some forty jobs, by id: seven in each of five milliseconds of DAY, and all odd cases.

    Ids from 900 are of DAY's neighbours; all others are DAY's.
    """
    start, end = DAY.start, DAY.end
    ms, noon = timedelta(milliseconds=1), start + timedelta(hours=12)
    jobs = [job(100 + n, noon + n // 7 * ms) for n in range(35)]
    jobs += [
        job(200, start),
        job(201, end - ms),
        job(202, None, statechangetime="2025-04-01 10:00:00"),
        job(203, "1970-01-01 00:00:00", statechangetime="2025-04-01T11:00:00+00:00"),
        job(204, noon, attemptnr="abc"),
        job(205, noon, surprise={"new": True}),
        job(900, start - ms),
        job(901, end),
        job(902, start - timedelta(days=1)),
        job(903, end + timedelta(days=1)),
        job(904, end, statechangetime="2025-04-01 10:00:00"),
    ]
    return {str(each["pandaid"]): each for each in jobs}


def ids_of_day(documents: Documents) -> list[str]:
    """The ids that DAY's slice and its quarantine must have between them, each once."""
    return sorted(name for name in documents if int(name) < 900)


class Server:
    """The real server, asked directly: what tests put there and look up."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def target(self) -> str:
        """Its host and port."""
        return self.url.removeprefix("http://")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request, with JSON both ways."""
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(self.url + path, sent, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"{}")

    def make(self, index: str, mapping: Any = MAPPING, shards: int = 2, **settings: Any) -> None:
        """An empty index."""
        shape = {"number_of_shards": shards, "number_of_replicas": 0, **settings}
        self.ask("PUT", f"/{index}", {"settings": {"index": shape}, "mappings": mapping})

    def put(self, index: str, documents: Documents) -> None:
        """Index documents, so that they can be found at once."""
        lines = []
        for name, document in documents.items():
            lines += [{"index": {"_index": index, "_id": name}}, document]
        body = "".join(json.dumps(line) + "\n" for line in lines).encode()
        assert not documents or not self.ask("POST", "/_bulk?refresh=true", body)["errors"]

    def drop(self, index: str) -> None:
        """Remove indices, by name or wildcard."""
        names = [each["index"] for each in self.ask("GET", f"/_cat/indices/{index}?format=json")]
        for name in names:
            self.ask("DELETE", f"/{name}")

    def open_pits(self) -> int:
        """How many points in time it holds."""
        return len(self.ask("GET", "/_search/point_in_time/_all")["pits"])

    def close_pits(self) -> None:
        """Let it forget all points in time, as a restart does."""
        if self.open_pits():
            self.ask("DELETE", "/_search/point_in_time/_all")


@dataclass(frozen=True)
class Scene:
    """An index on a real server, a proxy that may do harm, and a home to extract into.

    Attributes:
        server: the real one.
        proxy: stands before it.
        index: name or wildcard of the index.
        settings: whose one endpoint is the proxy.
    """

    server: Server
    proxy: FaultProxy
    index: str
    settings: Settings

    @property
    def endpoint(self) -> Endpoint:
        """How the proxy is reached."""
        return self.settings.endpoints[NAME]

    @property
    def store(self) -> SliceStore:
        """The slices."""
        return SliceStore(self.settings.slices)

    def with_endpoint(self, **changes: Any) -> Scene:
        """The same scene, reached in another way."""
        endpoints = {NAME: replace(self.endpoint, **changes)}
        return replace(self, settings=replace(self.settings, endpoints=endpoints))

    def with_index(self, index: str) -> Scene:
        """The same scene with other documents."""
        write_sources(self.settings.home, index)
        return replace(self, index=index)

    def extract(self, day: Day = DAY) -> Report:
        """Extract a day's jobs, as a task does."""
        return extract(self.settings, "jobs", day)

    def manifest(self, day: Day = DAY) -> Manifest:
        """The day's manifest, which must be there."""
        manifest = self.store.manifest("jobs", day)
        assert manifest is not None
        return manifest

    def kept(self, day: Day = DAY) -> list[str]:
        """Keys in the day's slice and its quarantine, each as often as it stands there."""
        manifest = self.manifest(day)
        keys: list[Any] = []
        if manifest.file:
            keys += pq.read_table(self.store.path(manifest))["pandaid"].to_pylist()
        if aside := self.store.quarantine_path(manifest):
            keys += pq.read_table(aside)["row_key"].to_pylist()
        return sorted(map(str, keys))

    def files(self) -> dict[str, bytes]:
        """Every file of the slices, by its name."""
        root = self.settings.slices
        files = [f for f in root.rglob("*") if f.is_file() and f.name != ".attempts"]
        return {str(f.relative_to(root)): f.read_bytes() for f in files}

    def pages(self) -> list[dict[str, Any]]:
        """The bodies of all pages that were asked for."""
        return [request.json() for request in self.proxy.seen(acts.is_page)]

    def require_complete(self, expected: Iterable[str]) -> None:
        """Hold that DAY's slice has these documents, each once, proves it, and left nothing."""
        manifest = self.manifest()
        assert self.kept() == sorted(expected)
        assert manifest.promised == manifest.fetched
        self.require_polite()

    def require_polite(self) -> None:
        """Hold that no request scrolled or skipped, and that no point in time stays open."""
        for request in self.proxy.seen(acts.is_search):
            assert "scroll" not in request.target
            assert not {"from", "scroll"} & request.json().keys()
        assert self.proxy.most_at_once <= self.endpoint.parallel_requests
        assert self.server.open_pits() == 0

    @contextmanager
    def require_clean_failure(
        self, error: type[GridlensError], match: str | None = None
    ) -> Iterator[pytest.ExceptionInfo[GridlensError]]:
        """Hold that the block raises this, in one line, and changes nothing."""
        before = self.files()
        with pytest.raises(error, match=match) as raised:
            yield raised
        assert self.files() == before
        assert "\n" not in str(raised.value)
        self.require_polite()


def settings_for(home: Path, url: str) -> Settings:
    """Settings whose one endpoint is there: quick to lose patience, and not slowed down."""
    endpoint = Endpoint(
        NAME,
        hosts=(url,),
        page_size=10,
        requests_per_second=10_000.0,
        timeout_s=5.0,
        patience_s=1.0,
    )
    return Settings(home=home, personal_key=KEY, endpoints={NAME: endpoint})


def write_sources(home: Path, index: str, **override: Any) -> None:
    """Say in ``sources.toml`` that the jobs are in that index."""
    more = "".join(f"{key} = {json.dumps(value)}\n" for key, value in override.items())
    (home / "sources.toml").write_text(
        f'[[jobs]]\nmap = "panda_jobs_archived"\nendpoint = "{NAME}"\nindex = "{index}"\n{more}'
    )
