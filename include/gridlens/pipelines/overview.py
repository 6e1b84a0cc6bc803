"""How each day stands, what is wrong, and where its quality pages are; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from gridlens.errors import NotFound
from gridlens.pipelines.compute import open_lake
from gridlens.pipelines.mart_rows import rows_of
from gridlens.pipelines.status import DayStatus, loaded_days, status
from gridlens.settings import Settings
from gridlens.slices import SliceStore
from gridlens.window import Day, Window

FIRST_PAGE = "index.html"
_ALERTS = "mart.alerts"


@dataclass(frozen=True)
class DayOverview:
    """One day.

    Attributes:
        status: its state, and why.
        alerts: rows of mart.alerts about this day that are not closed.
        has_data_docs: whether there are quality pages of it.
    """

    status: DayStatus
    alerts: tuple[Mapping[str, Any], ...]
    has_data_docs: bool


@dataclass(frozen=True)
class Overview:
    """All that is told of some days.

    Attributes:
        days: the last ones, the newest first.
        earlier: how many known days lie before them.
        alerts: rows of mart.alerts that are not closed: of any day and of none, or of the one day
            that was asked for.
    """

    days: tuple[DayOverview, ...]
    earlier: int
    alerts: tuple[Mapping[str, Any], ...]


def overview(settings: Settings, day: Day | None = None, most: int = 92) -> Overview:
    """How the days stand.

    Args:
        settings: where everything rests.
        day: only this one; None: the last days that are known.
        most: how many at most.

    Raises:
        WarehouseBusy: the catalog stayed locked.
    """
    known = [] if day else loaded_days(SliceStore(settings.slices))
    first = max(known[0], known[-1].plus(1 - most)) if known else None
    window = Window(first, known[-1].plus(1)) if first else None
    shown = status(settings, Window.of(day) if day else window)
    alerts = [a for a in _open_alerts(settings) if day is None or a["day"] == day.date]
    days = [
        DayOverview(
            one,
            tuple(row for row in alerts if row["day"] == one.day.date),
            (settings.data_docs / str(one.day) / FIRST_PAGE).is_file(),
        )
        for one in reversed(shown)
    ]
    return Overview(tuple(days), (first.date - known[0].date).days if first else 0, tuple(alerts))


def data_docs_file(settings: Settings, day: Day, name: str) -> Path:
    """A file of a day's quality pages.

    Args:
        settings: where they rest.
        day: the day.
        name: path below the day's folder, as a browser asks for it; empty: the first page.

    Raises:
        NotFound: there is no such file in this folder; one beside it is never given.
    """
    folder = (settings.data_docs / str(day)).resolve()
    try:
        path = (folder / (name or FIRST_PAGE)).resolve()
        if path.is_relative_to(folder) and path.is_file():
            return path
    except (ValueError, OSError):  # a zero byte, or a name too long for any file
        pass
    raise NotFound(f"there is no such quality page of {day}: `gridlens run-day {day}` makes them")


def _open_alerts(settings: Settings) -> Sequence[Mapping[str, Any]]:
    """None where nobody has looked yet, or there is no warehouse."""
    try:
        with open_lake(settings).reader() as lake:
            if not _has_alerts(lake):
                return []
            return rows_of(lake, f"select * from {_ALERTS} where state <> 'closed'")
    except NotFound:
        return []


def _has_alerts(lake: duckdb.DuckDBPyConnection) -> bool:
    asked = (
        "select 1 from duckdb_columns() where database_name = 'lake' "
        "and schema_name || '.' || table_name = ? limit 1"
    )
    return lake.execute(asked, [_ALERTS]).fetchone() is not None
