"""How jobs ended."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Rows, values
from gridlens.charts.theme import BLUE


def status_shares(rows: Rows) -> Chart:
    """A bar a status, with its share beside it."""
    base = alt.Chart(values([row for row in rows if row["jobstatus"] != "Total"])).encode(
        x=alt.X("jobs:Q", title="jobs"),
        y=alt.Y("jobstatus:N", title=None, sort=None),
    )
    bars = base.mark_bar(color=BLUE)
    shares = base.mark_text(align="left", dx=4).encode(
        text=alt.Text("jobs_ratio:Q", format=".1%"),
    )
    return bars + shares


FIGURES = (
    Figure(
        name="job_status_shares",
        title="How the jobs ended",
        source="introspective paper, Fig. 3b (its text: 4a)",
        definition="Jobs that ended in the window, by their last status.",
        mart="mart.job_status_shares",
        draw=status_shares,
        order="position",
    ),
)
