"""Tiny models and a lake made of them, for the tests of this room."""

import atexit
import itertools
import shutil
import tempfile
from datetime import date
from functools import cache
from pathlib import Path

from gridlens.warehouse import Input, Lake, Model, Staged
from gridlens.window import Day

JOBS = Model.parse(
    """-- Jobs.
-- grain: job_day, pandaid
-- reads: raw.jobs
-- day: job_day
-- like: jobs
-- column: job_day | day of the job's end
-- fail: pandaid is not null
-- warn: jobstatus <> 'closed'
select pandaid, jobstatus, modificationtime, job_day
from raw.jobs
where job_day = $day
""",
    "core.jobs",
)

STATUSES = Model.parse(
    """-- Jobs by status.
-- grain: job_day, jobstatus
-- reads: core.jobs
-- day: job_day
-- column: job_day | day of the jobs' end
-- column: jobstatus | state
-- column: jobs | how many
select job_day, jobstatus, count(*) as jobs
from core.jobs
where job_day = $day
group by job_day, jobstatus
""",
    "mart.statuses",
)

SHARES = Model.parse(
    """-- Share of each status in a window.
-- grain: jobstatus
-- reads: core.jobs
-- argument: with_status = 'all' | only jobs in this state
-- column: jobstatus | state
-- column: jobs | how many
select jobstatus, count(*) as jobs
from core.jobs
where job_day >= $window_start and job_day < $window_end and $with_status in ('all', jobstatus)
group by jobstatus
""",
    "mart.shares",
)

MODELS = (JOBS, STATUSES, SHARES)

# (pandaid, jobstatus, hour of the last change)
Job = tuple[int, str, int]

_numbers = itertools.count()


def a_lake(folder: Path) -> Lake:
    """A lake of the tiny models: a copy of one that is made once."""
    shutil.copytree(_template(), folder, dirs_exist_ok=True)
    return Lake(folder / "warehouse", folder / "slices", memory_limit="200MB", threads=1)


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tiny_lake."))
    atexit.register(shutil.rmtree, folder)
    Lake(folder / "warehouse", folder / "slices").initialise(MODELS)
    return folder


def raw_jobs(day: str, jobs: list[Job]) -> str:
    rows = [f"({i}, '{s}', {changed(hour)}, date '{day}')" for i, s, hour in jobs]
    values = ", ".join(rows) or "(null, null, null, null)"
    where = "" if rows else " where false"
    return (
        f"select * from (values {values}) t(pandaid, jobstatus, modificationtime, job_day){where}"
    )


def changed(hour: int) -> str:
    return f"timestamp '2025-04-01 00:00:00' + interval {hour} hour"


def stage_jobs(lake: Lake, folder: Path, day: str, jobs: list[Job]) -> Staged:
    staging = folder / f"staging{next(_numbers)}"
    return lake.stage(JOBS, Day.parse(day), {"raw.jobs": raw_jobs(day, jobs)}, staging)


def load_jobs(lake: Lake, folder: Path, day: str, jobs: list[Job]) -> None:
    staged = stage_jobs(lake, folder, day, jobs)
    source = Input("raw.jobs", date.fromisoformat(day), repr(jobs))
    lake.replace([staged], [staged.computed([source], snapshot=lake.snapshot())])


def rows(lake: Lake, sql: str) -> list[tuple[object, ...]]:
    with lake.reader() as con:
        return con.execute(sql).fetchall()


def two_versions(lake: Lake, folder: Path) -> list[list[Staged]]:
    """Two contents of one day, each over two tables that must be seen together."""
    day = Day.parse("2025-04-01")
    versions = []
    for status, count in (("failed", 500), ("finished", 700)):
        jobs = stage_jobs(lake, folder, str(day), [(i, status, 0) for i in range(1, count + 1)])
        given = f"select * from read_parquet('{jobs.path}')"
        versions.append([jobs, lake.stage(STATUSES, day, {"core.jobs": given}, jobs.path.parent)])
    return versions


def load(lake: Lake, version: list[Staged]) -> None:
    snapshot = lake.snapshot()
    lake.replace(version, [staged.computed([], snapshot=snapshot) for staged in version])


def keep_loading(lake: Lake, versions: list[list[Staged]]) -> None:
    """Load one version after the other, until the process is killed."""
    for version in itertools.cycle(versions):
        load(lake, version)
