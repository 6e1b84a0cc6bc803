"""A real OpenSearch with the jobs of one day in it, behind a proxy that may do harm."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from day_of_jobs import DAY, Scene, Server, around_the_day, settings_for, write_sources
from fault_proxy import FaultProxy
from indexed_grid import Grid, make_grid

from gridlens.pipelines import extract
from gridlens.twin.node import Node

# Jobs that are indexed after the first extraction: whether a second one came to an end shows.
_LATE = ("120", "121", "200")


@pytest.fixture(scope="session")
def server(node: Node) -> Server:
    """The real server, asked directly."""
    return Server(node.url)


@pytest.fixture(scope="session")
def day_extracted_too_early(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a slice of the day as it was before its last documents came."""
    documents = around_the_day()
    home = tmp_path_factory.mktemp("early") / "home"
    home.mkdir()
    write_sources(home, "modes-jobs-*")
    for index in ("modes-jobs-even", "modes-jobs-odd"):
        server.make(index)
    halves = [{}, {}]
    for name, document in documents.items():
        halves[int(name) % 2][name] = document
    indices = dict(zip(("modes-jobs-even", "modes-jobs-odd"), halves, strict=True))
    for index, half in indices.items():
        server.put(index, {name: half[name] for name in half if name not in _LATE})
    extract(settings_for(home, server.url), "jobs", DAY)
    for index, half in indices.items():
        server.put(index, {name: half[name] for name in half if name in _LATE})
    return home


@pytest.fixture
def scene(
    server: Server, day_extracted_too_early: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Scene]:
    """The day's jobs behind a proxy, and a home where an earlier slice of the day stands."""
    monkeypatch.setattr("gridlens.sources.opensearch.client._FIRST_WAIT_S", 0.01)
    home = tmp_path / "home"
    shutil.copytree(day_extracted_too_early, home)
    with FaultProxy(server.target) as proxy:
        server.close_pits()
        yield Scene(server, proxy, "modes-jobs-*", settings_for(home, proxy.url))


@pytest.fixture(params=["pit", "search_after"])
def each_way(scene: Scene, request: pytest.FixtureRequest) -> Scene:
    """The scene, read in both ways."""
    return scene.with_endpoint(paging=request.param)


@pytest.fixture
def grid(node: Node, tmp_path: Path) -> Iterator[Grid]:
    """Three small days, indexed and not yet extracted."""
    made = make_grid(tmp_path / "home", node.url, f"grid-{uuid4().hex[:8]}")
    yield made
    with made.client() as client:
        for table in ("jobs", "files"):
            client.request("DELETE", f"/{made.prefix}-{table}")


@pytest.fixture
def index(server: Server) -> Iterator[str]:
    """The beginning of the names of indices that are the test's own; they go with it."""
    name = f"own-{uuid4().hex[:8]}"
    yield name
    server.drop(f"{name}*")
