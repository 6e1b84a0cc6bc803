"""What was matched, and how long it moved: the paper's own numbers beside ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import altair as alt

from gridlens.charts import published
from gridlens.charts.figure import Chart, Figure, Row, Rows, values
from gridlens.charts.theme import BLUE, GREY, ORANGE, PURPLE

OURS, PAPER = "this window", "paper"
_WHOSE = alt.Scale(domain=[OURS, PAPER], range=[BLUE, GREY])
_KINDS = {"local": BLUE, "remote": ORANGE, "mixed": PURPLE}


def activity_matches(rows: Rows) -> Chart:
    """Two bars an activity, ours and the paper's, with share and number of all beside them."""
    base = alt.Chart(values(list(_activities(rows)))).encode(
        x=alt.X("matched_ratio:Q", title="matched transfers", axis=alt.Axis(format="%")),
        y=alt.Y("activity:N", title=None, sort=None),
        yOffset=alt.YOffset("whose:N", sort=None),
    )
    bars = base.mark_bar().encode(color=alt.Color("whose:N", title=None, scale=_WHOSE))
    return bars + base.mark_text(align="left", dx=4, fontSize=10).encode(text="says:N")


def _activities(rows: Rows) -> Iterator[Row]:
    for row in rows:
        activity = row["activity"]
        yield _share(activity, OURS, row["matched_count"], row["total_count"])
        if activity in published.TABLE_1:
            yield _share(activity, PAPER, *published.TABLE_1[activity])


def _share(activity: str, whose: str, part: int, whole: int) -> Row:
    ratio = part / whole if whole else 0.0
    says = f"{100 * ratio:.2f} % of {whole:,}" if whole else "none"
    return {"activity": activity, "whose": whose, "matched_ratio": ratio, "says": says}


def transfer_localities(rows: Rows) -> Chart:
    """Bars a method, ours and the paper's: local and remote parts of all with a task."""
    parts = _parts(rows, ("local", "remote"), "of_transfers", published.TABLE_2A)
    return _stacked([*parts], published.TRANSFERS, "matched, of all transfers with a task")


def job_localities(rows: Rows) -> Chart:
    """Bars a method, ours and the paper's: jobs all local, all remote and mixed, of all jobs."""
    columns = ("all_local", "all_remote", "mixed")
    parts = _parts(rows, columns, "of_jobs", published.TABLE_2B)
    return _stacked([*parts], published.JOBS, "with matched transfers, of all jobs")


def _parts(
    rows: Rows, columns: Sequence[str], whole: str, paper: Mapping[str, Sequence[int]]
) -> Iterator[dict[str, object]]:
    """A row a method, whose, and kind; ``of`` is None where it is the paper's."""
    for row in rows:
        method = row["method"]
        for place, column in enumerate(columns):
            kind = {"method": method, "kind": column.removeprefix("all_")}
            yield {**kind, "whose": OURS, "count": row[column], "of": row[whole]}
            yield {**kind, "whose": PAPER, "count": paper[method][place], "of": None}


def _stacked(parts: Sequence[Mapping[str, object]], paper_whole: int, title: str) -> Chart:
    kinds = [kind for kind in _KINDS if any(part["kind"] == kind for part in parts)]
    scale = alt.Scale(domain=kinds, range=[_KINDS[kind] for kind in kinds])
    drawn = [{**part, "of": part["of"] if part["whose"] == OURS else paper_whole} for part in parts]
    base = (
        alt.Chart(values(drawn))
        .transform_calculate(ratio="datum.of ? datum.count / datum.of : 0")
        .encode(
            x=alt.X("sum(ratio):Q", title=title, axis=alt.Axis(format="%")),
            y=alt.Y("method:N", title=None, sort=None),
            yOffset=alt.YOffset("whose:N", sort=None),
        )
    )
    bars = base.mark_bar().encode(
        color=alt.Color("kind:N", title="transfers", scale=scale),
        opacity=alt.Opacity(
            "whose:N", title=None, scale=alt.Scale(domain=[OURS, PAPER], range=[1, 0.5])
        ),
    )
    sums = base.mark_text(align="left", dx=4, fontSize=10).encode(
        text=alt.Text("sum(ratio):Q", format=".2%"), detail="whose:N"
    )
    return bars + sums


def transfer_time_shares(rows: Rows) -> Chart:
    """Two bars a method, mean and geometric mean; the paper's as bars of their own, of exact."""
    drawn = [row for row in rows if row["quantity"] == "queue" and row["share_jobs"]]
    means = [*_means(drawn), *_PAPER_MEANS]
    base = alt.Chart(values(means)).encode(
        x=alt.X("ratio:Q", title="share of the queue time in transfer", axis=alt.Axis(format="%")),
        y=alt.Y("method:N", title=None, sort=None),
        yOffset=alt.YOffset("kind:N", sort=None),
    )
    scale = alt.Scale(domain=["mean", "geometric mean"], range=[BLUE, ORANGE])
    bars = base.mark_bar().encode(color=alt.Color("kind:N", title=None, scale=scale))
    return bars + base.mark_text(align="left", dx=4, fontSize=10).encode(text="says:N")


def _means(rows: Rows) -> Iterator[Row]:
    for row in rows:
        method = row["method"]
        yield _mean(method, "mean", row["mean_ratio"], f"{row['share_jobs']:,} jobs")
        above = f"{row['share_jobs'] - row['zero_jobs']:,} jobs above 0"
        yield _mean(method, "geometric mean", row["geometric_mean_ratio"], above)


def _mean(method: str, kind: str, ratio: float | None, of: str) -> Row:
    says = "none" if ratio is None else f"{100 * ratio:.2f} %, {of}"
    return {"method": method, "kind": kind, "ratio": ratio or 0.0, "says": says}


_PAPER_MEANS = (
    _mean("paper, exact", "mean", published.MEAN_SHARE, "7,907 jobs"),
    _mean("paper, exact", "geometric mean", published.GEOMETRIC_MEAN_SHARE, "zeros not told"),
)


FIGURES = (
    Figure(
        name="activity_matches",
        title="Transfers matched exactly, by activity",
        source="data-management paper, Table 1",
        definition=(
            "Of the transfers that carry a task and started in the window, those that match a "
            "user job that ended in it. The paper's shares are of 2025-04-01 to 2025-04-09."
        ),
        mart="mart.activity_matches",
        draw=activity_matches,
        order="position",
    ),
    Figure(
        name="transfer_localities",
        title="Local and remote matched transfers, by method",
        source="data-management paper, Table 2(a)",
        definition=(
            "Local: both sites are known and equal; all else, UNKNOWN too, is remote. Shares are "
            "of all transfers with a task; the paper's are pale."
        ),
        mart="mart.transfer_localities",
        draw=transfer_localities,
        order="position",
    ),
    Figure(
        name="job_localities",
        title="Jobs with matched transfers, by method",
        source="data-management paper, Table 2(b)",
        definition=(
            "Jobs whose matched transfers are all local, all remote, or a mix. Shares are of all "
            "user jobs that ended in the window; the paper's are pale."
        ),
        mart="mart.job_localities",
        draw=job_localities,
        order="position",
    ),
    Figure(
        name="transfer_time_shares",
        title="Mean share of a matched job's queue time with a transfer moving",
        source="data-management paper, sec. 5.1",
        definition=(
            "Transfers that overlap count once. The geometric mean is over shares above 0; the "
            "paper does not tell what it does with zeros."
        ),
        mart="mart.transfer_time_shares",
        draw=transfer_time_shares,
        order="position",
    ),
)
