"""What goes wrong on the grid, what it costs, and what to do about it."""

from __future__ import annotations

import math
from collections import defaultdict

import altair as alt

from gridlens.charts.figure import Chart, Figure, Rows, values
from gridlens.charts.theme import BLUE

MOST_ADVICE = 20
_KIND = alt.Y("kind:N", title=None)


def counts_by_day(rows: Rows) -> Chart:
    """A cell a kind and day, with its number in it; colours by the logarithm."""
    base = alt.Chart(values(rows)).encode(
        x=alt.X("utcyearmonthdate(day):O", title="day (UTC)", axis=alt.Axis(format="%d %b")),
        y=_KIND,
    )
    most = max(10, *(row["anomalies"] for row in rows))
    scale = alt.Scale(type="log", domain=[1, most])
    cells = base.mark_rect().encode(
        color=alt.Color("anomalies:Q", title="anomalies", scale=scale),
    )
    numbers = base.mark_text(fontSize=11).encode(
        text=alt.Text("anomalies:Q", format=","),
        color=alt.condition(
            alt.datum.anomalies > most**0.5, alt.value("black"), alt.value("white")
        ),
    )
    return (cells + numbers).properties(width=alt.Step(52), height=alt.Step(26))


def losses(rows: Rows) -> Chart:
    """Hours lost by kind, and beside them the bytes moved without need."""
    hours, gigabytes = defaultdict[str, float](float), defaultdict[str, float](float)
    for row in rows:
        hours[row["kind"]] += row["loss_s"] / 3600
        gigabytes[row["kind"]] += row["loss_bytes"] / 1e9
    sums = [{"kind": k, "hours": hours[k], "gigabytes": gigabytes[k]} for k in sorted(hours)]
    base = alt.Chart(values(sums)).properties(width=290)
    return alt.hconcat(
        base.mark_bar(color=BLUE).encode(x=_hours(sums, "hours lost, log beyond 1"), y=_KIND),
        base.mark_bar(color=BLUE).encode(
            x=alt.X("gigabytes:Q", title="moved without need [GB]"),
            y=alt.Y("kind:N", title=None, axis=None),
        ),
    )


def advice(rows: Rows) -> Chart:
    """A bar a piece of advice, the largest expected gain first."""
    told = [
        {**row, "label": f"{row['place']}: {row['mitigation']}", "hours": gain / 3600}
        for row in rows
        if (gain := row["expected_gain_s"]) > 0
    ]
    gain_axis = _hours(told, "expected gain [hours, log beyond 1], and the number of cases")
    base = alt.Chart(values(told)).encode(
        y=alt.Y("label:N", title=None, sort=None, axis=alt.Axis(labelLimit=520)),
    )
    bars = base.mark_bar().encode(
        x=gain_axis,
        color=alt.Color("kind:N", title="anomaly"),
    )
    cases = base.mark_text(align="left", dx=4, fontSize=10).encode(
        x=gain_axis,
        text=alt.Text("cases:Q", format=","),
    )
    return (bars + cases).properties(width=360, height=max(len(told), 4) * 20)


def _hours(rows: Rows, title: str) -> alt.X:
    """An axis for sums over several powers of ten, with 0 on it."""
    most = max((row["hours"] for row in rows), default=0)
    ticks = [0] + [10**power for power in range(1 + math.floor(math.log10(max(most, 1))))]
    axis = alt.Axis(values=ticks, format=",.0f")
    return alt.X("hours:Q", title=title, scale=alt.Scale(type="symlog"), axis=axis)


FIGURES = (
    Figure(
        name="anomaly_counts",
        title="Anomalies by kind and day",
        source="data-management paper, sec. 5.4 and 7 (its future work)",
        definition="Rows of mart.anomalies with the default thresholds, by kind and UTC day."
        " Colours are by the logarithm; an empty cell is a day without any.",
        mart="mart.anomaly_counts",
        draw=counts_by_day,
        order="kind, day",
    ),
    Figure(
        name="anomaly_losses",
        title="What the anomalies cost",
        source="data-management paper, sec. 5.4 and 7 (its future work)",
        definition="Seconds lost and bytes moved without need, summed over the window by kind; each"
        " kind's mart defines its own loss. Hours on an axis that is logarithmic beyond one. Kinds"
        " may tell of the same seconds: avoidable queueing and hot sites tell of the same waits.",
        mart="mart.anomaly_counts",
        draw=losses,
        order="kind, day",
    ),
    Figure(
        name="site_advice",
        title="What to do first, and what it should bring",
        source="data-management paper, sec. 7 (its future work)",
        definition=f"The {MOST_ADVICE} pieces of advice with the largest expected gain: seconds"
        " lost in the window's anomalies, each times its confidence. The number is that of the"
        " cases. Advice that brings bytes only is in the mart.",
        mart="mart.site_advice",
        draw=advice,
        order=f"rank limit {MOST_ADVICE}",
    ),
)
