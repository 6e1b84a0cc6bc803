"""What a report's numbers rest on: the state of its days, where documents went, what rules say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb

from gridlens.charts import Panel
from gridlens.pipelines.mart_rows import mart_model, mart_query, rows_of
from gridlens.pipelines.status import DayStatus
from gridlens.warehouse import RAW_TABLES
from gridlens.window import Window

RULES = "mart.quality_by_table"
_SLICES = """select
    table_name,
    count(*) as days,
    cast(sum(fetched) as bigint) as fetched,
    cast(sum(accepted) as bigint) as accepted,
    cast(sum(duplicates) as bigint) as duplicates,
    cast(sum(quarantined) as bigint) as quarantined,
    cast(sum(gone) as bigint) as gone
from raw.slices
where day >= date '{first}' and day < date '{end}'
group by table_name
order by table_name"""


def days_panel(days: Iterable[DayStatus]) -> Panel:
    """The state of every day of the window."""
    return Panel(
        name="days",
        title="Days",
        definition="Complete: computed from all it needs. Edge: computed while days that it looks "
        "back on were not there. Stale: something that it was computed from has changed since.",
        rows=[
            {"day": day.day.date, "state": day.state, "because": _reason(day.because)}
            for day in days
        ],
        columns={
            "day": "UTC day",
            "state": "complete, edge, stale, empty, unavailable or missing",
            "because": "for an edge or a stale day, the first table and why",
        },
    )


def _reason(because: Sequence[str]) -> str:
    more = f" (and {len(because) - 1} more tables)" if len(because) > 1 else ""
    return because[0] + more if because else ""


def slices_panel(lake: duckdb.DuckDBPyConnection, window: Window) -> Panel:
    """Where the documents went, by table."""
    query = _SLICES.format(first=window.first, end=window.end)
    meanings = {column.name: column.meaning for column in RAW_TABLES["slices"].columns}
    return Panel(
        name="documents",
        title="Every document accounted for",
        definition="By table, over the days of the window: fetched = accepted + duplicates + "
        "quarantined. Gone: keys that an earlier extraction had and the last one lacked.",
        rows=rows_of(lake, query),
        columns=meanings | {"days": "days with a slice"},
        query=query,
    )


def rules_panel(lake: duckdb.DuckDBPyConnection, window: Window) -> Panel:
    """The quality rules that were not passed, or that flagged or set aside rows."""
    model, query = mart_model(RULES), mart_query(RULES, window)
    found = rows_of(lake, query)
    tripped = [row for row in found if row["rows"] or row["days_not_passed"]]
    return Panel(
        name="quality",
        title="Quality rules that tripped",
        definition=f"{len(tripped)} of {len(found)} rules; the others passed on every day and "
        "tripped on no row.",
        rows=tripped,
        columns=model.columns,
        query=query,
        fingerprint=model.fingerprint,
    )
