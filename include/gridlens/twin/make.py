"""Make days of a grid that never was: documents for the pipelines, and the truth beside them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from gridlens.errors import SettingsError
from gridlens.twin.documents.cric import alias_lines, queue_dump, storage_dump
from gridlens.twin.documents.exports import Exports
from gridlens.twin.documents.panda import dataset_documents, task_document
from gridlens.twin.faults.catalogue import INTACT, TRACEABLE
from gridlens.twin.faults.fates import served, suffer
from gridlens.twin.faults.mishaps import Mishaps
from gridlens.twin.faults.planted import Book
from gridlens.twin.history.anomalies.links import TroubledLinks
from gridlens.twin.history.anomalies.sites import plant_sites
from gridlens.twin.history.anomalies.stagings import plant_stagings, staging_notes
from gridlens.twin.history.jobs import jobs_ended
from gridlens.twin.history.platform import platform
from gridlens.twin.history.records import DAY_S, Job, Transfer, draws
from gridlens.twin.history.rules import rule_transfers
from gridlens.twin.history.tasks import midnight, tasks_born
from gridlens.window import Day, Window

MARK = "made-by-twin.json"


def make_days(
    home: Path,
    *,
    seed: int,
    first: Day,
    days: int,
    jobs_per_day: int,
    progress: Callable[[str], None],
) -> None:
    """Write exports, truth and ``sources.toml`` of that many days into ``home``.

    The same arguments give the same bytes. Transfers of jobs that end after the last day are
    not made, as an export of these days would not know the jobs either.

    Raises:
        SettingsError: ``home`` holds exports that were not made here.
    """
    _clear(home, {"seed": seed, "first": str(first), "days": days, "jobs_per_day": jobs_per_day})
    exports = Exports(home, first, days)
    for index, day in enumerate(Window(first, first.plus(days))):
        made = _Day(exports, first, index, seed, jobs_per_day)
        made.make(home / "truth")
        written = exports.write_parts(index)
        progress(f"{day}: {made.jobs} jobs, {written} documents, {len(made.book.rows)} faults")
    exports.write_sources()


class _Day:
    """One day of history on its way into documents."""

    def __init__(self, exports: Exports, first: Day, index: int, seed: int, number: int) -> None:
        self._exports, self._index, self._seed, self._number = exports, index, seed, number
        self._day, self._origin = first.plus(index), midnight(first)
        self.book = Book()
        self.jobs = 0
        self._mishaps = Mishaps(draws(seed, self._day, "mishaps"), self.book)

    def make(self, truth: Path) -> None:
        """Make the day's documents, and the truth of its jobs."""
        self._dumps()
        self._tasks()
        jobs = jobs_ended(self._seed, self._day, self._number)
        waiting = self._crowd(jobs)
        fates = suffer(draws(self._seed, self._day, "fates"), jobs, self.book)
        self._stage([j for j in jobs if fates.get(j.pandaid, INTACT) in TRACEABLE], fates, waiting)
        rows: list[tuple[int, str, str]] = []
        for job in jobs:
            self._job(job)
            rows += self._served(job, fates.get(job.pandaid, INTACT))
        self._rules()
        self.jobs = len(jobs)
        truth.mkdir(parents=True, exist_ok=True)
        _write(truth / f"{self._day}.parquet", _TRUTH, rows)
        _write(truth / f"faults-{self._day}.parquet", _FAULTS, self.book.rows)

    def _crowd(self, jobs: list[Job]) -> set[str]:
        """Plant what happens to whole sites; returns the jobs that wait at the hot one."""
        rng = draws(self._seed, self._day, "sites")
        notes = list(plant_sites(rng, jobs, midnight(self._day)))
        self.book.rows += notes
        return {key for _, table, key in notes if table == "jobs"}

    def _stage(self, jobs: list[Job], fates: dict[int, str], waiting: set[str]) -> None:
        """Plant what happens to single jobs, of those whose trail is whole."""
        whole = [job for job in jobs if fates.get(job.pandaid, INTACT) == INTACT]
        free = [job for job in whole if str(job.pandaid) not in waiting]
        plant_stagings(draws(self._seed, self._day, "stagings"), free, self._number)
        # Of the first day, a few transfers lie before all exports.
        self.book.rows += staging_notes(job for job in jobs if self._is_exported(job))

    def _job(self, job: Job) -> None:
        for shift, document in self._mishaps.of_job(job):
            # An older record of a job that moved stands on the day before; others may be late.
            self._exports.add("jobs", self._index + min(shift, 0), document, max(shift, 0))
        is_plain = not job.stage_in and job.mode != "shared" and job.follower is None
        for file in job.files:
            for late, document in self._mishaps.of_file(job, file, is_plain=is_plain):
                self._exports.add("files", self._index, document, late)
        for transfer in (*job.stage_in, *job.uploads):
            self._transfer(transfer)

    def _is_exported(self, job: Job) -> bool:
        return all(self._exports.covers(self._index_of(transfer)) for _, transfer in served(job))

    def _served(self, job: Job, cause: str) -> list[tuple[int, str, str]]:
        return [
            (pandaid, transfer.transfer_id, cause)
            for pandaid, transfer in served(job)
            if self._exports.covers(self._index_of(transfer))
        ]

    def _rules(self) -> None:
        links = TroubledLinks(draws(self._seed, self._day, "links"), midnight(self._day))
        for transfer in links.upon(rule_transfers(self._seed, self._day, self._number)):
            self._transfer(transfer)
        self.book.rows += links.notes

    def _transfer(self, transfer: Transfer) -> None:
        for late, document in self._mishaps.of_transfer(transfer):
            self._exports.add("transfers", self._index_of(transfer), document, late)

    def _tasks(self) -> None:
        for age in (0, 2):
            for pool in tasks_born(self._seed, self._day.plus(-age), self._number):
                for task in pool:
                    now = task.end if age else task.born + 72_000
                    if age or task.taskid % 3 == 0:
                        document = task_document(task, now, is_done=bool(age))
                        self._exports.add("tasks", self._index, document)
                    for dataset in dataset_documents(task) if not age else ():
                        self._exports.add("datasets", self._index, dataset)

    def _dumps(self) -> None:
        grid, start = platform(), midnight(self._day)
        self._exports.write_dump(self._index, "cric_pandaqueues.json", queue_dump(grid, start))
        self._exports.write_dump(self._index, "cric_ddmendpoints.json", storage_dump(grid))
        self._exports.write_lines(self._index, "site_aliases.csv", alias_lines(grid))

    def _index_of(self, transfer: Transfer) -> int:
        return (transfer.started - self._origin) // DAY_S


_TRUTH = pa.schema([("pandaid", pa.int64()), ("transfer_id", pa.string()), ("cause", pa.string())])
_FAULTS = pa.schema([("kind", pa.string()), ("table", pa.string()), ("key", pa.string())])


def _write(
    path: Path, schema: pa.Schema, rows: list[tuple[int, str, str]] | list[tuple[str, str, str]]
) -> None:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    pq.write_table(pa.table([list(c) for c in columns], schema=schema), path)


def _clear(home: Path, made: dict[str, object]) -> None:
    """Make room, but never remove exports that somebody else put here."""
    exports = home / "exports"
    if exports.exists() and not (exports / MARK).exists():
        raise SettingsError(
            f"{exports} holds exports that the twin did not make: choose another home, or move them"
        )
    for folder in (exports, home / "truth"):
        if folder.exists():
            shutil.rmtree(folder)
    exports.mkdir(parents=True)
    (exports / MARK).write_text(json.dumps(made) + "\n", "utf-8")
