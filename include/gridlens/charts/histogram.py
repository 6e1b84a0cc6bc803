"""Histograms over bins that grow by a factor: both axes logarithmic, so that a tail is seen."""

from __future__ import annotations

from collections.abc import Mapping

import altair as alt

from gridlens.charts.figure import Rows, values
from gridlens.charts.theme import BLUE, WIDTH

# Bars on a logarithmic axis stand on half a thing: a bin of one is seen.
_GROUND = 0.5
# Bins of times that a logarithmic axis does not have.
_LEFT_OUT: Mapping[int, str] = {-1: "at zero", -2: "unknown"}
_TIMES = {
    1: "1 s",
    10: "10 s",
    60: "1 min",
    600: "10 min",
    3600: "1 h",
    36000: "10 h",
    86400: "1 d",
    604800: "7 d",
    2592000: "30 d",
}


def time_axis() -> alt.Axis:
    """Ticks that people name: a minute, an hour, a day."""
    return alt.Axis(values=list(_TIMES), labelExpr=_named(_TIMES), grid=False, labelOverlap=False)


def bytes_axis() -> alt.Axis:
    """Ticks at powers of ten, in SI units."""
    return alt.Axis(
        values=[10**n for n in range(19)],
        labelExpr="replace(format(datum.value, '~s'), /([a-zA-Z]?)$/, ' $1B')",
        grid=False,
    )


def log_histogram(
    rows: Rows,
    *,
    edges: tuple[str, str],
    count: str,
    title: str,
    axis: alt.Axis,
    left_out: Mapping[int, str] = _LEFT_OUT,
) -> alt.LayerChart:
    """A bar a bin between its edges, and a line of text for the bins that no such axis has.

    Args:
        rows: of a mart whose ``bin`` is below 0 for what is not drawn.
        edges: columns with the lower and the upper edge of a bin.
        count: column with the height; also the title of that axis.
        title: of the horizontal axis.
        axis: of the horizontal axis.
        left_out: what the bins below 0 hold, in words.
    """
    low, high = edges
    bars = (
        alt.Chart(values([row for row in rows if row["bin"] >= 0]))
        .mark_bar(color=BLUE, stroke="white", strokeWidth=0.5)
        .encode(
            x=alt.X(f"{low}:Q", title=title, axis=axis, scale=alt.Scale(type="log", nice=False)),
            x2=alt.X2(f"{high}:Q"),
            y=alt.Y(
                f"{count}:Q",
                title=count,
                scale=alt.Scale(type="log", domainMin=_GROUND),
                axis=alt.Axis(format=",.0f", values=[10**n for n in range(10)]),
            ),
            y2=alt.Y2Datum(_GROUND),
        )
    )
    return bars + _beside(rows, count, left_out)


def _beside(rows: Rows, count: str, left_out: Mapping[int, str]) -> alt.Chart:
    """How many are left out of a logarithmic axis."""
    of_bin = {row["bin"]: row[count] for row in rows}
    says = ", ".join(f"{of_bin.get(bin_, 0):,} {words}" for bin_, words in left_out.items())
    return note(f"not drawn: {says}", y=-20)


def note(says: str, *, y: float = -6) -> alt.Chart:
    """A line of text at the right edge, ``y`` pixels below the upper one."""
    return (
        alt.Chart(values([{"says": says}]))
        .mark_text(align="right", baseline="bottom", color="#666666", fontSize=11)
        .encode(x=alt.value(WIDTH), y=alt.value(y), text="says:N")
    )


def _named(names: dict[int, str]) -> str:
    """A Vega expression that writes these names for these values."""
    return "".join(f"datum.value == {at} ? '{name}' : " for at, name in names.items()) + "''"
