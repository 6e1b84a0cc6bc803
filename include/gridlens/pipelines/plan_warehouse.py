"""What days of a backfill take of the warehouse, and whether the disk has room for all of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from gridlens.errors import NotFound
from gridlens.pipelines.compute import open_lake
from gridlens.settings import Settings

# Taken until this home's warehouse tells better.
USUAL_BYTES_PER_DOCUMENT = 100.0
USUAL_SECONDS_PER_DAY = 5.0
# Its own run, and settling: what a day replaces stays on disk until older states are removed.
TIMES_COMPUTED = 2
# The sizes of less tell of empty files and of starts.
_LEAST_DOCUMENTS = 1_000
_SECONDS = """select avg(seconds) from (
    select day, sum(seconds) / count(*) filter (task = 'load') as seconds from raw.task_runs
    where task in ('load', 'match', 'indicators') and rows_out > 0
        and coalesce(state, 'done') = 'done' group by day
) where seconds > 0"""


@dataclass(frozen=True)
class WarehouseBasis:
    """What loaded days say of those to come, or what is usual.

    Attributes:
        bytes_per_document: size of its files for each fetched document.
        seconds_per_day: load, match and indicators of a day.
    """

    bytes_per_document: float = USUAL_BYTES_PER_DOCUMENT
    seconds_per_day: float = USUAL_SECONDS_PER_DAY

    @classmethod
    def of(cls, settings: Settings) -> WarehouseBasis:
        """By the days that this warehouse holds; the usual where it holds too little."""
        try:
            lake = open_lake(settings).reader()
        except NotFound:
            return cls()
        with lake as con:
            documents = _number(con.execute("select sum(fetched) from raw.slices").fetchone())
            if documents < _LEAST_DOCUMENTS:
                return cls()
            size = "select sum(file_size_bytes) from ducklake_table_info('lake')"
            held = _number(con.execute(size).fetchone())
            seconds = _number(con.execute(_SECONDS).fetchone())
        return cls(held / documents, seconds or USUAL_SECONDS_PER_DAY)

    def told(self, home: Path, days: int, documents: int, slice_bytes: float) -> list[str]:
        """The warehouse's hours, and the disk of all beside what is free, as lines."""
        hours = days * self.seconds_per_day * TIMES_COMPUTED / 3600
        held = documents * self.bytes_per_document * TIMES_COMPUTED
        whole, free = slice_bytes + held, shutil.disk_usage(_existing(home)).free
        lines = [
            f"warehouse: {hours:,.2f} hours and {held / 1e9:,.2f} GB of disk, each day computed up "
            "to twice; what the second time replaces stays until older states are removed",
            f"disk: {whole / 1e9:,.2f} GB in all, and {free / 1e9:,.2f} GB are free in {home}",
        ]
        if whole > free:
            lines.append("disk: too little is free: make room, or backfill in smaller windows")
        return lines


def _number(row: tuple[float | None] | None) -> float:
    return float(row[0] or 0) if row else 0.0


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    found = folder.absolute()
    return found if found.exists() else _existing(found.parent)
