"""How right the matching is, where the truth is known."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Rows, values
from gridlens.charts.theme import BLUE, GREY, ORANGE

_METHODS = [
    *("exact", "exact_inferred", "rm1", "rm2", "rm2_one_owner"),
    *("probability_50", "probability_90"),
]
_PARTS = {"total": "all", "activity": "activity", "fault": "planted on the trail"}


def match_accuracy(rows: Rows) -> Chart:
    """Precision and recall of each method, a panel a truth."""
    totals = [row for row in rows if row["split_by"] == "total"]
    ratio = alt.X("ratio:Q", title=None, axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1]))
    return (
        alt.Chart(values(totals))
        .transform_fold(["precision_ratio", "recall_ratio"], as_=["measure", "ratio"])
        .transform_calculate(measure="split(datum.measure, '_')[0]")
        .mark_point(size=90, filled=True, opacity=1)
        .encode(
            x=ratio,
            y=alt.Y("method:N", title=None, sort=_METHODS),
            color=alt.Color(
                "measure:N",
                title=None,
                scale=alt.Scale(domain=["precision", "recall"], range=[BLUE, ORANGE]),
            ),
        )
        .properties(width=300, height=200)
        .facet(column=alt.Column("truth:N", title="truth"))
    )


def match_recall_by_part(rows: Rows) -> Chart:
    """Recall of each method as a table of shades: activities, then faults."""
    parts = [
        {**row, "part": f"{_PARTS[row['split_by']]}: {row['split_value']}"}
        for row in rows
        if row["split_by"] != "total" and row["truth"] == "planted" and row["true_pairs"]
    ]
    base = alt.Chart(values(parts)).encode(
        x=alt.X(
            "method:N", title=None, sort=_METHODS, axis=alt.Axis(labelAngle=0, labelFontSize=9)
        ),
        y=alt.Y("part:N", title=None),
    )
    shades = base.mark_rect().encode(
        color=alt.Color("recall_ratio:Q", title="recall", scale=alt.Scale(scheme="blues")),
    )
    is_dark = "datum.recall_ratio > 0.6"
    numbers = base.mark_text(fontSize=10).encode(
        text=alt.Text("recall_ratio:Q", format=".0%"),
        color=alt.condition(is_dark, alt.value("white"), alt.value("black")),
    )
    return (shades + numbers).properties(width=alt.Step(72), height=alt.Step(22))


def probability_calibration(rows: Rows) -> Chart:
    """Observed share over predicted probability; on the diagonal the two agree."""
    diagonal = (
        alt.Chart(alt.Data(values=[{"at": 0}, {"at": 1}]))
        .mark_line(color=GREY, strokeDash=[4, 4])
        .encode(x="at:Q", y="at:Q")
    )
    points = (
        alt.Chart(values([row for row in rows if row["pairs"]]))
        .mark_point(filled=True, opacity=0.9)
        .encode(
            x=alt.X("predicted_ratio:Q", title="mean probability of the bin"),
            y=alt.Y("observed_ratio:Q", title="share that are links in truth"),
            size=alt.Size("pairs:Q", title="candidate pairs", scale=alt.Scale(type="log")),
            color=alt.Color("truth:N", title="truth"),
        )
    )
    return (diagonal + points).properties(width=360, height=360)


FIGURES = (
    Figure(
        name="match_accuracy",
        title="Precision and recall of each method of matching",
        source="data-management paper, sec. 4.3: what the relaxed methods are for",
        definition="Planted truth is known of simulated days; direct truth are transfers whose "
        "record names their job. A second job that read the same copy counts as wrong in the "
        "direct truth.",
        mart="mart.match_accuracy",
        draw=match_accuracy,
        arguments={"population": "all"},
    ),
    Figure(
        name="match_recall_by_part",
        title="Recall by activity, and by what was planted on the trail",
        source="data-management paper, Table 1 and sec. 5.5",
        definition="Share of the true pairs that each method finds, on simulated days.",
        mart="mart.match_accuracy",
        draw=match_recall_by_part,
        arguments={"population": "all"},
    ),
    Figure(
        name="probability_calibration",
        title="Whether the link probability means what it says",
        source="beyond the papers: a probability for every candidate pair",
        definition="Candidate pairs by predicted tenth; on the dashed line as many are links as "
        "were predicted. A copy that several jobs read is told in equal parts: one owns it. "
        "The planted truth counts all of them, the direct truth the one that is named. The size "
        "of a point is the number of pairs, on a log scale.",
        mart="mart.probability_calibration",
        draw=probability_calibration,
        arguments={"population": "all"},
    ),
)
