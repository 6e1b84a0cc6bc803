"""One job and its transfers on the axis of time."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Row, Rows, values
from gridlens.charts.theme import BLUE, GREEN, ORANGE, PURPLE

_STAGES = alt.Scale(domain=["queue time", "wall time"], range=["#cfe3f1", "#d5eee5"])
_METHODS = {"exact": BLUE, "rm1": GREEN, "rm2": ORANGE, "direct": PURPLE}
_EARLY = "before creation"


def job_timelines(rows: Rows) -> Chart:
    """Queue and wall time behind the transfers, a line each, labelled with size and rate.

    What moved before the job was made may lie days before it, and has an axis of its own above.
    """
    transfers = [row for row in rows if row["event"] == "transfer" and row["started_at"]]
    early = [row for row in transfers if row["phase"] == _EARLY]
    late = [row for row in transfers if row["phase"] != _EARLY]
    methods = [method for method in _METHODS if any(row["method"] == method for row in transfers)]
    color = alt.Color(
        "method:N",
        title="matched by",
        scale=alt.Scale(domain=methods, range=[_METHODS[method] for method in methods]),
    )
    about = _about(rows[0])
    panels = [
        _stages(rows, about) + _transfers(late, color, about) if late else _stages(rows, about)
    ]
    if early:
        panels.insert(0, _transfers(early, color, "UTC, before the job was created"))
    return alt.vconcat(*panels)


def _about(job: Row) -> str:
    about = f"UTC; job {job['pandaid']} at {job['computingsite']}, {job['jobstatus']}"
    if not job["exeerrorcode"]:
        return about
    return f"{about}, error {job['exeerrorcode']}: {job['exeerrordiag'] or 'no message'}"


def _stages(rows: Rows, title: str) -> alt.Chart:
    stages = [r for r in rows if r["event"] != "transfer" and r["started_at"] and r["ended_at"]]
    return (
        alt.Chart(values(stages))
        .mark_rect()
        .encode(
            x=_time(title), x2="ended_at:T", fill=alt.Fill("label:N", title="job", scale=_STAGES)
        )
    )


def _transfers(transfers: Rows, color: alt.Color, title: str) -> alt.LayerChart:
    drawn = [{**row, "ended_at": row["ended_at"] or row["started_at"]} for row in transfers]
    base = (
        alt.Chart(values(drawn))
        .transform_calculate(
            size="isValid(datum.bytes) ? format(datum.bytes / 1e9, '.1f') + ' GB' : 'size unknown'",
            rate="isValid(datum.throughput_bytes_per_s)"
            " ? ', ' + format(datum.throughput_bytes_per_s / 1e6, ',.3~r') + ' MB/s' : ''",
            again="datum.is_redundant ? ', again' : ''",
        )
        .transform_calculate(says="datum.size + datum.rate + datum.again")
        .encode(y=alt.Y("label:N", title=None, sort=None))
        .properties(height=max(60, 24 * len(transfers)))
    )
    bars = base.mark_bar(size=12).encode(x=_time(title), x2="ended_at:T", color=color)
    # a bar of seconds on an axis of hours is thinner than a pixel
    starts = base.mark_tick(size=12, thickness=2, opacity=1).encode(x=_time(title), color=color)
    says = base.mark_text(align="left", dx=5, fontSize=10).encode(x="ended_at:T", text="says:N")
    return bars + starts + says


def _time(title: str) -> alt.X:
    axis = alt.Axis(format="%d %b %H:%M:%S", labelOverlap=True, tickCount=6)
    return alt.X("started_at:T", title=title, scale=alt.Scale(type="utc"), axis=axis)


_CASES = {
    "dominated": (
        "job_timeline",
        "A job that waited for its transfers",
        "Fig. 10",
        "The finished job whose exact, local transfers took the largest part of its queue time; "
        "with of_job=PANDAID, any job of the window.",
    ),
    "spanning": (
        "spanning_timeline",
        "A failed job with a transfer over its start",
        "Fig. 11",
        "The failed job with the longest exact transfer that began in the queue and ended in "
        "the wall time.",
    ),
    "redundant": (
        "redundant_timeline",
        "A job whose files were moved twice",
        "Fig. 12 and Table 3",
        "The finished job with the most bytes moved again, of those with at most 12 transfers.",
    ),
}

FIGURES = tuple(
    Figure(
        name=name,
        title=title,
        source=f"data-management paper, {source}",
        definition=definition,
        mart="mart.job_timelines",
        draw=job_timelines,
        arguments={} if case == "dominated" else {"of_job": case},
        order="position",
    )
    for case, (name, title, source, definition) in _CASES.items()
)
