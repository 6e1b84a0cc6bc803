"""Transfer time in the queue: who waited for it, and what became of them."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Rows, values
from gridlens.charts.theme import BLUE, GREY, ORANGE, RED

_INTERVAL = (
    "datum.from_ratio == null ? '0' : format(100 * datum.from_ratio, 'd') + ' to '"
    " + format(100 * datum.{upper}, 'd')"
)
_OUTCOMES = "how job/task ended: D completed, F failed, - neither"


def slowest_jobs(rows: Rows) -> Chart:
    """Stacked bars a job, transfer below the rest, and the bytes on an axis of their own."""
    base = (
        alt.Chart(values(rows))
        .transform_calculate(job="datum.pandaid + '  ' + datum.outcomes", gb="datum.bytes / 1e9")
        .encode(x=alt.X("job:N", title=f"job and {_OUTCOMES}", sort=None))
    )
    bars = (
        base.transform_fold(["transfer_queue_s", "other_queue_s"], as_=["part", "seconds"])
        .transform_calculate(
            part="datum.part == 'transfer_queue_s' ? 'in transfer' : 'other waiting'"
        )
        .mark_bar()
        .encode(
            y=alt.Y("seconds:Q", title="queue time (s)"),
            color=alt.Color(
                "part:N",
                title="queue time",
                scale=alt.Scale(domain=["in transfer", "other waiting"], range=[ORANGE, BLUE]),
            ),
            order=alt.Order("part:N"),
        )
    )
    sizes = base.mark_point(
        color="black", stroke="white", filled=True, opacity=1, shape="diamond", size=50
    ).encode(
        y=alt.Y("gb:Q", title="size of the transfers, diamonds (GB)", axis=alt.Axis(grid=False)),
    )
    return alt.layer(bars, sizes).resolve_scale(y="independent").properties(width=760)


def transfer_share_counts(rows: Rows) -> Chart:
    """A table of counts, outcome by interval, and one of those beyond each threshold."""
    base = alt.Chart(values(rows)).transform_calculate(
        outcomes="datum.job_outcome + '/' + datum.task_outcome",
        interval=_INTERVAL.format(upper="threshold_ratio"),
        threshold="format(100 * datum.threshold_ratio, 'd')",
    )
    shares = alt.X("interval:N", title="share of the queue time in transfer (%)", sort=None)
    thresholds = alt.X("threshold:N", title="jobs with a share above T, T in %", sort=None)
    beyond = base.transform_filter("datum.threshold_ratio < 1")
    return alt.vconcat(
        _counts(base, shares, "interval_jobs"), _counts(beyond, thresholds, "jobs_above")
    )


def _counts(base: alt.Chart, x: alt.X, count: str) -> alt.LayerChart:
    axis = alt.Axis(labelAngle=0, grid=False)
    told = base.encode(
        x=x.axis(axis),
        y=alt.Y("outcomes:N", title=["job/task: D completed,", "F failed, - neither"]),
    )
    shades = alt.Scale(type="symlog", scheme="blues")
    cells = told.mark_rect().encode(color=alt.Color(f"{count}:Q", scale=shades, legend=None))
    text = alt.condition(f"datum.{count} > 50", alt.value("white"), alt.value("black"))
    numbers = told.mark_text(fontSize=10).encode(
        text=alt.Text(f"{count}:Q", format=","), color=text
    )
    return (cells + numbers).properties(width=640, height=170)


def failure_by_transfer_share(rows: Rows) -> Chart:
    """A point a bin with its interval, and the number of jobs above it."""
    base = (
        alt.Chart(values([row for row in rows if row["jobs"]]))
        .transform_calculate(
            interval=_INTERVAL.format(upper="to_ratio"),
            says="datum.failed_jobs + ' of ' + datum.jobs",
        )
        .encode(
            x=alt.X(
                "interval:N",
                title="share of the queue time in transfer (%)",
                sort=None,
                axis=alt.Axis(labelAngle=0),
            )
        )
    )
    bounds = base.mark_rule(color=GREY, strokeWidth=2).encode(
        y=alt.Y(
            "low_failure_ratio:Q",
            title="failed, of finished and failed jobs",
            axis=alt.Axis(format="%"),
        ),
        y2="high_failure_ratio:Q",
    )
    points = base.mark_point(color=RED, filled=True, size=60).encode(y="failure_ratio:Q")
    counts = base.mark_text(dy=-8, fontSize=10).encode(y="high_failure_ratio:Q", text="says:N")
    return (bounds + points + counts).properties(width=640)


def transfer_share_odds(rows: Rows) -> Chart:
    """A point a threshold with its interval, on a logarithmic axis, 1 marked."""
    found = [row for row in rows if row["odds_ratio"] is not None]
    base = (
        alt.Chart(values(found))
        .transform_calculate(
            threshold="format(100 * datum.threshold_ratio, 'd') + ' %'",
            says="datum.failed_above + ' of ' + (datum.failed_above + datum.finished_above)"
            " + ' failed above' + (datum.is_corrected ? ', corrected' : '')",
        )
        .encode(y=alt.Y("threshold:N", title="threshold T", sort=None))
    )
    bounds = base.mark_rule(color=GREY, strokeWidth=2).encode(
        x=alt.X(
            "low_odds_ratio:Q",
            title="odds of failure above T over those below, with 95 % interval",
            scale=alt.Scale(type="log"),
        ),
        x2="high_odds_ratio:Q",
    )
    points = base.mark_point(filled=True, size=60).encode(
        x="odds_ratio:Q",
        color=alt.condition("datum.threshold_ratio == 0.75", alt.value(RED), alt.value(BLUE)),
    )
    counts = base.mark_text(align="left", dx=6, fontSize=10).encode(
        x="high_odds_ratio:Q", text="says:N"
    )
    one = alt.Chart(values([{"one": 1}])).mark_rule(strokeDash=[4, 4]).encode(x="one:Q")
    return one + bounds + points + counts


FIGURES = (
    *(
        Figure(
            name=f"slowest_{locality}_jobs",
            title=f"Queue time of the 40 slowest jobs with {locality} transfers only",
            source=f"data-management paper, Fig. {number}",
            definition=(
                "The longest queue times among jobs with at least 10 % of them in transfer, by "
                f"{method} matches; transfers that overlap count once. {more}"
            ),
            mart="mart.slowest_jobs",
            draw=slowest_jobs,
            arguments={"with_locality": locality, "method": method},
            order="position",
        )
        for locality, number, method, more in (
            ("local", 5, "exact", "As in the paper."),
            ("remote", 6, "rm2", "The paper takes exact matches; few of them are remote."),
        )
    ),
    Figure(
        name="transfer_share_counts",
        title="Matched jobs by the share of their queue time in transfer",
        source="data-management paper, Fig. 9",
        definition=(
            "Exactly matched jobs with a known queue time; a share equal to T counts below it. "
            "The state of a task is its newest. T = 0 is ours: jobs with no transfer in the queue."
        ),
        mart="mart.transfer_share_counts",
        draw=transfer_share_counts,
        order="position, job_outcome, task_outcome",
    ),
    Figure(
        name="failure_by_transfer_share",
        title="Failed jobs by the share of their queue time in transfer",
        source="data-management paper, sec. 5.3 and 7",
        definition=(
            "Exactly matched jobs, of finished and failed ones alone, with Wilson's interval of "
            "95 %. The paper names the tendency and gives no rates."
        ),
        mart="mart.failure_by_transfer_share",
        draw=failure_by_transfer_share,
        order="position",
    ),
    Figure(
        name="transfer_share_odds",
        title="Odds of failure of jobs that waited for transfers for more than T",
        source="data-management paper, sec. 7, which names 75 %",
        definition=(
            "Exactly matched jobs, of finished and failed ones alone. Where one of the four counts "
            "is 0, one half is added to each."
        ),
        mart="mart.transfer_share_odds",
        draw=transfer_share_odds,
        order="threshold_ratio",
    ),
)
