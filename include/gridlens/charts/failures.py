"""What failures go with, and how well they can be foreseen."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Rows, values
from gridlens.charts.theme import BLUE, GREY, ORANGE

_MODELS = {"naive Bayes": BLUE, "site rate": ORANGE, "overall rate": GREY}


def failure_factors(rows: Rows) -> Chart:
    """The strongest factors: lift as a point, its interval as a line, 1 as the rule to beat."""
    beyond_chance = [row for row in rows if (row["lift_low"] or 0) > 1] or rows
    named = [
        {
            **row,
            "name": f"{row['failure_mode']}: {row['value']}",
            "label": f"{row['failed_jobs']:,} of {row['jobs']:,}",
        }
        for row in beyond_chance
    ]
    y = alt.Y(
        "name:N", sort=[row["name"] for row in named], title=None, axis=alt.Axis(labelLimit=360)
    )
    base = alt.Chart(values(named)).encode(y=y)
    scale = alt.Scale(type="log", nice=False, padding=10)
    ranges = (
        base.mark_rule(color=GREY)
        .encode(
            x=alt.X("low:Q", title="failures over those of all jobs (lift, log)", scale=scale),
            x2="lift_high:Q",
        )
        .transform_calculate(low="max(datum.lift_low, 0.01)")
    )
    points = base.mark_point(filled=True, size=60).encode(
        x=alt.X("lift:Q", scale=scale),
        color=alt.Color("factor:N", title="factor", legend=alt.Legend(orient="bottom", columns=3)),
    )
    counts = base.mark_text(align="left", dx=6, fontSize=10, color="#444").encode(
        x=alt.X("lift_high:Q", scale=scale), text="label:N"
    )
    one = alt.Chart(values([{"lift": 1}])).mark_rule(strokeDash=[4, 4]).encode(x="lift:Q")
    return (one + ranges + points + counts).properties(height=20 * len(named))


def failure_predictor_scores(rows: Rows) -> Chart:
    """A panel a score, a bar a model."""
    scores = (
        ("auc", "AUC (0.5: knows nothing)", [0, 1]),
        ("brier", "Brier score (lower is better)", None),
        ("log_loss", "log loss (lower is better)", None),
    )
    names = [row["model"] for row in rows]
    panels = []
    for n, (field, title, domain) in enumerate(scores):
        scale = alt.Scale(domain=domain) if domain else alt.Scale(zero=True)
        base = alt.Chart(values(rows)).encode(
            x=alt.X(f"{field}:Q", title=title, scale=scale, axis=alt.Axis(tickCount=4)),
            y=alt.Y("model:N", sort=names, title=None, axis=alt.Axis(labels=n == 0, ticks=False)),
        )
        bars = base.mark_bar().encode(color=_colour(legend=False))
        numbers = (
            base.transform_filter(f"isValid(datum.{field})")
            .mark_text(align="right", dx=-4, color="white")
            .encode(text=alt.Text(f"{field}:Q", format=".4f"))
        )
        panels.append((bars + numbers).properties(width=190, height=90))
    return alt.hconcat(*panels, spacing=24)


def failure_calibration(rows: Rows) -> Chart:
    """Observed over predicted ratio, a point a group of jobs; on the diagonal they agree."""
    base = alt.Chart(values(rows)).encode(
        x=alt.X("predicted_ratio:Q", title="predicted to fail", axis=alt.Axis(format="%"),
                scale=alt.Scale(zero=False, nice=False, padding=15)),
        color=_colour(legend=True),
    )  # fmt: skip
    y = alt.Y("observed_ratio:Q", title="failed", axis=alt.Axis(format="%"),
              scale=alt.Scale(zero=False))  # fmt: skip
    points = base.mark_point(filled=True).encode(
        y=y, size=alt.Size("jobs:Q", title="jobs", scale=alt.Scale(range=[30, 200]))
    )
    ranges = base.mark_rule().encode(y=alt.Y("observed_low_ratio:Q"), y2="observed_high_ratio:Q")
    ends = [row["predicted_ratio"] for row in rows]
    agree = alt.Chart(values([{"p": min(ends)}, {"p": max(ends)}]))
    diagonal = agree.mark_line(color="black", strokeDash=[4, 4]).encode(x="p:Q", y="p:Q")
    return diagonal + ranges + points


def _colour(*, legend: bool) -> alt.Color:
    scale = alt.Scale(domain=list(_MODELS), range=list(_MODELS.values()))
    return alt.Color("model:N", scale=scale, legend=alt.Legend(title=None) if legend else None)


FIGURES = (
    Figure(
        name="failure_factors",
        title="What failures go with most",
        source="introspective paper, sec. 4.3 (its future work)",
        definition="Site, input size, user group and their pairs: how much more often jobs with "
        "them fail in a mode than all jobs do. The 15 whose interval (99.9 %, as many are looked "
        "at) begins highest, of those with 100 jobs or more, without what begins below 1 if any "
        "begins above it; the numbers are failed of all jobs.",
        mart="mart.failure_factors",
        draw=failure_factors,
        arguments={"min_jobs": "100", "z": "3.29"},
        order="lift_low desc, failure_mode, factor, value limit 15",
    ),
    Figure(
        name="failure_predictor_scores",
        title="Can a failure be foreseen?",
        source="introspective paper, sec. 4.3 (its future work)",
        definition="Three predictions from what is known before a job starts, learnt on the first "
        "70 % of the window and scored on jobs of other tasks that were made after it.",
        mart="mart.failure_predictions_score",
        draw=failure_predictor_scores,
        order="position",
    ),
    Figure(
        name="failure_calibration",
        title="Do jobs fail as often as predicted?",
        source="introspective paper, sec. 4.3 (its future work)",
        definition="The predicted jobs in up to ten groups by their prediction, with Wilson's "
        "95 % interval of what was seen; a prediction is true on the dashed line.",
        mart="mart.failure_calibration",
        draw=failure_calibration,
        order="model, bin",
    ),
)
