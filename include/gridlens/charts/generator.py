"""What the workload generator learns and draws."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import altair as alt

from gridlens.charts.figure import Chart, Figure, Row, Rows, values
from gridlens.charts.theme import BLUE, GREY, PALETTE, WIDTH

_PARTS = ["train", "validation", "test"]
_SIDES = ["training", "drawn"]
_COLOUR = alt.Color("side:N", title=None, scale=alt.Scale(domain=_SIDES, range=[GREY, BLUE]))
_UNBINNED = {-1: "zero", -2: "missing", -3: "all others"}
_GROUND = alt.Y2Datum(0)
_HEIGHT, _LINE = 120, 12  # pixels: of a panel of numbers, of a category


def generator_statistics(rows: Rows) -> Chart:
    """The parts of the split as one bar, and a bar a variable for its distinct values."""
    parts = {row["part"]: row["jobs"] for row in rows}
    whole = sum(parts.values())
    sizes = [
        {"part": f"{part}: {parts[part]:,}", "jobs": parts[part], "place": place}
        for place, part in enumerate(_PARTS)
        if part in parts
    ]
    order = [size["part"] for size in sizes]
    split = (
        alt.Chart(values(sizes), title=_title(f"{whole:,} jobs, split by {rows[0]['split']}"))
        .mark_bar()
        .encode(
            x=alt.X("jobs:Q", title="jobs"),
            color=alt.Color(
                "part:N", title=None, sort=order, scale=alt.Scale(domain=order, range=PALETTE[:3])
            ),
            order="place:Q",
        )
        .properties(width=WIDTH, height=30)
    )
    return alt.vconcat(split, _distinct([row for row in rows if row["part"] == "train"]))


def _distinct(rows: Rows) -> alt.LayerChart:
    drawn = [{**row, "says": _counted(row)} for row in rows]
    base = alt.Chart(values(drawn), title=_title("training jobs")).encode(
        x=alt.X(
            "distinct_values:Q",
            title="distinct values",
            # room for the words beside the longest bar
            scale=alt.Scale(
                type="log",
                domain=[0.5, 50 * max(1, *(row["distinct_values"] for row in rows))],
                nice=False,
            ),
            axis=alt.Axis(format="~s", values=[10**n for n in range(10)]),
        ),
        y=alt.Y(
            "variable:N", title=None, sort=alt.SortField("distinct_values", order="descending")
        ),
    )
    seen = alt.datum.distinct_values > 0
    bars = base.transform_filter(seen).mark_bar(color=BLUE).encode(x2=alt.X2Datum(0.5))
    words = base.transform_calculate(distinct_values="max(datum.distinct_values, 0.5)")
    return (bars + words.mark_text(align="left", dx=4).encode(text="says:N")).properties(
        width=WIDTH, height=alt.Step(20)
    )


def _counted(row: Row) -> str:
    missing = row["missing_jobs"] / row["jobs"] if row["jobs"] else 0
    return f"{row['distinct_values']:,}" + (f"; {missing:.1%} missing" if missing else "")


def generator_distributions(rows: Rows) -> Chart:
    """A panel a variable: the shares of training and of drawn jobs."""
    by_variable = groupby(sorted(rows, key=lambda r: r["variable"]), lambda r: r["variable"])
    panels = [_panel(name, list(of_variable)) for name, of_variable in by_variable]
    return alt.concat(*panels, columns=2, spacing=24)


def _panel(name: str, rows: Sequence[Row]) -> alt.LayerChart:
    """Grey for training, blue for drawn; what an axis has no place for stands above it."""
    base = alt.Chart(values([{**row, **_place(row)} for row in rows if _has_place(row)]))
    training, drawn = (base.transform_calculate(side=f"'{side}'") for side in _SIDES)
    if rows[0]["kind"] == "category":
        y = alt.Y("category:N", title=None, sort=None)
        bars = training.mark_bar().encode(_share("x", "training"), y, _COLOUR)
        over = drawn.mark_tick(thickness=2.5).encode(_share("x", "drawn"), y, _COLOUR)
    else:
        x = _axis(rows[0]["kind"])
        bars = training.mark_bar().encode(
            _share("y", "training"), x, _COLOUR, x2="high", y2=_GROUND
        )
        over = drawn.mark_bar(filled=False).encode(
            _share("y", "drawn"), x, _COLOUR, x2="high", y2=_GROUND
        )
    title = _title(name, _unplaced(rows))
    lines = sum(map(_has_place, rows)) * _LINE if rows[0]["kind"] == "category" else _HEIGHT
    return (bars + over).properties(title=title, width=250, height=max(lines, _LINE))


def _title(text: str, below: str = "") -> alt.Title:
    return alt.Title(text, subtitle=below, fontSize=12, subtitleFontSize=10, offset=6)


def _has_place(row: Row) -> bool:
    return row["bin"] >= 0


def _place(row: Row) -> dict[str, object]:
    """Edges of a time in milliseconds, as Vega counts them."""
    if row["kind"] != "time":
        return {}
    return {"low": 1000 * row["low"], "high": 1000 * row["high"]}


def _axis(kind: str) -> alt.X:
    if kind == "time":
        return alt.X(
            "low:T",
            title=None,
            scale=alt.Scale(type="utc"),
            axis=alt.Axis(format="%d %b", tickCount=5, grid=False),
        )
    axis = alt.Axis(values=[10**n for n in range(19)], format="~s", grid=False)
    return alt.X("low:Q", title=None, axis=axis, scale=alt.Scale(type="log", nice=False))


def _share(channel: str, side: str) -> alt.X | alt.Y:
    kind = alt.X if channel == "x" else alt.Y
    return kind(f"{side}_ratio:Q", title=None, axis=alt.Axis(format="~%", tickCount=4), stack=None)


def _unplaced(rows: Sequence[Row]) -> str:
    """The shares of rows that no axis has a place for, training then drawn."""
    told = [row for row in rows if row["bin"] in _UNBINNED]
    return "; ".join(
        f"{_UNBINNED[row['bin']]}: {row['training_ratio']:.1%}, {row['drawn_ratio']:.1%} drawn"
        for row in told
    )


FIGURES = (
    Figure(
        name="generator_statistics",
        title="What the workload generator learns from",
        source="introspective paper, Fig. 7",
        definition="Jobs of the training days by part of the split, and the distinct values of "
        "each variable among the training part; NULL is none. Of the newest snapshot that passed "
        "the gate among those that learned from days that end in the window; where none did, of "
        "the newest.",
        mart="mart.generator_statistics",
        draw=generator_statistics,
        order="variable, part",
    ),
    Figure(
        name="generator_distributions",
        title="Drawn jobs beside training jobs",
        source="introspective paper, Fig. 8",
        definition="Share of the training and of the drawn jobs in each bin, of the same snapshot: "
        "numbers in four bins from one power of ten to the next, times in 96 of equal length, "
        "categories by their 20 most frequent values. The paper draws four numeric variables; "
        "these are all.",
        mart="mart.generator_distributions",
        draw=generator_distributions,
        order="variable, bin",
    ),
)
