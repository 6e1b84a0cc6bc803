"""How long jobs compute and wait, and how their tasks end."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Row, Rows, values
from gridlens.charts.histogram import log_histogram, time_axis
from gridlens.charts.theme import BLUE, RED, WIDTH

_SECONDS = ("from_s", "to_s")


def cpu_times(rows: Rows) -> Chart:
    """A bar a bin of CPU time."""
    return log_histogram(
        rows, edges=_SECONDS, count="jobs", title="CPU time of all cores", axis=time_axis()
    )


def queue_times(rows: Rows) -> Chart:
    """A bar a bin of queue time, and lines where half, most and all jobs have started."""
    bars = log_histogram(
        rows, edges=_SECONDS, count="jobs", title="queue time, creation to start", axis=time_axis()
    )
    quantiles = {"50 %": "p50_s", "90 %": "p90_s", "99 %": "p99_s", "longest": "max_s"}
    marks = [{"says": says, "at": rows[0][column]} for says, column in quantiles.items()]
    base = alt.Chart(values([mark for mark in marks if mark["at"]])).encode(x="at:Q")
    lines = base.mark_rule(color=RED, strokeDash=[4, 3])
    names = base.mark_text(color=RED, baseline="bottom").encode(text="says:N", y=alt.value(-4))
    return bars + lines + names


def task_outcomes(rows: Rows) -> Chart:
    """A bar a status, with what its jobs went through beside it."""
    drawn = [{**row, "says": _in_words(row)} for row in rows if row["status"] != "Total"]
    most = max(1, *(row["tasks"] for row in drawn))
    base = alt.Chart(values(drawn)).encode(
        # room for the words beside the longest bar
        x=alt.X(
            "tasks:Q",
            title="tasks",
            scale=alt.Scale(domain=[0, 1.6 * most], nice=False),
            axis=alt.Axis(tickCount=6),
        ),
        y=alt.Y("status:N", title=None, sort=None),
    )
    return base.mark_bar(color=BLUE) + base.mark_text(align="left", dx=4).encode(text="says:N")


def _in_words(row: Row) -> str:
    if not row["jobs"]:
        return f"{row['tasks']:,}"
    return (
        f"{row['tasks_ratio']:.1%}: {row['mean_jobs']:.1f} jobs a task, "
        f"{row['failed_jobs_ratio']:.1%} failed"
    )


def task_failure_rates(rows: Rows) -> Chart:
    """A bar a tenth of failed jobs, with the number of its tasks above it."""
    drawn = [{**row, "share": _tenth(row)} for row in rows]
    base = alt.Chart(values(drawn)).encode(
        x=alt.X(
            "share:N",
            title="share of the task's jobs that failed, in tenths",
            # all tenths, also those without a task
            scale=alt.Scale(domain=[row["share"] for row in drawn]),
            axis=alt.Axis(labelAngle=0),
        ),
        y=alt.Y(
            "failed_tasks_ratio:Q",
            title="share of these tasks that failed",
            axis=alt.Axis(format=".0%"),
        ),
    )
    counts = base.mark_text(dy=-7, fontSize=10).encode(text=alt.Text("tasks:Q", format=","))
    return (base.mark_bar(color=BLUE) + counts).properties(width=WIDTH)


def _tenth(row: Row) -> str:
    n = row["bin"]
    return f"to {10 * n} %" if n else "none"


FIGURES = (
    Figure(
        name="cpu_time_histogram",
        title="CPU time of jobs",
        source="introspective paper, Fig. 2a",
        definition="Jobs that ended in the window by their CPU time, all cores together; four bins "
        "from one power of ten to the next. The paper does not say which jobs it counts; these "
        "are the jobs of users unless another population is asked for.",
        mart="mart.cpu_time_histogram",
        draw=cpu_times,
        order="bin",
    ),
    Figure(
        name="queue_time_histogram",
        title="How long jobs wait",
        source="introspective paper, Fig. 6a",
        definition="User jobs that ended in the window by the time from creation to start; four "
        "bins from one power of ten to the next. The lines say within which time half, 90 %, "
        "99 % and all of the jobs have started.",
        mart="mart.queue_time_histogram",
        draw=queue_times,
        order="bin",
    ),
    Figure(
        name="task_outcomes",
        title="How tasks ended, and their jobs",
        source="introspective paper, sec. 3 and 4.1",
        definition="Tasks that ended or last changed in the window by their state, with their "
        "jobs up to then and the share of these that failed. The paper has no such figure.",
        mart="mart.task_outcomes",
        draw=task_outcomes,
        order="position",
    ),
    Figure(
        name="task_failure_rates",
        title="What failed jobs do to their task",
        source="introspective paper, sec. 3",
        definition="Tasks that came to an end in the window, by the share of their jobs that "
        "failed: how many of them failed. The number above a bar is that of its tasks. The paper "
        "has no such figure.",
        mart="mart.task_failure_rates",
        draw=task_failure_rates,
        order="bin",
    ),
)
