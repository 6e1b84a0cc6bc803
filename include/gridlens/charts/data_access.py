"""Where jobs read their input, what it does to them, and what they make of their sites."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Rows, values
from gridlens.charts.theme import BLUE, GREEN, GREY, ORANGE

SHOWN_SITES = 20
_PLACES = {"local": BLUE, "remote": ORANGE, "unknown": GREY}
_WAYS = {"transfers": "matched downloads", "replicas": "known places of the input files"}


def remote_access(rows: Rows) -> Chart:
    """A panel a way: bytes of the largest sites by place, the remote share beside them."""
    panels = [_way(rows, way) for way in _WAYS if any(row["way"] == way for row in rows)]
    return alt.vconcat(*panels).resolve_scale(x="independent", y="independent")


def _way(rows: Rows, way: str) -> alt.LayerChart:
    sites = [row for row in rows if row["way"] == way and row["site"] != "Total"][:SHOWN_SITES]
    names = [row["site"] for row in sites]
    parts = [
        {"site": row["site"], "place": place, "tb": row[f"{place}_bytes"] / 1e12}
        for row in sites
        for place in _PLACES
    ]
    y = alt.Y("site:N", sort=names, title=None)
    bars = (
        alt.Chart(values(parts))
        .mark_bar()
        .encode(
            x=alt.X("tb:Q", title=f"input of jobs by {_WAYS[way]} (TB)"),
            y=y,
            color=alt.Color(
                "place:N",
                title="at the job's site",
                scale=alt.Scale(domain=list(_PLACES), range=list(_PLACES.values())),
            ),
            order=alt.Order("place:N"),
        )
    )
    ends = [
        {
            "site": row["site"],
            "tb": (row["local_bytes"] + row["remote_bytes"] + row["unknown_bytes"]) / 1e12,
            "share": row["remote_bytes_ratio"],
        }
        for row in sites
    ]
    shares = (
        alt.Chart(values(ends))
        .transform_filter("isValid(datum.share)")
        .mark_text(align="left", dx=4, fontSize=10)
        .encode(x="tb:Q", y=y, text=alt.Text("share:Q", format=".1%"))
    )
    return (bars + shares).properties(height=max(40, 15 * len(names)))


def site_utilisation(rows: Rows) -> Chart:
    """Three bars a site, side by side: cores in use, CPU efficiency, bytes read a job."""
    shown = [
        {**row, "gb_read": row["read_bytes_per_job"] and row["read_bytes_per_job"] / 1e9}
        for row in rows[:SHOWN_SITES]
    ]
    quantities = (
        ("mean_cores", "cores in use (mean)", BLUE, ".0f"),
        ("cpu_efficiency", "CPU over wall time x cores", GREEN, ".0%"),
        ("gb_read", "read per job (GB)", ORANGE, ".1f"),
    )
    names = [row["site"] for row in shown]
    panels = []
    for n, (field, title, colour, form) in enumerate(quantities):
        labels = alt.Axis(labels=n == 0, ticks=False)
        base = alt.Chart(values(shown)).encode(
            x=alt.X(f"{field}:Q", title=title, axis=alt.Axis(format=form, tickCount=5)),
            y=alt.Y("site:N", sort=names, title=None, axis=labels),
        )
        numbers = (
            base.transform_filter(f"isValid(datum.{field})")
            .mark_text(align="left", dx=3, fontSize=10)
            .encode(text=alt.Text(f"{field}:Q", format=form))
        )
        panel = base.mark_bar(color=colour) + numbers
        panels.append(panel.properties(width=190, height=16 * len(names)))
    return alt.hconcat(*panels, spacing=24)


def dataset_size_effects(rows: Rows) -> Chart:
    """By bin of size: waiting times as ranges with their median, and what was downloaded."""
    bins = [row["size_bin"] for row in rows]
    y = alt.Y("size_bin:N", sort=bins, title="input of the job")
    waited = alt.Chart(values(rows)).transform_filter("datum.queue_jobs > 0").encode(y=y)
    hours = {name: f"max(datum.queue_{name}_s, 1) / 3600" for name in ("p25", "p50", "p75", "p95")}
    for name, formula in hours.items():
        waited = waited.transform_calculate(**{name: formula})
    x = alt.X("p25:Q", title="queue time (hours, log)", scale=alt.Scale(type="log"))
    tails = waited.mark_rule(color=GREY).encode(x=x, x2="p95:Q")
    middles = waited.mark_bar(color=BLUE, height=10, opacity=0.6).encode(x=x, x2="p75:Q")
    medians = waited.mark_tick(color="black", thickness=2, size=14).encode(x=alt.X("p50:Q"))
    waiting = (tails + middles + medians).properties(width=300, height=22 * len(bins))
    return alt.hconcat(waiting, _traffic(rows, bins), spacing=24)


def _traffic(rows: Rows, bins: list[str]) -> alt.Chart:
    parts = [
        {"size_bin": row["size_bin"], "source": source, "tb": size / 1e12}
        for row in rows
        for source, size in (
            ("other sites", row["remote_bytes"]),
            ("own site or unknown", row["transferred_bytes"] - row["remote_bytes"]),
        )
    ]
    return (
        alt.Chart(values(parts))
        .mark_bar()
        .encode(
            x=alt.X("tb:Q", title="matched downloads (TB)"),
            y=alt.Y("size_bin:N", sort=bins, title=None, axis=alt.Axis(labels=False)),
            color=alt.Color(
                "source:N",
                title="read from",
                scale=alt.Scale(
                    domain=["own site or unknown", "other sites"], range=[BLUE, ORANGE]
                ),
            ),
        )
        .properties(width=220, height=22 * len(bins))
    )


FIGURES = (
    Figure(
        name="remote_access",
        title="Input that jobs read from their own site and from others",
        source="introspective paper, sec. 3 (iii)",
        definition="Bytes of input by the site of the job, told in two ways that are never added: "
        "what the exactly matched downloads show, and what transfers tell of where the input files "
        "lay when the job started. The percentage is the remote part of the known bytes. The paper "
        "names the indicator and gives no definition.",
        mart="mart.remote_access",
        draw=remote_access,
        order="local_bytes + remote_bytes + unknown_bytes desc, site",
    ),
    Figure(
        name="site_utilisation",
        title="How busy the sites were, and with what",
        source="introspective paper, sec. 3 (iv)",
        definition="The 20 sites with the most core-hours of jobs that ended in the window. "
        "Efficiency is a ratio of sums over the jobs whose CPU and wall time are known; one above "
        "100 % is a fault of the records.",
        mart="mart.site_utilisation",
        draw=site_utilisation,
        order=f"core_hours desc, site limit {SHOWN_SITES}",
    ),
    Figure(
        name="dataset_size_effects",
        title="What the size of the input does to waiting and to the network",
        source="introspective paper, sec. 4.2",
        definition="Jobs by the sum of their input files. Left: queue times, from the 25th to the "
        "75th percentile as a bar, to the 95th as a line, the median as a tick. Right: bytes of "
        "their exactly matched downloads. The paper claims the effect and does not show it.",
        mart="mart.dataset_size_effects",
        draw=dataset_size_effects,
        order="size_position",
    ),
)
