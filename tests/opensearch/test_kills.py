"""Extractions that are killed, stopped, or whose server restarts: all of the day or none of it."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from multiprocessing.context import ForkServerContext
from pathlib import Path
from random import Random

import fault_acts as acts
import pytest
from day_of_jobs import (
    DAY,
    NAME,
    Scene,
    Server,
    around_the_day,
    ids_of_day,
    settings_for,
    write_sources,
)
from fault_proxy import FaultProxy

from gridlens.errors import SourceUnavailable
from gridlens.pipelines import extract
from gridlens.twin.node import Node

IDS = ids_of_day(around_the_day())
SEED = 4
FAR_S = 60.0


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, which it does unless it never will."""
    end = time.monotonic() + FAR_S
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


# Killed.


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Starts processes that have the package imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["gridlens.pipelines"])
    return context


@pytest.fixture
def slow_to_read(scene: Scene) -> Scene:
    """The scene in many pages, whose points in time are forgotten quickly."""
    return scene.with_endpoint(page_size=4, keep_alive_s=5, paging="pit")


def killed(scene: Scene, processes: ForkServerContext, nth: int, after_s: float) -> None:
    """Extract in a process of its own that is killed so long after its n-th request."""
    reached = threading.Event()
    scene.proxy.on(acts.anything, acts.first(reached.set), nth=nth)
    process = processes.Process(target=extract, args=(scene.settings, "jobs", DAY))
    process.start()
    until(lambda: reached.is_set() or not process.is_alive())
    process.join(after_s)
    process.kill()
    process.join()


@pytest.mark.bar(2)
@pytest.mark.parametrize("kills", [10, pytest.param(50, marks=pytest.mark.slow)])
def test_extraction_killed_at_random_points_leaves_the_day_as_it_was_or_whole(
    slow_to_read: Scene, processes: ForkServerContext, tmp_path: Path, kills: int
) -> None:
    scene, random = slow_to_read, Random(SEED)
    early = scene.kept()
    scene_of_rerun = scene.with_endpoint(hosts=(scene.server.url,), page_size=1000)
    kept_home = shutil.copytree(scene.settings.home, tmp_path / "kept")
    scene.extract()
    whole, requests = scene.manifest().fingerprint, len(scene.proxy.requests)
    found, left_open = set(), 0
    # What follows the last request is the day's publication: it gets its share of the kills.
    for nth in random.choices([*range(1, requests), *[requests] * 5], k=kills):
        shutil.rmtree(scene.settings.home)
        shutil.copytree(kept_home, scene.settings.home)
        scene.proxy.heal()
        killed(scene, processes, nth, random.random() * (0.02 if nth < requests else 0.4))
        scene.store.verify(scene.manifest())
        found.add(tuple(scene.kept()))
        left_open += scene.server.open_pits()
        scene_of_rerun.extract()
        assert scene.manifest().fingerprint == whole
    assert found <= {tuple(early), tuple(IDS)}
    assert left_open
    until(lambda: scene.server.open_pits() == 0)


# Stopped.


@pytest.mark.bar(2)
def test_extraction_that_is_asked_to_stop_closes_its_point_in_time_at_once(scene: Scene) -> None:
    scene = scene.with_endpoint(page_size=4)
    fields = {name: value for name, value in asdict(scene.endpoint).items() if name != "name"}
    env = {
        f"GRIDLENS_ENDPOINT_{NAME.upper()}": json.dumps(fields),
        "GRIDLENS_HOME": str(scene.settings.home),
        "GRIDLENS_PERSONAL_KEY": scene.settings.personal_key,
    }
    before, reached = scene.files(), threading.Event()
    scene.proxy.on(acts.is_page, acts.first(reached.set), nth=3)
    scene.proxy.always(acts.is_later_page, acts.delays(0.5))
    command = "import sys; from gridlens.cli import main; sys.exit(main())"
    with subprocess.Popen(
        [sys.executable, "-c", command, "run-day", str(DAY)], env=os.environ | env
    ) as process:
        assert reached.wait(FAR_S)
        assert scene.server.open_pits() == 1
        process.send_signal(signal.SIGTERM)
    assert process.returncode == 128 + signal.SIGTERM
    assert scene.files() == before
    scene.require_polite()


# Restarted.


@pytest.fixture(scope="module")
def restartable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A server of this module's own, with the jobs in it."""
    with Node(tmp_path_factory.mktemp("restartable")) as node:
        server = Server(node.url)
        server.make("restarted-jobs")
        server.put("restarted-jobs", around_the_day())
        yield node


@pytest.fixture
def restarts(restartable: Node, tmp_path: Path) -> Iterator[Scene]:
    """A scene at that server, with a home where nothing has been extracted."""
    with FaultProxy(restartable.url.removeprefix("http://")) as proxy:
        write_sources(tmp_path, "restarted-jobs")
        settings = settings_for(tmp_path, proxy.url)
        scene = Scene(Server(restartable.url), proxy, "restarted-jobs", settings)
        yield scene.with_endpoint(page_size=4)


def extracted_over_a_restart(scene: Scene, node: Node) -> BaseException | None:
    """Extract, restart the server as the third page is asked for, and tell what was raised."""
    reached, raised = threading.Event(), []

    def run() -> None:
        try:
            scene.extract()
        except SourceUnavailable as error:
            raised.append(error)

    scene.proxy.on(acts.is_page, acts.first(reached.set), nth=3)
    # The server ends with the thread that starts it: that is ours, not the proxy's.
    thread = threading.Thread(target=run)
    thread.start()
    assert reached.wait(FAR_S)
    node.restart()
    thread.join()
    return raised[0] if raised else None


@pytest.mark.bar(9)
@pytest.mark.parametrize("paging", ["pit", pytest.param("search_after", marks=pytest.mark.slow)])
def test_extraction_outlives_a_restart_of_its_server(
    restarts: Scene, restartable: Node, paging: str
) -> None:
    scene = restarts.with_endpoint(paging=paging, patience_s=FAR_S)
    assert extracted_over_a_restart(scene, restartable) is None
    scene.require_complete(IDS)
    first = scene.manifest().fingerprint
    scene.extract()
    assert scene.manifest().fingerprint == first


@pytest.mark.bar(9)
def test_extraction_without_the_patience_for_a_restart_fails_and_is_whole_the_next_time(
    restarts: Scene, restartable: Node
) -> None:
    scene = restarts.with_endpoint(paging="search_after", patience_s=0.5)
    assert isinstance(extracted_over_a_restart(scene, restartable), SourceUnavailable)
    assert scene.files() == {}
    scene.extract()
    scene.require_complete(IDS)
