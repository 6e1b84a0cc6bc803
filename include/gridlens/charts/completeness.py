"""Whether the fields that matching needs are there, and what those that are not cost."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Rows, values
from gridlens.charts.theme import BLUE, GREEN, ORANGE

_NOW = {"RM1": GREEN, "RM2": ORANGE, "not matched": BLUE}


def field_completeness(rows: Rows) -> Chart:
    """A panel a table and kind, a line a field: the share of records that lack it."""
    shown = [
        {
            **row,
            "of": f"{row['table_name']}: {row['kind']}",
            "missing_ratio": 1 - row["present_ratio"],
        }
        for row in rows
        if row["present"] < row["rows"]
    ]
    if not shown:
        return alt.Chart(values([{"says": "no field is ever missing"}])).mark_text(
            size=14, color="#666"
        ).encode(text="says:N")  # fmt: skip
    return (
        alt.Chart(values(shown))
        .mark_line(point=True)
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%d %b", tickCount="day")),
            y=alt.Y(
                "missing_ratio:Q",
                title="missing (log)",
                axis=alt.Axis(format=".2~%", tickCount=4),
                scale=alt.Scale(type="log"),
            ),
            color=alt.Color("field:N", title="field"),
        )
        .properties(width=250, height=110)
        .facet(facet=alt.Facet("of:N", title=None), columns=2)
    )


def missing_field_effects(rows: Rows) -> Chart:
    """A bar a field: pairs that would become Exact, by what they are now."""
    parts = [
        {"missing_field": row["missing_field"], "now": now, "pairs": row[column]}
        for row in rows
        for now, column in (
            ("RM1", "rm1_pairs"), ("RM2", "rm2_pairs"), ("not matched", "new_pairs"),
        )
    ]  # fmt: skip
    names = [row["missing_field"] for row in rows]
    x = alt.X("pairs:Q", title="pairs that would become Exact")
    y = alt.Y("missing_field:N", sort=names, title=None)
    bars = (
        alt.Chart(values(parts))
        .mark_bar()
        .encode(
            x=x,
            y=y,
            color=alt.Color(
                "now:N",
                title="now",
                legend=alt.Legend(orient="bottom"),
                scale=alt.Scale(domain=list(_NOW), range=list(_NOW.values())),
            ),
        )
    )
    gains = (
        alt.Chart(values(rows))
        .transform_calculate(
            label="format(datum.pairs, ',') + (datum.gain == null ? '' : "
            "' (' + format(datum.gain, '+.0%') + ')')"
        )
        .mark_text(align="left", dx=4)
        .encode(x=x, y=y, text="label:N")
    )
    return (bars + gains).properties(height=34 * len(names))


FIGURES = (
    Figure(
        name="field_completeness",
        title="Fields that matching needs and that are not always there",
        source="data-management paper, sec. 5.5 and 7",
        definition="Share of the records that lack the field in a form that matching can use, day "
        "by day, on a logarithmic scale; a day on which none lacks it has no point.",
        mart="mart.field_completeness_trend",
        draw=field_completeness,
        order="table_name, kind, field, day",
    ),
    Figure(
        name="missing_field_effects",
        title="What a missing field costs: pairs that would be Exact with it",
        source="data-management paper, sec. 5.5 and 7",
        definition="Pairs of a job and a transfer that one field alone keeps from being Exact, by "
        "what they are now; in brackets the gain over the Exact pairs that there are.",
        mart="mart.missing_field_effects",
        draw=missing_field_effects,
        order="pairs desc, missing_field",
    ),
)
