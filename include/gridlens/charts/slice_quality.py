"""How the days' slices measure up against their contracts."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Rows, values

_STATUS = {"warn": "#e69f00", "fail": "#d55e00"}
_BOUNDS = ("warn_low", "warn_high", "fail_low", "fail_high")


def slice_measures(rows: Rows) -> Chart:
    """A panel a measure that has bounds, a line a table; bounds dashed, what breaks them big."""
    shown = [row for row in rows if row["is_bounded"] and row["value"] is not None]
    if not shown:
        return alt.Chart(values([{"says": "no bounded measure in this window"}])).mark_text(
            size=14, color="#666"
        ).encode(text="says:N")  # fmt: skip
    y = alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=3))
    base = alt.Chart().encode(
        x=alt.X("day:T", title=None, axis=alt.Axis(format="%d %b", tickCount=4)), y=y
    )
    lines = base.mark_line(point=alt.OverlayMarkDef(size=12), opacity=0.8).encode(
        color=alt.Color("table_name:N", title="table", scale=alt.Scale(scheme="tableau10"))
    )
    broken = (
        base.transform_filter("datum.status != 'pass'")
        .mark_point(size=90, filled=True, opacity=1)
        .encode(
            fill=alt.Fill(
                "status:N",
                title="outside its bounds",
                scale=alt.Scale(domain=list(_STATUS), range=list(_STATUS.values())),
            )
        )
    )
    bounds = [
        alt.Chart()
        .mark_rule(strokeDash=[4, 3], color=_STATUS[name.partition("_")[0]], opacity=0.5)
        .encode(y=f"{name}:Q")
        for name in _BOUNDS
    ]
    return (
        alt.layer(*bounds, lines, broken, data=values(shown))
        .properties(width=215, height=80)
        .facet(facet=alt.Facet("measure:N", title=None), columns=3)
        .resolve_scale(y="independent")
    )


FIGURES = (
    Figure(
        name="slice_measures",
        title="Measures of whole slices, day by day, and their bounds",
        source="quality contracts",
        definition="Each measure that has bounds, by table: a volume against the median of the 14 "
        "days before, a distance of distributions (Jensen-Shannon, 0 to 1), a share of rows. "
        "Dashed: the bounds of warning and of failure; big: what lies outside of them. A measure "
        "that could not be taken has no point.",
        mart="mart.slice_quality",
        draw=slice_measures,
        order="measure, table_name, day",
    ),
)
