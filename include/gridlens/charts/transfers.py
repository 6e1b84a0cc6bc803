"""Where bytes go: volumes from site to site, the two directions of links, and what fails."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Row, Rows, values
from gridlens.charts.theme import BLUE, ORANGE

MOST_LINKS = 20
MOST_REASONS = 6
OTHER = "other"
# Height of a line of a list, in pixels.
LINE = 17
# Colours tell six powers of ten apart; what is less is shown as the least.
COLOUR_SPAN = 1e6


def site_volumes(rows: Rows) -> Chart:
    """A square a cell, coloured by its volume; sites by tier, then by volume."""
    cells = [row for row in rows if row["volume_tb"] > 0] or list(rows)
    order = _sites_in_order(cells)
    largest = max(cell["volume_tb"] for cell in cells) or 1.0
    least = min((c["volume_tb"] for c in cells if c["volume_tb"] > 0), default=largest / 10)
    side = max(6, min(15, 660 // len(order)))
    axis = alt.Axis(
        labelFontSize=min(10, side), labelLimit=320, labelOverlap=False, ticks=False, domain=False
    )
    domain = [max(least, largest / COLOUR_SPAN), largest]
    scale = alt.Scale(type="log", domain=domain, clamp=True)
    return (
        alt.Chart(values(cells), width=side * len(order), height=side * len(order))
        .mark_rect()
        .encode(
            x=alt.X("dst_label:N", title="to", sort=order, axis=axis),
            y=alt.Y("src_label:N", title="from", sort=order, axis=axis),
            color=alt.Color("volume_tb:Q", title="TB", scale=scale),
            tooltip=["src_label:N", "dst_label:N", "volume_tb:Q", "transfers:Q", "failures:Q"],
        )
    )


def _sites_in_order(cells: Rows) -> list[str]:
    """Labels by tier and then by volume; sites without a tier, and UNKNOWN, come last."""
    volumes: dict[tuple[int, str], float] = {}
    for cell in cells:
        for end in ("src", "dst"):
            tier = cell[f"{end}_tier_level"]
            rank = 9 if cell[f"{end}_site"] == "UNKNOWN" else 8 if tier is None else tier
            key = (rank, cell[f"{end}_label"])
            volumes[key] = volumes.get(key, 0.0) + cell["volume_tb"]
    return [label for _, label in sorted(volumes, key=lambda key: (key[0], -volumes[key], key[1]))]


def asymmetry(rows: Rows) -> Chart:
    """A line a pair of sites: bytes there to the right, bytes back to the left."""
    there, back = "from the first site", "from the second site"
    bars = [
        {"pair": f"{row['site']} ↔ {row['other_site']}", "way": way, "tb": sign * row[column]}
        for row in rows
        for way, sign, column in ((there, 1, "forward_tb"), (back, -1, "backward_tb"))
    ]
    ways = alt.Scale(domain=[there, back], range=[BLUE, ORANGE])
    axis = alt.Axis(labelExpr="format(abs(datum.value), '~s')")
    return (
        alt.Chart(values(bars))
        .mark_bar()
        .encode(
            x=alt.X("tb:Q", title="TB: back to the left, there to the right", axis=axis),
            y=alt.Y("pair:N", title=None, sort=None, axis=alt.Axis(labelLimit=340)),
            color=alt.Color("way:N", title=None, scale=ways, legend=alt.Legend(orient="top")),
        )
    )


def failures(rows: Rows) -> Chart:
    """Bars of failures by reason; beside them, the failure ratio with its interval."""
    named = [{**row, "link": _link(row)} for row in rows]
    links = list(dict.fromkeys(row["link"] for row in named))[:MOST_LINKS]
    shown = [row for row in named if row["link"] in links]
    once = {row["link"]: row for row in shown}
    return alt.hconcat(_reasons(shown, links), _ratios(list(once.values()), links))


def _reasons(rows: Rows, links: list[str]) -> alt.Chart:
    """Failed attempts of each link, by its reasons."""
    frequent = _frequent_reasons(rows)
    bars = [{**r, "reason": r["reason"] if r["reason"] in frequent else OTHER} for r in rows]
    legend = alt.Legend(orient="bottom", columns=1, labelLimit=600)
    return (
        alt.Chart(values(bars), width=300, height=LINE * len(links))
        .mark_bar()
        .encode(
            x=alt.X("sum(failures):Q", title="failed attempts"),
            y=alt.Y("link:N", title=None, sort=links, axis=alt.Axis(labelLimit=420)),
            color=alt.Color("reason:N", title=None, sort=[*frequent, OTHER], legend=legend),
        )
    )


def _ratios(rows: Rows, links: list[str]) -> alt.LayerChart:
    """The failure ratio of each link, on the lines of its bar."""
    base = alt.Chart(values(rows), width=200, height=LINE * len(links)).encode(
        y=alt.Y("link:N", title=None, sort=links, axis=alt.Axis(labels=False))
    )
    title = "failure ratio, 95 % interval"
    intervals = base.mark_rule().encode(
        x=alt.X("low_ratio:Q", title=title, axis=alt.Axis(format="%")), x2="high_ratio:Q"
    )
    return intervals + base.mark_point(filled=True, color=BLUE).encode(x="failure_ratio:Q")


def _link(row: Row) -> str:
    return f"{row['src_site']} → {row['dst_site']}, {row['activity']}"


def _frequent_reasons(rows: Rows) -> list[str]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["reason"]] = counts.get(row["reason"], 0) + row["failures"]
    return sorted(counts, key=lambda reason: (-counts[reason], reason))[:MOST_REASONS]


FIGURES = (
    Figure(
        name="site_transfer_volumes",
        title="Volume from site to site (TB)",
        source="data-management paper, Fig. 3",
        definition="Sizes of all transfers that started in the window, matched or not, by source "
        "and destination; an end that is not known is UNKNOWN. Direct reads count as whole files. "
        "Sites are ordered by tier and volume, not numbered as in the paper.",
        mart="mart.site_transfer_volumes",
        draw=site_volumes,
    ),
    Figure(
        name="link_asymmetry",
        title="Volume there and back (TB)",
        source="data-management paper, sec. 5.3",
        definition=f"The {MOST_LINKS} pairs of known sites with the most bytes, over all transfers "
        "that started in the window; direct reads count as whole files.",
        mart="mart.link_asymmetry",
        draw=asymmetry,
        order=f"pair_tb desc, site, other_site limit {MOST_LINKS}",
    ),
    Figure(
        name="link_failures",
        title="Links with the most failed transfers",
        source="data-management paper, sec. 3.2 (error hot spots)",
        definition=f"The {MOST_LINKS} pairs of link and activity with the most failed attempts, by "
        "reason; the ratio is of failed attempts among all, with Wilson's interval.",
        mart="mart.link_failures",
        draw=failures,
        order="all_failures desc, src_site, dst_site, activity, failures desc, reason limit 1000",
    ),
)
