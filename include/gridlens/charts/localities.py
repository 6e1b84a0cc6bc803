"""Where the data were, how much of them, and how long jobs waited and transferred."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Rows, values
from gridlens.charts.theme import BLUE, GREY, ORANGE, PURPLE, RED

_KINDS = alt.Scale(domain=["local", "remote", "mixed"], range=[BLUE, ORANGE, PURPLE])
_LOG = alt.Scale(type="log")


def times_by_locality(rows: Rows) -> Chart:
    """A box a locality, whiskers from 5 to 95 %, for queue and for wall time."""
    found = [row for row in rows if row["jobs"] and row["p05_s"] is not None]
    drawn = [{**row, **{p: max(1, row[p]) for p in row if p.startswith("p")}} for row in found]
    base = (
        alt.Chart(values(drawn))
        .transform_calculate(says="format(datum.jobs, ',') + ' jobs'")
        .encode(y=alt.Y("locality:N", title=None, sort=["local", "remote", "mixed"]))
        .properties(height=130)
    )
    whiskers = base.mark_rule(color=GREY, strokeWidth=2).encode(
        x=alt.X("p05_s:Q", title="seconds", scale=_LOG), x2="p95_s:Q"
    )
    boxes = base.mark_bar(size=22, opacity=0.8).encode(
        x="p25_s:Q",
        x2="p75_s:Q",
        color=alt.Color("locality:N", title="transfers", scale=_KINDS, legend=None),
    )
    medians = base.mark_tick(color="black", size=22, thickness=2).encode(x="p50_s:Q")
    counts = base.mark_text(align="left", dx=6, fontSize=10).encode(x="p95_s:Q", text="says:N")
    return alt.layer(whiskers, boxes, medians, counts).facet(
        row=alt.Row("quantity:N", title=None, header=alt.Header(labelExpr="datum.value + ' time'"))
    )


def size_time_bins(rows: Rows) -> Chart:
    """A square a bin of bytes and time, darker for more jobs; queue and transfer time apart."""
    return (
        alt.Chart(values(rows))
        .transform_calculate(from_gb="datum.from_bytes / 1e9", to_gb="datum.to_bytes / 1e9")
        .mark_rect()
        .encode(
            x=alt.X("from_gb:Q", title="size of the job's transfers (GB)", scale=_LOG),
            x2="to_gb:Q",
            y=alt.Y("from_s:Q", title="seconds", scale=_LOG),
            y2="to_s:Q",
            color=alt.Color("sum(jobs):Q", title="jobs", scale=alt.Scale(type="log")),
        )
        .properties(width=320, height=280)
        .facet(
            column=alt.Column(
                "quantity:N", title=None, header=alt.Header(labelExpr="datum.value + ' time'")
            )
        )
    )


def size_correlations(rows: Rows) -> Chart:
    """A point a time and locality with its interval, 0 marked."""
    found = [row for row in rows if row["low_spearman_coefficient"] is not None]
    base = (
        alt.Chart(values(found))
        .transform_calculate(
            pair="datum.quantity + ' time, ' + datum.locality + ' transfers'",
            says="format(datum.jobs, ',') + ' jobs'",
        )
        .encode(y=alt.Y("pair:N", title=None, sort=None))
    )
    bounds = base.mark_rule(color=GREY, strokeWidth=2).encode(
        x=alt.X(
            "low_spearman_coefficient:Q",
            title="rank correlation of bytes and time, with 95 % interval",
            scale=alt.Scale(domain=[-1, 1]),
        ),
        x2="high_spearman_coefficient:Q",
    )
    points = base.mark_point(filled=True, size=60).encode(
        x="spearman_coefficient:Q",
        color=alt.condition("datum.is_significant", alt.value(RED), alt.value(BLUE)),
    )
    counts = base.mark_text(align="left", dx=6, fontSize=10).encode(
        x="high_spearman_coefficient:Q", text="says:N"
    )
    zero = alt.Chart(values([{"zero": 0}])).mark_rule(strokeDash=[4, 4]).encode(x="zero:Q")
    return zero + bounds + points + counts


FIGURES = (
    Figure(
        name="times_by_locality",
        title="Queue and wall time of jobs with local, remote and mixed transfers",
        source="data-management paper, sec. 5.3",
        definition=(
            "Jobs matched by rm2, which finds nearly all remote transfers. Box: 25 to 75 %, line: "
            "median, whiskers: 5 to 95 %; times below 1 s are drawn at 1 s."
        ),
        mart="mart.times_by_locality",
        draw=times_by_locality,
        order="quantity, position",
    ),
    Figure(
        name="size_time_bins",
        title="Bytes against queue and transfer time, jobs a bin",
        source="data-management paper, sec. 5.3",
        definition=(
            "Exactly matched jobs with known bytes and times above 0, four bins a power of ten. "
            "The paper tells of no significant correlation and draws none."
        ),
        mart="mart.size_time_bins",
        draw=size_time_bins,
        order="quantity, from_bytes, from_s",
    ),
    Figure(
        name="size_correlations",
        title="Do jobs with more bytes wait or transfer longer?",
        source="data-management paper, sec. 5.3, which finds no significant correlation",
        definition=(
            "Spearman's rank correlation over exactly matched jobs; red where its interval of "
            "95 % leaves out 0. Localities with at most three jobs are left out."
        ),
        mart="mart.size_correlations",
        draw=size_correlations,
        order="quantity, locality",
    ),
)
