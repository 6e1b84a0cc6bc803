"""Steps that are killed at any moment, or find the disk full: all of a load or nothing of it."""

from __future__ import annotations

import multiprocessing
import resource
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from small_grid import DAYS, change_one_percent, checksums

from gridlens.errors import GridlensError
from gridlens.pipelines import extract, indicators, load, match, upkeep
from gridlens.pipelines.compute import open_lake
from gridlens.settings import Settings
from gridlens.window import Day

DAY = DAYS[1]
FAR_S = 60.0
# Longer than any of the transactions takes on a busy machine.
TRANSACTION_S = 1.0

Step = Callable[[Settings, Day], object]
Contents = tuple[list[Any], list[Any]]


def take_care(settings: Settings, _: Day) -> None:
    """Upkeep, which gives up every former state."""
    upkeep(replace(settings, keep_snapshots_days=0.001 / 86400))


def extract_transfers(settings: Settings, day: Day) -> None:
    """Extract the day's transfers, which are as they were."""
    extract(settings, "transfers", day)


STEPS: dict[str, Step] = {
    "load": load,
    "match": match,
    "indicators": indicators,
    "upkeep": take_care,
}


@dataclass(frozen=True)
class Moment:
    """A step about to change the day: the home before it, and what the home holds after it."""

    step: Step
    home: Path
    before: Contents
    after: Contents
    whole: dict[str, str]
    seconds: float


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Starts processes that have the package imported already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["gridlens.pipelines"])
    return context


@pytest.fixture(scope="module")
def moments(
    warehouse: Settings, processes: ForkServerContext, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Moment]:
    """The steps of a loaded day whose jobs have changed since, each as it is about to be done."""
    folder = tmp_path_factory.mktemp("moments")
    settings = a_copy(warehouse, warehouse.home, folder / "home")
    assert change_one_percent(settings.home / "exports" / str(DAY), seed=1) > 0
    for table in ("jobs", "files"):
        extract(settings, table, DAY)
    found = {}
    for name, step in STEPS.items():
        shutil.copytree(settings.home, folder / name)
        before, started = contents(settings), time.monotonic()
        in_a_process(processes, step, settings).join()
        seconds = time.monotonic() - started
        found[name] = Moment(
            step, folder / name, before, contents(settings), checksums(settings), seconds
        )
    return found


def a_copy(settings: Settings, home: Path, target: Path) -> Settings:
    """Settings of a copy of a home in the place of whatever stands there."""
    shutil.rmtree(target, ignore_errors=True)
    return replace(settings, home=shutil.copytree(home, target))


def in_a_process(processes: ForkServerContext, step: Step, settings: Settings) -> BaseProcess:
    process = processes.Process(target=step, args=(settings, DAY))
    process.start()
    return process


def contents(settings: Settings) -> Contents:
    """What each table holds that is computed by the day, and what its days are made from."""
    with open_lake(settings).reader() as lake:
        names = [name for name, _ in by_day(lake)]
        rows = " union all ".join(
            f"select '{name}', count(*), bit_xor(hash(t)) from {name} as t" for name in names
        )
        made = "select table_name, day, inputs_fingerprint, checksum from raw.computed_days"
        return lake.execute(rows).fetchall(), sorted(lake.execute(made).fetchall())


