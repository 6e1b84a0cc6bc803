"""What a training window tells of its tasks, its edges included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from gridlens.errors import InputError
from gridlens.generator.workload import tasks_of

Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]
HOUR_S, DAY_S = 3600, 86400
_USUAL_SHARE = 0.95  # of the time within tasks lies in pauses that are usual
_LEAST_WHOLE = 30  # fewer tasks seen whole say less than all tasks, cut ones included


@dataclass(frozen=True)
class History:
    """The tasks of a training window. Times are whole seconds since 1970, UTC.

    Attributes:
        begin: from here on the window is taken to hold all that happened.
        end: until here, too.
        jobs_per_hour: mean between the two.
        first_rows: for each task the row of its first job.
        starts: for each task the time of its first job.
        sizes: for each task its number of jobs.
        delays: seconds of each job since its task's first; tasks one after the other.
        weights: for each task how much it counts among the tasks of a grid without edges; their
            sum is 1.
    """

    begin: int
    end: int
    jobs_per_hour: float
    first_rows: Whole
    starts: Whole
    sizes: Whole
    delays: Whole
    weights: Real

    @classmethod
    def of(cls, table: pa.Table) -> History:
        """Read a workload; a job without a task is a task of its own.

        Raises:
            InputError: the table lacks ``jeditaskid``, or no job has a ``creationtime``.
        """
        rows, task, times = _timed(table)
        order = np.lexsort((times, task))
        times = times[order]
        _, firsts, sizes = np.unique(task[order], return_index=True, return_counts=True)
        starts = times[firsts]
        delays = times - np.repeat(starts, sizes)
        begin, end, weights = _without_edges(times, starts, delays, sizes)
        per_hour = float(((times >= begin) & (times < end)).sum()) * HOUR_S / (end - begin)
        return cls(begin, end, per_hour, rows[order][firsts], starts, sizes, delays, weights)

    @property
    def hourly_starts(self) -> tuple[Whole, Whole]:
        """The hours since 1970 between the edges, and how many tasks began in each."""
        hours = np.arange(-(-self.begin // HOUR_S), self.end // HOUR_S)
        place = self.starts // HOUR_S - hours[0]
        place = place[(place >= 0) & (place < len(hours))]
        return hours, np.bincount(place, minlength=len(hours))


def _timed(table: pa.Table) -> tuple[Whole, Whole, Whole]:
    """Rows that have a time, their tasks and their times."""
    if "jeditaskid" not in table.column_names:
        raise InputError(
            "arrivals are learned by task, and this workload has no 'jeditaskid': select it too"
        )
    created = table.column("creationtime").cast(pa.timestamp("us"))
    rows = pc.indices_nonzero(pc.is_valid(created)).to_numpy().astype(np.int64)
    if not len(rows):
        raise InputError(
            "no job of this workload has a 'creationtime': choose a window that has jobs"
        )
    times = created.take(rows).cast(pa.int64()).to_numpy() // 1_000_000
    return rows, tasks_of(table)[rows], times


def _full_days(times: Whole) -> tuple[int, int]:
    """From the first to the last day that has at least half of a median day's jobs."""
    days, counts = np.unique(times // DAY_S, return_counts=True)
    full = days[counts >= np.median(counts) / 2]
    return int(full[0]) * DAY_S, int(full[-1] + 1) * DAY_S


def _without_edges(
    times: Whole, starts: Whole, delays: Whole, sizes: Whole
) -> tuple[int, int, Real]:
    """Begin and end of what is known whole, and the weights of the tasks that lie in it.

    A task that has not shown itself for the length of the longest usual pause has not begun, or is
    over; so one such pause is cut from either end. A task of span ``s`` fits a window ``w`` with
    ``w - s`` starts, so its like is seen the more rarely the longer it is, and counts the more
    (minus-sampling edge correction). Where too few tasks are whole, all count alike.
    """
    begin, end = _full_days(times)
    pause = min(_longest_pause(delays), (end - begin) // 8)
    spans = delays[np.cumsum(sizes) - 1]
    is_whole = (starts >= begin + pause) & (starts + spans < end - pause)
    if is_whole.sum() < _LEAST_WHOLE:
        return begin, end, np.full(len(sizes), 1 / len(sizes))
    room = np.where(is_whole, end - begin - 2 * pause - spans, 1)
    weights = is_whole / room
    return begin + pause, end - pause, weights / weights.sum()


def _longest_pause(delays: Whole) -> int:
    """The pause between two jobs of a task that is longer than most, by time spent in it."""
    pauses = np.sort(np.maximum(np.diff(delays), 0))  # a step back is the next task
    spent = np.cumsum(pauses)
    if not len(spent) or not spent[-1]:
        return 0
    return int(pauses[np.searchsorted(spent, _USUAL_SHARE * spent[-1])])
