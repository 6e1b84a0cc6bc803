"""What the generator learns from: the jobs of some days, in one state of the warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import duckdb
import pyarrow as pa

from gridlens.errors import InputError, NotFound
from gridlens.generator.workload import VARIABLES, as_workload
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.mart_rows import mart_query, selected
from gridlens.pipelines.status import DayStatus, status
from gridlens.settings import Settings
from gridlens.slices.fingerprint import Fingerprint
from gridlens.window import Window

MART = "mart.workloads"
DAYS = 7
POPULATION = "all"
_HOLDING = ("complete", "edge")


@dataclass(frozen=True)
class TrainingSlice:
    """Which rows a model learned from, so that anybody can read the same ones again.

    Attributes:
        snapshot: state of the warehouse that they were read from.
        first: first day on which the jobs ended, ``YYYY-MM-DD``.
        end: first day that is no longer included.
        population: ``user``, ``production`` or ``all`` jobs.
        rows: number of jobs.
        fingerprint: sha256 of the values, column by column, jobs ordered by day and id; 32 digits.
    """

    snapshot: int
    first: str
    end: str
    population: str
    rows: int
    fingerprint: str

    @property
    def window(self) -> Window:
        """The days."""
        return Window.parse(self.first, self.end)

    def as_dict(self) -> dict[str, Any]:
        """The facts as plain JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> TrainingSlice:
        """Read what ``as_dict`` gave."""
        return cls(**given)


def training_rows(
    settings: Settings, window: Window, population: str = POPULATION, snapshot: int | None = None
) -> tuple[pa.Table, TrainingSlice]:
    """The workload of jobs that ended in a window, ordered by day and job, and where it is from.

    Args:
        settings: where the warehouse is.
        window: days on which the jobs ended.
        population: ``user``, ``production`` or ``all``.
        snapshot: state of the warehouse to read; None: the present one.

    Raises:
        NotFound: there is no warehouse, it never had this state, or lacks a day of the window.
        InputError: no job of this population ended in the window.
    """
    lake = open_lake(settings)
    snapshot = lake.snapshot() if snapshot is None else snapshot
    with lake.reader(snapshot) as con:
        _require_days(con, window, snapshot)
        asked = mart_query(MART, window, {"population": population})
        rows = selected(con, asked).to_arrow_table()
    if not len(rows):
        raise InputError(
            f"no job ({population}) that ended in {window} is in the warehouse: "
            "choose other days (`gridlens status` lists them) or another population"
        )
    rows = as_workload(rows.select([v.name for v in VARIABLES]))
    fingerprint = Fingerprint()
    fingerprint.update(rows)
    first, end = str(window.first), str(window.end)
    return rows, TrainingSlice(snapshot, first, end, population, len(rows), str(fingerprint))


def latest_window(settings: Settings, days: int = DAYS) -> Window:
    """The last days in a row that are whole in the warehouse.

    Raises:
        NotFound: there are never that many in a row.
    """
    longest = last_run(status(settings), days)
    if longest is not None and len(list(longest)) == days:
        return longest
    raise NotFound(
        f"a model learns from {days} whole days in a row, and {settings.home} has "
        f"{len(list(longest or ()))}: load more (`gridlens run-day DAY`), `gridlens settle` stale "
        "ones, or name the days with --from and --to"
    )


def last_run(states: Sequence[DayStatus], days: int) -> Window | None:
    """The last whole days in a row, that many; of fewer the longest run, the last of equals."""
    longest: Window | None = None
    run = 0
    for state in reversed(states):
        run = run + 1 if state.state in _HOLDING else 0
        if run > len(list(longest or ())):
            longest = Window(state.day, state.day.plus(run))
        if run == days:
            break
    return longest


def queue_speeds(settings: Settings, training: TrainingSlice) -> dict[str, float]:
    """GFLOP/s of a core by PanDA queue, the newest of the training days; unknown ones left out."""
    with open_lake(settings).reader(training.snapshot) as con:
        found = con.execute(
            "select computingsite, max_by(gflops_per_core, job_day) from mart.job_workloads "
            "where job_day >= ? and job_day < ? and gflops_per_core > 0 "
            "group by computingsite order by computingsite",
            [training.window.first.date, training.window.end.date],
        ).fetchall()
    return dict(found)


def _require_days(con: duckdb.DuckDBPyConnection, window: Window, snapshot: int) -> None:
    found = con.execute(
        "select day from raw.computed_days where table_name = 'mart.job_workloads' "
        "and day >= ? and day < ?",
        [window.first.date, window.end.date],
    ).fetchall()
    loaded = {day for (day,) in found}
    if missing := [day for day in window if day.date not in loaded]:
        raise NotFound(
            f"the warehouse (state {snapshot}) lacks {missing[0]} of {window}, {len(missing)} days "
            f"in all: `gridlens run-day {missing[0]}` loads it, or choose other days"
        )
