"""Three days of a small grid whose jobs and files stand in an index, all else in files."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gridlens.endpoint import Endpoint
from gridlens.pipelines import run_day
from gridlens.pipelines.compute import open_lake
from gridlens.settings import Settings
from gridlens.slices import Manifest, SliceStore
from gridlens.sources import Client, load_map
from gridlens.sources.opensearch.cut import Cut
from gridlens.twin import make_days
from gridlens.twin.indices import templates
from gridlens.window import Day

DAYS = tuple(Day.parse("2025-04-01").plus(n) for n in range(3))
NAME = "opensearch_panda"
TEMPLATES = {"jobs": "atlas_jobs_archived", "files": "atlas_job_files"}
MAPS = {"jobs": "panda_jobs_archived", "files": "panda_job_files"}
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Grid:
    """A home, and the indices that its jobs and files come from."""

    settings: Settings
    prefix: str

    def elsewhere(self, home: Path) -> Grid:
        """The same sources under another home, with nothing extracted."""
        home.mkdir()
        for folder in ("exports", "truth"):
            (home / folder).symlink_to(self.settings.home / folder)
        (home / "sources.toml").write_text(self.settings.sources.read_text())
        return replace(self, settings=replace(self.settings, home=home))

    def run(self, days: Iterable[Day] = DAYS) -> None:
        """Run the days in this order."""
        for day in days:
            run_day(self.settings, day, lambda _: None)

    def manifest(self, table: str, day: Day) -> Manifest:
        """The manifest of that day."""
        manifest = SliceStore(self.settings.slices).manifest(table, day)
        assert manifest is not None
        return manifest

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with open_lake(self.settings).reader() as lake:
            return lake.execute(query).fetchall()

    def checksums(self) -> dict[str, str]:
        """What every table of the warehouse holds, as one number a table."""
        return open_lake(self.settings).table_checksums()

    def jobs(self, day: Day) -> dict[str, dict[str, Any]]:
        """The day's finished jobs as they were first indexed, by the document's id."""
        found = _documents(self.settings.home / "exports", "jobs")
        sound = {name: json.loads(text) for name, text in found.items()}
        return {
            name: job
            for name, job in sound.items()
            if str(job.get("endtime")).startswith(str(day)) and job["jobstatus"] == "finished"
        }

    def put(self, table: str, documents: Mapping[str, Document]) -> None:
        """Index documents, in the place of those with the same ids."""
        with self.client() as client:
            put(client, f"{self.prefix}-{table}", {n: json.dumps(d) for n, d in documents.items()})

    def bound(self, line: str = "") -> None:
        """Let this line, or none, say in ``sources.toml`` when the source begins and ends."""
        lines = self.settings.sources.read_text().splitlines()
        rest = [each for each in lines if not each.startswith(("begins", "ends"))]
        self.settings.sources.write_text("\n".join([line, *rest]))

    def forget(self, table: str, before: str) -> None:
        """Remove the documents that are older, as an index does that keeps a few weeks."""
        field = {"jobs": "endtime", "files": "modificationtime"}[table]
        self._by_query(table, "delete", {"query": {"range": {field: {"lt": before}}}})

    def change(self, table: str, day: Day, painless: str) -> None:
        """Change every document of the day in its place; ``d`` is the document."""
        script = {"source": f"def d = ctx._source; {painless}"}
        cut = Cut.of(table, dict(load_map(MAPS[table]).index))
        self._by_query(table, "update", {"query": cut.window(day.start, day.end), "script": script})

    def _by_query(self, table: str, what: str, body: Mapping[str, Any]) -> None:
        path = f"/{self.prefix}-{table}/_{what}_by_query"
        with self.client() as client:
            client.request("POST", path, body, {"refresh": "true"})

    @contextmanager
    def client(self) -> Iterator[Client]:
        """A client of the endpoint."""
        with Client(self.settings.endpoint(NAME), self.settings.slots) as client:
            yield client


def make_grid(home: Path, url: str, prefix: str) -> Grid:
    """Three days of 150 jobs, their documents indexed, nothing extracted."""
    make_days(home, seed=5, first=DAYS[0], days=3, jobs_per_day=150, progress=lambda _: None)
    endpoint = Endpoint(NAME, (url,), requests_per_second=10_000.0, patience_s=20.0)
    key = "a key of the tests alone"
    grid = Grid(Settings(home=home, personal_key=key, endpoints={NAME: endpoint}), prefix)
    with grid.client() as client:
        for table, template in TEMPLATES.items():
            client.request("PUT", f"/{prefix}-{table}", templates()[template]["template"])
            put(client, f"{prefix}-{table}", _documents(home / "exports", table))
    grid.settings.sources.write_text(_sources(grid))
    return grid


def put(client: Client, index: str, documents: Mapping[str, str]) -> None:
    """Index documents and make them seen."""
    lines = []
    for name, text in documents.items():
        lines += [json.dumps({"index": {"_index": index, "_id": name}}), text]
    body = "\n".join([*lines, ""]).encode()
    assert client.request("POST", "/_bulk", body, {"refresh": "true"}).json()["errors"] is False


def _documents(exports: Path, table: str) -> dict[str, str]:
    """Every document of the exports with an id of its own, twins included."""
    seen: Counter[str] = Counter()
    found = {}
    for path in sorted(exports.glob(f"*/*{table}-*.ndjson.gz")):
        with gzip.open(path, "rt") as lines:
            for text in filter(None, map(str.strip, lines)):
                name = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
                seen[name] += 1
                found[f"{name}{seen[name]}"] = text
    return found


def _sources(grid: Grid) -> str:
    """The entries of the exports, but for the tables that are in an index."""
    head, *entries = grid.settings.sources.read_text().split("\n\n")
    kept = [e for e in entries if not e.startswith(("[[jobs]]", "[[files]]"))]
    indexed = [
        f'[[{table}]]\nmap = "{MAPS[table]}"\nendpoint = "{NAME}"\nindex = "{grid.prefix}-{table}"'
        for table in TEMPLATES
    ]
    return "\n\n".join([head, *indexed, *kept]) + "\n"
