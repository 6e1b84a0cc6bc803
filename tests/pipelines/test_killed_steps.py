"""Steps that are killed at any moment: a reader sees whole loads only, and a rerun mends all."""

from __future__ import annotations

import multiprocessing
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random

import pytest
from small_grid import DAYS, change_one_percent, checksums

from gridlens.pipelines import extract, indicators, load, match
from gridlens.pipelines.compute import open_lake
from gridlens.settings import Settings
from gridlens.window import Day

STEPS = {step.__name__: step for step in (load, match, indicators)}
DAY = DAYS[1]
FAR_S = 60.0
# Longer than any of the transactions takes on a busy machine.
TRANSACTION_S = 1.0

Ledger = dict[tuple[str, str], tuple[int, str, str]]


@dataclass(frozen=True)
class Moment:
    """A step about to change the day: the home before it, and what the home holds after it."""

    step: Callable[[Settings, Day], object]
    home: Path
    before: Ledger
    after: Ledger
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
        before, started = ledger(settings), time.monotonic()
        in_a_process(processes, step, settings).join()
        seconds = time.monotonic() - started
        found[name] = Moment(
            step, folder / name, before, ledger(settings), checksums(settings), seconds
        )
    return found


def a_copy(settings: Settings, home: Path, target: Path) -> Settings:
    """Settings of a copy of a home in the place of whatever stands there."""
    shutil.rmtree(target, ignore_errors=True)
    return replace(settings, home=shutil.copytree(home, target))


def in_a_process(
    processes: ForkServerContext, step: Callable[[Settings, Day], object], settings: Settings
) -> BaseProcess:
    process = processes.Process(target=step, args=(settings, DAY))
    process.start()
    return process


def ledger(settings: Settings) -> Ledger:
    """What each day of each table is said to hold, and to be made from."""
    return {
        (record.table, str(record.day)): (record.rows, record.checksum, record.inputs_fingerprint)
        for record in open_lake(settings).computed()
    }


def rows_that_the_ledger_denies(settings: Settings) -> str:
    """One query, so of one state: days whose rows are not as many as the ledger says."""
    with open_lake(settings).reader() as lake:
        by_day = lake.execute(
            "select name, day_column from raw.models where day_column is not null"
        ).fetchall()
    counts = " union all ".join(
        f"select '{name}' as table_name, {day} as day, count(*) as n from {name} group by all"
        for name, day in by_day
    )
    return (
        f"select table_name, day, rows, n from raw.computed_days full join ({counts}) "
        "using (table_name, day) where coalesce(rows, 0) <> coalesce(n, 0) and "
        "table_name in (select name from raw.models where day_column is not null)"
    )


@contextmanager
def a_reader(settings: Settings, query: str) -> Iterator[list[list[object]]]:
    """Somebody who asks the query again and again; the answers so far."""
    answers: list[list[object]] = []
    stop = threading.Event()

    def ask() -> None:
        with open_lake(settings).reader() as lake:
            while not stop.is_set():
                answers.append(lake.execute(query).fetchall())

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()


def kill(process: BaseProcess, settings: Settings, moment: Moment, dice: Random) -> None:
    """Kill it at any time of its run, or, every second time, at any time of a write."""
    if dice.random() < 0.5:
        process.join(dice.uniform(0, 1.1 * moment.seconds))
    else:
        lock, end = settings.warehouse / "writer.lock", time.monotonic() + FAR_S
        while process.is_alive() and lock.read_text() != str(process.pid):
            assert time.monotonic() < end
            time.sleep(0.005)
        process.join(dice.uniform(0, TRANSACTION_S))
    process.kill()
    process.join()


@pytest.mark.bar(1)
@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("kills", [2, pytest.param(100, marks=pytest.mark.slow)])
def test_a_step_killed_at_random_points_is_done_or_not_done_and_a_rerun_does_it(
    moments: dict[str, Moment],
    warehouse: Settings,
    processes: ForkServerContext,
    tmp_path: Path,
    name: str,
    kills: int,
) -> None:
    moment, dice, found = moments[name], Random(f"{name} 4"), []
    query = rows_that_the_ledger_denies(replace(warehouse, home=moment.home))
    for _ in range(kills):
        settings = a_copy(warehouse, moment.home, tmp_path / "home")
        with a_reader(settings, query) as answers:
            kill(in_a_process(processes, moment.step, settings), settings, moment, dice)
        assert answers
        assert not any(answers)
        found.append(ledger(settings))
        moment.step(settings, DAY)
        assert checksums(settings) == moment.whole
    assert all(state in (moment.before, moment.after) for state in found)
    assert kills < 100 or {state == moment.after for state in found} == {True, False}
