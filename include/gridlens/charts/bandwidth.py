"""Bandwidth of links over time, of matched transfers before all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import altair as alt

from gridlens.charts.figure import Chart, Figure, Row, Rows, values
from gridlens.charts.theme import BLUE, GREY

BIN_MINUTES = 60
ALL, MATCHED = "all transfers", "matched to jobs"


def remote_bandwidth(rows: Rows) -> Chart:
    """A panel a pair of sites: one direction upwards, the other downwards."""
    ends = {row["position"]: sorted((row["src_site"], row["dst_site"])) for row in rows}
    titles = {n: f"{one} → {other} (up), back (down)" for n, (one, other) in ends.items()}
    return _bandwidth(rows, titles, {n: one for n, (one, _) in ends.items()})


def local_bandwidth(rows: Rows) -> Chart:
    """A panel a site."""
    sites = {row["position"]: str(row["src_site"]) for row in rows}
    return _bandwidth(rows, sites, sites)


def _bandwidth(rows: Rows, titles: Mapping[int, str], upwards: Mapping[int, str]) -> Chart:
    """Bars over time, a panel a pair; what does not start at ``upwards`` points down."""
    bars = [bar for row in rows for bar in _bars(row, titles, upwards)]
    order = [titles[position] for position in sorted(titles)]
    axis = alt.Axis(labelExpr="format(abs(datum.value), '~s')", tickCount=4)
    days = alt.Axis(format="%d %b", tickCount=5)
    return (
        alt.Chart(values(bars), width=310, height=110)
        .mark_rect()
        .encode(
            x=alt.X("from:T", scale=alt.Scale(type="utc"), title=None, axis=days),
            x2="to:T",
            y=alt.Y("mb_per_s:Q", title="MB/s", axis=axis, scale=alt.Scale(zero=True)),
            y2=alt.datum(0),
            color=alt.Color(
                "which:N", title=None, scale=alt.Scale(domain=[ALL, MATCHED], range=[GREY, BLUE])
            ),
        )
        .facet(facet=alt.Facet("link:N", title=None, sort=order), columns=2)
        .resolve_scale(y="independent")
    )


def _bars(
    row: Row, titles: Mapping[int, str], upwards: Mapping[int, str]
) -> Iterator[dict[str, Any]]:
    """The bin's bars: all, and the matched in front of them."""
    sign = 1 if row["src_site"] == upwards[row["position"]] else -1
    for which, column in ((ALL, "moved_peak_mb_per_s"), (MATCHED, "matched_peak_mb_per_s")):
        if row[column] > 0:
            yield {
                "link": titles[row["position"]],
                "from": row["bin_at"],
                "to": row["bin_at"] + timedelta(minutes=BIN_MINUTES),
                "which": which,
                "mb_per_s": sign * row[column],
            }


_BUSIEST_MINUTE = (
    "The busiest minute of each hour, MB/s (1e6 bytes): bytes are spread evenly from a copy's "
    "start to its end. Grey: all transfers; blue: those that match a user job exactly. Direct "
    "reads and transfers without an end move nothing here; mart.link_bandwidth counts them. "
)

FIGURES = (
    Figure(
        name="remote_link_bandwidth",
        title="Bandwidth between sites, busiest minute of each hour (MB/s)",
        source="data-management paper, Fig. 7",
        definition=_BUSIEST_MINUTE
        + "Shown are the six pairs of sites with the most matched bytes, both directions; the "
        "paper chose its pairs by hand, and shows matched transfers alone.",
        mart="mart.link_bandwidth",
        draw=remote_bandwidth,
        arguments={"locality": "remote", "bin_minutes": str(BIN_MINUTES)},
        order="position, bin_at, src_site",
    ),
    Figure(
        name="local_site_bandwidth",
        title="Bandwidth within sites, busiest minute of each hour (MB/s)",
        source="data-management paper, Fig. 8",
        definition=_BUSIEST_MINUTE
        + "Shown are the six sites with the most matched bytes within them; the paper chose its "
        "sites by hand, and shows matched transfers alone.",
        mart="mart.link_bandwidth",
        draw=local_bandwidth,
        arguments={"locality": "local", "bin_minutes": str(BIN_MINUTES)},
        order="position, bin_at",
    ),
)
