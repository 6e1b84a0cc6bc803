"""What each day cost to compute."""

from __future__ import annotations

from collections import defaultdict

import altair as alt

from gridlens.charts.figure import Chart, Figure, Rows, values
from gridlens.charts.theme import PALETTE

_WIDTH = 420
# In the order of the day; what is not of a day is drawn last.
_STEPS = ("extract", "validate", "load", "match", "indicators", "publish", "settle", "other")


def task_costs(rows: Rows) -> Chart:
    """Two panels over the days: a bar of seconds by step, and the most memory of each step."""
    seconds: dict[tuple[str, str, str], float] = defaultdict(float)
    memory: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows:
        day, step = str(row["day"]), _step(row["task"])
        seconds[day, step, "done"] += row["seconds"] - row["failed_s"]
        seconds[day, step, "failed"] += row["failed_s"]
        memory[day, step] = max(memory[day, step], row["peak_rss_mb"] or 0)
    spent = [
        {"day": day, "step": step, "ended": ended, "seconds": value, "order": _STEPS.index(step)}
        for (day, step, ended), value in seconds.items()
        if value
    ]
    held = [{"day": day, "step": step, "mb": value} for (day, step), value in memory.items()]
    return alt.vconcat(_seconds(spent), _memory(held))


def _step(task: str) -> str:
    """The step without its table or engine."""
    name = task.split()[0]
    return name if name in _STEPS else "other"


def _x() -> alt.X:
    return alt.X("day:O", title=None, axis=alt.Axis(labelAngle=-40))


def _colour() -> alt.Color:
    scale = alt.Scale(domain=list(_STEPS), range=PALETTE)
    return alt.Color("step:N", title="step", scale=scale)


def _seconds(spent: Rows) -> alt.Chart:
    endings = alt.Scale(domain=["done", "failed"], range=[1, 0.35])
    return (
        alt.Chart(values(spent))
        .mark_bar()
        .encode(
            x=_x(),
            y=alt.Y("seconds:Q", title="seconds, all runs"),
            color=_colour(),
            opacity=alt.Opacity("ended:N", title="ended", scale=endings),
            order=alt.Order("order:Q"),
        )
        .properties(width=_WIDTH, height=150)
    )


def _memory(held: Rows) -> alt.Chart:
    return (
        alt.Chart(values(held))
        .mark_line(point=True)
        .encode(x=_x(), y=alt.Y("mb:Q", title="peak memory, MB"), color=_colour())
        .properties(width=_WIDTH, height=90)
    )


FIGURES = (
    Figure(
        name="task_costs",
        title="Time and memory of the tasks, by the day they worked on",
        source="for operators",
        definition="Seconds of all runs of a task for a day, repeated and failed ones included; "
        "most memory that any of them held. A task that works on no day is drawn on the day it "
        "was run on; what it asks other tasks to do is counted on their days as well.",
        mart="mart.task_costs",
        draw=task_costs,
        order="day, task",
    ),
)
