"""Which tasks exist: a pool born each day, whose jobs run on that day and the next two."""

from __future__ import annotations

import random
from functools import cache

from gridlens.twin.history.records import DAY_S, Task, draws
from gridlens.window import Day

_EPOCH = Day.parse("1970-01-01").date.toordinal()
_IDS_SINCE = Day.parse("2025-01-01").date.toordinal()
_PROJECTS = ("mc23_13p6TeV", "data24_13p6TeV", "mc20_13TeV", "data23_13p6TeV")
_PHYSICS = ("PhPy8EG_ttbar", "Sh_2214_Zmumu", "physics_Main", "MGPy8EG_VBFH", "Py8EG_jetjet")
_DATATYPES = ("DAOD_PHYS", "DAOD_PHYSLITE", "AOD", "HITS", "EVNT")
_NICKS = tuple(f"user{n:03d}" for n in range(180))
USER_SHARE_OF_TASKS = 0.8
JOBS_PER_TASK = 30


def midnight(day: Day) -> int:
    """First second of the day."""
    return (day.date.toordinal() - _EPOCH) * DAY_S


@cache
def tasks_born(seed: int, day: Day, jobs_per_day: int) -> tuple[tuple[Task, ...], tuple[Task, ...]]:
    """User tasks and production tasks born on that day; the same whoever asks."""
    rng = draws(seed, day, "tasks")
    number = max(6, jobs_per_day // JOBS_PER_TASK)
    users = round(number * USER_SHARE_OF_TASKS)
    first_id = 40_000_000 + (day.date.toordinal() - _IDS_SINCE) * 20_000
    tasks = [_task(rng, first_id + n, midnight(day), n < users) for n in range(number)]
    return tuple(tasks[:users]), tuple(tasks[users:])


def pick_task(rng: random.Random, seed: int, day: Day, jobs_per_day: int, is_user: bool) -> Task:
    """A task that has jobs on that day: most were born on it, few two days before."""
    age = rng.choices((0, 1, 2), (70, 20, 10))[0]
    pools = tasks_born(seed, day.plus(-age), jobs_per_day)
    pool = pools[0] if is_user else pools[1]
    # Few tasks hold many jobs: squaring leans towards the front of the pool.
    return pool[int(len(pool) * rng.random() ** 2)]


def _task(rng: random.Random, taskid: int, born: int, is_user: bool) -> Task:
    project, datatype = rng.choice(_PROJECTS), rng.choice(_DATATYPES)
    number, nick = rng.randrange(100_000, 999_999), rng.choice(_NICKS)
    name = f"{project}.{number}.{rng.choice(_PHYSICS)}"
    tags = f"e{rng.randrange(8000, 8999)}_s{rng.randrange(4000, 4999)}_p{rng.randrange(5000, 6999)}"
    made = f"user.{nick}.{number}.v{taskid % 9}" if is_user else f"{name}.recon.AOD.{tags}"
    return Task(
        taskid=taskid,
        born=born,
        is_user=is_user,
        nick=nick,
        scope=project,
        dataset=f"{name}.deriv.{datatype}.{tags}",
        output=made,
        project=project,
        datatype=datatype,
    )
