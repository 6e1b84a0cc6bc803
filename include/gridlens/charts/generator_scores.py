"""How well the workload generator draws."""

from __future__ import annotations

import altair as alt

from gridlens.charts.figure import Chart, Figure, Row, Rows, values

_FAMILIES = ("fidelity", "usefulness", "privacy", "time", "logic", "cost")
_ANCHORS = {"unseen real jobs": "holdout_value", "training jobs again": "bootstrap_value"}
_SPANS = ("dispersion_1h", "dispersion_6h", "dispersion_24h")
# Of all other metrics the ideal is 0.
_IDEALS = {
    **dict.fromkeys(("coverage", "status_f1", "workload_r2", "busiest_hours", *_SPANS), 1.0),
    **dict.fromkeys(("two_sample_auc", "membership_auc", "nearer_to_training"), 0.5),
}


def generator_scores(rows: Rows) -> Chart:
    """Numbers as a table: a line a metric, a column an engine, both anchors to the right."""
    newest = _newest([row for row in rows if not row["variable"]])
    cells = [cell for metric in _by_metric(newest) for cell in _line(metric)]
    columns = [*dict.fromkeys(row["engine"] for row in newest), *_ANCHORS]
    base = alt.Chart(values(cells)).encode(
        x=alt.X(
            "judged:N",
            title=None,
            sort=columns,
            axis=alt.Axis(labelAngle=0, orient="top", domain=False, ticks=False),
        ),
        y=alt.Y("metric:N", title=None, sort=None, axis=alt.Axis(domain=False, ticks=False)),
    )
    shades = base.mark_rect().encode(
        color=alt.Color(
            "apart:Q",
            scale=alt.Scale(range=["#ffffff", "#f3b661"], domain=[0, 1], interpolate="rgb"),
            legend=None,
        )
    )
    numbers = base.mark_text(fontSize=11).encode(text="says:N")
    return (shades + numbers).properties(width=alt.Step(112), height=alt.Step(22))


def _newest(rows: Rows) -> Rows:
    """Of each engine the scores of its newest snapshot, of the rows that the very last learned."""
    ordered = sorted(rows, key=lambda row: row["created_at"])
    same = [row for row in ordered if _learned(row) == _learned(ordered[-1])]
    newest = {row["engine"]: row for row in same}
    rows = [row for row in rows if row["engine"] in newest]
    return [row for row in rows if row["snapshot_id"] == newest[row["engine"]]["snapshot_id"]]


def _learned(row: Row) -> tuple[object, ...]:
    return row["last_day"], row["training_rows"], row["split"]


def _by_metric(rows: Rows) -> list[list[Row]]:
    """Rows of each metric, in the order of the families, then of names."""
    metrics: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (_FAMILIES.index(row["family"]), row["metric"])):
        metrics.setdefault(row["metric"], []).append(row)
    return list(metrics.values())


def _line(rows: list[Row]) -> list[dict[str, object]]:
    """Cells of one metric; the anchors are those of its newest snapshot."""
    last = max(rows, key=lambda row: row["created_at"])
    found = {row["engine"]: row["value"] for row in rows}
    found |= {name: last[column] for name, column in _ANCHORS.items()}
    ideal = _IDEALS.get(last["metric"], 0)
    off = {name: abs(value - ideal) for name, value in found.items() if value is not None}
    worst = max(off.values(), default=0)
    real = off.get("unseen real jobs", worst)
    return [
        {
            "metric": f"{last['family']}: {last['metric']}",
            "judged": name,
            "says": "" if value is None else f"{value:,.3g}",
            "apart": max(0, off.get(name, 0) - real) / (worst - real or 1),
        }
        for name, value in found.items()
    ]


FIGURES = (
    Figure(
        name="generator_scores",
        title="Scores of each engine beside unseen real jobs and a leak",
        source="introspective paper, sec. 5",
        definition="Scores of the whole workload, of the newest snapshot that learned from days "
        "that end in the window, and of each other engine's that learned from the same, beside "
        "as many unseen real jobs (as good as it gets) and training jobs drawn again (the worst "
        "leak). Darker: further from the ideal than unseen real jobs are, against the worst of "
        "the line. The paper has no numbers of this kind.",
        mart="mart.generator_scores",
        draw=generator_scores,
        order="family, metric, variable, created_at",
    ),
)
