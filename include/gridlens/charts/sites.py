"""What sites have and do: their power, their jobs, the data that they read."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Row, Rows, values
from gridlens.charts.histogram import bytes_axis, log_histogram, note
from gridlens.charts.theme import BLUE, GREY, ORANGE

_BAR_HEIGHT = 15
_NAMES = 5


def site_power(rows: Rows) -> Chart:
    """A point a site; those whose cores stand out are orange and named."""
    known = [row for row in rows if row["gflops"] is not None]
    scale = alt.Scale(type="log", nice=False, padding=12)
    base = alt.Chart(values(known)).encode(
        x=alt.X("cores:Q", title="cores, the most in use at one time", scale=scale),
        y=alt.Y("gflops:Q", title="GFLOP/s", scale=scale),
    )
    points = base.mark_point(filled=True, size=60, opacity=0.8).encode(
        color=alt.condition("datum.is_outlier", alt.value(ORANGE), alt.value(BLUE)),
        tooltip=["site:N", "cores:Q", "gflops_per_core:Q", "gflops:Q"],
    )
    return points + note(_standing_out(known))


def _standing_out(rows: Rows) -> str:
    names = [str(row["site"]) for row in rows if row["is_outlier"]]
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    listed = f": {', '.join(names[:_NAMES])}{more}" if names else ""
    return f"{len(names)} of {len(rows)} sites stand out{listed}"


def site_jobs(rows: Rows) -> Chart:
    """A bar a site with its jobs."""
    return _shares(rows, "jobs", "jobs", ",.0f")


def site_datasets(rows: Rows) -> Chart:
    """A bar a site with the bytes of the datasets that its jobs read."""
    terabytes = [{**row, "dataset_tb": row["dataset_bytes"] / 1e12} for row in rows]
    return _shares(terabytes, "dataset_tb", "datasets that the site's jobs read (TB)", ",~r")


def _shares(rows: Rows, column: str, title: str, form: str) -> Chart:
    base = alt.Chart(values([{**row, "label": _label(row)} for row in rows])).encode(
        x=alt.X(f"{column}:Q", title=title, axis=alt.Axis(format=form)),
        y=alt.Y("label:N", title=None, sort=None),
    )
    bars = base.mark_bar().encode(
        color=alt.condition("datum.site == 'Others'", alt.value(GREY), alt.value(BLUE))
    )
    shares = base.mark_text(align="left", dx=4, fontSize=10).encode(
        text=alt.Text("share_ratio:Q", format=".1%")
    )
    return (bars + shares).properties(height=alt.Step(_BAR_HEIGHT))


def _label(row: Row) -> str:
    return f"Others ({row['sites']} sites)" if row["site"] == "Others" else str(row["site"])


def dataset_sizes(rows: Rows) -> Chart:
    """A bar a bin of sizes."""
    return log_histogram(
        rows,
        edges=("from_bytes", "to_bytes"),
        count="datasets",
        title="size of the dataset",
        axis=bytes_axis(),
        left_out={-2: "of unknown size, or empty"},
    )


FIGURES = (
    Figure(
        name="site_power",
        title="Power of sites against their cores",
        source="introspective paper, Fig. 2b",
        definition="GFLOP/s of a site are its cores times the speed of a core. The paper has what "
        "sites declare; here cores are the most that jobs held at one time on a day of the "
        "window, and a core's speed follows from its HS06 by a convention where no other source "
        "is listed. Orange: more than 1.25 times the median speed of a core.",
        mart="mart.site_power",
        draw=site_power,
        order="site",
    ),
    Figure(
        name="dataset_size_histogram",
        title="Sizes of input datasets",
        source="introspective paper, Fig. 3a",
        definition="Input datasets that JEDI recorded in the window, each name once, by their "
        "size; four bins from one power of ten to the next. The paper does not say which "
        "datasets it counts. A size of 0 counts as unknown.",
        mart="mart.dataset_size_histogram",
        draw=dataset_sizes,
        order="bin",
    ),
    Figure(
        name="site_jobs",
        title="Jobs by site",
        source="introspective paper, Fig. 4a",
        definition="Jobs that ended in the window by the site that they ran at; sites with less "
        "than 1.9 % of them are Others, as in the paper.",
        mart="mart.site_shares",
        draw=site_jobs,
        order="position",
    ),
    Figure(
        name="site_datasets",
        title="Datasets read by site",
        source="introspective paper, Fig. 4b",
        definition="Datasets that jobs of the window read, with their whole size, once for each "
        "site where they were read; sites with less than 1.9 % of it are Others. The paper has "
        "the sizes of the datasets of a site, of which neither PanDA nor JEDI keeps a record.",
        mart="mart.site_shares",
        draw=site_datasets,
        arguments={"by_quantity": "dataset_bytes"},
        order="position",
    ),
)
