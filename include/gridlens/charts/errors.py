"""Which errors jobs fail with, and what these cost."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Row, Rows, values
from gridlens.charts.histogram import note
from gridlens.charts.theme import BLUE, ORANGE

_BAR_HEIGHT = 18
# The introspective paper names these two.
_NAMED = ("pilot:1305", "pilot:1361")


def error_shares(rows: Rows) -> Chart:
    """A bar a code, coloured by component, and how many jobs have failed."""
    drawn = [{**row, "error": _error(row)} for row in rows]
    base = alt.Chart(values(drawn)).encode(
        x=alt.X("jobs_ratio:Q", title="share of the failed jobs", axis=alt.Axis(format=".0%")),
        y=alt.Y("error:N", title=None, sort=None, axis=alt.Axis(labelLimit=330)),
    )
    bars = base.mark_bar().encode(color=alt.Color("component:N", title="component", sort=None))
    shares = base.mark_text(align="left", dx=4, fontSize=10).encode(
        text=alt.Text("jobs_ratio:Q", format=".1%")
    )
    says = (
        f"{rows[0]['failed_jobs']:,} failed jobs, {rows[0]['multi_error_jobs']:,} with several "
        f"codes, {rows[0]['uncoded_jobs']:,} with none; the shares add up to "
        f"{rows[0]['sum_ratio']:.0%}"
    )
    return (bars + shares + note(says)).properties(height=alt.Step(_BAR_HEIGHT))


def _error(row: Row) -> str:
    if row["code"] is None:
        return f"Others ({row['codes']} codes)"
    return f"{row['acronym'] or row['component']} {row['code']}"


def wasted_core_hours(rows: Rows) -> Chart:
    """A bar a combination of codes; those with a code that the paper names are orange."""
    drawn = [
        {**row, "error": _combination(row), "is_named": _is_named(row), "says": _waste(row)}
        for row in rows
    ]
    base = alt.Chart(values(drawn)).encode(
        x=alt.X("wasted_core_h:Q", title="core-hours of failed jobs", axis=alt.Axis(format=",.0f")),
        y=alt.Y("error:N", title=None, sort=None, axis=alt.Axis(labelLimit=330)),
    )
    bars = base.mark_bar().encode(
        color=alt.condition("datum.is_named", alt.value(ORANGE), alt.value(BLUE))
    )
    shares = base.mark_text(align="left", dx=4, fontSize=10).encode(text="says:N")
    return (bars + shares).properties(height=alt.Step(_BAR_HEIGHT))


def _combination(row: Row) -> str:
    codes = str(row["combination"])
    if codes == "Others":
        return f"Others ({row['combinations']} combinations)"
    return codes if "+" in codes or not row["acronym"] else f"{row['acronym']} {codes}"


def _is_named(row: Row) -> bool:
    return any(code in _NAMED for code in str(row["combination"]).split("+"))


def _waste(row: Row) -> str:
    share = row["wasted_ratio"]
    jobs = f"{row['jobs']:,} jobs"
    return jobs if share is None else f"{share:.1%}, {jobs}"


FIGURES = (
    Figure(
        name="error_shares",
        title="Which errors jobs failed with",
        source="introspective paper, Fig. 5",
        definition="Failed jobs that ended in the window by each of their error codes. A job with "
        "several counts in each, so that the shares add up to more than 100 % (117 % in the "
        "paper). Codes of less than 1 % of the jobs are Others.",
        mart="mart.error_shares",
        draw=error_shares,
        order="position",
    ),
    Figure(
        name="wasted_core_hours",
        title="Core-hours of failed jobs by their errors",
        source="introspective paper, Fig. 6b",
        definition="Wall time times cores of the user jobs that failed in the window, by their "
        "combination of error codes; combinations with less than half a per cent of it are "
        "Others. Orange: those with 1305 (the payload failed) or 1361 (an input could not be "
        "opened over the network), which the paper names.",
        mart="mart.wasted_core_hours",
        draw=wasted_core_hours,
        arguments={"threshold_percent": "0.5"},
        order="position",
    ),
)
