"""Arrivals of jobs, learned from a workload: days to come, and the same days with more load."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from gridlens.errors import InputError
from gridlens.generator.arrivals.history import DAY_S, HOUR_S, History, Whole
from gridlens.generator.arrivals.rhythm import Rhythm
from gridlens.generator.workload import as_workload, variables_of
from gridlens.window import Day, Window

_EPOCH = date(1970, 1, 1)
_MOST_DAYS = 3650  # of a window that is grown until it holds enough jobs


@dataclass(frozen=True)
class Arrivals:
    """When tasks begin, and what each brings: a Neyman-Scott cluster process.

    A task is drawn whole from the training window: its number of jobs, their delays, and the
    categories that all its jobs share. So the tie between a task's size and its kind stays; ids,
    dates and all that is a single job's own do not. What is saved therefore holds the sizes, the
    delays and the kinds of real tasks.

    Attributes:
        tasks_per_hour: mean number of tasks that begin.
        rhythm: how that number varies.
        tasks: one row a task: ``weight`` (they add up to 1), ``delays`` (seconds of each job
            since the first, ascending), and the categories of a task.
    """

    tasks_per_hour: float
    rhythm: Rhythm
    tasks: pa.Table

    @classmethod
    def fit(cls, table: pa.Table) -> Self:
        """Learn from a workload that has ``jeditaskid``; nothing here is random.

        Give all jobs of a window: of a random part of the tasks one learns a part of the load.
        The number of tasks follows from the number of jobs and their mean size, so that as many
        jobs are drawn as there were, whatever the window's edges cut.

        Raises:
            InputError: the table is no workload, lacks ``jeditaskid``, or has no times.
        """
        table = as_workload(table)
        history = History.of(table)
        tasks = _tasks(table, history).filter(pc.field("weight") > 0).combine_chunks()
        mean_size = float(history.weights @ history.sizes)
        rhythm = Rhythm.learn(*history.hourly_starts)
        return cls(history.jobs_per_hour / mean_size, rhythm, tasks)

    def of_kinds(self, table: pa.Table) -> Self:
        """The same load, of such tasks only as have a kind (all their categories) of these rows.

        An engine that has learned from these rows can draw no others.

        Raises:
            InputError: there is no such task.
        """
        names = [name for name in self.tasks.column_names if name not in ("weight", "delays")]
        known = pc.unique(_kinds(table, names))
        tasks = self.tasks.filter(pc.is_in(_kinds(self.tasks, names), known)).combine_chunks()
        if not len(tasks):
            raise InputError(
                "no task of this window is of a kind that the training rows have: choose more days"
            )
        weights = tasks.column("weight").to_numpy()
        place = tasks.column_names.index("weight")
        tasks = tasks.set_column(place, "weight", pa.array(weights / weights.sum()))
        kept = replace(self, tasks=tasks)
        rate = self.tasks_per_hour * self.jobs_per_day / kept.jobs_per_day
        return replace(kept, tasks_per_hour=rate)

    @property
    def jobs_per_day(self) -> float:
        """Mean number of jobs that are made in a day."""
        sizes = pc.list_value_length(self.tasks.column("delays")).to_numpy()
        return 24 * self.tasks_per_hour * float(self.tasks.column("weight").to_numpy() @ sizes)

    def sample(
        self, window: Window, seed: int, scale: float = 1.0, first_task: int = 1
    ) -> pa.Table:
        """Draw the jobs made in a window.

        Args:
            window: any days; tasks that began before it bring their late jobs too.
            seed: of all random numbers.
            scale: factor of the mean number of tasks.
            first_task: the id of the task that shows itself first; the others count on.

        Returns:
            A row a job, ordered by time, in whole seconds: ``jeditaskid``, ``creationtime``, and
            the categories that the jobs of its task share.

        Raises:
            InputError: a scale that is not above 0.
        """
        task, times, kinds = self._jobs(*self._begun(window, seed, _factor(scale)))
        first, end = _second(window.first), _second(window.end)
        inside = np.flatnonzero((times >= first) & (times < end))
        rows = inside[np.lexsort((task[inside], times[inside]))]
        created = pa.array(times[rows] * 1_000_000).cast(pa.timestamp("us"))
        ids = pa.array(first_task + _by_appearance(task[rows]))
        drawn = self.tasks.drop_columns(["weight", "delays"]).take(pa.array(kinds[task[rows]]))
        return pa.table({"jeditaskid": ids, "creationtime": created, **_columns(drawn)})

    def sample_count(
        self, n: int, first: Day, seed: int, scale: float = 1.0, first_task: int = 1
    ) -> pa.Table:
        """Draw the first ``n`` jobs made from that day on: those of ``sample`` for more days.

        Raises:
            InputError: a scale that is not above 0, or so few jobs a day that it takes ten years.
        """
        per_day = self.jobs_per_day * _factor(scale)
        days = max(math.ceil(n / per_day), 1)
        while days <= _MOST_DAYS:
            drawn = self.sample(Window(first, first.plus(days)), seed, scale, first_task)
            if len(drawn) >= n:
                return drawn.slice(0, n)
            days += 1 + days // 8
        raise InputError(
            f"{n} jobs at {per_day:.0f} a day would take more than {_MOST_DAYS} days: "
            "ask for fewer, or raise the scale"
        )

    def save(self, folder: Path) -> None:
        """Write ``arrivals.json`` and ``arrivals.parquet`` into an existing folder."""
        facts = {"tasks_per_hour": self.tasks_per_hour, "rhythm": self.rhythm.to_json()}
        (folder / "arrivals.json").write_text(json.dumps(facts, indent=1) + "\n", "utf-8")
        pq.write_table(self.tasks, folder / "arrivals.parquet", compression="zstd")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; who calls has checked the files' hashes."""
        facts = json.loads((folder / "arrivals.json").read_text("utf-8"))
        tasks = pq.read_table(folder / "arrivals.parquet").combine_chunks()
        return cls(facts["tasks_per_hour"], Rhythm.from_json(facts["rhythm"]), tasks)

    def _begun(self, window: Window, seed: int, scale: float) -> tuple[Whole, Whole]:
        """Start and row in ``tasks`` of each task, from so early on that none is missing."""
        rng = np.random.default_rng(seed)
        longest = pc.max(pc.list_flatten(self.tasks.column("delays"))).as_py()
        warm_up = -(-longest // DAY_S)
        number = _second(window.first) // DAY_S - warm_up
        starts, kinds = [], []
        cumulated = np.cumsum(self.tasks.column("weight").to_numpy())
        for day, intensities in self.rhythm.days(number, warm_up + len(list(window)), rng):
            counts = rng.poisson(scale * self.tasks_per_hour * intensities)
            hours = np.repeat(day * 24 + np.arange(24), counts)
            starts.append(hours * HOUR_S + rng.integers(0, HOUR_S, len(hours)))
            kinds.append(
                np.searchsorted(cumulated / cumulated[-1], rng.random(len(hours)), "right")
            )
        return np.concatenate(starts), np.concatenate(kinds)

    def _jobs(self, starts: Whole, kinds: Whole) -> tuple[Whole, Whole, Whole]:
        """Task and time of each job, task by task; ``kinds`` is handed through."""
        delays = self.tasks.column("delays").combine_chunks()
        sizes = delays.value_lengths().to_numpy().astype(np.int64)
        begins = np.cumsum(sizes) - sizes
        drawn = sizes[kinds]
        task = np.repeat(np.arange(len(kinds)), drawn)
        within = np.arange(len(task)) - np.repeat(np.cumsum(drawn) - drawn, drawn)
        return task, starts[task] + delays.flatten().to_numpy()[begins[kinds][task] + within], kinds


def _tasks(table: pa.Table, history: History) -> pa.Table:
    shared = [v.name for v in variables_of(table) if v.of_task and v.kind == "category"]
    offsets = np.concatenate([[0], np.cumsum(history.sizes)]).astype(np.int32)
    delays = pa.ListArray.from_arrays(pa.array(offsets), pa.array(history.delays))
    kinds = table.select(shared).take(pa.array(history.first_rows))
    return pa.table({"weight": history.weights, "delays": delays, **_columns(kinds)})


def _kinds(table: pa.Table, names: Sequence[str]) -> pa.ChunkedArray:
    columns = [table.column(name) for name in names]
    return pc.binary_join_element_wise(
        *columns, "\x1f", null_handling="replace", null_replacement="\x00"
    )


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return dict(zip(table.column_names, table.columns, strict=True))


def _by_appearance(task: Whole) -> Whole:
    """Tasks numbered from 0 in the order in which their first jobs stand."""
    _, first, number = np.unique(task, return_index=True, return_inverse=True)
    place = np.empty(len(first), np.int64)
    place[np.argsort(first)] = np.arange(len(first))
    return place[number]


def _factor(scale: float) -> float:
    if not 0 < scale < math.inf:
        raise InputError(
            f"the scale is {scale}: give a factor above 0, such as 2 for twice the load"
        )
    return scale


def _second(day: Day) -> int:
    return (day.date - _EPOCH).days * DAY_S
