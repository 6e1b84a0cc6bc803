"""Which day's slice a document belongs to: exactly one, whatever is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from gridlens.errors import SettingsError
from gridlens.sources.parse import Parsed
from gridlens.sources.select import SEPARATOR
from gridlens.tables import Table
from gridlens.window import Day

_DATE = pa.date32()


@dataclass(frozen=True)
class Folder:
    """Where a file stands.

    Attributes:
        day: the day that its path names, if it names one.
        late_days: documents up to this many days older may stand in it.
        default: day of documents that do not say theirs, where the path names none; without
            it they go with the earliest day of their file.
    """

    day: Day | None
    late_days: int = 0
    default: Day | None = None

    @property
    def fallback(self) -> pa.Scalar:
        """Day of documents that do not say theirs; NULL: the earliest of their file."""
        day = self.day or self.default
        return pa.scalar(day.date if day else None, _DATE)


@dataclass(frozen=True)
class Placing:
    """Places rows by their own day, or the day of the file, as their table is cut."""

    table: Table
    folder: Folder
    jobs: tuple[pa.Array, pa.Array] | None = None

    def place(self, parsed: Parsed) -> Parsed:
        """The same rows with the day of their slice; NULL where only the whole file can tell."""
        if self.table.cut == "dump" or (self.table.cut == "job" and self.jobs is None):
            return replace(parsed, days=_constant(self.folder.fallback, len(parsed)))
        days = parsed.days if self.jobs is None else self._job_days(parsed)
        reachable = self._reachable(days)
        field = self.table.day_from[0] if self.table.day_from else self.table.key[0]
        why = pc.if_else(pc.is_valid(days), self._far(field), self._unknown(field))
        problems = pc.if_else(reachable, None, why)
        placed = pc.if_else(reachable, days, self.folder.fallback)
        return replace(parsed, days=placed, problems=pc.coalesce(parsed.problems, problems))

    def may_be_of_jobs(self, parsed: Parsed) -> pa.ChunkedArray:
        """True for rows of the jobs that are known, and for rows that name no job at all."""
        ids, _ = self.jobs or (pa.array([], pa.int64()), None)
        named = parsed.rows[self.table.key[0]]
        return pc.or_(pc.is_null(named), pc.is_in(named, ids))

    def _job_days(self, parsed: Parsed) -> pa.ChunkedArray:
        ids, days = self.jobs or (pa.array([], pa.int64()), pa.array([], _DATE))
        return days.take(pc.index_in(parsed.rows[self.table.key[0]], ids))

    def _reachable(self, days: pa.ChunkedArray) -> pa.ChunkedArray:
        if self.folder.day is None or self.jobs is not None:
            return pc.is_valid(days)
        first = pa.scalar(self.folder.day.plus(-self.folder.late_days).date, _DATE)
        last = pa.scalar(self.folder.day.date, _DATE)
        inside = pc.and_(pc.greater_equal(days, first), pc.less_equal(days, last))
        return pc.fill_null(inside, fill_value=False)

    def _unknown(self, field: str) -> str:
        if self.jobs is not None:
            return f"{field}{SEPARATOR}names a job that no slice of jobs has"
        return f"{field}{SEPARATOR}has no value, nor has any other time that gives the day"

    def _far(self, field: str) -> str:
        return (
            f"{field}{SEPARATOR}lies on a day whose slice is not looked for in the folder of "
            f"{self.folder.day} (late_days = {self.folder.late_days})"
        )


def placing_of(table: Table, folder: Folder, jobs: pa.Table | None) -> Placing:
    """How rows of a file in that folder find their slices.

    Raises:
        SettingsError: the table needs jobs, or a day, and neither is given.
    """
    if table.cut == "job" and jobs is not None:
        # A job may stand in two days while its record moves: its files go with the newer one.
        newest = jobs.sort_by([("job_day", "descending")])
        ids = newest["pandaid"].combine_chunks().cast(pa.int64())
        days = newest["job_day"].combine_chunks().cast(_DATE)
        return Placing(table, folder, (ids, days))
    if table.cut != "time" and not folder.fallback.is_valid:
        need = "the jobs that they belong to" if table.cut == "job" else "the day of the dump"
        raise SettingsError(f"rows of {table.name} need {need}: give the day (--day)")
    return Placing(table, folder)


def _constant(day: pa.Scalar, length: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.repeat(day, length)])