def by_day(lake: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """The tables that are computed by the day, with its column."""
    query = "select name, day_column from raw.models where day_column is not null order by name"
    return lake.execute(query).fetchall()


def rows_that_the_ledger_denies(settings: Settings) -> str:
    """One query, so of one state: days whose rows are not as many as the ledger says."""
    with open_lake(settings).reader() as lake:
        counts = " union all ".join(
            f"select '{name}' as table_name, {day} as day, count(*) as n from {name} group by all"
            for name, day in by_day(lake)
        )
    return (
        f"select table_name, day, rows, n from raw.computed_days full join ({counts}) "
        "using (table_name, day) where coalesce(rows, 0) <> coalesce(n, 0) and "
        "table_name in (select name from raw.models where day_column is not null)"
    )


@contextmanager
def a_reader(settings: Settings, query: str) -> Iterator[list[list[object]]]:
    """Somebody who asks the query again and again, first of all once; the answers so far."""
    answers: list[list[object]] = []
    stop, has_asked = threading.Event(), threading.Event()

    def ask() -> None:
        with open_lake(settings).reader() as lake:
            while not stop.is_set():
                answers.append(lake.execute(query).fetchall())
                has_asked.set()
                stop.wait(0.2)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        assert has_asked.wait(FAR_S)
        yield answers
    finally:
        stop.set()
        thread.join()


def kill(process: BaseProcess, settings: Settings, within: float, dice: Random) -> bool:
    """Kill it at any time of so many seconds, or, every second time, at any time of a write.

    Returns whether it was still at work.
    """
    if dice.random() < 0.5:
        process.join(dice.uniform(0, within))
    else:
        lock, end = settings.warehouse / "writer.lock", time.monotonic() + FAR_S
        while process.is_alive() and not lock.read_text().startswith(f"{process.pid} on "):
            assert time.monotonic() < end
            time.sleep(0.005)
        process.join(dice.uniform(0, TRANSACTION_S))
    is_at_work = process.is_alive()
    process.kill()
    process.join()
    return is_at_work


@pytest.mark.bar(1)
@pytest.mark.parametrize(
    ("kills", "name"),
    [(2, "load"), (2, "upkeep"), *(pytest.param(100, n, marks=pytest.mark.slow) for n in STEPS)],
)
def test_a_step_killed_at_random_points_is_done_or_not_done_and_a_rerun_does_it(
    moments: dict[str, Moment],
    warehouse: Settings,
    processes: ForkServerContext,
    tmp_path: Path,
    name: str,
    kills: int,
) -> None:
    moment, dice, found = moments[name], Random(f"{name} 4"), []
    within = moment.seconds
    query = rows_that_the_ledger_denies(replace(warehouse, home=moment.home))
    for _ in range(kills):
        settings = a_copy(warehouse, moment.home, tmp_path / "home")
        with a_reader(settings, query) as answers:
            process = in_a_process(processes, moment.step, settings)
            # A machine that has become slower or faster is followed, so that kills come before
            # the end of the step and after it.
            within *= 1.03 if kill(process, settings, within, dice) else 0.85
        assert not any(answers)
        found.append(contents(settings))
        moment.step(settings, DAY)
        assert contents(settings) == moment.after
    assert checksums(settings) == moment.whole
    assert all(state in (moment.before, moment.after) for state in found)
    some = {state == moment.after for state in found}
    assert kills < 100 or some == {True, moment.before == moment.after}


# Without room.


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB, where it may be mounted; a plain folder where not."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(disk)]
    is_mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    yield disk
    if is_mounted:
        subprocess.run(["umount", str(disk)], check=True)


def with_room_for(room: int, step: Step, settings: Settings, said: Path) -> None:
    """Do the step where no file can grow beyond so many bytes; keep the words of its error."""
    without_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, without_limit[1]))
    words = "done"
    try:
        step(settings, DAY)
    except GridlensError as error:
        words = f"{type(error).__name__}: {error}"
    resource.setrlimit(resource.RLIMIT_FSIZE, without_limit)
    said.write_text(words)


@contextmanager
def ballast(settings: Settings, room: int) -> Iterator[None]:
    """A file that leaves so much of the disk; a large disk is left as it is."""
    free = shutil.disk_usage(settings.home).free
    file = settings.home / "ballast"
    if free < 2**26:
        file.write_bytes(bytes(max(free - room, 0)))
    yield
    file.unlink(missing_ok=True)


# From none to more than any step needs.
ROOMS = [pytest.param(n * 20_000, marks=pytest.mark.slow) for n in range(20)]


@pytest.mark.bar(11)
@pytest.mark.parametrize("name", ["extract", *STEPS])
@pytest.mark.parametrize("room", [4_000, *ROOMS])
def test_a_step_without_room_says_so_loses_nothing_and_is_done_once_there_is_some(
    moments: dict[str, Moment],
    warehouse: Settings,
    processes: ForkServerContext,
    tmp_path: Path,
    small_disk: Path,
    name: str,
    room: int,
) -> None:
    moment = moments["load" if name == "extract" else name]
    step = extract_transfers if name == "extract" else moment.step
    settings, said = a_copy(warehouse, moment.home, small_disk / "home"), tmp_path / "said"
    slices = sorted(path.name for path in settings.slices.glob("transfers/*"))
    with ballast(settings, room):
        child = processes.Process(target=with_room_for, args=(room, step, settings, said))
        child.start()
        child.join()
    words, found = said.read_text(), contents(settings)
    if words == "done":
        assert found == moment.after or name == "extract"
    else:
        assert words.startswith(f"DiskFull: {settings.home}")
        assert "its disk has no room" in words
        assert "make " in words
        assert found == moment.before
        assert not list(settings.warehouse.glob("staging/*"))
        assert sorted(path.name for path in settings.slices.glob("transfers/*")) == slices
    assert words != "done" or room > 4_000
    step(settings, DAY)
    assert contents(settings) == (moment.before if name == "extract" else moment.after)
