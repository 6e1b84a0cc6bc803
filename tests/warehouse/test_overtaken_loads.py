"""Two attempts at one day, interleaved at every step: no older result replaces a newer one.

An attempt looks at the ledger, reads what it computes from, and loads. What it reads is the number
of times that the source has changed so far.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_lake import JOBS, STATUSES, Lake, a_lake, load_jobs, rows, stage_jobs

from gridlens.warehouse import Input
from gridlens.window import Day

STEPS = 3
# For each of two attempts, the turns that are the first one's; the source changes at each turn.
ORDERS = [set(turns) for turns in combinations(range(2 * STEPS), STEPS)]


class Source:
    """Documents that change; ``shown`` is what the lake has been loaded with, one after another."""

    def __init__(self, lake: Lake, folder: Path, day: str) -> None:
        self.lake, self.folder, self.day = lake, folder, day
        # Of its own, as a job that two days have moves to one of them.
        self.pandaid = date.fromisoformat(day).toordinal()
        self.version = 0
        self.shown: list[int] = []

    def attempt(self) -> Iterator[None]:
        """One attempt, a step a turn; it looks again as often as it is overtaken."""
        overtaken = True
        while overtaken:
            yield
            snapshot = self.lake.snapshot()
            yield
            version = self.version
            yield
            jobs = [(self.pandaid, "finished", version)]
            staged = stage_jobs(self.lake, self.folder, self.day, jobs)
            source = Input("raw.jobs", date.fromisoformat(self.day), str(version))
            record = staged.computed([source], snapshot=snapshot)
            overtaken = bool(self.lake.replace([staged], [record]))
        self.shown.append(version)

    def play(self, turns: Sequence[int], attempts: int) -> None:
        """Let the attempts take these turns, and then end one after another."""
        running = [self.attempt() for _ in range(attempts)]
        for turn in turns:
            self.version += 1
            next(running[turn], None)
        for attempt in running:
            for _ in attempt:
                self.version += 1

    def loaded(self) -> int:
        """What the lake holds."""
        hour = "date_diff('hour', timestamp '2025-04-01', modificationtime)"
        [(version,)] = rows(
            self.lake, f"select {hour} from core.jobs where job_day = date '{self.day}'"
        )
        return int(str(version))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return a_lake(tmp_path_factory.mktemp("overtaken"))


@pytest.mark.parametrize("number", range(len(ORDERS)))
def test_whichever_loads_second_has_read_what_is_at_least_as_new(
    lake: Lake, tmp_path: Path, number: int
) -> None:
    source = Source(lake, tmp_path, str(Day.parse("2025-05-01").plus(number)))
    source.play([0 if turn in ORDERS[number] else 1 for turn in range(2 * STEPS)], attempts=2)
    assert len(source.shown) == 2
    assert source.shown == sorted(source.shown)
    assert source.loaded() == source.shown[-1]


def test_attempt_of_the_same_state_that_loads_second_writes_nothing(
    lake: Lake, tmp_path: Path
) -> None:
    state = lake.snapshot()
    first, second = (stage_jobs(lake, tmp_path, "2025-06-01", [(n, "failed", 0)]) for n in (61, 62))
    assert lake.replace([first], [first.computed([], snapshot=state)]) == []
    late = second.computed([], snapshot=state)
    assert lake.replace([second], [late], {"task_runs": [{"task": "late"}]}) == [late]
    assert rows(lake, "select pandaid from core.jobs where job_day = '2025-06-01'") == [(61,)]
    assert rows(lake, "select * from raw.task_runs where task = 'late'") == []


def test_result_of_a_day_that_was_loaded_anew_meanwhile_is_not_loaded(
    lake: Lake, tmp_path: Path
) -> None:
    day = Day.parse("2025-06-02")
    load_jobs(lake, tmp_path, str(day), [(65, "failed", 0)])
    state = lake.snapshot()
    jobs = f"select * from lake.core.jobs where job_day = date '{day}'"
    staged = lake.stage(STATUSES, day, {"core.jobs": jobs}, tmp_path / "statuses")
    load_jobs(lake, tmp_path, str(day), [(65, "finished", 1)])
    old = staged.computed([Input(JOBS.name, day.date, "before")], snapshot=state)
    assert lake.replace([staged], [old]) == [old]


def test_neighbour_that_was_loaded_meanwhile_makes_a_result_stale_and_does_not_stop_it(
    lake: Lake, tmp_path: Path
) -> None:
    state = lake.snapshot()
    staged = stage_jobs(lake, tmp_path, "2025-06-03", [(63, "failed", 0)])
    load_jobs(lake, tmp_path, "2025-06-04", [(64, "failed", 0)])
    neighbour = Input(JOBS.name, date(2025, 6, 4), None)
    assert lake.replace([staged], [staged.computed([neighbour], snapshot=state)]) == []


@settings(max_examples=4)
@given(st.permutations([n for n in range(3) for _ in range(STEPS)]))
def test_no_order_of_steps_loads_an_older_version_over_a_newer(turns: list[int]) -> None:
    with TemporaryDirectory() as folder:
        source = Source(a_lake(Path(folder)), Path(folder), "2025-04-01")
        source.play(turns, attempts=3)
        assert source.shown == sorted(source.shown)
        assert source.loaded() == source.shown[-1]
