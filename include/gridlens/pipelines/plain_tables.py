"""What goes into a published file: marts, small core tables, and what they are a state of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.metadata import version

from gridlens.matching import V1
from gridlens.pipelines.mart_rows import mart_query
from gridlens.pipelines.models import models
from gridlens.pipelines.status import DayStatus
from gridlens.tables import TABLES
from gridlens.tables.identifiers import literal
from gridlens.warehouse import Model, PlainTable
from gridlens.window import Day, Window

AS_OF, DAYS = "as_of", "days"
# They grow though the data stay as they are: what reads them is not published.
GROWING = frozenset({"raw.alert_notices", "raw.alerts", "raw.task_runs"})
# What has a row for each job or transfer is read from the lake, or from the slices.
_LARGE = {"pandaid", "transfer_id"}
SMALL = (
    "core.sites",
    "core.site_aliases",
    "core.site_speeds",
    "core.queues",
    "core.rses",
    "core.tasks",
    "core.datasets",
    "core.storage_volumes",
)
# A window mart is computed anew each time, so the longest window must not grow for ever.
LONGEST_DAYS, WEEK_DAYS = 92, 7
_WINDOW = {
    "window_start": "first day that the row is computed from, UTC",
    "window_end": "first day that it is no longer computed from, UTC",
}


def plain_tables(
    state: tuple[int, datetime], days: Sequence[DayStatus], fingerprint: str
) -> Iterable[PlainTable]:
    """Every table of a published file.

    Args:
        state: of the warehouse: its snapshot and when that was written.
        days: that are in it, in order.
        fingerprint: of all that the tables are computed from.
    """
    windows = published_windows(days[0].day, days[-1].day)
    yield _as_of(state, windows[0], fingerprint)
    yield _days(days)
    for model in models(V1).values():
        if is_published(model):
            yield _of_days(model) if model.day else _of_windows(model, windows)


def is_published(model: Model) -> bool:
    """Whether a table or window mart is in the file: small, and of the data alone."""
    left_out = _LARGE & {*model.grain} or GROWING & {*model.reads}
    return model.name in SMALL or (model.schema == "mart" and not left_out)


def published_windows(first: Day, last: Day) -> list[Window]:
    """All days (the last 92 at most), the last seven, the last one; each once."""
    end = last.plus(1)
    starts = (max(first, end.plus(-length)) for length in (LONGEST_DAYS, WEEK_DAYS, 1))
    return [Window(start, end) for start in dict.fromkeys(starts)]


def _of_days(model: Model) -> PlainTable:
    """The table as it rests, without the hashes of persons.

    A name that is kept, as `user.SOMEBODY.…` of a task, would tell whose hash stands beside it.
    """
    hashed = ", ".join(_hashed(model))
    columns = f"* exclude ({hashed})" if hashed else "*"
    query = f"select {columns} from {model.name}"
    return PlainTable(model.name, model.meaning, model.columns, query)


def _hashed(model: Model) -> list[str]:
    columns = TABLES[model.like].columns if model.like else ()
    return [c.name for c in columns if c.personal == "hashed" and c.name in model.columns]


def _of_windows(model: Model, windows: Iterable[Window]) -> PlainTable:
    """One copy of the rows for each window, with the defaults of all filters."""
    parts = (
        f"select date '{w.first}' as window_start, date '{w.end}' as window_end, * "
        f"from ({mart_query(model.name, w)})"
        for w in windows
    )
    defaults = ", ".join(f"{a.name} {a.default}" for a in model.arguments)
    meaning = model.meaning + (f" Filters as by default: {defaults}." if defaults else "")
    return PlainTable(model.name, meaning, _WINDOW | dict(model.columns), " union all ".join(parts))


def _as_of(state: tuple[int, datetime], window: Window, fingerprint: str) -> PlainTable:
    snapshot, written_at = state
    return PlainTable(
        AS_OF,
        "What this file is a state of, one row. A newer state is another file: a connection keeps "
        "the one that it has opened, so open the pointer gridlens.duckdb again for a newer one.",
        {
            "snapshot": "number of the warehouse's state",
            "written_at": "when that state was written, UTC",
            "fingerprint": "of all it is made from; a later state of the same has no file",
            "longest_start": "first day of the longest window of the window marts",
            "longest_end": "first day behind it",
            "gridlens_version": "program that published the file",
            "duckdb_version": "that wrote it",
        },
        f"select cast({snapshot} as bigint) as snapshot, "
        f"timestamp '{written_at}' as written_at, {literal(fingerprint)} as fingerprint, "
        f"date '{window.first}' as longest_start, date '{window.end}' as longest_end, "
        f"{literal(version('gridlens'))} as gridlens_version, "
        f"{literal(version('duckdb'))} as duckdb_version",
    )


def _days(days: Iterable[DayStatus]) -> PlainTable:
    rows = (f"(date '{d.day}', '{d.state}', {literal('; '.join(d.because))})" for d in days)
    return PlainTable(
        DAYS,
        "The days that the tables hold, with their state when the file was written.",
        {
            "day": "UTC day",
            "state": "complete; edge: looks back on days that are not there; stale: something has "
            "changed since it was computed; empty: the source has nothing",
            "because": "for an edge or a stale day, which table and why",
        },
        f"select * from (values {', '.join(rows)}) as listed (day, state, because)",
    )
