from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workloads import FIRST, grid, jobs

from gridlens.errors import InputError
from gridlens.generator.splits import Way, split


def test_a_split_by_task_needs_the_task() -> None:
    with pytest.raises(InputError, match="no 'jeditaskid'"):
        split(jobs({}).drop_columns(["jeditaskid"]), "task", 1)


def test_by_time_the_latest_tasks_are_the_test() -> None:
    table = jobs(
        *({"jeditaskid": 10 - i, "creationtime": FIRST + timedelta(hours=i)} for i in range(10))
    )
    parts = split(table, "time", 1)
    assert parts.train.column("jeditaskid").to_pylist() == [10, 9, 8, 7, 6, 5]
    assert parts.validation.column("jeditaskid").to_pylist() == [4, 3]
    assert parts.test.column("jeditaskid").to_pylist() == [2, 1]


def test_the_random_split_is_the_papers_60_20_20() -> None:
    parts = split(grid(1000), "random", 1)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == (600, 200, 200)


@given(st.integers(1, 300), st.sampled_from(["task", "time"]), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_no_task_is_on_two_sides_and_no_job_is_lost(n: int, way: Way, seed: int) -> None:
    table = grid(n, seed)
    parts = split(table, way, seed)
    tasks = [set(p.column("jeditaskid").to_pylist()) for p in vars(parts).values()]
    assert tasks[0] | tasks[1] | tasks[2] == set(table.column("jeditaskid").to_pylist())
    assert sum(map(len, tasks)) == len(tasks[0] | tasks[1] | tasks[2])
    assert sum(map(len, vars(parts).values())) == n


def test_jobs_without_a_task_are_tasks_of_their_own() -> None:
    table = jobs(*[{"jeditaskid": None}] * 100)
    assert [len(part) for part in vars(split(table, "task", 1)).values()] == [60, 20, 20]


@given(st.sampled_from(["task", "time", "random"]), st.integers(0, 9))
@settings(max_examples=20, deadline=None)
def test_the_same_seed_gives_the_same_parts(way: Way, seed: int) -> None:
    assert split(grid(90), way, seed) == split(grid(90), way, seed)
