"""When matched transfers moved, seen from their job."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Rows, values
from gridlens.charts.theme import BLUE, GREEN, GREY, PURPLE, RED

_PHASES = {
    "before creation": GREY,
    "in queue": BLUE,
    "over the start": RED,
    "in wall time": GREEN,
    "after the end": PURPLE,
    "unknown": "#dddddd",
}


def phase_counts(rows: Rows) -> Chart:
    """Bars an activity, once by transfers and once by bytes, coloured by phase."""
    found = [phase for phase in _PHASES if any(row["phase"] == phase for row in rows)]
    drawn = [{**row, "activity": row["activity"] or "unknown activity"} for row in rows]
    base = (
        alt.Chart(values(drawn))
        .transform_calculate(tb="datum.bytes / 1e12")
        .mark_bar()
        .encode(
            y=alt.Y("activity:N", title=None),
            color=alt.Color(
                "phase:N",
                title="seen from the job",
                scale=alt.Scale(domain=found, range=[_PHASES[phase] for phase in found]),
            ),
            order="position:Q",
        )
        .properties(height=150)
    )
    transfers = base.encode(x=alt.X("transfers:Q", title="matched transfers"))
    volumes = base.encode(x=alt.X("tb:Q", title="their size (TB)"))
    return alt.vconcat(transfers, volumes)


FIGURES = (
    Figure(
        name="phase_counts",
        title="When matched transfers moved, seen from their job",
        source="data-management paper, sec. 5.1 and 5.4",
        definition=(
            "Exact matches by activity and phase. A direct read has no end and is placed by its "
            "beginning; its size is that of the whole file."
        ),
        mart="mart.phase_counts",
        draw=phase_counts,
        order="activity, position",
    ),
)
