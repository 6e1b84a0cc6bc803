"""How the data grew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import altair as alt

from gridlens.charts.figure import Chart, Figure, Rows, values
from gridlens.charts.theme import WIDTH

MOST_TYPES = 7
MOST_BARS = 40
OTHER = "other types"
SAYS = {
    "managed": "managed by Rucio",
    "registered": "registered since the window's start",
}


def growth(rows: Rows) -> Chart:
    """Volume by data type, one upon the other: bars for few days, an area for many."""
    unit, tb = ("PB", 1000) if max(row["cumulative_tb"] for row in rows) > 5000 else ("TB", 1)
    days = sorted({row["volume_day"] for row in rows})
    types = _largest_types(rows)
    points = [{**point, "volume": point["volume"] / tb} for point in _filled(rows, days, types)]
    is_few = len(days) <= MOST_BARS
    chart = alt.Chart(values(points), width=WIDTH)
    return (chart.mark_bar() if is_few else chart.mark_area()).encode(
        x=alt.X(
            "day:O" if is_few else "day:T",
            title=None,
            axis=alt.Axis(labelAngle=0, labelOverlap=True),
        ),
        y=alt.Y("sum(volume):Q", title=f"{SAYS[rows[0]['quantity']]}, {unit}"),
        color=alt.Color("datatype:N", title="data type", sort=[*types, OTHER]),
        order=alt.Order("rank:Q"),
    )


def _largest_types(rows: Rows) -> list[str]:
    most: dict[str, float] = defaultdict(float)
    for row in rows:
        most[row["datatype"]] = max(most[row["datatype"]], row["cumulative_tb"])
    return sorted(most, key=lambda name: (-most[name], name))[:MOST_TYPES]


def _filled(rows: Rows, days: list[Any], types: list[str]) -> Iterator[dict[str, Any]]:
    """A point a day and type; a day without a row of a type has the volume of the day before."""
    given = {(row["volume_day"], row["datatype"]): row["cumulative_tb"] for row in rows}
    for name in sorted({row["datatype"] for row in rows}):
        rank = types.index(name) if name in types else MOST_TYPES
        volume = 0.0
        for day in days:
            volume = given.get((day, name), volume)
            shown = name if name in types else OTHER
            yield {"day": day, "datatype": shown, "rank": rank, "volume": volume}


FIGURES = (
    Figure(
        name="storage_growth",
        title="Growth of the data by type",
        source="data-management paper, Fig. 2; introspective paper, Fig. 1",
        definition="All that Rucio manages, over the years, where a dump of its volumes is loaded. "
        "Where none is, the axis says so: sizes of the output and log datasets that tasks "
        "registered in the window, summed up day by day, and not the volume of the papers.",
        mart="mart.storage_growth",
        draw=growth,
        order="volume_day, datatype",
    ),
)
